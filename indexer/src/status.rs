//! Status and split of an offer and state of a proposal, from typed facts and a block's clock.
//!
//! An offer's status, its split, and whether a ballot passes follow from the very rules that the contracts run. A
//! proposal's state repeats the contract's `proposalState`, which asks its sister for the ballot.

use chorus_bindings::core::{
    money::Settlement,
    names::{ProposalState, Seal, Status},
    offer::Offer as Facts,
    types::{Address, Amount, Bps, Points, SaleNumber, Timestamp},
    votes::{Ballot as Poll, Tally},
};

use crate::{
    Error,
    tables::{
        ballots::Ballot,
        offers::{Offer, Step},
        proposals::Proposal,
    },
    values,
};

/// Where an offer stands at `now_s` and, from settling on, how its price is split.
///
/// # Errors
/// [`Error::Database`] when the rows are not what the contract could have emitted.
pub(crate) fn of_offer(offer: &Offer, now_s: u64) -> Result<(Status, Option<Settlement>), Error> {
    let damaged = || Error::Database(format!("the rows of offer {} are damaged", offer.made.offer));
    let facts = facts(offer).ok_or_else(damaged)?;
    let status = facts.status(Timestamp(now_s));
    let split = match status {
        Status::Settling | Status::Paid => Some(facts.settlement().map_err(|_| damaged())?),
        _ => None,
    };
    Ok((status, split))
}

/// The offer's facts as `core` keeps them.
fn facts(offer: &Offer) -> Option<Facts> {
    let Offer {
        made,
        terms,
        total_weight,
        members,
        ballot: _,
        seal,
        delivery,
        acceptance,
        dispute,
        ruling,
        refund,
        settled,
        closing,
    } = offer;
    let (seal, total_weight, members) = match seal {
        None => (Seal::Open, *total_weight, *members),
        Some(found) => (found.says.outcome.0, found.says.total_weight, found.says.members),
    };
    Some(Facts {
        buyer: address(made.buyer),
        currency: address(made.currency),
        price: amount(made.price)?,
        custodian: address(made.custodian),
        arbiter: address(made.arbiter),
        min_members: made.min_members,
        min_weight: Points(made.min_weight),
        sale: SaleNumber(terms.sale),
        voting_ends: Timestamp(terms.voting_ends),
        opt_out_ends: Timestamp(terms.opt_out_ends),
        delivery_ends: Timestamp(terms.delivery_ends),
        dispute_s: terms.dispute_s,
        ruling_s: terms.ruling_s,
        fee: Bps::new(terms.fee_bps)?,
        tip: Bps::new(terms.tip_bps)?,
        seal,
        total_weight: Points(total_weight),
        members,
        delivered_at: taken(delivery),
        accepted_at: taken(acceptance),
        disputed_at: taken(dispute),
        ruled_at: taken(ruling),
        returned: Bps::new(ruling.map_or(0, |ruling| ruling.says.returned_bps))?,
        refunded_at: taken(refund),
        settled: *settled,
        // Known once all are paid; neither status nor split depends on it.
        paid_sum: amount(closing.map_or_else(Default::default, |closing| closing.says.paid_sum))?,
    })
}

/// When a step was taken, if it was.
fn taken<S>(step: &Option<Step<S>>) -> Option<Timestamp> {
    step.as_ref().map(|step| Timestamp(step.taken.time_s))
}

/// Where a proposal stands at `now_s`.
///
/// # Errors
/// [`Error::Database`] when the rows are not what the contract could have emitted.
pub(crate) fn of_proposal(proposal: &Proposal, now_s: u64) -> Result<ProposalState, Error> {
    let Proposal { made, calls: _, ballot, execution } = proposal;
    let damaged = || Error::Database(format!("the rows of proposal {} are damaged", made.proposal));
    let passes = poll(ballot).ok_or_else(damaged)?.passes();
    Ok(if execution.is_some() {
        ProposalState::Executed
    } else if now_s <= made.voting_ends {
        ProposalState::Active
    } else if !passes {
        ProposalState::Defeated
    } else if now_s < made.executable_from {
        ProposalState::Queued
    } else if now_s <= made.executable_until {
        ProposalState::Succeeded
    } else {
        ProposalState::Expired
    })
}

/// A ballot as `core` keeps it.
fn poll(ballot: &Ballot) -> Option<Poll> {
    let votes = |votes: Option<values::Points>| Points(votes.unwrap_or_default().0);
    Some(Poll {
        // Its number decides nothing.
        number: 0,
        snapshot: Timestamp(ballot.snapshot),
        deadline: Timestamp(ballot.deadline),
        quorum: Points(ballot.quorum.0),
        approval: Bps::new(ballot.approval_bps)?,
        tally: Tally {
            against_votes: votes(ballot.against_votes),
            for_votes: votes(ballot.for_votes),
            abstain_votes: votes(ballot.abstain_votes),
        },
    })
}

fn address(address: values::Address) -> Address {
    Address(address.0.into_array())
}

fn amount(amount: values::Amount) -> Option<Amount> {
    u128::try_from(amount.0).ok().map(Amount)
}
