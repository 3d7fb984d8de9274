//! What anybody can do to a pool, and what comes of it.

use alloc::string::String;
use alloc::vec::Vec;
use chorus_core::attestations::Contribution;
use chorus_core::eip712::Signature;
use chorus_core::error::Error;
use chorus_core::escrow::{Permit, Request};
use chorus_core::hash::Hash32;
use chorus_core::offer::{Seal, Terms};
use chorus_core::types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp};
use chorus_core::votes::{Delegation, VotingSettings};

/// A message of one of the three contracts, or what only the chain around them does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `attestations.attest`: the caller contributes, or replaces their contribution.
    Attest {
        /// What is attested.
        contribution: Contribution,
        /// What the caller allows, a bit each.
        purposes: u16,
        /// The attesters'; [`super::World::sign`] makes good ones.
        signatures: Vec<u8>,
    },
    /// `attestations.attestFor`: anybody relays what a member signed.
    AttestFor {
        /// Who contributes.
        member: Address,
        /// What is attested.
        contribution: Contribution,
        /// What the member allows.
        purposes: u16,
        /// The attesters'.
        signatures: Vec<u8>,
        /// The member's.
        member_signature: Vec<u8>,
    },
    /// `attestations.attestMany`.
    AttestMany {
        /// As [`chorus_core::attestations::Submission::pack`] packs them.
        batch: Vec<u8>,
    },
    /// `attestations.setPurposes`.
    SetPurposes {
        /// What the caller allows from now on.
        purposes: u16,
    },
    /// `attestations.withdraw`.
    Withdraw,
    /// `attestations.leave`.
    Leave {
        /// The sale to leave.
        sale: SaleNumber,
    },
    /// `attestations.setPurposesFor`.
    SetPurposesFor {
        /// Who signed.
        member: Address,
        /// What they allow from now on.
        purposes: u16,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's.
        signature: Vec<u8>,
    },
    /// `attestations.withdrawFor`.
    WithdrawFor {
        /// Who signed.
        member: Address,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's.
        signature: Vec<u8>,
    },
    /// `attestations.leaveFor`.
    LeaveFor {
        /// Who signed.
        member: Address,
        /// The sale to leave.
        sale: SaleNumber,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's.
        signature: Vec<u8>,
    },
    /// `attestations.revoke`; only `escrow` may.
    Revoke {
        /// Whose contribution.
        member: Address,
        /// The last second at which the signatures are good.
        deadline: Timestamp,
        /// The attesters'.
        signatures: Vec<u8>,
    },
    /// `attestations.setAttesters`; only `escrow` may.
    SetAttesters {
        /// Their keys, as addresses.
        attesters: Vec<Address>,
        /// How many of them must sign.
        threshold: u8,
    },
    /// `attestations.setDailyWeightCap`; only `escrow` may.
    SetDailyWeightCap {
        /// New weight a UTC day, at most.
        cap: Points,
    },
    /// `attestations.setGuardian`; only `escrow` may.
    SetContributionsGuardian {
        /// Who may pause contributions.
        guardian: Address,
    },
    /// `attestations.openSale`; only `escrow` may.
    OpenSale {
        /// The sale's purpose.
        purpose: u8,
        /// The last second in which members may leave.
        window_ends: Timestamp,
    },
    /// `attestations.pause`.
    PauseContributions {
        /// The last second of it.
        until: Timestamp,
    },

    /// `votes.delegate`.
    Delegate {
        /// Who votes with the caller's balance from now on.
        to: Address,
    },
    /// `votes.castVote`.
    Vote {
        /// The ballot.
        id: BallotId,
        /// 0 against, 1 for, 2 abstain.
        support: u8,
    },
    /// `votes.castVoteWithReason`.
    VoteWithReason {
        /// The ballot.
        id: BallotId,
        /// 0 against, 1 for, 2 abstain.
        support: u8,
        /// Why.
        reason: String,
    },
    /// `votes.castVoteBySig`; anybody may.
    VoteBySig {
        /// The ballot.
        id: BallotId,
        /// 0 against, 1 for, 2 abstain.
        support: u8,
        /// Who votes.
        voter: Address,
        /// Theirs; [`super::World::sign_act`] makes good ones.
        signature: Vec<u8>,
    },
    /// `votes.castVotesBySig`; anybody may.
    VotesBySig {
        /// The ballot.
        id: BallotId,
        /// Packed.
        ballots: Vec<u8>,
    },
    /// `votes.delegateBySig`; anybody may.
    DelegateBySig {
        /// What was signed.
        delegation: Delegation,
        /// The delegator's; [`super::World::sign_act`] makes good ones.
        signature: [u8; Signature::SIZE],
    },
    /// `votes.delegateFor`; anybody may.
    DelegateFor {
        /// Whose votes.
        delegator: Address,
        /// What was signed.
        delegation: Delegation,
        /// The delegator's.
        signature: Vec<u8>,
    },
    /// `votes.mirror`; only `attestations` may.
    Mirror {
        /// Packed.
        changes: Vec<u8>,
    },
    /// `votes.openBallot`; only `escrow` may.
    OpenBallot {
        /// The ballot.
        id: BallotId,
        /// Who makes the offer.
        proposer: Address,
    },
    /// `votes.openProposal`; only `escrow` may.
    OpenProposal {
        /// The ballot.
        id: BallotId,
        /// Who proposes.
        proposer: Address,
    },
    /// `votes.setVoting`; only `escrow` may.
    SetVoting {
        /// For ballots opened from now on.
        settings: VotingSettings,
    },

    /// `escrow.offer`: the caller is the buyer, whatever `terms` say.
    Offer {
        /// What is offered.
        terms: Terms,
        /// Native money that goes with the call.
        sent: Amount,
    },
    /// `escrow.offerWithPermit`: the caller is the buyer, whatever `terms` say.
    OfferWithPermit {
        /// What is offered.
        terms: Terms,
        /// The buyer's, of the terms' currency; [`super::World::permit`] makes good ones.
        permit: Permit,
    },
    /// `escrow.seal`.
    Seal {
        /// Of which offer.
        offer: OfferId,
    },
    /// `escrow.deliver`.
    Deliver {
        /// Of which offer.
        offer: OfferId,
        /// Of the encrypted bundle.
        bundle_hash: Hash32,
        /// Over (number, commitment) of the members in the sale.
        manifest_root: Hash32,
    },
    /// `escrow.accept`.
    Accept {
        /// Of which offer.
        offer: OfferId,
    },
    /// `escrow.dispute`.
    Dispute {
        /// Of which offer.
        offer: OfferId,
    },
    /// `escrow.rule`.
    Rule {
        /// Of which offer.
        offer: OfferId,
        /// Which part of the price goes back.
        returned_bps: u16,
    },
    /// `escrow.refund`.
    Refund {
        /// Of which offer.
        offer: OfferId,
    },
    /// `escrow.distribute`.
    Distribute {
        /// Of which offer.
        offer: OfferId,
        /// The first number.
        from: MemberNumber,
        /// How many numbers.
        count: u32,
    },
    /// `escrow.claim`.
    Claim {
        /// Of which offer.
        offer: OfferId,
        /// Where the caller's share goes.
        to: Address,
    },
    /// `escrow.withdrawCredit`.
    WithdrawCredit {
        /// Of which currency.
        currency: Address,
        /// Where it goes.
        to: Address,
    },
    /// `escrow.claimFor` and `escrow.withdrawCreditFor`: the caller brings what somebody signed.
    Relay {
        /// What they ask for.
        request: Request,
        /// Theirs; [`super::World::request_act`] says what they sign.
        signature: Vec<u8>,
    },
    /// `escrow.propose`.
    Propose {
        /// Target and calldata of each call.
        calls: Vec<(Address, Vec<u8>)>,
        /// Why.
        description: Vec<u8>,
    },
    /// `escrow.execute`.
    Execute {
        /// As they were proposed.
        calls: Vec<(Address, Vec<u8>)>,
        /// Keccak-256 of the description.
        description_hash: Hash32,
    },
    /// `escrow.pause`.
    PauseOffers {
        /// The last second of it.
        until: Timestamp,
    },

    /// Time passes.
    Wait {
        /// How much, in seconds.
        seconds: u64,
    },
    /// `approve` of a token: `escrow` may take so much of the caller's.
    Approve {
        /// The token.
        currency: Address,
        /// How much.
        amount: Amount,
    },
    /// The caller sends money to `escrow` by a plain transfer, which runs no code.
    Donate {
        /// What.
        currency: Address,
        /// How much.
        amount: Amount,
    },
}

/// What an accepted action returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Done,
    /// The number of who contributed.
    Member(MemberNumber),
    /// How many of a batch were accepted.
    Accepted(u32),
    /// The power of who voted.
    Counted(Points),
    /// The offer that was made.
    Offered(OfferId),
    /// What sealing found.
    Sealed(Seal),
    /// How many members were settled.
    Settled(u32),
    /// What was paid or credited.
    Paid(Amount),
    /// The proposal that was made.
    Proposed(ProposalId),
}

/// Why an action was refused. Nothing has happened then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// By the rules.
    Rule(Error),
    /// By the chain: the caller has less money than they send.
    Funds,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}
