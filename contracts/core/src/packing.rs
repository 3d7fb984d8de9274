//! Batches: items side by side, big endian, without padding. Packed and unpacked here and nowhere else.

use alloc::vec::Vec;

use crate::{
    cells::Reader,
    eip712::Signature,
    hash::Hash32,
    signed::SR25519_SIZE,
    types::{Address, Timestamp, Weight},
};

/// Bytes of a batch at most, so that a call with selector, offset and length stays below 16 KiB.
///
/// So a batch holds 69 contributions with the signatures of one attester and the member, 54 with those of two
/// attesters, and 44 with those of three; a Substrate key takes 31 bytes more. Of votes it holds 187 with signatures of
/// Ethereum keys, or 138 of Substrate keys.
pub const MAX_BATCH_SIZE: usize = 16_288;

/// What a member contributes, as attesters sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Merkle root over the rows.
    pub commitment: Hash32,
    /// Pseudonym of the source account.
    pub nullifier: Hash32,
    /// Its weight by rule `rule_version`.
    pub weight: Weight,
    /// The version of the weight rule, see [`RuleVersion`](crate::weight::RuleVersion).
    pub rule_version: u16,
    /// How the file was obtained; only
    /// [`ROUTE_PORTABILITY_EXPORT`](crate::attestations::ROUTE_PORTABILITY_EXPORT) is taken.
    pub route: u8,
    /// The last second at which the attesters' signatures are good.
    pub deadline: Timestamp,
}

/// A contribution as it is handed in.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The member whose contribution it is: the caller, or whoever signed it.
    pub member: Address,
    /// What the attesters signed.
    pub contribution: Contribution,
    /// The purposes that the member allows, a bit each.
    pub purposes: u16,
    /// The attesters' signatures, 65 bytes each, over the contribution, the member and the member's nonce.
    pub signatures: &'a [u8],
    /// The member's signature, over the same and the purposes; `None` if they call themselves.
    pub member_signature: Option<&'a [u8]>,
}

/// Bytes of an item before its signatures.
const ITEM_HEAD: usize = 20 + 32 + 32 + 4 + 2 + 1 + 2 + 8 + 1;

impl<'a> Submission<'a> {
    /// Appends it to a batch: member, commitment, nullifier, weight, rule version, route, purposes, deadline, how many
    /// attesters signed, their signatures, how long the member's signature is, that signature. Integers are big endian.
    ///
    /// False, and nothing appended, if signatures have another length than signatures have.
    pub fn pack(&self, batch: &mut Vec<u8>) -> bool {
        let Self { member, contribution, purposes, signatures, member_signature } = self;
        let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
        let signature = member_signature.unwrap_or_default();
        let count = signatures.len().checked_div(Signature::SIZE).and_then(|count| u8::try_from(count).ok());
        let (Some(count), Ok(length)) = (count, u8::try_from(signature.len())) else { return false };
        if !signatures.len().is_multiple_of(Signature::SIZE) {
            return false;
        }
        for part in [
            member.0.as_slice(),
            commitment,
            nullifier,
            &weight.0.to_be_bytes(),
            &rule_version.to_be_bytes(),
            &[*route],
            &purposes.to_be_bytes(),
            &deadline.0.to_be_bytes(),
            &[count],
            signatures,
            &[length],
            signature,
        ] {
            batch.extend_from_slice(part);
        }
        true
    }

    /// The first item of `batch`, which is moved past it.
    pub fn unpack(batch: &mut &'a [u8]) -> Option<Self> {
        let (head, rest) = batch.split_first_chunk::<ITEM_HEAD>()?;
        let mut head = Reader::new(head);
        let (member, commitment, nullifier) = (Address(head.take()), head.take(), head.take());
        let weight = Weight(u32::from_be_bytes(head.take()));
        let rule_version = u16::from_be_bytes(head.take());
        let [route] = head.take();
        let purposes = u16::from_be_bytes(head.take());
        let deadline = Timestamp(u64::from_be_bytes(head.take()));
        let [count] = head.take();
        let (signatures, rest) = rest.split_at_checked(Signature::SIZE.checked_mul(count.into())?)?;
        let (&length, rest) = rest.split_first()?;
        let length = usize::from(length);
        if length != Signature::SIZE && length != SR25519_SIZE {
            return None;
        }
        let (member_signature, rest) = rest.split_at_checked(length)?;
        *batch = rest;
        let contribution = Contribution { commitment, nullifier, weight, rule_version, route, deadline };
        Some(Self { member, contribution, purposes, signatures, member_signature: Some(member_signature) })
    }
}

/// A vote that its voter signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedVote<'a> {
    /// The account that votes.
    pub voter: Address,
    /// See [`Support`](crate::names::Support).
    pub support: u8,
    /// The voter's signature.
    pub signature: &'a [u8],
}

impl<'a> SignedVote<'a> {
    /// Appends it to a batch: voter, support, how long the signature is, that signature.
    ///
    /// False, and nothing appended, if the signature is longer than any.
    pub fn pack(&self, batch: &mut Vec<u8>) -> bool {
        let Self { voter, support, signature } = self;
        let Ok(length) = u8::try_from(signature.len()) else { return false };
        for part in [voter.0.as_slice(), &[*support, length], signature] {
            batch.extend_from_slice(part);
        }
        true
    }

    /// The first vote of a batch, and what comes after it.
    pub fn unpack(ballots: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (voter, rest) = ballots.split_first_chunk::<20>()?;
        let ([support, length], rest) = rest.split_first_chunk::<2>()?;
        let (signature, rest) = rest.split_at_checked(usize::from(*length))?;
        Some((Self { voter: Address(*voter), support: *support, signature }, rest))
    }
}
