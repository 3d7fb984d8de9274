//! Status and split of an offer, from stored facts and a clock. Pure.

use crate::model::{Offer, Settlement};
use chorus_bindings::U256;

/// Fills in what follows from the rest of `offer` at `now_s`: status and, from settling on, the split.
///
/// # Errors
/// When a stored amount is no number.
pub(crate) fn complete(offer: &mut Offer, now_s: u64) -> Result<(), String> {
    (offer.status_code, offer.status) = status(offer, now_s);
    if matches!(offer.status.as_str(), "settling" | "paid") {
        offer.settlement = Some(settlement(offer)?);
    }
    Ok(())
}

/// The status as `escrow` derives and numbers it. A period includes its last second.
fn status(offer: &Offer, now_s: u64) -> (u8, String) {
    let (code, name) = match (&offer.seal, &offer.delivery) {
        _ if offer.refund.is_some()
            || offer
                .ruling
                .as_ref()
                .is_some_and(|ruling| ruling.returned_bps == 10_000) =>
        {
            (5, "refunded")
        }
        _ if offer.closing.is_some() => (10, "paid"),
        _ if offer.accepted.is_some() || offer.ruling.is_some() => (9, "settling"),
        (_, Some(delivery)) => match &offer.dispute {
            Some(_) if now_s <= delivery.ruling_ends => (8, "disputed"),
            None if now_s <= delivery.dispute_ends => (7, "delivered"),
            // Silence accepts.
            _ => (9, "settling"),
        },
        (Some(seal), None) if seal.outcome != "sealed" => (4, "refundable"),
        (Some(_), None) if now_s <= offer.terms.delivery_ends => (6, "sealed"),
        (None, None) if now_s <= offer.terms.voting_ends => (1, "voting"),
        (None, None) if now_s <= offer.terms.opt_out_ends => (2, "opt_out"),
        (None, None) if now_s <= offer.terms.delivery_ends => (3, "awaiting_seal"),
        (_, None) => (4, "refundable"),
    };
    (code, name.into())
}

/// paid = price - floor(price x returned / 10^4); fee = floor(paid x fee / 10^4);
/// tip = floor(floor(paid x tip / 10^4) / M); net = paid - fee - M x tip.
fn settlement(offer: &Offer) -> Result<Settlement, String> {
    let price = U256::from_str_radix(&offer.price, 10)
        .map_err(|error| format!("price {}: {error}", offer.price))?;
    // A price is below 2^128: no product overflows 256 bits.
    let part = |amount: U256, bps: u64| amount * U256::from(bps) / U256::from(10_000);
    let paid = price
        - part(
            price,
            offer
                .ruling
                .as_ref()
                .map_or(0, |ruling| ruling.returned_bps),
        );
    let fee = part(paid, offer.terms.fee_bps);
    let members = U256::from(
        offer
            .seal
            .as_ref()
            .map_or(offer.members, |seal| seal.members),
    );
    let tip = part(paid, offer.terms.tip_bps)
        .checked_div(members)
        .unwrap_or_default();
    let net = paid - fee - members * tip;
    Ok(Settlement {
        paid: paid.to_string(),
        fee: fee.to_string(),
        tip: tip.to_string(),
        net: net.to_string(),
    })
}
