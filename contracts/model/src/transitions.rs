//! What an action may change: compares the facts before it with those after.

use super::{Action, World};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use chorus_core::attestations::Sale;
use chorus_core::offer::{NEVER, Offer, Status};
use chorus_core::types::{Address, BallotId, OfferId, SaleNumber, Timestamp};
use chorus_core::votes::Ballot;

/// The facts that an action must not bend.
pub(super) struct Facts {
    now: Timestamp,
    offers: Vec<(OfferId, Offer)>,
    ballots: Vec<(BallotId, Ballot)>,
    sales: Vec<(SaleNumber, Sale)>,
}

impl Facts {
    pub(super) fn of(world: &World) -> Self {
        let ids = world.recount.offers.keys().copied();
        let sales = (1..).zip(&world.recount.sales).map(|(number, _)| SaleNumber(number));
        Self {
            now: world.now,
            offers: ids.filter_map(|id| Some((id, world.offer(id)?))).collect(),
            ballots: world.recount.ballots.keys().filter_map(|id| Some((*id, world.ballot(*id)?))).collect(),
            sales: sales.filter_map(|sale| Some((sale, world.sale(sale)?))).collect(),
        }
    }

    /// Notes in the world's books what `action` changed and must not have.
    pub(super) fn compare(&self, world: &mut World, caller: Address, action: &Action) {
        let mut surprises = Vec::new();
        for (id, before) in &self.offers {
            let Some(after) = world.offer(*id) else { continue };
            if *before != after && only_caller(before, action).is_some_and(|only| only != caller) {
                surprises.push(format!("I19 {caller:?} did {action:?}"));
            }
            let statuses = (before.status(self.now), after.status(world.now));
            if !is_edge(statuses.0, statuses.1, action) {
                surprises.push(format!("I13 {statuses:?} by {action:?}"));
            }
            check_offer(before, &after, action, &mut surprises);
        }
        for (id, before) in &self.ballots {
            match world.ballot(*id) {
                Some(after) => check_ballot(before, &after, self.now, &mut surprises),
                None => surprises.push(format!("I09 ballot {id:?} is gone")),
            }
        }
        for (sale, before) in &self.sales {
            match world.sale(*sale) {
                Some(after) => check_sale(before, &after, self.now, &mut surprises),
                None => surprises.push(format!("I02 sale {sale:?} is gone")),
            }
        }
        world.recount.surprises.extend(surprises);
    }
}

/// The edges of the README's diagram. Time may pass several at once; a call takes one.
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

/// A fact is written once, by the action it belongs to; terms are never written again.
fn check_offer(before: &Offer, after: &Offer, action: &Action, surprises: &mut Vec<String>) {
    let sealing = matches!(action, Action::Seal { .. });
    let settling = matches!(action, Action::Distribute { .. } | Action::Claim { .. } | Action::Relay { .. });
    let moments =
        |offer: &Offer| [offer.delivered_at, offer.accepted_at, offer.disputed_at, offer.ruled_at, offer.refunded_at];
    for (was, is) in moments(before).into_iter().zip(moments(after)) {
        if was != NEVER && was != is {
            surprises.push(format!("I14 {was:?} was rewritten as {is:?} by {action:?}"));
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
        surprises.push(format!("I14 {action:?} changed what is not its own: {before:?}, then {after:?}"));
    }
}

/// A ballot's thresholds and times stay; its tally only grows, and not after the deadline.
fn check_ballot(before: &Ballot, after: &Ballot, now: Timestamp, surprises: &mut Vec<String>) {
    let mut allowed = *before;
    let grows = before.tally.sides().into_iter().zip(after.tally.sides()).all(|(was, is)| is >= was);
    if grows && now <= before.deadline {
        allowed.tally = after.tally;
    }
    if allowed != *after {
        surprises.push(format!("I09 ballot {before:?} became {after:?}"));
    }
}

/// A sale only shrinks, and not after its window.
fn check_sale(before: &Sale, after: &Sale, now: Timestamp, surprises: &mut Vec<String>) {
    let mut allowed = *before;
    if now <= before.window_ends && after.total_weight <= before.total_weight && after.members <= before.members {
        (allowed.total_weight, allowed.members) = (after.total_weight, after.members);
    }
    if allowed != *after {
        surprises.push(format!("I02 sale {before:?} became {after:?}"));
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
