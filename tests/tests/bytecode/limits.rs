//! What calls cost, and how much they may ask for.

use chorus_bindings::{
    Address, Contract, attestations, code,
    escrow::{self, EscrowErrors as Error},
    votes,
};
use chorus_tests::bytecode::{
    ARBITER, BUYER, CUSTODIAN, Cost, KEEPER, Pool, Receipt, STRANGER, UNIT, deliver_call, member, settings,
};

use crate::steps::{distribute, pool, withdraw_credit};

/// Shows T37.
#[test]
fn later_attestations_cost_as_much_as_earlier_ones() {
    let mut pool = Pool::new(&settings());
    let mut costs = Vec::new();
    for number in 1..=40 {
        pool.endow(member(number), 1_000_000_000_000_000);
        let receipt = pool.contribute(member(number), 100, 1);
        costs.push(receipt.cost);
        receipt.ok();
    }
    // A page holds 13 records, and numbers 13, 26 and 39 begin one; whoever writes a page first pays for it.
    for (early, late) in [(13, 39), (14, 40), (15, 28)] {
        let (early, late) = (costs[early - 1], costs[late - 1]);
        assert!(late.proof_bytes.abs_diff(early.proof_bytes) * 1_000 < early.proof_bytes, "{early:?} {late:?}");
        assert!(late.ref_time_ps.abs_diff(early.ref_time_ps) * 100 < early.ref_time_ps, "{early:?} {late:?}");
    }
}

/// Shows T37.
#[test]
fn later_votes_and_delegations_cost_as_much_as_earlier_ones() {
    let mut pool = pool(&[100; 40]);
    let offer = pool.offer(UNIT);
    let votes: Vec<_> = (1..=40).map(|number| pool.vote(member(number), offer, 1).accepted_cost()).collect();
    let mut delegations = Vec::new();
    for turn in 0..80 {
        pool.now += 1;
        let delegatee = member(1 + turn % 2);
        delegations.push(pool.call(member(3), Contract::Votes, &votes::delegateCall { delegatee }).accepted_cost());
    }
    let used = |cost: &Cost| (cost.ref_time_ps, cost.proof_bytes);
    assert!(votes.iter().all(|vote| used(vote) == used(&votes[0])), "{votes:?}");
    // A page holds 24 changes of an account's votes.
    for (at, early) in delegations.iter().enumerate().skip(2).take(24) {
        for late in [&delegations[at + 24], &delegations[at + 48]] {
            assert_eq!(used(early), used(late), "{at}");
        }
    }
}

#[test]
fn t37_a_call_asks_for_at_most_512_shares_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    pool.offer(UNIT);
    let shares = |count| {
        pool.try_call(STRANGER, Contract::Attestations, &attestations::sharesInCall { sale: 1, from: 1, count })
    };
    for count in [0, 513, u32::MAX] {
        let expected = Error::RangeOutOfBounds(escrow::RangeOutOfBounds { count, most: 512 });
        assert_eq!(shares(count).refused(), expected);
    }
    assert_eq!([1, 512].map(|count| shares(count).ok().len()), [24, 512 * 24]);
}

#[test]
fn t38_no_call_pays_a_deposit_back_so_nobody_gains_by_deleting() {
    #[track_caller]
    fn deposit<R>(receipt: Receipt<R>) -> i128 {
        receipt.accepted_cost().deposit
    }
    let mut pool = pool(&[100, 200, 300, 400]);
    let offer = pool.offer(UNIT);
    let to = Contract::Attestations;
    let mut deposits = vec![
        deposit(pool.vote(member(1), offer, 1)),
        deposit(pool.vote(member(2), offer, 1)),
        deposit(pool.call(member(2), to, &attestations::leaveCall { sale: 1 })),
        deposit(pool.call(member(3), to, &attestations::setPurposesCall { purposes: 0 })),
        deposit(pool.call(member(4), to, &attestations::withdrawCall {})),
        deposit(pool.contribute(member(4), 10, 0)),
    ];
    pool.now += 151;
    deposits.push(deposit(pool.call(STRANGER, Contract::Escrow, &escrow::sealCall { offer })));
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    deposits.push(deposit(pool.call(STRANGER, Contract::Escrow, &distribute(offer, 1, 4))));
    deposits.push(deposit(pool.call(STRANGER, Contract::Escrow, &withdraw_credit(STRANGER))));
    let claimed = pool.sell(UNIT);
    let claim = escrow::claimCall { offer: claimed, to: STRANGER };
    deposits.push(deposit(pool.call(member(1), Contract::Escrow, &claim)));
    let defeated = pool.offer(UNIT);
    pool.now += 151;
    deposits.push(deposit(pool.call(STRANGER, Contract::Escrow, &escrow::sealCall { offer: defeated })));
    deposits.push(deposit(pool.call(STRANGER, Contract::Escrow, &escrow::refundCall { offer: defeated })));
    deposits.push(deposit(pool.call(BUYER, Contract::Escrow, &withdraw_credit(BUYER))));

    // The DAO lowers what it set before.
    let attesters = settings().attesters[..2].iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let settings = [
        (to, "setAttesters", vec![("attesters", attesters), ("threshold", "1".into())]),
        (to, "setDailyWeightCap", vec![("cap", "1000".into())]),
        (to, "setGuardian", vec![("guardian", Address::ZERO.to_string())]),
        (Contract::Escrow, "removeCustodian", vec![("custodian", CUSTODIAN.to_string())]),
        (Contract::Escrow, "removeArbiter", vec![("arbiter", ARBITER.to_string())]),
        (Contract::Escrow, "disallowCurrency", vec![("currency", Address::ZERO.to_string())]),
        (
            Contract::Escrow,
            "spendTreasury",
            vec![
                ("currency", Address::ZERO.to_string()),
                ("amount", pool.credit(Address::ZERO).to_string()),
                ("to", KEEPER.to_string()),
            ],
        ),
    ];
    deposits.extend(settings.map(|(of, setting, arguments)| pool.decide(of, setting, &arguments).deposit));

    // Histories that outgrow their owners' cells, which are short again afterwards.
    for turn in 0..50 {
        pool.now += 1;
        let delegatee = member(1 + turn % 2);
        deposits.push(deposit(pool.call(member(3), Contract::Votes, &votes::delegateCall { delegatee })));
        deposits.push(deposit(pool.contribute(member(4), 10 + turn % 2, 0)));
    }
    let page = |of: &[u8]| pool.cell(Contract::Votes, [of, &[0; 4]].concat());
    let histories = [[&[2][..], member(1).as_slice()].concat(), [&[5][..], &[0; 20]].concat()];
    assert!(
        histories.iter().all(|of| page(of).is_some_and(|page| page.len() == 24 * 13)),
        "of votes and of the supply"
    );

    assert!(deposits.iter().all(|deposit| *deposit >= 0), "{deposits:?}");
    assert!(deposits.iter().any(|deposit| *deposit > 0), "storage does cost a deposit");
}

#[test]
fn code_stays_within_its_budget() {
    // Each call carries the whole code of its contracts as proof. Everybody pays for what grows here.
    for (contract, most) in [(Contract::Attestations, 42_500), (Contract::Votes, 40_500), (Contract::Escrow, 67_500)] {
        let size = code(contract).len();
        assert!(size <= most, "{contract:?} has {size} bytes, more than {most}");
    }
}
