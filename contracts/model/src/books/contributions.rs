//! Contributions, purposes and who is in a sale.

use chorus_core::{
    attestations::Contribution,
    event::AttestationsEvent,
    types::{Address, SaleNumber, Timestamp},
};

use super::{Accepted, Books, Member};
use crate::outcome::{Logged, Outcome};

impl Books {
    pub(super) fn book_contribution(&mut self, call: Accepted<'_>, contribution: &Contribution, purposes: u16) {
        let Accepted { now, caller, outcome, .. } = call;
        let newcomer = u32::try_from(self.joined.len()).unwrap_or(u32::MAX) + 1;
        let number = self.members.get(&caller).map_or(newcomer, |member| member.number);
        if number == newcomer {
            self.joined.push(caller);
        }
        self.expect("I03 number", outcome, Outcome::Member(number.into()));
        let fresh = Member { number, weight: 0, purposes: 0, nullifier: [0; 32], nonce: 0 };
        let member = self.members.entry(caller).or_insert(fresh);
        let more = u64::from(contribution.weight.0.saturating_sub(member.weight));
        let added = self.added.entry(now.0 / 86_400).or_default();
        *added += more;
        if more != 0 && *added > self.pool.daily_weight_cap.0 {
            self.differences.push(format!("I15 {added} points on one day"));
        }
        member.weight = contribution.weight.0;
        member.purposes = purposes;
        member.nullifier = contribution.nullifier;
        self.delegates.entry(caller).or_insert(caller);
        self.use_member_nonce(now, caller);
    }

    /// Books a batch: for each item there must be news that it was accepted, or that it was skipped.
    pub(super) fn book_contributions(&mut self, call: Accepted<'_>, batch: &[u8]) {
        use AttestationsEvent::{Attested, ContributionSkipped};
        let told = call.news.iter().filter_map(|(_, event)| match event {
            Logged::Attestations(event @ (Attested { .. } | ContributionSkipped { .. })) => Some(*event),
            _ => None,
        });
        let (told, items) = (told.collect::<Vec<_>>(), items(batch));
        self.expect("I23 items", told.len(), items.len());
        let mut accepted = 0;
        for (at, ((member, contribution, purposes), event)) in (0..).zip(items.into_iter().zip(told)) {
            match event {
                ContributionSkipped { member: skipped, position, .. } => {
                    self.expect("I23 skipped", (skipped, position), (member, at));
                }
                Attested { number, .. } => {
                    let outcome = Outcome::Member(number);
                    self.book_contribution(Accepted { outcome, ..call.of(member) }, &contribution, purposes);
                    accepted += 1;
                }
                _ => {}
            }
        }
        self.expect("I23 accepted", call.outcome, Outcome::Accepted(accepted));
    }

    pub(super) fn book_purposes(&mut self, call: Accepted<'_>, purposes: u16) {
        if let Some(member) = self.members.get_mut(&call.caller) {
            member.purposes = purposes;
        }
        self.use_member_nonce(call.now, call.caller);
    }

    /// Books a withdrawal or a revocation.
    pub(super) fn book_departure(&mut self, call: Accepted<'_>) {
        if let Some(member) = self.members.get_mut(&call.caller) {
            (member.weight, member.purposes, member.nullifier) = (0, 0, [0; 32]);
        }
        self.use_member_nonce(call.now, call.caller);
    }

    pub(super) fn book_leaving(&mut self, call: Accepted<'_>, sale: SaleNumber) {
        let sale = sale.0.checked_sub(1).and_then(|index| self.sales.get_mut(index as usize));
        let open = sale.filter(|sale| call.now <= sale.window_ends);
        let left = open.and_then(|sale| sale.inside.remove(&call.caller));
        self.expect("I02 leaving", left.is_some(), true);
        self.use_member_nonce(call.now, call.caller);
    }

    /// An act of a member was accepted. A member who no longer allows a sale's purpose is out of it, while it is open.
    fn use_member_nonce(&mut self, now: Timestamp, member: Address) {
        let Some(account) = self.members.get_mut(&member) else { return };
        account.nonce += 1;
        let purposes = account.purposes;
        for sale in &mut self.sales {
            if now <= sale.window_ends && purposes >> sale.purpose & 1 == 0 {
                sale.inside.remove(&member);
            }
        }
    }
}

/// The items of a packed batch: each member, what they contribute, and for which purposes.
fn items(batch: &[u8]) -> Vec<(Address, Contribution, u16)> {
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let hash = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).unwrap_or_default();
    let short = |bytes: &[u8]| u16::try_from(number(bytes)).unwrap_or_default();
    let mut items = Vec::new();
    let mut rest = batch;
    while let Some((item, signatures)) = rest.split_at_checked(102) {
        let contribution = Contribution {
            commitment: hash(&item[20..52]),
            nullifier: hash(&item[52..84]),
            weight: u32::try_from(number(&item[84..88])).unwrap_or_default().into(),
            rule_version: short(&item[88..90]),
            route: item[90],
            deadline: number(&item[93..101]).into(),
        };
        let member = Address(item[..20].try_into().unwrap_or_default());
        items.push((member, contribution, short(&item[91..93])));
        let member_signature = 65 * usize::from(item[101]);
        rest = &signatures[member_signature + 1 + usize::from(signatures[member_signature])..];
    }
    items
}
