//! What Rust clients of the contracts need beside their ABI: what people sign, packed batches, the DAO's own calls.
//!
//! Everything of [`chorus_abi`] is here too.

pub mod batch;
mod constructors;
mod refusal;
pub mod settings;
pub mod signed;

pub use chorus_abi::*;
pub use chorus_core as core;
pub use constructors::{escrow_constructor, votes_constructor};
pub use refusal::explain_revert;
pub use settings::Setting;
pub use signed::{Act, Attestation, Offer, Proposal, Revocation};

/// A contract of the rules, as the ABI knows it. Two types, because the audit knows the ABI and must not know the
/// rules.
pub const fn contract(of: core::contract::Contract) -> Contract {
    match of {
        core::contract::Contract::Attestations => Contract::Attestations,
        core::contract::Contract::Votes => Contract::Votes,
        core::contract::Contract::Escrow => Contract::Escrow,
    }
}

/// Both types use the same words; and what the contracts send each other is what their ABI files have.
const _: () = {
    let mut rest = core::contract::Contract::ALL.as_slice();
    while let Some((of, others)) = rest.split_first() {
        assert!(core::abi::same_text(of.name(), contract(*of).name()));
        assert!(core::abi::same_text(of.domain(), contract(*of).domain()));
        rest = others;
    }
    let sent = [
        (core::sisters::MIRROR, votes::mirrorCall::SELECTOR),
        (core::sisters::OPEN_BALLOT, votes::openBallotCall::SELECTOR),
        (core::sisters::OPEN_PROPOSAL, votes::openProposalCall::SELECTOR),
        (core::sisters::OUTCOME, votes::outcomeCall::SELECTOR),
        (core::sisters::OPEN_SALE, attestations::openSaleCall::SELECTOR),
        (core::sisters::SALE_TOTALS, attestations::saleTotalsCall::SELECTOR),
        (core::sisters::SHARE_OF, attestations::shareOfCall::SELECTOR),
        (core::sisters::SHARES_IN, attestations::sharesInCall::SELECTOR),
    ];
    assert!(sent.len() == core::sisters::SISTER_MESSAGES.len());
    let mut rest = sent.as_slice();
    while let Some(((message, selector), others)) = rest.split_first() {
        assert!(u32::from_be_bytes(message.selector) == u32::from_be_bytes(*selector));
        rest = others;
    }
};
