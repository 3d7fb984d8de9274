//! What batches cost: contributions and votes that members signed, and payments, in a pool of 200.

use chorus_bindings::{Contract, attestations, escrow, votes};

use super::{Act, By, Costs};
use crate::{
    bytecode::{BUYER, CUSTODIAN, KEEPER, Pool, UNIT, deliver_call, settings},
    signers::{Signer, ballots, contributions},
};

const MEMBERS: u32 = 200;
/// How many of them contribute in one call.
const CONTRIBUTIONS: u32 = 30;
/// How many of them vote in one call.
const VOTES: u32 = 60;
const WEIGHT: u32 = 10_000;

/// Measures one batch of each kind.
pub(crate) fn measure(costs: &mut Costs) {
    let mut pool = Pool::new(&settings());
    let members: Vec<_> = (1..=MEMBERS).map(|number| Signer::new(&mut pool, number)).collect();
    let (singly, together) = members.split_at((MEMBERS - CONTRIBUTIONS) as usize);
    for member in singly {
        pool.contribute(member.address, WEIGHT, 1).ok();
    }
    let contributions = contributions(&pool, together, WEIGHT);
    let attested = pool.call(KEEPER, Contract::Attestations, &attestations::attestManyCall { contributions });
    let message = "attestations.attestMany, new members, 2 signatures and the member's";
    assert_eq!(costs.note(By::Chorus, Some(Act::Contribution), CONTRIBUTIONS, message, attested), CONTRIBUTIONS);
    pool.now += 1;

    let offer = pool.offer(1_000 * UNIT);
    let proposal = offer.into();
    let ballots = ballots(&pool, &members[..VOTES as usize], proposal);
    let call = votes::castVotesBySigCall { proposalId: proposal, ballots };
    let cast = pool.call(KEEPER, Contract::Votes, &call);
    assert_eq!(costs.note(By::Chorus, Some(Act::Vote), VOTES, "votes.castVotesBySig", cast), VOTES);

    pool.now += 151;
    let to = Contract::Escrow;
    pool.call(KEEPER, to, &escrow::sealCall { offer }).ok();
    pool.call(CUSTODIAN, to, &deliver_call(offer)).ok();
    pool.call(BUYER, to, &escrow::acceptCall { offer }).ok();
    let paid = pool.call(KEEPER, to, &escrow::distributeCall { offer, from: 1, count: MEMBERS });
    assert_eq!(costs.note(By::Chorus, Some(Act::Payment), MEMBERS, "escrow.distribute, 200 members", paid), MEMBERS);
}
