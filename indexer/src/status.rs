//! Status and split of an offer and state of a proposal, from indexed facts and a block's clock: by the very rules that
//! the contracts run.

use crate::model::{Offer, Proposal, Settlement};
use chorus_core::{
    offer::{Offer as Facts, Seal, Status},
    types::{Address, Amount, Bps, Points, SaleNumber, Timestamp},
};

/// Fills in what follows from the rest of `offer` at `now_s`: status and, from settling on, the split.
///
/// # Errors
/// When a stored value is none that the contract could have emitted.
pub(crate) fn complete(offer: &mut Offer, now_s: u64) -> Result<(), String> {
    let facts = facts(offer).ok_or_else(|| format!("the rows of offer {} are damaged", offer.offer))?;
    let status = facts.status(Timestamp(now_s));
    (offer.status_code, offer.status) = (status.code(), name(status).into());
    if matches!(status, Status::Settling | Status::Paid) {
        let split = facts.settlement().map_err(|error| format!("offer {}: {error:?}", offer.offer))?;
        offer.settlement = Some(Settlement {
            paid: split.paid.0.to_string(),
            fee: split.fee.0.to_string(),
            tip: split.tip.0.to_string(),
            net: split.net.0.to_string(),
        });
    }
    Ok(())
}

/// The offer's facts as `core` keeps them, as far as status and split depend on them.
fn facts(offer: &Offer) -> Option<Facts> {
    let terms = &offer.terms;
    let (seal, total_weight, members) = match &offer.seal {
        None => (Seal::Open, offer.total_weight, offer.members),
        Some(found) => {
            let seal = match found.outcome.as_str() {
                "sealed" => Seal::Sealed,
                "defeated" => Seal::Defeated,
                _ => Seal::MinimumMissed,
            };
            (seal, found.total_weight, found.members)
        }
    };
    // A step's own second decides nothing, only that it was taken; but deadlines count from the delivery's.
    let taken = |taken: bool| Timestamp(u64::from(taken));
    let delivered_at = offer.delivery.as_ref().map(|found| found.dispute_ends.saturating_sub(terms.dispute_s));
    Some(Facts {
        buyer: Address::ZERO,
        currency: Address::ZERO,
        price: Amount(offer.price.parse().ok()?),
        custodian: Address::ZERO,
        arbiter: Address::ZERO,
        min_members: offer.min_members.try_into().ok()?,
        min_weight: Points(offer.min_weight),
        sale: SaleNumber(offer.sale.try_into().ok()?),
        voting_ends: Timestamp(terms.voting_ends),
        opt_out_ends: Timestamp(terms.opt_out_ends),
        delivery_ends: Timestamp(terms.delivery_ends),
        dispute_s: terms.dispute_s,
        ruling_s: terms.ruling_s,
        fee: bps(terms.fee_bps)?,
        tip: bps(terms.tip_bps)?,
        seal,
        total_weight: Points(total_weight),
        members: members.try_into().ok()?,
        delivered_at: Timestamp(delivered_at.unwrap_or(0)),
        accepted_at: taken(offer.accepted.is_some()),
        disputed_at: taken(offer.dispute.is_some()),
        ruled_at: taken(offer.ruling.is_some()),
        returned: bps(offer.ruling.as_ref().map_or(0, |found| found.returned_bps))?,
        refunded_at: taken(offer.refund.is_some()),
        settled: offer.settled.try_into().ok()?,
        paid_sum: Amount(0),
    })
}

/// Fills in where a proposal stands at `now_s`.
///
/// # Errors
/// When a stored value is none that the contract could have emitted.
pub(crate) fn complete_proposal(proposal: &mut Proposal, now_s: u64) -> Result<(), String> {
    let passed = passed(proposal).ok_or_else(|| format!("the rows of proposal {} are damaged", proposal.proposal))?;
    let (code, name) = match () {
        () if proposal.execution.is_some() => (7, "executed"),
        () if now_s <= proposal.ballot.deadline => (1, "active"),
        () if !passed => (3, "defeated"),
        () if now_s < proposal.executable_from => (5, "queued"),
        () if now_s <= proposal.executable_until => (4, "succeeded"),
        () => (6, "expired"),
    };
    (proposal.state_code, proposal.state) = (code, name.into());
    Ok(())
}

/// Whether the tally so far passes.
fn passed(proposal: &Proposal) -> Option<bool> {
    let ballot = &proposal.ballot;
    let number = |text: &str| text.parse::<u128>().ok();
    let (yes, no, abstain) =
        (number(&ballot.for_votes)?, number(&ballot.against_votes)?, number(&ballot.abstain_votes)?);
    // Votes are weights: 64 bits hold them all.
    let quorum = yes.checked_add(abstain)? >= number(&ballot.quorum)?;
    let approval = yes.checked_mul(10_000)? > yes.checked_add(no)?.checked_mul(ballot.approval_bps.into())?;
    Some(quorum && approval)
}

fn bps(parts: u64) -> Option<Bps> {
    Bps::new(parts.try_into().ok()?)
}

fn name(status: Status) -> &'static str {
    match status {
        Status::Voting => "voting",
        Status::OptOut => "opt_out",
        Status::AwaitingSeal => "awaiting_seal",
        Status::Refundable => "refundable",
        Status::Refunded => "refunded",
        Status::Sealed => "sealed",
        Status::Delivered => "delivered",
        Status::Disputed => "disputed",
        Status::Settling => "settling",
        Status::Paid => "paid",
    }
}
