//! Which event changes what. One that cannot follow from those before it is noted as a contradiction.

use std::collections::BTreeSet;

use chorus_abi::{
    Address, Contract, Event, attestations::AttestationsEvents, escrow::EscrowEvents, votes::VotesEvents,
};

use super::{Log, Record};

impl Record {
    pub(super) fn apply(&mut self, log: &Log) {
        match &log.event {
            Event::Attestations(event) => self.apply_attestations(log, event),
            Event::Votes(event) => self.apply_votes(log, event),
            Event::Escrow(event) => self.apply_escrow(log, event),
        }
    }

    fn apply_attestations(&mut self, log: &Log, event: &AttestationsEvents) {
        use AttestationsEvents as Is;
        match event {
            Is::Attested(e) => self.attested(log, e),
            Is::PurposesChanged(e) => self.purposes_changed(log, e),
            Is::Withdrawn(e) => self.withdrawn(log, e),
            Is::Revoked(e) => self.revoked(log, e),
            Is::SaleOpened(e) => self.sale_opened(log, e),
            Is::SaleLeft(e) => self.sale_left(log, e),
            Is::AttesterAdded(e) => self.appointed(log, "an attester", |record| &mut record.attesters, e.attester),
            Is::AttesterRemoved(e) => self.dismissed(log, "an attester", |record| &mut record.attesters, e.attester),
            Is::AttestersChanged(e) => {
                let count = self.attesters.len();
                self.expect(log, "the number of attesters", usize::from(e.count), count);
            }
            Is::AttestationsDeployed(_)
            | Is::DailyWeightCapChanged(_)
            | Is::GuardianChanged(_)
            | Is::ContributionSkipped(_)
            | Is::Paused(_) => {}
        }
    }

    fn apply_votes(&mut self, log: &Log, event: &VotesEvents) {
        use VotesEvents as Is;
        match event {
            Is::Transfer(e) => self.transferred(log, e),
            Is::DelegateChanged(e) => self.delegate_changed(log, e),
            Is::DelegateVotesChanged(e) => {
                // Mint and delegation may come in either order within one call: what counts is the end of the second.
                self.token.announced.insert((e.delegate, log.time_s), e.newVotes);
            }
            Is::BallotOpened(e) => self.ballot_opened(e),
            Is::VoteCast(e) => self.vote_cast(log, e),
            Is::TallyChanged(e) => self.tally_changed(log, e),
            Is::VotesDeployed(e) => self.voting = Some(e.into()),
            Is::VotingChanged(e) => self.voting_changed(log, e),
            Is::NonceUsed(e) => self.nonce_used(log, Contract::Votes, e.account, e.nonce),
            Is::ProposalCreated(_) | Is::VoteSkipped(_) => {}
        }
    }

    fn apply_escrow(&mut self, log: &Log, event: &EscrowEvents) {
        use EscrowEvents as Is;
        match event {
            Is::OfferMade(e) => drop(self.made.insert(e.offer, (log.at, e.clone()))),
            Is::OfferTerms(e) => self.conditions_fixed(log, e),
            Is::Sealed(e) => self.sealed(log, e),
            Is::Delivered(e) => self.once(log, e.offer, |offer| offer.delivered.replace((log.at, e.clone())).is_none()),
            Is::Accepted(e) => self.once(log, e.offer, |offer| offer.accepted.replace(log.at).is_none()),
            Is::Disputed(e) => self.once(log, e.offer, |offer| offer.disputed.replace((log.at, e.clone())).is_none()),
            Is::Ruled(e) => self.once(log, e.offer, |offer| offer.ruled.replace((log.at, e.clone())).is_none()),
            Is::Refunded(e) => self.once(log, e.offer, |offer| offer.refunded.replace((log.at, e.clone())).is_none()),
            Is::Distributed(e) => self.distributed(log, e),
            Is::SharePaid(e) => self.share_paid(log, e),
            Is::OfferPaid(e) => self.once(log, e.offer, |offer| offer.paid.replace((log.at, e.clone())).is_none()),
            Is::Credited(e) => self.credited(log, e),
            Is::CreditWithdrawn(e) => self.credit_withdrawn(log, e),
            Is::TreasurySpent(e) => self.treasury_spent(log, e),
            Is::CurrencyAllowed(e) => self.currency_allowed(log, e),
            Is::CurrencyDisallowed(e) => self.currency_disallowed(log, e),
            Is::Proposed(e) => self.proposed(log, e),
            Is::ProposedCall(e) => self.call_proposed(log, e),
            Is::ProposalExecuted(e) => self.proposal_executed(log, e),
            Is::NonceUsed(e) => self.nonce_used(log, Contract::Escrow, e.account, e.nonce),
            Is::CustodianAdded(e) => self.appointed(log, "a custodian", |record| &mut record.custodians, e.custodian),
            Is::CustodianRemoved(e) => self.dismissed(log, "a custodian", |record| &mut record.custodians, e.custodian),
            Is::ArbiterAdded(e) => self.appointed(log, "an arbiter", |record| &mut record.arbiters, e.arbiter),
            Is::ArbiterRemoved(e) => self.dismissed(log, "an arbiter", |record| &mut record.arbiters, e.arbiter),
            Is::SettingsChanged(e) => self.settings = Some(e.clone()),
            Is::ProposalSettingsChanged(e) => self.proposal_settings = Some(e.clone()),
            Is::EscrowDeployed(_) | Is::GuardianChanged(_) | Is::Paused(_) => {}
        }
    }

    fn appointed(&mut self, log: &Log, what: &str, office: fn(&mut Self) -> &mut BTreeSet<Address>, who: Address) {
        let new = office(self).insert(who);
        self.expect(log, &format!("whether {what} is new"), true, new);
    }

    fn dismissed(&mut self, log: &Log, what: &str, office: fn(&mut Self) -> &mut BTreeSet<Address>, who: Address) {
        let known = office(self).remove(&who);
        self.expect(log, &format!("whether {what} who was removed was one"), true, known);
    }

    /// An account's signature was used: its nonce is one more.
    fn nonce_used(&mut self, log: &Log, contract: Contract, account: Address, nonce: u64) {
        let before = self.nonces.insert((contract, account), nonce).unwrap_or_default();
        self.expect(log, "the nonce after a signature", nonce, before + 1);
    }
}
