//! Many contributions in one call.

use chorus_core::{
    abi::Selector,
    attestations::{Contribution, MAX_BATCH_SIZE, Submission},
    error::Error,
    event::AttestationsEvent,
    types::{Address, MemberNumber, Points, Timestamp, Weight},
};
use chorus_model::{Action, Logged, Outcome, Pool, Refused, World, model_account, model_key};

use crate::steps::*;

/// A contribution with all its signatures.
#[derive(Clone)]
struct Item {
    member: Address,
    contribution: Contribution,
    purposes: u16,
    signatures: Vec<u8>,
    member_signature: Vec<u8>,
}

impl Item {
    fn of(world: &World, member: Address, contribution: Contribution) -> Self {
        let purposes = ALL;
        let signatures = world.sign(member, &contribution);
        let member_signature = world.sign_act(member, &world.contribution_act(member, &contribution, purposes));
        Self { member, contribution, purposes, signatures, member_signature }
    }

    fn good(world: &World, member: Address, weight: u32) -> Self {
        Self::of(world, member, contribution(world, member, weight))
    }

    fn alone(&self) -> Action {
        let Self { member, contribution, purposes, signatures, member_signature } = self.clone();
        Action::AttestFor { member, contribution, purposes, signatures, member_signature }
    }

    fn pack(&self, batch: &mut Vec<u8>) {
        let Self { member, contribution, purposes, ref signatures, ref member_signature } = *self;
        let member_signature = Some(member_signature.as_slice());
        Submission { member, contribution, purposes, signatures, member_signature }.pack(batch);
    }
}

fn pack(items: &[Item]) -> Vec<u8> {
    let mut batch = Vec::new();
    for item in items {
        item.pack(&mut batch);
    }
    batch
}

fn batch_of(items: &[Item]) -> Action {
    Action::AttestMany { batch: pack(items) }
}

/// The items that a log says were skipped.
fn skipped(log: &[(Timestamp, Logged)]) -> Vec<(Address, u32, Selector)> {
    let skipped = log.iter().filter_map(|(_, event)| match *event {
        Logged::Attestations(AttestationsEvent::ContributionSkipped { member, position, reason }) => {
            Some((member, position, reason))
        }
        _ => None,
    });
    skipped.collect()
}

/// Applies the items as one batch, which must do what they do one by one without those that are refused. Returns why
/// those are refused.
#[track_caller]
fn applied(world: &mut World, items: &[Item]) -> Vec<Error> {
    let mut one_by_one = world.clone();
    let mut refusals = Vec::new();
    for (position, item) in (0..).zip(items) {
        match one_by_one.apply(STRANGER, &item.alone()) {
            Ok(_) => {}
            Err(Refused::Rule(error)) => refusals.push((item.member, position, error)),
            Err(other) => panic!("{other:?}"),
        }
    }
    let logged = world.log().len();
    let accepted = items.len() - refusals.len();
    assert_eq!(ok(world, STRANGER, batch_of(items)), Outcome::Accepted(accepted as u32));
    assert_eq!(world.fingerprint(), one_by_one.fingerprint());
    let expected: Vec<_> =
        refusals.iter().map(|(member, position, error)| (*member, *position, error.selector())).collect();
    assert_eq!(skipped(&world.log()[logged..]), expected);
    refusals.into_iter().map(|(_, _, error)| error).collect()
}

#[test]
fn i23_t12_a_batch_does_what_its_contributions_do_one_by_one() {
    let mut world = world_of(&pool());
    let members: Vec<_> = (1..=30).map(person).chain((0..4).map(|index| model_account(&model_key(index)))).collect();
    let items: Vec<_> = members.iter().map(|member| Item::good(&world, *member, 9)).collect();
    assert_eq!(applied(&mut world, &items), []);
    // In the order of the batch.
    let numbers: Vec<_> = members.iter().map(|member| world.member(*member).number.0).collect();
    assert_eq!(numbers, (1..=34).collect::<Vec<_>>());
    // The same again as replacements, with a sale in between.
    wait(&mut world, 1);
    offer(&mut world, terms());
    let items: Vec<_> = members.iter().map(|member| Item::good(&world, *member, 11)).collect();
    assert_eq!(applied(&mut world, &items), []);
}

/// Shows I23, T09, T10, T13, T14, T16.
#[test]
fn only_bad_items_are_skipped_and_they_leave_no_trace() {
    let mut world = world_with(&[5]);
    let late = Timestamp(world.now().0 - 1);
    let good = |who| Item::good(&world, person(who), 7);
    let with = |who, change: &dyn Fn(&mut Contribution)| {
        let mut contribution = contribution(&world, person(who), 7);
        change(&mut contribution);
        Item::of(&world, person(who), contribution)
    };
    let spoilt = |who, change: &dyn Fn(&mut Item)| {
        let mut item = good(who);
        change(&mut item);
        item
    };
    let taken = contribution(&world, person(1), 7).nullifier;
    let items = [
        good(2),
        with(3, &|it| it.route = 2),
        with(3, &|it| it.rule_version = 9),
        with(3, &|it| it.weight = Weight(0)),
        with(3, &|it| it.deadline = late),
        with(3, &|it| it.nullifier = taken),
        // The member has another source account by now.
        with(1, &|it| it.nullifier = [1; 32]),
        spoilt(3, &|it| it.purposes = 0x8000),
        spoilt(3, &|it| it.purposes = 1),
        spoilt(3, &|it| it.member = person(4)),
        spoilt(3, &|it| it.member_signature[64] = 1),
        spoilt(3, &|it| it.signatures.truncate(65)),
        spoilt(3, &|it| it.signatures.clear()),
        spoilt(3, &|it| it.signatures[64] = 0),
        spoilt(3, &|it| it.signatures = world.sign(STRANGER, &it.contribution)),
        spoilt(3, &|it| it.signatures = world.sign(it.member, &it.contribution).repeat(9)),
        good(3),
        // The nonce has moved on.
        good(3),
        good(2),
    ];
    let (nonce, account) = (0, person(3));
    let errors = applied(&mut world, &items);
    assert_eq!(
        errors[..12],
        [
            Error::RouteRefused { route: 2 },
            Error::UnknownRuleVersion { version: 9 },
            Error::WeightOutOfBounds { weight: 0, cap: 1_000_000 },
            Error::SignatureExpired { deadline: late },
            Error::NullifierTaken { holder: MemberNumber(1) },
            Error::NullifierDiffers,
            Error::UnknownPurpose { purposes: 0x8000 },
            Error::InvalidSignature { account, nonce },
            Error::InvalidSignature { account: person(4), nonce },
            Error::InvalidSignature { account, nonce },
            Error::TooFewAttesters { signed: 1, threshold: 2 },
            Error::TooFewAttesters { signed: 0, threshold: 2 },
        ]
    );
    assert_eq!(errors[12], Error::SignatureMalformed { position: 0 });
    assert!(matches!(errors[13], Error::NotAnAttester { .. }));
    assert_eq!(errors[14], Error::SignatureMalformed { position: 16 });
    assert_eq!(errors[15], Error::InvalidSignature { account, nonce: 1 });
    assert_eq!(errors[16], Error::InvalidSignature { account: person(2), nonce: 1 });
    assert_eq!([2, 3, 4].map(|who| world.member(person(who)).number.0), [2, 3, 0]);
}

#[test]
fn i23_t14_each_item_meets_what_those_before_it_changed() {
    let mut world = world_of(&Pool { daily_weight_cap: Points(100), ..pool() });
    let source = contribution(&world, person(1), 60);
    let first = Item::of(&world, person(1), source);
    // The same source account by another member; more than the day takes; the rest of what it takes.
    let copied = Item::of(&world, person(2), Contribution { weight: Weight(10), ..source });
    let too_much = Item::good(&world, person(3), 41);
    let rest = Item::good(&world, person(4), 40);
    assert_eq!(
        applied(&mut world, &[first, copied, too_much, rest]),
        [
            Error::NullifierTaken { holder: MemberNumber(1) },
            Error::DailyCapReached { added: Points(101), cap: Points(100) },
        ]
    );
    assert_eq!([1, 2, 3, 4].map(|who| world.member(person(who)).number.0), [1, 0, 0, 2]);
}

#[test]
fn i23_the_last_item_of_a_member_in_a_batch_stands() {
    let mut world = world_of(&pool());
    let first = Item::good(&world, person(1), 5);
    let mut ahead = world.clone();
    ok(&mut ahead, STRANGER, first.alone());
    // The second is signed for the nonce that the first leaves behind.
    let second = Item::good(&ahead, person(1), 8);
    assert_eq!(applied(&mut world, &[first, second]), []);
    assert_eq!((world.record(MemberNumber(1)).weight, world.voter(person(1)).balance), (Weight(8), Weight(8)));
    assert_eq!(world.member(person(1)).nonce, 2);
}

#[test]
fn i23_a_batch_of_which_nothing_is_accepted_changes_nothing() {
    let mut world = world_with(&[5]);
    let before = world.fingerprint();
    let mut item = Item::good(&world, person(2), 7);
    item.signatures.clear();
    let items = vec![item; 3];
    assert_eq!(applied(&mut world, &items), [Error::TooFewAttesters { signed: 0, threshold: 2 }; 3]);
    assert_eq!(world.fingerprint(), before);
}

#[test]
fn t35_a_pause_refuses_the_whole_batch() {
    let mut world = world_with(&[5]);
    let until = Timestamp(world.now().0 + 10);
    ok(&mut world, GUARDIAN, Action::PauseContributions { until });
    let batch = batch_of(&[Item::good(&world, person(2), 7)]);
    assert_eq!(refused(&mut world, STRANGER, batch), Error::PausedUntil { until });
}

#[test]
fn t37_a_batch_that_does_not_end_with_an_item_is_refused_whole() {
    let mut world = world_of(&pool());
    let [first, second] = [1, 2].map(|who| Item::good(&world, person(who), 7));
    let one = pack(std::slice::from_ref(&first)).len();
    let both = pack(&[first, second]);
    let mut refused_at = |batch: &[u8], position| {
        let error = refused(&mut world, STRANGER, Action::AttestMany { batch: batch.into() });
        assert_eq!(error, Error::BatchMalformed { position }, "{}", batch.len());
    };
    refused_at(&[], 0);
    for length in 1..both.len() {
        if length != one {
            refused_at(&both[..length], u32::from(length > one));
        }
    }
    refused_at(&[both.as_slice(), &[0]].concat(), 2);
    refused_at(&[both.as_slice(), &[0; 200]].concat(), 2);
    // A member's signature has 65 bytes or 96.
    let length_at = one - 66;
    for length in [0, 64, 66, 95, 97, 255] {
        let mut batch = both.clone();
        batch[length_at] = length;
        refused_at(&batch, 0);
    }
}

#[test]
fn t37_a_batch_holds_as_many_items_as_a_call_can_carry() {
    let pool = |threshold| Pool { threshold, ..pool() };
    for (threshold, most) in [(1, 69), (2, 54), (3, 44)] {
        let mut world = world_of(&pool(threshold));
        let items: Vec<_> = (1..=most + 1).map(|who| Item::good(&world, person(who), 7)).collect();
        assert!(pack(&items).len() > MAX_BATCH_SIZE);
        let error = refused(&mut world, STRANGER, batch_of(&items));
        assert_eq!(error, Error::BatchMalformed { position: 0 });
        let accepted = ok(&mut world, STRANGER, batch_of(&items[..most as usize]));
        assert_eq!(accepted, Outcome::Accepted(most));
    }
    // One item with this many signatures is exactly as long as a batch may be. It is skipped; a longer one is refused.
    let mut world = world_of(&pool(2));
    let mut item = Item::good(&world, person(1), 7);
    item.signatures = world.sign_as(attester(1), person(1), &item.contribution).repeat(248);
    assert_eq!(pack(std::slice::from_ref(&item)).len(), MAX_BATCH_SIZE);
    assert_eq!(applied(&mut world, std::slice::from_ref(&item)), [Error::SignatureMalformed { position: 16 }]);
    item.member_signature.resize(96, 0);
    assert_eq!(refused(&mut world, STRANGER, batch_of(&[item])), Error::BatchMalformed { position: 0 });
    // Selector, offset and length precede it, and ink! takes 16,384 bytes of calldata.
    assert_eq!((4 + 32 + 32 + MAX_BATCH_SIZE).div_ceil(32), 16_384 / 32);
    assert_eq!(MAX_BATCH_SIZE % 32, 0);
}
