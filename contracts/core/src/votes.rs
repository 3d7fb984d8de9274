//! The vote token and its ballots: it knows past weights, so it counts. The rules of `contracts/votes`.
//!
//! A balance is a weight, mirrored by `attestations` and by nobody else. Delegation and history follow ERC-5805,
//! counting follows OpenZeppelin's Governor; there is no transfer, no extension and no cancelling.

mod cells;

pub use cells::{Account, Ballot, Root};

use crate::abi::{NoReason, Uint256};
use crate::cells::Bits;
use crate::checkpoints::{self, Trace};
use crate::eip712::Domain;
use crate::error::Error;
use crate::event::VotesEvent as Event;
use crate::hash::Hash32;
use crate::math;
use crate::signed::Signers;
use crate::types::{Address, Bps, OfferId, Points, Timestamp, Weight};

/// Approval is a strict majority at least: 5,000 parts of 10,000 of for and against must be exceeded.
pub const MIN_APPROVAL: Bps = match Bps::new(5_000) {
    Some(half) => half,
    None => Bps::WHOLE,
};

/// The part of the supply that proposing needs.
pub const PROPOSAL_THRESHOLD: Bps = match Bps::new(100) {
    Some(part) => part,
    None => Bps::WHOLE,
};

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
    /// Page `page` of the past votes of `account`, or of the supply for [`Address::ZERO`].
    fn history(&self, account: Address, page: u32) -> checkpoints::Page;
    /// Writes such a page.
    fn set_history(&mut self, account: Address, page: u32, entries: &checkpoints::Page);
    /// A ballot.
    fn ballot(&self, id: OfferId) -> Option<Ballot>;
    /// Writes a ballot.
    fn set_ballot(&mut self, id: OfferId, ballot: &Ballot);
    /// Cell `cell` of the bits of those who voted in the ballot numbered `ballot`.
    fn voted(&self, ballot: u32, cell: u32) -> Bits;
    /// Writes a cell of those bits.
    fn set_voted(&mut self, ballot: u32, cell: u32, bits: &Bits);
    /// Logs an event.
    fn emit(&mut self, event: Event);
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;
}

/// A vote, as OpenZeppelin's `VoteType` numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// 0.
    Against,
    /// 1.
    For,
    /// 2; counts for the quorum alone.
    Abstain,
}

impl TryFrom<u8> for Support {
    type Error = Error;

    fn try_from(support: u8) -> Result<Self, Error> {
        Ok(match support {
            0 => Self::Against,
            1 => Self::For,
            2 => Self::Abstain,
            _ => return Err(Error::UnknownSupport { support }),
        })
    }
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Who mints and burns.
    pub attestations: Address,
    /// Who opens ballots.
    pub escrow: Address,
    /// How long a ballot takes votes, in seconds.
    pub voting_period_s: u64,
    /// For and abstain must reach this part of the supply, …
    pub quorum_bps: u16,
    /// … and never less than this.
    pub quorum_min: Points,
    /// For must exceed this part of for and against.
    pub approval_bps: u16,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
}

/// Builds the first cell and the event of it, or refuses what is out of bounds.
pub fn construct(with: &Construction) -> Result<(Root, Event), Error> {
    let Construction { attestations, escrow, voting_period_s, quorum_bps, quorum_min, approval_bps, salt } = *with;
    if voting_period_s == 0 || u32::try_from(voting_period_s).is_err() {
        return Err(Error::SettingOutOfBounds { position: 2 });
    }
    let quorum = Bps::new(quorum_bps).ok_or(Error::SettingOutOfBounds { position: 3 })?;
    if quorum_min == Points(0) {
        return Err(Error::SettingOutOfBounds { position: 4 });
    }
    let approval = Bps::new(approval_bps)
        .filter(|approval| MIN_APPROVAL <= *approval && *approval < Bps::WHOLE)
        .ok_or(Error::SettingOutOfBounds { position: 5 })?;
    let root = Root {
        attestations,
        escrow,
        salt,
        voting_period_s,
        quorum,
        quorum_min,
        approval,
        voters: 0,
        ballots: 0,
        supply: Trace::default(),
    };
    let event =
        Event::VotesDeployed { attestations, escrow, voting_period_s, quorum_bps, quorum_min, approval_bps, salt };
    Ok((root, event))
}

/// Makes a member's balance equal to their weight: mints or burns the difference. For `attestations` alone.
///
/// Votes are delegated to the member at the first mint, unless they chose before.
pub fn mirror<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    member: Address,
    weight: Weight,
) -> Result<(), Error> {
    let mut root = host.root();
    if caller != root.attestations {
        return Err(Error::Unauthorized { caller, required: root.attestations });
    }
    let mut account = host.account(member);
    let before = account.balance;
    if before == weight {
        return Ok(());
    }
    let (from, to, value) = match weight.0.checked_sub(before.0) {
        Some(minted) => (Address::ZERO, member, minted),
        None => (member, Address::ZERO, before.0.saturating_sub(weight.0)),
    };
    host.emit(Event::Transfer { from, to, value: u64::from(value).into() });
    account.balance = weight;
    root.enrol(&mut account)?;
    if !account.chose_delegate {
        account.chose_delegate = true;
        account.delegate = member;
        host.emit(Event::DelegateChanged { delegator: member, fromDelegate: Address::ZERO, toDelegate: member });
    }
    let delegate = account.delegate;
    host.set_account(member, &account);
    move_votes(host, &mut root, now, (delegate, before), (delegate, weight))?;

    let supply = shift(root.supply.value(), before, weight)?;
    let full = root.supply.push(now, supply).map_err(|_| Error::Overflow)?;
    if let Some(page) = full {
        host.set_history(Address::ZERO, root.supply.pages.saturating_sub(1), &page);
    }
    host.set_root(&root);
    Ok(())
}

/// Gives the votes of `delegator`, now and later, to `delegatee`; [`Address::ZERO`] gives them to nobody.
pub fn delegate<H: Host>(host: &mut H, now: Timestamp, delegator: Address, delegatee: Address) -> Result<(), Error> {
    let mut root = host.root();
    let mut account = host.account(delegator);
    let before = account.delegate;
    root.enrol(&mut account)?;
    account.chose_delegate = true;
    account.delegate = delegatee;
    let balance = account.balance;
    host.set_account(delegator, &account);
    host.emit(Event::DelegateChanged { delegator, fromDelegate: before, toDelegate: delegatee });
    if before != delegatee {
        move_votes(host, &mut root, now, (before, balance), (delegatee, Weight(0)))?;
        move_votes(host, &mut root, now, (before, Weight(0)), (delegatee, balance))?;
    }
    host.set_root(&root);
    Ok(())
}

/// Moves the votes of one balance: `before.0` loses it, `after.0` gains what it has become.
fn move_votes<H: Host>(
    host: &mut H,
    root: &mut Root,
    now: Timestamp,
    (from, before): (Address, Weight),
    (to, after): (Address, Weight),
) -> Result<(), Error> {
    for (delegate, before, after) in match from == to {
        true => [(to, before, after), (to, Weight(0), Weight(0))],
        false => [(from, before, Weight(0)), (to, Weight(0), after)],
    } {
        if delegate == Address::ZERO || before == after {
            continue;
        }
        let mut account = host.account(delegate);
        root.enrol(&mut account)?;
        let previous = account.votes.value();
        let votes = shift(previous, before, after)?;
        let full = account.votes.push(now, votes).map_err(|_| Error::Overflow)?;
        if let Some(page) = full {
            host.set_history(delegate, account.votes.pages.saturating_sub(1), &page);
        }
        host.set_account(delegate, &account);
        host.emit(Event::DelegateVotesChanged { delegate, previousVotes: previous.into(), newVotes: votes.into() });
    }
    Ok(())
}

/// Votes of `account` at `at`, a second that is over.
pub fn past_votes<H: Host>(host: &H, now: Timestamp, account: Address, at: Timestamp) -> Result<Points, Error> {
    check_past(now, at)?;
    Ok(host.account(account).votes.upper_lookup(at, |page| host.history(account, page)))
}

/// The supply at `at`, a second that is over.
pub fn past_supply<H: Host>(host: &H, now: Timestamp, at: Timestamp) -> Result<Points, Error> {
    check_past(now, at)?;
    Ok(host.root().supply.upper_lookup(at, |page| host.history(Address::ZERO, page)))
}

/// Opens a ballot with the thresholds in force, which it keeps. For `escrow` alone.
///
/// Power and supply are read one second before now: nobody can still join, delegate or withdraw then.
pub fn open_ballot<H: Host>(host: &mut H, now: Timestamp, caller: Address, id: OfferId) -> Result<Ballot, Error> {
    let mut root = host.root();
    if caller != root.escrow {
        return Err(Error::Unauthorized { caller, required: root.escrow });
    }
    if host.ballot(id).is_some() {
        return Err(Error::BallotExists { id });
    }
    root.ballots = root.ballots.checked_add(1).ok_or(Error::Overflow)?;
    let snapshot = Timestamp(now.0.checked_sub(1).ok_or(Error::Overflow)?);
    let deadline = Timestamp(now.0.checked_add(root.voting_period_s).ok_or(Error::Overflow)?);
    let supply = past_supply(host, now, snapshot)?;
    let quorum = quorum_of(supply, root.quorum, root.quorum_min)?;
    let approval = root.approval;
    let ballot = Ballot {
        number: root.ballots,
        snapshot,
        deadline,
        quorum,
        approval,
        against: Points(0),
        for_: Points(0),
        abstain: Points(0),
    };
    host.set_ballot(id, &ballot);
    host.set_root(&root);
    host.emit(Event::BallotOpened {
        proposalId: id.into(),
        snapshot,
        deadline,
        supply: supply.into(),
        quorum: quorum.into(),
        approval_bps: approval.get(),
    });
    Ok(ballot)
}

/// Opens the ballot on a proposal of `proposer`, who had enough votes one second before now. For `escrow` alone.
///
/// # Errors
/// [`Error::BelowProposalThreshold`], and those of [`open_ballot`].
pub fn open_proposal<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    proposer: Address,
) -> Result<Ballot, Error> {
    let ballot = open_ballot(host, now, caller, id)?;
    let votes = past_votes(host, now, proposer, ballot.snapshot)?;
    let supply = past_supply(host, now, ballot.snapshot)?;
    let required = quorum_of(supply, PROPOSAL_THRESHOLD, Points(1))?;
    if votes < required {
        return Err(Error::BelowProposalThreshold { votes, required });
    }
    Ok(ballot)
}

/// The votes that for and abstain must reach: a part of the supply, rounded up, and never less than `least`.
pub fn quorum_of(supply: Points, part: Bps, least: Points) -> Result<Points, Error> {
    let parts = math::mul_div_floor(supply.0.into(), part.get().into(), Bps::WHOLE.get().into());
    let floor = parts.and_then(|votes| u64::try_from(votes).ok()).ok_or(Error::Overflow)?;
    let exact =
        math::wide_mul(floor.into(), Bps::WHOLE.get().into()) == math::wide_mul(supply.0.into(), part.get().into());
    let rounded_up = if exact { floor } else { floor.saturating_add(1) };
    Ok(least.max(Points(rounded_up)))
}

/// Counts the vote of `voter` with their power at the snapshot: once, until the deadline, inclusive.
pub fn cast<H: Host>(host: &mut H, now: Timestamp, voter: Address, id: OfferId, support: u8) -> Result<Points, Error> {
    let mut ballot = host.ballot(id).ok_or(Error::NoSuchBallot { id })?;
    if now > ballot.deadline {
        return Err(Error::VotingOver { deadline: ballot.deadline, clock: now });
    }
    let choice = Support::try_from(support)?;
    let account = host.account(voter);
    let power = past_votes(host, now, voter, ballot.snapshot)?;
    if power == Points(0) {
        return Err(Error::NoVotes { voter, snapshot: ballot.snapshot });
    }
    let mut voted = host.voted(ballot.number, Bits::cell_of(account.index));
    if voted.get(account.index) {
        return Err(Error::AlreadyVoted { voter });
    }
    voted.set(account.index);
    let side = match choice {
        Support::Against => &mut ballot.against,
        Support::For => &mut ballot.for_,
        Support::Abstain => &mut ballot.abstain,
    };
    side.0 = side.0.checked_add(power.0).ok_or(Error::Overflow)?;
    host.set_voted(ballot.number, Bits::cell_of(account.index), &voted);
    host.set_ballot(id, &ballot);
    host.emit(Event::VoteCast { voter, proposalId: id.into(), support, weight: power.into(), reason: NoReason });
    host.emit(Event::TallyChanged {
        proposalId: id.into(),
        against_votes: ballot.against.into(),
        for_votes: ballot.for_.into(),
        abstain_votes: ballot.abstain.into(),
    });
    Ok(power)
}

/// Whether the ballot passed; known once its deadline is over.
pub fn outcome<H: Host>(host: &H, now: Timestamp, id: OfferId) -> Result<bool, Error> {
    let ballot = host.ballot(id).ok_or(Error::NoSuchBallot { id })?;
    if now <= ballot.deadline {
        return Err(Error::VotingOpen { deadline: ballot.deadline, clock: now });
    }
    Ok(ballot.passes())
}

/// Whether `account` voted in ballot `id`.
pub fn has_voted<H: Host>(host: &H, id: OfferId, account: Address) -> Result<bool, Error> {
    let ballot = host.ballot(id).ok_or(Error::NoSuchBallot { id })?;
    let index = host.account(account).index;
    Ok(index != 0 && host.voted(ballot.number, Bits::cell_of(index)).get(index))
}

impl Ballot {
    /// Quorum by for and abstain, and a strict majority of for and against, by cross-multiplication.
    pub fn passes(&self) -> bool {
        let Self { quorum, approval, against, for_, abstain, .. } = self;
        let present = u128::from(for_.0).saturating_add(abstain.0.into());
        let decided = u128::from(for_.0).saturating_add(against.0.into());
        let in_favour = math::wide_mul(for_.0.into(), Bps::WHOLE.get().into());
        present >= u128::from(quorum.0) && in_favour > math::wide_mul(decided, approval.get().into())
    }
}

fn shift(sum: Points, before: Weight, after: Weight) -> Result<Points, Error> {
    let without = sum.0.checked_sub(before.0.into());
    without.and_then(|rest| rest.checked_add(after.0.into())).map(Points).ok_or(Error::Overflow)
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
