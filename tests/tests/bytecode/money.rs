//! Where money goes, to the smallest unit.

use chorus_bindings::{
    Address, B256, Contract, Event, U256, attestations,
    escrow::{self, EscrowErrors as Error},
    votes,
};
use chorus_core::names::{CreditReason, Seal, Status};
use chorus_tests::bytecode::{BUYER, CHAIN_UNIT, CUSTODIAN, KEEPER, STRANGER, UNIT, deliver_call, member};

use crate::steps::{balances, distribute, gained, pool, split, tally, withdraw_credit};

/// Shows P05, P07, P10, I07.
#[test]
fn a_sale_pays_everybody_to_the_last_unit() {
    let mut pool = pool(&[100, 250, 37, 1]);
    let price = 10 * UNIT + 7 * CHAIN_UNIT;
    let buyer_had = pool.balance(BUYER);
    let terms = pool.terms(price);
    let receipt = pool.pay(BUYER, Contract::Escrow, price + pool.listing_fee(), &terms);
    let deposit = u128::try_from(receipt.cost.deposit).unwrap() * CHAIN_UNIT;
    let (offer, events) = receipt.done();
    assert_eq!(buyer_had - pool.balance(BUYER), price + pool.listing_fee() + deposit);
    let names: Vec<_> = events
        .iter()
        .map(|event| match event {
            Event::Votes(votes::VotesEvents::BallotOpened(e)) => (1, B256::from(e.proposalId) == offer),
            Event::Votes(votes::VotesEvents::ProposalCreated(e)) => {
                (2, e.proposer == BUYER && e.description == "offer")
            }
            Event::Attestations(attestations::AttestationsEvents::SaleOpened(e)) => (3, e.members == 4),
            Event::Escrow(escrow::EscrowEvents::OfferMade(e)) => (4, e.offer == offer && e.buyer == BUYER),
            Event::Escrow(escrow::EscrowEvents::OfferTerms(e)) => (5, e.sale == 1 && e.total_weight == 388),
            Event::Escrow(escrow::EscrowEvents::Credited(e)) => {
                (6, e.owner == Address::ZERO && e.reason == CreditReason::ListingFee.code())
            }
            _ => (0, false),
        })
        .collect();
    assert_eq!(names, [1, 2, 3, 4, 5, 6].map(|place| (place, true)));
    assert_eq!(pool.status(offer), Status::Voting);

    assert_eq!(pool.vote(member(2), offer, 1).ok(), U256::from(250));
    pool.vote(member(1), offer, 0).ok();
    assert_eq!(tally(&pool, offer), [100, 250, 0].map(U256::from));
    pool.now += 101;
    assert_eq!(pool.status(offer), Status::OptOut);
    pool.call(member(3), Contract::Attestations, &attestations::leaveCall { sale: 1 }).ok();
    pool.now += 50;
    assert_eq!(pool.status(offer), Status::AwaitingSeal);
    assert_eq!(pool.seal(offer), Seal::Sealed);
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    assert_eq!(pool.status(offer), Status::Delivered);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();

    let expected = split(price, &[100, 250, 1]);
    let before = balances(&pool, &[1, 2, 4]);
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &distribute(offer, 1, 4)).ok(), 3);
    assert_eq!(gained(&pool, &[1, 2, 4], &before), expected.shares);
    assert_eq!(pool.status(offer), Status::Paid);
    let treasury = pool.listing_fee() + expected.fee + expected.residue;
    assert_eq!(pool.credit(Address::ZERO), treasury);
    assert_eq!(pool.credit(KEEPER), 3 * expected.tip);
    assert_eq!(pool.balance(pool.address(Contract::Escrow)), treasury + 3 * expected.tip);

    let had = pool.balance(STRANGER);
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &withdraw_credit(STRANGER)).ok(), 3 * expected.tip);
    assert_eq!(pool.balance(STRANGER) - had, 3 * expected.tip);
    assert_eq!(pool.balance(pool.address(Contract::Escrow)), treasury);
    let nothing = pool.call(KEEPER, Contract::Escrow, &withdraw_credit(STRANGER)).refused();
    assert_eq!(nothing, Error::NothingDue(escrow::NothingDue { owner: KEEPER, currency: Address::ZERO }));
}

/// Shows T20, T26, P11.
#[test]
fn members_without_an_account_and_contracts_are_credited_on_bytecode() {
    let mut pool = pool(&[100, 100]);
    let arguments = votes::constructorCall {
        attestations: STRANGER,
        escrow: STRANGER,
        voting_period_s: 1,
        quorum_bps: 0,
        quorum_min: 1,
        approval_bps: 5_000,
        proposal_threshold_bps: 100,
    };
    let wallet = pool.instantiate(Contract::Votes, chorus_bindings::SolConstructor::abi_encode(&arguments)).ok();
    pool.endow(wallet, 1_000_000_000_000_000);
    assert_eq!(pool.contribute(wallet, 100, 1).ok(), 3);
    pool.now += 1;
    // Shares of a few chain units are far below the existential deposit.
    let price = 1_000 * CHAIN_UNIT;
    let offer = pool.sell(price);
    pool.endow(member(2), 0);

    let expected = split(price, &[100, 100, 100]);
    let before = balances(&pool, &[1]);
    let (settled, events) = pool.call(KEEPER, Contract::Escrow, &distribute(offer, 1, 3)).done();
    assert_eq!(settled, 3);
    let credited: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Escrow(escrow::EscrowEvents::SharePaid(e)) => Some((e.number, e.credited)),
            _ => None,
        })
        .collect();
    assert_eq!(credited, [(1, false), (2, true), (3, true)]);
    assert_eq!(gained(&pool, &[1], &before), expected.shares[..1]);
    assert_eq!(pool.balance(member(2)), 0);
    assert_eq!([pool.credit(member(2)), pool.credit(wallet)], [expected.shares[1], expected.shares[2]]);

    let (had, to) = (pool.balance(STRANGER), withdraw_credit(STRANGER));
    assert_eq!(pool.call(wallet, Contract::Escrow, &to).ok(), expected.shares[2]);
    assert_eq!(pool.balance(STRANGER) - had, expected.shares[2]);
    let to_a_contract = pool.try_call(KEEPER, Contract::Escrow, &withdraw_credit(wallet)).refused();
    assert_eq!(to_a_contract, Error::PushFailed(escrow::PushFailed { to: wallet }));
}

/// Shows T22, T32, I12.
#[test]
fn distributing_again_or_by_others_changes_nothing_on_bytecode() {
    let weights = [50, 40, 30, 20, 10];
    let mut pool = pool(&weights);
    let offer = pool.sell(UNIT);
    let expected = split(UNIT, &weights);
    let before = balances(&pool, &[1, 2, 3, 4, 5]);
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &distribute(offer, 4, 2)).ok(), 2);
    for (from, count) in [(4, 2), (5, 1), (6, 100)] {
        let (settled, events) = pool.call(STRANGER, Contract::Escrow, &distribute(offer, from, count)).done();
        assert_eq!((settled, events.len()), (0, 0));
    }
    assert_eq!(pool.credit(STRANGER), 0, "no tip for nothing");
    assert_eq!(pool.call(STRANGER, Contract::Escrow, &distribute(offer, 1, 512)).ok(), 3);
    assert_eq!(gained(&pool, &[1, 2, 3, 4, 5], &before), expected.shares);
    assert_eq!([pool.credit(KEEPER), pool.credit(STRANGER)], [2 * expected.tip, 3 * expected.tip]);
    let over = pool.try_call(KEEPER, Contract::Escrow, &distribute(offer, 1, 5)).refused();
    assert_eq!(
        over,
        Error::WrongStatus(escrow::WrongStatus { current: Status::Paid.code(), required: Status::Settling.code() })
    );
}

/// Shows T25, I10.
#[test]
fn uninvited_money_breaks_nothing_and_is_never_paid_out_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    let vault = pool.address(Contract::Escrow);
    pool.donate(STRANGER, vault, 1);
    let offer = pool.offer(UNIT);
    pool.donate(STRANGER, vault, 10);
    pool.deliver(offer);
    pool.donate(STRANGER, vault, 100);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    pool.donate(STRANGER, vault, 1_000);
    let before = balances(&pool, &[1, 2]);
    pool.call(KEEPER, Contract::Escrow, &distribute(offer, 1, 2)).ok();
    assert_eq!(gained(&pool, &[1, 2], &before), split(UNIT, &[100, 200]).shares);
    pool.donate(STRANGER, vault, 10_000);
    let credits = pool.credit(Address::ZERO) + pool.credit(KEEPER);
    assert_eq!(pool.balance(vault), credits + 11_111 * CHAIN_UNIT);
}

#[test]
fn t26_t27_dust_survives_deposit_split_and_claim_exactly() {
    // Odd numbers of the chain's unit, and one wei more than the chain can represent.
    for price in [7 * CHAIN_UNIT, 1_000_003 * CHAIN_UNIT, UNIT + 999_999 * CHAIN_UNIT, 3 * UNIT + 1] {
        let weights = [3_333, 1, 2, 4];
        let mut pool = pool(&weights);
        let offer = pool.sell(price);
        let expected = split(price, &weights);
        let before = balances(&pool, &[2, 3, 4]);
        let had = pool.balance(STRANGER);
        let claim = escrow::claimCall { offer, to: STRANGER };
        assert_eq!(pool.call(member(1), Contract::Escrow, &claim).ok(), expected.shares[0]);
        assert_eq!(pool.balance(STRANGER) - had, expected.shares[0]);
        for number in [4, 2, 3] {
            pool.call(KEEPER, Contract::Escrow, &distribute(offer, number, 1)).ok();
        }
        assert_eq!(gained(&pool, &[2, 3, 4], &before), expected.shares[1..]);
        let left = pool.listing_fee() + expected.fee + expected.residue + 4 * expected.tip;
        assert_eq!(pool.balance(pool.address(Contract::Escrow)), left);
        assert_eq!(pool.credit(Address::ZERO) + pool.credit(KEEPER) + pool.credit(member(1)), left);
        if expected.tip > 0 {
            pool.call(KEEPER, Contract::Escrow, &withdraw_credit(STRANGER)).ok();
            assert_eq!(pool.balance(STRANGER) - had, expected.shares[0] + 3 * expected.tip);
        }
    }
}

/// Shows P04, T31, F15.
#[test]
fn only_members_of_the_sale_claim_and_only_their_own_share_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    let offer = pool.offer(UNIT);
    pool.endow(member(3), 1_000_000_000_000_000);
    pool.contribute(member(3), 100, 1).ok();
    pool.deliver(offer);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    let claim = escrow::claimCall { offer, to: STRANGER };
    for account in [STRANGER, KEEPER, member(3)] {
        let refused = pool.try_call(account, Contract::Escrow, &claim).refused();
        assert_eq!(refused, Error::NotInSale(escrow::NotInSale { sale: 1, account }));
    }
    let (had, share) = (pool.balance(STRANGER), split(UNIT, &[100, 200]).shares[0]);
    assert_eq!(pool.call(member(1), Contract::Escrow, &claim).ok(), share);
    assert_eq!(pool.balance(STRANGER) - had, share);
    let twice = pool.try_call(member(1), Contract::Escrow, &claim).refused();
    assert_eq!(twice, Error::AlreadyPaid(escrow::AlreadyPaid { number: 1 }));
    assert!(pool.view(Contract::Escrow, &escrow::isPaidCall { offer, number: 1 }));
    assert!(!pool.view(Contract::Escrow, &escrow::isPaidCall { offer, number: 2 }));
}

/// Shows T26.
#[test]
fn escrow_survives_paying_out_everything_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    for _ in 0..2 {
        let offer = pool.sell(10 * UNIT);
        pool.call(KEEPER, Contract::Escrow, &distribute(offer, 1, 2)).ok();
        pool.call(KEEPER, Contract::Escrow, &withdraw_credit(KEEPER)).ok();
        let treasury = pool.credit(Address::ZERO).to_string();
        let spend = [("currency", Address::ZERO), ("to", STRANGER)].map(|(name, value)| (name, value.to_string()));
        pool.decide(Contract::Escrow, "spendTreasury", &[spend.to_vec(), vec![("amount", treasury)]].concat());
        pool.call(STRANGER, Contract::Escrow, &withdraw_credit(STRANGER)).ok();
        // It has nothing left to spend, and what keeps its account alive was never part of that: it can sell once more.
        assert_eq!(pool.balance(pool.address(Contract::Escrow)), 0);
        pool.now += 1;
    }
}
