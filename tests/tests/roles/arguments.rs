//! The arguments of every message of each contract.

use chorus_bindings::{
    Address, B256, Contract, SolStruct as _, SolValue as _, U256, attestations,
    batch::{self, Batch},
    escrow,
    signed::{self, digest},
    votes,
};
use chorus_tests::bytecode::{
    ARBITER, BUYER, CUSTODIAN, GUARDIAN, KEEPER, STRANGER, UNIT, address_of, attester, deliver_call, member, settings,
    sign,
};

use crate::calls::{Message, Own, Walk, message, signer};

impl Walk {
    /// The contribution of a newcomer: by their own call, relayed, and in a batch.
    fn of_contributions(&self) -> [Message; 3] {
        let (pool, here, newcomer) = (&self.pool, Contract::Attestations, signer(3));
        let attestation = pool.attestation(address_of(&newcomer), 100);
        let attest = pool.attested(&attestation, 1);
        let contribution = signed::Contribution {
            member: attestation.member,
            nonce: 0,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
        };
        let member_signature = self.signature(&newcomer, &contribution);
        let mut packed = Batch::default();
        assert!(packed.push_contribution(&batch::Contribution {
            member: attestation.member,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
            signatures: &attest.signatures,
            member_signature: &member_signature,
        }));
        let attest_for = attestations::attestForCall {
            member: attestation.member,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
            signatures: attest.signatures.clone(),
            member_signature,
        };
        let attest_many = attestations::attestManyCall { contributions: packed.into_bytes().into() };
        [
            message(here, attestation.member, attest),
            message(here, STRANGER, attest_for),
            message(here, STRANGER, attest_many),
        ]
    }

    pub(crate) fn of_attestations(&self) -> Vec<Message> {
        let (pool, here) = (&self.pool, Contract::Attestations);
        let escrow = pool.address(Contract::Escrow);
        let (deadline, sale) = (pool.now + 1_000, 7);
        let (key, who, purposes) = (signer(1), address_of(&signer(1)), 2);
        let nonce = pool.view(here, &attestations::noncesCall { member: who }).to();
        let set_purposes = self.signature(&key, &signed::SetPurposes { member: who, nonce, purposes, deadline });
        let withdraw = self.signature(&key, &signed::Withdraw { member: who, nonce, deadline });
        let leave = self.signature(&key, &signed::Leave { member: who, nonce, sale, deadline });
        let nullifier = pool.view(here, &attestations::memberOfCall { member: who }).nullifier;
        let revocation = signed::Revocation { member: who, nullifier, deadline };
        let revocation = digest(self.separator(here), revocation.eip712_hash_struct());
        let signatures = [1, 2].map(|number| sign(&attester(number), revocation)).concat().into();
        let attesters = vec![address_of(&attester(1)), address_of(&attester(9))];
        let mut messages = Vec::from(self.of_contributions());
        messages.extend([
            message(here, member(2), attestations::setPurposesCall { purposes }),
            message(
                here,
                STRANGER,
                attestations::setPurposesForCall { member: who, purposes, deadline, signature: set_purposes },
            ),
            message(here, member(2), attestations::withdrawCall {}),
            message(here, STRANGER, attestations::withdrawForCall { member: who, deadline, signature: withdraw }),
            message(here, member(2), attestations::leaveCall { sale }),
            message(here, STRANGER, attestations::leaveForCall { member: who, sale, deadline, signature: leave }),
            message(here, escrow, attestations::openSaleCall { purpose: 0, window_ends: deadline }),
            message(here, escrow, attestations::revokeCall { member: who, deadline, signatures }),
            message(here, escrow, attestations::setAttestersCall { attesters, threshold: 1 }),
            message(here, escrow, attestations::setDailyWeightCapCall { cap: 5_000_000 }),
            message(here, escrow, attestations::setGuardianCall { guardian: STRANGER }),
            message(here, GUARDIAN, attestations::pauseCall { until: deadline }),
        ]);
        messages
    }

    pub(crate) fn of_votes(&self, open: B256) -> Vec<Message> {
        let (pool, here) = (&self.pool, Contract::Votes);
        let (attestations, escrow) = (pool.address(Contract::Attestations), pool.address(Contract::Escrow));
        let (key, who) = (signer(1), address_of(&signer(1)));
        let (proposal, nonce, expiry) = (U256::from_be_bytes(open.0), U256::ZERO, U256::from(pool.now + 1_000));
        let ballot = signed::Ballot { proposalId: proposal, support: 1, voter: who, nonce };
        let ballot = self.signature(&key, &ballot);
        let mut packed = Batch::default();
        assert!(packed.push_ballot(who, 1, &ballot));
        let delegation = signed::Delegation { delegatee: member(3), nonce, expiry };
        let delegation = self.signature(&key, &delegation);
        let (r, s, v) = (B256::from_slice(&delegation[..32]), B256::from_slice(&delegation[32..64]), delegation[64]);
        let mut change = member(1).to_vec();
        change.extend(100u32.to_be_bytes());
        let (other, third) = (U256::from(77), U256::from(78));
        let proposer = member(1);
        let reason = "it pays".to_owned();
        let with = settings();
        let set_voting = votes::setVotingCall {
            voting_period_s: 200,
            quorum_bps: with.voting.quorum_bps,
            quorum_min: 2,
            approval_bps: with.voting.approval_bps,
            proposal_threshold_bps: 200,
        };
        let (to, value) = (STRANGER, U256::from(1));
        vec![
            message(here, attestations, votes::mirrorCall { changes: change.into() }),
            message(here, escrow, votes::openBallotCall { proposalId: other, proposer }),
            message(here, escrow, votes::openProposalCall { proposalId: third, proposer }),
            message(here, escrow, set_voting),
            message(here, member(2), votes::castVoteCall { proposalId: proposal, support: 1 }),
            message(here, member(2), votes::castVoteWithReasonCall { proposalId: proposal, support: 0, reason }),
            message(
                here,
                STRANGER,
                votes::castVoteBySigCall { proposalId: proposal, support: 1, voter: who, signature: ballot },
            ),
            message(
                here,
                STRANGER,
                votes::castVotesBySigCall { proposalId: proposal, ballots: packed.into_bytes().into() },
            ),
            message(here, member(2), votes::delegateCall { delegatee: member(3) }),
            message(here, STRANGER, votes::delegateBySigCall { delegatee: member(3), nonce, expiry, v, r, s }),
            message(
                here,
                STRANGER,
                votes::delegateForCall { delegator: who, delegatee: member(3), nonce, expiry, signature: delegation },
            ),
            message(here, member(1), votes::transferCall { to, value }),
            message(here, member(1), votes::transferFromCall { from: member(1), to, value }),
            message(here, member(1), votes::approveCall { spender: to, value }),
        ]
    }

    pub(crate) fn of_escrow(
        &self,
        settling: B256,
        delivered: B256,
        disputed: B256,
        sealed: B256,
        unsealed: B256,
        defeated: B256,
    ) -> Vec<Message> {
        let (pool, here, deadline) = (&self.pool, Contract::Escrow, self.pool.now + 1_000);
        let (claimer, creditor) = (signer(1), signer(2));
        let (who, owner, native, to) = (address_of(&claimer), address_of(&creditor), Address::ZERO, member(1));
        let claim = signed::Claim { member: who, nonce: 0, offer: settling, to, deadline };
        let claim = self.signature(&claimer, &claim);
        let withdrawal = signed::WithdrawCredit { owner, nonce: 0, currency: native, to, deadline };
        let withdrawal = self.signature(&creditor, &withdrawal);
        let terms = pool.terms(UNIT);
        let words = (
            (terms.currency, terms.price, U256::from(terms.purpose), terms.fields_hash, terms.licence_hash),
            (U256::from(terms.min_members), terms.min_weight, terms.custodian, terms.arbiter),
            (terms.delivery_s, terms.dispute_s, terms.salt),
        );
        let permit = escrow::offerWithPermitCall {
            terms: words.abi_encode().into(),
            permit_deadline: U256::from(deadline),
            v: 27,
            r: B256::ZERO,
            s: B256::ZERO,
        };
        vec![
            message(here, BUYER, terms),
            message(here, BUYER, permit),
            message(here, STRANGER, escrow::sealCall { offer: unsealed }),
            message(here, STRANGER, escrow::refundCall { offer: defeated }),
            message(here, STRANGER, escrow::distributeCall { offer: settling, from: 1, count: 10 }),
            message(here, CUSTODIAN, deliver_call(sealed)),
            message(here, BUYER, escrow::acceptCall { offer: delivered }),
            message(here, BUYER, escrow::disputeCall { offer: delivered, reason_hash: B256::ZERO }),
            message(here, ARBITER, escrow::ruleCall { offer: disputed, returned_bps: 1 }),
            message(here, member(2), escrow::claimCall { offer: settling, to }),
            message(
                here,
                STRANGER,
                escrow::claimForCall { member: who, offer: settling, to, deadline, signature: claim },
            ),
            message(here, KEEPER, escrow::withdrawCreditCall { currency: native, to }),
            message(
                here,
                STRANGER,
                escrow::withdrawCreditForCall { owner, currency: native, to, deadline, signature: withdrawal },
            ),
            message(here, GUARDIAN, escrow::pauseCall { until: deadline }),
            message(
                here,
                STRANGER,
                Own::setOfferSettingsCall { _0: 0, _1: 0, _2: 0, _3: 0, _4: 1, _5: 1, _6: 1, _7: 1, _8: 1 },
            ),
            message(here, STRANGER, Own::setProposalSettingsCall { _0: 1, _1: 1 }),
            message(here, STRANGER, Own::setGuardianCall(STRANGER)),
            message(here, STRANGER, Own::addCustodianCall(STRANGER)),
            message(here, STRANGER, Own::removeCustodianCall(CUSTODIAN)),
            message(here, STRANGER, Own::addArbiterCall(STRANGER)),
            message(here, STRANGER, Own::removeArbiterCall(ARBITER)),
            message(here, STRANGER, Own::allowCurrencyCall { _0: STRANGER, _1: 0 }),
            message(here, STRANGER, Own::disallowCurrencyCall(native)),
            message(here, STRANGER, Own::spendTreasuryCall { _0: native, _1: 1, _2: STRANGER }),
        ]
    }
}
