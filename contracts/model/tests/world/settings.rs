//! The settings of contributions, which only `escrow` changes, and revocations.

use chorus_core::{
    error::Error,
    types::{Address, MemberNumber, Points, SaleNumber, Timestamp, Weight},
};
use chorus_model::{ATTESTATIONS, Action, ESCROW, Pool, VOTES, World};

use crate::steps::*;

fn revoking(world: &World, member: Address) -> Action {
    let deadline = Timestamp(world.now().0 + 60);
    Action::Revoke { member, deadline, signatures: world.sign_revocation(member, deadline) }
}

#[test]
fn t54_f12_only_escrow_changes_settings_and_revokes() {
    let mut world = world_with(&[60]);
    for caller in [STRANGER, GUARDIAN, person(1), attester(1), VOTES, ATTESTATIONS] {
        for action in [
            Action::SetAttesters { attesters: vec![caller], threshold: 1 },
            Action::SetDailyWeightCap { cap: Points(1) },
            Action::SetContributionsGuardian { guardian: caller },
            revoking(&world, person(1)),
        ] {
            let error = refused(&mut world, caller, action);
            assert_eq!(error, Error::Unauthorized { caller, required: ESCROW });
        }
    }
}

/// Shows T15.
#[test]
fn removing_an_attester_takes_nothing_from_those_already_attested() {
    let mut world = world_with(&[60, 40]);
    let signed_before = attest(&world, person(3), person(3), 5, ALL);
    let (before, votes) = (world.record(MemberNumber(1)), world.voter(person(1)));
    ok(&mut world, ESCROW, Action::SetAttesters { attesters: vec![attester(3), attester(4)], threshold: 2 });
    assert_eq!((world.record(MemberNumber(1)), world.voter(person(1))), (before, votes));
    // Signatures of the removed attester that were not handed in yet are worth nothing from now on …
    let error = refused(&mut world, person(3), signed_before);
    assert_eq!(error, Error::NotAnAttester { signer: attester(1), position: 0 });
    // … and a member who is in goes on as before, and can get out.
    join(&mut world, person(3), 5, ALL);
    join(&mut world, person(2), 50, ALL);
    ok(&mut world, person(1), Action::SetPurposes { purposes: 1 });
    ok(&mut world, person(1), Action::Withdraw);
}

/// Shows T37, I20.
#[test]
fn the_attesters_are_set_within_the_bounds_of_the_deployment() {
    let mut world = world_with(&[60]);
    let keys = |count: u8| (1..=count).map(|index| Address([index; 20])).collect::<Vec<_>>();
    for (attesters, threshold) in [
        (vec![], 0),
        (keys(1), 0),
        (keys(3), 4),
        (keys(17), 1),
        (vec![attester(1), attester(1)], 1),
        (vec![attester(1), Address::ZERO], 1),
    ] {
        let error = refused(&mut world, ESCROW, Action::SetAttesters { attesters, threshold });
        assert_eq!(error, Error::SettingOutOfBounds { position: 1 });
    }
    for attesters in [keys(16), keys(1), vec![attester(2), attester(1)]] {
        let threshold = attesters.len() as u8;
        // The invariants compare keys and threshold with the events, key by key.
        ok(&mut world, ESCROW, Action::SetAttesters { attesters, threshold });
    }
    // The same list again changes nothing.
    let set = Action::SetAttesters { attesters: vec![attester(2), attester(1)], threshold: 2 };
    let before = world.fingerprint();
    ok(&mut world, ESCROW, set);
    assert_eq!(world.fingerprint(), before);
}

#[test]
fn t51_i15_a_new_daily_cap_holds_from_that_moment_on() {
    let mut world = world_of(&Pool { daily_weight_cap: Points(100), ..pool() });
    join(&mut world, person(1), 90, ALL);
    let cap = |cap| Action::SetDailyWeightCap { cap: Points(cap) };
    assert_eq!(refused(&mut world, ESCROW, cap(0)), Error::SettingOutOfBounds { position: 0 });
    ok(&mut world, ESCROW, cap(50));
    let one = attest(&world, person(2), person(2), 1, ALL);
    let full = Error::DailyCapReached { added: Points(91), cap: Points(50) };
    assert_eq!(refused(&mut world, person(2), one.clone()), full);
    // A smaller contribution in place of a larger one adds nothing, so no cap refuses it.
    let smaller = attest(&world, person(1), person(1), 80, ALL);
    ok(&mut world, person(1), smaller);
    ok(&mut world, ESCROW, cap(91));
    ok(&mut world, person(2), one);
}

/// Shows I20.
#[test]
fn t35_a_new_guardian_can_pause_and_the_last_one_cannot() {
    let mut world = world_with(&[60]);
    let until = Timestamp(world.now().0 + 10);
    ok(&mut world, GUARDIAN, Action::PauseContributions { until });
    ok(&mut world, ESCROW, Action::SetContributionsGuardian { guardian: STRANGER });
    // A pause ends when it was to end, and another guardian cannot repeat it earlier.
    let action = attest(&world, person(2), person(2), 5, ALL);
    assert_eq!(refused(&mut world, person(2), action), Error::PausedUntil { until });
    let again = Action::PauseContributions { until: Timestamp(until.0 + 1) };
    let error = refused(&mut world, GUARDIAN, again.clone());
    assert_eq!(error, Error::Unauthorized { caller: GUARDIAN, required: STRANGER });
    let next_allowed = Timestamp(until.0 + 30 * 86_400);
    assert_eq!(refused(&mut world, STRANGER, again), Error::PauseTooSoon { next_allowed });
    wait_until(&mut world, next_allowed);
    ok(&mut world, STRANGER, Action::PauseContributions { until: Timestamp(next_allowed.0 + 1) });
    // Offers have a guardian of their own.
    ok(&mut world, GUARDIAN, Action::PauseOffers { until: Timestamp(next_allowed.0 + 1) });
}

/// Shows T17.
#[test]
fn a_revocation_takes_the_member_out_of_open_sales_as_a_withdrawal_does() {
    let mut world = world_with(&[60, 40]);
    let first = offer(&mut world, terms());
    let second = offer(&mut world, chorus_core::offer::Terms { salt: [4; 32], ..terms() });
    let sales = [first, second].map(|id| sale_of(&world, id));
    let mut withdrawn = world.clone();
    ok(&mut withdrawn, person(1), Action::Withdraw);
    let action = revoking(&world, person(1));
    ok(&mut world, ESCROW, action);
    assert_eq!(world.fingerprint(), withdrawn.fingerprint());
    for sale in sales {
        let facts = world.sale(sale).unwrap();
        assert_eq!((facts.members, facts.total_weight.0), (1, 40));
    }
    assert_eq!((world.voter(person(1)).balance, world.member(person(1)).nonce), (Weight(0), 2));
    let error = refused(&mut world, person(1), Action::Leave { sale: SaleNumber(1) });
    assert_eq!(error, Error::NotInSale { sale: SaleNumber(1), account: person(1) });
}

/// Shows T54, T57.
#[test]
fn a_revocation_needs_the_attesters_threshold_over_member_and_nullifier() {
    let mut world = world_with(&[60, 40]);
    let Action::Revoke { deadline, signatures, .. } = revoking(&world, person(1)) else { unreachable!() };
    let revoke = |member, deadline, signatures| Action::Revoke { member, deadline, signatures };
    let error = refused(&mut world, ESCROW, revoke(person(1), deadline, vec![]));
    assert_eq!(error, Error::TooFewAttesters { signed: 0, threshold: 2 });
    let error = refused(&mut world, ESCROW, revoke(person(1), deadline, signatures[..65].repeat(2)));
    assert_eq!(error, Error::TooFewAttesters { signed: 1, threshold: 2 });
    // The signatures are for one member and one deadline.
    let error = refused(&mut world, ESCROW, revoke(person(2), deadline, signatures.clone()));
    assert!(matches!(error, Error::NotAnAttester { .. }));
    let error = refused(&mut world, ESCROW, revoke(person(1), Timestamp(deadline.0 + 1), signatures.clone()));
    assert!(matches!(error, Error::NotAnAttester { .. }));
    // To attest a contribution is not to consent to its revocation.
    let Action::Attest { signatures: attested, .. } = attest(&world, person(1), person(1), 60, ALL) else {
        unreachable!()
    };
    let error = refused(&mut world, ESCROW, revoke(person(1), deadline, attested));
    assert!(matches!(error, Error::NotAnAttester { .. }));
    // Too late by a second.
    let mut later = world.clone();
    wait_until(&mut later, Timestamp(deadline.0 + 1));
    let error = refused(&mut later, ESCROW, revoke(person(1), deadline, signatures.clone()));
    assert_eq!(error, Error::SignatureExpired { deadline });
    wait_until(&mut world, deadline);
    ok(&mut world, ESCROW, revoke(person(1), deadline, signatures.clone()));
    // Nothing is left to revoke.
    let error = refused(&mut world, ESCROW, revoke(person(1), deadline, signatures));
    assert_eq!(error, Error::NotAMember { account: person(1) });
}

/// Shows T48.
#[test]
fn no_act_of_the_member_escapes_a_revocation_and_no_older_signature_undoes_it() {
    let mut world = world_with(&[60, 40]);
    let revocation = revoking(&world, person(1));
    // The member drops purposes, replaces, withdraws, comes back: the nonce moves, the nullifier stays.
    ok(&mut world, person(1), Action::SetPurposes { purposes: 1 });
    join(&mut world, person(1), 70, ALL);
    ok(&mut world, person(1), Action::Withdraw);
    join(&mut world, person(1), 60, ALL);
    let back = attest(&world, person(1), person(1), 60, ALL);
    ok(&mut world, ESCROW, revocation);
    // An attestation that was signed before is for a nonce that is used.
    assert!(matches!(refused(&mut world, person(1), back), Error::NotAnAttester { .. }));
    assert_eq!(world.record(MemberNumber(1)).weight, Weight(0));
}

#[test]
fn t35_a_pause_does_not_stop_settings_or_a_revocation() {
    let mut world = world_with(&[60, 40]);
    let until = Timestamp(world.now().0 + 10);
    ok(&mut world, GUARDIAN, Action::PauseContributions { until });
    ok(&mut world, ESCROW, Action::SetDailyWeightCap { cap: Points(7) });
    ok(&mut world, ESCROW, Action::SetAttesters { attesters: vec![attester(9)], threshold: 1 });
    let action = revoking(&world, person(1));
    ok(&mut world, ESCROW, action);
}
