//! Contributions: signatures, source accounts, and withdrawals that are given too little weight.

use chorus_bindings::{
    Address, Attestation, Contract, SolCall, U256, attestations,
    escrow::{self, EscrowErrors as Error},
    signed, votes,
};
use chorus_tests::{
    bytecode::{Cost, Pool, START, STRANGER, UNIT, address_of, attest_call, attester, member, settings},
    signers::Signer,
};

use crate::steps::pool;

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
fn a_signature_for_another_chain_with_the_same_id_and_addresses_is_refused() {
    let (pool, other) = (pool(&[100]), Pool::since(&settings(), START + 1));
    assert_eq!(pool.address(Contract::Attestations), other.address(Contract::Attestations));
    let call = other.attested(&pool.attestation(member(1), 150), 1);
    let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert!(matches!(refused, Error::NotAnAttester(_)), "{refused:?}");
}

#[test]
fn t14_a_source_account_is_in_once_on_bytecode() {
    let pool = pool(&[100]);
    let again = Attestation { nullifier: member(1).into_word(), ..pool.attestation(STRANGER, 100) };
    let refused = pool.try_call(STRANGER, Contract::Attestations, &pool.attested(&again, 1)).refused();
    assert_eq!(refused, Error::NullifierTaken(escrow::NullifierTaken { holder: 1 }));
}

#[test]
fn t57_an_attester_who_signs_twice_counts_once_on_bytecode() {
    let pool = pool(&[100]);
    let attestation = pool.attestation(member(1), 200);
    let signature = pool.sign(&attester(1), &attestation);
    let call = attest_call(&attestation, 1, &[signature, signature]);
    let refused = pool.try_call(member(1), Contract::Attestations, &call).refused();
    assert_eq!(refused, Error::TooFewAttesters(escrow::TooFewAttesters { signed: 1, threshold: 2 }));
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
    pool.call(caller, Contract::Attestations, call).accepted_cost();
    let (weight, members, _, out, nonce) = before;
    assert_eq!(state(pool), (weight - u64::from(out), members - 1, U256::ZERO, 0, nonce + 1));
}

/// Shows T47.
#[test]
fn a_withdrawal_with_too_little_weight_changes_nothing_at_all() {
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
