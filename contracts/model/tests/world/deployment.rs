//! The settings that a pool may be deployed with.

use chorus_core::{
    abi::Word as _,
    error::Error,
    escrow::OfferSettings,
    event::EscrowEvent as Event,
    types::{Address, Points},
};
use chorus_model::{ESCROW, Logged, Pool, World};

use crate::steps::*;

#[track_caller]
fn refused_at(position: u8, change: impl Fn(&mut Pool)) {
    let mut pool = pool();
    change(&mut pool);
    assert_eq!(World::new(&pool).err(), Some(Error::SettingOutOfBounds { position }));
}

#[track_caller]
fn accepted(change: impl Fn(&mut Pool)) {
    let mut pool = pool();
    change(&mut pool);
    check(&World::new(&pool).unwrap());
}

/// Shows T37.
#[test]
fn attesters_are_one_to_sixteen_distinct_keys_that_can_reach_the_threshold() {
    let keys = |count: u8| (1..=count).map(|index| Address([index; 20])).collect::<Vec<_>>();
    for (attesters, threshold) in [
        (vec![], 0),
        (vec![], 1),
        (keys(1), 0),
        (keys(3), 4),
        (keys(17), 1),
        (vec![attester(1), attester(1)], 1),
        (vec![attester(1), Address::ZERO], 1),
    ] {
        refused_at(4, |pool| (pool.attesters, pool.threshold) = (attesters.clone(), threshold));
    }
    accepted(|pool| (pool.attesters, pool.threshold) = (keys(16), 16));
    accepted(|pool| (pool.attesters, pool.threshold) = (keys(1), 1));
}

#[test]
fn t37_purposes_are_one_to_sixteen_and_the_daily_cap_is_not_zero() {
    refused_at(5, |pool| pool.daily_weight_cap = Points(0));
    refused_at(6, |pool| pool.purposes = 0);
    refused_at(6, |pool| pool.purposes = 17);
    accepted(|pool| pool.purposes = 16);
}

/// Shows T51.
#[test]
fn voting_settings_have_a_period_an_absolute_quorum_and_a_strict_majority() {
    refused_at(2, |pool| pool.voting.voting_period_s = 0);
    refused_at(2, |pool| pool.voting.voting_period_s = 1 << 32);
    refused_at(3, |pool| pool.voting.quorum_bps = 10_001);
    refused_at(4, |pool| pool.voting.quorum_min = Points(0));
    refused_at(5, |pool| pool.voting.approval_bps = 4_999);
    // Nothing exceeds all of for and against.
    refused_at(5, |pool| pool.voting.approval_bps = 10_000);
    accepted(|pool| (pool.voting.approval_bps, pool.voting.quorum_bps) = (9_999, 10_000));
}

#[test]
fn t54_fee_tip_and_periods_lie_within_bounds() {
    let with = |settings: OfferSettings| move |pool: &mut Pool| pool.offers = settings;
    let good = pool().offers;
    refused_at(2, with(OfferSettings { fee_bps: bps(1_999), tip_bps: bps(2), ..good }));
    refused_at(4, with(OfferSettings { cohort_min: 0, ..good }));
    for out in [0, 1 << 32] {
        refused_at(5, with(OfferSettings { opt_out_s: out, ..good }));
        refused_at(6, with(OfferSettings { period_min_s: out, ..good }));
        refused_at(7, with(OfferSettings { period_max_s: out, ..good }));
        refused_at(8, with(OfferSettings { ruling_s: out, ..good }));
    }
    refused_at(7, with(OfferSettings { period_min_s: 11, period_max_s: 10, ..good }));
    accepted(with(OfferSettings { fee_bps: bps(1_999), tip_bps: bps(1), period_min_s: 10, period_max_s: 10, ..good }));
}

#[test]
fn t33_somebody_can_deliver_and_somebody_can_rule() {
    refused_at(10, |pool| pool.custodians = vec![]);
    refused_at(10, |pool| pool.custodians = vec![CUSTODIAN, Address::ZERO]);
    refused_at(11, |pool| pool.arbiters = vec![]);
    refused_at(11, |pool| pool.arbiters = vec![Address::ZERO]);
}

/// An indexer takes each of these events as a change.
#[test]
fn lists_say_only_what_changes_them() {
    let changes = |world: &World| {
        let is_change = |logged: &Logged| {
            let Logged::Escrow(event) = logged else { return false };
            matches!(
                event,
                Event::CustodianAdded { .. }
                    | Event::CustodianRemoved { .. }
                    | Event::ArbiterAdded { .. }
                    | Event::ArbiterRemoved { .. }
                    | Event::CurrencyAllowed { .. }
                    | Event::CurrencyDisallowed { .. }
            )
        };
        world.log().iter().filter(|(_, logged)| is_change(logged)).count()
    };
    let mut world =
        world_of(&Pool { custodians: vec![CUSTODIAN, CUSTODIAN], arbiters: vec![ARBITER, ARBITER], ..pool() });
    // One custodian, one arbiter, native money.
    assert_eq!(changes(&world), 3);
    join(&mut world, person(1), 60, ALL);
    wait(&mut world, 1);
    let call = |name, who: Address| (ESCROW, setting(name, &["address"], &[who.word()]));
    let vain = [
        call("addCustodian", CUSTODIAN),
        call("removeCustodian", STRANGER),
        call("addArbiter", ARBITER),
        call("removeArbiter", STRANGER),
        call("disallowCurrency", STRANGER),
        allowing(Address::ZERO, 0),
    ];
    enact(&mut world, &vain);
    assert_eq!(changes(&world), 3);
    let real =
        [call("removeCustodian", CUSTODIAN), call("addArbiter", CUSTODIAN), call("disallowCurrency", Address::ZERO)];
    enact(&mut world, &real);
    assert_eq!(changes(&world), 6);
}
