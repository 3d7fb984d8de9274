//! What the events of a pool say: read from the chain block by block, and replayed into who is who and what happened.
//!
//! Nothing here trusts an indexer, a contract's view or a running sum: a sale's members are those whose last
//! contribution allowed its purpose when it opened, and power is counted from mints, burns and delegations. Custodian,
//! keeper and audit work on this.

mod ballots;
mod members;
mod money;
mod offers;
mod proposals;
mod read;
mod replay;
mod sales;
mod token;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chorus_abi::{Address, B256, Contract, attestations, escrow};

pub use ballots::{Ballot, Support, Tally, Vote, Voting};
pub use members::{Change, ChangeKind, Contribution, Member};
pub use money::Currency;
pub use offers::{Offer, Payout};
pub use proposals::Proposal;
pub use read::{History, Log};
pub use sales::{Sale, SaleMember};
pub use token::Token;

/// Where an event stands on the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct At {
    /// The block's number.
    pub block: u64,
    /// The event's place among the events of that block.
    pub event: u32,
}

/// Everything that the events up to some block say.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Members by number.
    pub members: BTreeMap<u32, Member>,
    /// Numbers of members by address.
    pub numbers: HashMap<Address, u32>,
    /// The last attestation of each member, whether withdrawn since or not.
    pub attested: BTreeMap<u32, attestations::Attested>,
    /// Changes of contributions, oldest first.
    pub changes: Vec<(At, Change)>,
    /// Sales by number.
    pub sales: BTreeMap<u32, Sale>,
    /// The vote token.
    pub token: Token,
    /// Offers by id.
    pub offers: HashMap<B256, Offer>,
    /// Ids of the offers, oldest first.
    pub order: Vec<B256>,
    /// Proposals of the DAO's own calls, by id.
    pub proposals: HashMap<B256, Proposal>,
    /// Ids of the proposals, oldest first.
    pub proposal_order: Vec<B256>,
    /// Credits by currency and owner, without the treasury's.
    pub credits: BTreeMap<(Address, Address), u128>,
    /// The treasury's credit by currency.
    pub treasury: BTreeMap<Address, u128>,
    /// Every currency that was ever allowed.
    pub currencies: BTreeMap<Address, Currency>,
    /// The next nonce of each account that signed, in `votes` and `escrow`.
    pub nonces: BTreeMap<(Contract, Address), u64>,
    /// Settings for offers to come.
    pub settings: Option<escrow::SettingsChanged>,
    /// How long proposals to come wait, and how long they may be executed.
    pub proposal_settings: Option<escrow::ProposalSettingsChanged>,
    /// What ballots to come are made with.
    pub voting: Option<Voting>,
    /// The keys that attest.
    pub attesters: BTreeSet<Address>,
    /// The accounts that may deliver.
    pub custodians: BTreeSet<Address>,
    /// The accounts that may rule on disputes.
    pub arbiters: BTreeSet<Address>,
    /// Where events contradict each other; empty for an honest history.
    pub contradictions: Vec<String>,
    /// Ballots whose offer or proposal is not known yet: they open within the call that makes it.
    ballots: HashMap<B256, Ballot>,
    /// Offers whose conditions are not known yet: they follow in the same call.
    made: HashMap<B256, (At, escrow::OfferMade)>,
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

    /// Every ballot with the id of its offer or proposal: those of offers first, each kind oldest first.
    pub fn ballots(&self) -> impl Iterator<Item = (B256, &Ballot)> {
        let offers = self.offers().map(|(id, offer)| (id, &offer.ballot));
        offers.chain(self.proposals().map(|(id, proposal)| (id, &proposal.ballot)))
    }

    /// Compares what a contract announced with what was counted from the events before.
    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, log: &Log, what: &str, announced: T, counted: T) {
        if announced != counted {
            self.contradict(log, format!("{what}: announced {announced:?}, counted {counted:?}"));
        }
    }

    fn contradict(&mut self, log: &Log, what: String) {
        let At { block, event } = log.at;
        self.contradictions.push(format!("block {block}, event {event}: {what}"));
    }
}
