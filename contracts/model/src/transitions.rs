//! What an action must not do to the facts: the facts before it, held against those after it.

use std::collections::BTreeMap;

use chorus_core::{
    attestations::Sale,
    offer::{Offer, Status},
    types::{Address, BallotId, OfferId, SaleNumber, Timestamp},
    votes::Ballot,
};

use crate::action::Action;

/// The facts that an action may change in some ways and not in others.
pub(crate) struct Facts {
    pub(crate) now: Timestamp,
    pub(crate) offers: BTreeMap<OfferId, Offer>,
    pub(crate) ballots: BTreeMap<BallotId, Ballot>,
    pub(crate) sales: BTreeMap<SaleNumber, Sale>,
}

/// What `action` changed and must not have, as sentences that begin with the invariant's number.
pub(crate) fn forbidden(before: &Facts, after: &Facts, caller: Address, action: &Action) -> Vec<String> {
    let mut found = Vec::new();
    for (id, was) in &before.offers {
        let Some(is) = after.offers.get(id) else {
            found.push(format!("I14 offer {id:?} is gone"));
            continue;
        };
        if was != is && only_caller(was, action).is_some_and(|only| only != caller) {
            found.push(format!("I19 {caller:?} did {action:?}"));
        }
        let statuses = (was.status(before.now), is.status(after.now));
        if !is_edge(statuses.0, statuses.1, action) {
            found.push(format!("I13 {statuses:?} by {action:?}"));
        }
        check_offer(was, is, action, &mut found);
    }
    for (id, was) in &before.ballots {
        match after.ballots.get(id) {
            Some(is) => check_ballot(was, is, before.now, &mut found),
            None => found.push(format!("I09 ballot {id:?} is gone")),
        }
    }
    for (sale, was) in &before.sales {
        match after.sales.get(sale) {
            Some(is) => check_sale(was, is, before.now, &mut found),
            None => found.push(format!("I02 sale {sale:?} is gone")),
        }
    }
    found
}

/// The edges of the diagram in `contracts/README.md`. A call takes one; time may pass several at once.
fn is_edge(before: Status, after: Status, action: &Action) -> bool {
    use Status::{AwaitingSeal, Delivered, Disputed, OptOut, Paid, Refundable, Refunded, Sealed, Settling, Voting};
    before == after
        || match action {
            Action::Wait { .. } => matches!(
                (before, after),
                (Voting, OptOut | AwaitingSeal | Refundable)
                    | (OptOut, AwaitingSeal | Refundable)
                    | (AwaitingSeal | Sealed, Refundable)
                    | (Delivered | Disputed, Settling)
            ),
            Action::Seal { .. } => {
                matches!((before, after), (OptOut, Refundable) | (AwaitingSeal, Sealed | Refundable))
            }
            Action::Deliver { .. } => (before, after) == (Sealed, Delivered),
            Action::Accept { .. } => matches!((before, after), (Delivered | Disputed, Settling)),
            Action::Dispute { .. } => (before, after) == (Delivered, Disputed),
            Action::Rule { .. } => matches!((before, after), (Disputed, Settling | Refunded)),
            Action::Refund { .. } => (before, after) == (Refundable, Refunded),
            Action::Distribute { .. } | Action::Claim { .. } | Action::Relay { .. } => {
                (before, after) == (Settling, Paid)
            }
            _ => false,
        }
}

/// A fact is written once, by the action that it belongs to, and terms are never written again.
fn check_offer(before: &Offer, after: &Offer, action: &Action, found: &mut Vec<String>) {
    let sealing = matches!(action, Action::Seal { .. });
    let settling = matches!(action, Action::Distribute { .. } | Action::Claim { .. } | Action::Relay { .. });
    let moments =
        |offer: &Offer| [offer.delivered_at, offer.accepted_at, offer.disputed_at, offer.ruled_at, offer.refunded_at];
    for (was, is) in moments(before).into_iter().zip(moments(after)) {
        if was.is_some() && was != is {
            found.push(format!("I14 {was:?} was rewritten as {is:?} by {action:?}"));
        }
    }
    let mut allowed = *before;
    if sealing {
        (allowed.seal, allowed.total_weight, allowed.members) = (after.seal, after.total_weight, after.members);
    }
    if settling && after.settled >= before.settled && after.paid_sum >= before.paid_sum {
        (allowed.settled, allowed.paid_sum) = (after.settled, after.paid_sum);
    }
    match action {
        Action::Deliver { .. } => allowed.delivered_at = after.delivered_at,
        Action::Accept { .. } => allowed.accepted_at = after.accepted_at,
        Action::Dispute { .. } => allowed.disputed_at = after.disputed_at,
        Action::Rule { .. } => (allowed.ruled_at, allowed.returned) = (after.ruled_at, after.returned),
        Action::Refund { .. } => allowed.refunded_at = after.refunded_at,
        _ => {}
    }
    if allowed != *after {
        found.push(format!("I14 {action:?} changed what it must not: {before:?}, then {after:?}"));
    }
}

/// A ballot keeps its thresholds and times. Its tally only grows, and not after the deadline.
fn check_ballot(before: &Ballot, after: &Ballot, now: Timestamp, found: &mut Vec<String>) {
    let mut allowed = *before;
    let grows = before.tally.sides().into_iter().zip(after.tally.sides()).all(|(was, is)| is >= was);
    if grows && now <= before.deadline {
        allowed.tally = after.tally;
    }
    if allowed != *after {
        found.push(format!("I09 ballot {before:?} became {after:?}"));
    }
}

/// A sale only shrinks, and not after its window.
fn check_sale(before: &Sale, after: &Sale, now: Timestamp, found: &mut Vec<String>) {
    let mut allowed = *before;
    if now <= before.window_ends && after.total_weight <= before.total_weight && after.members <= before.members {
        (allowed.total_weight, allowed.members) = (after.total_weight, after.members);
    }
    if allowed != *after {
        found.push(format!("I02 sale {before:?} became {after:?}"));
    }
}

/// The only account whose call of `action` may be accepted, if there is one.
fn only_caller(offer: &Offer, action: &Action) -> Option<Address> {
    match action {
        Action::Deliver { .. } => Some(offer.custodian),
        Action::Accept { .. } | Action::Dispute { .. } => Some(offer.buyer),
        Action::Rule { .. } => Some(offer.arbiter),
        _ => None,
    }
}
