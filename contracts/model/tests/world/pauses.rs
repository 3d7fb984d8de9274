//! What the guardian can stop, and for how long.

use chorus_core::{
    error::Error,
    offer::{Seal, Terms},
    types::Timestamp,
};
use chorus_model::{Action, World};

use crate::steps::*;

const DAY_S: u64 = 86_400;

/// Both contracts paused for as long as is possible.
fn pause(world: &mut World) -> Timestamp {
    let until = Timestamp(world.now().0 + 7 * DAY_S);
    ok(world, GUARDIAN, Action::PauseContributions { until });
    ok(world, GUARDIAN, Action::PauseOffers { until });
    until
}

/// Shows T35.
#[test]
fn a_pause_stops_new_offers_and_contributions_and_nothing_else() {
    let mut world = world_with(&[60, 40, 20]);
    let settles = settling(&mut world, Terms { salt: [4; 32], ..terms() });
    let disputed = delivered(&mut world, Terms { salt: [5; 32], ..terms() });
    ok(&mut world, BUYER, Action::Dispute { offer: disputed });
    let fails = offer(&mut world, Terms { salt: [6; 32], ..terms() });
    let leaves = offer(&mut world, Terms { salt: [7; 32], ..terms() });
    let until = pause(&mut world);

    // Stopped: new offers, new and replaced contributions.
    assert_eq!(refused(&mut world, BUYER, offering(Terms { salt: [8; 32], ..terms() })), Error::PausedUntil { until });
    for who in [1, 9] {
        let action = attest(&world, person(who), person(who), 5, ALL);
        assert_eq!(refused(&mut world, person(who), action), Error::PausedUntil { until });
    }

    // Not stopped: votes, delegation, leaving, dropping, withdrawal …
    vote(&mut world, person(1), leaves, 1);
    ok(&mut world, person(1), Action::Delegate { to: person(2) });
    let sale = sale_of(&world, leaves);
    ok(&mut world, person(1), Action::Leave { sale });
    ok(&mut world, person(2), Action::SetPurposes { purposes: 0b1 });
    ok(&mut world, person(2), Action::SetPurposes { purposes: 0b11 });
    ok(&mut world, person(3), Action::Withdraw);
    // … ruling, refund, settlement, claims, credits …
    ok(&mut world, ARBITER, Action::Rule { offer: disputed, returned_bps: 1 });
    ok(&mut world, person(1), claiming(settles, person(1)));
    distribute(&mut world, KEEPER, settles, 1, 3);
    wait(&mut world, 1_000);
    ok(&mut world, KEEPER, Action::Refund { offer: fails });
    ok(&mut world, BUYER, withdrawing(BUYER));
    assert!(world.now() <= until);
}

/// Shows T35.
#[test]
fn a_pause_does_not_stop_seal_delivery_dispute_or_acceptance() {
    let mut world = world_with(&[60, 40]);
    let [accepted, disputed] = [4, 5].map(|salt| offer(&mut world, Terms { salt: [salt; 32], ..terms() }));
    let until = pause(&mut world);
    for id in [accepted, disputed] {
        vote(&mut world, person(1), id, 1);
    }
    for id in [accepted, disputed] {
        assert_eq!(seal(&mut world, id), Seal::Sealed);
        ok(&mut world, CUSTODIAN, delivery(id));
    }
    ok(&mut world, BUYER, Action::Accept { offer: accepted });
    ok(&mut world, BUYER, Action::Dispute { offer: disputed });
    ok(&mut world, BUYER, Action::Accept { offer: disputed });
    assert!(world.now() <= until);
}

/// Shows T35, F16.
#[test]
fn only_the_guardian_pauses_for_seven_days_and_not_again_for_thirty() {
    for action in [|until| Action::PauseContributions { until }, |until| Action::PauseOffers { until }] {
        let mut world = world_with(&[60]);
        let now = world.now().0;
        let latest = Timestamp(now + 7 * DAY_S);
        for caller in [STRANGER, BUYER, person(1), ARBITER] {
            let error = refused(&mut world, caller, action(latest));
            assert_eq!(error, Error::Unauthorized { caller, required: GUARDIAN });
        }
        for until in [0, now - 1, now, now + 7 * DAY_S + 1, u64::MAX].map(Timestamp) {
            assert_eq!(refused(&mut world, GUARDIAN, action(until)), Error::PauseOutOfBounds { until, latest });
        }
        ok(&mut world, GUARDIAN, action(latest));
        // It is neither prolonged while it lasts nor repeated before thirty days are over.
        let next_allowed = Timestamp(latest.0 + 30 * DAY_S);
        for at in [now, latest.0, next_allowed.0 - 1].map(Timestamp) {
            wait_until(&mut world, at);
            let error = refused(&mut world, GUARDIAN, action(Timestamp(at.0 + 1)));
            assert_eq!(error, Error::PauseTooSoon { next_allowed });
        }
        wait_until(&mut world, next_allowed);
        ok(&mut world, GUARDIAN, action(Timestamp(next_allowed.0 + 1)));
    }
}

#[test]
fn t35_a_pause_ends_by_itself_and_each_contract_has_its_own() {
    let mut world = world_with(&[60]);
    let until = Timestamp(world.now().0 + 10);
    ok(&mut world, GUARDIAN, Action::PauseContributions { until });
    // Offers go on.
    offer(&mut world, terms());
    wait_until(&mut world, until);
    let action = attest(&world, person(2), person(2), 5, ALL);
    assert_eq!(refused(&mut world, person(2), action), Error::PausedUntil { until });
    wait(&mut world, 1);
    let action = attest(&world, person(2), person(2), 5, ALL);
    ok(&mut world, person(2), action);
    let until = Timestamp(world.now().0 + 10);
    ok(&mut world, GUARDIAN, Action::PauseOffers { until });
    let action = attest(&world, person(3), person(3), 5, ALL);
    ok(&mut world, person(3), action);
    wait(&mut world, 11);
    offer(&mut world, Terms { salt: [4; 32], ..terms() });
}
