//! What a member changes or takes back, and the one way in which somebody else can take it out.

use super::{
    cells::{Archive, Member, Page, PastRecord, Record, Root},
    host::{Host, active_member},
    sales::strike_if_in,
    statements::{check_attesters, revocation, separator},
};
use crate::{
    error::Error,
    event::AttestationsEvent as Event,
    signed::check_deadline,
    types::{Address, Purposes, Timestamp, Weight},
};

/// Sets the purposes that `member` allows from now on; leaves every open sale whose purpose is dropped.
pub fn set_purposes<H: Host>(host: &mut H, now: Timestamp, member: Address, purposes: u16) -> Result<(), Error> {
    let mut root = host.root();
    let allowed = Purposes::new(purposes, root.purposes).ok_or(Error::UnknownPurpose { purposes })?;
    let (mut account, before) = active_member(host, member)?;
    if before.purposes == allowed {
        return Err(Error::PurposesUnchanged { purposes });
    }
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    host.set_member(member, &account);
    host.emit(Event::PurposesChanged {
        member,
        number: account.number,
        weight: before.weight,
        previous_purposes: before.purposes.bits(),
        purposes,
        nonce: account.nonce,
    });
    let change = Change { member, account: &account, before, now };
    change.apply(host, &mut root, before.weight, allowed)?;
    host.set_root(&root);
    Ok(())
}

/// Takes the contribution of `member` back: weight 0, votes burned, nullifier free, out of every sale whose window is
/// open.
///
/// No pause stops this.
pub fn withdraw<H: Host>(host: &mut H, now: Timestamp, member: Address) -> Result<(), Error> {
    take_back(host, now, member, Ending::Withdrawn)
}

/// A withdrawal against the member's will, for a fraud. For `escrow` alone, which calls it when the DAO decided so.
///
/// The attesters sign the member and their nullifier as well: a majority alone cannot expel anyone from a sale. No
/// nonce is signed, so that no act of the member makes the signatures void.
pub fn revoke<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    member: Address,
    deadline: Timestamp,
    signatures: &[u8],
) -> Result<(), Error> {
    let root = host.root();
    caller.check_is(root.escrow)?;
    check_deadline(now, deadline)?;
    let (account, _) = active_member(host, member)?;
    let digest = revocation::<H>(&separator(host, &root), member, account.nullifier, deadline);
    check_attesters(host, &host.attesters(), digest, signatures)?;
    take_back(host, now, member, Ending::Revoked)
}

/// Who took a contribution back.
#[derive(Clone, Copy)]
enum Ending {
    /// The member.
    Withdrawn,
    /// The DAO and the attesters.
    Revoked,
}

fn take_back<H: Host>(host: &mut H, now: Timestamp, member: Address, ending: Ending) -> Result<(), Error> {
    let mut root = host.root();
    let (mut account, before) = active_member(host, member)?;
    let nullifier = account.nullifier;
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    account.commitment = [0; 32];
    account.nullifier = [0; 32];
    host.set_holder(nullifier, None);
    host.set_member(member, &account);
    let Member { number, nonce, .. } = account;
    let (weight, purposes) = (before.weight, before.purposes.bits());
    host.emit(match ending {
        Ending::Withdrawn => Event::Withdrawn { member, number, weight, purposes, nullifier, nonce },
        Ending::Revoked => Event::Revoked { member, number, weight, purposes, nullifier, nonce },
    });
    let change = Change { member, account: &account, before, now };
    change.apply(host, &mut root, Weight(0), Purposes::NONE)?;
    host.set_root(&root);
    host.mirror(&[(member, Weight(0))]);
    Ok(())
}

/// A change of a member's weight or purposes, with what it does to totals, history and open sales.
pub(super) struct Change<'a> {
    pub(super) member: Address,
    pub(super) account: &'a Member,
    pub(super) before: Record,
    pub(super) now: Timestamp,
}

impl Change<'_> {
    /// Writes everything except the root cell.
    pub(super) fn apply<H: Host>(
        &self,
        host: &mut H,
        root: &mut Root,
        weight: Weight,
        purposes: Purposes,
    ) -> Result<(), Error> {
        let Self { member, account, before, now } = *self;
        // First out of the sales, by what the record said when they were opened …
        let dropped = |purpose| before.purposes.allows_index(purpose) && !purposes.allows_index(purpose);
        for open in root.open_sales() {
            if now <= open.window_ends && dropped(open.purpose) {
                strike_if_in(host, open.sale, member, account, &before)?;
            }
        }
        // … then the record, its history and the running totals.
        let sales = u16::try_from(root.sales).map_err(|_| Error::Overflow)?;
        let mut after = before;
        if before.changed_at < sales && before.member != Address::ZERO {
            let (page, slot) = Archive::place(before.archived);
            let mut archive = host.archive(account.number, page);
            let Record { weight, purposes, .. } = before;
            archive.set(slot, &PastRecord { after: before.changed_at, until: sales, weight, purposes });
            host.set_archive(account.number, page, &archive);
            after.archived = before.archived.checked_add(1).ok_or(Error::Overflow)?;
        }
        after.member = member;
        after.weight = weight;
        after.purposes = purposes;
        after.changed_at = sales;
        let (page, slot) = Page::place(account.number);
        let mut records = host.page(page);
        records.set(slot, &after);
        host.set_page(page, &records);
        root.recount(&before, &after)
    }
}
