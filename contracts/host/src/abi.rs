//! Puts the events and errors of the rules into the contract's ABI file. Only the metadata build has this.

/// The types that the rules' declarations name.
pub use chorus_core::{
    abi::{Selector, Tail, Uint256},
    hash::Hash32,
    types::*,
    votes::governor::*,
};
pub use ink::metadata::sol::{ErrorMetadata, ErrorParamMetadata, EventMetadata, EventParamMetadata};

/// Registers one event; the rules' `…_events_abi!` macros call it for each.
#[macro_export]
macro_rules! register_event {
    ($name:ident, [ $( ($field:expr, $ty:expr, $indexed:expr), )* ]) => {
        const _: () = {
            #[ink::linkme::distributed_slice(ink::CONTRACT_EVENTS_SOL)]
            #[linkme(crate = ink::linkme)]
            static EVENT: fn() -> $crate::abi::EventMetadata = || $crate::abi::EventMetadata {
                name: stringify!($name).into(),
                is_anonymous: false,
                params: vec![ $( $crate::abi::EventParamMetadata {
                    name: $field.into(), ty: $ty.into(), is_topic: $indexed, docs: "".into(),
                } ),* ],
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
