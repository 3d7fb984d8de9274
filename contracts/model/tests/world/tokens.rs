//! Payments in tokens that keep their promises, and in tokens that do not.

use chorus_core::{
    abi::Word as _,
    error::Error,
    offer::{Status, Terms},
    types::{Address, Amount, MemberNumber, Timestamp},
};
use chorus_model::{Action, ESCROW, Token, World};

use crate::steps::*;

const EURO: Address = Address([0x61; 20]);

fn distributing(offer: chorus_core::types::OfferId, from: u32, count: u32) -> Action {
    Action::Distribute { offer, from: MemberNumber(from), count }
}

fn taking(currency: Address, to: Address) -> Action {
    Action::WithdrawCredit { currency, to }
}

#[test]
fn p09_the_ledgers_of_two_currencies_are_independent() {
    let mut world = dollar_world(&[60, 40]);
    let dollars = settling(&mut world, in_dollars());
    let native = settling(&mut world, Terms { price: Amount(1_000), ..terms() });
    distribute(&mut world, KEEPER, dollars, 1, 2);
    let net = facts(&world, dollars).settlement().unwrap().net.0;
    assert_eq!([1, 2].map(|who| world.balance_in(DOLLAR, person(who)).0), [net * 60 / 100, net * 40 / 100]);
    assert_eq!([1, 2].map(|who| world.balance(person(who)).0), [0, 0]);
    assert_eq!(world.credit(KEEPER).0, 0);
    distribute(&mut world, KEEPER, native, 1, 2);
    assert_ne!(world.credit(KEEPER), world.credit_in(DOLLAR, KEEPER));

    let tips = world.credit_in(DOLLAR, KEEPER).0;
    ok(&mut world, KEEPER, taking(DOLLAR, STRANGER));
    assert_eq!(world.credit_in(DOLLAR, KEEPER).0, 0);
    assert_ne!(world.credit(KEEPER).0, 0);
    assert_eq!(world.balance_in(DOLLAR, STRANGER).0, (1 << 100) - BASE + tips);
    // Each currency has a treasury. Of dollars only the treasury's and the base amount are left.
    let treasury = world.credit_in(DOLLAR, TREASURY).0;
    assert_eq!(world.balance_in(DOLLAR, ESCROW).0, treasury + BASE);
    enact(&mut world, &[spending(DOLLAR, treasury, STRANGER)]);
    ok(&mut world, STRANGER, taking(DOLLAR, STRANGER));
    assert_eq!(world.balance_in(DOLLAR, ESCROW).0, BASE);
    assert_ne!(world.credit(TREASURY).0, 0);
}

#[test]
fn t29_native_money_with_an_offer_in_a_token_is_refused() {
    let mut world = dollar_world(&[60]);
    approve(&mut world, in_dollars());
    for value in [1, PRICE + LISTING_FEE].map(Amount) {
        let action = Action::Offer { terms: in_dollars(), sent: value };
        assert_eq!(refused(&mut world, BUYER, action), Error::ValueOnTokenPath { value });
    }
    ok(&mut world, BUYER, offering_tokens(in_dollars()));
}

#[test]
fn t28_a_deposit_that_does_not_arrive_exactly_is_refused() {
    let required = Amount(PRICE + LISTING_FEE);
    for (kind, expected) in [
        (Token::Short, Error::WrongDeposit { sent: Amount(required.0 - 1), required }),
        (Token::False, Error::TransferRefused { currency: DOLLAR }),
        (Token::Reverting, Error::TransferRefused { currency: DOLLAR }),
        (Token::Burning, Error::TransferRefused { currency: DOLLAR }),
    ] {
        let mut world = dollar_world(&[60]);
        approve(&mut world, in_dollars());
        world.set_token(DOLLAR, kind);
        assert_eq!(refused(&mut world, BUYER, offering_tokens(in_dollars())), expected);
    }
    // Many tokens answer with nothing, so what arrives counts.
    let mut world = dollar_world(&[60]);
    world.set_token(DOLLAR, Token::Silent);
    offer(&mut world, in_dollars());
}

#[test]
fn t28_an_allowance_or_balance_that_is_too_small_is_refused() {
    let mut world = dollar_world(&[60]);
    let refusal = Error::TransferRefused { currency: DOLLAR };
    assert_eq!(refused(&mut world, BUYER, offering_tokens(in_dollars())), refusal);
    ok(&mut world, BUYER, Action::Approve { currency: DOLLAR, amount: Amount(PRICE + LISTING_FEE - 1) });
    assert_eq!(refused(&mut world, BUYER, offering_tokens(in_dollars())), refusal);
    // The keeper has none.
    let terms = Terms { buyer: KEEPER, ..in_dollars() };
    approve(&mut world, terms);
    assert_eq!(refused(&mut world, KEEPER, offering_tokens(terms)), refusal);
    offer(&mut world, in_dollars());
}

#[test]
fn g05_tokens_that_are_not_currencies_of_the_pool_are_refused() {
    let mut world = dollar_world(&[60]);
    world.set_token(EURO, Token::Honest);
    let terms = Terms { currency: EURO, ..terms() };
    approve(&mut world, terms);
    assert_eq!(refused(&mut world, BUYER, offering_tokens(terms)), Error::CurrencyNotAllowed { currency: EURO });
    let permit = world.permit(EURO, BUYER, Amount(PRICE + LISTING_FEE), Timestamp(world.now().0 + 9));
    let action = Action::OfferWithPermit { terms, permit };
    assert_eq!(refused(&mut world, BUYER, action), Error::CurrencyNotAllowed { currency: EURO });
}

#[test]
fn an_offer_is_paid_for_by_a_permit_even_if_somebody_used_it_before() {
    let world = dollar_world(&[60]);
    let amount = Amount(PRICE + LISTING_FEE);
    let now = world.now().0;
    let permit = world.permit(DOLLAR, BUYER, amount, Timestamp(now));
    let action = Action::OfferWithPermit { terms: in_dollars(), permit };
    ok(&mut world.clone(), BUYER, action.clone());

    // It changes nothing that somebody else handed in the permit first: the allowance is there.
    let mut used = world.clone();
    ok(&mut used, BUYER, Action::Approve { currency: DOLLAR, amount });
    ok(&mut used, BUYER, action);

    let mut world = world;
    let refusal = Error::TransferRefused { currency: DOLLAR };
    for permit in [
        world.permit(DOLLAR, BUYER, Amount(amount.0 - 1), Timestamp(now)),
        world.permit(DOLLAR, BUYER, amount, Timestamp(now - 1)),
        world.permit(DOLLAR, STRANGER, amount, Timestamp(now)),
        world.permit(EURO, BUYER, amount, Timestamp(now)),
    ] {
        assert_eq!(refused(&mut world, BUYER, Action::OfferWithPermit { terms: in_dollars(), permit }), refusal);
    }
    // Native money has no permits.
    let action = Action::OfferWithPermit { terms: terms(), permit };
    assert_eq!(refused(&mut world, BUYER, action), Error::CurrencyNotAllowed { currency: Address::ZERO });
}

/// A sale in dollars that is to be settled, whose token then changes.
fn settling_with(weights: &[u32], kind: Token) -> (World, chorus_core::types::OfferId) {
    let mut world = dollar_world(weights);
    let id = settling(&mut world, in_dollars());
    world.set_token(DOLLAR, kind);
    (world, id)
}

/// Shows T28, T20, T24.
#[test]
fn a_token_that_refuses_or_burns_leaves_credits_and_holds_nobody_up() {
    for kind in [Token::False, Token::Reverting, Token::Burning] {
        let (mut world, id) = settling_with(&[60, 40, 20], kind);
        assert_eq!(distribute(&mut world, KEEPER, id, 1, 3), 3);
        assert_eq!(world.status(id), Some(Status::Paid));
        let net = facts(&world, id).settlement().unwrap().net.0;
        let due = [(1, 60), (2, 40), (3, 20)]
            .map(|(who, weight)| (world.credit_in(DOLLAR, person(who)).0, net * weight / 120));
        assert!(due.iter().all(|(found, share)| found == share));
        // Nobody loses a credit to a token that fails; it is paid when the token works again.
        assert_eq!(refused(&mut world, person(1), taking(DOLLAR, person(1))), Error::PushFailed { to: person(1) });
        world.set_token(DOLLAR, Token::Silent);
        ok(&mut world, person(1), taking(DOLLAR, person(1)));
        assert_eq!(world.balance_in(DOLLAR, person(1)).0, due[0].0);
    }
}

/// Shows T20.
#[test]
fn a_member_frozen_by_the_token_is_credited_and_the_others_are_paid() {
    let (mut world, id) = settling_with(&[60, 40, 20], Token::Honest);
    world.freeze(DOLLAR, person(2));
    assert_eq!(distribute(&mut world, KEEPER, id, 1, 3), 3);
    let paid = [1, 2, 3].map(|who| world.balance_in(DOLLAR, person(who)).0 != 0);
    assert_eq!((paid, world.credit_in(DOLLAR, person(2)).0 != 0), ([true, false, true], true));
    // `escrow` pays no token to the zero address or to itself.
    for to in [Address::ZERO, ESCROW] {
        assert_eq!(refused(&mut world, person(2), taking(DOLLAR, to)), Error::PushFailed { to });
    }
    ok(&mut world, person(2), taking(DOLLAR, person(1)));
}

/// Shows T28.
#[test]
fn a_token_that_delivers_less_to_members_takes_nothing_from_others() {
    let (mut world, id) = settling_with(&[60, 40, 20], Token::Short);
    distribute(&mut world, KEEPER, id, 1, 3);
    // The receiver gets less, while `escrow` has what it owes, as `ok` has checked.
    let net = facts(&world, id).settlement().unwrap().net.0;
    assert_eq!(world.balance_in(DOLLAR, person(1)).0, net * 60 / 120 - 1);
}

/// Shows T52.
#[test]
fn a_keeper_who_starves_pushes_gets_no_tip_and_delays_nobody() {
    for kind in [Token::Honest, Token::Burning] {
        let (mut world, id) = settling_with(&[60, 40, 20, 10], kind);
        // The weight is enough for two pushes: the third fails, and the whole call with it.
        for pushes in 0..4 {
            world.limit_weight(pushes);
            assert_eq!(refused(&mut world, STRANGER, distributing(id, 1, 4)), Error::NotEnoughWeight);
        }
        assert_eq!(world.credit_in(DOLLAR, STRANGER).0, 0);
        if kind == Token::Honest {
            // A smaller call pays as many as the weight is enough for.
            world.limit_weight(2);
            assert_eq!(distribute(&mut world, KEEPER, id, 1, 2), 2);
            assert_eq!(world.credit_in(DOLLAR, person(1)).0, 0);
        }
        world.limit_weight(u32::MAX);
        distribute(&mut world, KEEPER, id, 1, 4);
        assert_eq!(world.status(id), Some(Status::Paid));
    }
}

#[test]
fn t52_native_pushes_cannot_be_starved() {
    let mut world = world_with(&[60, 40]);
    let id = settling(&mut world, terms());
    world.limit_weight(0);
    world.close(person(1));
    assert_eq!(distribute(&mut world, KEEPER, id, 1, 2), 2);
    assert_ne!(world.balance(person(2)).0, 0);
}

/// Shows T26.
#[test]
fn a_currency_is_allowed_with_a_base_amount_that_is_held_and_stays() {
    let mut world = world_with(&[60, 40]);
    world.fund_in(DOLLAR, BUYER, Amount(1 << 100));
    world.fund_in(DOLLAR, STRANGER, Amount(1 << 100));
    let refusal = |world: &mut World, why: &str, expected: Error| {
        let calls = [allowing(DOLLAR, BASE)];
        let id = propose(world, person(1), &calls, why);
        queued(world, id, &[person(1)]);
        assert_eq!(refused(world, KEEPER, executing(&calls, why)), expected);
    };
    refusal(&mut world, "no token", Error::TransferRefused { currency: DOLLAR });
    world.set_token(DOLLAR, Token::Honest);
    let held = Amount(BASE - 1);
    ok(&mut world, STRANGER, Action::Donate { currency: DOLLAR, amount: held });
    let base_amount = Amount(BASE);
    refusal(&mut world, "too little", Error::BaseAmountMissing { currency: DOLLAR, held, base_amount });
    ok(&mut world, STRANGER, Action::Donate { currency: DOLLAR, amount: Amount(1) });
    enact(&mut world, &[allowing(DOLLAR, BASE)]);

    // Everything is paid out, and the base amount is still there.
    let id = settling(&mut world, in_dollars());
    // While it is disallowed, the sale goes on; when it is allowed again, the base amount is as before.
    enact(&mut world, &[(ESCROW, setting("disallowCurrency", &["address"], &[DOLLAR.word()]))]);
    approve(&mut world, in_dollars());
    let again = offering_tokens(Terms { salt: [4; 32], ..in_dollars() });
    assert_eq!(refused(&mut world, BUYER, again), Error::CurrencyNotAllowed { currency: DOLLAR });
    distribute(&mut world, KEEPER, id, 1, 2);
    ok(&mut world, KEEPER, taking(DOLLAR, KEEPER));
    let treasury = world.credit_in(DOLLAR, TREASURY).0;
    enact(&mut world, &[spending(DOLLAR, treasury, STRANGER), allowing(DOLLAR, BASE)]);
    ok(&mut world, STRANGER, taking(DOLLAR, STRANGER));
    assert_eq!(world.balance_in(DOLLAR, ESCROW).0, BASE);

    let calls = [allowing(DOLLAR, BASE - 1)];
    let id = propose(&mut world, person(1), &calls, "less");
    queued(&mut world, id, &[person(1)]);
    let error = refused(&mut world, KEEPER, executing(&calls, "less"));
    assert_eq!(error, Error::BaseAmountDiffers { currency: DOLLAR, base_amount });
}

#[test]
fn t25_uninvited_tokens_belong_to_nobody() {
    let mut world = dollar_world(&[60, 40]);
    let id = offer(&mut world, in_dollars());
    ok(&mut world, STRANGER, Action::Donate { currency: DOLLAR, amount: Amount(5) });
    wait(&mut world, 10_000);
    ok(&mut world, KEEPER, Action::Refund { offer: id });
    ok(&mut world, BUYER, taking(DOLLAR, BUYER));
    assert_eq!(world.balance_in(DOLLAR, ESCROW).0, LISTING_FEE + BASE + 5);
    // Nothing is due in a token that is not a currency.
    world.set_token(EURO, Token::Honest);
    world.fund_in(EURO, STRANGER, Amount(9));
    ok(&mut world, STRANGER, Action::Donate { currency: EURO, amount: Amount(9) });
    let error = refused(&mut world, STRANGER, taking(EURO, STRANGER));
    assert_eq!(error, Error::NothingDue { owner: STRANGER, currency: EURO });
}

#[test]
fn p05_a_dispute_in_tokens_is_divided_in_tokens() {
    let mut world = dollar_world(&[60, 40]);
    let id = delivered(&mut world, in_dollars());
    ok(&mut world, BUYER, Action::Dispute { offer: id });
    ok(&mut world, ARBITER, Action::Rule { offer: id, returned_bps: 2_500 });
    assert_eq!((world.credit_in(DOLLAR, BUYER).0, world.credit(BUYER).0), (PRICE / 4, 0));
    distribute(&mut world, KEEPER, id, 1, 2);
    assert_eq!(world.status(id), Some(Status::Paid));
}
