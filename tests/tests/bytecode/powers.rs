//! What each account may do, and what nobody may.

use chorus_bindings::{
    B256, Contract, SolCall as _, U256, attestations, code,
    escrow::{self, EscrowErrors as Error},
    votes,
};
use chorus_core::names::Seal;
use chorus_tests::bytecode::{
    ARBITER, BUYER, CUSTODIAN, GUARDIAN, KEEPER, Pool, Receipt, Refusal, STRANGER, UNIT, deliver_call, member, settings,
};

use crate::steps::{distribute, pool, withdraw_credit};

const DAY_S: u64 = 24 * 60 * 60;

#[test]
fn t18_f12_strangers_cannot_mint_or_open_on_bytecode() {
    let pool = pool(&[100]);
    for caller in [STRANGER, member(1), GUARDIAN, BUYER] {
        let only = |required| Error::Unauthorized(escrow::Unauthorized { caller, required });
        let mirror = votes::mirrorCall { changes: [caller.as_slice(), &1_000u32.to_be_bytes()].concat().into() };
        let refused = pool.try_call(caller, Contract::Votes, &mirror).refused();
        assert_eq!(refused, only(pool.address(Contract::Attestations)));
        let open_ballot = votes::openBallotCall { proposalId: U256::from(1), proposer: caller };
        let refused = pool.try_call(caller, Contract::Votes, &open_ballot).refused();
        assert_eq!(refused, only(pool.address(Contract::Escrow)));
        let open_sale = attestations::openSaleCall { purpose: 0, window_ends: pool.now + 1 };
        let refused = pool.try_call(caller, Contract::Attestations, &open_sale).refused();
        assert_eq!(refused, only(pool.address(Contract::Escrow)));
    }
}

/// Shows T35, F16.
#[test]
fn a_pause_stops_offers_and_contributions_and_nothing_else_on_bytecode() {
    let mut pool = pool(&[100, 100, 100, 100]);
    let mut offers = Vec::new();
    for _ in 0..4 {
        offers.push(pool.offer(UNIT));
        pool.now += 1;
    }
    let [accepted, disputed, defeated, open] = offers[..] else { unreachable!() };
    let until = pool.now + 7 * DAY_S;
    let by_stranger = pool.try_call(STRANGER, Contract::Escrow, &escrow::pauseCall { until }).refused();
    assert_eq!(by_stranger, Error::Unauthorized(escrow::Unauthorized { caller: STRANGER, required: GUARDIAN }));
    let too_long = escrow::pauseCall { until: until + 1 };
    let too_long = pool.try_call(GUARDIAN, Contract::Escrow, &too_long).refused();
    assert_eq!(too_long, Error::PauseOutOfBounds(escrow::PauseOutOfBounds { until: until + 1, latest: until }));
    pool.call(GUARDIAN, Contract::Escrow, &escrow::pauseCall { until }).ok();
    pool.call(GUARDIAN, Contract::Attestations, &attestations::pauseCall { until }).ok();

    let paused = Error::PausedUntil(escrow::PausedUntil { until });
    let terms = pool.terms(UNIT);
    let sent = UNIT + pool.listing_fee();
    assert_eq!(pool.pay(BUYER, Contract::Escrow, sent, &terms).refused(), paused);
    assert_eq!(pool.contribute(member(1), 200, 1).refused(), paused);
    assert_eq!(pool.contribute(STRANGER, 100, 1).refused(), paused);

    for offer in [accepted, disputed, open] {
        pool.vote(member(1), offer, 1).ok();
    }
    pool.vote(member(2), defeated, 0).ok();
    pool.call(member(3), Contract::Votes, &votes::delegateCall { delegatee: member(1) }).ok();
    pool.call(member(3), Contract::Attestations, &attestations::leaveCall { sale: 4 }).ok();
    pool.call(member(4), Contract::Attestations, &attestations::setPurposesCall { purposes: 2 }).ok();
    pool.call(member(2), Contract::Attestations, &attestations::withdrawCall {}).ok();
    pool.now += 151;
    let sealed = [accepted, disputed, defeated, open].map(|offer| pool.seal(offer));
    assert_eq!(sealed, [Seal::Sealed, Seal::Sealed, Seal::Defeated, Seal::Sealed]);
    assert_eq!(pool.call(STRANGER, Contract::Escrow, &escrow::refundCall { offer: defeated }).ok(), UNIT);
    for offer in [accepted, disputed] {
        pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    }
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer: accepted }).ok();
    let dispute = escrow::disputeCall { offer: disputed, reason_hash: B256::ZERO };
    pool.call(BUYER, Contract::Escrow, &dispute).ok();
    pool.call(ARBITER, Contract::Escrow, &escrow::ruleCall { offer: disputed, returned_bps: 2_500 }).ok();
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &distribute(accepted, 1, 4)).ok(), 2, "two are in still");
    let claim = escrow::claimCall { offer: disputed, to: member(1) };
    pool.call(member(1), Contract::Escrow, &claim).ok();
    assert_eq!(pool.call(BUYER, Contract::Escrow, &withdraw_credit(BUYER)).ok(), UNIT + UNIT / 4);

    pool.now = until;
    assert_eq!(pool.contribute(member(1), 200, 1).refused(), paused, "the last second is part of it");
    pool.now = until + 1;
    pool.contribute(member(1), 200, 1).ok();
    pool.offer(UNIT);
    let again = escrow::pauseCall { until: pool.now + 1 };
    let again = pool.try_call(GUARDIAN, Contract::Escrow, &again).refused();
    assert_eq!(again, Error::PauseTooSoon(escrow::PauseTooSoon { next_allowed: until + 30 * DAY_S }));
}

/// Shows T54, I19.
#[test]
fn three_roles_are_three_accounts_on_the_lists_on_bytecode() {
    let mut with = settings();
    with.custodians = vec![CUSTODIAN, BUYER, STRANGER];
    with.arbiters = vec![ARBITER, BUYER, STRANGER];
    let mut pool = Pool::new(&with);
    pool.join(&[100]);
    let overlap = |account| Error::RolesOverlap(escrow::RolesOverlap { account });
    for (custodian, arbiter, expected) in [
        (BUYER, ARBITER, overlap(BUYER)),
        (CUSTODIAN, BUYER, overlap(BUYER)),
        (STRANGER, STRANGER, overlap(STRANGER)),
        (KEEPER, ARBITER, Error::NotACustodian(escrow::NotACustodian { account: KEEPER })),
        (CUSTODIAN, KEEPER, Error::NotAnArbiter(escrow::NotAnArbiter { account: KEEPER })),
    ] {
        let terms = escrow::offerCall { custodian, arbiter, ..pool.terms(UNIT) };
        let sent = UNIT + pool.listing_fee();
        assert_eq!(pool.pay(BUYER, Contract::Escrow, sent, &terms).refused(), expected);
    }

    let offer = pool.offer(UNIT);
    pool.vote(member(1), offer, 1).ok();
    pool.now += 151;
    pool.seal(offer);
    let only = |required| Error::Unauthorized(escrow::Unauthorized { caller: STRANGER, required });
    let refused = pool.try_call(STRANGER, Contract::Escrow, &deliver_call(offer)).refused();
    assert_eq!(refused, only(CUSTODIAN), "another custodian of the list");
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &escrow::acceptCall { offer }).refused(), only(BUYER));
    let dispute = escrow::disputeCall { offer, reason_hash: B256::ZERO };
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &dispute).refused(), only(BUYER));
    pool.call(BUYER, Contract::Escrow, &dispute).ok();
    let rule = escrow::ruleCall { offer, returned_bps: 10_000 };
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &rule).refused(), only(ARBITER), "another arbiter");
    pool.call(ARBITER, Contract::Escrow, &rule).ok();
    assert_eq!(pool.credit(BUYER), UNIT);
}

#[test]
fn g05_lists_of_different_lengths_are_refused_on_bytecode() {
    let mut pool = pool(&[100]);
    let (targets, calls) = (vec![pool.address(Contract::Escrow); 2], vec![escrow::sealCall::SELECTOR.to_vec().into()]);
    let refused = |receipt: Receipt<B256>| match receipt.result {
        Err(Refusal::Error(Error::CallCountOutOfBounds(e))) => (e.targets, e.calls, e.most),
        other => panic!("{other:?}"),
    };
    let propose = escrow::proposeCall { targets, calls, description: "two targets, one call".into() };
    assert_eq!(refused(pool.call(member(1), Contract::Escrow, &propose)), (2, 1, 8));
}

/// Shows T36.
#[test]
fn no_contract_asks_the_chain_for_what_could_change_its_code() {
    for contract in [Contract::Attestations, Contract::Votes, Contract::Escrow] {
        let asks_for = |name: &str| code(contract).windows(name.len()).any(|bytes| bytes == name.as_bytes());
        // A contract's code contains the names of the chain's functions that it uses.
        assert!(["set_storage", "hash_keccak_256", "seal_return"].into_iter().all(asks_for), "{contract:?}");
        for forbidden in ["set_code_hash", "delegate_call", "terminate", "instantiate"] {
            assert!(!asks_for(forbidden), "{contract:?} can {forbidden}");
        }
    }
}
