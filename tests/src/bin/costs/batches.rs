//! What batches cost: contributions and votes that members signed, and payments, in a pool of 200.

use chorus_bindings::batch::{self, Batch};
use chorus_bindings::signed::{Ballot, Contribution};
use chorus_bindings::{Address, Bytes, Contract, SolStruct, U256, attestations, eip712_domain, escrow, votes};
use chorus_tests::bytecode::{BUYER, CUSTODIAN, KEEPER, Pool, UNIT, address_of, chain_id, deliver_call, settings};
use k256::ecdsa::SigningKey;

use crate::{Act, By, Table};

const MEMBERS: u32 = 200;
/// So many of them contribute in one call.
const CONTRIBUTIONS: u32 = 30;
/// So many of them vote in one call.
const VOTES: u32 = 60;
const WEIGHT: u32 = 10_000;
const PURPOSES: u16 = 1;

/// Measures one batch of each kind.
pub(crate) fn measure(table: &mut Table) {
    let mut pool = Pool::new(&settings());
    let members: Vec<_> = (1..=MEMBERS).map(|number| Member::new(&mut pool, number)).collect();
    let (singly, together) = members.split_at((MEMBERS - CONTRIBUTIONS) as usize);
    for member in singly {
        pool.contribute(member.address, WEIGHT, PURPOSES).ok();
    }
    let contributions = contributions(&pool, together);
    let attested = pool.call(KEEPER, Contract::Attestations, &attestations::attestManyCall { contributions });
    let message = "attestations.attestMany, new members, 2 signatures and the member's";
    assert_eq!(table.note(By::Chorus, Some(Act::Contribution), CONTRIBUTIONS, message, attested), CONTRIBUTIONS);
    pool.now += 1;

    let offer = pool.offer(1_000 * UNIT);
    let proposal = offer.into();
    let ballots = ballots(&pool, &members[..VOTES as usize], proposal);
    let call = votes::castVotesBySigCall { proposalId: proposal, ballots };
    let cast = pool.call(KEEPER, Contract::Votes, &call);
    assert_eq!(table.note(By::Chorus, Some(Act::Vote), VOTES, "votes.castVotesBySig", cast), VOTES);

    pool.now += 151;
    let to = Contract::Escrow;
    pool.call(KEEPER, to, &escrow::sealCall { offer }).ok();
    pool.call(CUSTODIAN, to, &deliver_call(offer)).ok();
    pool.call(BUYER, to, &escrow::acceptCall { offer }).ok();
    let paid = pool.call(KEEPER, to, &escrow::distributeCall { offer, from: 1, count: MEMBERS });
    assert_eq!(table.note(By::Chorus, Some(Act::Payment), MEMBERS, "escrow.distribute, 200 members", paid), MEMBERS);
}

/// A member with an Ethereum key, and an account that exists.
struct Member {
    key: SigningKey,
    address: Address,
}

impl Member {
    fn new(pool: &mut Pool, number: u32) -> Self {
        let mut scalar = [0; 32];
        scalar[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_slice(&scalar).expect("a scalar below the order is a key");
        let address = address_of(&key);
        pool.endow(address, 1_000_000_000_000);
        Self { key, address }
    }

    fn sign(&self, pool: &Pool, contract: Contract, act: &impl SolStruct) -> Vec<u8> {
        let salt = pool.salts()[contract as usize];
        let domain = eip712_domain(contract, chain_id(), pool.address(contract), salt);
        let digest = act.eip712_signing_hash(&domain);
        let (signature, recovery) = self.key.sign_prehash_recoverable(&digest.0).expect("a digest is signed");
        [&signature.to_bytes()[..], &[27 + recovery.to_byte()]].concat()
    }
}

fn contributions(pool: &Pool, members: &[Member]) -> Bytes {
    let mut batch = Batch::default();
    for member in members {
        let attestation = pool.attestation(member.address, WEIGHT);
        let call = pool.attested(&attestation, PURPOSES);
        let attestations::attestCall { commitment, nullifier, weight, rule_version, route, purposes, deadline, .. } =
            call;
        let signed = Contribution {
            member: member.address,
            nonce: attestation.nonce,
            commitment,
            nullifier,
            weight,
            rule_version,
            route,
            purposes,
            deadline,
        };
        assert!(batch.push_contribution(&batch::Contribution {
            member: member.address,
            commitment,
            nullifier,
            weight,
            rule_version,
            route,
            purposes,
            deadline,
            signatures: &call.signatures,
            member_signature: &member.sign(pool, Contract::Attestations, &signed),
        }));
    }
    batch.into_bytes().into()
}

fn ballots(pool: &Pool, members: &[Member], proposal: U256) -> Bytes {
    let mut batch = Batch::default();
    for member in members {
        let ballot = Ballot { proposalId: proposal, support: 1, voter: member.address, nonce: U256::ZERO };
        let signature = member.sign(pool, Contract::Votes, &ballot);
        assert!(batch.push_ballot(member.address, ballot.support, &signature));
    }
    batch.into_bytes().into()
}
