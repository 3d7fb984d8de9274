//! Contributions: checked wholly, then recorded; one by one or many in a call.

use alloc::vec::Vec;

use super::{
    ROUTE_PORTABILITY_EXPORT,
    acts::contribution as contribution_act,
    cells::{Attesters, Member, Record, Root},
    consent::Change,
    host::{Host, read_record},
    statements::{attestation, check_attesters, separator},
};
use crate::{
    error::Error,
    event::AttestationsEvent as Event,
    hash::Hash32,
    packing::{Contribution, MAX_BATCH_SIZE, Submission},
    signed::check_deadline,
    types::{MemberNumber, Points, Purposes, Timestamp, Weight},
    weight::{MAX_WEIGHT, RuleVersion},
};

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

/// Accepts many contributions, each as [`attest`] would, and tells the vote token once. Returns how many were accepted.
///
/// A refused one is skipped and leaves nothing but its event. An error that cannot happen while the invariants hold
/// refuses the whole batch.
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

    /// Checks everything, and writes nothing.
    fn admit<H: Host>(&self, host: &H, root: &Root, submission: &Submission<'_>) -> Result<Admission, Error> {
        let Submission { member, ref contribution, purposes, signatures, member_signature } = *submission;
        contribution.check(self.now)?;
        let allowed = Purposes::new(purposes, root.purposes).ok_or(Error::UnknownPurpose { purposes })?;
        let mut account = host.member(member);
        let nonce = account.nonce;
        if let Some(signature) = member_signature {
            let act = contribution_act::<H>(&self.separator, member, nonce, contribution, purposes);
            act.check(host, member, nonce, signature)?;
        }
        let attested = attestation::<H>(&self.separator, member, nonce, contribution);
        check_attesters(host, &self.attesters, attested, signatures)?;

        let holder = host.holder(contribution.nullifier);
        if let Some(holder) = holder.filter(|holder| *holder != account.number) {
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
        Ok(Admission { account, before, purposes: allowed, held: holder.is_some(), day, day_weight })
    }
}

/// A contribution that may be recorded.
struct Admission {
    /// The account as it will be.
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
    /// Writes everything except the root cell. It fails only if an invariant does not hold.
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
            host.set_holder(nullifier, Some(number));
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
