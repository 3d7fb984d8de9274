//! A small pool, and the steps of a sale in a line each.

use chorus_core::{
    abi::{Word, selector},
    attestations::Contribution,
    error::Error,
    escrow::OfferSettings,
    hash::{Hash32, Keccak as _, Software},
    offer::{Offer, Seal, Status, Terms},
    types::{Address, Amount, BallotId, Bps, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp},
    votes::VotingSettings,
};
use chorus_model::{
    Action, ESCROW, Outcome, Pool, Refused, Site, Token, World,
    cast::{self, Cast, FUNDS, NOON},
};

pub(crate) use chorus_model::cast::{
    ALL_PURPOSES as ALL, ARBITER, BUYER, CUSTODIAN, DISPUTE_S, DOLLAR, GRACE_S, GUARDIAN, KEEPER, LISTING_FEE,
    OPT_OUT_S, PRICE, RULING_S, STRANGER, TIMELOCK_S, VOTING_S, delivery,
};

/// The owner of the treasury's credits.
pub(crate) const TREASURY: Address = Address::ZERO;

pub(crate) fn bps(parts: u16) -> Bps {
    Bps::new(parts).unwrap()
}

/// A pool without a reserve that hundreds of thousands of members may join in a day.
pub(crate) fn pool() -> Pool {
    let pool = Cast::model().pool(NOON, Site::MODEL);
    let offers = OfferSettings { reserve_per_million: Amount(0), ..pool.offers };
    Pool { daily_weight_cap: Points(100_000_000), offers, ..pool }
}

/// The same pool with other settings of ballots.
pub(crate) fn pool_voting(change: impl FnOnce(&mut VotingSettings)) -> Pool {
    let mut pool = pool();
    change(&mut pool.voting);
    pool
}

pub(crate) fn attester(index: u8) -> Address {
    Address([0xd0 | index; 20])
}

/// The `index`-th person.
pub(crate) fn person(index: u32) -> Address {
    let mut address = [0x11; 20];
    address[16..].copy_from_slice(&index.to_be_bytes());
    Address(address)
}

pub(crate) fn world_of(pool: &Pool) -> World {
    let mut world = World::new(pool).unwrap();
    for account in [BUYER, STRANGER] {
        world.fund(account, Amount(FUNDS));
    }
    world
}

/// A pool in which persons 1, 2, … contribute these weights and allow everything; one second has passed since.
pub(crate) fn world_with(weights: &[u32]) -> World {
    let mut world = world_of(&pool());
    for (index, weight) in (1..).zip(weights) {
        join(&mut world, person(index), *weight, ALL);
    }
    wait(&mut world, 1);
    world
}

/// Applies an action that must be accepted, and checks every invariant.
#[track_caller]
pub(crate) fn ok(world: &mut World, caller: Address, action: Action) -> Outcome {
    let outcome = match world.apply(caller, &action) {
        Ok(outcome) => outcome,
        Err(refused) => panic!("{action:?}: {refused:?}"),
    };
    check(world);
    outcome
}

/// Applies an action that must be refused, and checks that nothing has happened.
#[track_caller]
pub(crate) fn refused(world: &mut World, caller: Address, action: Action) -> Error {
    let (before, logged) = (world.fingerprint(), world.log().len());
    match world.apply(caller, &action) {
        Err(Refused::Rule(error)) => {
            assert!(world.fingerprint() == before && world.log().len() == logged, "{error:?} changed something");
            error
        }
        other => panic!("{action:?}: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn check(world: &World) {
    if let Err(broken) = world.check_invariants() {
        panic!("{broken}");
    }
}

pub(crate) fn wait(world: &mut World, seconds: u64) {
    ok(world, STRANGER, Action::Wait { seconds });
}

/// Lets time pass until `at`.
#[track_caller]
pub(crate) fn wait_until(world: &mut World, at: Timestamp) {
    wait(world, at.0.checked_sub(world.now().0).unwrap());
}

/// A contribution from the source account of `source`, to be handed in within a minute.
pub(crate) fn contribution(world: &World, source: Address, weight: u32) -> Contribution {
    cast::contribution(world.now(), source, weight)
}

/// The call by which `member` contributes the source account of `source`, well signed.
pub(crate) fn attest(world: &World, member: Address, source: Address, weight: u32, purposes: u16) -> Action {
    let contribution = contribution(world, source, weight);
    Action::Attest { contribution, purposes, signatures: world.sign(member, &contribution) }
}

/// Contributes or replaces a contribution, without checking invariants, so that many can.
#[track_caller]
pub(crate) fn join(world: &mut World, member: Address, weight: u32, purposes: u16) -> MemberNumber {
    let action = attest(world, member, member, weight, purposes);
    match world.apply(member, &action) {
        Ok(Outcome::Member(number)) => number,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn terms() -> Terms {
    Cast::model().terms()
}

/// The buyer's call that makes an offer, with the exact deposit.
pub(crate) fn offering(terms: Terms) -> Action {
    Action::Offer { terms, sent: Amount(terms.price.0 + LISTING_FEE) }
}

#[track_caller]
pub(crate) fn offer(world: &mut World, terms: Terms) -> OfferId {
    let action = match terms.currency {
        Address::ZERO => offering(terms),
        _ => {
            approve(world, terms);
            offering_tokens(terms)
        }
    };
    match ok(world, terms.buyer, action) {
        Outcome::Offered(id) => id,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn facts(world: &World, id: OfferId) -> Offer {
    world.offer(id).unwrap()
}

#[track_caller]
pub(crate) fn sale_of(world: &World, id: OfferId) -> SaleNumber {
    facts(world, id).sale
}

#[track_caller]
pub(crate) fn vote(world: &mut World, voter: Address, id: impl Into<BallotId>, support: u8) -> u64 {
    match ok(world, voter, Action::Vote { id: id.into(), support }) {
        Outcome::Counted(power) => power.0,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn against_for_abstain(world: &World, id: impl Into<BallotId>) -> [u64; 3] {
    world.ballot(id).unwrap().tally.sides().map(|side| side.0)
}

/// Lets these vote for an offer, and time pass to the first second of the opt-out window.
#[track_caller]
pub(crate) fn passed(world: &mut World, id: OfferId, voters: &[Address]) {
    for voter in voters {
        vote(world, *voter, id, 1);
    }
    let voting_ends = facts(world, id).voting_ends;
    wait_until(world, Timestamp(voting_ends.0 + 1));
    assert_eq!(world.status(id), Some(Status::OptOut));
}

/// Lets the opt-out window end and seals. Returns what sealing found.
#[track_caller]
pub(crate) fn seal(world: &mut World, id: OfferId) -> Seal {
    let opt_out_ends = facts(world, id).opt_out_ends;
    if world.now() <= opt_out_ends {
        wait_until(world, Timestamp(opt_out_ends.0 + 1));
    }
    match ok(world, KEEPER, Action::Seal { offer: id }) {
        Outcome::Sealed(seal) => seal,
        other => panic!("{other:?}"),
    }
}

/// A sale that person 1 votes for, delivered.
#[track_caller]
pub(crate) fn delivered(world: &mut World, terms: Terms) -> OfferId {
    let id = offer(world, terms);
    passed(world, id, &[person(1)]);
    assert_eq!(seal(world, id), Seal::Sealed);
    ok(world, CUSTODIAN, delivery(id));
    id
}

/// A sale that person 1 votes for, accepted.
#[track_caller]
pub(crate) fn settling(world: &mut World, terms: Terms) -> OfferId {
    let id = delivered(world, terms);
    ok(world, BUYER, Action::Accept { offer: id });
    id
}

#[track_caller]
pub(crate) fn distribute(world: &mut World, keeper: Address, id: OfferId, from: u32, count: u32) -> u32 {
    match ok(world, keeper, Action::Distribute { offer: id, from: MemberNumber(from), count }) {
        Outcome::Settled(settled) => settled,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn claiming(offer: OfferId, to: Address) -> Action {
    Action::Claim { offer, to }
}

pub(crate) fn withdrawing(to: Address) -> Action {
    Action::WithdrawCredit { currency: Address::ZERO, to }
}

/// The amount of a token that `escrow` holds before it is allowed.
pub(crate) const BASE: u128 = 3;

/// Calldata of a settings message whose arguments are words.
pub(crate) fn setting(name: &str, types: &[&str], words: &[Hash32]) -> Vec<u8> {
    [selector(name, types).as_slice(), words.as_flattened()].concat()
}

pub(crate) fn allowing(currency: Address, base_amount: u128) -> (Address, Vec<u8>) {
    (ESCROW, setting("allowCurrency", &["address", "uint128"], &[currency.word(), base_amount.word()]))
}

pub(crate) fn spending(currency: Address, amount: u128, to: Address) -> (Address, Vec<u8>) {
    (ESCROW, setting("spendTreasury", &["address", "uint128", "address"], &[currency.word(), amount.word(), to.word()]))
}

pub(crate) fn offer_settings(settings: &OfferSettings) -> (Address, Vec<u8>) {
    let types = ["uint128", "uint128", "uint16", "uint16", "uint32", "uint64", "uint64", "uint64", "uint64"];
    (ESCROW, setting("setOfferSettings", &types, &settings.words()))
}

pub(crate) fn proposing(calls: &[(Address, Vec<u8>)], description: &str) -> Action {
    Action::Propose { calls: calls.into(), description: description.into() }
}

pub(crate) fn executing(calls: &[(Address, Vec<u8>)], description: &str) -> Action {
    Action::Execute { calls: calls.into(), description_hash: Software::keccak(description.as_bytes()) }
}

#[track_caller]
pub(crate) fn propose(world: &mut World, proposer: Address, calls: &[(Address, Vec<u8>)], why: &str) -> ProposalId {
    match ok(world, proposer, proposing(calls, why)) {
        Outcome::Proposed(id) => id,
        other => panic!("{other:?}"),
    }
}

/// Lets these vote for a proposal, and time pass to the first second in which it can be executed.
#[track_caller]
pub(crate) fn queued(world: &mut World, id: ProposalId, voters: &[Address]) {
    for voter in voters {
        vote(world, *voter, id, 1);
    }
    let from = world.proposal(id).unwrap().executable_from;
    wait_until(world, from);
}

/// Makes these calls by a proposal of person 1, who has enough votes.
#[track_caller]
pub(crate) fn enact(world: &mut World, calls: &[(Address, Vec<u8>)]) -> ProposalId {
    let why = format!("at {:?}", world.now());
    let id = propose(world, person(1), calls, &why);
    queued(world, id, &[person(1)]);
    ok(world, KEEPER, executing(calls, &why));
    id
}

/// A pool in which the dollar is allowed, and the buyer has some.
pub(crate) fn dollar_world(weights: &[u32]) -> World {
    let mut world = world_with(weights);
    world.set_token(DOLLAR, Token::Honest);
    for account in [BUYER, STRANGER] {
        world.fund_in(DOLLAR, account, Amount(FUNDS));
    }
    ok(&mut world, STRANGER, Action::Donate { currency: DOLLAR, amount: Amount(BASE) });
    enact(&mut world, &[allowing(DOLLAR, BASE)]);
    world
}

/// An offer's terms in dollars.
pub(crate) fn in_dollars() -> Terms {
    Terms { currency: DOLLAR, ..terms() }
}

/// The buyer lets `escrow` take price and listing fee.
pub(crate) fn approve(world: &mut World, terms: Terms) {
    let amount = Amount(terms.price.0 + LISTING_FEE);
    ok(world, terms.buyer, Action::Approve { currency: terms.currency, amount });
}

pub(crate) fn offering_tokens(terms: Terms) -> Action {
    Action::Offer { terms, sent: Amount(0) }
}
