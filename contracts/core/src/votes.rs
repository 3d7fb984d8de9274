//! The vote token and its ballots: it knows past weights, so it counts. The rules of `contracts/votes`.
//!
//! A balance is a weight, mirrored by `attestations` and by nobody else. Delegation and history follow ERC-5805,
//! counting follows OpenZeppelin's Governor; there is no transfer, no extension and no cancelling.

mod ballots;
mod cells;
pub mod governor;
mod signed;
mod token;

pub use crate::names::{ProposalState, Support};
pub use ballots::{ballot, cast, has_voted, open_ballot, open_proposal, outcome, proposal_threshold, quorum_of, state};
pub use cells::{Account, Ballot, Marks, Open, OpenBallots, Root, Tally, Voted, Voting};
pub use signed::{Delegation, ballot_act, cast_by_sig, cast_many, delegate_by_sig, delegate_for};
pub use token::{delegate, mirror, past_supply, past_votes};

use crate::abi::Uint256;
use crate::checkpoints::{self, Trace};
use crate::eip712::Domain;
use crate::error::Error;
use crate::event::VotesEvent as Event;
use crate::hash::Hash32;
use crate::signed::Signers;
use crate::types::{Address, BallotId, Bps, Points, Timestamp};

/// The most votes there can be: 281 million members at the cap of a weight.
///
/// A tally takes six bytes for it, and the history of quorums has two left for the part.
pub const MAX_SUPPLY: Points = Points((1 << 48) - 1);
/// Approval is a strict majority at least: 5,000 parts of 10,000 of for and against must be exceeded.
pub const MIN_APPROVAL: Bps = match Bps::new(5_000) {
    Some(half) => half,
    None => Bps::WHOLE,
};
/// A ballot ends within ninety days: no setting makes the DAO wait for ever.
pub const MAX_VOTING_PERIOD_S: u64 = 90 * 24 * 60 * 60;
/// A tenth of the supply can always propose.
pub const MAX_PROPOSAL_THRESHOLD_BPS: u16 = 1_000;

/// What the rules need from the contract around them: its storage cells and its log.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// An account; as new if there is none.
    fn account(&self, account: Address) -> Account;
    /// Writes an account.
    fn set_account(&mut self, address: Address, account: &Account);
    /// Page `page` of the ballots that `account` voted in.
    fn voted(&self, account: Address, page: u32) -> Marks;
    /// Writes such a page.
    fn set_voted(&mut self, account: Address, page: u32, marks: &Marks);
    /// A ballot's own cell; [`ballot`] knows its tally too.
    fn ballot(&self, id: BallotId) -> Option<Ballot>;
    /// Writes a ballot.
    fn set_ballot(&mut self, id: BallotId, ballot: &Ballot);
    /// The history of the supply or of the quorum.
    fn total(&self, of: Total) -> Trace;
    /// Writes such a history.
    fn set_total(&mut self, of: Total, trace: &Trace);
    /// Page `page` of what is older than a history's own cell holds.
    fn history(&self, of: Past, page: u32) -> checkpoints::Page;
    /// Writes such a page.
    fn set_history(&mut self, of: Past, page: u32, entries: &checkpoints::Page);
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
    /// Which part of the supply a quorum is, and its least: see [`quorum_at`]. Empty until it first changes.
    Quorum,
}

/// Whose history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Past {
    /// Of an account's votes.
    Votes(Address),
    /// Of the whole pool.
    Total(Total),
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Who mints and burns.
    pub attestations: Address,
    /// Who opens ballots.
    pub escrow: Address,
    /// What ballots are opened with, until the DAO decides otherwise.
    pub voting: VotingSettings,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Settings for ballots as they come in, not yet checked; see [`Voting`] for what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VotingSettings {
    /// Between a second and [`MAX_VOTING_PERIOD_S`].
    pub voting_period_s: u64,
    /// Up to the whole supply.
    pub quorum_bps: u16,
    /// Between 1 and [`MAX_SUPPLY`].
    pub quorum_min: Points,
    /// From [`MIN_APPROVAL`] up to less than the whole, which could never be exceeded.
    pub approval_bps: u16,
    /// Between 1 and [`MAX_PROPOSAL_THRESHOLD_BPS`].
    pub proposal_threshold_bps: u16,
}

impl VotingSettings {
    /// The settings, or the position of the one out of bounds, where the first has position `first`.
    fn check(&self, first: u8) -> Result<Voting, Error> {
        let Self { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } = *self;
        let within = [
            (1..=MAX_VOTING_PERIOD_S).contains(&voting_period_s),
            quorum_bps <= Bps::WHOLE.get(),
            (Points(1)..=MAX_SUPPLY).contains(&quorum_min),
            (MIN_APPROVAL.get()..Bps::WHOLE.get()).contains(&approval_bps),
            (1..=MAX_PROPOSAL_THRESHOLD_BPS).contains(&proposal_threshold_bps),
        ];
        if let Some((_, position)) = within.into_iter().zip(first..).find(|(within, _)| !within) {
            return Err(Error::SettingOutOfBounds { position });
        }
        let part = |bps| Bps::new(bps).unwrap_or_default();
        Ok(Voting {
            period_s: voting_period_s,
            quorum: part(quorum_bps),
            quorum_min,
            approval: part(approval_bps),
            proposal_threshold: part(proposal_threshold_bps),
        })
    }
}

/// Builds the first cell and the event of it.
///
/// # Errors
/// [`Error::SettingOutOfBounds`].
pub fn construct(with: &Construction) -> Result<(Root, Event), Error> {
    let Construction { attestations, escrow, voting, salt } = *with;
    let root = Root { attestations, escrow, salt, voting: voting.check(2)?, ballots: 0, open: OpenBallots::default() };
    let VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } = voting;
    let event = Event::VotesDeployed {
        attestations,
        escrow,
        voting_period_s,
        quorum_bps,
        quorum_min,
        approval_bps,
        proposal_threshold_bps,
        salt,
    };
    Ok((root, event))
}

/// Changes what ballots opened from now on are opened with. For `escrow` alone, which executes what the DAO decided.
///
/// # Errors
/// [`Error::Unauthorized`], [`Error::SettingOutOfBounds`].
pub fn set_voting<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    settings: &VotingSettings,
) -> Result<(), Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    let previous = core::mem::replace(&mut root.voting, settings.check(0)?);
    let mut quorums = host.total(Total::Quorum);
    if quorums.latest().is_none() {
        push(host, Past::Total(Total::Quorum), &mut quorums, Timestamp(0), packed_quorum(&previous))?;
    }
    push(host, Past::Total(Total::Quorum), &mut quorums, now, packed_quorum(&root.voting))?;
    host.set_total(Total::Quorum, &quorums);
    host.set_root(&root);
    host.emit(Event::VotingChanged {
        previous_voting_period_s: previous.period_s,
        voting_period_s: settings.voting_period_s,
        previous_quorum_bps: previous.quorum.get(),
        quorum_bps: settings.quorum_bps,
        previous_quorum_min: previous.quorum_min,
        quorum_min: settings.quorum_min,
        previous_approval_bps: previous.approval.get(),
        approval_bps: settings.approval_bps,
        previous_proposal_threshold_bps: previous.proposal_threshold.get(),
        proposal_threshold_bps: settings.proposal_threshold_bps,
    });
    Ok(())
}

/// The quorum of a ballot whose snapshot is `at`, by the settings of that second.
///
/// # Errors
/// [`Error::FutureLookup`].
pub fn quorum_at<H: Host>(host: &H, now: Timestamp, at: Timestamp) -> Result<Points, Error> {
    let supply = past_supply(host, now, at)?;
    let quorums = host.total(Total::Quorum);
    let packed = match quorums.latest() {
        Some(_) => value_at(host, Past::Total(Total::Quorum), &quorums, at),
        None => packed_quorum(&host.root().voting),
    };
    let part = u16::try_from(packed.0 >> 48).ok().and_then(Bps::new).unwrap_or_default();
    quorum_of(supply, part, Points(packed.0 & MAX_SUPPLY.0))
}

/// Part and least of a quorum as one value of a history: the least fits the lower 48 bits.
fn packed_quorum(voting: &Voting) -> Points {
    Points(u64::from(voting.quorum.get()) << 48 | voting.quorum_min.0)
}

/// The only place where histories grow: so much from `now` on.
fn push<H: Host>(host: &mut H, of: Past, trace: &mut Trace, now: Timestamp, value: Points) -> Result<(), Error> {
    if let Some(full) = trace.push(now, value).map_err(|_| Error::Overflow)? {
        host.set_history(of, trace.pages.saturating_sub(1), &full);
    }
    Ok(())
}

/// The only place where histories are looked up.
fn value_at<H: Host>(host: &H, of: Past, trace: &Trace, at: Timestamp) -> Points {
    trace.upper_lookup(at, |page| host.history(of, page))
}

fn check_past(now: Timestamp, at: Timestamp) -> Result<(), Error> {
    if at < now { Ok(()) } else { Err(Error::FutureLookup { timepoint: at, clock: now }) }
}

/// A `uint256` time point of ERC-5805: what does not fit 64 bits is in the future.
pub fn timepoint(word: Uint256) -> Timestamp {
    match word.0.split_last_chunk::<8>() {
        Some((high, low)) if high.iter().all(|byte| *byte == 0) => Timestamp(u64::from_be_bytes(*low)),
        _ => Timestamp(u64::MAX),
    }
}
