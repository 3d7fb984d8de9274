//! What happened: past tense, with resulting values, so that the state can be rebuilt from events alone.

use crate::{
    abi::{Selector, Tail, Uint256, events},
    compat::{NoCalldatas, NoSignatures, NoTargets, NoValues, Reason, Subject},
    fields::Changed,
    hash::Hash32,
    settings::{OfferSettings, ProposalSettings, VotingSettings},
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
};

events! {
    /// Events of `attestations`.
    AttestationsEvent, attestations_events_abi, {
        /// What the constructor fixed; `purposes_hash` is the Keccak of the Keccaks of the purposes' texts.
        AttestationsDeployed {
            votes: Address,
            escrow: Address,
            guardian: Address,
            threshold: u8,
            daily_weight_cap: Points,
            purposes: u8,
            purposes_hash: Hash32,
            salt: Hash32,
            max_pause_s: u64,
            min_unpaused_s: u64,
        }
        /// A key is in the set of attesters.
        AttesterAdded {
            #[indexed] attester: Address,
        }
        /// A key is no longer in the set of attesters; what was accepted with its signature stays.
        AttesterRemoved {
            #[indexed] attester: Address,
        }
        /// The set of attesters has `count` keys from now on, of which `threshold` must sign.
        AttestersChanged {
            threshold: u8,
            count: u8,
        }
        /// The cap of the new weight of a UTC day was changed.
        DailyWeightCapChanged {
            previous: Points,
            cap: Points,
        }
        /// Another account may pause new contributions from now on; a pause that is under way ends when it was going
        /// to.
        GuardianChanged {
            #[indexed] previous: Address,
            #[indexed] guardian: Address,
        }
        /// A contribution was accepted, or replaced one of weight `previous_weight`. `nonce` is the member's next.
        Attested {
            #[indexed] member: Address,
            #[indexed] number: MemberNumber,
            commitment: Hash32,
            nullifier: Hash32,
            weight: Weight,
            previous_weight: Weight,
            purposes: u16,
            rule_version: u16,
            route: u8,
            nonce: u64,
        }
        /// A member allows other purposes from now on.
        PurposesChanged {
            #[indexed] member: Address,
            #[indexed] number: MemberNumber,
            weight: Weight,
            previous_purposes: u16,
            purposes: u16,
            nonce: u64,
        }
        /// A member took their contribution back: the weight it had is burned, and its nullifier is free.
        Withdrawn {
            #[indexed] member: Address,
            #[indexed] number: MemberNumber,
            weight: Weight,
            purposes: u16,
            nullifier: Hash32,
            nonce: u64,
        }
        /// The DAO, with the attesters' signatures, took a contribution out of the pool as a fraud. It has the effects
        /// of a withdrawal.
        Revoked {
            #[indexed] member: Address,
            #[indexed] number: MemberNumber,
            weight: Weight,
            purposes: u16,
            nullifier: Hash32,
            nonce: u64,
        }
        /// The item at `position` of a batch was skipped; `reason` is the selector of the error.
        ContributionSkipped {
            #[indexed] member: Address,
            position: u32,
            reason: Selector,
        }
        /// A sale took in everybody whose contribution allows the purpose.
        SaleOpened {
            #[indexed] sale: SaleNumber,
            purpose: u8,
            window_ends: Timestamp,
            total_weight: Points,
            members: u32,
        }
        /// A member left a sale; `total_weight` and `members` are those who stay.
        SaleLeft {
            #[indexed] sale: SaleNumber,
            #[indexed] member: Address,
            number: MemberNumber,
            weight: Weight,
            total_weight: Points,
            members: u32,
            nonce: u64,
        }
        /// The guardian paused new and replaced contributions.
        Paused {
            #[indexed] guardian: Address,
            until: Timestamp,
            next_allowed: Timestamp,
        }
    }
}

events! {
    /// Events of `votes`; the token's and the ballots' standard ones keep their standard names.
    #[allow(clippy::large_enum_variant, reason = "a vote's reason is the longest field; events are logged and gone")]
    VotesEvent, votes_events_abi, {
        /// What the constructor fixed.
        VotesDeployed {
            attestations: Address,
            escrow: Address,
            voting: VotingSettings,
            salt: Hash32,
        }
        /// Ballots are opened with other settings from now on, by a decision of the DAO.
        VotingChanged {
            change: Changed<VotingSettings>,
        }
        /// ERC-20: a mint from the zero address or a burn to it, and nothing else.
        Transfer {
            #[indexed] from: Address,
            #[indexed] to: Address,
            value: Uint256,
        }
        /// ERC-5805: an account chose who votes with its balance.
        DelegateChanged {
            #[indexed] delegator: Address,
            #[indexed] fromDelegate: Address,
            #[indexed] toDelegate: Address,
        }
        /// ERC-5805: the votes of an account changed.
        DelegateVotesChanged {
            #[indexed] delegate: Address,
            previousVotes: Uint256,
            newVotes: Uint256,
        }
        /// A ballot with its own thresholds: power and supply as of `snapshot`, votes until `deadline`.
        BallotOpened {
            #[indexed] proposalId: Uint256,
            snapshot: Timestamp,
            deadline: Timestamp,
            supply: Uint256,
            quorum: Uint256,
            approval_bps: u16,
        }
        /// OpenZeppelin Governor's, beside `BallotOpened`: without calls; its description says what the ballot is
        /// about.
        ProposalCreated {
            proposalId: Uint256,
            proposer: Address,
            targets: NoTargets,
            values: NoValues,
            signatures: NoSignatures,
            calldatas: NoCalldatas,
            voteStart: Uint256,
            voteEnd: Uint256,
            description: Subject,
        }
        /// OpenZeppelin Governor's: a vote was counted.
        VoteCast {
            #[indexed] voter: Address,
            proposalId: Uint256,
            support: u8,
            weight: Uint256,
            reason: Reason,
        }
        /// The signed vote at `position` of a batch was skipped; `reason` is the selector of the error.
        VoteSkipped {
            #[indexed] proposalId: Uint256,
            #[indexed] voter: Address,
            position: u32,
            reason: Selector,
        }
        /// A signature of an account was accepted; the next one must be over `nonce`.
        NonceUsed {
            #[indexed] account: Address,
            nonce: u64,
        }
        /// The tally of a ballot after a vote, or after a batch of votes.
        TallyChanged {
            #[indexed] proposalId: Uint256,
            against_votes: Uint256,
            for_votes: Uint256,
            abstain_votes: Uint256,
        }
    }
}

events! {
    /// Events of `escrow`.
    EscrowEvent, escrow_events_abi, {
        /// What the constructor fixed; the settings and the lists follow in events of their own.
        EscrowDeployed {
            attestations: Address,
            votes: Address,
            guardian: Address,
            salt: Hash32,
            max_pause_s: u64,
            min_unpaused_s: u64,
        }
        /// Offers are made with these settings from now on.
        SettingsChanged {
            settings: OfferSettings,
        }
        /// Proposals are made with these settings from now on.
        ProposalSettingsChanged {
            settings: ProposalSettings,
        }
        /// Another account may pause new offers from now on.
        GuardianChanged {
            #[indexed] previous: Address,
            #[indexed] guardian: Address,
        }
        /// An account is on the list of custodians.
        CustodianAdded {
            #[indexed] custodian: Address,
        }
        /// An account is off the list of custodians; offers that name it keep it.
        CustodianRemoved {
            #[indexed] custodian: Address,
        }
        /// An account is on the list of arbiters.
        ArbiterAdded {
            #[indexed] arbiter: Address,
        }
        /// An account is off the list of arbiters; offers that name it keep it.
        ArbiterRemoved {
            #[indexed] arbiter: Address,
        }
        /// Offers may be made in this currency; `base_amount` of it is held and never paid out.
        CurrencyAllowed {
            #[indexed] currency: Address,
            base_amount: Amount,
        }
        /// No more offers may be made in this currency; those that were made go on.
        CurrencyDisallowed {
            #[indexed] currency: Address,
        }
        /// An offer was made and its price is held: everything its id is the hash of, except the periods, which follow
        /// from `OfferTerms`.
        OfferMade {
            #[indexed] offer: OfferId,
            #[indexed] buyer: Address,
            currency: Address,
            price: Amount,
            purpose: u8,
            fields_hash: Hash32,
            licence_hash: Hash32,
            min_members: u32,
            min_weight: Points,
            custodian: Address,
            arbiter: Address,
            salt: Hash32,
        }
        /// What an offer was made with; it keeps this, whatever the settings become.
        OfferTerms {
            #[indexed] offer: OfferId,
            #[indexed] sale: SaleNumber,
            voting_ends: Timestamp,
            opt_out_ends: Timestamp,
            delivery_ends: Timestamp,
            dispute_s: u64,
            ruling_s: u64,
            fee_bps: u16,
            tip_bps: u16,
            listing_fee: Amount,
            total_weight: Points,
            members: u32,
        }
        /// An offer's vote and opt-out are over; `outcome` is a [`crate::names::Seal`], weight and members are final.
        Sealed {
            #[indexed] offer: OfferId,
            outcome: u8,
            total_weight: Points,
            members: u32,
        }
        /// The custodian delivered.
        Delivered {
            #[indexed] offer: OfferId,
            bundle_hash: Hash32,
            manifest_root: Hash32,
            dispute_ends: Timestamp,
            ruling_ends: Timestamp,
        }
        /// The buyer accepted.
        Accepted {
            #[indexed] offer: OfferId,
        }
        /// The buyer disputed; `reason_hash` is the hash of their reasons.
        Disputed {
            #[indexed] offer: OfferId,
            reason_hash: Hash32,
        }
        /// The arbiter ruled; `returned` went back as the buyer's credit.
        Ruled {
            #[indexed] offer: OfferId,
            #[indexed] arbiter: Address,
            returned_bps: u16,
            returned: Amount,
        }
        /// The price went back as the buyer's credit.
        Refunded {
            #[indexed] offer: OfferId,
            #[indexed] buyer: Address,
            amount: Amount,
        }
        /// A call settled `settled_now` members among `count` numbers from `from`; in all `settled` members are
        /// settled, whose shares are `paid_sum` together. The keeper's credit grew by `tips`.
        Distributed {
            #[indexed] offer: OfferId,
            #[indexed] keeper: Address,
            from: MemberNumber,
            count: u32,
            settled_now: u32,
            settled: u32,
            paid_sum: Amount,
            tips: Amount,
        }
        /// A member's share was pushed to `to`, or became their credit.
        SharePaid {
            #[indexed] offer: OfferId,
            #[indexed] member: Address,
            number: MemberNumber,
            weight: Weight,
            share: Amount,
            to: Address,
            credited: bool,
        }
        /// The last member was settled; fee and residue are the treasury's.
        OfferPaid {
            #[indexed] offer: OfferId,
            paid_sum: Amount,
            tip_sum: Amount,
            fee: Amount,
            residue: Amount,
        }
        /// A credit grew to `balance`; `reason` is a [`crate::names::CreditReason`]. `offer` is the offer it comes
        /// from, or for a treasury payment the proposal.
        Credited {
            #[indexed] currency: Address,
            #[indexed] owner: Address,
            reason: u8,
            amount: Amount,
            balance: Amount,
            offer: BallotId,
        }
        /// An owner's whole credit was paid to `to`.
        CreditWithdrawn {
            #[indexed] currency: Address,
            #[indexed] owner: Address,
            to: Address,
            amount: Amount,
        }
        /// A signature of an account was accepted; the next one must be over `nonce`.
        NonceUsed {
            #[indexed] account: Address,
            nonce: u64,
        }
        /// A proposal and its ballot were opened; its calls follow.
        Proposed {
            #[indexed] proposal: ProposalId,
            #[indexed] proposer: Address,
            description_hash: Hash32,
            voting_ends: Timestamp,
            executable_from: Timestamp,
            executable_until: Timestamp,
            count: u8,
        }
        /// A call of a proposal, exactly as it will be made.
        ProposedCall {
            #[indexed] proposal: ProposalId,
            index: u8,
            target: Address,
            call: Tail,
        }
        /// Every call of a proposal was made.
        ProposalExecuted {
            #[indexed] proposal: ProposalId,
            #[indexed] caller: Address,
        }
        /// A proposal moved credit of the treasury's to `to`; `balance` is what the treasury has left.
        TreasurySpent {
            #[indexed] currency: Address,
            #[indexed] to: Address,
            amount: Amount,
            balance: Amount,
        }
        /// The guardian paused new offers.
        Paused {
            #[indexed] guardian: Address,
            until: Timestamp,
            next_allowed: Timestamp,
        }
    }
}
