//! What each accepted action does to the books: a table with an entry for each message and each act of the chain.

use chorus_core::types::Address;

use super::{Accepted, Books};
use crate::action::Action;

impl Books {
    /// Books an accepted action.
    pub(crate) fn book(&mut self, call: Accepted<'_>, action: &Action) {
        use Action as A;
        match *action {
            A::Attest { ref contribution, purposes, .. } => self.book_contribution(call, contribution, purposes),
            A::AttestFor { member, ref contribution, purposes, .. } => {
                self.book_contribution(call.of(member), contribution, purposes);
            }
            A::AttestMany { ref batch } => self.book_contributions(call, batch),
            A::SetPurposes { purposes } => self.book_purposes(call, purposes),
            A::SetPurposesFor { member, purposes, .. } => self.book_purposes(call.of(member), purposes),
            A::Withdraw => self.book_departure(call),
            A::WithdrawFor { member, .. } => self.book_departure(call.of(member)),
            A::Leave { sale } => self.book_leaving(call, sale),
            A::LeaveFor { member, sale, .. } => self.book_leaving(call.of(member), sale),
            A::Revoke { member, .. } => {
                self.expect_escrow(call, "a revocation");
                self.book_departure(call.of(member));
            }
            A::SetAttesters { ref attesters, threshold } => {
                self.expect_escrow(call, "a setting");
                self.pool.attesters.clone_from(attesters);
                self.pool.threshold = threshold;
            }
            A::SetDailyWeightCap { cap } => {
                self.expect_escrow(call, "a setting");
                self.pool.daily_weight_cap = cap;
            }
            A::SetContributionsGuardian { guardian } => {
                self.expect_escrow(call, "a setting");
                self.contributions_guardian = guardian;
            }

            A::Delegate { to } => self.book_delegation(call, to),
            A::DelegateBySig { ref delegation, .. } => self.book_recovered_delegation(call, delegation),
            A::DelegateFor { delegator, ref delegation, .. } => {
                self.book_signed_delegation(call, delegator, delegation);
            }
            A::Vote { id, support } | A::VoteWithReason { id, support, .. } => self.book_vote(call, id, support),
            A::VoteBySig { id, support, voter, .. } => {
                self.use_votes_nonce(voter, None);
                self.book_vote(call.of(voter), id, support);
            }
            A::VotesBySig { id, ref ballots } => self.book_votes(call, id, ballots),
            A::OpenBallot { id, .. } => {
                self.expect_escrow(call, "a ballot");
                self.book_ballot(call.now, id);
            }
            A::OpenProposal { id, proposer } => {
                self.expect_escrow(call, "a proposal");
                self.expect_threshold("F20 a proposal of few", call.now, proposer);
                self.book_ballot(call.now, id);
            }
            A::SetVoting { settings } => {
                self.expect_escrow(call, "a setting");
                self.book_voting(call.now, settings);
            }

            A::Offer { ref terms, sent } => {
                self.expect("T29 value with a token", terms.currency != Address::ZERO && sent.0 != 0, false);
                self.book_offer(call, terms);
            }
            A::OfferWithPermit { ref terms, .. } => self.book_offer(call, terms),
            A::Seal { offer } => self.book_seal(call, offer),
            A::Deliver { offer, .. } => self.book_delivery(offer),
            A::Rule { offer, returned_bps } => self.book_ruling(offer, returned_bps),
            A::Refund { offer } => self.book_refund(call, offer),
            A::Distribute { offer, from, count } => self.book_distribution(call, offer, from, count),
            A::Claim { offer, to } => self.book_claim(call, offer, call.caller, to),
            A::WithdrawCredit { currency, to } => self.book_withdrawal(call, currency, call.caller, to),
            A::Relay { ref request, .. } => self.book_request(call, request),
            A::Propose { ref calls, .. } => self.book_proposal(call, calls),
            A::Execute { ref calls, .. } => self.book_execution(call, calls),

            A::Wait { seconds } if seconds != 0 => self.end_second(call.now),
            A::Donate { currency, amount } => self.book_donation(call, currency, amount.0),

            A::Mirror { .. } | A::OpenSale { .. } => {
                self.expect("F12 a sister's message by a stranger", true, false);
            }
            // The facts of an offer that these write are held against the log alone.
            A::Accept { .. } | A::Dispute { .. } => {}
            A::PauseContributions { .. } | A::PauseOffers { .. } | A::Approve { .. } | A::Wait { .. } => {}
        }
    }
}
