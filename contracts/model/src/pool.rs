//! What a pool is deployed with, and the chain around it.

use chorus_core::{
    contract::Contract,
    escrow::{OfferSettings, ProposalSettings},
    hash::Hash32,
    types::{Address, Points, Timestamp},
    votes::VotingSettings,
};

use crate::signing::Signing;

/// Where the contract of contributions is on the model's own site.
pub const ATTESTATIONS: Address = Site::MODEL.attestations;
/// Where the contract of votes is there.
pub const VOTES: Address = Site::MODEL.votes;
/// Where the contract of offers is there.
pub const ESCROW: Address = Site::MODEL.escrow;

/// The surroundings of a pool: the chain, where its contracts are on it, and how accounts sign.
///
/// Beside the rules, ids, digests and events depend on nothing else. A world on the site of a real pool therefore makes
/// the same bytes as that pool.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The chain's id.
    pub chain_id: u64,
    /// The contract of contributions.
    pub attestations: Address,
    /// The contract of votes.
    pub votes: Address,
    /// The contract of offers.
    pub escrow: Address,
    /// The salts that tell this deployment's signatures from another's: of `attestations`, `votes` and `escrow`.
    pub salts: [Hash32; 3],
    /// How accounts sign, and how that is checked.
    pub signing: Signing,
}

impl Site {
    /// The site of worlds that no chain stands beside.
    pub const MODEL: Self = Self {
        chain_id: 420_420_421,
        attestations: Address([0xa7; 20]),
        votes: Address([0xb0; 20]),
        escrow: Address([0xe5; 20]),
        salts: [[9; 32]; 3],
        signing: Signing::MODEL,
    };

    /// Where a contract is.
    pub const fn address(&self, contract: Contract) -> Address {
        match contract {
            Contract::Attestations => self.attestations,
            Contract::Votes => self.votes,
            Contract::Escrow => self.escrow,
        }
    }
}

/// What a pool is deployed with.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The second of its deployment.
    pub deployed_at: Timestamp,
    /// The attesters' keys, as addresses.
    pub attesters: Vec<Address>,
    /// How many of them must sign.
    pub threshold: u8,
    /// The most new weight in a UTC day.
    pub daily_weight_cap: Points,
    /// How many purposes there are.
    pub purposes: u8,
    /// The account that may pause contributions and offers.
    pub guardian: Address,
    /// The settings that ballots are opened with.
    pub voting: VotingSettings,
    /// The settings that offers are made with.
    pub offers: OfferSettings,
    /// The settings that proposals are made with.
    pub proposals: ProposalSettings,
    /// The accounts that may deliver.
    pub custodians: Vec<Address>,
    /// The accounts that may rule.
    pub arbiters: Vec<Address>,
    /// The hash of the purposes' texts.
    pub purposes_hash: Hash32,
    /// The chain around it.
    pub site: Site,
}
