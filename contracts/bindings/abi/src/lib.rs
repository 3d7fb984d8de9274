//! The ABI of the three Chorus contracts for Rust: typed calls, events and errors, and nothing of the rules.
//!
//! `attestations`, `votes` and `escrow` hold what alloy's `sol!` makes of each contract's Solidity ABI:
//! `attestations::withdrawCall {}.abi_encode()`, `escrow::SharePaid`, …
//!
//! The audit stands on this crate and must not link the rules that it recounts, so nothing here depends on `core`.

#![allow(missing_docs, reason = "alloy's sol! writes the documentation of what it generates")]

pub mod deployment;
mod interfaces;
mod revert;
pub mod tokens;

pub use alloy_sol_types::private::{Address, B256, Bytes, FixedBytes, U256};
pub use alloy_sol_types::{
    Eip712Domain, SolCall, SolConstructor, SolError, SolEvent, SolEventInterface, SolInterface, SolStruct, SolValue,
};
pub use deployment::{Deployment, purposes_hash};
pub use interfaces::{Attestations as attestations, Escrow as escrow, Votes as votes};
pub use revert::{describe_revert, error_name};

/// One of the three contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contract {
    /// Contributions, consent, weights, who is in which sale.
    Attestations,
    /// The vote token and its ballots.
    Votes,
    /// Offers, deposits, delivery, disputes, split.
    Escrow,
}

impl Contract {
    /// All of them, in the order in which they are deployed.
    pub const ALL: [Self; 3] = [Self::Attestations, Self::Votes, Self::Escrow];

    /// Its name in files, in addresses of calls (`escrow.setGuardian`) and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attestations => "attestations",
            Self::Votes => "votes",
            Self::Escrow => "escrow",
        }
    }

    /// The name in its EIP-712 domain.
    pub const fn domain(self) -> &'static str {
        match self {
            Self::Attestations => "Chorus Attestations",
            Self::Votes => "Chorus Votes",
            Self::Escrow => "Chorus Escrow",
        }
    }
}

/// A decoded event of one of the three contracts.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "events are short-lived and handled one by one")]
pub enum Event {
    /// Of `attestations`.
    Attestations(attestations::AttestationsEvents),
    /// Of `votes`.
    Votes(votes::VotesEvents),
    /// Of `escrow`.
    Escrow(escrow::EscrowEvents),
}

impl Event {
    /// Decodes what `contract` emitted.
    ///
    /// # Errors
    /// When no event of that contract's ABI has this first topic, or topics or data are malformed.
    pub fn decode(contract: Contract, topics: &[B256], data: &[u8]) -> Result<Self, alloy_sol_types::Error> {
        Ok(match contract {
            Contract::Attestations => Self::Attestations(SolEventInterface::decode_raw_log(topics, data)?),
            Contract::Votes => Self::Votes(SolEventInterface::decode_raw_log(topics, data)?),
            Contract::Escrow => Self::Escrow(SolEventInterface::decode_raw_log(topics, data)?),
        })
    }
}

/// The PolkaVM code of `contract`, as it stands in `contracts/artifacts`.
pub const fn code(contract: Contract) -> &'static [u8] {
    match contract {
        Contract::Attestations => include_bytes!("../../../artifacts/attestations.polkavm"),
        Contract::Votes => include_bytes!("../../../artifacts/votes.polkavm"),
        Contract::Escrow => include_bytes!("../../../artifacts/escrow.polkavm"),
    }
}

/// The ABI file of `contract`, as it stands in `contracts/artifacts`.
pub const fn abi(contract: Contract) -> &'static str {
    match contract {
        Contract::Attestations => include_str!("../../../artifacts/attestations.abi"),
        Contract::Votes => include_str!("../../../artifacts/votes.abi"),
        Contract::Escrow => include_str!("../../../artifacts/escrow.abi"),
    }
}

/// The EIP-712 domain of a contract: its [`Contract::domain`], version `1`, and the salt that its constructor made (see
/// its `…Deployed` event).
pub fn eip712_domain(contract: Contract, chain_id: u64, address: Address, salt: B256) -> Eip712Domain {
    let name = Some(contract.domain().into());
    Eip712Domain::new(name, Some("1".into()), Some(U256::from(chain_id)), Some(address), Some(salt))
}

/// The text that a Substrate key signs: words and digest, wrapped as wallets wrap whatever is not a transaction.
pub fn substrate_message(words: &str, digest: B256) -> String {
    format!("<Bytes>{words}\n0x{}</Bytes>", hex::encode(digest))
}
