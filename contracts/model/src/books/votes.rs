//! Delegations, ballots and votes.

use std::collections::BTreeMap;

use chorus_core::{
    event::VotesEvent,
    types::{Address, BallotId, Timestamp},
    votes::{Delegation, ProposalState, VotingSettings, timepoint},
};

use super::{Accepted, Ballot, Books, Electorate, Member, part_of_supply_ceil};
use crate::outcome::{Logged, Outcome};

impl Ballot {
    /// The power of all votes in one direction.
    pub(crate) fn side(&self, side: u8) -> u64 {
        self.cast.values().filter(|(support, _)| *support == side).map(|(_, power)| power).sum()
    }

    pub(crate) fn state(&self, now: Timestamp) -> ProposalState {
        match (now <= self.deadline, self.passes()) {
            (true, _) => ProposalState::Active,
            (false, false) => ProposalState::Defeated,
            (false, true) => ProposalState::Succeeded,
        }
    }

    pub(super) fn passes(&self) -> bool {
        let (against, in_favour, abstain) = (self.side(0), self.side(1), self.side(2));
        let enough = in_favour + abstain >= self.quorum;
        enough && u128::from(in_favour) * 10_000 > u128::from(in_favour + against) * u128::from(self.approval_bps)
    }
}

impl Books {
    /// How the votes stand now.
    pub(crate) fn electorate(&self) -> Electorate {
        let mut now = Electorate::default();
        for (member, Member { weight, .. }) in &self.members {
            now.supply += u64::from(*weight);
            let delegate = self.delegates.get(member).copied().unwrap_or_default();
            if *weight != 0 && delegate != Address::ZERO {
                *now.votes.entry(delegate).or_default() += u64::from(*weight);
            }
        }
        now
    }

    /// How they stood at the end of a second that is over.
    pub(crate) fn electorate_at(&self, at: Timestamp) -> Option<&Electorate> {
        self.seconds.iter().rev().find(|(second, _)| *second <= at).map(|(_, electorate)| electorate)
    }

    /// The quorum by the settings and the supply of a second that is over.
    pub(crate) fn quorum_at(&self, at: Timestamp) -> u64 {
        let (_, bps, least) = self.quorums.iter().rev().find(|(since, ..)| *since <= at).copied().unwrap_or_default();
        part_of_supply_ceil(self.electorate_at(at).map_or(0, |electorate| electorate.supply), bps).max(least)
    }

    pub(super) fn end_second(&mut self, second: Timestamp) {
        let now = self.electorate();
        if self.seconds.last().map(|(_, last)| last) != Some(&now) {
            self.seconds.push((second, now));
        }
    }

    /// The proposer must have had the votes for it one second ago.
    pub(super) fn expect_threshold(&mut self, what: &str, now: Timestamp, proposer: Address) {
        let before = self.electorate_at(Timestamp(now.0 - 1)).cloned().unwrap_or_default();
        let votes = before.votes.get(&proposer).copied().unwrap_or_default();
        let enough = part_of_supply_ceil(before.supply, self.pool.voting.proposal_threshold_bps).max(1);
        self.expect(what, votes < enough, false);
    }

    pub(super) fn book_voting(&mut self, now: Timestamp, settings: VotingSettings) {
        self.pool.voting = settings;
        self.quorums.push((now, settings.quorum_bps, settings.quorum_min.0));
    }

    pub(super) fn book_delegation(&mut self, call: Accepted<'_>, to: Address) {
        self.delegates.insert(call.caller, to);
    }

    pub(super) fn book_signed_delegation(&mut self, call: Accepted<'_>, delegator: Address, delegation: &Delegation) {
        self.use_votes_nonce(delegator, Some(timepoint(delegation.nonce).0));
        self.book_delegation(call.of(delegator), delegation.delegatee);
    }

    /// Only the news tells whose key the chain recovered.
    pub(super) fn book_recovered_delegation(&mut self, call: Accepted<'_>, delegation: &Delegation) {
        let delegator = call.news.iter().find_map(|(_, event)| match event {
            Logged::Votes(VotesEvent::NonceUsed { account, .. }) => Some(*account),
            _ => None,
        });
        self.expect("I17 a signer", delegator.is_some(), true);
        self.book_signed_delegation(call, delegator.unwrap_or_default(), delegation);
    }

    /// A signature of `account` was taken. It must be over their nonce, which is `over` where the call names one.
    pub(super) fn use_votes_nonce(&mut self, account: Address, over: Option<u64>) {
        let used = self.votes_nonces.entry(account).or_default();
        let nonce = *used;
        *used += 1;
        self.expect("I17 nonce", over.unwrap_or(nonce), nonce);
    }

    pub(super) fn book_ballot(&mut self, now: Timestamp, id: BallotId) {
        let snapshot = Timestamp(now.0 - 1);
        let supply = self.electorate_at(snapshot).map_or(0, |electorate| electorate.supply);
        let quorum = part_of_supply_ceil(supply, self.pool.voting.quorum_bps).max(self.pool.voting.quorum_min.0);
        let deadline = Timestamp(now.0 + self.pool.voting.voting_period_s);
        let approval_bps = self.pool.voting.approval_bps;
        self.ballots.insert(id, Ballot { snapshot, deadline, quorum, approval_bps, cast: BTreeMap::new() });
    }

    pub(super) fn book_vote(&mut self, call: Accepted<'_>, id: BallotId, support: u8) {
        let Accepted { now, caller: voter, outcome, .. } = call;
        let Some(ballot) = self.ballots.get(&id) else { return };
        let (snapshot, deadline) = (ballot.snapshot, ballot.deadline);
        let electorate = self.electorate_at(snapshot);
        let power = electorate.and_then(|then| then.votes.get(&voter)).copied().unwrap_or_default();
        self.expect("I08 power", outcome, Outcome::Counted(power.into()));
        self.expect("F09 a vote without power", power == 0, false);
        self.expect("F09 a vote not before the second after the snapshot", snapshot < now, true);
        self.expect("I09 a vote not after the deadline", now <= deadline, true);
        let twice = self.ballots.get_mut(&id).and_then(|ballot| ballot.cast.insert(voter, (support, power)));
        self.expect("F10 a second vote", twice, None);
    }

    /// Books a batch of votes: for each there must be news that it counted, or that it was skipped.
    pub(super) fn book_votes(&mut self, call: Accepted<'_>, id: BallotId, ballots: &[u8]) {
        let mut told = call.news.iter().filter_map(|(_, event)| match event {
            Logged::Votes(VotesEvent::VoteCast { voter, support, weight, .. }) => {
                Some((*voter, Some((*support, timepoint(*weight).0))))
            }
            Logged::Votes(VotesEvent::VoteSkipped { voter, .. }) => Some((*voter, None)),
            _ => None,
        });
        let (mut rest, mut counted) = (ballots, 0);
        while let Some((head, after)) = rest.split_at_checked(22) {
            let voter = Address(head[..20].try_into().unwrap_or_default());
            rest = &after[usize::from(head[21])..];
            match told.next() {
                Some((who, Some((support, power)))) => {
                    self.expect("I08 counted", (who, support), (voter, head[20]));
                    self.use_votes_nonce(voter, None);
                    let outcome = Outcome::Counted(power.into());
                    self.book_vote(Accepted { outcome, ..call.of(voter) }, id, support);
                    counted += 1;
                }
                Some((who, None)) => self.expect("I08 skipped", who, voter),
                None => self.expect("I08 told", true, false),
            }
        }
        self.expect("I08 told", told.next(), None);
        self.expect("I08 batch", call.outcome, Outcome::Accepted(counted));
    }
}
