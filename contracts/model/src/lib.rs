//! The executable model: a whole pool in memory, run by the same rules as the contracts.
//!
//! A [`World`] holds the cells of the three contracts (as the bytes the chain would keep), native balances and a clock.
//! [`World::apply`] does what one call does, all or nothing; beside the rules it keeps its own naive books, and
//! [`World::check_invariants`] compares the two. Property tests, walks and fuzzers drive it, parity tests hold it
//! against the contracts' code.
//!
//! What is modelled and not real: an account that cannot be pushed to is one the test has closed; weight, proof and
//! deposits cost nothing; and, unless the [`Site`] brings real keys, a signature names its signer and what was signed.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "all money there is fits 128 bits, all weight 64: see `World::fund`"
)]

extern crate alloc;

mod action;
mod cells;
pub mod driver;
mod hostile;
mod invariants;
mod life;
mod recount;
mod replay;
mod settings;
mod signing;
mod tokens;
mod transitions;

pub use action::{Action, Outcome, Refused};
pub use chorus_core::contract::Contract;
pub use hostile::swallow;
pub use life::{Life, live};
pub use signing::{Signing, model_account, model_key};
pub use tokens::Token;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use cells::{Key, Store};
use chorus_core::attestations::acts::MemberAct;
use chorus_core::attestations::{self, Record, Sale, Submission};
use chorus_core::error::Error;
use chorus_core::escrow::{self, Calls, Permit, ProposalSettings, ProposalState, Settings};
use chorus_core::event::{AttestationsEvent, EscrowEvent, VotesEvent};
use chorus_core::hash::Hash32;
use chorus_core::offer::{Offer, Status, Terms};
use chorus_core::types::{
    Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight,
};
use chorus_core::votes::compat::Reason;
use chorus_core::votes::{self, Ballot, VotingSettings};
use core::cell::Cell;
use recount::Recount;
use tokens::Tokens;
use transitions::Facts;

/// The contract of contributions, on the model's own site.
pub const ATTESTATIONS: Address = Site::MODEL.attestations;
/// The contract of votes there.
pub const VOTES: Address = Site::MODEL.votes;
/// The contract of offers there.
pub const ESCROW: Address = Site::MODEL.escrow;

/// What surrounds a pool: the chain, where its contracts are on it, and how accounts sign.
///
/// It is what ids, digests and events depend on beside the rules, so a world on a real pool's site makes the same bytes.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The chain's id.
    pub chain_id: u64,
    /// The contract of contributions.
    pub attestations: Address,
    /// The contract of votes.
    pub votes: Address,
    /// The contract of offers.
    pub escrow: Address,
    /// What sets this deployment's signatures apart: of `attestations`, `votes` and `escrow`.
    pub salts: [Hash32; 3],
    /// How accounts sign.
    pub signing: Signing,
}

impl Site {
    /// No chain at all.
    pub const MODEL: Self = Self {
        chain_id: 420_420_421,
        attestations: Address([0xa7; 20]),
        votes: Address([0xb0; 20]),
        escrow: Address([0xe5; 20]),
        salts: [[9; 32]; 3],
        signing: Signing::MODEL,
    };
}

/// What a pool is deployed with.
#[derive(Clone, Debug)]
pub struct Pool {
    /// When.
    pub deployed_at: Timestamp,
    /// Their keys, as addresses.
    pub attesters: Vec<Address>,
    /// How many of them must sign.
    pub threshold: u8,
    /// New weight a UTC day, at most.
    pub daily_weight_cap: Points,
    /// How many purposes there are.
    pub purposes: u8,
    /// Who may pause.
    pub guardian: Address,
    /// How long a ballot takes votes, in seconds.
    pub voting_period_s: u64,
    /// For and abstain must reach this part of the supply, …
    pub quorum_bps: u16,
    /// … and never less than this.
    pub quorum_min: Points,
    /// For must exceed this part of for and against.
    pub approval_bps: u16,
    /// Who proposes settings must have this part of the supply.
    pub proposal_threshold_bps: u16,
    /// For offers.
    pub settings: Settings,
    /// For proposals.
    pub proposals: ProposalSettings,
    /// Who may deliver.
    pub custodians: Vec<Address>,
    /// Who may rule.
    pub arbiters: Vec<Address>,
    /// Hash of the purposes' texts.
    pub purposes_hash: Hash32,
    /// Where.
    pub site: Site,
}

impl Pool {
    /// What its ballots are opened with.
    pub const fn voting(&self) -> VotingSettings {
        VotingSettings {
            voting_period_s: self.voting_period_s,
            quorum_bps: self.quorum_bps,
            quorum_min: self.quorum_min,
            approval_bps: self.approval_bps,
            proposal_threshold_bps: self.proposal_threshold_bps,
        }
    }
}

/// What a contract logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logged {
    /// By `attestations`.
    Attestations(AttestationsEvent),
    /// By `votes`.
    Votes(VotesEvent),
    /// By `escrow`.
    Escrow(EscrowEvent),
}

/// A pool, its money and its clock.
#[derive(Clone, Debug)]
pub struct World {
    site: Site,
    now: Timestamp,
    store: Store,
    tokens: Tokens,
    log: Vec<(Timestamp, Logged)>,
    /// The bytes that some events end with, by their place in the log.
    tails: BTreeMap<usize, Vec<u8>>,
    recount: Recount,
    /// The first refusal of a sister contract in the call that runs.
    sister_refused: Cell<Option<Error>>,
}

impl World {
    /// A pool as it was just deployed.
    ///
    /// # Errors
    /// Those of the contracts' constructors.
    pub fn new(pool: &Pool) -> Result<Self, Error> {
        let Pool { deployed_at, threshold, daily_weight_cap, purposes, purposes_hash, guardian, site, .. } = *pool;
        let mut world = Self {
            site,
            now: deployed_at,
            store: Store::default(),
            tokens: Tokens::new(&site),
            log: Vec::new(),
            tails: BTreeMap::new(),
            recount: Recount::new(pool),
            sister_refused: Cell::new(None),
        };
        let with = attestations::Construction {
            votes: site.votes,
            escrow: site.escrow,
            guardian,
            daily_weight_cap,
            purposes,
            purposes_hash,
            salt: site.salts[0],
        };
        let (root, keys) = attestations::construct(&with, &pool.attesters, threshold)?;
        world.store.write(Key::AttestationsRoot, &root.to_bytes());
        world.store.write(Key::Attesters, &keys.to_bytes());
        for event in attestations::construction_events(&with, &pool.attesters, threshold) {
            attestations::Host::emit(&mut world, event);
        }
        let (root, event) = votes::construct(&votes::Construction {
            attestations: site.attestations,
            escrow: site.escrow,
            voting: pool.voting(),
            salt: site.salts[1],
        })?;
        world.store.write(Key::VotesRoot, &root.to_bytes());
        votes::Host::emit(&mut world, event);
        let with = escrow::Construction {
            attestations: site.attestations,
            votes: site.votes,
            guardian,
            settings: pool.settings,
            proposals: pool.proposals,
            salt: site.salts[2],
        };
        escrow::construct(&mut world, &with, &pool.custodians, &pool.arbiters)?;
        world.store.keep();
        Ok(world)
    }

    /// Does what `caller` calls. Returns what the call returns.
    ///
    /// # Errors
    /// Why it is refused; then nothing has happened.
    pub fn apply(&mut self, caller: Address, action: &Action) -> Result<Outcome, Refused> {
        let before = Facts::of(self);
        let (then, logged) = (self.now, self.log.len());
        self.tokens.begin();
        let answer = self.call(caller, action);
        let answer = match self.sister_refused.take() {
            Some(error) => Err(error.into()),
            None => answer,
        };
        match answer {
            Ok(outcome) => {
                self.store.keep();
                let news = &self.log[logged..];
                self.recount.book(then, &self.tokens, caller, action, outcome, news);
                before.compare(self, caller, action);
            }
            Err(_) => {
                self.store.discard();
                self.log.truncate(logged);
                self.tails.split_off(&logged);
                self.now = then;
            }
        }
        answer
    }

    fn call(&mut self, caller: Address, action: &Action) -> Result<Outcome, Refused> {
        let now = self.now;
        Ok(match *action {
            Action::Attest { contribution, purposes, ref signatures } => {
                let submission =
                    Submission { member: caller, contribution, purposes, signatures, member_signature: None };
                Outcome::Member(attestations::attest(self, now, &submission)?)
            }
            Action::AttestFor { member, contribution, purposes, ref signatures, ref member_signature } => {
                let member_signature = Some(member_signature.as_slice());
                let submission = Submission { member, contribution, purposes, signatures, member_signature };
                Outcome::Member(attestations::attest(self, now, &submission)?)
            }
            Action::AttestMany { ref batch } => Outcome::Accepted(attestations::attest_many(self, now, batch)?),
            Action::SetPurposes { purposes } => done(attestations::set_purposes(self, now, caller, purposes)?),
            Action::Withdraw => done(attestations::withdraw(self, now, caller)?),
            Action::Leave { sale } => done(attestations::leave(self, now, caller, sale)?),
            Action::SetPurposesFor { member, purposes, deadline, ref signature } => {
                let act = MemberAct::SetPurposes(purposes);
                done(attestations::relay(self, now, member, act, deadline, signature)?)
            }
            Action::WithdrawFor { member, deadline, ref signature } => {
                done(attestations::relay(self, now, member, MemberAct::Withdraw, deadline, signature)?)
            }
            Action::LeaveFor { member, sale, deadline, ref signature } => {
                done(attestations::relay(self, now, member, MemberAct::Leave(sale), deadline, signature)?)
            }
            Action::Revoke { member, deadline, ref signatures } => {
                done(attestations::revoke(self, now, caller, member, deadline, signatures)?)
            }
            Action::SetAttesters { ref attesters, threshold } => {
                done(attestations::set_attesters(self, caller, attesters, threshold)?)
            }
            Action::SetDailyWeightCap { cap } => done(attestations::set_daily_weight_cap(self, caller, cap)?),
            Action::SetContributionsGuardian { guardian } => done(attestations::set_guardian(self, caller, guardian)?),
            Action::OpenSale { purpose, window_ends } => {
                attestations::open_sale(self, now, caller, purpose, window_ends)?;
                Outcome::Done
            }
            Action::PauseContributions { until } => done(attestations::pause(self, now, caller, until)?),

            Action::Delegate { to } => done(votes::delegate(self, now, caller, to)?),
            Action::DelegateBySig { ref delegation, ref signature } => {
                done(votes::delegate_by_sig(self, now, delegation, signature)?)
            }
            Action::DelegateFor { delegator, ref delegation, ref signature } => {
                done(votes::delegate_for(self, now, delegator, delegation, signature)?)
            }
            Action::Vote { id, support } => {
                Outcome::Counted(votes::cast(self, now, caller, id, support, &Reason::NONE)?)
            }
            Action::VoteWithReason { id, support, ref reason } => {
                Outcome::Counted(votes::cast(self, now, caller, id, support, &Reason::new(reason)?)?)
            }
            Action::VoteBySig { id, support, voter, ref signature } => {
                Outcome::Counted(votes::cast_by_sig(self, now, id, support, voter, signature)?)
            }
            Action::VotesBySig { id, ref ballots } => Outcome::Accepted(votes::cast_many(self, now, id, ballots)?),
            Action::Mirror { ref changes } => done(votes::mirror(self, now, caller, changes)?),
            Action::OpenBallot { id, proposer } => {
                votes::open_ballot(self, now, caller, id, proposer)?;
                Outcome::Done
            }
            Action::OpenProposal { id, proposer } => {
                votes::open_proposal(self, now, caller, id, proposer)?;
                Outcome::Done
            }
            Action::SetVoting { ref settings } => done(votes::set_voting(self, now, caller, settings)?),

            Action::Offer { terms, sent } => {
                if !self.transfer(Address::ZERO, caller, self.site.escrow, sent) {
                    return Err(Refused::Funds);
                }
                let terms = Terms { buyer: caller, ..terms };
                Outcome::Offered(escrow::make_offer(self, now, &terms, sent)?)
            }
            Action::OfferWithPermit { terms, permit } => {
                let terms = Terms { buyer: caller, ..terms };
                Outcome::Offered(escrow::make_offer_with_permit(self, now, &terms, &permit)?)
            }
            Action::Seal { offer } => Outcome::Sealed(escrow::seal(self, now, offer)?),
            Action::Deliver { offer, bundle_hash, manifest_root } => {
                done(escrow::deliver(self, now, caller, offer, bundle_hash, manifest_root)?)
            }
            Action::Accept { offer } => done(escrow::accept(self, now, caller, offer)?),
            Action::Dispute { offer } => done(escrow::dispute(self, now, caller, offer, [0; 32])?),
            Action::Rule { offer, returned_bps } => done(escrow::rule(self, now, caller, offer, returned_bps)?),
            Action::Refund { offer } => Outcome::Paid(escrow::refund(self, now, offer)?),
            Action::Distribute { offer, from, count } => {
                Outcome::Settled(escrow::distribute(self, now, caller, offer, from, count)?)
            }
            Action::Claim { offer, to } => Outcome::Paid(escrow::claim(self, now, caller, caller, offer, to)?),
            Action::WithdrawCredit { currency, to } => {
                Outcome::Paid(escrow::withdraw_credit(self, caller, currency, to)?)
            }
            Action::Relay { request, ref signature } => {
                Outcome::Paid(escrow::relay(self, now, caller, &request, signature)?)
            }
            Action::Propose { ref calls, ref description } => {
                let (targets, calls) = split(calls);
                let calls = Calls { targets: &targets, calls: &calls };
                Outcome::Proposed(escrow::propose(self, caller, calls, description)?)
            }
            Action::Execute { ref calls, description_hash } => {
                let (targets, calls) = split(calls);
                let calls = Calls { targets: &targets, calls: &calls };
                Outcome::Proposed(escrow::execute(self, now, caller, calls, description_hash)?)
            }
            Action::PauseOffers { until } => done(escrow::pause(self, now, caller, until)?),

            Action::Wait { seconds } => {
                self.now = now.after(seconds)?;
                Outcome::Done
            }
            Action::Approve { currency, amount } => {
                self.store.write(Key::Allowance(currency, caller), &amount.0.to_le_bytes());
                Outcome::Done
            }
            Action::Donate { currency, amount } => match self.transfer(currency, caller, self.site.escrow, amount) {
                true => Outcome::Done,
                false => return Err(Refused::Funds),
            },
        })
    }

    /// Gives an account native money out of nothing.
    pub fn fund(&mut self, account: Address, amount: Amount) {
        self.fund_in(Address::ZERO, account, amount);
    }

    /// Gives an account money out of nothing. All of a currency stays below 2^128, so that sums of it fit.
    pub fn fund_in(&mut self, currency: Address, account: Address, amount: Amount) {
        assert!(self.recount.money(currency).checked_add(amount.0).is_some(), "more money than there can be");
        let balance = self.balance_in(currency, account).0 + amount.0;
        self.store.write(Key::Balance(currency, account), &balance.to_le_bytes());
        self.store.keep();
        self.recount.fund(currency, account, amount.0);
    }

    /// From now on there is a token at `currency`, of this kind.
    pub fn set_token(&mut self, currency: Address, kind: Token) {
        self.tokens.set(currency, kind);
    }

    /// From now on the weight of a call suffices for so many pushes of tokens.
    pub fn limit_weight(&mut self, pushes: u32) {
        self.tokens.limit_weight(pushes);
    }

    /// From now on native money cannot be pushed to `account`, as if it did not exist or were a contract.
    pub fn close(&mut self, account: Address) {
        self.tokens.close(account);
    }

    /// From now on the token at `currency` pays nothing to `account`.
    pub fn freeze(&mut self, currency: Address, account: Address) {
        self.tokens.freeze(currency, account);
    }

    /// From now on `account` can be pushed to again.
    pub fn open(&mut self, account: Address) {
        self.tokens.open(account);
    }

    /// What `owner` signs so that `escrow` may take so much of a token.
    pub fn permit(&self, currency: Address, owner: Address, amount: Amount, deadline: Timestamp) -> Permit {
        let deadline = chorus_core::abi::Word::word(&deadline);
        let signature = self.signature(owner, self.permit_digest(currency, owner, amount, deadline));
        let (mut r, mut s) = ([0; 32], [0; 32]);
        r.copy_from_slice(&signature[..32]);
        s.copy_from_slice(&signature[32..64]);
        Permit { deadline, v: signature[64], r, s }
    }

    /// Whether native money can be pushed to `account`.
    pub fn is_open(&self, account: Address) -> bool {
        self.tokens.can_receive(Address::ZERO, account)
    }

    /// What surrounds it.
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// The clock.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Everything that was logged, with the time of its block.
    pub fn log(&self) -> &[(Timestamp, Logged)] {
        &self.log
    }

    /// Native money of an account.
    pub fn balance(&self, account: Address) -> Amount {
        self.balance_in(Address::ZERO, account)
    }

    /// What an account has in a currency.
    pub fn balance_in(&self, currency: Address, account: Address) -> Amount {
        Amount(u128::from_le_bytes(self.store.read(Key::Balance(currency, account)).unwrap_or_default()))
    }

    /// Native money due to `owner`; the treasury is [`Address::ZERO`].
    pub fn credit(&self, owner: Address) -> Amount {
        self.credit_in(Address::ZERO, owner)
    }

    /// What is due to `owner` in a currency.
    pub fn credit_in(&self, currency: Address, owner: Address) -> Amount {
        escrow::Host::credit(self, currency, owner)
    }

    /// Signatures of `account` that `escrow` has taken.
    pub fn nonce(&self, account: Address) -> u64 {
        escrow::Host::nonce(self, account)
    }

    /// A proposal.
    pub fn proposal(&self, id: ProposalId) -> Option<escrow::Proposal> {
        escrow::Host::proposal(self, id)
    }

    /// Where a proposal stands now.
    pub fn proposal_state(&self, id: ProposalId) -> Option<ProposalState> {
        escrow::proposal_state(self, self.now, id).ok()
    }

    /// The id that a proposal of these calls has, or would have.
    pub fn proposal_id(&self, calls: &[(Address, Vec<u8>)], description_hash: Hash32) -> ProposalId {
        let (targets, calls) = split(calls);
        let hash = Calls { targets: &targets, calls: &calls }.struct_hash::<Self>(description_hash);
        ProposalId(escrow::Host::domain(self, self.escrow_root().salt).digest::<Self>(hash))
    }

    /// All proposals, in the order of their ids.
    pub fn proposals(&self) -> Vec<ProposalId> {
        self.recount.proposals.keys().copied().collect()
    }

    /// What `escrow` gives new offers and new proposals.
    pub fn settings(&self) -> (Settings, ProposalSettings) {
        let root = self.escrow_root();
        (root.settings, root.proposals)
    }

    /// Which of the DAO's lists an account or token is on.
    pub fn roles(&self, account: Address) -> escrow::Roles {
        escrow::Host::roles(self, account)
    }

    /// The account of a member in `attestations`.
    pub fn member(&self, member: Address) -> attestations::Member {
        attestations::Host::member(self, member)
    }

    /// The current record of a number.
    pub fn record(&self, number: MemberNumber) -> Record {
        let (page, slot) = attestations::Page::place(number);
        attestations::Host::page(self, page).get(slot)
    }

    /// A sale.
    pub fn sale(&self, sale: SaleNumber) -> Option<Sale> {
        attestations::Host::sale(self, sale)
    }

    /// The weight of a number in a sale; 0 for who was not in or has left.
    pub fn weight_in(&self, sale: SaleNumber, number: MemberNumber) -> Weight {
        attestations::weight_in(self, sale, number)
    }

    /// An account in `votes`.
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

    /// A ballot.
    pub fn ballot(&self, id: impl Into<BallotId>) -> Option<Ballot> {
        votes::ballot(self, id.into())
    }

    /// Where a ballot stands.
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

    /// An offer.
    pub fn offer(&self, id: OfferId) -> Option<Offer> {
        escrow::Host::offer(self, id)
    }

    /// Where an offer stands now.
    pub fn status(&self, id: OfferId) -> Option<Status> {
        self.offer(id).map(|offer| offer.status(self.now))
    }

    /// All offers, in the order of their ids.
    pub fn offers(&self) -> Vec<OfferId> {
        self.recount.offers.keys().copied().collect()
    }

    /// Whether cells, balances, clock and log are those of `other`.
    pub fn is_same(&self, other: &Self) -> bool {
        self.now == other.now && self.log.len() == other.log.len() && self.store.kept() == other.store.kept()
    }

    /// The bytes that the event at `index` of the log ends with.
    pub fn tail(&self, index: usize) -> Option<&[u8]> {
        self.tails.get(&index).map(Vec::as_slice)
    }

    /// A hash of all cells, balances and the clock: two worlds with the same one behave alike.
    pub fn fingerprint(&self) -> Hash32 {
        use core::hash::Hash as _;
        let mut text = Text(Vec::new());
        (self.now, self.store.kept()).hash(&mut text);
        <Self as chorus_core::hash::Keccak>::keccak(&text.0)
    }

    /// Every cell there is: of which contract, its key on chain (the root's is four zeros), and what is in it.
    pub fn cells(&self) -> impl Iterator<Item = (Contract, Vec<u8>, &[u8])> {
        let kept = self.store.kept().iter();
        kept.filter_map(|(key, cell)| key.place().map(|(contract, key)| (contract, key, cell.as_slice())))
    }

    /// Compares the contracts' cells with naive books kept beside them, and with what their events say.
    ///
    /// # Errors
    /// The first difference, as a sentence that begins with the invariant's number.
    pub fn check_invariants(&self) -> Result<(), alloc::string::String> {
        invariants::check(self)
    }
}

/// What [`core::hash::Hash`] would hash, written down.
struct Text(Vec<u8>);

impl core::hash::Hasher for Text {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn done(_: ()) -> Outcome {
    Outcome::Done
}

fn split(calls: &[(Address, Vec<u8>)]) -> (Vec<Address>, Vec<&[u8]>) {
    calls.iter().map(|(target, call)| (*target, call.as_slice())).unzip()
}
