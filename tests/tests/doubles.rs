//! The test contracts do what other tests rely on: the dollar is a good token, the hostile one is bad when told to be.

use alloy_sol_types::{SolInterface as _, sol};
use chorus_bindings::{Address, U256, signed::Permit};
use chorus_tests::{
    bytecode::{BUYER, Cost, Pool, Receipt, Refusal, STRANGER, UNIT, address_of, attester, chain_id, member, settings},
    dollar::{self, DOLLAR, DollarErrors as Error},
    hostile::{self, Mode},
};

fn stage(code: &[u8]) -> (Pool, Address) {
    let mut pool = Pool::new(&settings());
    for number in [1, 2] {
        pool.endow(member(number), 1_000_000_000_000_000_000);
    }
    let contract = pool.deploy(0, code, &[]).ok();
    (pool, contract)
}

fn dollars(count: u128) -> U256 {
    U256::from(count * DOLLAR)
}

#[track_caller]
fn reverted<R: std::fmt::Debug>(receipt: Receipt<R>) -> Vec<u8> {
    match receipt.result {
        Err(Refusal::Unknown(data)) => data,
        other => panic!("not a revert of another contract: {other:?}"),
    }
}

#[track_caller]
fn refused<R: std::fmt::Debug>(receipt: Receipt<R>) -> Error {
    Error::abi_decode_validate(&reverted(receipt)).expect("an error of the dollar")
}

// The dollar.

fn holdings(pool: &Pool, token: Address, accounts: [Address; 2]) -> [U256; 2] {
    accounts.map(|account| pool.view(token, &dollar::balanceOfCall { account }))
}

#[test]
fn a_dollar_moves_by_its_owner_or_within_an_allowance() {
    let (mut pool, token) = stage(dollar::CODE);
    let [owner, spender] = [member(1), member(2)];
    pool.call(STRANGER, token, &dollar::mintCall { to: owner, value: dollars(10) }).ok();
    assert_eq!(pool.view(token, &dollar::totalSupplyCall {}), dollars(10));
    assert_eq!(pool.view(token, &dollar::decimalsCall {}), 6);
    assert_eq!(pool.view(token, &dollar::symbolCall {}), "tUSD");

    let too_much = dollar::transferCall { to: spender, value: dollars(11) };
    let balance = dollars(10);
    let error = dollar::ERC20InsufficientBalance { sender: owner, balance, needed: dollars(11) };
    assert_eq!(refused(pool.call(owner, token, &too_much)), Error::ERC20InsufficientBalance(error));
    assert!(pool.call(owner, token, &dollar::transferCall { to: spender, value: dollars(4) }).ok());
    assert_eq!(holdings(&pool, token, [owner, spender]), [dollars(6), dollars(4)]);
    assert!(pool.call(owner, token, &dollar::transferCall { to: owner, value: dollars(6) }).ok(), "to oneself");

    let take = |value| dollar::transferFromCall { from: owner, to: spender, value };
    assert!(pool.call(owner, token, &dollar::approveCall { spender, value: dollars(3) }).ok());
    assert!(pool.call(spender, token, &take(dollars(2))).ok());
    let allowance = pool.view(token, &dollar::allowanceCall { owner, spender });
    assert_eq!(allowance, dollars(1));
    let error = dollar::ERC20InsufficientAllowance { spender, allowance, needed: dollars(2) };
    assert_eq!(refused(pool.call(spender, token, &take(dollars(2)))), Error::ERC20InsufficientAllowance(error));
    pool.call(owner, token, &dollar::approveCall { spender, value: U256::MAX }).ok();
    assert!(pool.call(spender, token, &take(dollars(4))).ok());
    assert_eq!(pool.view(token, &dollar::allowanceCall { owner, spender }), U256::MAX, "all there ever is");
    assert_eq!(holdings(&pool, token, [owner, spender]), [dollars(0), dollars(10)]);
}

#[test]
fn a_permit_allows_once_what_its_owner_signed_in_time() {
    let (mut pool, token) = stage(dollar::CODE);
    let key = attester(1);
    let (owner, spender) = (address_of(&key), member(2));
    let domain = dollar::domain(chain_id(), token);
    assert_eq!(pool.view(token, &dollar::DOMAIN_SEPARATORCall {}), domain.separator(), "as any wallet computes it");

    let deadline = U256::from(pool.now);
    let permit = Permit { owner, spender, value: dollars(5), nonce: U256::ZERO, deadline };
    let forged = dollar::sign_permit(&permit, &attester(2), &domain);
    let stranger = Error::ERC2612InvalidSigner(dollar::ERC2612InvalidSigner { owner });
    assert_eq!(refused(pool.call(STRANGER, token, &forged)), stranger);
    let signed = dollar::sign_permit(&permit, &key, &domain);
    pool.call(STRANGER, token, &signed).ok();
    assert_eq!(pool.view(token, &dollar::allowanceCall { owner, spender }), dollars(5));
    assert_eq!(pool.view(token, &dollar::noncesCall { owner }), U256::from(1));
    assert_eq!(refused(pool.call(STRANGER, token, &signed)), stranger, "the nonce is used up");
    pool.now += 1;
    let expired = Error::ERC2612ExpiredSignature(dollar::ERC2612ExpiredSignature { deadline });
    assert_eq!(refused(pool.call(STRANGER, token, &signed)), expired);
}

// The hostile contract.

/// Two of them: the first misbehaves, the second acts.
fn hostiles(mode: Mode) -> (Pool, [Address; 2]) {
    let (mut pool, bad) = stage(hostile::CODE);
    let actor = pool.deploy(0, hostile::CODE, &[]).ok();
    pool.call(STRANGER, bad, &mode.call()).ok();
    (pool, [bad, actor])
}

/// A plain payment of one unit to the hostile contract from another contract, without calldata.
fn pay(pool: &mut Pool, [bad, actor]: [Address; 2]) -> Receipt<hostile::actReturn> {
    pool.pay(BUYER, actor, UNIT, &hostile::actCall { target: bad, data: Default::default() })
}

sol! {
    /// A token that, like some, returns nothing.
    interface Silent {
        function transfer(address to, uint256 value);
    }
}

#[test]
fn a_hostile_payee_takes_money_as_it_is_told() {
    for mode in [Mode::Honest, Mode::Write, Mode::DeliverLess, Mode::ReturnNothing, Mode::ReturnFalse] {
        let (mut pool, contracts) = hostiles(mode);
        let receipt = pay(&mut pool, contracts);
        assert_eq!(receipt.cost.deposit > 0, mode == Mode::Write, "{:?}", receipt.cost);
        receipt.ok();
        assert_eq!(pool.balance(contracts[0]), UNIT, "{mode:?}");
    }
    let (mut pool, contracts) = hostiles(Mode::Revert);
    assert_eq!(reverted(pay(&mut pool, contracts)), b"hostile");
    assert_eq!(pool.balance(contracts[0]), 0);
}

#[test]
fn a_hostile_token_moves_money_as_it_is_told() {
    let (from, to) = (member(1), member(2));
    for mode in [Mode::Honest, Mode::Write, Mode::DeliverLess, Mode::ReturnNothing, Mode::ReturnFalse, Mode::Revert] {
        let (mut pool, [token, _]) = hostiles(mode);
        pool.call(STRANGER, token, &hostile::mintCall { to: from, value: dollars(10) }).ok();
        let transfer = hostile::transferCall { to, value: dollars(4) };
        let delivered = match mode {
            Mode::Revert => {
                assert_eq!(reverted(pool.call(from, token, &transfer)), b"hostile");
                U256::ZERO
            }
            Mode::ReturnNothing => {
                pool.call(from, token, &Silent::transferCall { to, value: dollars(4) }).ok();
                dollars(4)
            }
            Mode::ReturnFalse => {
                assert!(!pool.call(from, token, &transfer).ok());
                U256::ZERO
            }
            _ => {
                assert!(pool.call(from, token, &transfer).ok());
                dollars(4) - U256::from(u8::from(mode == Mode::DeliverLess))
            }
        };
        assert_eq!(holdings(&pool, token, [from, to])[1], delivered, "{mode:?}");
    }
}

#[test]
fn a_hostile_contract_burns_all_the_weight_it_is_given() {
    let (mut pool, [token, _]) = hostiles(Mode::Burn);
    let limit = Cost { ref_time_ps: 5_000_000_000, proof_bytes: 500_000, deposit: 0, calldata_bytes: 0 };
    let receipt = pool.call_within(limit, STRANGER, token, &hostile::transferCall { to: BUYER, value: U256::ZERO });
    assert!(matches!(receipt.result, Err(Refusal::Trap(_))), "{:?}", receipt.result);
    assert!(receipt.cost.ref_time_ps > limit.ref_time_ps * 9 / 10, "{:?}", receipt.cost);
}

#[test]
fn a_hostile_payee_calls_back_and_goes_on_whatever_comes_of_it() {
    let (mut pool, contracts) = hostiles(Mode::Reenter);
    let [bad, actor] = contracts;
    let reentries = |pool: &Pool| pool.view(bad, &hostile::reentriesCall {});
    let mint = hostile::mintCall { to: BUYER, value: dollars(1) };
    // The contract that pays allows calls back into it.
    pool.call(STRANGER, bad, &hostile::reentry(actor, &mint)).ok();
    pay(&mut pool, contracts).ok();
    assert_eq!((reentries(&pool), holdings(&pool, actor, [BUYER, BUYER])[0]), (1, dollars(1)));
    // If the call back is refused, nothing else is.
    let refused = hostile::transferFromCall { from: STRANGER, to: BUYER, value: dollars(1) };
    pool.call(STRANGER, actor, &Mode::Revert.call()).ok();
    pool.call(STRANGER, bad, &hostile::reentry(actor, &refused)).ok();
    pay(&mut pool, contracts).ok();
    assert_eq!((reentries(&pool), pool.balance(bad)), (1, 2 * UNIT));
}
