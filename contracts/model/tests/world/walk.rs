//! T33: every state that a small sale can reach, and the way out of each.

use std::collections::{BTreeMap, BTreeSet};

use chorus_core::{
    offer::{Status, Terms},
    types::{Address, MemberNumber, OfferId, Points, Timestamp},
};
use chorus_model::{Action, World};

use crate::steps::*;

/// The calls that are tried in each state. Refusals lead nowhere, so wrong moments and callers cost nothing.
fn moves(world: &World, id: OfferId) -> Vec<(Address, Action)> {
    let facts = facts(world, id);
    let mut moves = vec![
        (person(1), Action::Vote { id: id.into(), support: 1 }),
        (person(1), Action::Vote { id: id.into(), support: 0 }),
        (person(2), Action::Vote { id: id.into(), support: 0 }),
        (person(2), Action::Leave { sale: facts.sale }),
        (person(1), Action::Withdraw),
        (KEEPER, Action::Seal { offer: id }),
        (CUSTODIAN, delivery(id)),
        (BUYER, Action::Accept { offer: id }),
        (BUYER, Action::Dispute { offer: id }),
        (ARBITER, Action::Rule { offer: id, returned_bps: 3_333 }),
        (ARBITER, Action::Rule { offer: id, returned_bps: 10_000 }),
        (KEEPER, Action::Refund { offer: id }),
        (KEEPER, Action::Distribute { offer: id, from: MemberNumber(1), count: 1 }),
        (person(2), claiming(id, STRANGER)),
    ];
    // Time passes to the last second of the present stage, and to the first of the next.
    let deadlines =
        [facts.voting_ends, facts.opt_out_ends, facts.delivery_ends, facts.dispute_ends(), facts.ruling_ends()];
    let later = deadlines.iter().flat_map(|end| [end.0, end.0 + 1]).filter(|at| *at > world.now().0).min();
    if let Some(at) = later.filter(|_| !is_over(world, id)) {
        moves.push((STRANGER, Action::Wait { seconds: at - world.now().0 }));
    }
    moves
}

fn is_over(world: &World, id: OfferId) -> bool {
    matches!(world.status(id), Some(Status::Refunded | Status::Paid))
}

/// Lets time and one honest caller, who does only what anybody may, bring an offer to its end.
fn finish(mut world: World, id: OfferId) -> Status {
    let keeper = [
        Action::Seal { offer: id },
        Action::Refund { offer: id },
        Action::Distribute { offer: id, from: MemberNumber(1), count: 512 },
    ];
    for _ in 0..8 {
        for action in &keeper {
            // Whatever is not due is refused.
            let _ = world.apply(KEEPER, action);
        }
        if is_over(&world, id) {
            break;
        }
        let _ = world.apply(KEEPER, &Action::Wait { seconds: 75 });
    }
    check(&world);
    world.status(id).unwrap()
}

/// Walks all states that can be reached, and returns how many there are in each status.
fn walk(terms: Terms) -> BTreeMap<Status, usize> {
    let mut world = world_with(&[60, 40]);
    let id = offer(&mut world, terms);
    let mut seen = BTreeSet::new();
    let mut met = BTreeMap::new();
    let mut ahead = vec![world];
    while let Some(world) = ahead.pop() {
        if !seen.insert(world.fingerprint()) {
            continue;
        }
        check(&world);
        *met.entry(world.status(id).unwrap()).or_default() += 1;
        let end = finish(world.clone(), id);
        assert!(matches!(end, Status::Refunded | Status::Paid), "no end from {:?}: {end:?}", facts(&world, id));
        for (caller, action) in moves(&world, id) {
            let mut next = world.clone();
            if next.apply(caller, &action).is_ok() {
                ahead.push(next);
            }
        }
    }
    met
}

/// Shows T33, I13.
#[test]
fn from_every_reachable_state_time_and_one_caller_reach_an_end() {
    let met = walk(terms());
    // Every status of the diagram is met: one that is not would not be tested.
    assert_eq!(met.len(), 10, "{met:?}");
    println!("{} states: {met:?}", met.values().sum::<usize>());
}

/// Shows I13.
#[test]
fn t33_the_same_with_minimums_that_are_missed_when_one_leaves() {
    let met = walk(Terms { min_members: 2, min_weight: Points(100), ..terms() });
    assert_eq!(met.len(), 10, "{met:?}");
}

#[test]
fn t33_time_alone_ends_an_offer_that_nobody_touches() {
    let mut world = world_with(&[60, 40]);
    let id = offer(&mut world, terms());
    let delivery_ends = facts(&world, id).delivery_ends;
    wait_until(&mut world, Timestamp(delivery_ends.0 + 1));
    assert_eq!(world.status(id), Some(Status::Refundable));
    assert_eq!(finish(world, id), Status::Refunded);
}

/// The calls that two people, a buyer and the officers try from an empty pool on, with the offers that exist.
fn anything(world: &World) -> Vec<(Address, Action)> {
    let (first, second) = (person(1), person(2));
    let salted = |salt: u8| offering(Terms { salt: [salt; 32], ..terms() });
    let mut all = vec![
        (first, attest(world, first, first, 60, ALL)),
        (first, attest(world, first, first, 30, 0b10)),
        (second, attest(world, second, second, 40, ALL)),
        (second, attest(world, second, first, 40, ALL)),
        (first, Action::SetPurposes { purposes: 0b10 }),
        (first, Action::SetPurposes { purposes: ALL }),
        (first, Action::Withdraw),
        (first, Action::Delegate { to: second }),
        (first, Action::Delegate { to: Address::ZERO }),
        (BUYER, salted(1)),
        (BUYER, salted(2)),
        (KEEPER, withdrawing(KEEPER)),
        (BUYER, withdrawing(BUYER)),
        (GUARDIAN, Action::PauseContributions { until: Timestamp(world.now().0 + 60) }),
        (GUARDIAN, Action::PauseOffers { until: Timestamp(world.now().0 + 60) }),
        (STRANGER, Action::Wait { seconds: 1 }),
    ];
    let mut later = u64::MAX;
    for id in world.offers() {
        let facts = facts(world, id);
        all.extend([
            (first, Action::Vote { id: id.into(), support: 1 }),
            (second, Action::Vote { id: id.into(), support: 0 }),
            (first, Action::Leave { sale: facts.sale }),
            (KEEPER, Action::Seal { offer: id }),
            (CUSTODIAN, delivery(id)),
            (BUYER, Action::Accept { offer: id }),
            (BUYER, Action::Dispute { offer: id }),
            (ARBITER, Action::Rule { offer: id, returned_bps: 5_000 }),
            (KEEPER, Action::Refund { offer: id }),
            (KEEPER, Action::Distribute { offer: id, from: MemberNumber(1), count: 2 }),
            (first, claiming(id, STRANGER)),
        ]);
        let deadlines = [facts.voting_ends, facts.opt_out_ends, facts.delivery_ends];
        later = deadlines.map(|end| end.0 + 1).into_iter().filter(|at| *at > world.now().0).fold(later, u64::min);
    }
    if later != u64::MAX {
        all.push((STRANGER, Action::Wait { seconds: later - world.now().0 }));
    }
    all
}

/// Shows T33, F01.
#[test]
fn every_sequence_of_seven_actions_from_an_empty_pool_keeps_the_invariants() {
    const ACTIONS: usize = 7;
    let mut seen = BTreeSet::new();
    let mut ahead = vec![world_of(&pool())];
    let (mut sequences, mut refusals) = (0, 0);
    for done in 1..=ACTIONS {
        let mut next = Vec::new();
        for world in &ahead {
            let mut after = world.clone();
            for (caller, action) in anything(world) {
                if after.apply(caller, &action).is_err() {
                    refusals += 1;
                    assert!(after.is_same(world), "F01 {action:?}");
                    continue;
                }
                let after = std::mem::replace(&mut after, world.clone());
                if seen.insert(after.fingerprint()) {
                    sequences += 1;
                    check(&after);
                    // Nothing follows the last action.
                    if done < ACTIONS {
                        next.push(after);
                    }
                }
            }
        }
        println!("{done} actions: {} states in all", seen.len());
        ahead = next;
    }
    assert!(sequences > 100_000 && refusals > sequences, "{sequences} states, {refusals} refusals");
}
