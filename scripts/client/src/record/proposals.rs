//! Proposals of the DAO's own calls.

use chorus_abi::{B256, escrow};

use super::{At, Ballot, Log, Record};

/// A proposal of the DAO's own calls.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Who proposed it, and until when what is possible.
    pub proposed: escrow::Proposed,
    /// Where it was made.
    pub at: At,
    /// Its calls, in order.
    pub calls: Vec<escrow::ProposedCall>,
    /// Its ballot.
    pub ballot: Ballot,
    /// Its execution.
    pub executed: Option<(At, escrow::ProposalExecuted)>,
}

impl Record {
    /// Proposals with their ids, oldest first.
    pub fn proposals(&self) -> impl Iterator<Item = (B256, &Proposal)> {
        self.proposal_order.iter().filter_map(|id| Some((*id, self.proposals.get(id)?)))
    }

    pub(super) fn proposed(&mut self, log: &Log, e: &escrow::Proposed) {
        let Some(ballot) = self.ballots.remove(&e.proposal) else {
            return self.contradict(log, format!("a proposal without a ballot: {}", e.proposal));
        };
        self.expect(log, "the end of voting", e.voting_ends, ballot.deadline);
        self.proposal_order.push(e.proposal);
        let proposal = Proposal { proposed: e.clone(), at: log.at, calls: Vec::new(), ballot, executed: None };
        self.proposals.insert(e.proposal, proposal);
    }

    pub(super) fn call_proposed(&mut self, log: &Log, e: &escrow::ProposedCall) {
        let place = self.proposals.get_mut(&e.proposal).map(|proposal| {
            proposal.calls.push(e.clone());
            proposal.calls.len() - 1
        });
        self.expect(log, "the place of a proposed call", Some(usize::from(e.index)), place);
    }

    pub(super) fn proposal_executed(&mut self, log: &Log, e: &escrow::ProposalExecuted) {
        let proposal = self.proposals.get_mut(&e.proposal);
        let before = proposal.map(|proposal| proposal.executed.replace((log.at, e.clone())).is_some());
        self.expect(log, "whether a proposal was executed before", before, Some(false));
    }
}
