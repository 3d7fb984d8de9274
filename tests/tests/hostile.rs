//! A member that is a contract and misbehaves as soon as it is paid: the others do not notice.

use alloy_sol_types::SolCall as _;
use chorus_bindings::{Address, B256, Contract, attestations, escrow};
use chorus_tests::bytecode::{BUYER, CUSTODIAN, KEEPER, Pool, STRANGER, UNIT, deliver_call, member, settings};
use chorus_tests::hostile::{self, Mode};

/// A sale of three members and a contract, the fourth, that behaves so; accepted by its buyer.
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
    // What it calls back with, when it is told to: its own claim once more.
    let again = escrow::claimCall { offer, to: bad };
    pool.call(STRANGER, bad, &hostile::reentry(pool.address(Contract::Escrow), &again)).ok();
    (pool, bad, offer)
}

#[test]
fn t20_t23_t24_a_contract_that_misbehaves_when_paid_is_credited_and_the_others_are_paid_on_bytecode() {
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

        // It takes its credit to an account; to itself it cannot, as it is a contract.
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
        // Nothing more comes of claiming again.
        act(&mut pool, escrow::claimCall { offer, to: member(1) }.abi_encode());
        assert_eq!(pool.balance(member(1)) - had, net * 4 / 10, "{mode:?}");
        let still_in = attestations::saleTotalsCall { sale: 1 };
        assert_eq!(pool.view(Contract::Attestations, &still_in).members, 4);
    }
    assert!(time.windows(2).all(|pair| pair[0] == pair[1]), "what it does costs the keeper nothing: {time:?}");
}
