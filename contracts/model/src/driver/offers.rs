//! Offers, and what brings them to an end.

use chorus_core::{
    offer::{Status, Terms},
    types::{Address, Amount, MemberNumber, Points, Timestamp},
};

use super::{Driver, Step, call};
use crate::{
    action::Action,
    cast::{Cast, DELIVERY_S, FUNDS, PERIOD_MAX_S, PRICE, VOTING_S, delivery},
    world::World,
};

impl Driver {
    /// The buyer makes an offer. Something may be wrong with it.
    pub(super) fn offer(&mut self, world: &World) -> Option<Step> {
        let Cast { buyer, mut custodian, mut arbiter, stranger, .. } = self.cast;
        let price = match self.source.u8(3) {
            0 => u128::from(self.source.u8(100)),
            1 => PRICE,
            _ => self.source.u128() >> 38,
        };
        let (mut delivery_s, mut currency) = (DELIVERY_S, self.currency(world));
        let mut due = price + world.settings().0.listing_fee.0;
        match self.source.u8(48) {
            0 => custodian = stranger,
            1 => arbiter = buyer,
            2 => arbiter = custodian,
            3 => delivery_s = PERIOD_MAX_S + 1,
            4 => currency = stranger,
            5 => due += 1,
            6 => due -= 1,
            // More money than there is.
            7 => due = FUNDS << 1,
            _ => {}
        }
        let terms = Terms {
            currency,
            price: Amount(price),
            purpose: self.source.u8(5),
            min_members: u32::from(self.source.u8(8)) / 3 + u32::from(self.source.u8(32) != 0),
            min_weight: Points(u64::from(self.source.u8(120))),
            custodian,
            arbiter,
            delivery_s,
            salt: [self.source.u8(u8::MAX); 32],
            ..self.cast.terms()
        };
        if currency == Address::ZERO {
            return Some(call(buyer, Action::Offer { terms, sent: Amount(due) }));
        }
        if self.source.u8(3) == 0 {
            let deadline = Timestamp((world.now().0 + 9).saturating_sub(self.source.u8(12).into()));
            let mut permit = world.permit(currency, buyer, Amount(due), deadline);
            if self.source.u8(8) == 0 {
                permit.r[9] ^= 1;
            }
            return Some(call(buyer, Action::OfferWithPermit { terms, permit }));
        }
        // Now and then native money goes with a token, where it has no place.
        let sent = Amount(u128::from(self.source.u8(24) == 0));
        self.ahead.push_back(call(buyer, Action::Offer { terms, sent }));
        Some(call(buyer, Action::Approve { currency, amount: Amount(due) }))
    }

    /// Takes an offer a stage further, or lets its time run out.
    pub(super) fn next_stage(&mut self, world: &World) -> Option<Step> {
        let offer = self.some_offer(world)?;
        let (facts, status) = (world.offer(offer)?, world.status(offer)?);
        let choice = self.source.u8(6);
        let Cast { buyer, custodian, arbiter, keeper, .. } = self.cast;
        let till = |end: Timestamp| self.pass((end.0 + 1).saturating_sub(world.now().0));
        let distribution =
            |from: u8, count| call(keeper, Action::Distribute { offer, from: MemberNumber(from.into()), count });
        Some(match (status, choice) {
            (Status::Voting, 0..4) => {
                let support = u8::from(choice != 0);
                // Whoever has no votes, or has voted, is refused.
                let voters = self.cast.people.iter().copied().filter(|voter| world.is_open(*voter));
                self.ahead.extend(voters.map(|voter| call(voter, Action::Vote { id: offer.into(), support })));
                let step = self.ahead.pop_front()?;
                self.ahead.push_back(self.pass(VOTING_S));
                step
            }
            (Status::Voting, _) => till(facts.voting_ends),
            (Status::OptOut, 5) | (Status::AwaitingSeal, _) => call(keeper, Action::Seal { offer }),
            (Status::OptOut, _) => till(facts.opt_out_ends),
            (Status::Refundable, _) => call(keeper, Action::Refund { offer }),
            (Status::Sealed, 5) => till(facts.delivery_ends),
            (Status::Sealed, _) => call(custodian, delivery(offer)),
            (Status::Delivered, 0..2) | (Status::Disputed, 0) => call(buyer, Action::Accept { offer }),
            (Status::Delivered, 2) => till(facts.dispute_ends()),
            (Status::Delivered, _) => call(buyer, Action::Dispute { offer }),
            (Status::Disputed, 1) => till(facts.ruling_ends()),
            (Status::Disputed, 2) => call(arbiter, Action::Rule { offer, returned_bps: 10_000 }),
            (Status::Disputed, _) => call(arbiter, Action::Rule { offer, returned_bps: self.source.u16(10_002) }),
            (Status::Settling, 0..3) => distribution(self.source.u8(8), 2),
            (Status::Settling, _) => distribution(0, 20),
            (Status::Refunded | Status::Paid, _) => return None,
        })
    }

    /// Any call about an offer, by anybody at any time.
    pub(super) fn anybody(&mut self, world: &World) -> Option<Step> {
        let (caller, offer) = (self.caller(world)?, self.some_offer(world)?);
        let action = match self.source.u8(8) {
            0 => Action::Seal { offer },
            1 => delivery(offer),
            2 => Action::Accept { offer },
            3 => Action::Dispute { offer },
            4 => Action::Rule { offer, returned_bps: 5_000 },
            5 => Action::Refund { offer },
            6 => Action::Distribute { offer, from: MemberNumber(0), count: 512 },
            _ => Action::Claim { offer, to: self.address(world)? },
        };
        Some(call(caller, action))
    }

    pub(super) fn distribute(&mut self, world: &World) -> Option<Step> {
        let (offer, from) = (self.offer_in(world, &[Status::Settling])?, self.source.u8(8).into());
        let count = if self.source.u8(16) == 0 { 10_000 } else { self.source.u8(4).into() };
        Some(call(self.caller(world)?, Action::Distribute { offer, from: MemberNumber(from), count }))
    }

    pub(super) fn claim(&mut self, world: &World) -> Option<Step> {
        let (offer, to) = (self.offer_in(world, &[Status::Settling])?, self.address(world)?);
        Some(call(self.person(world)?, Action::Claim { offer, to }))
    }

    pub(super) fn withdraw_credit(&mut self, world: &World) -> Option<Step> {
        let (currency, to, owner) = (self.currency(world), self.address(world)?, self.caller(world)?);
        let due = world.credit_in(currency, owner).0 != 0 || self.source.u8(8) == 0;
        due.then(|| call(owner, Action::WithdrawCredit { currency, to }))
    }
}
