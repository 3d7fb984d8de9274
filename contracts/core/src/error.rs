//! Why a call is refused: facts with the values that make them so.

use crate::{
    abi::{Uint256, errors},
    types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp},
};

errors! {
    /// Why a call is refused. Each is a Solidity error of the same name.
    Error, errors_abi, {
        // Callers and pauses
        /// Only `required` may do this.
        Unauthorized { caller: Address, required: Address }
        /// The guardian paused this; it ends by itself.
        PausedUntil { until: Timestamp }
        /// A pause ends at most seven days from now and after now.
        PauseOutOfBounds { until: Timestamp, latest: Timestamp }
        /// The guardian may pause again from `next_allowed` on.
        PauseTooSoon { next_allowed: Timestamp }

        // Contributions
        /// Only portability exports (route 1) are taken; the API route is not.
        RouteRefused { route: u8 }
        /// There is no such version of the weight rule.
        UnknownRuleVersion { version: u16 }
        /// A weight lies between 1 and the cap of its rule.
        WeightOutOfBounds { weight: u32, cap: u32 }
        /// One of the purposes is outside the pool's list.
        UnknownPurpose { purposes: u16 }
        /// The signature was good until `deadline`: ask for a new one.
        SignatureExpired { deadline: Timestamp }
        /// The signature at `position` is not 65 bytes `r ‖ s ‖ v` with low `s`, or nobody can be recovered from it.
        SignatureMalformed { position: u8 }
        /// The signature is not this account's over these values at this `nonce` of theirs: sign again.
        InvalidSignature { account: Address, nonce: u64 }
        /// This chain cannot check sr25519 signatures: call the message yourself instead.
        Sr25519Unavailable
        /// The signature at `position` is not an attester's: another key signed, or another text was signed.
        NotAnAttester { signer: Address, position: u8 }
        /// Fewer distinct attesters signed than the threshold asks for.
        TooFewAttesters { signed: u8, threshold: u8 }
        /// The source account is already in the pool, under another member.
        NullifierTaken { holder: MemberNumber }
        /// A contribution can be replaced only by one of the same source account: withdraw first.
        NullifierDiffers
        /// This would take the new weight of today beyond the cap: try again after midnight UTC.
        DailyCapReached { added: Points, cap: Points }
        /// The account has no contribution in the pool.
        NotAMember { account: Address }
        /// The member already allows exactly these purposes.
        PurposesUnchanged { purposes: u16 }
        /// The batch ends within its item at `position`, is empty, or is longer than a call can carry.
        BatchMalformed { position: u32 }

        // Sales
        /// At most `limit` sales are open at once; wait until one ends by itself.
        TooManyOpenSales { limit: u8 }
        /// There is no such sale.
        NoSuchSale { sale: SaleNumber }
        /// The opt-out window is over: whoever is in stays in.
        OptOutWindowOver { sale: SaleNumber, ended: Timestamp }
        /// The account is not in this sale, or has left it.
        NotInSale { sale: SaleNumber, account: Address }
        /// This pool has used all its sale numbers.
        SalesExhausted

        // Votes
        /// Votes cannot be transferred or approved: they are not for sale apart from the data.
        NotTransferable
        /// Only seconds before `clock` can be looked up (ERC-5805).
        FutureLookup { timepoint: Timestamp, clock: Timestamp }
        /// There is no such ballot.
        NoSuchBallot { id: BallotId }
        /// This ballot was already opened.
        BallotExists { id: BallotId }
        /// Votes are taken until the deadline, inclusive.
        VotingOver { deadline: Timestamp, clock: Timestamp }
        /// The outcome is known only after the deadline.
        VotingOpen { deadline: Timestamp, clock: Timestamp }
        /// A vote is 0 against, 1 for or 2 abstain.
        UnknownSupport { support: u8 }
        /// The account has already voted in this ballot.
        AlreadyVoted { voter: Address }
        /// The account had no votes at the snapshot.
        NoVotes { voter: Address, snapshot: Timestamp }
        /// A reason has at most `most` bytes.
        ReasonTooLong { length: u32, most: u32 }
        /// OpenZeppelin's: the signature must be over the account's present nonce.
        InvalidAccountNonce { account: Address, currentNonce: Uint256 }
        /// One second ago the proposer had fewer votes than a proposal needs.
        BelowProposalThreshold { votes: Points, required: Points }

        // Offers
        /// There is no such offer.
        NoSuchOffer { offer: OfferId }
        /// The same buyer made the same offer before; change the salt.
        OfferExists { offer: OfferId }
        /// The call needs the offer in another status; see [`crate::names::Status`] for the numbers.
        WrongStatus { current: u8, required: u8 }
        /// Offers cannot be made in this currency; 0x0 is native money.
        CurrencyNotAllowed { currency: Address }
        /// The account is not on the DAO's list of custodians.
        NotACustodian { account: Address }
        /// The account is not on the DAO's list of arbiters.
        NotAnArbiter { account: Address }
        /// The account would have two roles: buyer, custodian and arbiter must be three accounts.
        RolesOverlap { account: Address }
        /// A delivery or dispute period is out of bounds.
        PeriodOutOfBounds { period_s: u64, least_s: u64, most_s: u64 }
        /// Price and listing fee must arrive exactly.
        WrongDeposit { sent: Amount, required: Amount }
        /// The minimum of members must be between the DAO's cohort minimum and the members who are in the sale.
        MinimumMembersOutOfBounds { least: u32, most: u32 }
        /// The minimum of weight must be between 1 and the weight that is in the sale.
        MinimumWeightOutOfBounds { most: Points }
        /// The members would get less than the DAO's reserve for their weight.
        BelowReserve { net: Amount, reserve_per_million: Amount }
        /// More than 10,000 parts of 10,000 cannot go back.
        BpsOutOfBounds { bps: u16 }
        /// The offer was disputed before.
        AlreadyDisputed
        /// The arbiter has ruled before.
        AlreadyRuled
        /// A range must have at least one number and at most `most`.
        RangeOutOfBounds { count: u32, most: u32 }
        /// This member's share was already paid or credited.
        AlreadyPaid { number: MemberNumber }
        /// Nothing is due to this account in this currency.
        NothingDue { owner: Address, currency: Address }
        /// The money cannot be paid to this address: name another one.
        PushFailed { to: Address }

        /// The terms are not twelve words in range, the arguments of `offer`.
        TermsMalformed
        /// An offer in a token is paid by allowance: send no native money with it.
        ValueOnTokenPath { value: Amount }
        /// The token did not move the money: hold price and fee, and allow `escrow` to take them.
        TransferRefused { currency: Address }
        /// The call has too little weight left to pay in this token: call again with more, or for fewer members.
        NotEnoughWeight

        // Proposals
        /// There is no such proposal.
        NoSuchProposal { proposal: ProposalId }
        /// The same proposal was made before; change its description.
        ProposalExists { proposal: ProposalId }
        /// The call needs the proposal in another state; see [`crate::names::ProposalState`] for the numbers.
        WrongProposalState { current: u8, required: u8 }
        /// A proposal has as many targets as calls: at least one, and at most `most`.
        CallCountOutOfBounds { targets: u32, calls: u32, most: u32 }
        /// The call at `position` is not a settings message of this pool's contracts, or not encoded as one.
        CallNotAllowed { position: u8, target: Address }
        /// A description has at most `most` bytes.
        DescriptionTooLong { most: u32 }
        /// The treasury has less than the call would spend.
        TreasuryTooSmall { currency: Address, credit: Amount, asked: Amount }
        /// `escrow` must hold the base amount before the currency is allowed: send it first.
        BaseAmountMissing { currency: Address, held: Amount, base_amount: Amount }
        /// The currency was allowed before, and keeps its base amount.
        BaseAmountDiffers { currency: Address, base_amount: Amount }

        // Bounds of values and of settings
        /// A sum is beyond its range, as price and listing fee beyond 128 bits are, or a period ends past the end of
        /// time.
        Overflow
        /// The value of a setting is out of the bounds fixed at deployment; `position` counts the arguments from 0. A
        /// bad list of attesters has the position of its threshold; the constructor of `escrow` counts as
        /// [`crate::escrow::construct`] says.
        SettingOutOfBounds { position: u8 }
    }
}

impl Address {
    /// Refuses a caller who is not `required`.
    pub(crate) fn check_is(self, required: Self) -> Result<(), Error> {
        if self == required { Ok(()) } else { Err(Error::Unauthorized { caller: self, required }) }
    }
}

impl Timestamp {
    /// `period_s` seconds later.
    ///
    /// # Errors
    /// [`Error::Overflow`] past the end of time.
    pub fn after(self, period_s: u64) -> Result<Self, Error> {
        self.0.checked_add(period_s).map(Self).ok_or(Error::Overflow)
    }
}
