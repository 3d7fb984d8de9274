//! Which contributions are accepted, from whom, and how often.

use chorus_core::{
    attestations::Contribution,
    error::Error,
    event::AttestationsEvent,
    types::{MemberNumber, Points, Timestamp, Weight},
};
use chorus_model::{Action, ESCROW, Logged, Pool, Site};

use crate::steps::*;

/// Shows I17, T09.
#[test]
fn t13_t48_signatures_are_for_one_member_and_one_nonce() {
    let mut world = world_of(&pool());
    let action = attest(&world, person(1), person(1), 5, ALL);
    let copied = refused(&mut world, person(2), action.clone());
    assert!(matches!(copied, Error::NotAnAttester { position: 0, .. }), "{copied:?}");
    ok(&mut world, person(1), action.clone());
    // The nonce has moved on, so the same signatures are good for nothing.
    let again = refused(&mut world, person(1), action.clone());
    assert!(matches!(again, Error::NotAnAttester { .. }), "{again:?}");
    // Nor do they bring back a contribution that was withdrawn.
    ok(&mut world, person(1), Action::Withdraw);
    refused(&mut world, person(1), action);
}

/// Shows T13.
#[test]
fn t09_t49_signatures_are_for_one_deployment() {
    let mut world = world_of(&pool());
    let mut other = world_of(&Pool { site: Site { salts: [[8; 32]; 3], ..Site::MODEL }, ..pool() });
    let action = attest(&world, person(1), person(1), 5, ALL);
    assert!(matches!(refused(&mut other, person(1), action.clone()), Error::NotAnAttester { .. }));
    ok(&mut world, person(1), action);
}

#[test]
fn t57_an_attester_who_signs_twice_counts_once() {
    let mut world = world_of(&pool());
    let contribution = contribution(&world, person(1), 5);
    let by = |signers: &[_]| signers.iter().flat_map(|key| world.sign_as(*key, person(1), &contribution)).collect();
    let [twice, stranger, two]: [Vec<u8>; 3] =
        [by(&[attester(1), attester(1)]), by(&[attester(1), STRANGER]), by(&[attester(3), attester(1)])];
    let attest = |signatures| Action::Attest { contribution, purposes: 0, signatures };
    let error = refused(&mut world, person(1), attest(twice));
    assert_eq!(error, Error::TooFewAttesters { signed: 1, threshold: 2 });
    let error = refused(&mut world, person(1), attest(stranger));
    assert_eq!(error, Error::NotAnAttester { signer: STRANGER, position: 1 });
    let error = refused(&mut world, person(1), attest(Vec::new()));
    assert_eq!(error, Error::TooFewAttesters { signed: 0, threshold: 2 });
    let error = refused(&mut world, person(1), attest(two[..129].to_vec()));
    assert_eq!(error, Error::SignatureMalformed { position: 1 });
    let error = refused(&mut world, person(1), attest(two.repeat(9)));
    assert_eq!(error, Error::SignatureMalformed { position: 16 });
    ok(&mut world, person(1), attest(two));
}

/// Shows I03.
#[test]
fn t14_a_source_account_is_in_once() {
    let mut world = world_of(&pool());
    let action = attest(&world, person(1), person(9), 5, ALL);
    ok(&mut world, person(1), action);
    let action = attest(&world, person(2), person(9), 5, ALL);
    assert_eq!(refused(&mut world, person(2), action), Error::NullifierTaken { holder: MemberNumber(1) });
    // The member replaces only the same account …
    let action = attest(&world, person(1), person(8), 5, ALL);
    assert_eq!(refused(&mut world, person(1), action), Error::NullifierDiffers);
    // … and frees it by withdrawing. Whoever comes back keeps their number.
    ok(&mut world, person(1), Action::Withdraw);
    let action = attest(&world, person(2), person(9), 5, ALL);
    ok(&mut world, person(2), action);
    let action = attest(&world, person(1), person(8), 6, ALL);
    ok(&mut world, person(1), action);
    assert_eq!((world.member(person(1)).number, world.member(person(2)).number), (MemberNumber(1), MemberNumber(2)));
}

#[test]
fn t16_a_contribution_out_of_bounds_is_refused() {
    let mut world = world_of(&pool());
    let good = contribution(&world, person(1), 5);
    let late = Timestamp(world.now().0 - 1);
    let cases = [
        (Contribution { weight: Weight(0), ..good }, 0, Error::WeightOutOfBounds { weight: 0, cap: 1_000_000 }),
        (
            Contribution { weight: Weight(1_000_001), ..good },
            0,
            Error::WeightOutOfBounds { weight: 1_000_001, cap: 1_000_000 },
        ),
        (Contribution { route: 2, ..good }, 0, Error::RouteRefused { route: 2 }),
        (Contribution { rule_version: 2, ..good }, 0, Error::UnknownRuleVersion { version: 2 }),
        (Contribution { deadline: late, ..good }, 0, Error::SignatureExpired { deadline: late }),
        (good, 0b1_0000, Error::UnknownPurpose { purposes: 0b1_0000 }),
    ];
    for (contribution, purposes, expected) in cases {
        let signatures = world.sign(person(1), &contribution);
        assert_eq!(refused(&mut world, person(1), Action::Attest { contribution, purposes, signatures }), expected);
    }
    // The deadline itself is in time.
    let contribution = Contribution { deadline: world.now(), ..good };
    let signatures = world.sign(person(1), &contribution);
    ok(&mut world, person(1), Action::Attest { contribution, purposes: 0, signatures });
}

#[test]
fn t51_i15_a_day_takes_only_its_cap_of_new_weight() {
    let mut world = world_of(&Pool { daily_weight_cap: Points(100), ..pool() });
    let join = |world: &mut _, who, weight| {
        let action = attest(world, person(who), person(who), weight, ALL);
        ok(world, person(who), action)
    };
    join(&mut world, 1, 60);
    join(&mut world, 2, 40);
    let one_more = attest(&world, person(3), person(3), 1, ALL);
    let full = Error::DailyCapReached { added: Points(101), cap: Points(100) };
    assert_eq!(refused(&mut world, person(3), one_more), full);
    // Less weight adds nothing and makes no room: stolen keys cannot rotate weight through the cap.
    join(&mut world, 1, 10);
    let back = attest(&world, person(1), person(1), 60, ALL);
    assert_eq!(refused(&mut world, person(1), back), Error::DailyCapReached { added: Points(150), cap: Points(100) });
    ok(&mut world, person(2), Action::Withdraw);
    let rejoin = attest(&world, person(2), person(2), 40, ALL);
    refused(&mut world, person(2), rejoin);
    // Midnight UTC.
    let midnight = Timestamp(20_001 * 86_400);
    wait_until(&mut world, Timestamp(midnight.0 - 1));
    let last_second = attest(&world, person(3), person(3), 1, ALL);
    refused(&mut world, person(3), last_second);
    wait_until(&mut world, midnight);
    join(&mut world, 3, 100);
}

#[test]
fn t16_t18_acts_of_strangers_and_acts_without_effect_are_refused() {
    let mut world = world_with(&[5]);
    assert_eq!(refused(&mut world, STRANGER, Action::Withdraw), Error::NotAMember { account: STRANGER });
    let error = refused(&mut world, STRANGER, Action::SetPurposes { purposes: 1 });
    assert_eq!(error, Error::NotAMember { account: STRANGER });
    let error = refused(&mut world, person(1), Action::SetPurposes { purposes: ALL });
    assert_eq!(error, Error::PurposesUnchanged { purposes: ALL });
    ok(&mut world, person(1), Action::Withdraw);
    assert_eq!(refused(&mut world, person(1), Action::Withdraw), Error::NotAMember { account: person(1) });
    let error = refused(&mut world, person(1), Action::SetPurposes { purposes: 1 });
    assert_eq!(error, Error::NotAMember { account: person(1) });
}

/// Shows T18, F12.
#[test]
fn only_sister_contracts_mint_open_ballots_and_open_sales() {
    let mut world = world_with(&[5]);
    let window_ends = Timestamp(world.now().0 + 9);
    for caller in [STRANGER, GUARDIAN, person(1), chorus_model::VOTES] {
        for action in [
            Action::Mirror { changes: [&caller.0[..], &1u32.to_be_bytes()].concat() },
            Action::OpenBallot { id: [1; 32].into(), proposer: STRANGER },
            Action::OpenSale { purpose: 0, window_ends },
        ] {
            assert!(matches!(refused(&mut world, caller, action), Error::Unauthorized { .. }));
        }
    }
}

#[test]
fn t15_i17_what_was_accepted_stays_when_its_signatures_expire() {
    let mut world = world_of(&pool());
    let signed = attest(&world, person(1), person(1), 60, ALL);
    let Action::Attest { contribution: Contribution { deadline, .. }, .. } = signed else { unreachable!() };
    ok(&mut world, person(1), signed.clone());
    // Long after its deadline, when nobody who signed it attests any more, …
    wait(&mut world, 1_000);
    ok(&mut world, ESCROW, Action::SetAttesters { attesters: vec![attester(3), attester(4)], threshold: 2 });
    // … it votes, is in a new sale with all its weight, and is replaced by what the new attesters sign.
    let id = offer(&mut world, terms());
    assert_eq!(vote(&mut world, person(1), id, 1), 60);
    assert_eq!(world.weight_in(sale_of(&world, id), MemberNumber(1)), Some(Weight(60)));
    assert_eq!(refused(&mut world, person(1), signed), Error::SignatureExpired { deadline });
    let replacement = attest(&world, person(1), person(1), 70, ALL);
    ok(&mut world, person(1), replacement);
    assert_eq!((world.record(MemberNumber(1)).weight, world.member(person(1)).nonce), (Weight(70), 2));
}

#[test]
fn t15_no_other_weight_rule_is_taken_and_nobody_is_weighed_anew() {
    // The rule is code. Under the only one there is, weights are stored as they were attested.
    let mut world = world_with(&[60]);
    let id = offer(&mut world, terms());
    let (member, record, votes) = (world.member(person(1)), world.record(MemberNumber(1)), world.voter(person(1)));
    for version in [0, 2, 3, 257, u16::MAX] {
        let contribution = Contribution { rule_version: version, ..contribution(&world, person(1), 7) };
        let signatures = world.sign(person(1), &contribution);
        let error = refused(&mut world, person(1), Action::Attest { contribution, purposes: ALL, signatures });
        assert_eq!(error, Error::UnknownRuleVersion { version });
    }
    assert_eq!(
        (world.member(person(1)), world.record(MemberNumber(1)), world.voter(person(1))),
        (member, record, votes)
    );
    assert_eq!(
        (vote(&mut world, person(1), id, 1), world.weight_in(sale_of(&world, id), MemberNumber(1))),
        (60, Some(Weight(60)))
    );
    // The log says by which rule, so that an auditor weighs by that one, whatever comes later.
    let attested = |event: &_| match event {
        Logged::Attestations(AttestationsEvent::Attested { weight, rule_version, .. }) => {
            Some((*weight, *rule_version))
        }
        _ => None,
    };
    assert_eq!(world.log().iter().filter_map(|(_, event)| attested(event)).collect::<Vec<_>>(), [(Weight(60), 1)]);
}
