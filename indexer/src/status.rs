//! Status and split of an offer and state of a proposal, from indexed facts and a block's clock. An offer's, and whether
//! a ballot passes, follow from the very rules that the contracts run; a proposal's state repeats the contract's
//! `proposalState`, which asks its sister for the ballot.

use crate::model::{Offer, Proposal, Settlement};
use chorus_core::{
    escrow::ProposalState,
    offer::{Offer as Facts, Seal, Status},
    types::{Address, Amount, Bps, Points, SaleNumber, Timestamp},
    votes::{Ballot, Tally},
};

/// Fills in what follows from the rest of `offer` at `now_s`: status and, from settling on, the split.
///
/// # Errors
/// When a stored value is none that the contract could have emitted.
pub(crate) fn complete(offer: &mut Offer, now_s: u64) -> Result<(), String> {
    let facts = facts(offer).ok_or_else(|| format!("the rows of offer {} are damaged", offer.offer))?;
    let status = facts.status(Timestamp(now_s));
    (offer.status_code, offer.status) = (status.code(), status.name().into());
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
        Some(found) => (Seal::from_name(&found.outcome)?, found.total_weight, found.members),
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
    let ballot = ballot(proposal).ok_or_else(|| format!("the rows of proposal {} are damaged", proposal.proposal))?;
    let state = if proposal.execution.is_some() {
        ProposalState::Executed
    } else if now_s <= proposal.ballot.deadline {
        ProposalState::Active
    } else if !ballot.passes() {
        ProposalState::Defeated
    } else if now_s < proposal.executable_from {
        ProposalState::Queued
    } else if now_s <= proposal.executable_until {
        ProposalState::Succeeded
    } else {
        ProposalState::Expired
    };
    (proposal.state_code, proposal.state) = (state.code(), state.name().into());
    Ok(())
}

/// The proposal's ballot as `core` keeps it.
fn ballot(proposal: &Proposal) -> Option<Ballot> {
    let ballot = &proposal.ballot;
    let points = |text: &str| text.parse().ok().map(Points);
    Some(Ballot {
        // Its number decides nothing.
        number: 0,
        snapshot: Timestamp(ballot.snapshot),
        deadline: Timestamp(ballot.deadline),
        quorum: points(&ballot.quorum)?,
        approval: bps(ballot.approval_bps)?,
        tally: Tally {
            against_votes: points(&ballot.against_votes)?,
            for_votes: points(&ballot.for_votes)?,
            abstain_votes: points(&ballot.abstain_votes)?,
        },
    })
}

fn bps(parts: u64) -> Option<Bps> {
    Bps::new(parts.try_into().ok()?)
}
