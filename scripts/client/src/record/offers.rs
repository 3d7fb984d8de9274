//! Offers, and what was done about them.

use chorus_abi::{Address, B256, escrow};

use super::{At, Ballot, Log, Record, Sale};

/// An offer and what was done about it.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What the buyer offered.
    pub made: escrow::OfferMade,
    /// The conditions that the pool set for it: its sale, periods and fees.
    pub conditions: escrow::OfferTerms,
    /// Where it was made.
    pub at: At,
    /// Its ballot.
    pub ballot: Ballot,
    /// The outcome of vote and opt-out, once fixed.
    pub sealed: Option<(At, escrow::Sealed)>,
    /// The delivery.
    pub delivered: Option<(At, escrow::Delivered)>,
    /// When the buyer accepted.
    pub accepted: Option<At>,
    /// The dispute.
    pub disputed: Option<(At, escrow::Disputed)>,
    /// The ruling.
    pub ruled: Option<(At, escrow::Ruled)>,
    /// The refund.
    pub refunded: Option<(At, escrow::Refunded)>,
    /// Calls that settled members, in order.
    pub distributions: Vec<(At, escrow::Distributed)>,
    /// Members settled, in order.
    pub payouts: Vec<(At, Payout)>,
    /// The end of the settlement.
    pub paid: Option<(At, escrow::OfferPaid)>,
}

/// A member's share, and the call that settled it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The member's number.
    pub number: u32,
    /// The member whose share it is.
    pub member: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// The amount, in the currency's smallest unit.
    pub share: u128,
    /// The account it went to.
    pub to: Address,
    /// Whether it became a credit because it could not be pushed.
    pub credited: bool,
    /// The account that called.
    pub keeper: Address,
    /// What the keeper earned with this member.
    pub tip: u128,
}

impl Record {
    /// Offers with their ids, oldest first.
    pub fn offers(&self) -> impl Iterator<Item = (B256, &Offer)> {
        self.order.iter().filter_map(|id| Some((*id, self.offers.get(id)?)))
    }

    pub(super) fn conditions_fixed(&mut self, log: &Log, e: &escrow::OfferTerms) {
        let Some((at, made)) = self.made.remove(&e.offer) else {
            return self.contradict(log, format!("conditions of an offer that was never made: {}", e.offer));
        };
        let Some(ballot) = self.ballots.remove(&e.offer) else {
            return self.contradict(log, format!("an offer without a ballot: {}", e.offer));
        };
        self.expect(log, "the end of voting", e.voting_ends, ballot.deadline);
        let sale = self.sales.get(&e.sale).map(|sale| (sale.purpose, sale.window_ends, sale.announced));
        let expected = Some((made.purpose, e.opt_out_ends, (e.total_weight, e.members)));
        self.expect(log, "the sale of an offer", sale, expected);
        let offer = Offer {
            made,
            conditions: e.clone(),
            at,
            ballot,
            sealed: None,
            delivered: None,
            accepted: None,
            disputed: None,
            ruled: None,
            refunded: None,
            distributions: Vec::new(),
            payouts: Vec::new(),
            paid: None,
        };
        self.order.push(e.offer);
        self.offers.insert(e.offer, offer);
    }

    pub(super) fn sealed(&mut self, log: &Log, e: &escrow::Sealed) {
        let sale = self.offers.get(&e.offer).and_then(|offer| self.sale_of(offer)).map(Sale::totals);
        self.expect(log, "W and M of a sealed sale", Some((e.total_weight, e.members)), sale);
        self.once(log, e.offer, |offer| offer.sealed.replace((log.at, e.clone())).is_none());
    }

    pub(super) fn distributed(&mut self, log: &Log, e: &escrow::Distributed) {
        self.once(log, e.offer, |offer| {
            let settled = offer.payouts.len() as u64 + u64::from(e.settled_now);
            offer.distributions.push((log.at, e.clone()));
            settled == u64::from(e.settled)
        });
    }

    pub(super) fn share_paid(&mut self, log: &Log, e: &escrow::SharePaid) {
        self.once(log, e.offer, |offer| {
            let first = offer.payouts.iter().all(|(_, paid)| paid.number != e.number);
            let Some((_, call)) = offer.distributions.last() else { return false };
            let payout = Payout {
                number: e.number,
                member: e.member,
                weight: e.weight,
                share: e.share,
                to: e.to,
                credited: e.credited,
                keeper: call.keeper,
                tip: call.tips / u128::from(call.settled_now.max(1)),
            };
            offer.payouts.push((log.at, payout));
            first && offer.payouts.len() as u64 <= u64::from(call.settled)
        });
    }

    /// A step in an offer's life that can be taken once: `take` says whether it is the first time.
    pub(super) fn once(&mut self, log: &Log, id: B256, take: impl FnOnce(&mut Offer) -> bool) {
        match self.offers.get_mut(&id).map(take) {
            Some(true) => {}
            Some(false) => self.contradict(log, format!("a second time for offer {id}, or more than was announced")),
            None => self.contradict(log, format!("about an offer that was never made: {id}")),
        }
    }
}
