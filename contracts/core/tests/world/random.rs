//! Random lives of a small pool: after each step every invariant holds, and a refused step has changed nothing.

use crate::stage::*;
use chorus_core::offer::{Status, Terms};
use chorus_core::types::{Address, Amount, MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight};
use chorus_core::world::{Action, Refused, World};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeSet;

const PEOPLE: u32 = 6;

/// A step by small numbers, which [`Step::play`] turns into the call they mean in the world as it is.
#[derive(Clone, Debug)]
enum Step {
    Attest {
        who: u32,
        source: u32,
        weight: u32,
        purposes: u16,
    },
    SetPurposes {
        who: u32,
        purposes: u16,
    },
    Withdraw {
        who: u32,
    },
    Leave {
        who: u32,
        sale: u32,
    },
    Delegate {
        who: u32,
        to: u32,
    },
    Vote {
        who: u32,
        offer: usize,
        support: u8,
    },
    Offer {
        price: u128,
        purpose: u8,
        min_members: u32,
        min_weight: u64,
        salt: u8,
    },
    /// What the offer waits for: `choice` picks among the answers.
    Next {
        offer: usize,
        choice: u8,
        bps: u16,
    },
    /// A call by anybody at any time.
    Any {
        offer: usize,
        who: u32,
        call: u8,
    },
    Distribute {
        offer: usize,
        from: u32,
        count: u32,
    },
    Claim {
        offer: usize,
        who: u32,
        to: u32,
    },
    WithdrawCredit {
        who: u32,
        to: u32,
    },
    Stranger {
        call: u8,
    },
    Pause {
        offers: bool,
        seconds: u64,
    },
    Close {
        who: u32,
    },
    Open {
        who: u32,
    },
    Donate {
        amount: u128,
    },
    Wait {
        seconds: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE;
    let purposes = || prop_oneof![Just(ALL), 0..=ALL];
    prop_oneof![
        8 => (who(), who(), 1..100u32, purposes()).prop_map(|(who, source, weight, purposes)| {
            // Mostly a person's own account.
            let source = if weight % 5 == 0 { source } else { who };
            Step::Attest { who, source, weight, purposes }
        }),
        4 => (who(), purposes()).prop_map(|(who, purposes)| Step::SetPurposes { who, purposes }),
        2 => who().prop_map(|who| Step::Withdraw { who }),
        4 => (who(), 0..6u32).prop_map(|(who, sale)| Step::Leave { who, sale }),
        4 => (who(), 0..PEOPLE + 2).prop_map(|(who, to)| Step::Delegate { who, to }),
        4 => (who(), 0..6usize, 0..4u8).prop_map(|(who, offer, support)| Step::Vote { who, offer, support }),
        6 => (prop_oneof![0..100u128, Just(PRICE), 0..1u128 << 90], 0..5u8, 1..4u32, 1..200u64, 0..8u8).prop_map(
            |(price, purpose, min_members, min_weight, salt)| Step::Offer { price, purpose, min_members, min_weight, salt }
        ),
        30 => (0..6usize, 0..6u8, prop_oneof![0..=10_001u16, Just(10_000)])
            .prop_map(|(offer, choice, bps)| Step::Next { offer, choice, bps }),
        4 => (0..6usize, who(), 0..8u8).prop_map(|(offer, who, call)| Step::Any { offer, who, call }),
        4 => (0..6usize, 0..8u32, 0..4u32).prop_map(|(offer, from, count)| Step::Distribute { offer, from, count }),
        4 => (0..6usize, who(), 0..PEOPLE + 2).prop_map(|(offer, who, to)| Step::Claim { offer, who, to }),
        3 => (0..PEOPLE + 3, 0..PEOPLE + 2).prop_map(|(who, to)| Step::WithdrawCredit { who, to }),
        2 => (0..3u8).prop_map(|call| Step::Stranger { call }),
        1 => (any::<bool>(), 0..8 * 86_400u64).prop_map(|(offers, seconds)| Step::Pause { offers, seconds }),
        1 => who().prop_map(|who| Step::Close { who }),
        2 => who().prop_map(|who| Step::Open { who }),
        1 => (0..1_000u128).prop_map(|amount| Step::Donate { amount }),
        8 => prop_oneof![30 => 0..3u64, 10 => 0..60u64, 1 => 0..40 * 86_400u64].prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// People 0 to 5, then nobody, then whoever else has a part.
fn account(who: u32) -> Address {
    match who {
        0..PEOPLE => person(who + 1),
        6 => Address::ZERO,
        7 => KEEPER,
        _ => BUYER,
    }
}

impl Step {
    fn play(&self, world: &mut World) -> Result<(), Refused> {
        let offers = world.offers();
        let pick = |index: usize| match index.checked_rem(offers.len()) {
            Some(index) => offers[index],
            None => OfferId([0xff; 32]),
        };
        let now = world.now().0;
        let (caller, action) = match *self {
            Step::Attest { who, source, weight, purposes } => {
                (account(who), attest(world, account(who), account(source), weight, purposes))
            }
            Step::SetPurposes { who, purposes } => (account(who), Action::SetPurposes { purposes }),
            Step::Withdraw { who } => (account(who), Action::Withdraw),
            Step::Leave { who, sale } => (account(who), Action::Leave { sale: SaleNumber(sale) }),
            Step::Delegate { who, to } => (account(who), Action::Delegate { to: account(to) }),
            Step::Vote { who, offer, support } => (account(who), Action::Vote { id: pick(offer), support }),
            Step::Offer { price, purpose, min_members, min_weight, salt } => {
                let (price, min_weight, salt) = (Amount(price), Points(min_weight), [salt; 32]);
                (BUYER, offering(Terms { price, purpose, min_members, min_weight, salt, ..terms() }))
            }
            Step::Next { offer, choice, bps } => return next(world, pick(offer), choice, bps),
            Step::Any { offer, who, call } => {
                let offer = pick(offer);
                let calls = [
                    Action::Seal { offer },
                    delivery(offer),
                    Action::Accept { offer },
                    Action::Dispute { offer },
                    Action::Rule { offer, returned_bps: 5_000 },
                    Action::Refund { offer },
                    Action::Distribute { offer, from: MemberNumber(0), count: 512 },
                    claiming(offer, account(who)),
                ];
                let callers = [CUSTODIAN, BUYER, ARBITER, KEEPER, person(1), STRANGER];
                (callers[who as usize], calls[usize::from(call)].clone())
            }
            Step::Distribute { offer, from, count } => {
                (KEEPER, Action::Distribute { offer: pick(offer), from: MemberNumber(from), count })
            }
            Step::Claim { offer, who, to } => (account(who), claiming(pick(offer), account(to))),
            Step::WithdrawCredit { who, to } => (account(who), withdrawing(account(to))),
            Step::Stranger { call } => {
                let calls = [
                    Action::Mirror { member: STRANGER, weight: Weight(1) },
                    Action::OpenBallot { id: OfferId([1; 32]), proposer: STRANGER },
                    Action::OpenSale { purpose: 0, window_ends: Timestamp(now + 9) },
                ];
                (STRANGER, calls[usize::from(call)].clone())
            }
            Step::Pause { offers: true, seconds } => {
                (GUARDIAN, Action::PauseOffers { until: Timestamp(now + seconds) })
            }
            Step::Pause { offers: false, seconds } => {
                (GUARDIAN, Action::PauseContributions { until: Timestamp(now + seconds) })
            }
            Step::Close { who } => {
                world.close(account(who));
                return Ok(());
            }
            Step::Open { who } => {
                world.open(account(who));
                return Ok(());
            }
            Step::Donate { amount } => (STRANGER, Action::Donate { amount: Amount(amount) }),
            Step::Wait { seconds } => (STRANGER, Action::Wait { seconds }),
        };
        world.apply(caller, &action).map(drop)
    }
}

/// Takes the offer a stage further, or lets its time run out.
fn next(world: &mut World, id: OfferId, choice: u8, bps: u16) -> Result<(), Refused> {
    let (Some(facts), Some(status)) = (world.offer(id), world.status(id)) else { return Ok(()) };
    let till = |end: Timestamp| (STRANGER, Action::Wait { seconds: (end.0 + 1).saturating_sub(world.now().0) });
    let offer = id;
    let (caller, action) = match (status, choice) {
        (Status::Voting, 0..4) => {
            for who in 0..PEOPLE {
                // Who has no votes, or voted, is refused.
                let _ = world.apply(account(who), &Action::Vote { id, support: u8::from(choice != 0) });
            }
            (STRANGER, Action::Wait { seconds: VOTING_S })
        }
        (Status::Voting, _) => till(facts.voting_ends),
        (Status::OptOut, 5) => (KEEPER, Action::Seal { offer }),
        (Status::OptOut, _) => till(facts.opt_out_ends),
        (Status::AwaitingSeal, _) => (KEEPER, Action::Seal { offer }),
        (Status::Refundable, _) => (KEEPER, Action::Refund { offer }),
        (Status::Sealed, 5) => till(facts.delivery_ends),
        (Status::Sealed, _) => (CUSTODIAN, delivery(offer)),
        (Status::Delivered, 0..2) => (BUYER, Action::Accept { offer }),
        (Status::Delivered, 2) => till(facts.dispute_ends()),
        (Status::Delivered, _) => (BUYER, Action::Dispute { offer }),
        (Status::Disputed, 0) => (BUYER, Action::Accept { offer }),
        (Status::Disputed, 1) => till(facts.ruling_ends()),
        (Status::Disputed, _) => (ARBITER, Action::Rule { offer, returned_bps: bps }),
        (Status::Settling, 0) => (KEEPER, Action::Distribute { offer, from: MemberNumber(bps.into()), count: 2 }),
        (Status::Settling, _) => (KEEPER, Action::Distribute { offer, from: MemberNumber(0), count: 20 }),
        (Status::Refunded | Status::Paid, _) => return Ok(()),
    };
    world.apply(caller, &action).map(drop)
}

/// Plays the steps, and returns the statuses that were met and how many steps were accepted.
fn play(steps: &[Step]) -> Result<(BTreeSet<Status>, usize), String> {
    let mut world = world_with(&[60, 40, 1]);
    let (mut met, mut accepted) = (BTreeSet::new(), 0);
    for step in steps {
        let before = world.fingerprint();
        match step.play(&mut world) {
            Ok(()) => accepted += 1,
            // `Next` votes for several before it is refused.
            Err(_) if matches!(step, Step::Next { .. }) => {}
            Err(refused) if world.fingerprint() != before => return Err(format!("F01 {refused:?} changed something")),
            Err(_) => {}
        }
        world.check_invariants().map_err(|broken| format!("{broken} (after {step:?})"))?;
        met.extend(world.offers().iter().filter_map(|id| world.status(*id)));
    }
    finish(&mut world)?;
    Ok((met, accepted))
}

/// T33: time and one caller, who may do only what anybody may, bring every offer to an end.
fn finish(world: &mut World) -> Result<(), String> {
    for _ in 0..10 {
        for offer in world.offers() {
            for action in [
                Action::Seal { offer },
                Action::Refund { offer },
                Action::Distribute { offer, from: MemberNumber(0), count: 512 },
            ] {
                // What is not due is refused.
                let _ = world.apply(KEEPER, &action);
            }
        }
        let _ = world.apply(KEEPER, &Action::Wait { seconds: 75 });
    }
    let open = |id: &OfferId| !matches!(world.status(*id), Some(Status::Refunded | Status::Paid));
    match world.offers().into_iter().find(open) {
        Some(id) => Err(format!("T33 no end: {:?}", world.offer(id))),
        None => world.check_invariants(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn i01_to_i19_t17_t22_t33_t36_every_invariant_holds_after_every_step(steps in prop::collection::vec(step(), 1..120)) {
        if let Err(broken) = play(&steps) {
            return Err(TestCaseError::fail(broken));
        }
    }
}

#[test]
fn random_lives_meet_every_status_and_most_steps_are_accepted() {
    let mut runner = TestRunner::deterministic();
    let lives = prop::collection::vec(step(), 100..120);
    let (mut met, mut accepted, mut all) = (BTreeSet::new(), 0, 0);
    for _ in 0..60 {
        let steps = lives.new_tree(&mut runner).unwrap().current();
        let (statuses, count) = play(&steps).unwrap();
        met.extend(statuses);
        accepted += count;
        all += steps.len();
    }
    assert_eq!(met.len(), 10, "{met:?}");
    assert!(accepted * 3 > all, "{accepted} of {all}");
}
