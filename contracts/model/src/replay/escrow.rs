//! The events of `escrow`: of the DAO and its settings, of offers, and of money.

use std::mem;

use EscrowEvent as E;
use chorus_core::{
    escrow::Proposal as Facts,
    event::EscrowEvent,
    offer::{Offer, Seal},
    types::{Address, Amount, Bps, OfferId, Points, SaleNumber, Timestamp},
};

use super::{Proposal, Replay, ensure};

type Read = Result<(), String>;

impl Replay {
    /// An event is read by one of three functions: this match names them all, so that a new event is not forgotten.
    pub(super) fn read_escrow(&mut self, at: Timestamp, event: &EscrowEvent, tail: Option<&[u8]>) -> Read {
        match event {
            E::EscrowDeployed { .. }
            | E::SettingsChanged { .. }
            | E::ProposalSettingsChanged { .. }
            | E::GuardianChanged { .. }
            | E::CustodianAdded { .. }
            | E::CustodianRemoved { .. }
            | E::ArbiterAdded { .. }
            | E::ArbiterRemoved { .. }
            | E::CurrencyAllowed { .. }
            | E::CurrencyDisallowed { .. }
            | E::Paused { .. } => self.read_setting(event),

            E::Proposed { .. } | E::ProposedCall { .. } | E::ProposalExecuted { .. } => self.read_proposal(event, tail),

            E::OfferMade { .. } => self.read_offer_made(event),
            E::OfferTerms { .. }
            | E::Sealed { .. }
            | E::Delivered { .. }
            | E::Accepted { .. }
            | E::Disputed { .. }
            | E::Ruled { .. }
            | E::Refunded { .. }
            | E::Distributed { .. } => self.read_offer(at, event),

            E::TreasurySpent { .. }
            | E::SharePaid { .. }
            | E::OfferPaid { .. }
            | E::Credited { .. }
            | E::CreditWithdrawn { .. }
            | E::NonceUsed { .. } => self.read_money(event),
        }
    }

    fn read_setting(&mut self, event: &EscrowEvent) -> Read {
        match *event {
            E::EscrowDeployed { guardian, .. } => self.guardian = Some(guardian),
            E::SettingsChanged { settings } => self.offer_settings = Some(settings),
            E::ProposalSettingsChanged { settings } => self.proposal_settings = Some(settings),
            E::GuardianChanged { previous, guardian } => {
                ensure!(event, self.guardian.replace(guardian) == Some(previous));
            }
            E::CustodianAdded { custodian } => self.roles.entry(custodian).or_default().custodian = true,
            E::CustodianRemoved { custodian } => self.roles.entry(custodian).or_default().custodian = false,
            E::ArbiterAdded { arbiter } => self.roles.entry(arbiter).or_default().arbiter = true,
            E::ArbiterRemoved { arbiter } => self.roles.entry(arbiter).or_default().arbiter = false,
            E::CurrencyAllowed { currency, base_amount } => {
                self.roles.entry(currency).or_default().currency = true;
                let known = self.base_amounts.insert(currency, base_amount);
                ensure!(event, known.is_none_or(|known| known == base_amount));
            }
            E::CurrencyDisallowed { currency } => self.roles.entry(currency).or_default().currency = false,
            E::Paused { until, .. } => self.offers_paused_until = Some(until),
            _ => return unread(event),
        }
        Ok(())
    }

    fn read_proposal(&mut self, event: &EscrowEvent, tail: Option<&[u8]>) -> Read {
        let none = || format!("I16 {event:?}: no proposal");
        match *event {
            E::Proposed {
                proposal: id,
                description_hash,
                voting_ends,
                executable_from,
                executable_until,
                count,
                ..
            } => {
                let facts = Facts { voting_ends, executable_from, executable_until, executed: false };
                let proposal = Proposal { facts, description_hash, count, calls: Vec::new() };
                ensure!(event, self.proposals.insert(id, proposal).is_none());
            }
            E::ProposedCall { proposal: id, index, target, .. } => {
                let (proposal, call) = self.proposals.get_mut(&id).zip(tail).ok_or_else(none)?;
                ensure!(event, proposal.calls.len() == usize::from(index) && index < proposal.count);
                proposal.calls.push((target, call.into()));
            }
            E::ProposalExecuted { proposal: id, .. } => {
                let proposal = self.proposals.get_mut(&id).ok_or_else(none)?;
                ensure!(event, !mem::replace(&mut proposal.facts.executed, true));
            }
            _ => return unread(event),
        }
        Ok(())
    }

    fn read_offer_made(&mut self, event: &EscrowEvent) -> Read {
        let E::OfferMade { offer: id, buyer, currency, price, min_members, min_weight, custodian, arbiter, .. } =
            *event
        else {
            return unread(event);
        };
        let made = Offer {
            buyer,
            currency,
            price,
            custodian,
            arbiter,
            min_members,
            min_weight,
            sale: SaleNumber(0),
            voting_ends: Timestamp(0),
            opt_out_ends: Timestamp(0),
            delivery_ends: Timestamp(0),
            dispute_s: 0,
            ruling_s: 0,
            fee: Bps::default(),
            tip: Bps::default(),
            seal: Seal::Open,
            total_weight: Points(0),
            members: 0,
            delivered_at: None,
            accepted_at: None,
            disputed_at: None,
            ruled_at: None,
            returned: Bps::default(),
            refunded_at: None,
            settled: 0,
            paid_sum: Amount(0),
        };
        ensure!(event, self.offers.insert(id, made).is_none());
        Ok(())
    }

    fn read_offer(&mut self, at: Timestamp, event: &EscrowEvent) -> Read {
        match *event {
            E::OfferTerms {
                offer: id,
                sale,
                voting_ends,
                opt_out_ends,
                delivery_ends,
                dispute_s,
                ruling_s,
                fee_bps,
                tip_bps,
                total_weight,
                members,
                ..
            } => {
                let offer = self.offer(id, event)?;
                (offer.sale, offer.voting_ends, offer.opt_out_ends) = (sale, voting_ends, opt_out_ends);
                (offer.delivery_ends, offer.dispute_s, offer.ruling_s) = (delivery_ends, dispute_s, ruling_s);
                offer.fee = Bps::new(fee_bps).unwrap_or_default();
                offer.tip = Bps::new(tip_bps).unwrap_or_default();
                (offer.total_weight, offer.members) = (total_weight, members);
            }
            E::Sealed { offer: id, outcome, total_weight, members } => {
                let offer = self.offer(id, event)?;
                offer.seal = Seal::from_code(outcome).unwrap_or(Seal::Open);
                (offer.total_weight, offer.members) = (total_weight, members);
            }
            E::Delivered { offer: id, dispute_ends, .. } => {
                let offer = self.offer(id, event)?;
                offer.delivered_at = Some(Timestamp(dispute_ends.0 - offer.dispute_s));
            }
            E::Accepted { offer: id } => self.offer(id, event)?.accepted_at = Some(at),
            E::Disputed { offer: id, .. } => self.offer(id, event)?.disputed_at = Some(at),
            E::Ruled { offer: id, returned_bps, .. } => {
                let offer = self.offer(id, event)?;
                (offer.ruled_at, offer.returned) = (Some(at), Bps::new(returned_bps).unwrap_or_default());
            }
            E::Refunded { offer: id, .. } => self.offer(id, event)?.refunded_at = Some(at),
            E::Distributed { offer: id, settled_now, settled, paid_sum, .. } => {
                let offer = self.offer(id, event)?;
                let told = (settled - offer.settled, paid_sum.0 - offer.paid_sum.0);
                (offer.settled, offer.paid_sum) = (settled, paid_sum);
                ensure!(event, self.untold == (0, 0) && told.0 == settled_now);
                self.untold = told;
            }
            _ => return unread(event),
        }
        Ok(())
    }

    fn read_money(&mut self, event: &EscrowEvent) -> Read {
        match *event {
            E::TreasurySpent { currency, amount, balance, .. } => {
                let credit = self.credits.entry((currency, Address::ZERO)).or_default();
                ensure!(event, credit.checked_sub(amount.0) == Some(balance.0));
                *credit = balance.0;
            }
            E::SharePaid { share, .. } => {
                let (members, money) = self.untold;
                ensure!(event, members >= 1 && money >= share.0);
                self.untold = (members - 1, money - share.0);
            }
            // The invariants compare its sums with the offer.
            E::OfferPaid { .. } => {}
            E::Credited { currency, owner, amount, balance, .. } => {
                let credit = self.credits.entry((currency, owner)).or_default();
                *credit += amount.0;
                ensure!(event, *credit == balance.0);
            }
            E::CreditWithdrawn { currency, owner, amount, .. } => {
                let credit = self.credits.insert((currency, owner), 0).unwrap_or_default();
                ensure!(event, credit == amount.0);
            }
            E::NonceUsed { account, nonce } => {
                let before = self.escrow_nonces.insert(account, nonce).unwrap_or_default();
                ensure!(event, before + 1 == nonce);
            }
            _ => return unread(event),
        }
        Ok(())
    }

    fn offer(&mut self, id: OfferId, event: &EscrowEvent) -> Result<&mut Offer, String> {
        self.offers.get_mut(&id).ok_or_else(|| format!("I16 {event:?}: no offer"))
    }
}

/// The match in [`Replay::read_escrow`] sent an event to a function that does not read it.
fn unread(event: &EscrowEvent) -> Read {
    Err(format!("I16 nothing reads {event:?}"))
}
