//! Everything that anybody can do to a pool.

use chorus_core::{
    attestations::Contribution,
    contract::Contract,
    eip712::Signature,
    escrow::{Permit, Request},
    hash::Hash32,
    offer::Terms,
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, SaleNumber, Timestamp},
    votes::{Delegation, VotingSettings},
};

/// A message of one of the three contracts, or something that happens on the chain around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `attestations.attest`: the caller contributes, or replaces their contribution.
    Attest {
        /// What the attesters sign.
        contribution: Contribution,
        /// The purposes that the caller allows, a bit each.
        purposes: u16,
        /// The attesters' signatures; [`World::sign`](crate::World::sign) makes good ones.
        signatures: Vec<u8>,
    },
    /// `attestations.attestFor`: anybody hands in what a member signed.
    AttestFor {
        /// The member who contributes.
        member: Address,
        /// What the attesters sign.
        contribution: Contribution,
        /// The purposes that the member allows.
        purposes: u16,
        /// The attesters' signatures.
        signatures: Vec<u8>,
        /// The member's signature.
        member_signature: Vec<u8>,
    },
    /// `attestations.attestMany`: the same for many at once.
    AttestMany {
        /// Submissions as [`Submission::pack`](chorus_core::attestations::Submission::pack) packs them.
        batch: Vec<u8>,
    },
    /// `attestations.setPurposes`.
    SetPurposes {
        /// The purposes that the caller allows from now on.
        purposes: u16,
    },
    /// `attestations.withdraw`.
    Withdraw,
    /// `attestations.leave`.
    Leave {
        /// The sale to leave.
        sale: SaleNumber,
    },
    /// `attestations.setPurposesFor`: anybody hands in what a member signed.
    SetPurposesFor {
        /// The member who signed.
        member: Address,
        /// The purposes that they allow from now on.
        purposes: u16,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's signature.
        signature: Vec<u8>,
    },
    /// `attestations.withdrawFor`: anybody hands in what a member signed.
    WithdrawFor {
        /// The member who signed.
        member: Address,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's signature.
        signature: Vec<u8>,
    },
    /// `attestations.leaveFor`: anybody hands in what a member signed.
    LeaveFor {
        /// The member who signed.
        member: Address,
        /// The sale to leave.
        sale: SaleNumber,
        /// The last second at which the signature is good.
        deadline: Timestamp,
        /// The member's signature.
        signature: Vec<u8>,
    },
    /// `attestations.revoke`; only `escrow` may.
    Revoke {
        /// The member whose contribution it is.
        member: Address,
        /// The last second at which the signatures are good.
        deadline: Timestamp,
        /// The attesters' signatures.
        signatures: Vec<u8>,
    },
    /// `attestations.setAttesters`; only `escrow` may.
    SetAttesters {
        /// The attesters' keys, as addresses.
        attesters: Vec<Address>,
        /// How many of them must sign.
        threshold: u8,
    },
    /// `attestations.setDailyWeightCap`; only `escrow` may.
    SetDailyWeightCap {
        /// The most new weight in a UTC day.
        cap: Points,
    },
    /// `attestations.setGuardian`; only `escrow` may.
    SetContributionsGuardian {
        /// The account that may pause contributions.
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
        /// The last second of the pause.
        until: Timestamp,
    },

    /// `votes.delegate`.
    Delegate {
        /// The account that votes with the caller's balance from now on.
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
        /// Why they vote so.
        reason: String,
    },
    /// `votes.castVoteBySig`: anybody hands in what the voter signed.
    VoteBySig {
        /// The ballot.
        id: BallotId,
        /// 0 against, 1 for, 2 abstain.
        support: u8,
        /// The account that votes.
        voter: Address,
        /// The voter's signature; [`World::sign_act`](crate::World::sign_act) makes good ones.
        signature: Vec<u8>,
    },
    /// `votes.castVotesBySig`: anybody hands in what many signed.
    VotesBySig {
        /// The ballot.
        id: BallotId,
        /// The signed votes, packed as the contract takes them.
        ballots: Vec<u8>,
    },
    /// `votes.delegateBySig`: anybody hands in what a key signed; the chain recovers whose it is.
    DelegateBySig {
        /// What was signed.
        delegation: Delegation,
        /// The delegator's signature; [`World::sign_act`](crate::World::sign_act) makes good ones.
        signature: [u8; Signature::SIZE],
    },
    /// `votes.delegateFor`: anybody hands in what the delegator signed.
    DelegateFor {
        /// The account whose votes are delegated.
        delegator: Address,
        /// What was signed.
        delegation: Delegation,
        /// The delegator's signature.
        signature: Vec<u8>,
    },
    /// `votes.mirror`; only `attestations` may.
    Mirror {
        /// Members and their new weights, packed.
        changes: Vec<u8>,
    },
    /// `votes.openBallot`; only `escrow` may.
    OpenBallot {
        /// The ballot.
        id: BallotId,
        /// The buyer who makes the offer.
        proposer: Address,
    },
    /// `votes.openProposal`; only `escrow` may.
    OpenProposal {
        /// The ballot.
        id: BallotId,
        /// The account that proposes.
        proposer: Address,
    },
    /// `votes.setVoting`; only `escrow` may.
    SetVoting {
        /// The settings of ballots that are opened from now on.
        settings: VotingSettings,
    },

    /// `escrow.offer`: the caller is the buyer, whatever `terms` say.
    Offer {
        /// The offer's terms.
        terms: Terms,
        /// The native money that goes with the call.
        sent: Amount,
    },
    /// `escrow.offerWithPermit`: the caller is the buyer, whatever `terms` say.
    OfferWithPermit {
        /// The offer's terms.
        terms: Terms,
        /// The buyer's permit in the terms' currency; [`World::permit`](crate::World::permit) makes good ones.
        permit: Permit,
    },
    /// `escrow.seal`.
    Seal {
        /// The offer.
        offer: OfferId,
    },
    /// `escrow.deliver`.
    Deliver {
        /// The offer.
        offer: OfferId,
        /// The hash of the encrypted bundle.
        bundle_hash: Hash32,
        /// The Merkle root over number and commitment of the members in the sale.
        manifest_root: Hash32,
    },
    /// `escrow.accept`.
    Accept {
        /// The offer.
        offer: OfferId,
    },
    /// `escrow.dispute`.
    Dispute {
        /// The offer.
        offer: OfferId,
    },
    /// `escrow.rule`.
    Rule {
        /// The offer.
        offer: OfferId,
        /// The part of the price that goes back.
        returned_bps: u16,
    },
    /// `escrow.refund`.
    Refund {
        /// The offer.
        offer: OfferId,
    },
    /// `escrow.distribute`.
    Distribute {
        /// The offer.
        offer: OfferId,
        /// The first member number.
        from: MemberNumber,
        /// How many numbers from there on.
        count: u32,
    },
    /// `escrow.claim`.
    Claim {
        /// The offer.
        offer: OfferId,
        /// The account that the caller's share goes to.
        to: Address,
    },
    /// `escrow.withdrawCredit`.
    WithdrawCredit {
        /// The currency of the credit.
        currency: Address,
        /// The account that it goes to.
        to: Address,
    },
    /// `escrow.claimFor` and `escrow.withdrawCreditFor`: the caller hands in what somebody signed.
    Relay {
        /// What they ask for.
        request: Request,
        /// Their signature over [`World::request_act`](crate::World::request_act).
        signature: Vec<u8>,
    },
    /// `escrow.propose`.
    Propose {
        /// The target and calldata of each call.
        calls: Vec<(Address, Vec<u8>)>,
        /// The text that says why.
        description: Vec<u8>,
    },
    /// `escrow.execute`.
    Execute {
        /// The calls as they were proposed.
        calls: Vec<(Address, Vec<u8>)>,
        /// The Keccak-256 hash of the description.
        description_hash: Hash32,
    },
    /// `escrow.pause`.
    PauseOffers {
        /// The last second of the pause.
        until: Timestamp,
    },

    /// Time passes.
    Wait {
        /// How many seconds.
        seconds: u64,
    },
    /// A token's `approve`: `escrow` may take this much from the caller.
    Approve {
        /// The token.
        currency: Address,
        /// The amount.
        amount: Amount,
    },
    /// The caller sends money to `escrow` by a plain transfer, which runs no code.
    Donate {
        /// The currency.
        currency: Address,
        /// The amount.
        amount: Amount,
    },
}

impl Action {
    /// The contract that it is a message of; `None` for what only the chain around the contracts does.
    pub const fn contract(&self) -> Option<Contract> {
        Some(match self {
            Self::Attest { .. }
            | Self::AttestFor { .. }
            | Self::AttestMany { .. }
            | Self::SetPurposes { .. }
            | Self::Withdraw
            | Self::Leave { .. }
            | Self::SetPurposesFor { .. }
            | Self::WithdrawFor { .. }
            | Self::LeaveFor { .. }
            | Self::Revoke { .. }
            | Self::SetAttesters { .. }
            | Self::SetDailyWeightCap { .. }
            | Self::SetContributionsGuardian { .. }
            | Self::OpenSale { .. }
            | Self::PauseContributions { .. } => Contract::Attestations,

            Self::Delegate { .. }
            | Self::Vote { .. }
            | Self::VoteWithReason { .. }
            | Self::VoteBySig { .. }
            | Self::VotesBySig { .. }
            | Self::DelegateBySig { .. }
            | Self::DelegateFor { .. }
            | Self::Mirror { .. }
            | Self::OpenBallot { .. }
            | Self::OpenProposal { .. }
            | Self::SetVoting { .. } => Contract::Votes,

            Self::Offer { .. }
            | Self::OfferWithPermit { .. }
            | Self::Seal { .. }
            | Self::Deliver { .. }
            | Self::Accept { .. }
            | Self::Dispute { .. }
            | Self::Rule { .. }
            | Self::Refund { .. }
            | Self::Distribute { .. }
            | Self::Claim { .. }
            | Self::WithdrawCredit { .. }
            | Self::Relay { .. }
            | Self::Propose { .. }
            | Self::Execute { .. }
            | Self::PauseOffers { .. } => Contract::Escrow,

            Self::Wait { .. } | Self::Approve { .. } | Self::Donate { .. } => return None,
        })
    }
}
