//! The split of a sale: who is paid what.

use alloc::vec::Vec;

use super::{
    credits::{add_credit, push},
    host::Host,
    offers::find,
};
use crate::{
    cells::Bits,
    error::Error,
    event::EscrowEvent as Event,
    money::{Settlement, sum},
    names::{CreditReason, Status},
    offer::Offer,
    types::{Address, Amount, MemberNumber, OfferId, SaleNumber, Timestamp, Weight},
};

/// Member numbers in one call of [`distribute`] at most: their payments fit a block.
pub const MAX_RANGE: u32 = 512;

/// Bytes of a member in the answer of `attestations.sharesIn`: address, then weight, big endian.
pub const SHARE_SIZE: usize = 24;

/// A member about to be paid.
struct Payee {
    number: MemberNumber,
    member: Address,
    weight: Weight,
    share: Amount,
}

/// Whom a call of `distribute` or `claim` settles, and where their shares go.
struct Batch<'a> {
    from: MemberNumber,
    count: u32,
    keeper: Address,
    payees: &'a [Payee],
    /// Where all of it goes, or `None`: to each member's own address.
    to: Option<Address>,
}

/// Settles every member of the sale among `count` numbers from `from` who is not settled yet; the caller earns the
/// tips.
///
/// Order, batches and callers make no difference; a second call changes nothing. Returns how many it settled.
pub fn distribute<H: Host>(
    host: &mut H,
    now: Timestamp,
    keeper: Address,
    id: OfferId,
    from: MemberNumber,
    count: u32,
) -> Result<u32, Error> {
    let offer = find(host, id)?;
    offer.check_status(now, Status::Settling)?;
    if count == 0 || count > MAX_RANGE {
        return Err(Error::RangeOutOfBounds { count, most: MAX_RANGE });
    }
    let settlement = offer.settlement()?;
    let rate = settlement.per_point(offer.total_weight).ok_or(Error::Overflow)?;
    let shares = host.shares(offer.sale, from, count);
    let mut payees = Vec::with_capacity(shares.len() / SHARE_SIZE);
    let mut paid = PaidBits::at(host, offer.sale, from.0);
    for (share, number) in shares.chunks_exact(SHARE_SIZE).zip(from.0..) {
        let Some((member, weight)) = share.split_first_chunk::<20>() else { break };
        let weight = Weight(u32::from_be_bytes(weight.try_into().unwrap_or_default()));
        if weight == Weight(0) || !paid.set(host, number) {
            continue;
        }
        let (number, member) = (MemberNumber(number), Address(*member));
        let share = rate.share(weight).ok_or(Error::Overflow)?;
        payees.push(Payee { number, member, weight, share });
    }
    paid.write(host);
    // A range in which nobody is due leaves no trace, not even an empty cell.
    if payees.is_empty() {
        return Ok(0);
    }
    settle(host, id, offer, &settlement, &Batch { from, count, keeper, payees: &payees, to: None })
}

/// The cell of bits that a walk over member numbers is in.
struct PaidBits {
    sale: SaleNumber,
    cell: u32,
    bits: Bits,
    changed: bool,
}

impl PaidBits {
    fn at<H: Host>(host: &H, sale: SaleNumber, number: u32) -> Self {
        let cell = Bits::cell_of(number);
        Self { sale, cell, bits: host.paid(sale, cell), changed: false }
    }

    /// Sets the bit of `number`; false if it was set. Changed cells are written as the walk leaves them.
    fn set<H: Host>(&mut self, host: &mut H, number: u32) -> bool {
        if self.cell != Bits::cell_of(number) {
            self.write(host);
            *self = Self::at(host, self.sale, number);
        }
        let free = !self.bits.get(number);
        if free {
            self.bits.set(number);
            self.changed = true;
        }
        free
    }

    fn write<H: Host>(&self, host: &mut H) {
        if self.changed {
            host.set_paid(self.sale, self.cell, &self.bits);
        }
    }
}

/// Settles one member, who names the address their share goes to. Whoever brings it, `keeper`, earns the tip.
pub fn claim<H: Host>(
    host: &mut H,
    now: Timestamp,
    keeper: Address,
    member: Address,
    id: OfferId,
    to: Address,
) -> Result<Amount, Error> {
    let offer = find(host, id)?;
    offer.check_status(now, Status::Settling)?;
    let share = host.share_of(offer.sale, member);
    let (number, weight) = share.ok_or(Error::NotInSale { sale: offer.sale, account: member })?;
    let mut paid = PaidBits::at(host, offer.sale, number.0);
    if !paid.set(host, number.0) {
        return Err(Error::AlreadyPaid { number });
    }
    paid.write(host);
    let settlement = offer.settlement()?;
    let rate = settlement.per_point(offer.total_weight).ok_or(Error::Overflow)?;
    let share = rate.share(weight).ok_or(Error::Overflow)?;
    let payees = &[Payee { number, member, weight, share }];
    settle(host, id, offer, &settlement, &Batch { from: number, count: 1, keeper, payees, to: Some(to) })?;
    Ok(share)
}

/// Books a batch as settled, then pays it. Whoever cannot be paid is credited.
fn settle<H: Host>(
    host: &mut H,
    id: OfferId,
    mut offer: Offer,
    settlement: &Settlement,
    batch: &Batch<'_>,
) -> Result<u32, Error> {
    let Batch { from, count, keeper, payees, to } = *batch;
    let settled_now = u32::try_from(payees.len()).map_err(|_| Error::Overflow)?;
    offer.settled = offer.settled.checked_add(settled_now).ok_or(Error::Overflow)?;
    for payee in payees {
        offer.paid_sum = sum(offer.paid_sum, payee.share)?;
    }
    let tips = Amount(settlement.tip.0.checked_mul(settled_now.into()).ok_or(Error::Overflow)?);
    host.set_offer(id, &offer);
    let Offer { currency, settled, paid_sum, .. } = offer;
    host.emit(Event::Distributed { offer: id, keeper, from, count, settled_now, settled, paid_sum, tips });
    add_credit(host, CreditReason::Tip, id.into(), currency, keeper, tips)?;
    if settled == offer.members {
        finish(host, id, &offer, settlement)?;
    }

    for payee in payees {
        let Payee { number, member, weight, share } = *payee;
        let to = to.unwrap_or(member);
        let credited = share != Amount(0) && !push(host, currency, to, share)?;
        if credited {
            add_credit(host, CreditReason::FailedPush, id.into(), currency, member, share)?;
        }
        host.emit(Event::SharePaid { offer: id, member, number, weight, share, to, credited });
    }
    Ok(settled_now)
}

/// The last member is settled: fee and what rounding left are the treasury's.
fn finish<H: Host>(host: &mut H, id: OfferId, offer: &Offer, settlement: &Settlement) -> Result<(), Error> {
    let residue = Amount(settlement.net.0.checked_sub(offer.paid_sum.0).ok_or(Error::Overflow)?);
    let tip_sum = Amount(settlement.tip.0.checked_mul(offer.members.into()).ok_or(Error::Overflow)?);
    host.emit(Event::OfferPaid { offer: id, paid_sum: offer.paid_sum, tip_sum, fee: settlement.fee, residue });
    let income = sum(settlement.fee, residue)?;
    add_credit(host, CreditReason::FeeAndResidue, id.into(), offer.currency, Address::ZERO, income)
}
