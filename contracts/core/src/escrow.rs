//! Offers, deposits, delivery, disputes, split and credits. The rules of `contracts/escrow`.
//!
//! Every message reads in the same order: who and when, what is stored, what is logged, and last what calls out.

mod cells;

pub use cells::{Roles, Root, Settings};

use crate::attestations::Opened;
use crate::cells::Bits;
use crate::eip712::Domain;
use crate::error::Error;
use crate::event::EscrowEvent as Event;
use crate::hash::Hash32;
use crate::offer::{NEVER, Offer, Seal, Status, Terms};
use crate::pause;
use crate::signed::Signers;
use crate::types::{Address, Amount, Bps, MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight};

/// Member numbers in one call of [`distribute`] at most: their shares fit the contract's buffer.
pub const MAX_RANGE: u32 = 512;

/// What the rules need from the contract around them: its storage cells, its log, the sister contracts, and payments.
///
/// A sister contract that refuses reverts the whole call with its own error.
pub trait Host: Signers {
    /// The root cell.
    fn root(&self) -> Root;
    /// Writes the root cell.
    fn set_root(&mut self, root: &Root);
    /// Which lists an account is on.
    fn roles(&self, account: Address) -> Roles;
    /// Writes which lists an account is on.
    fn set_roles(&mut self, account: Address, roles: Roles);
    /// An offer.
    fn offer(&self, id: OfferId) -> Option<Offer>;
    /// Writes an offer.
    fn set_offer(&mut self, id: OfferId, offer: &Offer);
    /// Cell `cell` of the bits of those who are settled in `sale`.
    fn paid(&self, sale: SaleNumber, cell: u32) -> Bits;
    /// Writes a cell of those bits.
    fn set_paid(&mut self, sale: SaleNumber, cell: u32, bits: &Bits);
    /// What is due to `owner`; the treasury is [`Address::ZERO`].
    fn credit(&self, currency: Address, owner: Address) -> Amount;
    /// Writes what is due.
    fn set_credit(&mut self, currency: Address, owner: Address, amount: Amount);
    /// Logs an event.
    fn emit(&mut self, event: Event);
    /// The EIP-712 domain of this contract.
    fn domain(&self, salt: Hash32) -> Domain;

    /// `votes.openBallot`: the last second of voting.
    fn open_ballot(&mut self, id: OfferId, proposer: Address) -> Timestamp;
    /// `votes.outcome`.
    fn outcome(&self, id: OfferId) -> bool;
    /// `attestations.openSale`.
    fn open_sale(&mut self, purpose: u8, window_ends: Timestamp) -> Opened;
    /// `attestations.saleTotals`: final once the window is over.
    fn sale_totals(&self, sale: SaleNumber) -> (Points, u32);
    /// `attestations.shareOf`.
    fn share_of(&self, sale: SaleNumber, member: Address) -> (MemberNumber, Weight);
    /// `attestations.sharesIn`: visits each number of the range with who it is and their weight in the sale.
    fn visit_shares(
        &self,
        sale: SaleNumber,
        from: MemberNumber,
        count: u32,
        visit: &mut dyn FnMut(MemberNumber, Address, Weight),
    );
    /// Sends money to an account if that is safe; false, and nothing moved, if not.
    fn push(&mut self, currency: Address, to: Address, amount: Amount) -> bool;
}

/// Why a credit grew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CreditReason {
    /// A listing fee, for the treasury.
    ListingFee = 1,
    /// A price that went back.
    Refund = 2,
    /// What a ruling gave back.
    Returned = 3,
    /// Tips of a call that settled members.
    Tip = 4,
    /// A share that could not be pushed.
    FailedPush = 5,
    /// Fee and residue, for the treasury.
    FeeAndResidue = 6,
}

/// What the constructor fixes.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Who is in which sale.
    pub attestations: Address,
    /// Who counts.
    pub votes: Address,
    /// Who may pause.
    pub guardian: Address,
    /// For the first offers.
    pub settings: Settings,
    /// Sets this deployment apart.
    pub salt: Hash32,
}

/// Writes the first cells and logs them: settings, the lists, native money as a currency.
pub fn construct<H: Host>(
    host: &mut H,
    with: &Construction,
    custodians: &[Address],
    arbiters: &[Address],
) -> Result<(), Error> {
    let Construction { attestations, votes, guardian, settings, salt } = *with;
    settings.check()?;
    if custodians.is_empty() || custodians.contains(&Address::ZERO) {
        return Err(Error::SettingOutOfBounds { position: 4 });
    }
    if arbiters.is_empty() || arbiters.contains(&Address::ZERO) {
        return Err(Error::SettingOutOfBounds { position: 5 });
    }
    host.set_root(&Root { attestations, votes, guardian, salt, pause: pause::Pause::default(), settings });
    host.emit(Event::EscrowDeployed {
        attestations,
        votes,
        guardian,
        salt,
        max_pause_s: pause::MAX_PAUSE_S,
        min_unpaused_s: pause::MIN_UNPAUSED_S,
    });
    host.emit(settings.event());
    for custodian in custodians {
        host.set_roles(*custodian, Roles { custodian: true, ..host.roles(*custodian) });
        host.emit(Event::CustodianAdded { custodian: *custodian });
    }
    for arbiter in arbiters {
        host.set_roles(*arbiter, Roles { arbiter: true, ..host.roles(*arbiter) });
        host.emit(Event::ArbiterAdded { arbiter: *arbiter });
    }
    // The runtime holds the existential deposit of a contract apart, so native money needs no base amount of ours.
    host.set_roles(Address::ZERO, Roles { currency: true, ..host.roles(Address::ZERO) });
    host.emit(Event::CurrencyAllowed { currency: Address::ZERO, base_amount: Amount(0) });
    Ok(())
}

/// Makes an offer with its price and listing fee in escrow: opens its ballot and its sale in the same call.
pub fn make_offer<H: Host>(host: &mut H, now: Timestamp, terms: &Terms, sent: Amount) -> Result<OfferId, Error> {
    let root = host.root();
    root.pause.check_not_paused(now)?;
    let settings = root.settings;
    check_parties(host, terms)?;
    for period_s in [terms.delivery_s, terms.dispute_s] {
        let (least_s, most_s) = (settings.period_min_s, settings.period_max_s);
        if period_s < least_s || period_s > most_s {
            return Err(Error::PeriodOutOfBounds { period_s, least_s, most_s });
        }
    }
    let required = sum(terms.price, settings.listing_fee)?;
    if sent != required {
        return Err(Error::WrongDeposit { sent, required });
    }
    let id = OfferId(host.domain(root.salt).digest::<H>(terms.struct_hash::<H>()));
    if host.offer(id).is_some() {
        return Err(Error::OfferExists { offer: id });
    }

    let voting_ends = host.open_ballot(id, terms.buyer);
    let opt_out_ends = voting_ends.after(settings.opt_out_s)?;
    let delivery_ends = opt_out_ends.after(terms.delivery_s)?;
    let Opened { sale, total_weight, members } = host.open_sale(terms.purpose, opt_out_ends);
    let offer = Offer {
        buyer: terms.buyer,
        currency: terms.currency,
        price: terms.price,
        custodian: terms.custodian,
        arbiter: terms.arbiter,
        min_members: terms.min_members,
        min_weight: terms.min_weight,
        sale,
        voting_ends,
        opt_out_ends,
        delivery_ends,
        dispute_s: terms.dispute_s,
        ruling_s: settings.ruling_s,
        fee: settings.fee,
        tip: settings.tip,
        seal: Seal::Open,
        total_weight,
        members,
        delivered_at: NEVER,
        accepted_at: NEVER,
        disputed_at: NEVER,
        ruled_at: NEVER,
        returned: Bps::default(),
        refunded_at: NEVER,
        settled: 0,
        paid_sum: Amount(0),
    };
    check_worth(&offer, &settings)?;
    host.set_offer(id, &offer);
    log_offer(host, id, terms, &offer, settings.listing_fee);
    add_credit(host, CreditReason::ListingFee, id, terms.currency, Address::ZERO, settings.listing_fee)?;
    Ok(id)
}

fn check_parties<H: Host>(host: &H, terms: &Terms) -> Result<(), Error> {
    let Terms { buyer, currency, custodian, arbiter, .. } = *terms;
    if !host.roles(currency).currency {
        return Err(Error::CurrencyNotAllowed { currency });
    }
    if !host.roles(custodian).custodian {
        return Err(Error::NotACustodian { account: custodian });
    }
    if !host.roles(arbiter).arbiter {
        return Err(Error::NotAnArbiter { account: arbiter });
    }
    if custodian == arbiter || arbiter == buyer {
        return Err(Error::RolesOverlap { account: arbiter });
    }
    if custodian == buyer {
        return Err(Error::RolesOverlap { account: custodian });
    }
    Ok(())
}

/// Minimums within what is in, and a price that reaches the reserve: as nobody can join, this much is sure before the vote.
fn check_worth(offer: &Offer, settings: &Settings) -> Result<(), Error> {
    let (least, most) = (settings.cohort_min, offer.members);
    if offer.min_members < least || offer.min_members > most {
        return Err(Error::MinimumMembersOutOfBounds { least, most });
    }
    if offer.min_weight == Points(0) || offer.min_weight > offer.total_weight {
        return Err(Error::MinimumWeightOutOfBounds { most: offer.total_weight });
    }
    let settlement = offer.settlement()?;
    if !settlement.reaches(settings.reserve_per_million, offer.total_weight) {
        let reserve_per_million = settings.reserve_per_million;
        return Err(Error::BelowReserve { net: settlement.net, reserve_per_million });
    }
    Ok(())
}

fn log_offer<H: Host>(host: &mut H, id: OfferId, terms: &Terms, offer: &Offer, listing_fee: Amount) {
    host.emit(Event::OfferMade {
        offer: id,
        buyer: terms.buyer,
        currency: terms.currency,
        price: terms.price,
        purpose: terms.purpose,
        fields_hash: terms.fields_hash,
        licence_hash: terms.licence_hash,
        min_members: terms.min_members,
        min_weight: terms.min_weight,
        custodian: terms.custodian,
        arbiter: terms.arbiter,
        salt: terms.salt,
    });
    host.emit(Event::OfferTerms {
        offer: id,
        sale: offer.sale,
        voting_ends: offer.voting_ends,
        opt_out_ends: offer.opt_out_ends,
        delivery_ends: offer.delivery_ends,
        dispute_s: offer.dispute_s,
        ruling_s: offer.ruling_s,
        fee_bps: offer.fee.get(),
        tip_bps: offer.tip.get(),
        listing_fee,
        total_weight: offer.total_weight,
        members: offer.members,
    });
}

/// Asks, once, how the ballot ended and who is still in. A defeat can be sealed when voting is over, a sale when leaving is.
pub fn seal<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Seal, Error> {
    let mut offer = find(host, id)?;
    offer.check_status_among(now, &[Status::OptOut, Status::AwaitingSeal], Status::AwaitingSeal)?;
    let passed = host.outcome(id);
    if passed {
        offer.check_status(now, Status::AwaitingSeal)?;
    }
    (offer.total_weight, offer.members) = host.sale_totals(offer.sale);
    offer.seal = match passed {
        false => Seal::Defeated,
        true if offer.members < offer.min_members || offer.total_weight < offer.min_weight => Seal::MinimumMissed,
        true => Seal::Sealed,
    };
    host.set_offer(id, &offer);
    let (total_weight, members) = (offer.total_weight, offer.members);
    host.emit(Event::Sealed { offer: id, outcome: offer.seal.code(), total_weight, members });
    Ok(offer.seal)
}

/// The offer's custodian delivers, once: a hash of the encrypted bundle, and a manifest root anyone can recompute.
pub fn deliver<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    bundle_hash: Hash32,
    manifest_root: Hash32,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    offer.check_status(now, Status::Sealed)?;
    check_caller(caller, offer.custodian)?;
    offer.delivered_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Delivered {
        offer: id,
        bundle_hash,
        manifest_root,
        dispute_ends: offer.dispute_ends(),
        ruling_ends: offer.ruling_ends(),
    });
    Ok(())
}

/// The buyer accepts; possible in a dispute too.
pub fn accept<H: Host>(host: &mut H, now: Timestamp, caller: Address, id: OfferId) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    offer.check_status_among(now, &[Status::Delivered, Status::Disputed], Status::Delivered)?;
    check_caller(caller, offer.buyer)?;
    offer.accepted_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Accepted { offer: id });
    Ok(())
}

/// The buyer disputes, once.
pub fn dispute<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    reason_hash: Hash32,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    if offer.disputed_at != NEVER {
        return Err(Error::AlreadyDisputed);
    }
    offer.check_status(now, Status::Delivered)?;
    check_caller(caller, offer.buyer)?;
    offer.disputed_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Disputed { offer: id, reason_hash });
    Ok(())
}

/// The offer's arbiter rules, once, which part of the price goes back. Silence returns nothing.
pub fn rule<H: Host>(
    host: &mut H,
    now: Timestamp,
    caller: Address,
    id: OfferId,
    returned_bps: u16,
) -> Result<(), Error> {
    let mut offer = find(host, id)?;
    if offer.ruled_at != NEVER {
        return Err(Error::AlreadyRuled);
    }
    offer.check_status(now, Status::Disputed)?;
    check_caller(caller, offer.arbiter)?;
    offer.returned = Bps::new(returned_bps).ok_or(Error::BpsOutOfBounds { bps: returned_bps })?;
    offer.ruled_at = now;
    host.set_offer(id, &offer);
    let returned = offer.settlement()?.returned;
    host.emit(Event::Ruled { offer: id, arbiter: caller, returned_bps, returned });
    add_credit(host, CreditReason::Returned, id, offer.currency, offer.buyer, returned)
}

/// Gives the price back as the buyer's credit. Anyone may call it.
pub fn refund<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Amount, Error> {
    let mut offer = find(host, id)?;
    offer.check_status(now, Status::Refundable)?;
    offer.refunded_at = now;
    host.set_offer(id, &offer);
    host.emit(Event::Refunded { offer: id, buyer: offer.buyer, amount: offer.price });
    add_credit(host, CreditReason::Refund, id, offer.currency, offer.buyer, offer.price)?;
    Ok(offer.price)
}

/// A member about to be paid.
struct Payee {
    number: MemberNumber,
    member: Address,
    weight: Weight,
    share: Amount,
}

/// Settles every member of the sale among `count` numbers from `from` who is not settled yet; the caller earns the tips.
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
    let mut bits = (Bits::cell_of(from.0), host.paid(offer.sale, Bits::cell_of(from.0)));
    let mut written = alloc::vec::Vec::new();
    let mut payees = alloc::vec::Vec::new();
    let mut refused = None;
    host.visit_shares(offer.sale, from, count, &mut |number, member, weight| {
        if bits.0 != Bits::cell_of(number.0) {
            let next = Bits::cell_of(number.0);
            written.push(core::mem::replace(&mut bits, (next, host.paid(offer.sale, next))));
        }
        if weight == Weight(0) || bits.1.get(number.0) {
            return;
        }
        bits.1.set(number.0);
        match settlement.share(weight, offer.total_weight) {
            Some(share) => payees.push(Payee { number, member, weight, share }),
            None => refused = Some(Error::Overflow),
        }
    });
    if let Some(error) = refused {
        return Err(error);
    }
    written.push(bits);
    // A range in which nobody is due leaves no trace, not even an empty cell.
    if payees.is_empty() {
        return Ok(0);
    }
    for (cell, bits) in &written {
        host.set_paid(offer.sale, *cell, bits);
    }
    settle(host, id, offer, keeper, &payees, None)
}

/// Settles one member, who names the address their share goes to.
pub fn claim<H: Host>(
    host: &mut H,
    now: Timestamp,
    member: Address,
    id: OfferId,
    to: Address,
) -> Result<Amount, Error> {
    let offer = find(host, id)?;
    offer.check_status(now, Status::Settling)?;
    let (number, weight) = host.share_of(offer.sale, member);
    if weight == Weight(0) {
        return Err(Error::NotInSale { sale: offer.sale, account: member });
    }
    let cell = Bits::cell_of(number.0);
    let mut bits = host.paid(offer.sale, cell);
    if bits.get(number.0) {
        return Err(Error::AlreadyPaid { number });
    }
    bits.set(number.0);
    host.set_paid(offer.sale, cell, &bits);
    let share = offer.settlement()?.share(weight, offer.total_weight).ok_or(Error::Overflow)?;
    settle(host, id, offer, member, &[Payee { number, member, weight, share }], Some(to))?;
    Ok(share)
}

/// Books `payees` as settled, then pays them: to themselves, or all to `to`. Whoever cannot be paid is credited.
fn settle<H: Host>(
    host: &mut H,
    id: OfferId,
    mut offer: Offer,
    keeper: Address,
    payees: &[Payee],
    to: Option<Address>,
) -> Result<u32, Error> {
    let Ok(count) = u32::try_from(payees.len()) else { return Err(Error::Overflow) };
    let settlement = offer.settlement()?;
    let settled_before = offer.settled;
    for payee in payees {
        offer.settled = offer.settled.checked_add(1).ok_or(Error::Overflow)?;
        offer.paid_sum = sum(offer.paid_sum, payee.share)?;
    }
    host.set_offer(id, &offer);
    let currency = offer.currency;
    let tips = settlement.tip.0.checked_mul(count.into()).ok_or(Error::Overflow)?;
    add_credit(host, CreditReason::Tip, id, currency, keeper, Amount(tips))?;
    if offer.settled == offer.members {
        finish(host, id, &offer, settlement)?;
    }

    for (settled, payee) in (settled_before.saturating_add(1)..).zip(payees) {
        let Payee { number, member, weight, share } = *payee;
        let to = to.unwrap_or(member);
        let pushed = share == Amount(0) || host.push(currency, to, share);
        if !pushed {
            add_credit(host, CreditReason::FailedPush, id, currency, member, share)?;
        }
        let (tip, credited) = (settlement.tip, !pushed);
        host.emit(Event::SharePaid { offer: id, member, number, weight, share, tip, to, keeper, credited, settled });
    }
    Ok(count)
}

/// The last member is settled: fee and what rounding left are the treasury's.
fn finish<H: Host>(
    host: &mut H,
    id: OfferId,
    offer: &Offer,
    settlement: crate::money::Settlement,
) -> Result<(), Error> {
    let residue = Amount(settlement.net.0.checked_sub(offer.paid_sum.0).ok_or(Error::Overflow)?);
    let tip_sum = Amount(settlement.tip.0.checked_mul(offer.members.into()).ok_or(Error::Overflow)?);
    host.emit(Event::OfferPaid { offer: id, paid_sum: offer.paid_sum, tip_sum, fee: settlement.fee, residue });
    let income = sum(settlement.fee, residue)?;
    add_credit(host, CreditReason::FeeAndResidue, id, offer.currency, Address::ZERO, income)
}

/// Pays the caller's whole credit in `currency` to `to`. If that fails, nothing has happened.
pub fn withdraw_credit<H: Host>(host: &mut H, owner: Address, currency: Address, to: Address) -> Result<Amount, Error> {
    let amount = host.credit(currency, owner);
    if amount == Amount(0) {
        return Err(Error::NothingDue { owner, currency });
    }
    host.set_credit(currency, owner, Amount(0));
    host.emit(Event::CreditWithdrawn { currency, owner, to, amount });
    if !host.push(currency, to, amount) {
        return Err(Error::PushFailed { to });
    }
    Ok(amount)
}

/// The guardian stops new offers until `until`; nothing else.
pub fn pause<H: Host>(host: &mut H, now: Timestamp, caller: Address, until: Timestamp) -> Result<(), Error> {
    let mut root = host.root();
    check_caller(caller, root.guardian)?;
    root.pause = root.pause.begin(now, until)?;
    host.set_root(&root);
    host.emit(Event::Paused { guardian: caller, until, next_allowed: root.pause.next_allowed() });
    Ok(())
}

fn find<H: Host>(host: &H, id: OfferId) -> Result<Offer, Error> {
    host.offer(id).ok_or(Error::NoSuchOffer { offer: id })
}

fn add_credit<H: Host>(
    host: &mut H,
    reason: CreditReason,
    offer: OfferId,
    currency: Address,
    owner: Address,
    amount: Amount,
) -> Result<(), Error> {
    if amount == Amount(0) {
        return Ok(());
    }
    let balance = sum(host.credit(currency, owner), amount)?;
    host.set_credit(currency, owner, balance);
    host.emit(Event::Credited { currency, owner, reason: reason as u8, amount, balance, offer });
    Ok(())
}

fn check_caller(caller: Address, required: Address) -> Result<(), Error> {
    if caller == required { Ok(()) } else { Err(Error::Unauthorized { caller, required }) }
}

fn sum(a: Amount, b: Amount) -> Result<Amount, Error> {
    a.0.checked_add(b.0).map(Amount).ok_or(Error::Overflow)
}
