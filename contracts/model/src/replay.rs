//! The state, rebuilt from events alone. It must equal the cells: otherwise no indexer could be right.

mod contributions;
mod escrow;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use chorus_core::{
    attestations::Sale,
    escrow::{OfferSettings, Proposal as Facts, ProposalSettings, Roles},
    hash::Hash32,
    offer::Offer,
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
    votes::{Ballot, VotingSettings},
};

use crate::outcome::Logged;

/// The state that the events tell of.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    pub(crate) members: BTreeMap<Address, Member>,
    pub(crate) sales: BTreeMap<SaleNumber, Sale>,
    pub(crate) contributions_paused_until: Option<Timestamp>,
    pub(crate) contributions_guardian: Address,
    pub(crate) attesters: BTreeSet<Address>,
    pub(crate) threshold: u8,
    pub(crate) daily_weight_cap: Points,

    pub(crate) balances: BTreeMap<Address, u64>,
    pub(crate) delegates: BTreeMap<Address, Address>,
    pub(crate) votes: BTreeMap<Address, u64>,
    pub(crate) ballots: BTreeMap<BallotId, Ballot>,
    /// How many signatures of an account `votes` has taken.
    pub(crate) votes_nonces: BTreeMap<Address, u64>,
    pub(crate) voting: Option<VotingSettings>,
    voters: BTreeSet<(BallotId, Address)>,

    pub(crate) offers: BTreeMap<OfferId, Offer>,
    pub(crate) credits: BTreeMap<(Address, Address), u128>,
    pub(crate) offers_paused_until: Option<Timestamp>,
    pub(crate) offer_settings: Option<OfferSettings>,
    pub(crate) proposal_settings: Option<ProposalSettings>,
    pub(crate) guardian: Option<Address>,
    pub(crate) roles: BTreeMap<Address, Roles>,
    pub(crate) base_amounts: BTreeMap<Address, Amount>,
    pub(crate) proposals: BTreeMap<ProposalId, Proposal>,
    /// How many signatures of an account `escrow` has taken.
    pub(crate) escrow_nonces: BTreeMap<Address, u64>,
    /// The members and the money of the last distribution whose shares are still to be told.
    pub(crate) untold: (u32, u128),
}

/// A proposal by its events.
#[derive(Debug)]
pub(crate) struct Proposal {
    pub(crate) facts: Facts,
    pub(crate) description_hash: Hash32,
    pub(crate) count: u8,
    pub(crate) calls: Vec<(Address, Vec<u8>)>,
}

/// A member by their events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) number: MemberNumber,
    pub(crate) weight: Weight,
    pub(crate) purposes: u16,
    pub(crate) commitment: Hash32,
    pub(crate) nullifier: Hash32,
    pub(crate) nonce: u64,
}

impl Replay {
    /// Reads a log from its beginning; `tail` gives the bytes that the event at an index ends with.
    pub(crate) fn of<'a>(
        log: &[(Timestamp, Logged)],
        tail: impl Fn(usize) -> Option<&'a [u8]>,
    ) -> Result<Self, String> {
        let mut replay = Self::default();
        for (index, (at, event)) in log.iter().enumerate() {
            match event {
                Logged::Attestations(event) => replay.read_attestations(event)?,
                Logged::Votes(event) => replay.read_votes(event)?,
                Logged::Escrow(event) => replay.read_escrow(*at, event, tail(index))?,
            }
        }
        Ok(replay)
    }
}

/// Returns an error unless a condition holds that the state must meet when the event is logged.
macro_rules! ensure {
    ($event:expr, $condition:expr) => {
        if !$condition {
            return Err(format!("I16 {:?} was logged, but not: {}", $event, stringify!($condition)));
        }
    };
}

use ensure;
