//! Offers: what is refused at the start, who may do what, and each way to an end with exact money.

use chorus_core::{
    error::Error,
    escrow::OfferSettings,
    offer::{Offer, Seal, Status, Terms},
    types::{Address, Amount, OfferId, Points, Timestamp},
};
use chorus_model::{Action, ESCROW, Pool, World};

use crate::steps::*;

fn wrong(current: Status, required: Status) -> Error {
    Error::WrongStatus { current: current.code(), required: required.code() }
}

fn wait_past(world: &mut World, end: Timestamp) {
    wait_until(world, Timestamp(end.0 + 1));
}

/// Shows T54.
#[test]
fn buyer_custodian_and_arbiter_are_three_accounts_on_the_lists() {
    let both = Address([0x57; 20]);
    let mut world =
        world_of(&Pool { custodians: vec![CUSTODIAN, both, BUYER], arbiters: vec![ARBITER, both, BUYER], ..pool() });
    join(&mut world, person(1), 50, ALL);
    wait(&mut world, 1);
    for (terms, expected) in [
        (Terms { custodian: STRANGER, ..terms() }, Error::NotACustodian { account: STRANGER }),
        (Terms { custodian: ARBITER, ..terms() }, Error::NotACustodian { account: ARBITER }),
        (Terms { arbiter: STRANGER, ..terms() }, Error::NotAnArbiter { account: STRANGER }),
        (Terms { custodian: both, arbiter: both, ..terms() }, Error::RolesOverlap { account: both }),
        (Terms { custodian: BUYER, ..terms() }, Error::RolesOverlap { account: BUYER }),
        (Terms { arbiter: BUYER, ..terms() }, Error::RolesOverlap { account: BUYER }),
    ] {
        assert_eq!(refused(&mut world, BUYER, offering(terms)), expected);
    }
    offer(&mut world, Terms { custodian: both, ..terms() });
}

#[test]
fn g05_an_offer_in_another_currency_than_the_pools_is_refused() {
    let mut world = world_with(&[50]);
    let terms = Terms { currency: STRANGER, ..terms() };
    assert_eq!(refused(&mut world, BUYER, offering(terms)), Error::CurrencyNotAllowed { currency: STRANGER });
}

#[test]
fn g05_periods_and_purpose_out_of_bounds_are_refused() {
    let mut world = world_with(&[50]);
    for period_s in [0, 9, 1_001, u64::MAX] {
        let expected = Error::PeriodOutOfBounds { period_s, least_s: 10, most_s: 1_000 };
        let error = refused(&mut world, BUYER, offering(Terms { delivery_s: period_s, ..terms() }));
        assert_eq!(error, expected);
        let error = refused(&mut world, BUYER, offering(Terms { dispute_s: period_s, ..terms() }));
        assert_eq!(error, expected);
    }
    let error = refused(&mut world, BUYER, offering(Terms { purpose: 4, ..terms() }));
    assert_eq!(error, Error::UnknownPurpose { purposes: 0b1_0000 });
    for period_s in [10, 1_000] {
        offer(&mut world, Terms { delivery_s: period_s, dispute_s: period_s, ..terms() });
    }
}

/// Shows T34, T53.
#[test]
fn the_deposit_is_exact_and_the_listing_fee_is_never_returned() {
    let mut world = world_with(&[50]);
    let required = Amount(PRICE + LISTING_FEE);
    for sent in [0, PRICE, PRICE + LISTING_FEE - 1, PRICE + LISTING_FEE + 1].map(Amount) {
        let error = refused(&mut world, BUYER, Action::Offer { terms: terms(), sent });
        assert_eq!(error, Error::WrongDeposit { sent, required });
    }
    let id = offer(&mut world, terms());
    assert_eq!(world.credit(TREASURY).0, LISTING_FEE);
    wait(&mut world, 10_000);
    ok(&mut world, KEEPER, Action::Refund { offer: id });
    assert_eq!((world.credit(BUYER).0, world.credit(TREASURY).0), (PRICE, LISTING_FEE));
}

#[test]
fn g05_minimums_lie_between_the_cohort_and_those_who_are_in() {
    let mut world = world_of(&Pool { offers: OfferSettings { cohort_min: 2, ..pool().offers }, ..pool() });
    for (index, weight) in (1..).zip([60, 30, 10]) {
        join(&mut world, person(index), weight, ALL);
    }
    wait(&mut world, 1);
    for min_members in [0, 1, 4] {
        let error = refused(&mut world, BUYER, offering(Terms { min_members, ..terms() }));
        assert_eq!(error, Error::MinimumMembersOutOfBounds { least: 2, most: 3 });
    }
    for min_weight in [0, 101].map(Points) {
        let error = refused(&mut world, BUYER, offering(Terms { min_members: 2, min_weight, ..terms() }));
        assert_eq!(error, Error::MinimumWeightOutOfBounds { most: Points(100) });
    }
    offer(&mut world, Terms { min_members: 3, min_weight: Points(100), ..terms() });
    // A purpose that nobody allows leaves nobody to pay.
    let mut empty = world_of(&pool());
    let error = refused(&mut empty, BUYER, offering(terms()));
    assert_eq!(error, Error::MinimumMembersOutOfBounds { least: 1, most: 0 });
}

#[test]
fn i07_the_reserve_is_met_after_fee_and_tips() {
    // The reserve is 1,000 for a million points. 100 points are in, so net must reach a tenth, which is 1.
    let offers = OfferSettings { reserve_per_million: Amount(1_000_000_000), ..pool().offers };
    let mut world = world_of(&Pool { offers, ..pool() });
    join(&mut world, person(1), 100, ALL);
    wait(&mut world, 1);
    // Of 106,382 the fee takes 5,319 and the tip 1,063, which leaves 100,000; one unit less is not enough.
    let error = refused(&mut world, BUYER, offering(Terms { price: Amount(106_381), ..terms() }));
    let reserve_per_million = Amount(1_000_000_000);
    assert_eq!(error, Error::BelowReserve { net: Amount(99_999), reserve_per_million });
    offer(&mut world, Terms { price: Amount(106_382), ..terms() });
}

/// Shows I19.
#[test]
fn t54_each_act_belongs_to_one_account() {
    let mut world = world_with(&[50]);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(1)]);
    seal(&mut world, id);
    let others = |role: Address| {
        [BUYER, CUSTODIAN, ARBITER, GUARDIAN, KEEPER, person(1)].into_iter().filter(move |who| *who != role)
    };
    let only = |world: &mut World, role: Address, action: Action| {
        for caller in others(role) {
            assert_eq!(refused(world, caller, action.clone()), Error::Unauthorized { caller, required: role });
        }
        let mut tried = world.clone();
        ok(&mut tried, role, action);
        tried
    };
    let mut world = only(&mut world, CUSTODIAN, delivery(id));
    only(&mut world, BUYER, Action::Accept { offer: id });
    let mut world = only(&mut world, BUYER, Action::Dispute { offer: id });
    only(&mut world, BUYER, Action::Accept { offer: id });
    only(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 10_000 });
}

/// Shows T34, F07.
#[test]
fn members_are_paid_after_acceptance_or_the_dispute_period_not_before() {
    let mut world = world_with(&[50]);
    let id = delivered(&mut world, terms());
    let dispute_ends = facts(&world, id).dispute_ends();
    let distribute = Action::Distribute { offer: id, from: 1.into(), count: 1 };
    let early = wrong(Status::Delivered, Status::Settling);
    assert_eq!(refused(&mut world, KEEPER, distribute.clone()), early);
    assert_eq!(refused(&mut world, person(1), claiming(id, person(1))), early);
    wait_until(&mut world, dispute_ends);
    assert_eq!(refused(&mut world, KEEPER, distribute.clone()), early);
    wait(&mut world, 1);
    ok(&mut world, KEEPER, distribute);
    assert_eq!(world.status(id), Some(Status::Paid));
}

/// Shows F06, F08.
#[test]
fn deadlines_include_their_last_second() {
    let mut world = world_with(&[50]);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(1)]);
    seal(&mut world, id);
    let end = facts(&world, id).delivery_ends;
    wait_until(&mut world, end);
    let mut late = world.clone();
    wait(&mut late, 1);
    assert_eq!(refused(&mut late, CUSTODIAN, delivery(id)), wrong(Status::Refundable, Status::Sealed));

    ok(&mut world, CUSTODIAN, delivery(id));
    assert_eq!(refused(&mut world, CUSTODIAN, delivery(id)), wrong(Status::Delivered, Status::Sealed));
    let end = facts(&world, id).dispute_ends();
    wait_until(&mut world, end);
    let mut late = world.clone();
    wait(&mut late, 1);
    let dispute = Action::Dispute { offer: id };
    assert_eq!(refused(&mut late, BUYER, dispute.clone()), wrong(Status::Settling, Status::Delivered));

    ok(&mut world, BUYER, dispute);
    let end = facts(&world, id).ruling_ends();
    assert_eq!(end.0, facts(&world, id).delivered_at.unwrap().0 + DISPUTE_S + RULING_S);
    wait_until(&mut world, end);
    let mut late = world.clone();
    wait(&mut late, 1);
    let rule = Action::Rule { offer: id, returned_bps: 1 };
    assert_eq!(refused(&mut late, ARBITER, rule.clone()), wrong(Status::Settling, Status::Disputed));
    ok(&mut world, ARBITER, rule);
}

/// Shows F03.
#[test]
fn a_passed_offer_can_be_sealed_from_the_end_of_the_window_to_the_end_of_delivery() {
    let mut world = world_with(&[50]);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(1)]);
    let Offer { opt_out_ends, delivery_ends, .. } = facts(&world, id);
    let seal = Action::Seal { offer: id };
    wait_until(&mut world, opt_out_ends);
    assert_eq!(refused(&mut world, KEEPER, seal.clone()), wrong(Status::OptOut, Status::AwaitingSeal));
    wait(&mut world, 1);
    ok(&mut world.clone(), KEEPER, seal.clone());
    wait_until(&mut world, delivery_ends);
    let mut in_time = world.clone();
    ok(&mut in_time, KEEPER, seal.clone());
    ok(&mut in_time, CUSTODIAN, delivery(id));
    wait(&mut world, 1);
    assert_eq!(refused(&mut world, KEEPER, seal), wrong(Status::Refundable, Status::AwaitingSeal));
}

#[test]
fn t54_an_early_dispute_does_not_end_the_time_to_rule_early() {
    let mut world = world_with(&[50]);
    let id = delivered(&mut world, terms());
    let ruling_ends = Timestamp(world.now().0 + DISPUTE_S + RULING_S);
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    wait_until(&mut world, ruling_ends);
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 1 });
}

/// The whole price goes back, to the smallest unit, and nothing else.
#[track_caller]
fn refunded(world: &mut World, id: OfferId) {
    let before = world.balance(BUYER).0;
    ok(world, STRANGER, Action::Refund { offer: id });
    assert_eq!(world.status(id), Some(Status::Refunded));
    let again = refused(world, STRANGER, Action::Refund { offer: id });
    assert_eq!(again, wrong(Status::Refunded, Status::Refundable));
    ok(world, BUYER, withdrawing(BUYER));
    assert_eq!(world.balance(BUYER).0, before + PRICE);
    assert_eq!(world.balance(ESCROW).0, LISTING_FEE);
    for action in [delivery(id), Action::Accept { offer: id }, claiming(id, person(1)), Action::Seal { offer: id }] {
        let caller = if action == delivery(id) { CUSTODIAN } else { BUYER };
        assert!(matches!(refused(world, caller, action), Error::WrongStatus { current: 5, .. }));
    }
}

#[test]
fn a_defeated_offer_is_refunded_exactly() {
    let mut world = world_with(&[50, 50]);
    let id = offer(&mut world, terms());
    vote(&mut world, person(1), id, 0);
    assert_eq!(seal(&mut world, id), Seal::Defeated);
    refunded(&mut world, id);
}

#[test]
fn a_missed_minimum_is_refunded_exactly() {
    let mut world = world_with(&[50, 50]);
    let id = offer(&mut world, Terms { min_members: 2, ..terms() });
    passed(&mut world, id, &[person(1)]);
    let sale = sale_of(&world, id);
    ok(&mut world, person(2), Action::Leave { sale });
    assert_eq!(seal(&mut world, id), Seal::MinimumMissed);
    refunded(&mut world, id);
}

/// Shows F05, T34.
#[test]
fn an_undelivered_offer_is_refunded_exactly() {
    let mut world = world_with(&[50, 50]);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(1)]);
    seal(&mut world, id);
    let early = refused(&mut world, BUYER, Action::Refund { offer: id });
    assert_eq!(early, wrong(Status::Sealed, Status::Refundable));
    let end = facts(&world, id).delivery_ends;
    wait_past(&mut world, end);
    refunded(&mut world, id);
}

#[test]
fn an_offer_that_nobody_sealed_is_refunded_exactly() {
    let mut world = world_with(&[50, 50]);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(1)]);
    let end = facts(&world, id).delivery_ends;
    wait_past(&mut world, end);
    refunded(&mut world, id);
}

/// Shows F08.
#[test]
fn p05_a_dispute_ruled_in_part_divides_the_rest() {
    let mut world = world_with(&[60, 40]);
    let id = delivered(&mut world, terms());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    let error = refused(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 10_001 });
    assert_eq!(error, Error::BpsOutOfBounds { bps: 10_001 });
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 2_500 });
    let returned = PRICE / 4;
    assert_eq!(world.credit(BUYER).0, returned);
    let again = refused(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 10_000 });
    assert_eq!(again, Error::AlreadyRuled);
    distribute(&mut world, KEEPER, id, 1, 2);
    assert_eq!(world.status(id), Some(Status::Paid));
    let paid = PRICE - returned;
    let (fee, tip) = (paid * 500 / 10_000, paid * 100 / 10_000 / 2);
    let net = paid - fee - 2 * tip;
    assert_eq!([world.balance(person(1)).0, world.balance(person(2)).0], [net * 60 / 100, net * 40 / 100]);
    assert_eq!(world.credit(KEEPER).0, 2 * tip);
}

/// Shows F05.
#[test]
fn a_ruling_that_returns_everything_is_a_refund() {
    let mut world = world_with(&[60, 40]);
    let id = delivered(&mut world, terms());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 10_000 });
    assert_eq!((world.status(id), world.credit(BUYER).0), (Some(Status::Refunded), PRICE));
    let error = refused(&mut world, BUYER, Action::Refund { offer: id });
    assert_eq!(error, wrong(Status::Refunded, Status::Refundable));
    let error = refused(&mut world, KEEPER, Action::Distribute { offer: id, from: 1.into(), count: 2 });
    assert_eq!(error, wrong(Status::Refunded, Status::Settling));
}

#[test]
fn t54_a_silent_arbiter_leaves_everything_to_the_members() {
    let mut world = world_with(&[60, 40]);
    let id = delivered(&mut world, terms());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    let end = facts(&world, id).ruling_ends();
    wait_past(&mut world, end);
    assert_eq!(distribute(&mut world, KEEPER, id, 1, 2), 2);
    assert_eq!((world.status(id), world.credit(BUYER).0), (Some(Status::Paid), 0));
}

/// Shows F08.
#[test]
fn a_second_dispute_is_refused_and_acceptance_ends_a_dispute() {
    let mut world = world_with(&[60, 40]);
    let id = delivered(&mut world, terms());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    assert_eq!(refused(&mut world, BUYER, Action::Dispute { offer: id }), Error::AlreadyDisputed);
    ok(&mut world, BUYER, Action::Accept { offer: id });
    assert_eq!(world.status(id), Some(Status::Settling));
    assert_eq!(refused(&mut world, BUYER, Action::Dispute { offer: id }), Error::AlreadyDisputed);
    let late = refused(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 10_000 });
    assert_eq!(late, wrong(Status::Settling, Status::Disputed));
}

#[test]
fn a_ruling_that_returns_nothing_settles() {
    let mut world = world_with(&[60, 40]);
    let id = delivered(&mut world, terms());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 0 });
    assert_eq!((world.status(id), world.credit(BUYER).0), (Some(Status::Settling), 0));
}

/// Shows T36, G20, G21, G22, G23, I14, T08.
#[test]
fn nothing_can_be_cancelled_or_moved_by_anyone() {
    // There is no such action, and `ok` has seen at each step that the others leave every recorded fact alone.
    let mut world = world_with(&[60, 40]);
    let id = offer(&mut world, terms());
    let made = facts(&world, id);
    for caller in [BUYER, GUARDIAN, ARBITER, CUSTODIAN, person(1)] {
        for action in [
            Action::Refund { offer: id },
            Action::Accept { offer: id },
            Action::Dispute { offer: id },
            Action::Rule { offer: id, returned_bps: 10_000 },
        ] {
            assert!(matches!(refused(&mut world, caller, action), Error::WrongStatus { current: 1, .. }));
        }
    }
    assert_eq!(facts(&world, id), made);
}
