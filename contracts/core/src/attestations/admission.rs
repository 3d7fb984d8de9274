//! Contributions: checked wholly, then recorded; one by one or many in a call.

use super::cells::{Attesters, Member, Record, Root};
use super::consent::Change;
use super::{Host, ROUTE_PORTABILITY_EXPORT, acts, check_attesters, read_record, separator};
use crate::cells::Reader;
use crate::eip712::Signature;
use crate::error::Error;
use crate::event::AttestationsEvent as Event;
use crate::hash::Hash32;
use crate::signed::{SR25519_SIZE, check_deadline};
use crate::types::{Address, MemberNumber, Points, Purposes, Timestamp, Weight};
use crate::weight::{MAX_WEIGHT, RuleVersion};
use alloc::vec::Vec;

/// What a member contributes, as attesters sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Merkle root over the rows.
    pub commitment: Hash32,
    /// Pseudonym of the source account.
    pub nullifier: Hash32,
    /// By the weight rule `rule_version`.
    pub weight: Weight,
    /// See [`RuleVersion`].
    pub rule_version: u16,
    /// How the file was obtained; only [`ROUTE_PORTABILITY_EXPORT`] is taken.
    pub route: u8,
    /// The last second at which the attesters' signatures are good.
    pub deadline: Timestamp,
}

impl Contribution {
    fn check(&self, now: Timestamp) -> Result<(), Error> {
        if self.route != ROUTE_PORTABILITY_EXPORT {
            return Err(Error::RouteRefused { route: self.route });
        }
        if RuleVersion::try_from(self.rule_version).is_err() {
            return Err(Error::UnknownRuleVersion { version: self.rule_version });
        }
        if self.weight.0 == 0 || self.weight.0 > MAX_WEIGHT {
            return Err(Error::WeightOutOfBounds { weight: self.weight.0, cap: MAX_WEIGHT });
        }
        check_deadline(now, self.deadline)
    }
}

/// A contribution as it is handed in.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// Whose it is: the caller, or who signed it.
    pub member: Address,
    /// What the attesters signed.
    pub contribution: Contribution,
    /// What the member allows, a bit each.
    pub purposes: u16,
    /// The attesters', 65 bytes each, over the contribution, the member and the member's nonce.
    pub signatures: &'a [u8],
    /// The member's, over the same and the purposes; none if they call themselves.
    pub member_signature: Option<&'a [u8]>,
}

/// Accepts a contribution, or replaces the one there is. Returns the member's number.
pub fn attest<H: Host>(host: &mut H, now: Timestamp, submission: &Submission<'_>) -> Result<MemberNumber, Error> {
    let mut root = host.root();
    let desk = Desk::open(host, &root, now)?;
    let admission = desk.admit(host, &root, submission)?;
    let number = admission.account.number;
    admission.record(host, &mut root, now, submission)?;
    host.set_root(&root);
    host.mirror(&[(submission.member, submission.contribution.weight)]);
    Ok(number)
}

/// Bytes of a batch at most, so that a call with selector, offset and length stays below 16 KiB.
///
/// So a batch holds 69 contributions with the signatures of one attester and the member, 54 with those of two attesters,
/// and 44 with those of three; a Substrate key takes 31 bytes more.
pub const MAX_BATCH_SIZE: usize = 16_288;

/// Accepts many contributions, each as [`attest`] would, and tells the vote token once. Returns how many were accepted.
///
/// A refused one is skipped without a trace but its event. What cannot happen while invariants hold sinks the batch.
pub fn attest_many<H: Host>(host: &mut H, now: Timestamp, batch: &[u8]) -> Result<u32, Error> {
    let mut root = host.root();
    let desk = Desk::open(host, &root, now)?;
    let mut weights = Vec::new();
    let (mut position, mut rest) = (0u32, batch);
    while !rest.is_empty() || position == 0 {
        let submission = Submission::unpack(&mut rest).filter(|_| batch.len() <= MAX_BATCH_SIZE);
        let submission = submission.ok_or(Error::BatchMalformed { position })?;
        let member = submission.member;
        match desk.admit(host, &root, &submission) {
            Ok(admission) => {
                admission.record(host, &mut root, now, &submission)?;
                weights.push((member, submission.contribution.weight));
            }
            Err(refused) => host.emit(Event::ContributionSkipped { member, position, reason: refused.selector() }),
        }
        position = position.saturating_add(1);
    }
    host.set_root(&root);
    if !weights.is_empty() {
        host.mirror(&weights);
    }
    u32::try_from(weights.len()).map_err(|_| Error::Overflow)
}

/// Bytes of an item before its signatures.
const ITEM_HEAD: usize = 20 + 32 + 32 + 4 + 2 + 1 + 2 + 8 + 1;

impl<'a> Submission<'a> {
    /// Appends it to a batch: member, commitment, nullifier, weight, rule version, route, purposes, deadline, how many
    /// attesters signed, their signatures, how long the member's signature is, that signature. Integers are big endian.
    pub fn pack(&self, batch: &mut Vec<u8>) {
        let Self { member, contribution, purposes, signatures, member_signature } = self;
        let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
        let signature = member_signature.unwrap_or_default();
        let count = signatures.len().checked_div(Signature::SIZE).and_then(|count| u8::try_from(count).ok());
        for part in [
            member.0.as_slice(),
            commitment,
            nullifier,
            &weight.0.to_be_bytes(),
            &rule_version.to_be_bytes(),
            &[*route],
            &purposes.to_be_bytes(),
            &deadline.0.to_be_bytes(),
            &[count.unwrap_or(u8::MAX)],
            signatures,
            &[u8::try_from(signature.len()).unwrap_or(u8::MAX)],
            signature,
        ] {
            batch.extend_from_slice(part);
        }
    }

    /// The first item of `batch`, which is moved past it.
    fn unpack(batch: &mut &'a [u8]) -> Option<Self> {
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

/// What a call reads once for all the contributions in it.
struct Desk {
    now: Timestamp,
    separator: Hash32,
    attesters: Attesters,
}

impl Desk {
    fn open<H: Host>(host: &H, root: &Root, now: Timestamp) -> Result<Self, Error> {
        root.pause.check_not_paused(now)?;
        Ok(Self { now, separator: separator(host, root), attesters: host.attesters() })
    }

    /// Checks all there is to check, and writes nothing.
    fn admit<H: Host>(&self, host: &H, root: &Root, submission: &Submission<'_>) -> Result<Admission, Error> {
        let Submission { member, ref contribution, purposes, signatures, member_signature } = *submission;
        contribution.check(self.now)?;
        let allowed = Purposes::new(purposes, root.purposes).ok_or(Error::UnknownPurpose { purposes })?;
        let mut account = host.member(member);
        let nonce = account.nonce;
        if let Some(signature) = member_signature {
            let act = acts::contribution::<H>(&self.separator, member, nonce, contribution, purposes);
            act.check(host, member, nonce, signature)?;
        }
        let attested = acts::attestation::<H>(&self.separator, member, nonce, contribution);
        check_attesters(host, &self.attesters, attested, signatures)?;

        let holder = host.holder(contribution.nullifier);
        if holder != MemberNumber(0) && holder != account.number {
            return Err(Error::NullifierTaken { holder });
        }
        if account.number == MemberNumber(0) {
            account.number = MemberNumber(root.members.checked_add(1).ok_or(Error::Overflow)?);
        }
        let before = read_record(host, account.number);
        if before.weight != Weight(0) && account.nullifier != contribution.nullifier {
            return Err(Error::NullifierDiffers);
        }
        let (day, day_weight) = root.new_weight(self.now, contribution.weight, before.weight)?;
        account.nonce = nonce.checked_add(1).ok_or(Error::Overflow)?;
        account.commitment = contribution.commitment;
        account.nullifier = contribution.nullifier;
        Ok(Admission { account, before, purposes: allowed, held: holder != MemberNumber(0), day, day_weight })
    }
}

/// A contribution that may be recorded.
struct Admission {
    /// As it will be.
    account: Member,
    before: Record,
    purposes: Purposes,
    /// Whether the nullifier is the member's already.
    held: bool,
    day: u32,
    /// New weight of that day, with this.
    day_weight: Points,
}

impl Admission {
    /// Writes all of it but the root cell; fails only by what cannot happen.
    fn record<H: Host>(
        &self,
        host: &mut H,
        root: &mut Root,
        now: Timestamp,
        submission: &Submission<'_>,
    ) -> Result<(), Error> {
        let Self { ref account, before, purposes, held, day, day_weight } = *self;
        let Contribution { commitment, nullifier, weight, rule_version, route, deadline: _ } = submission.contribution;
        let (member, number) = (submission.member, account.number);
        root.members = root.members.max(number.0);
        (root.day, root.day_weight) = (day, day_weight);
        if !held {
            host.set_holder(nullifier, number);
        }
        host.set_member(member, account);
        host.emit(Event::Attested {
            member,
            number,
            commitment,
            nullifier,
            weight,
            previous_weight: before.weight,
            purposes: purposes.bits(),
            rule_version,
            route,
            nonce: account.nonce,
        });
        Change { member, account, before, now }.apply(host, root, weight, purposes)
    }
}
