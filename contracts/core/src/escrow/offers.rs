//! An offer from its making to its end, except for the split.

use super::{
    credits::add_credit,
    host::{Host, Permit},
};
use crate::{
    abi::Words,
    attestations::Opened,
    error::Error,
    event::EscrowEvent as Event,
    hash::Hash32,
    money::sum,
    names::{CreditReason, Seal, Status},
    offer::{Offer, Terms},
    settings::OfferSettings,
    types::{Address, Amount, Bps, OfferId, Points, Timestamp},
};

/// Makes an offer with its price and listing fee in escrow: opens its ballot and its sale in the same call.
///
/// `sent` is native money that came with the call; price and fee in a token are taken by the buyer's allowance.
pub fn make_offer<H: Host>(host: &mut H, now: Timestamp, terms: &Terms, sent: Amount) -> Result<OfferId, Error> {
    let root = host.root();
    root.pause.check_not_paused(now)?;
    let settings = root.offers;
    check_parties(host, terms)?;
    for period_s in [terms.delivery_s, terms.dispute_s] {
        let (least_s, most_s) = (settings.period_min_s, settings.period_max_s);
        if period_s < least_s || period_s > most_s {
            return Err(Error::PeriodOutOfBounds { period_s, least_s, most_s });
        }
    }
    take_deposit(host, terms, sum(terms.price, settings.listing_fee)?, sent)?;
    let id = OfferId(host.domain(root.salt).digest::<H>(terms.struct_hash::<H>()));
    if host.offer(id).is_some() {
        return Err(Error::OfferExists { offer: id });
    }

    let voting_ends = host.open_ballot(id.into(), terms.buyer);
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
        fee: settings.fee_bps,
        tip: settings.tip_bps,
        seal: Seal::Open,
        total_weight,
        members,
        delivered_at: None,
        accepted_at: None,
        disputed_at: None,
        ruled_at: None,
        returned: Bps::default(),
        refunded_at: None,
        settled: 0,
        paid_sum: Amount(0),
    };
    check_worth(&offer, &settings)?;
    host.set_offer(id, &offer);
    log_offer(host, id, terms, &offer, settings.listing_fee);
    add_credit(host, CreditReason::ListingFee, id.into(), terms.currency, Address::ZERO, settings.listing_fee)?;
    Ok(id)
}

/// [`make_offer`] in a token, allowed by the buyer's ERC-2612 permit. A permit that was used before does no harm: the
/// allowance it gave counts.
pub fn make_offer_with_permit<H: Host>(
    host: &mut H,
    now: Timestamp,
    terms: &Terms,
    permit: &Permit,
) -> Result<OfferId, Error> {
    let root = host.root();
    root.pause.check_not_paused(now)?;
    // Only a token of the pool is called, though what it does is checked by what arrives.
    if terms.currency == Address::ZERO || !host.roles(terms.currency).currency {
        return Err(Error::CurrencyNotAllowed { currency: terms.currency });
    }
    let required = sum(terms.price, root.offers.listing_fee)?;
    host.permit_token(terms.currency, terms.buyer, required, permit);
    make_offer(host, now, terms, Amount(0))
}

/// Exactly `required` must arrive, in one currency: native money with the call, a token by what its balance shows.
fn take_deposit<H: Host>(host: &mut H, terms: &Terms, required: Amount, sent: Amount) -> Result<(), Error> {
    let Terms { buyer, currency, .. } = *terms;
    if currency == Address::ZERO {
        return if sent == required { Ok(()) } else { Err(Error::WrongDeposit { sent, required }) };
    }
    if sent != Amount(0) {
        return Err(Error::ValueOnTokenPath { value: sent });
    }
    let refused = Error::TransferRefused { currency };
    let before = host.token_balance(currency).ok_or(refused)?;
    if !host.pull_token(currency, buyer, required) {
        return Err(refused);
    }
    let after = host.token_balance(currency).ok_or(refused)?;
    let arrived = Amount(after.0.checked_sub(before.0).ok_or(refused)?);
    if arrived == required { Ok(()) } else { Err(Error::WrongDeposit { sent: arrived, required }) }
}

/// An offer's terms, except for the buyer, from twelve words in the order of `offer`'s arguments.
pub fn decode_terms(buyer: Address, words: &[u8]) -> Result<Terms, Error> {
    let mut words = Words::new(words);
    let terms = Terms {
        buyer,
        currency: words.address(),
        price: Amount(words.uint(16)),
        purpose: words.uint8(),
        fields_hash: words.word(32),
        licence_hash: words.word(32),
        min_members: words.uint32(),
        min_weight: Points(words.uint64()),
        custodian: words.address(),
        arbiter: words.address(),
        delivery_s: words.uint64(),
        dispute_s: words.uint64(),
        salt: words.word(32),
    };
    if words.is_well_formed() { Ok(terms) } else { Err(Error::TermsMalformed) }
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

/// The minimums are within what is in the sale, and the price reaches the reserve. As nobody can join a sale later,
/// this much is certain before the vote.
fn check_worth(offer: &Offer, settings: &OfferSettings) -> Result<(), Error> {
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

/// Asks, once, how the ballot ended and who is still in. A defeat can be sealed once voting is over, a sale that passed
/// once the opt-out window is.
pub fn seal<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Seal, Error> {
    let mut offer = find(host, id)?;
    offer.check_status_among(now, &[Status::OptOut, Status::AwaitingSeal], Status::AwaitingSeal)?;
    let passed = host.outcome(id.into());
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
    caller.check_is(offer.custodian)?;
    offer.delivered_at = Some(now);
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
    caller.check_is(offer.buyer)?;
    offer.accepted_at = Some(now);
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
    if offer.disputed_at.is_some() {
        return Err(Error::AlreadyDisputed);
    }
    offer.check_status(now, Status::Delivered)?;
    caller.check_is(offer.buyer)?;
    offer.disputed_at = Some(now);
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
    if offer.ruled_at.is_some() {
        return Err(Error::AlreadyRuled);
    }
    offer.check_status(now, Status::Disputed)?;
    caller.check_is(offer.arbiter)?;
    offer.returned = Bps::new(returned_bps).ok_or(Error::BpsOutOfBounds { bps: returned_bps })?;
    offer.ruled_at = Some(now);
    host.set_offer(id, &offer);
    let returned = offer.settlement()?.returned;
    host.emit(Event::Ruled { offer: id, arbiter: caller, returned_bps, returned });
    add_credit(host, CreditReason::Returned, id.into(), offer.currency, offer.buyer, returned)
}

/// Gives the price back as the buyer's credit. Anyone may call it.
pub fn refund<H: Host>(host: &mut H, now: Timestamp, id: OfferId) -> Result<Amount, Error> {
    let mut offer = find(host, id)?;
    offer.check_status(now, Status::Refundable)?;
    offer.refunded_at = Some(now);
    host.set_offer(id, &offer);
    host.emit(Event::Refunded { offer: id, buyer: offer.buyer, amount: offer.price });
    add_credit(host, CreditReason::Refund, id.into(), offer.currency, offer.buyer, offer.price)?;
    Ok(offer.price)
}

/// The offer with this id.
pub(super) fn find<H: Host>(host: &H, id: OfferId) -> Result<Offer, Error> {
    host.offer(id).ok_or(Error::NoSuchOffer { offer: id })
}
