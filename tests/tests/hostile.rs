//! A member that is a contract, and a token, misbehave as soon as money moves. The others do not notice.

use std::fmt::Debug;

use chorus_bindings::{
    Address, B256, Bytes, Contract, SolCall, U256, attestations,
    escrow::{self, EscrowErrors as Error},
};
use chorus_tests::{
    bytecode::{BUYER, CUSTODIAN, Callee, Cost, KEEPER, Pool, Refusal, STRANGER, UNIT, deliver_call, member, settings},
    hostile::{self, Mode},
};

/// A sale of three members and, as the fourth, a contract that behaves in this way. The buyer has accepted it.
fn sale_with(mode: Mode) -> (Pool, Address, B256) {
    let mut pool = Pool::new(&settings());
    pool.join(&[100, 200, 300]);
    let bad = pool.deploy(0, hostile::CODE, &[]).ok();
    let attest = pool.attested(&pool.attestation(bad, 400), 1);
    let to = pool.address(Contract::Attestations);
    pool.call(STRANGER, bad, &hostile::actCall { target: to, data: attest.abi_encode().into() }).ok();
    pool.now += 1;
    let offer = pool.offer(10 * UNIT);
    pool.vote(member(3), offer, 1).ok();
    pool.now += 151;
    pool.call(STRANGER, Contract::Escrow, &escrow::sealCall { offer }).ok();
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    pool.call(STRANGER, bad, &mode.call()).ok();
    // When told to, it calls back with its own claim once more.
    let again = escrow::claimCall { offer, to: bad };
    pool.call(STRANGER, bad, &hostile::reentry(pool.address(Contract::Escrow), &again)).ok();
    (pool, bad, offer)
}

/// Shows T20, T23, T24.
#[test]
fn a_contract_that_misbehaves_when_paid_is_credited_on_bytecode() {
    let mut time = Vec::new();
    for mode in [Mode::Honest, Mode::Revert, Mode::Burn, Mode::Write, Mode::Reenter] {
        let (mut pool, bad, offer) = sale_with(mode);
        let before = [1, 2, 3].map(|number| pool.balance(member(number)));
        let receipt = pool.call(KEEPER, Contract::Escrow, &escrow::distributeCall { offer, from: 1, count: 4 });
        time.push(receipt.cost.ref_time_ps);
        assert_eq!(receipt.ok(), 4, "{mode:?}");
        let net = pool.view(Contract::Escrow, &escrow::settlementCall { offer }).net;
        let shares = [1, 2, 3].map(|number| pool.balance(member(number)) - before[number as usize - 1]);
        assert_eq!(shares, [1, 2, 3].map(|tenths| net * tenths / 10), "{mode:?}");
        let credit = escrow::creditOfCall { currency: Address::ZERO, owner: bad };
        assert_eq!(pool.view(Contract::Escrow, &credit), net * 4 / 10, "{mode:?}");
        assert_eq!(pool.balance(bad), 0, "its code never ran");

        // It takes its credit to an account. It cannot take it to itself, because it is a contract.
        let to = pool.address(Contract::Escrow);
        let take = |to| escrow::withdrawCreditCall { currency: Address::ZERO, to }.abi_encode();
        let act = |pool: &mut Pool, data: Vec<u8>| {
            pool.call(STRANGER, bad, &hostile::actCall { target: to, data: data.into() }).result.is_ok()
        };
        act(&mut pool, take(bad));
        assert_eq!(pool.view(Contract::Escrow, &credit), net * 4 / 10, "{mode:?}");
        let had = pool.balance(member(1));
        assert!(act(&mut pool, take(member(1))), "{mode:?}");
        assert_eq!((pool.view(Contract::Escrow, &credit), pool.balance(member(1)) - had), (0, net * 4 / 10));
        // Claiming again gives nothing more.
        act(&mut pool, escrow::claimCall { offer, to: member(1) }.abi_encode());
        assert_eq!(pool.balance(member(1)) - had, net * 4 / 10, "{mode:?}");
        let still_in = attestations::saleTotalsCall { sale: 1 };
        assert_eq!(pool.view(Contract::Attestations, &still_in).members, 4);
    }
    assert!(time.windows(2).all(|pair| pair[0] == pair[1]), "what it does costs the keeper nothing: {time:?}");
}

/// What the pool holds of a token and never pays out.
const BASE: u128 = 1_000;
const PRICE: u128 = 10_000_000;
/// The time that `escrow` gives to a payment in a token.
const PAYMENT_PS: u64 = 3_000_000_000;
/// What `escrow` says about a failed payment if too little weight for another one was left.
const NOT_ENOUGH_WEIGHT: Refusal = Refusal::Error(Error::NotEnoughWeight(escrow::NotEnoughWeight));

/// A pool of three whose DAO allows a token that is still honest. The buyer and the stranger have plenty of it.
fn pool_with_token() -> (Pool, Address) {
    let mut pool = Pool::new(&settings());
    pool.join(&[100, 200, 300]);
    let token = pool.deploy(0, hostile::CODE, &[]).ok();
    for (to, value) in [(pool.address(Contract::Escrow), BASE), (BUYER, 1 << 100)] {
        pool.call(STRANGER, token, &hostile::mintCall { to, value: U256::from(value) }).ok();
    }
    let allow = [("currency", token.to_string()), ("base_amount", BASE.to_string())];
    pool.decide(Contract::Escrow, "allowCurrency", &allow);
    pool.now += 1;
    (pool, token)
}

fn terms_in(pool: &Pool, token: Address) -> escrow::offerCall {
    escrow::offerCall { currency: token, ..pool.terms(PRICE) }
}

fn holds(pool: &Pool, token: Address, account: Address) -> u128 {
    pool.view(token, &hostile::balanceOfCall { account }).to()
}

fn due(pool: &Pool, token: Address, owner: Address) -> u128 {
    pool.view(Contract::Escrow, &escrow::creditOfCall { currency: token, owner })
}

/// A sale in a token that its buyer has accepted. From now on the token behaves in this way.
fn settling_in(mode: Mode) -> (Pool, Address, B256) {
    let (mut pool, token) = pool_with_token();
    let terms = terms_in(&pool, token);
    let offer = pool.call(BUYER, Contract::Escrow, &terms).ok();
    pool.deliver(offer);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    // When told to, it calls back with everything of the sale once more.
    let again = escrow::distributeCall { offer, from: 1, count: 3 };
    pool.call(STRANGER, token, &hostile::reentry(pool.address(Contract::Escrow), &again)).ok();
    pool.call(STRANGER, token, &mode.call()).ok();
    (pool, token, offer)
}

fn distribute_all(offer: B256) -> escrow::distributeCall {
    escrow::distributeCall { offer, from: 1, count: 3 }
}

/// Shows T28, T29.
#[test]
fn a_deposit_that_does_not_arrive_exactly_is_refused_on_bytecode() {
    let (mut pool, token) = pool_with_token();
    let (terms, escrow) = (terms_in(&pool, token), pool.address(Contract::Escrow));
    let required = PRICE + pool.listing_fee();
    let not_moved = Error::TransferRefused(escrow::TransferRefused { currency: token });
    let short = Error::WrongDeposit(escrow::WrongDeposit { sent: required - 1, required });
    for (mode, expected) in [(Mode::DeliverLess, &short), (Mode::ReturnFalse, &not_moved), (Mode::Revert, &not_moved)] {
        pool.call(STRANGER, token, &mode.call()).ok();
        assert_eq!(&pool.call(BUYER, Contract::Escrow, &terms).refused(), expected, "{mode:?}");
        assert_eq!(holds(&pool, token, escrow), BASE, "{mode:?}: a refused call moved nothing");
    }
    let with_native = pool.pay(BUYER, Contract::Escrow, UNIT, &terms).refused();
    assert_eq!(with_native, Error::ValueOnTokenPath(escrow::ValueOnTokenPath { value: UNIT }));
    // A buyer who has less than it costs.
    pool.call(STRANGER, token, &Mode::Honest.call()).ok();
    assert_eq!(pool.call(STRANGER, Contract::Escrow, &terms).refused(), not_moved);
    // Many tokens answer with nothing. What counts is what arrives.
    pool.call(STRANGER, token, &Mode::ReturnNothing.call()).ok();
    pool.call(BUYER, Contract::Escrow, &terms).ok();
    assert_eq!(holds(&pool, token, escrow), BASE + required);
}

/// Shows T20, T23, T24, T28.
#[test]
fn a_misbehaving_token_costs_no_member_and_little_time_on_bytecode() {
    let cost = |mode| {
        let (mut pool, _, offer) = settling_in(mode);
        pool.call(KEEPER, Contract::Escrow, &distribute_all(offer)).cost
    };
    let honest = cost(Mode::Honest);
    for (mode, paid, short) in [
        (Mode::Honest, true, 0),
        // More cells than the deposit of a payment can pay for.
        (Mode::Write, false, 0),
        (Mode::Reenter, true, 0),
        (Mode::ReturnNothing, true, 0),
        (Mode::DeliverLess, true, 1),
        (Mode::ReturnFalse, false, 0),
        (Mode::Revert, false, 0),
        (Mode::Burn, false, 0),
    ] {
        let (mut pool, token, offer) = settling_in(mode);
        let escrow = pool.address(Contract::Escrow);
        let held = holds(&pool, token, escrow);
        let receipt = pool.call(KEEPER, Contract::Escrow, &distribute_all(offer));
        // As much as `escrow` gives to three payments, and the fixed part.
        assert!(receipt.cost.ref_time_ps < honest.ref_time_ps + 3 * PAYMENT_PS, "{mode:?}: {:?}", receipt.cost);
        assert!(receipt.cost.proof_bytes < honest.proof_bytes + 3 * 200_000, "{mode:?}: {:?}", receipt.cost);
        assert_eq!(receipt.ok(), 3, "{mode:?}: all are settled");
        assert_eq!(pool.view(token, &hostile::reentriesCall {}), 0, "{mode:?}: nobody is let back in");

        let net = pool.view(Contract::Escrow, &escrow::settlementCall { offer }).net;
        let shares = [1, 2, 3].map(|part| net * part / 6);
        let (got, credited) = match paid {
            true => (shares.map(|share| share - short), [0; 3]),
            false => ([0; 3], shares),
        };
        assert_eq!([1, 2, 3].map(|number| holds(&pool, token, member(number))), got, "{mode:?}");
        assert_eq!([1, 2, 3].map(|number| due(&pool, token, member(number))), credited, "{mode:?}");
        let left = held - if paid { shares.iter().sum() } else { 0 };
        assert_eq!(holds(&pool, token, escrow), left, "{mode:?}: what it owes is still there");

        // Nobody is settled twice, and whoever was credited is paid as soon as the token works again.
        pool.call(KEEPER, Contract::Escrow, &distribute_all(offer)).refused();
        pool.call(STRANGER, token, &Mode::Honest.call()).ok();
        for number in if paid { 0..0 } else { 1..4 } {
            let to = member(number);
            pool.call(to, Contract::Escrow, &escrow::withdrawCreditCall { currency: token, to }).ok();
            assert_eq!((holds(&pool, token, to), due(&pool, token, to)), (shares[number as usize - 1], 0), "{mode:?}");
        }
    }
}

/// What a call would come to, without making it: its answer and its events.
fn outcome<C: SolCall<Return: Debug>>(pool: &Pool, from: Address, to: impl Callee, call: &C) -> String {
    let receipt = pool.try_call(from, to, call);
    format!("{:?} {:?}", receipt.result, receipt.events)
}

/// Shows T23.
#[test]
fn a_token_that_calls_back_is_let_into_no_message_of_escrow_on_bytecode() {
    let (mut pool, token) = pool_with_token();
    let escrow = pool.address(Contract::Escrow);
    // The token is a member, so it is in the sales.
    let attest = pool.attested(&pool.attestation(token, 400), 1);
    pool.call(STRANGER, token, &hostile::act(pool.address(Contract::Attestations), &attest)).ok();
    pool.now += 1;
    let [settling, unsealed, defeated] = [1, 2, 3].map(|salt| {
        let terms = escrow::offerCall { salt: B256::with_last_byte(salt), ..terms_in(&pool, token) };
        pool.call(BUYER, Contract::Escrow, &terms).ok()
    });
    pool.vote(member(1), unsealed, 1).ok();
    pool.deliver(settling);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer: settling }).ok();
    pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer: defeated }).ok();
    // It and the keeper have earned a tip each. Two of four are still to be paid, and the token is one of them.
    let distribute = |from, count| escrow::distributeCall { offer: settling, from, count };
    pool.call(STRANGER, token, &hostile::act(escrow, &distribute(2, 1))).ok();
    pool.call(KEEPER, Contract::Escrow, &distribute(3, 1)).ok();

    let to = STRANGER;
    let take = escrow::withdrawCreditCall { currency: token, to };
    let claim = escrow::claimCall { offer: settling, to };
    let offer = terms_in(&pool, token);
    let another = pool.deploy(0, &hostile::caller_of(escrow, &offer), &[]).ok();
    pool.call(STRANGER, token, &hostile::mintCall { to: another, value: U256::from(1u128 << 100) }).ok();
    let payments = |pool: &Pool| {
        [
            outcome(pool, BUYER, Contract::Escrow, &offer),
            outcome(pool, KEEPER, Contract::Escrow, &distribute(1, 4)),
            outcome(pool, member(1), Contract::Escrow, &claim),
            outcome(pool, KEEPER, Contract::Escrow, &take),
        ]
    };
    let honest = payments(&pool);
    for back in [
        hostile::act(escrow, &escrow::sealCall { offer: unsealed }),
        hostile::act(escrow, &escrow::refundCall { offer: defeated }),
        hostile::act(escrow, &distribute(1, 4)),
        hostile::act(escrow, &claim),
        hostile::act(escrow, &take),
        hostile::actCall { target: another, data: Bytes::new() },
    ] {
        pool.call(STRANGER, token, &Mode::Honest.call()).ok();
        pool.try_call(STRANGER, token, &back).ok();
        pool.call(STRANGER, token, &hostile::setReentryCall { act: back.abi_encode().into() }).ok();
        pool.call(STRANGER, token, &Mode::Reenter.call()).ok();
        assert_eq!(payments(&pool), honest, "{back:?}");
    }
}

/// Shows T52.
#[test]
fn a_keeper_who_starves_pushes_gets_no_tip_and_delays_nobody_on_bytecode() {
    let (mut pool, token, offer) = settling_in(Mode::Honest);
    let all = distribute_all(offer);
    let full = pool.try_call(KEEPER, Contract::Escrow, &all).cost;
    let plenty = Cost { ref_time_ps: 3 * full.ref_time_ps, proof_bytes: 3 * full.proof_bytes, ..full };
    let little_time = |part: u64| Cost { ref_time_ps: full.ref_time_ps * part / 200, ..plenty };
    let little_proof = |part: u64| Cost { proof_bytes: full.proof_bytes * part / 200, ..plenty };
    for little in [&little_time as &dyn Fn(u64) -> Cost, &little_proof] {
        let mut refusals = Vec::new();
        for limit in (10..200).map(little) {
            refusals.push(pool.call_within(limit, KEEPER, Contract::Escrow, &all).result.expect_err("too little"));
            // Nothing at all has happened: nobody was credited instead of paid, and no tip was earned.
            for owner in [KEEPER, member(1), member(2), member(3)] {
                assert_eq!((due(&pool, token, owner), holds(&pool, token, owner)), (0, 0), "{limit:?}");
            }
        }
        // The chain ends most of these calls. If a payment fails and enough weight is left, the contract says why.
        assert!(refusals.contains(&NOT_ENOUGH_WEIGHT), "{refusals:?}");
        pool.now += 1;
    }
    // With enough weight everybody is paid, whoever tried before.
    assert_eq!(pool.call_within(plenty, KEEPER, Contract::Escrow, &all).ok(), 3);
    assert!((1..4).all(|number| holds(&pool, token, member(number)) != 0 && due(&pool, token, member(number)) == 0));
    assert_ne!(due(&pool, token, KEEPER), 0);
}

/// Shows T52.
#[test]
fn whoever_blames_a_token_brings_weight_for_one_more_payment_on_bytecode() {
    let (mut pool, token, offer) = settling_in(Mode::Burn);
    let all = distribute_all(offer);
    // What crediting everybody uses, and a given amount more.
    let used = pool.try_call(KEEPER, Contract::Escrow, &all).cost;
    let with = |more_ps| Cost { ref_time_ps: used.ref_time_ps + more_ps, proof_bytes: 3 * used.proof_bytes, ..used };
    for more_ps in [0, PAYMENT_PS - PAYMENT_PS / 10] {
        let receipt = pool.call_within(with(more_ps), KEEPER, Contract::Escrow, &all);
        assert_eq!(receipt.result, Err(NOT_ENOUGH_WEIGHT));
        assert_eq!([KEEPER, member(1)].map(|owner| due(&pool, token, owner)), [0; 2]);
    }
    assert_eq!(pool.call_within(with(PAYMENT_PS), KEEPER, Contract::Escrow, &all).ok(), 3);
    assert!([KEEPER, member(1), member(2), member(3)].iter().all(|owner| due(&pool, token, *owner) != 0));
}
