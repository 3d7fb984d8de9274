//! Sales: who is in one when it is opened, who leaves it while they can, and the weight of each of them in it.

use super::{
    cells::{Archive, MAX_OPEN_SALES, Member, OpenSale, Page, PastRecord, PurposeTotal, Record, Root, Sale},
    host::{Host, read_record},
};
use crate::{
    cells::Bits,
    error::Error,
    event::AttestationsEvent as Event,
    types::{Address, MemberNumber, Points, Purpose, SaleNumber, Timestamp, Weight},
};

/// Sales at most, ever: a record keeps sale numbers in 16 bits, and eight a week would take 157 years.
pub const MAX_SALES: u32 = u16::MAX as u32;

/// What a sale took in when it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its number.
    pub sale: SaleNumber,
    /// The weight that is in it.
    pub total_weight: Points,
    /// How many members are in it.
    pub members: u32,
}

/// The purpose at `index` of the pool's list. The error names it as a bit, like every other.
pub fn known_purpose(root: &Root, index: u8) -> Result<Purpose, Error> {
    let purposes = 1u16.checked_shl(index.into()).unwrap_or_default();
    Purpose::new(index, root.purposes).ok_or(Error::UnknownPurpose { purposes })
}

/// Opens a sale for everybody whose contribution allows the purpose at this moment. For `escrow` alone.
pub fn open_sale<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    purpose: u8,
    window_ends: Timestamp,
) -> Result<Opened, Error> {
    let mut root = host.root();
    caller.check_is(root.escrow)?;
    let purpose = known_purpose(&root, purpose)?;
    let number = root.sales.checked_add(1).filter(|next| *next <= MAX_SALES).ok_or(Error::SalesExhausted)?;
    let sale = SaleNumber(number);
    let room = root.open.iter_mut().find(|place| place.is_free(now));
    *room.ok_or(Error::TooManyOpenSales { limit: MAX_OPEN_SALES })? =
        OpenSale { sale, window_ends, purpose: purpose.index() };
    root.sales = number;

    let PurposeTotal { weight: total_weight, members } = root.total(purpose);
    host.set_sale(sale, &Sale { purpose: purpose.index(), window_ends, total_weight, members });
    host.set_root(&root);
    host.emit(Event::SaleOpened { sale, purpose: purpose.index(), window_ends, total_weight, members });
    Ok(Opened { sale, total_weight, members })
}

/// Takes `member` out of one open sale, for good.
pub fn leave<H: Host>(host: &mut H, now: Timestamp, member: Address, sale: SaleNumber) -> Result<(), Error> {
    let mut facts = host.sale(sale).ok_or(Error::NoSuchSale { sale })?;
    if now > facts.window_ends {
        return Err(Error::OptOutWindowOver { sale, ended: facts.window_ends });
    }
    let mut account = host.member(member);
    let record = read_record(host, account.number);
    let mut bits = host.left(sale, Bits::cell_of(account.number.0));
    let weight = weight_before_leaving(host, &facts, sale, account.number, &record);
    if weight == Weight(0) || bits.get(account.number.0) {
        return Err(Error::NotInSale { sale, account: member });
    }
    account.nonce = account.nonce.checked_add(1).ok_or(Error::Overflow)?;
    host.set_member(member, &account);
    strike(host, sale, &mut facts, &mut bits, member, &account, weight)
}

/// The weight with which member `number` is in `sale`: what it was when the sale was opened. `None` if they were not in
/// it, or have left it.
pub fn weight_in<H: Host>(host: &H, sale: SaleNumber, number: MemberNumber) -> Option<Weight> {
    let facts = host.sale(sale)?;
    if host.left(sale, Bits::cell_of(number.0)).get(number.0) {
        return None;
    }
    let weight = weight_before_leaving(host, &facts, sale, number, &read_record(host, number));
    (weight != Weight(0)).then_some(weight)
}

/// Visits members `from` to `from + count - 1` with their weight in `sale`, reading each cell once.
///
/// Numbers that nobody has are visited as the zero address with weight 0.
pub fn visit_shares<H: Host>(
    host: &H,
    sale: SaleNumber,
    from: MemberNumber,
    count: u32,
    mut visit: impl FnMut(Address, Weight),
) -> Result<(), Error> {
    let facts = host.sale(sale).ok_or(Error::NoSuchSale { sale })?;
    let mut page = (u32::MAX, Page::default());
    let mut left = (u32::MAX, Bits::default());
    for number in from.0..from.0.saturating_add(count) {
        let (page_number, slot) = Page::place(MemberNumber(number));
        if page.0 != page_number {
            page = (page_number, host.page(page_number));
        }
        if left.0 != Bits::cell_of(number) {
            left = (Bits::cell_of(number), host.left(sale, Bits::cell_of(number)));
        }
        let record = page.1.get(slot);
        let weight = match left.1.get(number) {
            true => Weight(0),
            false => weight_before_leaving(host, &facts, sale, MemberNumber(number), &record),
        };
        visit(record.member, weight);
    }
    Ok(())
}

/// Takes a member out of `sale` if they are in it.
pub(super) fn strike_if_in<H: Host>(
    host: &mut H,
    sale: SaleNumber,
    member: Address,
    account: &Member,
    record: &Record,
) -> Result<(), Error> {
    let Some(mut facts) = host.sale(sale) else { return Ok(()) };
    let mut bits = host.left(sale, Bits::cell_of(account.number.0));
    let weight = weight_before_leaving(host, &facts, sale, account.number, record);
    if weight == Weight(0) || bits.get(account.number.0) {
        return Ok(());
    }
    strike(host, sale, &mut facts, &mut bits, member, account, weight)
}

/// Sets the member's bit and takes their weight and one head off the sale.
fn strike<H: Host>(
    host: &mut H,
    sale: SaleNumber,
    facts: &mut Sale,
    bits: &mut Bits,
    member: Address,
    account: &Member,
    weight: Weight,
) -> Result<(), Error> {
    bits.set(account.number.0);
    facts.total_weight = Points(facts.total_weight.0.checked_sub(u64::from(weight.0)).ok_or(Error::Overflow)?);
    facts.members = facts.members.checked_sub(1).ok_or(Error::Overflow)?;
    host.set_left(sale, Bits::cell_of(account.number.0), bits);
    host.set_sale(sale, facts);
    host.emit(Event::SaleLeft {
        sale,
        member,
        number: account.number,
        weight,
        total_weight: facts.total_weight,
        members: facts.members,
        nonce: account.nonce,
    });
    Ok(())
}

/// The weight with which `number` was in `sale` when it was opened; 0 if they were not in it.
///
/// A record that last changed before the sale was opened is what the sale saw; otherwise the one it saw was archived
/// at its first change since, unless the member joined later.
fn weight_before_leaving<H: Host>(
    host: &H,
    facts: &Sale,
    sale: SaleNumber,
    number: MemberNumber,
    record: &Record,
) -> Weight {
    let (weight, purposes) = if u32::from(record.changed_at) < sale.0 {
        (record.weight, record.purposes)
    } else {
        let seen = past_record(host, sale, number, record.archived).unwrap_or_default();
        (seen.weight, seen.purposes)
    };
    if purposes.allows_index(facts.purpose) { weight } else { Weight(0) }
}

fn past_record<H: Host>(host: &H, sale: SaleNumber, number: MemberNumber, archived: u16) -> Option<PastRecord> {
    let mut page = (u16::MAX, Archive::default());
    // From the newest back: sales that matter are recent, so this ends within a page.
    for index in (0..archived).rev() {
        let (page_number, slot) = Archive::place(index);
        if page.0 != page_number {
            page = (page_number, host.archive(number, page_number));
        }
        let past = page.1.get(slot);
        if u32::from(past.after) < sale.0 {
            return (sale.0 <= u32::from(past.until)).then_some(past);
        }
    }
    None
}
