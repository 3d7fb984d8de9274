//! Acts that members sign and others hand in: contributions, purposes, withdrawal, leaving.

use chorus_core::{
    attestations::{Contribution, MemberAct},
    error::Error,
    types::{Address, SaleNumber, Timestamp},
};
use chorus_model::{Action, Outcome, Pool, Site, World, model_account, model_key};

use crate::steps::*;

/// A member with an Ethereum key, and one with a Substrate key.
fn both_keys() -> [Address; 2] {
    [person(1), model_account(&model_key(0))]
}

fn deadline(world: &World) -> Timestamp {
    Timestamp(world.now().0 + 60)
}

fn contributing(world: &World, member: Address, contribution: Contribution, purposes: u16) -> Action {
    let member_signature = world.sign_act(member, &world.contribution_act(member, &contribution, purposes));
    let signatures = world.sign(member, &contribution);
    Action::AttestFor { member, contribution, purposes, signatures, member_signature }
}

fn joining(world: &World, member: Address) -> Action {
    contributing(world, member, contribution(world, member, 60), ALL)
}

fn allowing(world: &World, member: Address, purposes: u16) -> Action {
    let deadline = deadline(world);
    let signature = world.sign_act(member, &world.member_act(member, MemberAct::SetPurposes(purposes), deadline));
    Action::SetPurposesFor { member, purposes, deadline, signature }
}

fn withdrawing(world: &World, member: Address) -> Action {
    let deadline = deadline(world);
    let signature = world.sign_act(member, &world.member_act(member, MemberAct::Withdraw, deadline));
    Action::WithdrawFor { member, deadline, signature }
}

fn leaving(world: &World, member: Address, sale: SaleNumber) -> Action {
    let deadline = deadline(world);
    let signature = world.sign_act(member, &world.member_act(member, MemberAct::Leave(sale), deadline));
    Action::LeaveFor { member, sale, deadline, signature }
}

/// A pool with an open sale in which members with both kinds of keys are, and one more person.
fn world_with_a_sale() -> (World, SaleNumber) {
    let mut world = world_of(&pool());
    for member in both_keys() {
        join(&mut world, member, 60, ALL);
    }
    join(&mut world, person(3), 7, ALL);
    wait(&mut world, 1);
    let id = offer(&mut world, terms());
    let sale = sale_of(&world, id);
    (world, sale)
}

/// Each act of `member`, signed by them, beside the call that they would make themselves.
fn acts(world: &World, member: Address, sale: SaleNumber) -> [(Action, Action); 4] {
    let replacement = contribution(world, member, 80);
    let signatures = world.sign(member, &replacement);
    let called = Action::Attest { contribution: replacement, purposes: ALL & !1, signatures };
    [
        (contributing(world, member, replacement, ALL & !1), called),
        (allowing(world, member, 0b10), Action::SetPurposes { purposes: 0b10 }),
        (withdrawing(world, member), Action::Withdraw),
        (leaving(world, member, sale), Action::Leave { sale }),
    ]
}

/// The member's signature in a relayed act, to be spoiled.
fn signature(action: &mut Action) -> &mut Vec<u8> {
    match action {
        Action::AttestFor { member_signature, .. } => member_signature,
        Action::SetPurposesFor { signature, .. }
        | Action::WithdrawFor { signature, .. }
        | Action::LeaveFor { signature, .. } => signature,
        other => panic!("{other:?}"),
    }
}

/// The act with one value changed, for each value that is signed.
fn altered(action: &Action) -> Vec<Action> {
    let mut variants = vec![action.clone(); 2];
    let later = |deadline: &mut Timestamp| deadline.0 += 1;
    for (variant, other) in variants.iter_mut().zip([false, true]) {
        match variant {
            Action::AttestFor { purposes, .. } if other => *purposes |= 1,
            Action::AttestFor { contribution, .. } => later(&mut contribution.deadline),
            Action::SetPurposesFor { purposes, .. } if other => *purposes |= 1,
            Action::LeaveFor { sale, .. } if other => sale.0 = 2,
            Action::SetPurposesFor { deadline, .. }
            | Action::WithdrawFor { deadline, .. }
            | Action::LeaveFor { deadline, .. } => later(deadline),
            _ => {}
        }
    }
    variants
}

#[test]
fn t12_i17_a_relayed_act_is_its_signers_in_every_field() {
    for member in both_keys() {
        let (world, sale) = world_with_a_sale();
        for (relayed, called) in acts(&world, member, sale) {
            let [mut by_relay, mut by_call] = [world.clone(), world.clone()];
            let answers = [ok(&mut by_relay, STRANGER, relayed.clone()), ok(&mut by_call, member, called)];
            assert_eq!(answers[0], answers[1]);
            assert_eq!(by_relay.log(), by_call.log(), "{relayed:?}");
            assert_eq!(by_relay.fingerprint(), by_call.fingerprint(), "{relayed:?}");
            assert_eq!(by_relay.member(member).nonce, world.member(member).nonce + 1);
        }
    }
}

#[test]
fn t12_whoever_relays_brings_in_only_the_signer() {
    for member in both_keys() {
        let mut world = world_of(&pool());
        let action = joining(&world, member);
        assert!(matches!(ok(&mut world, STRANGER, action), Outcome::Member(_)));
        assert_eq!((world.member(member).number.0, world.member(STRANGER).number.0), (1, 0));
    }
}

/// Shows T09, T13, T48.
#[test]
fn a_signed_act_is_accepted_once() {
    for member in both_keys() {
        let (world, sale) = world_with_a_sale();
        for (relayed, _) in acts(&world, member, sale) {
            let mut world = world.clone();
            ok(&mut world, STRANGER, relayed.clone());
            // The nonce has moved on.
            assert_eq!(refused(&mut world, member, relayed), Error::InvalidSignature { account: member, nonce: 2 });
        }
    }
}

#[test]
fn t48_no_older_signature_brings_back_what_a_member_took_away() {
    for member in both_keys() {
        let (world, sale) = world_with_a_sale();
        let wider = allowing(&world, member, 0b111);
        let again = contributing(&world, member, contribution(&world, member, 90), ALL);
        for taking in [Action::SetPurposes { purposes: 0b10 }, Action::Withdraw, Action::Leave { sale }] {
            let mut world = world.clone();
            ok(&mut world, member, taking.clone());
            for old in [&wider, &again] {
                let error = refused(&mut world, STRANGER, old.clone());
                assert_eq!(error, Error::InvalidSignature { account: member, nonce: 2 }, "{taking:?}");
            }
        }
    }
}

#[test]
fn t09_t13_a_signed_act_is_good_for_one_member() {
    let (mut world, sale) = world_with_a_sale();
    let [ethereum, substrate] = both_keys();
    for (signer, victim) in [(ethereum, person(3)), (ethereum, substrate), (substrate, ethereum), (STRANGER, ethereum)]
    {
        for (mut relayed, _) in acts(&world, signer, sale) {
            match &mut relayed {
                Action::AttestFor { member, contribution, signatures, .. } => {
                    *member = victim;
                    *signatures = world.sign(victim, contribution);
                }
                Action::SetPurposesFor { member, .. }
                | Action::WithdrawFor { member, .. }
                | Action::LeaveFor { member, .. } => *member = victim,
                _ => {}
            }
            let error = refused(&mut world, signer, relayed);
            assert_eq!(error, Error::InvalidSignature { account: victim, nonce: 1 });
        }
    }
}

#[test]
fn t09_t13_a_signature_is_over_every_value() {
    for member in both_keys() {
        let (mut world, sale) = world_with_a_sale();
        offer(&mut world, chorus_core::offer::Terms { salt: [4; 32], ..terms() });
        for (relayed, _) in acts(&world, member, sale) {
            for mut other in altered(&relayed).into_iter().filter(|other| *other != relayed) {
                // The attesters sign the changed one, so that only the member's signature is wrong.
                if let Action::AttestFor { contribution, signatures, .. } = &mut other {
                    *signatures = world.sign(member, contribution);
                }
                let error = refused(&mut world, STRANGER, other);
                assert_eq!(error, Error::InvalidSignature { account: member, nonce: 1 });
            }
        }
    }
}

#[test]
fn t09_a_deadline_includes_its_last_second() {
    for member in both_keys() {
        let (mut world, sale) = world_with_a_sale();
        let (acts, deadline) = (acts(&world, member, sale), deadline(&world));
        wait_until(&mut world, deadline);
        for (relayed, _) in &acts {
            ok(&mut world.clone(), STRANGER, relayed.clone());
        }
        wait(&mut world, 1);
        for (relayed, _) in acts {
            assert_eq!(refused(&mut world, STRANGER, relayed), Error::SignatureExpired { deadline });
        }
    }
}

#[test]
fn t09_t49_members_signatures_are_for_one_deployment() {
    let elsewhere = [
        Site { salts: [[8; 32]; 3], ..Site::MODEL },
        Site { chain_id: 1, ..Site::MODEL },
        Site { attestations: Address([0xa8; 20]), ..Site::MODEL },
    ];
    for site in elsewhere {
        for member in both_keys() {
            let mut world = world_of(&Pool { site, ..pool() });
            let here = world_of(&pool());
            let contribution = contribution(&here, member, 5);
            let mut action = contributing(&here, member, contribution, ALL);
            if let Action::AttestFor { signatures, .. } = &mut action {
                *signatures = world.sign(member, &contribution);
            }
            assert_eq!(refused(&mut world, STRANGER, action), Error::InvalidSignature { account: member, nonce: 0 });
        }
    }
}

#[test]
fn t10_a_signature_of_another_form_is_refused() {
    for member in both_keys() {
        let (mut world, sale) = world_with_a_sale();
        for (relayed, _) in acts(&world, member, sale) {
            let mut spoilt = vec![relayed.clone(); 6];
            signature(&mut spoilt[0]).clear();
            signature(&mut spoilt[1]).pop();
            signature(&mut spoilt[2]).push(0);
            // This makes `s` high; in an sr25519 signature it names another key.
            signature(&mut spoilt[3])[32] = 0xff;
            signature(&mut spoilt[4])[64] ^= 3;
            signature(&mut spoilt[5]).fill(0);
            for action in spoilt {
                let error = refused(&mut world, STRANGER, action);
                assert_eq!(error, Error::InvalidSignature { account: member, nonce: 1 });
            }
        }
    }
}

#[test]
fn t13_a_relayed_contribution_needs_the_attesters_too() {
    let mut world = world_of(&pool());
    let mut action = joining(&world, person(1));
    if let Action::AttestFor { signatures, .. } = &mut action {
        signatures.truncate(65);
    }
    assert_eq!(refused(&mut world, person(1), action), Error::TooFewAttesters { signed: 1, threshold: 2 });
}

#[test]
fn t17_each_signed_way_out_takes_weight_and_head_off_once() {
    for member in both_keys() {
        let (world, sale) = world_with_a_sale();
        assert_eq!(world.sale(sale).unwrap().members, 3);
        for (relayed, _) in acts(&world, member, sale) {
            let mut world = world.clone();
            ok(&mut world, STRANGER, relayed);
            let facts = world.sale(sale).unwrap();
            assert_eq!((facts.members, facts.total_weight.0), (2, 67));
            let again = leaving(&world, member, sale);
            assert_eq!(refused(&mut world, STRANGER, again), Error::NotInSale { sale, account: member });
        }
    }
}

/// Shows T35.
#[test]
fn a_pause_stops_signed_contributions_and_no_signed_withdrawal() {
    for member in both_keys() {
        let (mut world, sale) = world_with_a_sale();
        let until = Timestamp(world.now().0 + 50);
        ok(&mut world, GUARDIAN, Action::PauseContributions { until });
        let [(contributing, _), ways_out @ ..] = acts(&world, member, sale);
        assert_eq!(refused(&mut world, STRANGER, contributing), Error::PausedUntil { until });
        for (way_out, _) in ways_out {
            ok(&mut world.clone(), STRANGER, way_out);
        }
    }
}

#[test]
fn t16_signed_acts_of_strangers_and_acts_without_effect_are_refused() {
    let mut world = world_with(&[5]);
    for nobody in [person(9), model_account(&model_key(3))] {
        let action = withdrawing(&world, nobody);
        assert_eq!(refused(&mut world, STRANGER, action), Error::NotAMember { account: nobody });
        let action = allowing(&world, nobody, 1);
        assert_eq!(refused(&mut world, STRANGER, action), Error::NotAMember { account: nobody });
        let sale = SaleNumber(1);
        let action = leaving(&world, nobody, sale);
        assert_eq!(refused(&mut world, STRANGER, action), Error::NoSuchSale { sale });
    }
    let action = allowing(&world, person(1), ALL);
    assert_eq!(refused(&mut world, STRANGER, action), Error::PurposesUnchanged { purposes: ALL });
}
