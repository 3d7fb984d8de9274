//! What the events of a pool say: read from the chain block by block, and replayed into who is who and what happened.
//!
//! Nothing here trusts an indexer, a contract's view or a running sum: a sale's members are those whose last
//! contribution allowed its purpose when it opened, and power is counted from mints, burns and delegations. Custodian,
//! keeper and audit work on this.

mod read;
mod replay;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chorus_abi::{Address, B256, Contract, Event, U256, attestations, escrow};

pub use read::{History, Log};

/// Place of an event on chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct At {
    /// Block number.
    pub block: u64,
    /// Index among the events of that block.
    pub event: u32,
}

/// Everything that the events up to some block say.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Members by number.
    pub members: BTreeMap<u32, Member>,
    /// Numbers by address.
    pub numbers: HashMap<Address, u32>,
    /// Sales by number.
    pub sales: BTreeMap<u32, Sale>,
    /// Offers by id.
    pub offers: HashMap<B256, Offer>,
    /// Ids of the offers, oldest first.
    pub order: Vec<B256>,
    /// The vote token.
    pub token: Token,
    /// Credits by currency and owner.
    pub credits: BTreeMap<(Address, Address), u128>,
    /// Changes of contributions, oldest first.
    pub contributions: Vec<(At, Contribution)>,
    /// Every currency that was ever allowed.
    pub currencies: BTreeMap<Address, Currency>,
    /// Proposals of the DAO's own calls, by id.
    pub proposals: HashMap<B256, Proposal>,
    /// Ids of the proposals, oldest first.
    pub proposal_order: Vec<B256>,
    /// Settings for offers to come.
    pub settings: Option<escrow::SettingsChanged>,
    /// How long proposals to come wait, and how long they may be executed.
    pub proposal_settings: Option<escrow::ProposalSettingsChanged>,
    /// What ballots to come are made with.
    pub voting: Option<Voting>,
    /// The next nonce of each account that signed, in `votes` and `escrow`.
    pub nonces: BTreeMap<(Contract, Address), u64>,
    /// Who attests.
    pub attesters: BTreeSet<Address>,
    /// Who may deliver.
    pub custodians: BTreeSet<Address>,
    /// Who may rule.
    pub arbiters: BTreeSet<Address>,
    /// The last attestation of each member, whether withdrawn since or not.
    pub attested: BTreeMap<u32, attestations::Attested>,
    /// Where events contradict each other; empty for an honest history.
    pub contradictions: Vec<String>,
    /// Ballots whose offer or proposal is not known yet: they open within the call that makes it.
    ballots: HashMap<B256, Ballot>,
    /// Offers whose terms are not known yet: they follow in the same call.
    made: HashMap<B256, (At, escrow::OfferMade)>,
}

/// A currency that offers may use, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency {
    /// What `escrow` holds of it and never pays out.
    pub base_amount: u128,
    /// Whether new offers may use it.
    pub allowed: bool,
    /// Where it was first allowed.
    pub at: At,
}

/// What a ballot is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voting {
    /// How long votes count, in seconds.
    pub voting_period_s: u64,
    /// Part of the supply that must vote for or abstain.
    pub quorum_bps: u16,
    /// And this many points at least.
    pub quorum_min: u64,
    /// What `for` must exceed of for and against.
    pub approval_bps: u16,
    /// Part of the supply that a proposer must have.
    pub proposal_threshold_bps: u16,
}

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

/// A member as they are now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// Their address.
    pub address: Address,
    /// Points; 0 after a withdrawal.
    pub weight: u32,
    /// One bit for each allowed purpose.
    pub purposes: u16,
    /// Merkle root over the rows; zero after a withdrawal.
    pub commitment: B256,
    /// Pseudonym of the account; zero after a withdrawal.
    pub nullifier: B256,
    /// The next nonce.
    pub nonce: u64,
}

/// One change of one contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// `attested`, `purposes_changed`, `withdrawn` or `revoked`.
    pub kind: &'static str,
    /// The member's number.
    pub number: u32,
    /// Weight before.
    pub previous_weight: u32,
    /// The member after it.
    pub member: Member,
    /// What was attested, with this change or last before it.
    pub attested: attestations::Attested,
}

/// Who is in a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// For which purpose.
    pub purpose: u8,
    /// The last second in which a member may leave.
    pub window_ends: u64,
    /// W and M as the contract announced them when it opened.
    pub announced: (u64, u32),
    /// Everybody who was in when it opened, by number, counted from their contributions.
    pub members: BTreeMap<u32, SaleMember>,
    /// W and M as the contract announced them last.
    pub last_announced: (u64, u32),
    /// Members who must have left because they took back what it rests on.
    pub must_leave: BTreeSet<u32>,
}

/// Somebody in a sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleMember {
    /// Their address.
    pub address: Address,
    /// Their weight in it.
    pub weight: u32,
    /// The commitment they are in with.
    pub commitment: B256,
    /// When they left, if they did.
    pub left: Option<At>,
}

impl Sale {
    /// Who is still in, by number.
    pub fn remaining(&self) -> impl Iterator<Item = (u32, &SaleMember)> {
        self.members.iter().filter(|(_, member)| member.left.is_none()).map(|(number, member)| (*number, member))
    }

    /// W and M, counted.
    pub fn totals(&self) -> (u64, u32) {
        self.remaining().fold((0, 0), |(weight, members), (_, member)| (weight + u64::from(member.weight), members + 1))
    }
}

/// An offer and what was done about it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The object that was hashed.
    pub made: escrow::OfferMade,
    /// Its periods, fees and sale.
    pub terms: escrow::OfferTerms,
    /// Where it was made.
    pub at: At,
    /// Its ballot.
    pub ballot: Ballot,
    /// The outcome, once fixed.
    pub sealed: Option<(At, escrow::Sealed)>,
    /// The delivery.
    pub delivered: Option<(At, escrow::Delivered)>,
    /// When the buyer accepted.
    pub accepted: Option<At>,
    /// The dispute.
    pub disputed: Option<(At, escrow::Disputed)>,
    /// The ruling.
    pub ruled: Option<(At, escrow::Ruled)>,
    /// The refund.
    pub refunded: Option<(At, escrow::Refunded)>,
    /// Calls that settled members, in order.
    pub distributions: Vec<(At, escrow::Distributed)>,
    /// Members settled, in order.
    pub payouts: Vec<(At, Payout)>,
    /// The end of the settlement.
    pub paid: Option<(At, escrow::OfferPaid)>,
}

/// A member's share, and the call that settled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The member's number.
    pub number: u32,
    /// Whose.
    pub member: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// How much.
    pub share: u128,
    /// Where it went.
    pub to: Address,
    /// Whether it became a credit because it could not be pushed.
    pub credited: bool,
    /// Who called.
    pub keeper: Address,
    /// What they earned with this member.
    pub tip: u128,
}

/// A ballot with every vote.
#[derive(Clone, Debug, Default)]
pub struct Ballot {
    /// What was in force when it opened.
    pub voting: Option<Voting>,
    /// Power and supply are those of this second.
    pub snapshot: u64,
    /// The last second that counts.
    pub deadline: u64,
    /// As announced.
    pub supply: U256,
    /// As announced.
    pub quorum: U256,
    /// What `for` must exceed.
    pub approval_bps: u16,
    /// The votes, in order.
    pub votes: Vec<Vote>,
    /// The tally as announced last: against, for, abstain.
    pub tally: [U256; 3],
}

/// A vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Where.
    pub at: At,
    /// The clock of its block.
    pub time_s: u64,
    /// Who.
    pub voter: Address,
    /// 0 = against, 1 = for, 2 = abstain.
    pub support: u8,
    /// As the contract counted it.
    pub weight: U256,
    /// The voter's power at the snapshot, counted from balances and delegations.
    pub power: U256,
    /// The voter's words.
    pub reason: String,
}

/// Balances and delegations, with their history by second.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// Balances now.
    pub balances: HashMap<Address, U256>,
    /// To whom each account delegates.
    pub delegates: HashMap<Address, Address>,
    /// Votes of each delegate from a second on.
    power: HashMap<Address, BTreeMap<u64, U256>>,
    /// Supply from a second on.
    supply: BTreeMap<u64, U256>,
    /// What the contract announced last of a delegate's votes in a second.
    pub announced: HashMap<(Address, u64), U256>,
}

impl Token {
    /// The votes of `delegate` at the end of second `time_s`.
    pub fn power_at(&self, delegate: Address, time_s: u64) -> U256 {
        self.power.get(&delegate).map_or(U256::ZERO, |history| last_until(history, time_s))
    }

    /// The supply at the end of second `time_s`.
    pub fn supply_at(&self, time_s: u64) -> U256 {
        last_until(&self.supply, time_s)
    }

    /// The supply now.
    pub fn supply(&self) -> U256 {
        last_until(&self.supply, u64::MAX)
    }
}

fn last_until(history: &BTreeMap<u64, U256>, time_s: u64) -> U256 {
    history.range(..=time_s).next_back().map_or(U256::ZERO, |(_, value)| *value)
}

impl Record {
    /// Replays a history from its beginning.
    pub fn replay(history: &History) -> Self {
        Self::replay_until(history, history.until.number)
    }

    /// Replays a history up to a block.
    pub fn replay_until(history: &History, block: u64) -> Self {
        let mut record = Self::default();
        for log in history.logs.iter().take_while(|log| log.at.block <= block) {
            record.apply(log);
        }
        record
    }

    /// The sale of an offer.
    pub fn sale_of(&self, offer: &Offer) -> Option<&Sale> {
        self.sales.get(&offer.terms.sale)
    }

    /// The credit of an owner in a currency.
    pub fn credit(&self, currency: Address, owner: Address) -> u128 {
        self.credits.get(&(currency, owner)).copied().unwrap_or_default()
    }

    /// Every ballot with the id of its offer or proposal, oldest first of each.
    pub fn ballots(&self) -> impl Iterator<Item = (B256, &Ballot)> {
        let offers = self.order.iter().filter_map(|id| Some((*id, &self.offers.get(id)?.ballot)));
        offers.chain(self.proposal_order.iter().filter_map(|id| Some((*id, &self.proposals.get(id)?.ballot))))
    }

    fn apply(&mut self, log: &Log) {
        match &log.event {
            Event::Attestations(event) => self.apply_attestations(log, event),
            Event::Votes(event) => self.apply_votes(log, event),
            Event::Escrow(event) => self.apply_escrow(log, event),
        }
    }
}
