//! Offers, and where their money goes.

use std::collections::BTreeMap;

use chorus_core::{
    escrow::{Request, RequestKind},
    offer::{Seal, Terms},
    types::{Address, MemberNumber, OfferId, Timestamp},
};

use super::{Accepted, Books, Member, Offer, Sale, Split, part_of_floor};
use crate::outcome::Outcome;

impl Split {
    fn share(&self, weight: u32) -> u128 {
        part_of_floor(self.net, weight.into(), self.weight.into())
    }
}

impl Books {
    /// How an offer's price is divided among those who are in its sale now.
    pub(crate) fn split(&self, offer: &Offer) -> Option<Split> {
        let sale = self.sales.get(offer.sale)?;
        let price = offer.terms.price.0;
        let paid = price - part_of_floor(price, offer.returned_bps.into(), 10_000);
        let fee = part_of_floor(paid, offer.fee_bps.into(), 10_000);
        let heads = sale.heads();
        let tip = part_of_floor(paid, offer.tip_bps.into(), 10_000).checked_div(heads as u128)?;
        Some(Split { fee, tip, net: paid - fee - tip * heads as u128, weight: sale.weight(), heads })
    }

    pub(super) fn book_offer(&mut self, call: Accepted<'_>, terms: &Terms) {
        let Accepted { now, caller: buyer, outcome, tokens, .. } = call;
        let Outcome::Offered(id) = outcome else { return };
        let terms = Terms { buyer, ..*terms };
        let settings = self.pool.offers;
        let voting_ends = now.0 + self.pool.voting.voting_period_s;
        self.book_ballot(now, id.into());

        let allows = |member: &Member| member.weight != 0 && member.purposes >> terms.purpose & 1 != 0;
        let allowing = self.members.iter().filter(|(_, member)| allows(member));
        let inside = allowing.map(|(address, member)| (*address, member.weight)).collect();
        let window_ends = Timestamp(voting_ends + settings.opt_out_s);
        self.sales.push(Sale { purpose: terms.purpose, window_ends, inside });

        let (currency, sent) = (terms.currency, terms.price.0 + settings.listing_fee.0);
        let allowed = self.listed.get(&("currency", currency)).copied().unwrap_or(currency == Address::ZERO);
        self.expect("T28 a currency of the pool", allowed, true);
        self.expect("T28 what arrives", tokens.arrives(currency, sent), Some(sent));
        self.move_money(currency, buyer, self.pool.site.escrow, sent, sent);
        self.credit(currency, Address::ZERO, settings.listing_fee.0);
        let offer = Offer {
            terms,
            sale: self.sales.len() - 1,
            fee_bps: settings.fee_bps.get(),
            tip_bps: settings.tip_bps.get(),
            returned_bps: 0,
            held: terms.price.0,
            settled: BTreeMap::new(),
            delivered: false,
        };
        let twice = self.offers.insert(id, offer).is_some();
        self.expect("F11 the same offer twice", twice, false);
    }

    pub(super) fn book_seal(&mut self, call: Accepted<'_>, id: OfferId) {
        let (Some(ballot), Some(offer)) = (self.ballots.get(&id.into()), self.offers.get(&id)) else { return };
        let Some(sale) = self.sales.get(offer.sale) else { return };
        let few = sale.heads() < offer.terms.min_members as usize || sale.weight() < offer.terms.min_weight.0;
        let expected = match (ballot.passes(), few) {
            (false, _) => Seal::Defeated,
            (true, true) => Seal::MinimumMissed,
            (true, false) => Seal::Sealed,
        };
        self.expect("I08 seal", call.outcome, Outcome::Sealed(expected));
    }

    pub(super) fn book_delivery(&mut self, id: OfferId) {
        if let Some(offer) = self.offers.get_mut(&id) {
            offer.delivered = true;
        }
    }

    pub(super) fn book_ruling(&mut self, id: OfferId, returned_bps: u16) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let returned = part_of_floor(offer.terms.price.0, returned_bps.into(), 10_000);
        offer.returned_bps = returned_bps;
        offer.held -= returned;
        let Terms { buyer, currency, .. } = offer.terms;
        self.credit(currency, buyer, returned);
    }

    pub(super) fn book_refund(&mut self, call: Accepted<'_>, id: OfferId) {
        let Some(offer) = self.offers.get_mut(&id) else { return };
        let (Terms { buyer, currency, .. }, price) = (offer.terms, std::mem::take(&mut offer.held));
        self.credit(currency, buyer, price);
        self.expect("I07 refund", call.outcome, Outcome::Paid(price.into()));
    }

    pub(super) fn book_distribution(&mut self, call: Accepted<'_>, id: OfferId, from: MemberNumber, count: u32) {
        let numbers = from.0..from.0.saturating_add(count);
        let joined = (1u32..).zip(&self.joined).filter(|(number, _)| numbers.contains(number));
        let due: Vec<_> = joined.map(|(_, member)| *member).filter(|member| self.is_due(id, *member)).collect();
        for member in &due {
            self.settle(call, id, *member, *member);
        }
        self.expect("I12 settled", call.outcome, Outcome::Settled(due.iter().map(|_| 1).sum()));
    }

    pub(super) fn book_claim(&mut self, call: Accepted<'_>, id: OfferId, member: Address, to: Address) {
        let due = self.is_due(id, member);
        self.expect("I12 claim", due, true);
        let share = self.settle(call, id, member, to);
        self.expect("I07 claim", call.outcome, Outcome::Paid(share.into()));
    }

    pub(super) fn book_withdrawal(&mut self, call: Accepted<'_>, currency: Address, owner: Address, to: Address) {
        let due = self.credits.remove(&(currency, owner)).unwrap_or_default();
        self.expect("I10 credit", call.outcome, Outcome::Paid(due.into()));
        let arrives = call.tokens.pushed(currency, to, due);
        self.expect("I10 a withdrawal that arrived", arrives.is_some(), true);
        self.move_money(currency, self.pool.site.escrow, to, due, arrives.unwrap_or_default());
    }

    /// Books a claim or withdrawal that the caller hands in for whoever signed it.
    pub(super) fn book_request(&mut self, call: Accepted<'_>, request: &Request) {
        let Request { kind, account, to, deadline } = *request;
        *self.escrow_nonces.entry(account).or_default() += 1;
        self.expect("T09 a signature after its time", call.now > deadline, false);
        match kind {
            RequestKind::Claim(offer) => self.book_claim(call, offer, account, to),
            RequestKind::WithdrawCredit(currency) => self.book_withdrawal(call, currency, account, to),
        }
    }

    pub(super) fn book_donation(&mut self, call: Accepted<'_>, currency: Address, amount: u128) {
        let arrives = call.tokens.arrives(currency, amount).unwrap_or_default();
        self.move_money(currency, call.caller, self.pool.site.escrow, amount, arrives);
        *self.donated.entry(currency).or_default() += arrives;
    }

    /// Whether a member is in an offer's sale and not settled yet.
    fn is_due(&self, id: OfferId, member: Address) -> bool {
        let Some(offer) = self.offers.get(&id) else { return false };
        let inside = self.sales.get(offer.sale).is_some_and(|sale| sale.inside.contains_key(&member));
        inside && !offer.settled.contains_key(&member)
    }

    /// Settles a member, whose share goes to `to`; the caller earns the tip. Returns the share.
    fn settle(&mut self, call: Accepted<'_>, id: OfferId, member: Address, to: Address) -> u128 {
        let Some(offer) = self.offers.get(&id) else { return 0 };
        let Some(split) = self.split(offer) else { return 0 };
        let weight = self.sales.get(offer.sale).and_then(|sale| sale.inside.get(&member)).copied();
        let share = split.share(weight.unwrap_or_default());
        let Some(offer) = self.offers.get_mut(&id) else { return 0 };
        offer.settled.insert(member, share);
        offer.held -= share + split.tip;
        let fee_and_residue = match offer.settled.len() == split.heads {
            true => std::mem::take(&mut offer.held),
            false => 0,
        };
        let currency = offer.terms.currency;
        self.credit(currency, call.caller, split.tip);
        self.credit(currency, Address::ZERO, fee_and_residue);
        match call.tokens.pushed(currency, to, share) {
            None => self.credit(currency, member, share),
            Some(arrives) => self.move_money(currency, self.pool.site.escrow, to, share, arrives),
        }
        share
    }
}
