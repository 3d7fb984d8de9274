//! Ballots and the votes in them.

use chorus_abi::{Address, B256, U256, votes};

use super::{At, Log, Record};

/// The rules that a ballot is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voting {
    /// How long votes count, in seconds.
    pub voting_period_s: u64,
    /// The part of the supply that must vote for or abstain.
    pub quorum_bps: u16,
    /// The number of points that must, whatever the supply.
    pub quorum_min: u64,
    /// The part of for and against that `for` must exceed.
    pub approval_bps: u16,
    /// The part of the supply that a proposer must have.
    pub proposal_threshold_bps: u16,
}

impl From<&votes::VotesDeployed> for Voting {
    fn from(e: &votes::VotesDeployed) -> Self {
        Self {
            voting_period_s: e.voting_period_s,
            quorum_bps: e.quorum_bps,
            quorum_min: e.quorum_min,
            approval_bps: e.approval_bps,
            proposal_threshold_bps: e.proposal_threshold_bps,
        }
    }
}

/// A ballot with every vote.
#[derive(Clone, Debug, Default)]
pub struct Ballot {
    /// The rules in force when it opened.
    pub voting: Option<Voting>,
    /// The second whose power and supply count.
    pub snapshot: u64,
    /// The last second in which votes count.
    pub deadline: u64,
    /// The supply as announced.
    pub supply: U256,
    /// The quorum as announced.
    pub quorum: U256,
    /// The part of for and against that `for` must exceed, as announced.
    pub approval_bps: u16,
    /// The votes, in order.
    pub votes: Vec<Vote>,
    /// The tally as announced last.
    pub tally: Tally,
}

/// A vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Where it was cast.
    pub at: At,
    /// The clock of its block.
    pub time_s: u64,
    /// The account that voted.
    pub voter: Address,
    /// The side it took.
    pub support: Support,
    /// Its weight as the contract counted it.
    pub weight: U256,
    /// The voter's power at the snapshot, counted from balances and delegations.
    pub power: U256,
    /// The voter's words.
    pub reason: String,
}

/// The side that a vote takes, as OpenZeppelin's Governor numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Against the offer or proposal.
    Against,
    /// For it.
    For,
    /// Neither, but counted for the quorum.
    Abstain,
}

impl Support {
    /// The side with this number, if there is one.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Against),
            1 => Some(Self::For),
            2 => Some(Self::Abstain),
            _ => None,
        }
    }

    /// Its name in the indexer's API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Against => "against",
            Self::For => "for",
            Self::Abstain => "abstain",
        }
    }
}

/// Votes by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Votes against.
    pub against_votes: U256,
    /// Votes for.
    pub for_votes: U256,
    /// Abstentions.
    pub abstain_votes: U256,
}

impl Tally {
    /// Against, for and abstentions, as the Governor's numbers have them in order.
    pub const fn sides(&self) -> [U256; 3] {
        [self.against_votes, self.for_votes, self.abstain_votes]
    }
}

impl Record {
    fn ballot(&mut self, id: B256) -> Option<&mut Ballot> {
        if let Some(offer) = self.offers.get_mut(&id) {
            return Some(&mut offer.ballot);
        }
        match self.proposals.get_mut(&id) {
            Some(proposal) => Some(&mut proposal.ballot),
            None => self.ballots.get_mut(&id),
        }
    }

    pub(super) fn ballot_opened(&mut self, e: &votes::BallotOpened) {
        let ballot = Ballot {
            voting: self.voting,
            snapshot: e.snapshot,
            deadline: e.deadline,
            supply: e.supply,
            quorum: e.quorum,
            approval_bps: e.approval_bps,
            votes: Vec::new(),
            tally: Tally::default(),
        };
        self.ballots.insert(B256::from(e.proposalId), ballot);
    }

    pub(super) fn vote_cast(&mut self, log: &Log, e: &votes::VoteCast) {
        let (id, voter) = (B256::from(e.proposalId), e.voter);
        let Some(support) = Support::from_code(e.support) else {
            return self.contradict(log, format!("{voter} voted {} in {id}, which is not a side", e.support));
        };
        let Some(snapshot) = self.ballot(id).map(|ballot| ballot.snapshot) else {
            return self.contradict(log, format!("a vote in a ballot that never opened: {id}"));
        };
        let power = self.token.power_at(voter, snapshot);
        let (at, time_s, weight, reason) = (log.at, log.time_s, e.weight, e.reason.clone());
        let Some(ballot) = self.ballot(id) else { return };
        let again = ballot.votes.iter().any(|vote| vote.voter == voter);
        let in_time = (ballot.snapshot + 1..=ballot.deadline).contains(&time_s);
        ballot.votes.push(Vote { at, time_s, voter, support, weight, power, reason });
        if again {
            self.contradict(log, format!("{voter} voted twice in {id}"));
        }
        if !in_time {
            self.contradict(log, format!("{voter} voted in {id} outside its period"));
        }
    }

    pub(super) fn tally_changed(&mut self, log: &Log, e: &votes::TallyChanged) {
        let id = B256::from(e.proposalId);
        let votes::TallyChanged { against_votes, for_votes, abstain_votes, .. } = *e;
        match self.ballot(id) {
            Some(ballot) => ballot.tally = Tally { against_votes, for_votes, abstain_votes },
            None => self.contradict(log, format!("a tally of a ballot that never opened: {id}")),
        }
    }

    pub(super) fn voting_changed(&mut self, log: &Log, e: &votes::VotingChanged) {
        let previous = Voting {
            voting_period_s: e.previous_voting_period_s,
            quorum_bps: e.previous_quorum_bps,
            quorum_min: e.previous_quorum_min,
            approval_bps: e.previous_approval_bps,
            proposal_threshold_bps: e.previous_proposal_threshold_bps,
        };
        let known = self.voting.replace(Voting {
            voting_period_s: e.voting_period_s,
            quorum_bps: e.quorum_bps,
            quorum_min: e.quorum_min,
            approval_bps: e.approval_bps,
            proposal_threshold_bps: e.proposal_threshold_bps,
        });
        self.expect(log, "the rules of voting before a change", Some(previous), known);
    }
}
