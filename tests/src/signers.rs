//! Members with keys of their own in a pool on bytecode, and the batches of what they sign.

use chorus_bindings::{
    Address, Bytes, Contract, SolStruct, U256, attestations,
    batch::{self, Batch},
    eip712_domain,
    signed::{Ballot, Contribution},
};
use k256::ecdsa::SigningKey;

use crate::bytecode::{self, Pool, address_of, chain_id};

/// A member with an Ethereum key, and an account that exists.
pub struct Signer {
    key: SigningKey,
    /// Their address.
    pub address: Address,
}

impl Signer {
    /// The member with this number, whose account exists.
    pub fn new(pool: &mut Pool, number: u32) -> Self {
        let mut scalar = [0; 32];
        scalar[..4].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_slice(&scalar).expect("a scalar below the order is a key");
        let address = address_of(&key);
        pool.endow(address, 1_000_000_000_000);
        Self { key, address }
    }

    /// Their signature over an act for a contract: `r ‖ s ‖ v`.
    pub fn sign(&self, pool: &Pool, contract: Contract, act: &impl SolStruct) -> Vec<u8> {
        let salt = pool.salts()[contract as usize];
        let domain = eip712_domain(contract, chain_id(), pool.address(contract), salt);
        bytecode::sign(&self.key, act.eip712_signing_hash(&domain)).to_vec()
    }
}

/// The batch for `attestMany` in which they all contribute, with two attesters' signatures each.
///
/// # Panics
/// When there are more of them than a batch has room for.
pub fn contributions(pool: &Pool, members: &[Signer], weight: u32) -> Bytes {
    let mut batch = Batch::default();
    for member in members {
        let attestation = pool.attestation(member.address, weight);
        let call = pool.attested(&attestation, 1);
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

/// The batch for `castVotesBySig` in which they all vote for a proposal, which is their first.
///
/// # Panics
/// When there are more of them than a batch has room for.
pub fn ballots(pool: &Pool, members: &[Signer], proposal: U256) -> Bytes {
    let mut batch = Batch::default();
    for member in members {
        let ballot = Ballot { proposalId: proposal, support: 1, voter: member.address, nonce: U256::ZERO };
        let signature = member.sign(pool, Contract::Votes, &ballot);
        assert!(batch.push_ballot(member.address, ballot.support, &signature));
    }
    batch.into_bytes().into()
}
