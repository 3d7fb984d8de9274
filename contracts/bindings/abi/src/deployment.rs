//! Where a pool lives: the file that `chorus deploy` writes and every other program reads.

use alloy_sol_types::private::keccak256;
use serde::{Deserialize, Serialize};

use crate::{Address, B256, Contract};

/// One deployed pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Hash of block 0: which chain this is.
    pub genesis_hash: B256,
    /// EIP-155 chain id, part of every EIP-712 domain.
    pub chain_id: u64,
    /// Number of the block in which the first of the three contracts was made.
    pub block: u64,
    /// Address of `attestations`.
    pub attestations: Address,
    /// Address of `votes`.
    pub votes: Address,
    /// Address of `escrow`.
    pub escrow: Address,
    /// How many purposes there are, and their texts in order (their hash is fixed on chain).
    pub purposes: Vec<String>,
}

impl Deployment {
    /// Which of the three contracts lives at `address`, if any.
    pub fn contract_at(&self, address: Address) -> Option<Contract> {
        [(self.attestations, Contract::Attestations), (self.votes, Contract::Votes), (self.escrow, Contract::Escrow)]
            .into_iter()
            .find_map(|(at, contract)| (at == address).then_some(contract))
    }

    /// The address of `contract`.
    pub fn address_of(&self, contract: Contract) -> Address {
        match contract {
            Contract::Attestations => self.attestations,
            Contract::Votes => self.votes,
            Contract::Escrow => self.escrow,
        }
    }
}

/// The Keccak of the Keccaks of the purposes' texts, which `attestations` was deployed with.
pub fn purposes_hash(purposes: &[String]) -> B256 {
    keccak256(purposes.iter().map(|text| keccak256(text).0).collect::<Vec<_>>().concat())
}
