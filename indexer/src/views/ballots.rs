//! Ballots and votes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    tables::ballots,
    values::{Address, At, Points},
};

/// A ballot with its thresholds and tally.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Ballot {
    /// The second whose power and supply count.
    pub snapshot: u64,
    /// The last second in which votes count.
    pub deadline: u64,
    /// The supply at the snapshot.
    pub supply: Points,
    /// What for and abstentions must reach together.
    pub quorum: Points,
    /// The part of for and against that for must exceed.
    pub approval_bps: u16,
    /// Votes for.
    pub for_votes: Points,
    /// Votes against.
    pub against_votes: Points,
    /// Abstentions.
    pub abstain_votes: Points,
}

/// A vote.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Vote {
    /// Its place among all votes.
    pub id: u64,
    /// The account that voted.
    pub voter: Address,
    /// `for`, `against` or `abstain`.
    pub support: &'static str,
    /// Its weight as the contract counted it.
    pub weight: Points,
    /// The voter's power at the ballot's snapshot, by the token's own `DelegateVotesChanged`; equal to `weight`.
    pub power: Points,
    /// The voter's words.
    pub reason: String,
    /// The event.
    pub at: At,
}

impl From<ballots::Ballot> for Ballot {
    fn from(row: ballots::Ballot) -> Self {
        let ballots::Ballot {
            ballot: _,
            snapshot,
            deadline,
            supply,
            quorum,
            approval_bps,
            for_votes,
            against_votes,
            abstain_votes,
        } = row;
        let [for_votes, against_votes, abstain_votes] =
            [for_votes, against_votes, abstain_votes].map(Option::unwrap_or_default);
        Self { snapshot, deadline, supply, quorum, approval_bps, for_votes, against_votes, abstain_votes }
    }
}

impl From<ballots::Vote> for Vote {
    fn from(row: ballots::Vote) -> Self {
        let ballots::Vote { id, voter, support, weight, power, reason, at } = row;
        Self { id, voter, support: support.0.name(), weight, power: power.unwrap_or_default(), reason, at }
    }
}
