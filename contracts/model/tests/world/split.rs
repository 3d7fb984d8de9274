//! How a price is split: who gets what, whoever asks in whichever order, and what happens where a payee cannot be paid.

use chorus_core::{
    error::Error,
    offer::{Status, Terms},
    types::{Address, Amount, MemberNumber, OfferId, Points},
};
use chorus_model::{Action, ESCROW, Pool, World};
use proptest::prelude::*;

use crate::steps::*;

fn balances(world: &World, people: u32) -> Vec<u128> {
    (1..=people).map(|who| world.balance(person(who)).0).collect()
}

/// Ten units in three shares of 2, 1 and 7, free of fee and tip.
fn ten() -> (World, OfferId) {
    let mut ten = pool_voting(|voting| voting.quorum_min = Points(1));
    (ten.offers.fee_bps, ten.offers.tip_bps) = (bps(0), bps(0));
    let mut world = world_of(&ten);
    for (index, weight) in (1..).zip([2, 1, 7]) {
        join(&mut world, person(index), weight, ALL);
    }
    wait(&mut world, 1);
    let id = offer(&mut world, Terms { price: Amount(10), ..terms() });
    passed(&mut world, id, &[person(3)]);
    seal(&mut world, id);
    ok(&mut world, CUSTODIAN, delivery(id));
    ok(&mut world, BUYER, Action::Accept { offer: id });
    (world, id)
}

/// Shows P05, P06, P07, F14.
#[test]
fn shares_follow_weights_and_add_up_to_everything() {
    let (mut world, id) = ten();
    ok(&mut world, person(1), claiming(id, person(1)));
    assert_eq!(balances(&world, 3), [2, 0, 0]);
    let error = refused(&mut world, person(1), claiming(id, person(1)));
    assert_eq!(error, Error::AlreadyPaid { number: MemberNumber(1) });
    ok(&mut world, person(3), claiming(id, person(3)));
    ok(&mut world, person(2), claiming(id, person(2)));
    assert_eq!(balances(&world, 3), [2, 1, 7]);
    // The treasury has the listing fee, and nothing is left of the price.
    assert_eq!((world.status(id), world.balance(ESCROW).0), (Some(Status::Paid), LISTING_FEE));
    assert_eq!((facts(&world, id).paid_sum.0, world.credit(TREASURY).0), (10, LISTING_FEE));
}

#[test]
fn p03_taking_what_is_not_due_is_an_error() {
    let mut world = world_with(&[60]);
    let error = refused(&mut world, person(1), withdrawing(person(1)));
    assert_eq!(error, Error::NothingDue { owner: person(1), currency: Address::ZERO });
    let id = settling(&mut world, terms());
    ok(&mut world, person(1), claiming(id, STRANGER));
    ok(&mut world, person(1), withdrawing(person(1)));
    refused(&mut world, person(1), withdrawing(person(1)));
}

/// Shows F15.
#[test]
fn p04_t31_only_members_of_the_sale_claim_and_only_their_own_share() {
    let mut world = world_with(&[60, 40]);
    let id = offer(&mut world, terms());
    let sale = sale_of(&world, id);
    join(&mut world, person(3), 500, ALL);
    ok(&mut world, person(2), Action::Leave { sale });
    passed(&mut world, id, &[person(1)]);
    seal(&mut world, id);
    ok(&mut world, CUSTODIAN, delivery(id));
    ok(&mut world, BUYER, Action::Accept { offer: id });
    // One has left, one joined later, one is nobody.
    for account in [person(2), person(3), STRANGER, KEEPER] {
        assert_eq!(refused(&mut world, account, claiming(id, account)), Error::NotInSale { sale, account });
    }
    // Only the member names another address; distributing pays their own.
    let mut by_keeper = world.clone();
    distribute(&mut by_keeper, STRANGER, id, 1, 3);
    let share = facts(&by_keeper, id).paid_sum.0;
    assert_eq!(by_keeper.balance(person(1)).0, share);
    ok(&mut world, person(1), claiming(id, KEEPER));
    assert_eq!((world.balance(KEEPER).0, world.balance(person(1)).0), (share, 0));
}

#[test]
fn p08_shares_of_two_sales_add_up_in_any_order() {
    let order = |first_both: bool| {
        let (mut world, first) = ten();
        if first_both {
            ok(&mut world, person(1), claiming(first, person(1)));
        }
        let second = offer(&mut world, Terms { price: Amount(10), salt: [4; 32], ..terms() });
        passed(&mut world, second, &[person(3)]);
        seal(&mut world, second);
        ok(&mut world, CUSTODIAN, delivery(second));
        ok(&mut world, BUYER, Action::Accept { offer: second });
        for id in [second, first] {
            distribute(&mut world, KEEPER, id, 1, 3);
        }
        balances(&world, 3)
    };
    assert_eq!((order(true), order(false)), (vec![4, 2, 14], vec![4, 2, 14]));
}

/// Shows P10, T27, I07.
#[test]
fn the_residue_of_an_indivisible_amount_goes_to_the_treasury() {
    let mut world = world_with(&[50, 50, 50]);
    // 100: fee 5, tips floor(1 / 3) = 0, net 95: 31 each, 2 left.
    let id = settling(&mut world, Terms { price: Amount(100), ..terms() });
    distribute(&mut world, KEEPER, id, 1, 2);
    assert_eq!(world.credit(TREASURY).0, LISTING_FEE);
    distribute(&mut world, KEEPER, id, 3, 1);
    assert_eq!(balances(&world, 3), [31, 31, 31]);
    assert_eq!(world.credit(TREASURY).0, LISTING_FEE + 5 + 2);
    assert_eq!((world.balance(ESCROW).0, world.credit(KEEPER).0), (LISTING_FEE + 7, 0));
}

/// Shows T16, T19, F05.
#[test]
fn a_price_of_one_or_nothing_settles_everybody_with_nothing() {
    for price in [0, 1, 2] {
        let mut world = world_with(&[50, 50, 50]);
        let id = settling(&mut world, Terms { price: Amount(price), ..terms() });
        assert_eq!(distribute(&mut world, KEEPER, id, 1, 3), 3);
        assert_eq!((world.status(id), balances(&world, 3)), (Some(Status::Paid), vec![0, 0, 0]));
        assert_eq!(world.credit(TREASURY).0, LISTING_FEE + price);
        assert_eq!(distribute_is_over(&mut world, id), Error::WrongStatus { current: 10, required: 9 });
    }
}

fn distribute_is_over(world: &mut World, id: OfferId) -> Error {
    refused(world, KEEPER, Action::Distribute { offer: id, from: 1.into(), count: 3 })
}

#[test]
fn t30_the_greatest_price_is_divided_exactly() {
    let mut world = world_with(&[1_000_000, 1, 999_999]);
    let price = u128::MAX - (1 << 101) - LISTING_FEE;
    world.fund(person(9), Amount(price + LISTING_FEE));
    let terms = Terms { buyer: person(9), price: Amount(price), ..terms() };
    let id = offer(&mut world, terms);
    passed(&mut world, id, &[person(1)]);
    seal(&mut world, id);
    ok(&mut world, CUSTODIAN, delivery(id));
    ok(&mut world, person(9), Action::Accept { offer: id });
    assert_eq!(distribute(&mut world, KEEPER, id, 1, 3), 3);
    assert_eq!(world.status(id), Some(Status::Paid));
}

/// Shows T20, P11.
#[test]
fn a_member_who_cannot_be_paid_is_credited_and_the_others_are_paid() {
    let weights: Vec<u32> = (1..=100).collect();
    let mut world = world_with(&weights);
    let id = offer(&mut world, terms());
    passed(&mut world, id, &[person(100), person(99), person(98), person(97), person(96), person(95)]);
    seal(&mut world, id);
    ok(&mut world, CUSTODIAN, delivery(id));
    ok(&mut world, BUYER, Action::Accept { offer: id });
    world.close(person(50));
    assert_eq!(distribute(&mut world, KEEPER, id, 1, 100), 100);
    assert_eq!(world.status(id), Some(Status::Paid));
    assert_eq!(balances(&world, 100).iter().filter(|balance| **balance == 0).count(), 1);
    let due = world.credit(person(50)).0;
    assert_eq!(due, facts(&world, id).settlement().unwrap().net.0 * 50 / 5_050);
    // They take it to an account that can be paid; a failure changes nothing.
    assert_eq!(refused(&mut world, person(50), withdrawing(person(50))), Error::PushFailed { to: person(50) });
    assert_eq!(refused(&mut world, person(50), withdrawing(ESCROW)), Error::PushFailed { to: ESCROW });
    ok(&mut world, person(50), withdrawing(STRANGER));
    assert_eq!(world.credit(person(50)).0, 0);
}

/// Shows P11, T31.
#[test]
fn a_claim_to_an_account_that_cannot_be_paid_becomes_the_members_credit() {
    let (mut world, id) = ten();
    for to in [ESCROW, Address::ZERO] {
        let mut world = world.clone();
        ok(&mut world, person(3), claiming(id, to));
        assert_eq!(
            (world.credit(person(3)).0, world.credit(to).0),
            (7, if to == Address::ZERO { LISTING_FEE } else { 0 })
        );
    }
    ok(&mut world, person(3), claiming(id, STRANGER));
}

#[test]
fn t22_i12_a_range_settled_before_or_of_nobody_changes_nothing() {
    let mut world = world_with(&[60, 40, 20]);
    let id = settling(&mut world, terms());
    let distribute_range = |from: u32, count| Action::Distribute { offer: id, from: from.into(), count };
    for count in [0, 513] {
        let error = refused(&mut world, KEEPER, distribute_range(1, count));
        assert_eq!(error, Error::RangeOutOfBounds { count, most: 512 });
    }
    assert_eq!(distribute(&mut world, KEEPER, id, 2, 1), 1);
    let (before, logged) = (world.fingerprint(), world.log().len());
    for (from, count) in [(2, 1), (0, 1), (4, 512), (u32::MAX, 512), (u32::MAX - 3, 2)] {
        assert_eq!(distribute(&mut world, STRANGER, id, from, count), 0);
    }
    assert!(world.fingerprint() == before && world.log().len() == logged);
    assert_eq!(distribute(&mut world, KEEPER, id, 0, 512), 2);
}

/// Shows F14.
#[test]
fn t32_a_tip_is_paid_once_for_each_member() {
    let mut world = world_with(&[60, 40, 20]);
    let id = settling(&mut world, terms());
    let tip = PRICE * 100 / 10_000 / 3;
    distribute(&mut world, KEEPER, id, 1, 1);
    distribute(&mut world, STRANGER, id, 1, 1);
    // A member who claims is their own keeper.
    ok(&mut world, person(2), claiming(id, person(2)));
    distribute(&mut world, STRANGER, id, 1, 3);
    let credits = [KEEPER, STRANGER, person(1), person(2), person(3)].map(|owner| world.credit(owner).0);
    assert_eq!(credits, [tip, tip, 0, tip, 0]);
}

#[test]
fn t25_i10_uninvited_money_belongs_to_nobody() {
    let mut world = world_with(&[60, 40]);
    let donate = |world: &mut World| ok(world, STRANGER, Action::Donate { currency: Address::ZERO, amount: Amount(1) });
    donate(&mut world);
    let id = offer(&mut world, terms());
    donate(&mut world);
    passed(&mut world, id, &[person(1)]);
    donate(&mut world);
    seal(&mut world, id);
    ok(&mut world, CUSTODIAN, delivery(id));
    donate(&mut world);
    ok(&mut world, BUYER, Action::Accept { offer: id });
    distribute(&mut world, KEEPER, id, 1, 1);
    donate(&mut world);
    distribute(&mut world, KEEPER, id, 2, 1);
    ok(&mut world, KEEPER, withdrawing(KEEPER));
    // Only the treasury's money and the five donations are left.
    assert_eq!(world.balance(ESCROW).0, world.credit(TREASURY).0 + 5);
}

#[test]
fn t16_credits_of_one_owner_add_up_and_are_taken_whole() {
    let mut world = world_with(&[60, 40]);
    for salt in 0..2 {
        let id = offer(&mut world, Terms { salt: [salt; 32], price: Amount(100), ..terms() });
        wait(&mut world, 10_000);
        ok(&mut world, KEEPER, Action::Refund { offer: id });
    }
    assert_eq!(world.credit(BUYER).0, 200);
    ok(&mut world, BUYER, withdrawing(KEEPER));
    assert_eq!((world.credit(BUYER).0, world.balance(KEEPER).0), (0, 200));
}

/// Shows T21, I11.
#[test]
fn twenty_thousand_members_are_settled_in_batches_and_by_claims() {
    const MEMBERS: u32 = 20_000;
    let mut world = world_of(&Pool { daily_weight_cap: Points(u64::MAX), ..pool() });
    for who in 1..=MEMBERS {
        join(&mut world, person(who), 1 + who * 7 % 1_000, ALL);
    }
    // All delegate to one voter, who can then pass the offer.
    for who in 1..=4_000 {
        world.apply(person(who), &Action::Delegate { to: person(1) }).unwrap();
    }
    world.apply(STRANGER, &Action::Wait { seconds: 1 }).unwrap();
    let run = |world: &mut World, caller, action| {
        if let Err(refused) = world.apply(caller, &action) {
            panic!("{action:?}: {refused:?}");
        }
    };
    run(&mut world, BUYER, offering(terms()));
    let id = world.offers()[0];
    let sale = sale_of(&world, id);
    run(&mut world, person(1), Action::Vote { id: id.into(), support: 1 });
    for who in (7..=MEMBERS).step_by(100) {
        run(&mut world, person(who), Action::Leave { sale });
    }
    run(&mut world, STRANGER, Action::Wait { seconds: VOTING_S + OPT_OUT_S + 1 });
    run(&mut world, KEEPER, Action::Seal { offer: id });
    run(&mut world, CUSTODIAN, delivery(id));
    run(&mut world, BUYER, Action::Accept { offer: id });
    run(&mut world, person(777), claiming(id, person(777)));
    world.close(person(MEMBERS));
    let mut from = 0;
    for (batch, count) in [512, 1, 13, 511, 100].into_iter().cycle().enumerate() {
        if from > MEMBERS {
            break;
        }
        run(&mut world, KEEPER, Action::Distribute { offer: id, from: from.into(), count });
        if batch == 5 {
            run(&mut world, person(19_999), claiming(id, STRANGER));
        }
        from += count;
    }
    assert_eq!(world.status(id), Some(Status::Paid));
    // After the last batch nobody has a second share, and those who could not be paid take theirs to where they can.
    let again = refused(&mut world, person(777), claiming(id, person(777)));
    assert_eq!(again, Error::WrongStatus { current: Status::Paid.code(), required: Status::Settling.code() });
    let (due, had) = (world.credit(person(MEMBERS)).0, world.balance(STRANGER).0);
    assert_ne!(due, 0);
    run(&mut world, person(MEMBERS), withdrawing(STRANGER));
    assert_eq!((world.credit(person(MEMBERS)).0, world.balance(STRANGER).0 - had), (0, due));
    check(&world);
    let (members, tip) = (facts(&world, id).members, facts(&world, id).settlement().unwrap().tip.0);
    assert_eq!(members, MEMBERS - 200);
    assert_eq!(world.credit(KEEPER).0, tip * u128::from(members - 2));
}

/// One way to settle a sale: calls in some order, by two keepers and the members themselves.
#[derive(Clone, Debug)]
enum Poke {
    Range { from: u32, count: u32, keeper: bool },
    Claim { who: u32 },
    Donate,
    Wait { seconds: u64 },
}

fn poke() -> impl Strategy<Value = Poke> {
    prop_oneof![
        3 => (0..8u32, 1..5u32, any::<bool>()).prop_map(|(from, count, keeper)| Poke::Range { from, count, keeper }),
        2 => (1..=6u32).prop_map(|who| Poke::Claim { who }),
        1 => Just(Poke::Donate),
        1 => (0..9u64).prop_map(|seconds| Poke::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]
    /// Shows T22, T19, I07.
    #[test]
    fn order_batches_and_callers_do_not_matter(
        weights in prop::collection::vec(1..1_000_000u32, 6),
        price in prop_oneof![0..1_000u128, 0..1u128 << 99],
        returned in prop_oneof![Just(None), (0..10_000u16).prop_map(Some)],
        closed in prop::collection::vec(1..=6u32, 0..3),
        pokes in prop::collection::vec(poke(), 0..12),
    ) {
        let mut world = world_with(&weights);
        let id = offer(&mut world, Terms { price: Amount(price), ..terms() });
        let everybody: Vec<_> = (1..=6).map(person).collect();
        passed(&mut world, id, &everybody);
        seal(&mut world, id);
        ok(&mut world, CUSTODIAN, delivery(id));
        match returned {
            None => ok(&mut world, BUYER, Action::Accept { offer: id }),
            Some(returned_bps) => {
                ok(&mut world, BUYER, Action::Dispute { offer: id });
                ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps })
            }
        };
        for who in closed {
            world.close(person(who));
        }
        let mut at_once = world.clone();
        distribute(&mut at_once, KEEPER, id, 1, 6);

        let mut poked = world;
        for poke in pokes {
            let (caller, action) = match poke {
                Poke::Range { from, count, keeper } => {
                    let caller = if keeper { KEEPER } else { STRANGER };
                    (caller, Action::Distribute { offer: id, from: from.into(), count })
                }
                Poke::Claim { who } => (person(who), claiming(id, person(who))),
                Poke::Donate => (STRANGER, Action::Donate { currency: Address::ZERO, amount: Amount(1) }),
                Poke::Wait { seconds } => (STRANGER, Action::Wait { seconds }),
            };
            // A member who is settled already is refused.
            let _ = poked.apply(caller, &action);
            check(&poked);
        }
        if poked.status(id) != Some(Status::Paid) {
            distribute(&mut poked, STRANGER, id, 0, 512);
        }
        prop_assert_eq!(poked.status(id), Some(Status::Paid));
        prop_assert_eq!(facts(&poked, id).paid_sum, facts(&at_once, id).paid_sum);
        prop_assert_eq!(poked.credit(TREASURY), at_once.credit(TREASURY));
        let tip = facts(&poked, id).settlement().unwrap().tip.0;
        let mut tips = poked.credit(KEEPER).0 + poked.credit(STRANGER).0;
        for (who, weight) in (1..).zip(&weights) {
            let [a, b] = [&poked, &at_once].map(|world| world.balance(person(who)).0);
            let credits = [&poked, &at_once].map(|world| world.credit(person(who)).0);
            // A member who claimed has earned their own tip.
            let own_tip = a + credits[0] - b - credits[1];
            prop_assert!(own_tip == 0 || own_tip == tip);
            tips += own_tip;
            let all: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
            let (net, weight) = (facts(&poked, id).settlement().unwrap().net.0, u128::from(*weight));
            let floor = net / all * weight + net % all * weight / all;
            prop_assert_eq!(b + credits[1], floor);
        }
        prop_assert_eq!(tips, 6 * tip);
    }
}
