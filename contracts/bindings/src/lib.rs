//! What Rust clients of the contracts need beside their ABI: what people sign, packed batches, the DAO's own calls.
//!
//! Everything of [`chorus_abi`] is here too.

pub mod batch;
mod refusal;
pub mod settings;
pub mod signed;

pub use chorus_abi::*;
pub use chorus_core as core;
pub use refusal::explain_revert;
pub use settings::Setting;
pub use signed::{Act, Attestation, Offer, Proposal, Revocation};

/// A contract of the rules, as the ABI knows it. Two types, because the audit knows the ABI and must not know the rules.
pub const fn contract(of: core::contract::Contract) -> Contract {
    match of {
        core::contract::Contract::Attestations => Contract::Attestations,
        core::contract::Contract::Votes => Contract::Votes,
        core::contract::Contract::Escrow => Contract::Escrow,
    }
}

/// Both types use the same words.
const _: () = {
    let mut rest = core::contract::Contract::ALL.as_slice();
    while let Some((of, others)) = rest.split_first() {
        assert!(core::abi::same_text(of.name(), contract(*of).name()));
        assert!(core::abi::same_text(of.domain(), contract(*of).domain()));
        rest = others;
    }
};
