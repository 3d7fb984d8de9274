//! What the rules of `votes` need from the contract around them.

use super::cells::{Account, Ballot, Marks, Root};
use crate::{
    checkpoints::{Page, Trace},
    eip712::Domain,
    event::VotesEvent as Event,
    hash::Hash32,
    signed::Signers,
    types::{Address, BallotId},
};

/// The contract's storage cells and its log.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// An account; a new one if there is none yet.
    fn account(&self, account: Address) -> Account;
    /// Writes an account.
    fn set_account(&mut self, address: Address, account: &Account);
    /// Page `page` of the ballots that `account` voted in.
    fn voted(&self, account: Address, page: u32) -> Marks;
    /// Writes such a page.
    fn set_voted(&mut self, account: Address, page: u32, marks: &Marks);
    /// A ballot's own cell; [`ballot`](super::ballot) finds its present tally too.
    fn ballot(&self, id: BallotId) -> Option<Ballot>;
    /// Writes a ballot.
    fn set_ballot(&mut self, id: BallotId, ballot: &Ballot);
    /// The history of the supply or of the quorum.
    fn total(&self, of: Total) -> Trace;
    /// Writes such a history.
    fn set_total(&mut self, of: Total, trace: &Trace);
    /// Page `page` of what is older than a history's own cell holds.
    fn history(&self, of: Past, page: u32) -> Page;
    /// Writes such a page.
    fn set_history(&mut self, of: Past, page: u32, entries: &Page);
    /// Logs an event.
    fn emit(&mut self, event: Event);
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;
}

/// A history of the whole pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Total {
    /// The sum of all balances.
    Supply,
    /// Which part of the supply a quorum is, and the least it can be: see [`quorum_at`](super::quorum_at). Empty until
    /// it first changes.
    Quorum,
}

/// Which history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Past {
    /// Of an account's votes.
    Votes(Address),
    /// Of the whole pool.
    Total(Total),
}
