//! What a world looks like from outside: its cells as values, its balances, its clock and its log.

use std::hash::{Hash as _, Hasher};

use chorus_core::{
    attestations::{self, Record, Sale},
    contract::Contract,
    error::Error,
    escrow::{self, Calls, OfferSettings, ProposalSettings, ProposalState},
    hash::{Hash32, Keccak as _},
    offer::{Offer, Status},
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
    votes::{self, Ballot},
};

use super::{World, calls::unzip};
use crate::{books::Books, outcome::Logged, pool::Site, store::Key};

impl World {
    pub(crate) fn attestations_root(&self) -> attestations::Root {
        attestations::Host::root(self)
    }

    pub(crate) fn votes_root(&self) -> votes::Root {
        votes::Host::root(self)
    }

    pub(crate) fn escrow_root(&self) -> escrow::Root {
        escrow::Host::root(self)
    }

    pub(crate) const fn books(&self) -> &Books {
        &self.books
    }

    /// Whether native money can be pushed to `account`.
    pub fn is_open(&self, account: Address) -> bool {
        self.tokens.can_receive(Address::ZERO, account)
    }

    /// The chain around it.
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// The second that it is.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Everything that was logged, with the time of its block.
    pub fn log(&self) -> &[(Timestamp, Logged)] {
        &self.log
    }

    /// The native money of an account.
    pub fn balance(&self, account: Address) -> Amount {
        self.balance_in(Address::ZERO, account)
    }

    /// The money of an account in a currency.
    pub fn balance_in(&self, currency: Address, account: Address) -> Amount {
        Amount(self.number(Key::Balance(currency, account)))
    }

    /// The number in a cell of 16 bytes; 0 where there is none.
    pub(super) fn number(&self, key: Key) -> u128 {
        u128::from_le_bytes(self.store.read(key).unwrap_or_default())
    }

    /// The native money due to `owner`. The treasury's owner is [`Address::ZERO`].
    pub fn credit(&self, owner: Address) -> Amount {
        self.credit_in(Address::ZERO, owner)
    }

    /// The money due to `owner` in a currency.
    pub fn credit_in(&self, currency: Address, owner: Address) -> Amount {
        escrow::Host::credit(self, currency, owner)
    }

    /// How many signatures of `account` `escrow` has taken.
    pub fn nonce(&self, account: Address) -> u64 {
        escrow::Host::nonce(self, account)
    }

    /// The facts of a proposal.
    pub fn proposal(&self, id: ProposalId) -> Option<escrow::Proposal> {
        escrow::Host::proposal(self, id)
    }

    /// Where a proposal stands now.
    pub fn proposal_state(&self, id: ProposalId) -> Option<ProposalState> {
        escrow::proposal_state(self, self.now, id).ok()
    }

    /// The id of a proposal of these calls, made or not.
    pub fn proposal_id(&self, calls: &[(Address, Vec<u8>)], description_hash: Hash32) -> ProposalId {
        let (targets, calls) = unzip(calls);
        let hash = Calls { targets: &targets, calls: &calls }.struct_hash::<Self>(description_hash);
        ProposalId(escrow::Host::domain(self, self.escrow_root().salt).digest::<Self>(hash))
    }

    /// All proposals, in the order of their ids.
    pub fn proposals(&self) -> Vec<ProposalId> {
        self.books.proposals.keys().copied().collect()
    }

    /// The settings that `escrow` gives new offers and new proposals.
    pub fn settings(&self) -> (OfferSettings, ProposalSettings) {
        let root = self.escrow_root();
        (root.offers, root.proposals)
    }

    /// The DAO's lists that an account or token is on.
    pub fn roles(&self, account: Address) -> escrow::Roles {
        escrow::Host::roles(self, account)
    }

    /// The account of a member in `attestations`.
    pub fn member(&self, member: Address) -> attestations::Member {
        attestations::Host::member(self, member)
    }

    /// The current record of a member number.
    pub fn record(&self, number: MemberNumber) -> Record {
        let (page, slot) = attestations::Page::place(number);
        attestations::Host::page(self, page).get(slot)
    }

    /// The facts of a sale.
    pub fn sale(&self, sale: SaleNumber) -> Option<Sale> {
        attestations::Host::sale(self, sale)
    }

    /// The weight of a member number in a sale, unless that member was not in it or has left.
    pub fn weight_in(&self, sale: SaleNumber, number: MemberNumber) -> Option<Weight> {
        attestations::weight_in(self, sale, number)
    }

    /// The account of a member or delegate in `votes`.
    pub fn voter(&self, account: Address) -> votes::Account {
        votes::Host::account(self, account)
    }

    /// The votes of an account at a second that is over.
    ///
    /// # Errors
    /// [`Error::FutureLookup`].
    pub fn past_votes(&self, account: Address, at: Timestamp) -> Result<Points, Error> {
        votes::past_votes(self, self.now, account, at)
    }

    /// The supply at a second that is over.
    ///
    /// # Errors
    /// [`Error::FutureLookup`].
    pub fn past_supply(&self, at: Timestamp) -> Result<Points, Error> {
        votes::past_supply(self, self.now, at)
    }

    /// The quorum of a ballot whose snapshot is `at`, a second that is over.
    ///
    /// # Errors
    /// [`Error::FutureLookup`].
    pub fn quorum(&self, at: Timestamp) -> Result<Points, Error> {
        votes::quorum_at(self, self.now, at)
    }

    /// The facts of a ballot.
    pub fn ballot(&self, id: impl Into<BallotId>) -> Option<Ballot> {
        votes::ballot(self, id.into())
    }

    /// Where a ballot stands now.
    ///
    /// # Errors
    /// [`Error::NoSuchBallot`].
    pub fn ballot_state(&self, id: impl Into<BallotId>) -> Result<ProposalState, Error> {
        votes::state(self, self.now, id.into())
    }

    /// Whether an account voted in a ballot.
    ///
    /// # Errors
    /// [`Error::NoSuchBallot`].
    pub fn has_voted(&self, id: impl Into<BallotId>, account: Address) -> Result<bool, Error> {
        votes::has_voted(self, id.into(), account)
    }

    /// The facts of an offer.
    pub fn offer(&self, id: OfferId) -> Option<Offer> {
        escrow::Host::offer(self, id)
    }

    /// Where an offer stands now.
    pub fn status(&self, id: OfferId) -> Option<Status> {
        self.offer(id).map(|offer| offer.status(self.now))
    }

    /// All offers, in the order of their ids.
    pub fn offers(&self) -> Vec<OfferId> {
        self.books.offers.keys().copied().collect()
    }

    /// Whether cells, balances, clock and log are those of `other`.
    pub fn is_same(&self, other: &Self) -> bool {
        self.now == other.now && self.log.len() == other.log.len() && self.store.kept() == other.store.kept()
    }

    /// The bytes that the event at `index` of the log ends with.
    pub fn tail(&self, index: usize) -> Option<&[u8]> {
        self.tails.get(&index).map(Vec::as_slice)
    }

    /// A hash of all cells, balances and the clock. Two worlds with the same fingerprint behave alike.
    pub fn fingerprint(&self) -> Hash32 {
        let mut text = Text(Vec::new());
        (self.now, self.store.kept()).hash(&mut text);
        Self::keccak(&text.0)
    }

    /// Every cell: its contract, its key on chain (four zeros for the root), and its bytes.
    pub fn cells(&self) -> impl Iterator<Item = (Contract, Vec<u8>, &[u8])> {
        let kept = self.store.kept().iter();
        kept.filter_map(|(key, cell)| key.place().map(|(contract, key)| (contract, key, cell.as_slice())))
    }
}

/// The bytes that [`Hash`](std::hash::Hash) feeds a hasher.
struct Text(Vec<u8>);

impl Hasher for Text {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
