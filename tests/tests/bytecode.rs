//! The rules once more, on the bytecode that is deployed: through ink!, ABI and chain.
//!
//! The events and errors of every call are decoded with the bindings, and whatever these do not know fails the test.

use chorus_bindings::{
    Address, Attestation, B256, Contract, Event, SolCall, U256, attestations, code, escrow,
    escrow::EscrowErrors as Error, signed, votes,
};
use chorus_tests::bytecode::{
    ARBITER, BUYER, CHAIN_UNIT, CUSTODIAN, Cost, End, GUARDIAN, KEEPER, Pool, Receipt, Refusal, START, STRANGER, UNIT,
    address_of, attest_call, attester, deliver_call, member, settings,
};
use chorus_tests::signers::Signer;

const DAY_S: u64 = 24 * 60 * 60;

/// A pool whose members have these weights and allow purpose 0.
fn pool(weights: &[u32]) -> Pool {
    let mut pool = Pool::new(&settings());
    pool.join(weights);
    pool
}

/// How a price is divided, by the formulas of `contracts/README.md` and none of our code: fee, tip, shares, residue.
struct Split {
    fee: u128,
    tip: u128,
    shares: Vec<u128>,
    residue: u128,
}

fn split(price: u128, weights: &[u32]) -> Split {
    let (members, total) = (weights.len() as u128, weights.iter().copied().map(u128::from).sum::<u128>());
    let fee = price * settings().fee_bps as u128 / 10_000;
    let tip = price * settings().tip_bps as u128 / 10_000 / members;
    let net = price - fee - members * tip;
    let shares: Vec<_> = weights.iter().map(|weight| net * u128::from(*weight) / total).collect();
    let residue = net - shares.iter().sum::<u128>();
    Split { fee, tip, shares, residue }
}

fn balances(pool: &Pool, members: &[u32]) -> Vec<u128> {
    members.iter().map(|number| pool.balance(member(*number))).collect()
}

fn gained(pool: &Pool, members: &[u32], before: &[u128]) -> Vec<u128> {
    balances(pool, members).iter().zip(before).map(|(after, before)| after - before).collect()
}

fn distribute(offer: B256, from: u32, count: u32) -> escrow::distributeCall {
    escrow::distributeCall { offer, from, count }
}

fn withdraw_credit(to: Address) -> escrow::withdrawCreditCall {
    escrow::withdrawCreditCall { currency: Address::ZERO, to }
}

/// What an accepted call cost.
#[track_caller]
fn cost<R>(receipt: Receipt<R>) -> Cost {
    let cost = receipt.cost;
    receipt.ok();
    cost
}

fn tally(pool: &Pool, offer: B256) -> [U256; 3] {
    let votes::proposalVotesReturn { againstVotes, forVotes, abstainVotes } =
        pool.view(Contract::Votes, &votes::proposalVotesCall { proposalId: offer.into() });
    [againstVotes, forVotes, abstainVotes]
}

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
            Event::Escrow(escrow::EscrowEvents::Credited(e)) => (6, e.owner == Address::ZERO && e.reason == 1),
            _ => (0, false),
        })
        .collect();
    assert_eq!(names, [1, 2, 3, 4, 5, 6].map(|place| (place, true)));
    assert_eq!(pool.status(offer), 1);

    assert_eq!(pool.vote(member(2), offer, 1).ok(), U256::from(250));
    pool.vote(member(1), offer, 0).ok();
    assert_eq!(tally(&pool, offer), [100, 250, 0].map(U256::from));
    pool.now += 101;
    assert_eq!(pool.status(offer), 2);
    pool.call(member(3), Contract::Attestations, &attestations::leaveCall { sale: 1 }).ok();
    pool.now += 50;
    assert_eq!(pool.status(offer), 3);
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok(), 1);
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    assert_eq!(pool.status(offer), 7);
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();

    let expected = split(price, &[100, 250, 1]);
    let before = balances(&pool, &[1, 2, 4]);
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &distribute(offer, 1, 4)).ok(), 3);
    assert_eq!(gained(&pool, &[1, 2, 4], &before), expected.shares);
    assert_eq!(pool.status(offer), 10);
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

/// Shows T01.
#[test]
fn weight_that_moves_within_a_second_does_not_vote_again_on_bytecode() {
    let mut pool = pool(&[100]);
    let offer = pool.offer(UNIT);
    pool.vote(member(1), offer, 1).ok();
    pool.call(member(1), Contract::Attestations, &attestations::withdrawCall {}).ok();
    pool.endow(member(2), 1_000_000_000_000_000);
    let same_account = Attestation { nullifier: member(1).into_word(), ..pool.attestation(member(2), 100) };
    let call = pool.attested(&same_account, 1);
    assert_eq!(pool.call(member(2), Contract::Attestations, &call).ok(), 2);
    let refused = pool.vote(member(2), offer, 1).refused();
    assert_eq!(refused, Error::NoVotes(escrow::NoVotes { voter: member(2), snapshot: pool.now - 1 }));
    assert_eq!(tally(&pool, offer), [0, 100, 0].map(U256::from));
}

/// Shows T02.
#[test]
fn who_joins_or_is_delegated_to_within_the_offers_second_has_no_votes_on_bytecode() {
    let mut pool = pool(&[100]);
    pool.endow(member(2), 1_000_000_000_000_000);
    pool.contribute(member(2), 900, 1).ok();
    pool.call(member(1), Contract::Votes, &votes::delegateCall { delegatee: STRANGER }).ok();
    let offer = pool.offer(UNIT);
    for voter in [member(2), STRANGER] {
        let refused = pool.vote(voter, offer, 1).refused();
        assert_eq!(refused, Error::NoVotes(escrow::NoVotes { voter, snapshot: pool.now - 1 }));
    }
    assert_eq!(pool.vote(member(1), offer, 1).ok(), U256::from(100), "the power of a second before counts");
}

#[test]
fn v15_t03_lookups_at_now_or_later_are_refused_on_bytecode() {
    let pool = pool(&[100]);
    for timepoint in [pool.now, pool.now + 1] {
        let expected = Error::FutureLookup(escrow::FutureLookup { timepoint, clock: pool.now });
        let timepoint = U256::from(timepoint);
        let votes_at = votes::getPastVotesCall { account: member(1), timepoint };
        assert_eq!(pool.try_call(STRANGER, Contract::Votes, &votes_at).refused(), expected);
        let supply_at = votes::getPastTotalSupplyCall { timepoint };
        assert_eq!(pool.try_call(STRANGER, Contract::Votes, &supply_at).refused(), expected);
    }
    let timepoint = U256::from(pool.now - 1);
    let votes_at = votes::getPastVotesCall { account: member(1), timepoint };
    assert_eq!(pool.view(Contract::Votes, &votes_at), U256::from(100));
    assert_eq!(pool.view(Contract::Votes, &votes::getPastTotalSupplyCall { timepoint }), U256::from(100));
}

#[test]
fn t10_malleated_attester_signatures_are_refused_on_bytecode() {
    let pool = pool(&[100]);
    let attestation = pool.attestation(member(1), 200);
    let good = [1, 2].map(|number| pool.sign(&attester(number), &attestation));
    let order: U256 = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse().unwrap();
    let with = |change: &dyn Fn(&mut [u8; 65])| {
        let mut second = good[1];
        change(&mut second);
        attest_call(&attestation, 1, &[good[0], second])
    };
    let high_s = with(&|signature| {
        let s = order - U256::from_be_slice(&signature[32..64]);
        signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
        signature[64] ^= 27 ^ 28;
    });
    let zero_s = with(&|signature| signature[32..64].fill(0));
    let r_of_the_order = with(&|signature| signature[..32].copy_from_slice(&order.to_be_bytes::<32>()));
    let other_v = [0, 1, 26, 29, 255].map(|v| with(&|signature| signature[64] = v));
    let mut cut = attest_call(&attestation, 1, &good);
    cut.signatures.truncate(129);
    for call in other_v.into_iter().chain([high_s, zero_s, r_of_the_order, cut]) {
        let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
        assert_eq!(refused, Error::SignatureMalformed(escrow::SignatureMalformed { position: 1 }));
    }
    let call = attest_call(&attestation, 1, &good);
    assert_eq!(pool.try_call(member(1), Contract::Attestations, &call).ok(), 1, "unchanged, they are good");
}

#[test]
fn t11_recovery_on_chain_gives_the_known_answers() {
    // The example in the documentation of Ethereum's precompile (evm.codes, 0x01).
    let mut input = [0; 128];
    let words = [
        "0x456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3",
        "0x1c",
        "0x9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608",
        "0x4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada",
    ];
    for (room, word) in input.chunks_mut(32).zip(words) {
        room.copy_from_slice(&word.parse::<U256>().unwrap().to_be_bytes::<32>());
    }
    let pool = pool(&[100]);
    let precompile = Address::with_last_byte(1);
    let known: Address = "0x7156526fbd7a3c72969b54f64e42c10fbb768c8a".parse().unwrap();
    assert_eq!(pool.call_raw(precompile, input.to_vec()), known.into_word().to_vec());
    input[63] = 26;
    assert!(pool.call_raw(precompile, input.to_vec()).is_empty(), "a bad signature gives an empty answer");

    // The address of secret key 4 is well known; the contract recovers exactly that one and names it.
    let stranger = attester(4);
    let known: Address = "0x1eff47bc3a10a45d4b230b5d10e37751fe6aa718".parse().unwrap();
    assert_eq!(address_of(&stranger), known);
    let attestation = pool.attestation(member(1), 200);
    let signatures = [attester(1), stranger].map(|key| pool.sign(&key, &attestation));
    let call = attest_call(&attestation, 1, &signatures);
    let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert_eq!(refused, Error::NotAnAttester(escrow::NotAnAttester { signer: known, position: 1 }));
}

/// Shows T13, T48.
#[test]
fn a_copied_or_repeated_attestation_is_refused_on_bytecode() {
    let mut pool = pool(&[100]);
    let call = pool.attested(&pool.attestation(member(1), 150), 1);
    let copied = pool.try_call(STRANGER, Contract::Attestations, &call).refused();
    assert!(matches!(copied, Error::NotAnAttester(_)), "{copied:?}");
    pool.call(member(1), Contract::Attestations, &call).ok();
    let repeated = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert!(matches!(repeated, Error::NotAnAttester(_)), "{repeated:?}");
}

/// Shows T09, T49.
#[test]
fn a_signature_of_another_fresh_chain_with_the_same_id_and_addresses_is_refused() {
    let (pool, other) = (pool(&[100]), Pool::since(&settings(), START + 1));
    assert_eq!(pool.address(Contract::Attestations), other.address(Contract::Attestations));
    let call = other.attested(&pool.attestation(member(1), 150), 1);
    let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert!(matches!(refused, Error::NotAnAttester(_)), "{refused:?}");
}

#[test]
fn t14_a_source_account_that_is_in_is_refused_on_bytecode() {
    let pool = pool(&[100]);
    let again = Attestation { nullifier: member(1).into_word(), ..pool.attestation(STRANGER, 100) };
    let refused = pool.try_call(STRANGER, Contract::Attestations, &pool.attested(&again, 1)).refused();
    assert_eq!(refused, Error::NullifierTaken(escrow::NullifierTaken { holder: 1 }));
}

#[test]
fn t18_f12_strangers_cannot_mint_or_open_on_bytecode() {
    let pool = pool(&[100]);
    for caller in [STRANGER, member(1), GUARDIAN, BUYER] {
        let only = |required| Error::Unauthorized(escrow::Unauthorized { caller, required });
        let mirror = votes::mirrorCall { changes: [caller.as_slice(), &1_000u32.to_be_bytes()].concat().into() };
        let refused = pool.try_call(caller, Contract::Votes, &mirror).refused();
        assert_eq!(refused, only(pool.address(Contract::Attestations)));
        let open_ballot = votes::openBallotCall { proposalId: U256::from(1), proposer: caller };
        let refused = pool.try_call(caller, Contract::Votes, &open_ballot).refused();
        assert_eq!(refused, only(pool.address(Contract::Escrow)));
        let open_sale = attestations::openSaleCall { purpose: 0, window_ends: pool.now + 1 };
        let refused = pool.try_call(caller, Contract::Attestations, &open_sale).refused();
        assert_eq!(refused, only(pool.address(Contract::Escrow)));
    }
}

/// Shows T20, T26, P11.
#[test]
fn no_account_or_a_contract_is_credited_and_the_others_are_paid_on_bytecode() {
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
fn distributing_again_and_by_others_changes_nothing_on_bytecode() {
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
    assert_eq!(over, Error::WrongStatus(escrow::WrongStatus { current: 10, required: 9 }));
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
fn only_a_member_of_the_sale_claims_and_only_their_own_on_bytecode() {
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

/// Shows T35, F16.
#[test]
fn a_pause_stops_offers_and_contributions_and_nothing_else_on_bytecode() {
    let mut pool = pool(&[100, 100, 100, 100]);
    let mut offers = Vec::new();
    for _ in 0..4 {
        offers.push(pool.offer(UNIT));
        pool.now += 1;
    }
    let [accepted, disputed, defeated, open] = offers[..] else { unreachable!() };
    let until = pool.now + 7 * DAY_S;
    let by_stranger = pool.try_call(STRANGER, Contract::Escrow, &escrow::pauseCall { until }).refused();
    assert_eq!(by_stranger, Error::Unauthorized(escrow::Unauthorized { caller: STRANGER, required: GUARDIAN }));
    let too_long = escrow::pauseCall { until: until + 1 };
    let too_long = pool.try_call(GUARDIAN, Contract::Escrow, &too_long).refused();
    assert_eq!(too_long, Error::PauseOutOfBounds(escrow::PauseOutOfBounds { until: until + 1, latest: until }));
    pool.call(GUARDIAN, Contract::Escrow, &escrow::pauseCall { until }).ok();
    pool.call(GUARDIAN, Contract::Attestations, &attestations::pauseCall { until }).ok();

    let paused = Error::PausedUntil(escrow::PausedUntil { until });
    let terms = pool.terms(UNIT);
    let sent = UNIT + pool.listing_fee();
    assert_eq!(pool.pay(BUYER, Contract::Escrow, sent, &terms).refused(), paused);
    assert_eq!(pool.contribute(member(1), 200, 1).refused(), paused);
    assert_eq!(pool.contribute(STRANGER, 100, 1).refused(), paused);

    for offer in [accepted, disputed, open] {
        pool.vote(member(1), offer, 1).ok();
    }
    pool.vote(member(2), defeated, 0).ok();
    pool.call(member(3), Contract::Votes, &votes::delegateCall { delegatee: member(1) }).ok();
    pool.call(member(3), Contract::Attestations, &attestations::leaveCall { sale: 4 }).ok();
    pool.call(member(4), Contract::Attestations, &attestations::setPurposesCall { purposes: 2 }).ok();
    pool.call(member(2), Contract::Attestations, &attestations::withdrawCall {}).ok();
    pool.now += 151;
    let sealed = [accepted, disputed, defeated, open]
        .map(|offer| pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok());
    assert_eq!(sealed, [1, 1, 2, 1]);
    assert_eq!(pool.call(STRANGER, Contract::Escrow, &escrow::refundCall { offer: defeated }).ok(), UNIT);
    for offer in [accepted, disputed] {
        pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    }
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer: accepted }).ok();
    let dispute = escrow::disputeCall { offer: disputed, reason_hash: B256::ZERO };
    pool.call(BUYER, Contract::Escrow, &dispute).ok();
    pool.call(ARBITER, Contract::Escrow, &escrow::ruleCall { offer: disputed, returned_bps: 2_500 }).ok();
    assert_eq!(pool.call(KEEPER, Contract::Escrow, &distribute(accepted, 1, 4)).ok(), 2, "two are in still");
    let claim = escrow::claimCall { offer: disputed, to: member(1) };
    pool.call(member(1), Contract::Escrow, &claim).ok();
    assert_eq!(pool.call(BUYER, Contract::Escrow, &withdraw_credit(BUYER)).ok(), UNIT + UNIT / 4);

    pool.now = until;
    assert_eq!(pool.contribute(member(1), 200, 1).refused(), paused, "the last second is part of it");
    pool.now = until + 1;
    pool.contribute(member(1), 200, 1).ok();
    pool.offer(UNIT);
    let again = escrow::pauseCall { until: pool.now + 1 };
    let again = pool.try_call(GUARDIAN, Contract::Escrow, &again).refused();
    assert_eq!(again, Error::PauseTooSoon(escrow::PauseTooSoon { next_allowed: until + 30 * DAY_S }));
}

/// Shows T54, I19.
#[test]
fn three_roles_are_three_accounts_on_the_lists_on_bytecode() {
    let mut with = settings();
    with.custodians = vec![CUSTODIAN, BUYER, STRANGER];
    with.arbiters = vec![ARBITER, BUYER, STRANGER];
    let mut pool = Pool::new(&with);
    pool.join(&[100]);
    let overlap = |account| Error::RolesOverlap(escrow::RolesOverlap { account });
    for (custodian, arbiter, expected) in [
        (BUYER, ARBITER, overlap(BUYER)),
        (CUSTODIAN, BUYER, overlap(BUYER)),
        (STRANGER, STRANGER, overlap(STRANGER)),
        (KEEPER, ARBITER, Error::NotACustodian(escrow::NotACustodian { account: KEEPER })),
        (CUSTODIAN, KEEPER, Error::NotAnArbiter(escrow::NotAnArbiter { account: KEEPER })),
    ] {
        let terms = escrow::offerCall { custodian, arbiter, ..pool.terms(UNIT) };
        let sent = UNIT + pool.listing_fee();
        assert_eq!(pool.pay(BUYER, Contract::Escrow, sent, &terms).refused(), expected);
    }

    let offer = pool.offer(UNIT);
    pool.vote(member(1), offer, 1).ok();
    pool.now += 151;
    pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
    let only = |required| Error::Unauthorized(escrow::Unauthorized { caller: STRANGER, required });
    let refused = pool.try_call(STRANGER, Contract::Escrow, &deliver_call(offer)).refused();
    assert_eq!(refused, only(CUSTODIAN), "another custodian of the list");
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &escrow::acceptCall { offer }).refused(), only(BUYER));
    let dispute = escrow::disputeCall { offer, reason_hash: B256::ZERO };
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &dispute).refused(), only(BUYER));
    pool.call(BUYER, Contract::Escrow, &dispute).ok();
    let rule = escrow::ruleCall { offer, returned_bps: 10_000 };
    assert_eq!(pool.try_call(STRANGER, Contract::Escrow, &rule).refused(), only(ARBITER), "another arbiter");
    pool.call(ARBITER, Contract::Escrow, &rule).ok();
    assert_eq!(pool.credit(BUYER), UNIT);
}

#[test]
fn t57_one_attester_twice_counts_once_on_bytecode() {
    let pool = pool(&[100]);
    let attestation = pool.attestation(member(1), 200);
    let signature = pool.sign(&attester(1), &attestation);
    let call = attest_call(&attestation, 1, &[signature, signature]);
    let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert_eq!(refused, Error::TooFewAttesters(escrow::TooFewAttesters { signed: 1, threshold: 2 }));
}

#[test]
fn g05_lists_of_different_lengths_are_refused_on_bytecode() {
    let mut pool = pool(&[100]);
    let (targets, calls) = (vec![pool.address(Contract::Escrow); 2], vec![escrow::sealCall::SELECTOR.to_vec().into()]);
    let refused = |receipt: Receipt<B256>| match receipt.result {
        Err(Refusal::Error(Error::CallCountOutOfBounds(e))) => (e.targets, e.calls, e.most),
        other => panic!("{other:?}"),
    };
    let propose = escrow::proposeCall { targets, calls, description: "two targets, one call".into() };
    assert_eq!(refused(pool.call(member(1), Contract::Escrow, &propose)), (2, 1, 8));
}

/// Shows G08, G09.
#[test]
fn a_deadlines_last_second_counts_and_the_next_does_not_on_bytecode() {
    let mut pool = pool(&[100, 100, 100]);
    let offer = pool.offer(UNIT);
    let (deadline, window_ends) = (pool.now + 100, pool.now + 150);
    pool.now = deadline;
    pool.vote(member(1), offer, 1).ok();
    pool.now = deadline + 1;
    let late = pool.vote(member(2), offer, 1).refused();
    assert_eq!(late, Error::VotingOver(escrow::VotingOver { deadline, clock: deadline + 1 }));
    pool.now = window_ends;
    let leave = attestations::leaveCall { sale: 1 };
    pool.call(member(2), Contract::Attestations, &leave).ok();
    let early = pool.try_call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).refused();
    assert_eq!(early, Error::WrongStatus(escrow::WrongStatus { current: 2, required: 3 }));
    pool.now = window_ends + 1;
    let late = pool.call(member(3), Contract::Attestations, &leave).refused();
    assert_eq!(late, Error::OptOutWindowOver(escrow::OptOutWindowOver { sale: 1, ended: window_ends }));
    pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
}

#[test]
fn g10_g11_a_vote_is_one_of_three_and_once_on_bytecode() {
    let mut pool = pool(&[100]);
    let offer = pool.offer(UNIT);
    let unknown = pool.vote(member(1), offer, 3).refused();
    assert_eq!(unknown, Error::UnknownSupport(escrow::UnknownSupport { support: 3 }));
    pool.vote(member(1), offer, 2).ok();
    for support in [0, 1, 2] {
        let twice = pool.vote(member(1), offer, support).refused();
        assert_eq!(twice, Error::AlreadyVoted(escrow::AlreadyVoted { voter: member(1) }));
    }
    assert_eq!(tally(&pool, offer), [0, 0, 100].map(U256::from));
    let nowhere = pool.vote(member(1), B256::ZERO, 1).refused();
    assert_eq!(nowhere, Error::NoSuchBallot(escrow::NoSuchBallot { id: B256::ZERO }));
}

/// Shows V08, V09, V10, F17, T01.
#[test]
fn votes_are_not_transferable_on_bytecode() {
    let pool = pool(&[100, 100]);
    let [from, to] = [member(1), member(2)];
    for value in [0, 1, 100].map(U256::from) {
        let refusals = [
            pool.try_call(from, Contract::Votes, &votes::transferCall { to, value }).refused(),
            pool.try_call(from, Contract::Votes, &votes::approveCall { spender: to, value }).refused(),
            pool.try_call(to, Contract::Votes, &votes::transferFromCall { from, to, value }).refused(),
        ];
        assert!(refusals.iter().all(|error| *error == Error::NotTransferable(escrow::NotTransferable {})));
    }
    assert_eq!(pool.view(Contract::Votes, &votes::allowanceCall { owner: from, spender: to }), U256::ZERO);
}

/// Shows T37.
#[test]
fn a_later_attestation_costs_what_an_earlier_one_in_the_same_place_of_its_page_costs() {
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
fn a_later_vote_or_delegation_costs_what_an_earlier_one_in_the_same_place_of_its_page_costs() {
    let mut pool = pool(&[100; 40]);
    let offer = pool.offer(UNIT);
    let votes: Vec<_> = (1..=40).map(|number| cost(pool.vote(member(number), offer, 1))).collect();
    let mut delegations = Vec::new();
    for turn in 0..80 {
        pool.now += 1;
        let delegatee = member(1 + turn % 2);
        delegations.push(cost(pool.call(member(3), Contract::Votes, &votes::delegateCall { delegatee })));
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
fn t37_shares_are_asked_for_512_at_a_time_at_most_on_bytecode() {
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
        cost(receipt).deposit
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

/// With enough weight `caller` takes `member` out; with less, nothing at all happens.
fn starve_withdrawal<C: SolCall>(pool: &mut Pool, caller: Address, of: Address, call: &C) {
    let needed = pool.try_call(caller, Contract::Attestations, call).cost;
    let state = |pool: &Pool| {
        let totals = pool.view(Contract::Attestations, &attestations::saleTotalsCall { sale: 1 });
        let balance = pool.view(Contract::Votes, &votes::balanceOfCall { account: of });
        let member_of = pool.view(Contract::Attestations, &attestations::memberOfCall { member: of });
        (totals.total_weight, totals.members, balance, member_of.weight, member_of.nonce)
    };
    let before = state(pool);
    let parts = 24;
    for part in 1..=parts {
        let less_time = Cost { ref_time_ps: needed.ref_time_ps * part / parts - 1, ..needed };
        let less_proof = Cost { proof_bytes: needed.proof_bytes * part / parts - 1, ..needed };
        for limit in [less_time, less_proof] {
            let receipt = pool.call_within(limit, caller, Contract::Attestations, call);
            assert!(receipt.result.is_err() && receipt.events.is_empty(), "{limit:?} was enough");
            assert_eq!(state(pool), before);
        }
    }
    cost(pool.call(caller, Contract::Attestations, call));
    let (weight, members, _, out, nonce) = before;
    assert_eq!(state(pool), (weight - u64::from(out), members - 1, U256::ZERO, 0, nonce + 1));
}

/// Shows T47.
#[test]
fn a_withdrawal_within_too_little_weight_changes_nothing_at_all() {
    let mut pool = pool(&[100, 200]);
    let signer = Signer::new(&mut pool, 1);
    pool.contribute(signer.address, 300, 1).ok();
    pool.now += 1;
    pool.offer(UNIT);
    starve_withdrawal(&mut pool, member(1), member(1), &attestations::withdrawCall {});
    // Whoever relays chooses the limits.
    let (member, nonce, deadline) = (signer.address, 1, pool.now + 1_000);
    let signature = signer.sign(&pool, Contract::Attestations, &signed::Withdraw { member, nonce, deadline }).into();
    let relayed = attestations::withdrawForCall { member, deadline, signature };
    starve_withdrawal(&mut pool, STRANGER, member, &relayed);
}

/// Shows T26.
#[test]
fn a_contract_that_paid_out_everything_is_still_there_on_bytecode() {
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

/// Shows T36.
#[test]
fn no_contract_asks_the_chain_for_what_could_change_its_code() {
    for contract in [Contract::Attestations, Contract::Votes, Contract::Escrow] {
        let asks_for = |name: &str| code(contract).windows(name.len()).any(|bytes| bytes == name.as_bytes());
        // A contract's code contains the names of the chain's functions that it uses.
        assert!(["set_storage", "hash_keccak_256", "seal_return"].into_iter().all(asks_for), "{contract:?}");
        for forbidden in ["set_code_hash", "delegate_call", "terminate", "instantiate"] {
            assert!(!asks_for(forbidden), "{contract:?} can {forbidden}");
        }
    }
}

#[test]
fn arguments_out_of_their_types_range_are_refused_on_bytecode() {
    let mut pool = pool(&[100, 200]);
    let offer = pool.offer(10 * UNIT);
    let vote = votes::castVoteCall { proposalId: offer.into(), support: 1 }.abi_encode();
    let batch = votes::castVotesBySigCall { proposalId: offer.into(), ballots: vec![0; 87].into() }.abi_encode();
    // A support of 257; a batch that begins, or ends, past what was sent or past all numbers.
    let damaged = |call: &[u8], word: usize, byte: usize| {
        let mut call = call.to_vec();
        call[4 + 32 * word + byte] = 1;
        call
    };
    let to = pool.address(Contract::Votes);
    for call in [
        damaged(&vote, 1, 30),
        damaged(&vote, 1, 0),
        damaged(&batch, 1, 30),
        damaged(&batch, 1, 0),
        damaged(&batch, 2, 30),
        damaged(&batch, 2, 0),
        batch[..4 + 64].to_vec(),
        batch[..4 + 64 + 32 + 86].to_vec(),
        vec![0; 4],
        vec![],
    ] {
        let end = pool.send(member(1), to, 0, call.clone()).end;
        assert!(matches!(end, End::Reverted(_)), "{end:?} of {call:02x?}");
    }
    assert_eq!(tally(&pool, offer), [U256::ZERO; 3]);
    assert!(matches!(pool.send(member(1), to, 0, vote).end, End::Returned(_)));
}

#[test]
fn code_stays_within_its_budget() {
    // Each call carries the whole code of its contracts as proof. Everybody pays for what grows here.
    for (contract, most) in [(Contract::Attestations, 42_500), (Contract::Votes, 40_500), (Contract::Escrow, 67_500)] {
        let size = code(contract).len();
        assert!(size <= most, "{contract:?} has {size} bytes, more than {most}");
    }
}
