//! What each action does: a table with an entry for each message, and for what only the chain does.

use chorus_core::{
    attestations::{self, Contribution, MemberAct, Submission},
    error::Error,
    escrow::{self, Calls},
    offer::Terms,
    types::{Address, Amount, OfferId, Timestamp},
    votes::{self, compat::Reason},
};

use super::World;
use crate::{
    action::Action,
    outcome::{Outcome, Refused},
    store::Key,
};

impl World {
    /// Does what `caller` calls. [`World::apply`] keeps or throws away what it wrote.
    pub(super) fn call(&mut self, caller: Address, action: &Action) -> Result<Outcome, Refused> {
        use Action as A;
        let now = self.now;
        Ok(match *action {
            A::Attest { ref contribution, purposes, ref signatures } => {
                self.attest(caller, contribution, purposes, signatures, None)?
            }
            A::AttestFor { member, ref contribution, purposes, ref signatures, ref member_signature } => {
                self.attest(member, contribution, purposes, signatures, Some(member_signature))?
            }
            A::AttestMany { ref batch } => Outcome::Accepted(attestations::attest_many(self, now, batch)?),
            A::SetPurposes { purposes } => done(attestations::set_purposes(self, now, caller, purposes)?),
            A::Withdraw => done(attestations::withdraw(self, now, caller)?),
            A::Leave { sale } => done(attestations::leave(self, now, caller, sale)?),
            A::SetPurposesFor { member, purposes, deadline, ref signature } => {
                self.relay(member, MemberAct::SetPurposes(purposes), deadline, signature)?
            }
            A::WithdrawFor { member, deadline, ref signature } => {
                self.relay(member, MemberAct::Withdraw, deadline, signature)?
            }
            A::LeaveFor { member, sale, deadline, ref signature } => {
                self.relay(member, MemberAct::Leave(sale), deadline, signature)?
            }
            A::Revoke { member, deadline, ref signatures } => {
                done(attestations::revoke(self, now, caller, member, deadline, signatures)?)
            }
            A::SetAttesters { ref attesters, threshold } => {
                done(attestations::set_attesters(self, caller, attesters, threshold)?)
            }
            A::SetDailyWeightCap { cap } => done(attestations::set_daily_weight_cap(self, caller, cap)?),
            A::SetContributionsGuardian { guardian } => done(attestations::set_guardian(self, caller, guardian)?),
            A::OpenSale { purpose, window_ends } => {
                done(attestations::open_sale(self, now, caller, purpose, window_ends)?)
            }
            A::PauseContributions { until } => done(attestations::pause(self, now, caller, until)?),

            A::Delegate { to } => done(votes::delegate(self, now, caller, to)?),
            A::DelegateBySig { ref delegation, ref signature } => {
                done(votes::delegate_by_sig(self, now, delegation, signature)?)
            }
            A::DelegateFor { delegator, ref delegation, ref signature } => {
                done(votes::delegate_for(self, now, delegator, delegation, signature)?)
            }
            A::Vote { id, support } => Outcome::Counted(votes::cast(self, now, caller, id, support, &Reason::NONE)?),
            A::VoteWithReason { id, support, ref reason } => {
                Outcome::Counted(votes::cast(self, now, caller, id, support, &Reason::new(reason)?)?)
            }
            A::VoteBySig { id, support, voter, ref signature } => {
                Outcome::Counted(votes::cast_by_sig(self, now, id, support, voter, signature)?)
            }
            A::VotesBySig { id, ref ballots } => Outcome::Accepted(votes::cast_many(self, now, id, ballots)?),
            A::Mirror { ref changes } => done(votes::mirror(self, now, caller, changes)?),
            A::OpenBallot { id, proposer } => done(votes::open_ballot(self, now, caller, id, proposer)?),
            A::OpenProposal { id, proposer } => done(votes::open_proposal(self, now, caller, id, proposer)?),
            A::SetVoting { ref settings } => done(votes::set_voting(self, now, caller, settings)?),

            A::Offer { terms, sent } => Outcome::Offered(self.offer_with(caller, terms, sent)?),
            A::OfferWithPermit { terms, ref permit } => {
                let terms = Terms { buyer: caller, ..terms };
                Outcome::Offered(escrow::make_offer_with_permit(self, now, &terms, permit)?)
            }
            A::Seal { offer } => Outcome::Sealed(escrow::seal(self, now, offer)?),
            A::Deliver { offer, bundle_hash, manifest_root } => {
                done(escrow::deliver(self, now, caller, offer, bundle_hash, manifest_root)?)
            }
            A::Accept { offer } => done(escrow::accept(self, now, caller, offer)?),
            A::Dispute { offer } => done(escrow::dispute(self, now, caller, offer, [0; 32])?),
            A::Rule { offer, returned_bps } => done(escrow::rule(self, now, caller, offer, returned_bps)?),
            A::Refund { offer } => Outcome::Paid(escrow::refund(self, now, offer)?),
            A::Distribute { offer, from, count } => {
                Outcome::Settled(escrow::distribute(self, now, caller, offer, from, count)?)
            }
            A::Claim { offer, to } => Outcome::Paid(escrow::claim(self, now, caller, caller, offer, to)?),
            A::WithdrawCredit { currency, to } => Outcome::Paid(escrow::withdraw_credit(self, caller, currency, to)?),
            A::Relay { ref request, ref signature } => {
                Outcome::Paid(escrow::relay(self, now, caller, request, signature)?)
            }
            A::Propose { ref calls, ref description } => {
                let (targets, calls) = unzip(calls);
                let calls = Calls { targets: &targets, calls: &calls };
                Outcome::Proposed(escrow::propose(self, caller, calls, description)?)
            }
            A::Execute { ref calls, description_hash } => {
                let (targets, calls) = unzip(calls);
                let calls = Calls { targets: &targets, calls: &calls };
                Outcome::Proposed(escrow::execute(self, now, caller, calls, description_hash)?)
            }
            A::PauseOffers { until } => done(escrow::pause(self, now, caller, until)?),

            A::Wait { seconds } => {
                self.now = now.after(seconds)?;
                Outcome::Done
            }
            A::Approve { currency, amount } => {
                self.store.write(Key::Allowance(currency, caller), &amount.0.to_le_bytes());
                Outcome::Done
            }
            A::Donate { currency, amount } => {
                done(self.transfer(currency, caller, self.site.escrow, amount).then_some(()).ok_or(Refused::Funds)?)
            }
        })
    }

    fn attest(
        &mut self,
        member: Address,
        contribution: &Contribution,
        purposes: u16,
        signatures: &[u8],
        member_signature: Option<&[u8]>,
    ) -> Result<Outcome, Error> {
        let contribution = *contribution;
        let submission = Submission { member, contribution, purposes, signatures, member_signature };
        attestations::attest(self, self.now, &submission).map(Outcome::Member)
    }

    fn relay(
        &mut self,
        member: Address,
        act: MemberAct,
        deadline: Timestamp,
        signature: &[u8],
    ) -> Result<Outcome, Error> {
        attestations::relay(self, self.now, member, act, deadline, signature).map(done)
    }

    /// The chain moves the money first, as it does with every call.
    fn offer_with(&mut self, buyer: Address, terms: Terms, sent: Amount) -> Result<OfferId, Refused> {
        if !self.transfer(Address::ZERO, buyer, self.site.escrow, sent) {
            return Err(Refused::Funds);
        }
        Ok(escrow::make_offer(self, self.now, &Terms { buyer, ..terms }, sent)?)
    }
}

/// Of a call that returns nothing, or nothing that matters outside of the contracts.
fn done<T>(_: T) -> Outcome {
    Outcome::Done
}

/// Targets and calldata apart, as [`Calls`] borrows them.
pub(super) fn unzip(calls: &[(Address, Vec<u8>)]) -> (Vec<Address>, Vec<&[u8]>) {
    calls.iter().map(|(target, call)| (*target, call.as_slice())).unzip()
}
