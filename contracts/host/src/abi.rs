//! Puts the events and errors of the rules into the contract's ABI file. Only the metadata build has this.

/// The types that the rules' declarations name.
pub use chorus_core::{
    abi::{Field, Selector, Tail, Uint256},
    compat::*,
    fields::Changed,
    hash::Hash32,
    settings::{OfferSettings, ProposalSettings, VotingSettings},
    types::*,
};
pub use ink::metadata::sol::{ErrorMetadata, ErrorParamMetadata, EventMetadata, EventParamMetadata};

/// The parameters of an event: a group of values has one for each.
pub fn parameters(fields: &[(&'static str, &'static [Field], bool)]) -> Vec<EventParamMetadata> {
    let one = |(name, group, is_topic): &(&'static str, &'static [Field], bool)| {
        let (name, is_topic) = (*name, *is_topic);
        group.iter().map(move |field| EventParamMetadata {
            name: if field.name.is_empty() { name } else { field.name }.into(),
            ty: field.ty.into(),
            is_topic,
            docs: "".into(),
        })
    };
    fields.iter().flat_map(one).collect()
}

/// Registers one event; the rules' `…_events_abi!` macros call it for each.
#[macro_export]
macro_rules! register_event {
    ($name:ident, [ $( ($field:expr, $fields:expr, $indexed:expr), )* ]) => {
        const _: () = {
            #[ink::linkme::distributed_slice(ink::CONTRACT_EVENTS_SOL)]
            #[linkme(crate = ink::linkme)]
            static EVENT: fn() -> $crate::abi::EventMetadata = || $crate::abi::EventMetadata {
                name: stringify!($name).into(),
                is_anonymous: false,
                params: $crate::abi::parameters(&[ $( ($field, $fields, $indexed) ),* ]),
                docs: "".into(),
            };
        };
    };
}

/// Registers one error; the rules' `errors_abi!` macro calls it for each.
#[macro_export]
macro_rules! register_error {
    ($name:ident, [ $( ($field:expr, $ty:expr), )* ]) => {
        const _: () = {
            #[ink::linkme::distributed_slice(ink::CONTRACT_ERRORS_SOL)]
            #[linkme(crate = ink::linkme)]
            static ERROR: fn() -> Vec<$crate::abi::ErrorMetadata> = || vec![$crate::abi::ErrorMetadata {
                name: stringify!($name).into(),
                params: vec![ $( $crate::abi::ErrorParamMetadata {
                    name: $field.into(), ty: $ty.into(), docs: "".into(),
                } ),* ],
                docs: "".into(),
            }];
        };
    };
}
