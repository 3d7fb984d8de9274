//! Members and their contributions.

use chorus_abi::{Address, B256, attestations};

use super::{Log, Record};

/// A member as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Their address.
    pub address: Address,
    /// Their next nonce in `attestations`.
    pub nonce: u64,
    /// What they contribute; `None` after a withdrawal or a revocation.
    pub contribution: Option<Contribution>,
}

/// What a member contributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Points.
    pub weight: u32,
    /// One bit for each allowed purpose.
    pub purposes: u16,
    /// Merkle root over the rows.
    pub commitment: B256,
    /// Pseudonym of the source account.
    pub nullifier: B256,
}

impl Member {
    /// Their points, 0 without a contribution.
    pub fn weight(&self) -> u32 {
        self.contribution.map_or(0, |contribution| contribution.weight)
    }

    /// One bit for each purpose that they allow, none without a contribution.
    pub fn purposes(&self) -> u16 {
        self.contribution.map_or(0, |contribution| contribution.purposes)
    }
}

/// One change of one contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The member's number.
    pub number: u32,
    /// Their weight before.
    pub previous_weight: u32,
    /// The member after the change.
    pub member: Member,
    /// What was attested, with this change or last before it.
    pub attested: attestations::Attested,
}

/// What happened to a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was made or replaced.
    Attested,
    /// Its member allows other purposes.
    PurposesChanged,
    /// Its member took it back.
    Withdrawn,
    /// The DAO and the attesters revoked it.
    Revoked,
}

impl ChangeKind {
    /// Its name in the indexer's API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attested => "attested",
            Self::PurposesChanged => "purposes_changed",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
        }
    }
}

/// The bit that stands for a purpose in a set of purposes.
pub(super) fn bit(purpose: u8) -> u16 {
    1u16.checked_shl(purpose.into()).unwrap_or_default()
}

impl Record {
    pub(super) fn attested(&mut self, log: &Log, e: &attestations::Attested) {
        let attestations::Attested { weight, purposes, commitment, nullifier, .. } = *e;
        let contribution = Some(Contribution { weight, purposes, commitment, nullifier });
        self.attested.insert(e.number, e.clone());
        let member = Member { address: e.member, nonce: e.nonce, contribution };
        self.change(log, ChangeKind::Attested, e.number, member, e.previous_weight);
    }

    pub(super) fn purposes_changed(&mut self, log: &Log, e: &attestations::PurposesChanged) {
        let before = self.members.get(&e.number).and_then(|member| member.contribution);
        let contribution = before.map(|before| Contribution { purposes: e.purposes, ..before });
        let member = Member { address: e.member, nonce: e.nonce, contribution };
        self.change(log, ChangeKind::PurposesChanged, e.number, member, e.weight);
    }

    pub(super) fn withdrawn(&mut self, log: &Log, e: &attestations::Withdrawn) {
        let member = Member { address: e.member, nonce: e.nonce, contribution: None };
        self.change(log, ChangeKind::Withdrawn, e.number, member, e.weight);
    }

    pub(super) fn revoked(&mut self, log: &Log, e: &attestations::Revoked) {
        let member = Member { address: e.member, nonce: e.nonce, contribution: None };
        self.change(log, ChangeKind::Revoked, e.number, member, e.weight);
    }

    /// Notes that a contribution changed, and which open sales its member must be out of by that.
    fn change(&mut self, log: &Log, kind: ChangeKind, number: u32, member: Member, announced_before: u32) {
        let before = self.members.insert(number, member.clone());
        self.numbers.insert(member.address, number);
        let weight_before = before.as_ref().map_or(0, Member::weight);
        self.expect(log, "the weight before a change", announced_before, weight_before);
        if let Some(before) = &before {
            self.expect(log, "the holder of a member number", member.address, before.address);
        }
        let dropped = before.as_ref().map_or(0, Member::purposes) & !member.purposes();
        for sale in self.sales.values_mut() {
            let rests_on_it = dropped & bit(sale.purpose) != 0 && sale.members.contains_key(&number);
            if rests_on_it && log.time_s <= sale.window_ends {
                sale.must_leave.insert(number);
            }
        }
        let Some(attested) = self.attested.get(&number).cloned() else {
            return self.contradict(log, format!("member {number} changed a contribution they never made"));
        };
        self.changes.push((log.at, Change { kind, number, previous_weight: announced_before, member, attested }));
    }
}
