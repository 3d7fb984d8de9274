//! Who is in which sale. `ok` compares W, M and each member's weight in every sale with the books.

use chorus_core::{
    attestations::MAX_OPEN_SALES,
    error::Error,
    offer::{Seal, Terms},
    types::{MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight},
};
use chorus_model::{Action, World};

use crate::steps::*;

/// The members and the weight of an offer's sale.
fn inside(world: &World, id: OfferId) -> (u32, u64) {
    let sale = world.sale(sale_of(world, id)).unwrap();
    (sale.members, sale.total_weight.0)
}

fn weight_in(world: &World, id: OfferId, who: u32) -> u32 {
    world.weight_in(sale_of(world, id), world.member(person(who)).number).map_or(0, |weight| weight.0)
}

#[test]
fn t46_withdrawal_and_offer_within_one_second_in_either_order() {
    let mut world = world_with(&[60, 40, 20]);
    ok(&mut world, person(1), Action::Withdraw);
    let id = offer(&mut world, terms());
    assert_eq!(inside(&world, id), (2, 60));
    // Whoever withdraws after the offer was in, and can still get out.
    assert_eq!(weight_in(&world, id, 2), 40);
    ok(&mut world, person(2), Action::Withdraw);
    assert_eq!((inside(&world, id), weight_in(&world, id, 2)), ((1, 20), 0));
}

#[test]
fn t17_t46_coming_and_going_within_a_second_any_number_of_times() {
    let mut world = world_with(&[60, 40]);
    for salt in 0..4 {
        let id = offer(&mut world, Terms { salt: [salt; 32], ..terms() });
        let weight = 10 + u32::from(salt);
        join(&mut world, person(1), weight, ALL);
        join(&mut world, person(1), weight + 50, ALL);
        check(&world);
        // The offer saw the weight before both.
        assert_eq!(weight_in(&world, id, 1), if salt == 0 { 60 } else { 59 + u32::from(salt) });
    }
}

#[test]
fn t17_i02_later_contributions_count_in_later_sales() {
    let mut world = world_with(&[60, 40]);
    ok(&mut world, person(2), Action::SetPurposes { purposes: 0b10 });
    let first = offer(&mut world, terms());
    assert_eq!(inside(&world, first), (1, 60));
    join(&mut world, person(1), 100, ALL);
    ok(&mut world, person(2), Action::SetPurposes { purposes: ALL });
    join(&mut world, person(3), 7, ALL);
    assert_eq!((inside(&world, first), weight_in(&world, first, 1)), ((1, 60), 60));
    assert_eq!((weight_in(&world, first, 2), weight_in(&world, first, 3)), (0, 0));
    let second = offer(&mut world, Terms { salt: [4; 32], ..terms() });
    assert_eq!(inside(&world, second), (3, 147));
    // Nobody can leave a sale that they are not in.
    let sale = sale_of(&world, first);
    let error = refused(&mut world, person(3), Action::Leave { sale });
    assert_eq!(error, Error::NotInSale { sale, account: person(3) });
    // Leaving now takes off the weight that the sale saw, not the one in the record.
    ok(&mut world, person(1), Action::Leave { sale });
    assert_eq!((inside(&world, first), inside(&world, second)), ((0, 0), (3, 147)));
}

/// Shows F13.
#[test]
fn t17_each_way_out_takes_weight_and_head_off_once() {
    let leave = |sale| Action::Leave { sale };
    let drop_it = |_| Action::SetPurposes { purposes: ALL & !1 };
    let withdraw = |_| Action::Withdraw;
    let ways: [fn(SaleNumber) -> Action; 3] = [leave, drop_it, withdraw];
    for way in ways {
        let mut world = world_with(&[60, 40]);
        let id = offer(&mut world, terms());
        let sale = sale_of(&world, id);
        ok(&mut world, person(1), way(sale));
        assert_eq!(inside(&world, id), (1, 40));
        let error = refused(&mut world, person(1), Action::Leave { sale });
        assert_eq!(error, Error::NotInSale { sale, account: person(1) });
        // Coming back and leaving again changes nothing, as the bit is set.
        join(&mut world, person(1), 70, ALL);
        assert_eq!(inside(&world, id), (1, 40));
        for second in ways {
            let mut world = world.clone();
            let _ = world.apply(person(1), &second(sale));
            check(&world);
            assert_eq!((inside(&world, id), weight_in(&world, id, 1)), ((1, 40), 0));
        }
        let later = offer(&mut world, Terms { salt: [4; 32], ..terms() });
        assert_eq!(inside(&world, later), (2, 110));
    }
}

#[test]
fn t17_replacing_with_fewer_purposes_leaves_their_open_sales() {
    let mut world = world_with(&[60, 40]);
    let [dropped, kept] = [0, 1].map(|purpose| offer(&mut world, Terms { purpose, ..terms() }));
    join(&mut world, person(1), 80, ALL & !1);
    check(&world);
    assert_eq!((inside(&world, dropped), inside(&world, kept)), ((1, 40), (2, 100)));
}

/// Shows F13.
#[test]
fn t17_nobody_gets_out_after_the_window() {
    let mut world = world_with(&[60, 40]);
    let id = offer(&mut world, terms());
    let (sale, opt_out_ends) = (sale_of(&world, id), facts(&world, id).opt_out_ends);
    wait_until(&mut world, opt_out_ends);
    // The last second is in the window.
    let mut in_time = world.clone();
    ok(&mut in_time, person(1), Action::Leave { sale });
    assert_eq!(inside(&in_time, id), (1, 40));
    wait(&mut world, 1);
    let error = refused(&mut world, person(1), Action::Leave { sale });
    assert_eq!(error, Error::OptOutWindowOver { sale, ended: opt_out_ends });
    ok(&mut world, person(1), Action::Withdraw);
    assert_eq!((inside(&world, id), weight_in(&world, id, 1)), ((2, 100), 60));
    let error = refused(&mut world, person(1), Action::Leave { sale: SaleNumber(2) });
    assert_eq!(error, Error::NoSuchSale { sale: SaleNumber(2) });
}

#[test]
fn t55_the_last_second_voids_a_sale_below_its_minimum_weight() {
    let mut world = world_with(&[900, 50, 50]);
    let id = offer(&mut world, Terms { min_weight: Points(200), min_members: 1, ..terms() });
    passed(&mut world, id, &[person(1)]);
    let (sale, opt_out_ends) = (sale_of(&world, id), facts(&world, id).opt_out_ends);
    wait_until(&mut world, opt_out_ends);
    ok(&mut world, person(1), Action::Leave { sale });
    assert_eq!(inside(&world, id), (2, 100));
    assert_eq!(seal(&mut world, id), Seal::MinimumMissed);
    ok(&mut world, KEEPER, Action::Refund { offer: id });
    assert_eq!(world.credit(BUYER).0, PRICE);
}

#[test]
fn t55_minimums_that_are_met_exactly_are_met() {
    for (min_members, min_weight, expected) in
        [(2, 100, Seal::Sealed), (2, 101, Seal::MinimumMissed), (3, 100, Seal::MinimumMissed)]
    {
        let mut world = world_with(&[900, 50, 50]);
        let id = offer(&mut world, Terms { min_weight: Points(min_weight), min_members, ..terms() });
        passed(&mut world, id, &[person(1)]);
        let (sale, opt_out_ends) = (sale_of(&world, id), facts(&world, id).opt_out_ends);
        ok(&mut world, person(1), Action::Leave { sale });
        wait_until(&mut world, opt_out_ends);
        wait(&mut world, 1);
        assert_eq!((inside(&world, id), seal(&mut world, id)), ((2, 100), expected));
    }
}

/// Shows T17, I02.
#[test]
fn every_sale_knows_its_weights_when_past_records_fill_three_pages() {
    let mut world = world_with(&[5, 7]);
    // 41 past records fill a page.
    for round in 1..=90u32 {
        let salt = [round as u8; 32];
        offer(&mut world, Terms { salt, purpose: (round % 2) as u8, ..terms() });
        match round % 4 {
            0 => {
                ok(&mut world, person(1), Action::Withdraw);
            }
            1 => {
                ok(&mut world, person(1), Action::SetPurposes { purposes: ALL & !(1 << (round % 3)) });
            }
            _ => {
                join(&mut world, person(1), 1 + round, ALL);
            }
        }
        if round % 4 == 0 {
            // They rejoin before or after the next sale, so some sales see only person 2.
            if round % 8 == 0 {
                join(&mut world, person(1), 1_000 + round, ALL);
            } else {
                wait(&mut world, 200);
                offer(&mut world, Terms { salt: [round as u8 | 0x80; 32], ..terms() });
                join(&mut world, person(1), 1_000 + round, ALL);
            }
        }
        wait(&mut world, 151);
    }
    assert!(world.record(MemberNumber(1)).archived > 82, "{:?}", world.record(MemberNumber(1)));
}

/// Shows I02.
#[test]
fn an_unchanged_member_has_no_past_records_after_any_number_of_sales() {
    let mut world = world_with(&[5, 7]);
    for salt in 0..20 {
        offer(&mut world, Terms { salt: [salt; 32], ..terms() });
        wait(&mut world, 151);
    }
    assert_eq!(world.record(MemberNumber(1)).archived, 0);
    // Changes without a sale between them keep a single record.
    for weight in 10..20 {
        join(&mut world, person(1), weight, ALL);
    }
    check(&world);
    assert_eq!((world.record(MemberNumber(1)).archived, world.record(MemberNumber(1)).weight), (1, Weight(19)));
}

#[test]
fn t53_i18_eight_sales_are_open_at_most_and_end_by_themselves() {
    let mut world = world_with(&[60, 40]);
    for salt in 0..MAX_OPEN_SALES {
        offer(&mut world, Terms { salt: [salt; 32], ..terms() });
        wait(&mut world, 1);
    }
    // Each of them cost its deposit and listing fee.
    assert_eq!(world.balance(chorus_model::ESCROW).0, 8 * (PRICE + LISTING_FEE));
    let ninth = Terms { salt: [99; 32], ..terms() };
    let error = refused(&mut world, BUYER, offering(ninth));
    assert_eq!(error, Error::TooManyOpenSales { limit: 8 });
    let first = world.sale(SaleNumber(1)).unwrap().window_ends;
    wait_until(&mut world, first);
    refused(&mut world, BUYER, offering(ninth));
    wait_until(&mut world, Timestamp(first.0 + 1));
    offer(&mut world, ninth);
    // A withdrawal leaves all eight that are open.
    ok(&mut world, person(1), Action::Withdraw);
    for sale in 2..=9 {
        assert_eq!(world.sale(SaleNumber(sale)).unwrap().members, 1);
    }
    assert_eq!(world.sale(SaleNumber(1)).unwrap().members, 2);
}
