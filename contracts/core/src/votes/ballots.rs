//! Ballots: opened with the settings in force, counted by power one second before, over at their deadline.

use super::{
    cells::{Account, Ballot, Marks, Open, Root, Tally, Voted},
    history::{past_supply, past_votes, value_at},
    host::{Host, Past},
    settings::{quorum_of, threshold_of},
};
use crate::{
    compat::{NoCalldatas, NoSignatures, NoTargets, NoValues, Reason, Subject},
    error::Error,
    event::VotesEvent as Event,
    math,
    names::{ProposalState, Support},
    types::{Address, BallotId, Bps, Points, Timestamp},
};

/// Opens a ballot on an offer with the settings in force, which it keeps. For `escrow` alone.
///
/// Power and supply are those of one second ago: nobody can join, delegate or withdraw in the past.
///
/// # Errors
/// [`Error::Unauthorized`], [`Error::BallotExists`].
pub fn open_ballot<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: BallotId,
    proposer: Address,
) -> Result<Ballot, Error> {
    open(host, now, caller, id, proposer, Subject::Offer)
}

/// Opens a ballot on settings, which only an account with enough votes may propose. For `escrow` alone.
///
/// # Errors
/// [`Error::Unauthorized`], [`Error::BallotExists`], [`Error::BelowProposalThreshold`].
pub fn open_proposal<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: BallotId,
    proposer: Address,
) -> Result<Ballot, Error> {
    open(host, now, caller, id, proposer, Subject::Settings)
}

fn open<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: BallotId,
    proposer: Address,
    subject: Subject,
) -> Result<Ballot, Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    if host.ballot(id).is_some() {
        return Err(Error::BallotExists { id });
    }
    let snapshot = Timestamp(now.0.checked_sub(1).ok_or(Error::Overflow)?);
    let deadline = now.after(root.voting.voting_period_s)?;
    let supply = past_supply(host, now, snapshot)?;
    if subject == Subject::Settings {
        let votes = past_votes(host, now, proposer, snapshot)?;
        let required = threshold_of(supply, root.voting.proposal_threshold_bps)?;
        if votes < required {
            return Err(Error::BelowProposalThreshold { votes, required });
        }
    }
    root.ballots = root.ballots.checked_add(1).ok_or(Error::Overflow)?;
    let quorum = quorum_of(supply, root.voting.quorum_bps, root.voting.quorum_min)?;
    let approval = Bps::new(root.voting.approval_bps).unwrap_or(Bps::WHOLE);
    let ballot = Ballot { number: root.ballots, snapshot, deadline, quorum, approval, tally: Tally::default() };
    host.set_ballot(id, &ballot);
    give_place(host, &mut root, now, id, &ballot);
    host.set_root(&root);
    host.emit(Event::BallotOpened {
        proposalId: id.into(),
        snapshot,
        deadline,
        supply: supply.into(),
        quorum: quorum.into(),
        approval_bps: approval.get(),
    });
    host.emit(Event::ProposalCreated {
        proposalId: id.into(),
        proposer,
        targets: NoTargets,
        values: NoValues,
        signatures: NoSignatures,
        calldatas: NoCalldatas,
        voteStart: snapshot.0.into(),
        voteEnd: deadline.0.into(),
        description: subject,
    });
    Ok(ballot)
}

/// Puts a ballot in a free place of the root cell. The ballot that was there takes no more votes, and goes to its own
/// cell.
fn give_place<H: Host>(host: &mut H, root: &mut Root, now: Timestamp, id: BallotId, ballot: &Ballot) {
    let Some(place) = root.open.free(now) else { return };
    let (over, last) = root.open.get(place);
    if last.number != 0 {
        keep_tally(host, over, &last);
    }
    root.open.set(place, id, &ballot.open());
}

fn keep_tally<H: Host>(host: &mut H, id: BallotId, open: &Open) {
    if let Some(ballot) = host.ballot(id) {
        host.set_ballot(id, &Ballot { tally: open.tally, ..ballot });
    }
}

/// A ballot with its tally, wherever that lies.
pub fn ballot<H: Host>(host: &H, id: BallotId) -> Option<Ballot> {
    let ballot = host.ballot(id)?;
    let open = host.root().open;
    let tally = open.find(id).map_or(ballot.tally, |place| open.get(place).1.tally);
    Some(Ballot { tally, ..ballot })
}

/// Counts the vote of `voter` with their power at the snapshot: once, until the deadline, inclusive.
///
/// # Errors
/// [`Error::NoSuchBallot`], [`Error::VotingOver`], [`Error::UnknownSupport`], [`Error::NoVotes`],
/// [`Error::AlreadyVoted`].
pub fn cast<H: Host>(
    host: &mut H,
    now: Timestamp,
    voter: Address,
    id: BallotId,
    support: u8,
    reason: &Reason,
) -> Result<Points, Error> {
    let mut root = host.root();
    let mut poll = Poll::of(host, &root, now, id)?;
    let mut account = host.account(voter);
    let power = poll.count(host, voter, &mut account, support, reason)?;
    host.set_account(voter, &account);
    poll.close(host, &mut root);
    Ok(power)
}

/// A ballot while a call counts votes in it: read and written once, however many they are.
pub(super) struct Poll {
    pub(super) id: BallotId,
    open: Open,
    /// Its place in the root cell, if it has one.
    place: Option<usize>,
}

impl Poll {
    /// Refuses unless the ballot takes votes.
    pub(super) fn of<H: Host>(host: &H, root: &Root, now: Timestamp, id: BallotId) -> Result<Self, Error> {
        let place = root.open.find(id);
        let open = match place {
            Some(place) => root.open.get(place).1,
            None => host.ballot(id).ok_or(Error::NoSuchBallot { id })?.open(),
        };
        if now > open.deadline {
            return Err(Error::VotingOver { deadline: open.deadline, clock: now });
        }
        Ok(Self { id, open, place })
    }

    /// Counts a vote, or changes nothing. The account is changed here and written by the caller.
    pub(super) fn count<H: Host>(
        &mut self,
        host: &mut H,
        voter: Address,
        account: &mut Account,
        support: u8,
        reason: &Reason,
    ) -> Result<Points, Error> {
        let Open { number, snapshot, ref mut tally, .. } = self.open;
        let side = tally.side_mut(Support::from_code(support).ok_or(Error::UnknownSupport { support })?);
        // The snapshot is over: it was when the ballot was opened.
        let power = value_at(host, Past::Votes(voter), &account.votes, snapshot);
        if power == Points(0) {
            return Err(Error::NoVotes { voter, snapshot });
        }
        let sum = side.0.checked_add(power.0).ok_or(Error::Overflow)?;
        mark(host, voter, account, number)?;
        *side = Points(sum);
        let (id, weight, reason) = (self.id.into(), power.into(), *reason);
        host.emit(Event::VoteCast { voter, proposalId: id, support, weight, reason });
        Ok(power)
    }

    /// Writes and logs the tally.
    pub(super) fn close<H: Host>(self, host: &mut H, root: &mut Root) {
        let Self { id, open, place } = self;
        match place {
            Some(place) => {
                root.open.set(place, id, &open);
                host.set_root(root);
            }
            None => keep_tally(host, id, &open),
        }
        let Tally { against_votes, for_votes, abstain_votes } = open.tally;
        host.emit(Event::TallyChanged {
            proposalId: id.into(),
            against_votes: against_votes.into(),
            for_votes: for_votes.into(),
            abstain_votes: abstain_votes.into(),
        });
    }
}

/// The marks of an account in the page of a ballot.
fn marks<H: Host>(host: &H, voter: Address, account: &Account, number: u32) -> Voted {
    let page = Marks::page_of(number);
    if page == account.voted.page {
        return account.voted;
    }
    Voted { page, marks: host.voted(voter, page) }
}

/// Notes that an account has voted. The page with its mark moves into the account's cell, and the page that was there
/// moves out.
fn mark<H: Host>(host: &mut H, voter: Address, account: &mut Account, number: u32) -> Result<(), Error> {
    let mut voted = marks(host, voter, account, number);
    if voted.marks.get(number) {
        return Err(Error::AlreadyVoted { voter });
    }
    voted.marks.set(number);
    let last = core::mem::replace(&mut account.voted, voted);
    if last.page != voted.page && last.marks != Marks::default() {
        host.set_voted(voter, last.page, &last.marks);
    }
    Ok(())
}

/// Whether `account` voted in ballot `id`.
///
/// # Errors
/// [`Error::NoSuchBallot`].
pub fn has_voted<H: Host>(host: &H, id: BallotId, account: Address) -> Result<bool, Error> {
    let number = host.ballot(id).ok_or(Error::NoSuchBallot { id })?.number;
    Ok(marks(host, account, &host.account(account), number).marks.get(number))
}

/// Whether the ballot passed; known once its deadline is over.
///
/// # Errors
/// [`Error::NoSuchBallot`], [`Error::VotingOpen`].
pub fn outcome<H: Host>(host: &H, now: Timestamp, id: BallotId) -> Result<bool, Error> {
    let ballot = ballot(host, id).ok_or(Error::NoSuchBallot { id })?;
    if now <= ballot.deadline {
        return Err(Error::VotingOpen { deadline: ballot.deadline, clock: now });
    }
    Ok(ballot.passes())
}

/// Where a ballot stands: active, defeated or succeeded. What is done after it succeeded is not the ballot's matter.
///
/// # Errors
/// [`Error::NoSuchBallot`].
pub fn state<H: Host>(host: &H, now: Timestamp, id: BallotId) -> Result<ProposalState, Error> {
    match outcome(host, now, id) {
        Ok(true) => Ok(ProposalState::Succeeded),
        Ok(false) => Ok(ProposalState::Defeated),
        Err(Error::VotingOpen { .. }) => Ok(ProposalState::Active),
        Err(error) => Err(error),
    }
}

/// The votes that whoever proposes settings now must have had one second ago.
///
/// # Errors
/// None while invariants hold.
pub fn proposal_threshold<H: Host>(host: &H, now: Timestamp) -> Result<Points, Error> {
    let supply = past_supply(host, now, Timestamp(now.0.saturating_sub(1)))?;
    threshold_of(supply, host.root().voting.proposal_threshold_bps)
}

impl Ballot {
    /// Quorum by for and abstain, and a strict majority of for and against, by cross-multiplication.
    pub fn passes(&self) -> bool {
        let Self { quorum, approval, tally: Tally { against_votes, for_votes, abstain_votes }, .. } = self;
        let present = u128::from(for_votes.0).saturating_add(abstain_votes.0.into());
        let decided = u128::from(for_votes.0).saturating_add(against_votes.0.into());
        let in_favour = math::wide_mul(for_votes.0.into(), Bps::WHOLE.get().into());
        present >= u128::from(quorum.0) && in_favour > math::wide_mul(decided, approval.get().into())
    }
}
