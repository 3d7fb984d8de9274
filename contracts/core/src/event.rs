//! What happened: past tense, with resulting values, so that the state can be rebuilt from events alone.

use crate::abi::{Selector, Tail, Uint256, events};
use crate::hash::Hash32;
use crate::types::{
    Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight,
};
use crate::votes::governor::{NoCalldatas, NoSignatures, NoTargets, NoValues, Reason, Subject};

events! {
    /// Events of `attestations`.
    AttestationsEvent, attestations_events_abi, {
        /// The constructor's values; `purposes_hash` is the Keccak of the Keccaks of the purposes' texts.
        AttestationsDeployed { ; votes: Address, escrow: Address, guardian: Address, threshold: u8, daily_weight_cap: Points, purposes: u8, purposes_hash: Hash32, salt: Hash32, max_pause_s: u64, min_unpaused_s: u64, }
        /// A key is in the set of attesters.
        AttesterAdded { indexed attester: Address, }
        /// A key is no longer in it; what it signed and was accepted stays.
        AttesterRemoved { indexed attester: Address, }
        /// The set of attesters is `count` keys, of which `threshold` must sign from now on.
        AttestersChanged { ; threshold: u8, count: u8, }
        /// New weight a UTC day is capped anew.
        DailyWeightCapChanged { ; previous: Points, cap: Points, }
        /// Another guardian may pause; a pause that lasts ends as it was to.
        GuardianChanged { indexed previous: Address, indexed guardian: Address, }
        /// A contribution was accepted, or replaced one of weight `previous_weight`. `nonce` is the member's next.
        Attested { indexed member: Address, indexed number: MemberNumber, ; commitment: Hash32, nullifier: Hash32, weight: Weight, previous_weight: Weight, purposes: u16, rule_version: u16, route: u8, nonce: u64, }
        /// A member allows other purposes from now on.
        PurposesChanged { indexed member: Address, indexed number: MemberNumber, ; weight: Weight, previous_purposes: u16, purposes: u16, nonce: u64, }
        /// A contribution was taken back: the weight it had is burned, its nullifier is free.
        Withdrawn { indexed member: Address, indexed number: MemberNumber, ; weight: Weight, purposes: u16, nullifier: Hash32, nonce: u64, }
        /// The DAO, with the attesters' signatures, took a contribution out of the pool as a fraud: the same as a withdrawal.
        Revoked { indexed member: Address, indexed number: MemberNumber, ; weight: Weight, purposes: u16, nullifier: Hash32, nonce: u64, }
        /// The item at `position` of a batch was refused, for `reason`, the selector of an error; the others were not.
        ContributionSkipped { indexed member: Address, ; position: u32, reason: Selector, }
        /// A sale took in everybody whose contribution allows the purpose: so much weight, so many members.
        SaleOpened { indexed sale: SaleNumber, ; purpose: u8, window_ends: Timestamp, total_weight: Points, members: u32, }
        /// A member left a sale; its weight and members without them.
        SaleLeft { indexed sale: SaleNumber, indexed member: Address, ; number: MemberNumber, weight: Weight, total_weight: Points, members: u32, nonce: u64, }
        /// The guardian paused new and replaced contributions.
        Paused { indexed guardian: Address, ; until: Timestamp, next_allowed: Timestamp, }
    }
}

events! {
    /// Events of `votes`; the token's and the ballots' standard ones keep their standard names.
    #[allow(clippy::large_enum_variant, reason = "a vote's reason is the longest field; events are logged and gone")]
    VotesEvent, votes_events_abi, {
        /// The constructor's values.
        VotesDeployed { ; attestations: Address, escrow: Address, voting_period_s: u64, quorum_bps: u16, quorum_min: Points, approval_bps: u16, proposal_threshold_bps: u16, salt: Hash32, }
        /// What ballots are opened with from now on, by a decision of the DAO.
        VotingChanged { ; previous_voting_period_s: u64, voting_period_s: u64, previous_quorum_bps: u16, quorum_bps: u16, previous_quorum_min: Points, quorum_min: Points, previous_approval_bps: u16, approval_bps: u16, previous_proposal_threshold_bps: u16, proposal_threshold_bps: u16, }
        /// ERC-20: from zero is a mint, to zero a burn; there is nothing else.
        Transfer { indexed from: Address, indexed to: Address, ; value: Uint256, }
        /// ERC-5805.
        DelegateChanged { indexed delegator: Address, indexed fromDelegate: Address, indexed toDelegate: Address, }
        /// ERC-5805.
        DelegateVotesChanged { indexed delegate: Address, ; previousVotes: Uint256, newVotes: Uint256, }
        /// A ballot with its own thresholds: power and supply as of `snapshot`, votes until `deadline`.
        BallotOpened { indexed proposalId: Uint256, ; snapshot: Timestamp, deadline: Timestamp, supply: Uint256, quorum: Uint256, approval_bps: u16, }
        /// OpenZeppelin Governor's, beside `BallotOpened`: no calls, and what the ballot is about as its description.
        ProposalCreated { ; proposalId: Uint256, proposer: Address, targets: NoTargets, values: NoValues, signatures: NoSignatures, calldatas: NoCalldatas, voteStart: Uint256, voteEnd: Uint256, description: Subject, }
        /// OpenZeppelin Governor's.
        VoteCast { indexed voter: Address, ; proposalId: Uint256, support: u8, weight: Uint256, reason: Reason, }
        /// A signed vote of a batch was not counted, for the error with this selector; the others were.
        VoteSkipped { indexed proposalId: Uint256, indexed voter: Address, ; position: u32, reason: Selector, }
        /// A signature of an account was accepted; the next one must be over this nonce.
        NonceUsed { indexed account: Address, ; nonce: u64, }
        /// The tally after a vote, or after a batch of them.
        TallyChanged { indexed proposalId: Uint256, ; against_votes: Uint256, for_votes: Uint256, abstain_votes: Uint256, }
    }
}

events! {
    /// Events of `escrow`.
    EscrowEvent, escrow_events_abi, {
        /// The constructor's values; the settings follow as their own event.
        EscrowDeployed { ; attestations: Address, votes: Address, guardian: Address, salt: Hash32, max_pause_s: u64, min_unpaused_s: u64, }
        /// The settings for offers made from now on.
        SettingsChanged { ; listing_fee: Amount, reserve_per_million: Amount, fee_bps: u16, tip_bps: u16, cohort_min: u32, opt_out_s: u64, period_min_s: u64, period_max_s: u64, ruling_s: u64, }
        /// How long a passed proposal waits, and how long it may then be executed.
        ProposalSettingsChanged { ; timelock_s: u64, grace_s: u64, }
        /// Another guardian from now on.
        GuardianChanged { indexed previous: Address, indexed guardian: Address, }
        /// An account is on the list of custodians.
        CustodianAdded { indexed custodian: Address, }
        /// An account is off the list of custodians; offers that name it keep it.
        CustodianRemoved { indexed custodian: Address, }
        /// An account is on the list of arbiters.
        ArbiterAdded { indexed arbiter: Address, }
        /// An account is off the list of arbiters; offers that name it keep it.
        ArbiterRemoved { indexed arbiter: Address, }
        /// Offers may be made in this currency; `base_amount` of it is held and never paid out.
        CurrencyAllowed { indexed currency: Address, ; base_amount: Amount, }
        /// No more offers in this currency; what there is goes on.
        CurrencyDisallowed { indexed currency: Address, }
        /// An offer was made and paid for: what its id is the hash of, save its periods, which follow from `OfferTerms`.
        OfferMade { indexed offer: OfferId, indexed buyer: Address, ; currency: Address, price: Amount, purpose: u8, fields_hash: Hash32, licence_hash: Hash32, min_members: u32, min_weight: Points, custodian: Address, arbiter: Address, salt: Hash32, }
        /// What it was made with, whatever the settings become.
        OfferTerms { indexed offer: OfferId, indexed sale: SaleNumber, ; voting_ends: Timestamp, opt_out_ends: Timestamp, delivery_ends: Timestamp, dispute_s: u64, ruling_s: u64, fee_bps: u16, tip_bps: u16, listing_fee: Amount, total_weight: Points, members: u32, }
        /// 1 sealed, 2 defeated, 3 a minimum missed; weight and members are final.
        Sealed { indexed offer: OfferId, ; outcome: u8, total_weight: Points, members: u32, }
        /// The custodian delivered.
        Delivered { indexed offer: OfferId, ; bundle_hash: Hash32, manifest_root: Hash32, dispute_ends: Timestamp, ruling_ends: Timestamp, }
        /// The buyer accepted.
        Accepted { indexed offer: OfferId, }
        /// The buyer disputed, for reasons with this hash.
        Disputed { indexed offer: OfferId, ; reason_hash: Hash32, }
        /// The arbiter ruled: so much goes back to the buyer's credit.
        Ruled { indexed offer: OfferId, indexed arbiter: Address, ; returned_bps: u16, returned: Amount, }
        /// The price went back to the buyer's credit.
        Refunded { indexed offer: OfferId, indexed buyer: Address, ; amount: Amount, }
        /// A call settled `settled_now` members among `count` numbers from `from`; `settled` are done, with `paid_sum` together. The keeper's credit got `tips`.
        Distributed { indexed offer: OfferId, indexed keeper: Address, ; from: MemberNumber, count: u32, settled_now: u32, settled: u32, paid_sum: Amount, tips: Amount, }
        /// A member's share was pushed to `to`, or became their credit.
        SharePaid { indexed offer: OfferId, indexed member: Address, ; number: MemberNumber, weight: Weight, share: Amount, to: Address, credited: bool, }
        /// The last member was settled: fee and residue are the treasury's.
        OfferPaid { indexed offer: OfferId, ; paid_sum: Amount, tip_sum: Amount, fee: Amount, residue: Amount, }
        /// A credit grew to `balance`; `reason` is a [`crate::escrow::CreditReason`], `offer` where it comes from: an offer, or for reason 7 a proposal.
        Credited { indexed currency: Address, indexed owner: Address, ; reason: u8, amount: Amount, balance: Amount, offer: BallotId, }
        /// An owner took their whole credit.
        CreditWithdrawn { indexed currency: Address, indexed owner: Address, ; to: Address, amount: Amount, }
        /// A member's or owner's signature was used here; the next is over `nonce`.
        NonceUsed { indexed account: Address, ; nonce: u64, }
        /// A proposal and its ballot were opened; its calls follow.
        Proposed { indexed proposal: ProposalId, indexed proposer: Address, ; description_hash: Hash32, voting_ends: Timestamp, executable_from: Timestamp, executable_until: Timestamp, count: u8, }
        /// A call of a proposal, as it will be made.
        ProposedCall { indexed proposal: ProposalId, ; index: u8, target: Address, call: Tail, }
        /// Every call of a proposal was made.
        ProposalExecuted { indexed proposal: ProposalId, indexed caller: Address, }
        /// The treasury's credit went to `to`'s, by a proposal; `balance` is what the treasury has left.
        TreasurySpent { indexed currency: Address, indexed to: Address, ; amount: Amount, balance: Amount, }
        /// The guardian paused new offers.
        Paused { indexed guardian: Address, ; until: Timestamp, next_allowed: Timestamp, }
    }
}
