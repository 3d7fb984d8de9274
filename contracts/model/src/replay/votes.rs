//! The events of `votes`.

use VotesEvent as E;
use chorus_core::{
    abi::Uint256,
    event::VotesEvent,
    types::{Address, Bps, Points},
    votes::{Ballot, Support, Tally, timepoint},
};

use super::{Replay, ensure};

type Read = Result<(), String>;

impl Replay {
    /// An event is read by one of three functions: this match names them all, so that a new event is not forgotten.
    pub(super) fn read_votes(&mut self, event: &VotesEvent) -> Read {
        match event {
            E::VotesDeployed { .. } | E::VotingChanged { .. } => self.read_voting(event),
            E::Transfer { .. } | E::DelegateChanged { .. } | E::DelegateVotesChanged { .. } | E::NonceUsed { .. } => {
                self.read_token(event)
            }
            E::ProposalCreated { .. }
            | E::BallotOpened { .. }
            | E::VoteCast { .. }
            | E::VoteSkipped { .. }
            | E::TallyChanged { .. } => self.read_ballot(event),
        }
    }

    fn read_voting(&mut self, event: &VotesEvent) -> Read {
        match *event {
            E::VotesDeployed { voting, .. } => self.voting = Some(voting),
            E::VotingChanged { change } => {
                ensure!(event, self.voting.replace(change.new) == Some(change.previous));
            }
            _ => return unread(event),
        }
        Ok(())
    }

    fn read_token(&mut self, event: &VotesEvent) -> Read {
        match *event {
            E::Transfer { from, to, value } => {
                ensure!(event, (from == Address::ZERO) != (to == Address::ZERO));
                if from == Address::ZERO {
                    *self.balances.entry(to).or_default() += short(value);
                } else {
                    *self.balances.entry(from).or_default() -= short(value);
                }
            }
            E::DelegateChanged { delegator, fromDelegate, toDelegate } => {
                let before = self.delegates.insert(delegator, toDelegate).unwrap_or_default();
                ensure!(event, before == fromDelegate);
            }
            E::DelegateVotesChanged { delegate, previousVotes, newVotes } => {
                let before = self.votes.insert(delegate, short(newVotes)).unwrap_or_default();
                ensure!(event, before == short(previousVotes));
            }
            E::NonceUsed { account, nonce } => {
                let before = self.votes_nonces.insert(account, nonce).unwrap_or_default();
                ensure!(event, before + 1 == nonce);
            }
            _ => return unread(event),
        }
        Ok(())
    }

    fn read_ballot(&mut self, event: &VotesEvent) -> Read {
        match *event {
            E::BallotOpened { proposalId, snapshot, deadline, quorum, approval_bps, .. } => {
                let number = u32::try_from(self.ballots.len()).unwrap_or_default() + 1;
                let ballot = Ballot {
                    number,
                    snapshot,
                    deadline,
                    quorum: Points(short(quorum)),
                    approval: Bps::new(approval_bps).unwrap_or_default(),
                    tally: Tally::default(),
                };
                ensure!(event, self.ballots.insert(proposalId.into(), ballot).is_none());
            }
            E::ProposalCreated { proposalId, voteStart, voteEnd, .. } => {
                let ballot = self.ballots.get(&proposalId.into());
                let times = ballot.map(|ballot| (ballot.snapshot.0, ballot.deadline.0));
                ensure!(event, times == Some((short(voteStart), short(voteEnd))));
            }
            E::VoteCast { voter, proposalId, support, weight, .. } => {
                ensure!(event, self.voters.insert((proposalId.into(), voter)));
                let Some(ballot) = self.ballots.get_mut(&proposalId.into()) else {
                    return Err(format!("I16 {event:?}: no ballot"));
                };
                if let Some(support) = Support::from_code(support) {
                    ballot.tally.side_mut(support).0 += short(weight);
                }
            }
            E::TallyChanged { proposalId, against_votes, for_votes, abstain_votes } => {
                let said = Some(Tally::of([against_votes, for_votes, abstain_votes].map(|votes| Points(short(votes)))));
                ensure!(event, self.ballots.get(&proposalId.into()).map(|ballot| ballot.tally) == said);
            }
            E::VoteSkipped { .. } => {}
            _ => return unread(event),
        }
        Ok(())
    }
}

/// The match in [`Replay::read_votes`] sent an event to a function that does not read it.
fn unread(event: &VotesEvent) -> Read {
    Err(format!("I16 nothing reads {event:?}"))
}

fn short(word: Uint256) -> u64 {
    timepoint(word).0
}
