//! The largest batches that the contracts accept fit a block: shown on their bytecode.

use chorus_bindings::{Contract, attestations, escrow, votes};
use chorus_core::escrow::MAX_RANGE;
use chorus_tests::{
    bytecode::{BLOCK, BUYER, CUSTODIAN, Cost, KEEPER, Pool, Receipt, UNIT, deliver_call, settings},
    signers::{Signer, ballots, contributions},
};

/// How many contributions with two attesters' signatures fit one call, as `contracts/README.md` says.
const CONTRIBUTIONS: usize = 54;
/// How many votes of Ethereum keys fit one call, as clients pack them.
const VOTES: usize = 187;

fn fits_a_block<R>(receipt: Receipt<R>) -> R {
    let Cost { ref_time_ps, proof_bytes, .. } = receipt.cost;
    assert!(ref_time_ps < BLOCK.0 && proof_bytes < BLOCK.1, "{:?}", receipt.cost);
    receipt.ok()
}

#[test]
fn t37_the_greatest_batches_fit_a_block_on_bytecode() {
    let mut pool = Pool::new(&settings());
    let members: Vec<_> = (1..=MAX_RANGE).map(|number| Signer::new(&mut pool, number)).collect();
    for some in members.chunks(CONTRIBUTIONS) {
        let call = attestations::attestManyCall { contributions: contributions(&pool, some, 1_000) };
        assert_eq!(fits_a_block(pool.call(KEEPER, Contract::Attestations, &call)), some.len() as u32);
    }
    pool.now += 1;
    let offer = pool.offer(1_000 * UNIT);
    let call = votes::castVotesBySigCall {
        proposalId: offer.into(),
        ballots: ballots(&pool, &members[..VOTES], offer.into()),
    };
    assert_eq!(fits_a_block(pool.call(KEEPER, Contract::Votes, &call)), VOTES as u32);
    pool.now += 151;
    pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
    pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
    pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer }).ok();
    let all = escrow::distributeCall { offer, from: 1, count: MAX_RANGE };
    assert_eq!(fits_a_block(pool.call(KEEPER, Contract::Escrow, &all)), MAX_RANGE);
}
