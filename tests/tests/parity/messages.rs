//! The same in two languages: an action of the model as calldata, an outcome as the answer.

use chorus_bindings::{Address, B256, Bytes, Contract, SolCall, U256, attestations, contract, escrow, votes};
use chorus_core::{
    abi::{Uint256, Word as _},
    attestations::Contribution,
    escrow::{Permit, Request, RequestKind},
    types,
    votes::{Delegation, VotingSettings},
};
use chorus_model::{Action, Outcome};
use chorus_tests::{
    dollar,
    model::{offer_call, real, reals},
};

use crate::Both;

impl Both {
    /// The address that an action calls, the native money that goes with it, and the calldata.
    pub(crate) fn call(&self, action: &Action) -> (Address, u128, Vec<u8>) {
        let escrow = self.pool.address(Contract::Escrow);
        match *action {
            Action::Approve { amount, .. } => {
                let call = dollar::approveCall { spender: escrow, value: U256::from(amount.0) };
                (self.token, 0, call.abi_encode())
            }
            Action::Donate { amount, .. } => {
                let call = dollar::transferCall { to: escrow, value: U256::from(amount.0) };
                (self.token, 0, call.abi_encode())
            }
            Action::Offer { sent, .. } => (escrow, sent.0, in_escrow(action)),
            _ => {
                let of = contract(action.contract().expect("a message of the pool"));
                let data = match of {
                    Contract::Attestations => in_attestations(action),
                    Contract::Votes => in_votes(action),
                    Contract::Escrow => in_escrow(action),
                };
                (self.pool.address(of), 0, data)
            }
        }
    }
}

/// The calldata of a message of `attestations`.
fn in_attestations(action: &Action) -> Vec<u8> {
    match *action {
        Action::Attest { contribution, purposes, ref signatures } => {
            let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
            let call = attestations::attestCall {
                commitment: commitment.into(),
                nullifier: nullifier.into(),
                weight: weight.0,
                rule_version,
                route,
                purposes,
                deadline: deadline.0,
                signatures: bytes(signatures),
            };
            call.abi_encode()
        }
        Action::AttestFor { member, contribution, purposes, ref signatures, ref member_signature } => {
            let Contribution { commitment, nullifier, weight, rule_version, route, deadline } = contribution;
            let call = attestations::attestForCall {
                member: real(member),
                commitment: commitment.into(),
                nullifier: nullifier.into(),
                weight: weight.0,
                rule_version,
                route,
                purposes,
                deadline: deadline.0,
                signatures: bytes(signatures),
                member_signature: bytes(member_signature),
            };
            call.abi_encode()
        }
        Action::AttestMany { ref batch } => attestations::attestManyCall { contributions: bytes(batch) }.abi_encode(),
        Action::SetPurposesFor { member, purposes, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            attestations::setPurposesForCall { member, purposes, deadline, signature }.abi_encode()
        }
        Action::WithdrawFor { member, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            attestations::withdrawForCall { member, deadline, signature }.abi_encode()
        }
        Action::LeaveFor { member, sale, deadline, ref signature } => {
            let (member, deadline, signature) = (real(member), deadline.0, bytes(signature));
            attestations::leaveForCall { member, sale: sale.0, deadline, signature }.abi_encode()
        }
        Action::Revoke { member, deadline, ref signatures } => {
            let (member, deadline, signatures) = (real(member), deadline.0, bytes(signatures));
            attestations::revokeCall { member, deadline, signatures }.abi_encode()
        }
        Action::SetAttesters { ref attesters, threshold } => {
            attestations::setAttestersCall { attesters: reals(attesters), threshold }.abi_encode()
        }
        Action::SetDailyWeightCap { cap } => attestations::setDailyWeightCapCall { cap: cap.0 }.abi_encode(),
        Action::SetContributionsGuardian { guardian } => {
            attestations::setGuardianCall { guardian: real(guardian) }.abi_encode()
        }
        Action::SetPurposes { purposes } => attestations::setPurposesCall { purposes }.abi_encode(),
        Action::Withdraw => attestations::withdrawCall {}.abi_encode(),
        Action::Leave { sale } => attestations::leaveCall { sale: sale.0 }.abi_encode(),
        Action::OpenSale { purpose, window_ends } => {
            attestations::openSaleCall { purpose, window_ends: window_ends.0 }.abi_encode()
        }
        Action::PauseContributions { until } => attestations::pauseCall { until: until.0 }.abi_encode(),

        ref other => unreachable!("not a message of attestations: {other:?}"),
    }
}

/// The calldata of a message of `votes`.
fn in_votes(action: &Action) -> Vec<u8> {
    match *action {
        Action::Delegate { to } => votes::delegateCall { delegatee: real(to) }.abi_encode(),
        Action::Vote { id, support } => votes::castVoteCall { proposalId: number(id), support }.abi_encode(),
        Action::VoteWithReason { id, support, ref reason } => {
            let (id, reason) = (number(id), reason.clone());
            votes::castVoteWithReasonCall { proposalId: id, support, reason }.abi_encode()
        }
        Action::VoteBySig { id, support, voter, ref signature } => {
            let (id, voter, signature) = (number(id), real(voter), bytes(signature));
            votes::castVoteBySigCall { proposalId: id, support, voter, signature }.abi_encode()
        }
        Action::VotesBySig { id, ref ballots } => {
            votes::castVotesBySigCall { proposalId: number(id), ballots: bytes(ballots) }.abi_encode()
        }
        Action::DelegateBySig { delegation: Delegation { delegatee, nonce, expiry }, ref signature } => {
            let call = votes::delegateBySigCall {
                delegatee: real(delegatee),
                nonce: uint(nonce),
                expiry: uint(expiry),
                v: signature[64],
                r: B256::from_slice(&signature[..32]),
                s: B256::from_slice(&signature[32..64]),
            };
            call.abi_encode()
        }
        Action::DelegateFor { delegator, delegation: Delegation { delegatee, nonce, expiry }, ref signature } => {
            let call = votes::delegateForCall {
                delegator: real(delegator),
                delegatee: real(delegatee),
                nonce: uint(nonce),
                expiry: uint(expiry),
                signature: bytes(signature),
            };
            call.abi_encode()
        }
        Action::Mirror { ref changes } => votes::mirrorCall { changes: bytes(changes) }.abi_encode(),
        Action::OpenBallot { id, proposer } => {
            votes::openBallotCall { proposalId: number(id), proposer: real(proposer) }.abi_encode()
        }
        Action::OpenProposal { id, proposer } => {
            votes::openProposalCall { proposalId: number(id), proposer: real(proposer) }.abi_encode()
        }
        Action::SetVoting { settings } => {
            let VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } =
                settings;
            let call = votes::setVotingCall {
                voting_period_s,
                quorum_bps,
                quorum_min: quorum_min.0,
                approval_bps,
                proposal_threshold_bps,
            };
            call.abi_encode()
        }

        ref other => unreachable!("not a message of votes: {other:?}"),
    }
}

/// The calldata of a message of `escrow`.
fn in_escrow(action: &Action) -> Vec<u8> {
    match *action {
        Action::Offer { ref terms, .. } => offer_call(terms).abi_encode(),
        Action::OfferWithPermit { ref terms, permit: Permit { deadline, v, r, s } } => {
            // The same twelve words as the call without a permit.
            let (terms, permit_deadline) =
                (offer_call(terms).abi_encode().split_off(4).into(), U256::from_be_bytes(deadline));
            escrow::offerWithPermitCall { terms, permit_deadline, v, r: r.into(), s: s.into() }.abi_encode()
        }
        Action::Relay { request: Request { kind, account, to, deadline }, ref signature } => {
            let (account, to, deadline, signature) = (real(account), real(to), deadline.0, bytes(signature));
            match kind {
                RequestKind::Claim(id) => {
                    let offer = hash(id);
                    escrow::claimForCall { member: account, offer, to, deadline, signature }.abi_encode()
                }
                RequestKind::WithdrawCredit(currency) => {
                    let currency = real(currency);
                    escrow::withdrawCreditForCall { owner: account, currency, to, deadline, signature }.abi_encode()
                }
            }
        }
        Action::Propose { ref calls, ref description } => {
            let (targets, calls) = lists(calls);
            let description = String::from_utf8(description.clone()).expect("a description is text");
            escrow::proposeCall { targets, calls, description }.abi_encode()
        }
        Action::Execute { ref calls, description_hash } => {
            let (targets, calls) = lists(calls);
            let description_hash = description_hash.into();
            escrow::executeCall { targets, calls, description_hash }.abi_encode()
        }
        Action::Seal { offer } => escrow::sealCall { offer: hash(offer) }.abi_encode(),
        Action::Deliver { offer, bundle_hash, manifest_root } => {
            let (bundle_hash, manifest_root) = (bundle_hash.into(), manifest_root.into());
            escrow::deliverCall { offer: hash(offer), bundle_hash, manifest_root }.abi_encode()
        }
        Action::Accept { offer } => escrow::acceptCall { offer: hash(offer) }.abi_encode(),
        Action::Dispute { offer } => escrow::disputeCall { offer: hash(offer), reason_hash: B256::ZERO }.abi_encode(),
        Action::Rule { offer, returned_bps } => escrow::ruleCall { offer: hash(offer), returned_bps }.abi_encode(),
        Action::Refund { offer } => escrow::refundCall { offer: hash(offer) }.abi_encode(),
        Action::Distribute { offer, from, count } => {
            escrow::distributeCall { offer: hash(offer), from: from.0, count }.abi_encode()
        }
        Action::Claim { offer, to } => escrow::claimCall { offer: hash(offer), to: real(to) }.abi_encode(),
        Action::WithdrawCredit { currency, to } => {
            escrow::withdrawCreditCall { currency: real(currency), to: real(to) }.abi_encode()
        }
        Action::PauseOffers { until } => escrow::pauseCall { until: until.0 }.abi_encode(),

        ref other => unreachable!("not a message of escrow: {other:?}"),
    }
}

fn hash(id: types::OfferId) -> B256 {
    B256::from(id.0)
}

fn number(id: types::BallotId) -> U256 {
    B256::from(id.0).into()
}

fn lists(calls: &[(types::Address, Vec<u8>)]) -> (Vec<Address>, Vec<Bytes>) {
    calls.iter().map(|(target, call)| (real(*target), bytes(call))).unzip()
}

fn uint(number: Uint256) -> U256 {
    U256::from_be_bytes(number.0)
}

/// What a message returns.
pub(crate) fn returned(outcome: Outcome) -> Vec<u8> {
    match outcome {
        Outcome::Done => return Vec::new(),
        Outcome::Member(number) => number.word(),
        Outcome::Counted(power) => power.word(),
        Outcome::Offered(id) => id.word(),
        Outcome::Proposed(id) => id.word(),
        Outcome::Sealed(seal) => seal.code().word(),
        Outcome::Settled(count) | Outcome::Accepted(count) => count.word(),
        Outcome::Paid(amount) => amount.word(),
    }
    .to_vec()
}

fn bytes(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes)
}
