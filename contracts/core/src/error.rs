//! Why a call is refused: facts with the values that make them so.

use crate::abi::{Uint256, errors};
use crate::types::{Address, Amount, BallotId, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp};

errors! {
    /// Why a call is refused. Each is a Solidity error of the same name.
    Error, errors_abi, {
        // Who and when
        /// Only `required` may do this.
        Unauthorized { caller: Address, required: Address }
        /// The guardian paused this; it ends by itself.
        PausedUntil { until: Timestamp }
        /// A pause ends at most seven days from now and after now.
        PauseOutOfBounds { until: Timestamp, latest: Timestamp }
        /// The guardian may pause again from then on.
        PauseTooSoon { next_allowed: Timestamp }

        // Contributions
        /// Only portability exports (route 1) are taken; the API route is not.
        RouteRefused { route: u8 }
        /// No such version of the weight rule.
        UnknownRuleVersion { version: u16 }
        /// A weight lies between 1 and the cap of its rule.
        WeightOutOfBounds { weight: u32, cap: u32 }
        /// A purpose outside the pool's list.
        UnknownPurpose { purposes: u16 }
        /// The attestation was good until then: ask for a new one.
        SignatureExpired { deadline: Timestamp }
        /// A signature that is not 65 bytes `r ‖ s ‖ v` with low `s`, or recovers to nobody.
        SignatureMalformed { position: u8 }
        /// Not a signature of this account over these values at this `nonce` of theirs: sign again.
        InvalidSignature { account: Address, nonce: u64 }
        /// This chain cannot check sr25519 signatures: call it yourself instead.
        Sr25519Unavailable
        /// Recovered from the signature at `position`, but not an attester of this pool: wrong key, or another text signed.
        NotAnAttester { signer: Address, position: u8 }
        /// Fewer distinct attesters than the threshold.
        TooFewAttesters { signed: u8, threshold: u8 }
        /// This source account already is in the pool, under another member.
        NullifierTaken { holder: MemberNumber }
        /// A member replaces a contribution of the same source account only; withdraw first.
        NullifierDiffers
        /// Today's new weight has reached the cap: try again after midnight UTC.
        DailyCapReached { added: Points, cap: Points }
        /// No contribution of this member is in the pool.
        NotAMember { account: Address }
        /// The member already allows exactly these.
        PurposesUnchanged { purposes: u16 }
        /// A batch ends within its item at `position`, has none, or is longer than a call can carry.
        BatchMalformed { position: u32 }

        // Sales
        /// At most so many sales are open at once; one ends by itself.
        TooManyOpenSales { limit: u8 }
        /// There is no such sale.
        NoSuchSale { sale: SaleNumber }
        /// The opt-out window is over: who is in stays in.
        OptOutWindowOver { sale: SaleNumber, ended: Timestamp }
        /// The account is not in this sale, or has left it.
        NotInSale { sale: SaleNumber, account: Address }
        /// All sale numbers are used.
        SalesExhausted

        // Votes
        /// Votes are not for sale apart from the data.
        NotTransferable
        /// Times up to the second before `clock` can be looked up (ERC-5805).
        FutureLookup { timepoint: Timestamp, clock: Timestamp }
        /// There is no such ballot.
        NoSuchBallot { id: BallotId }
        /// This ballot was already opened.
        BallotExists { id: BallotId }
        /// Votes count until the deadline, inclusive.
        VotingOver { deadline: Timestamp, clock: Timestamp }
        /// The outcome is known after the deadline.
        VotingOpen { deadline: Timestamp, clock: Timestamp }
        /// 0 is against, 1 for, 2 abstain.
        UnknownSupport { support: u8 }
        /// One vote per account and ballot.
        AlreadyVoted { voter: Address }
        /// The account had no votes at the snapshot.
        NoVotes { voter: Address, snapshot: Timestamp }
        /// A reason has at most `most` bytes.
        ReasonTooLong { length: u32, most: u32 }
        /// OpenZeppelin's: the signature is over another nonce than the account's present one.
        InvalidAccountNonce { account: Address, currentNonce: Uint256 }
        /// One second ago the proposer had fewer votes than a proposal needs.
        BelowProposalThreshold { votes: Points, required: Points }

        // Offers
        /// There is no such offer.
        NoSuchOffer { offer: OfferId }
        /// The same buyer made the same offer before; change the salt.
        OfferExists { offer: OfferId }
        /// The call needs the offer in the status `required`; see [`crate::offer::Status`].
        WrongStatus { current: u8, required: u8 }
        /// Not a currency of this pool; 0x0 is native money.
        CurrencyNotAllowed { currency: Address }
        /// Not on the DAO's list of custodians.
        NotACustodian { account: Address }
        /// Not on the DAO's list of arbiters.
        NotAnArbiter { account: Address }
        /// Buyer, custodian and arbiter are three accounts.
        RolesOverlap { account: Address }
        /// Delivery and dispute periods lie within bounds.
        PeriodOutOfBounds { period_s: u64, least_s: u64, most_s: u64 }
        /// Price and listing fee arrive exactly.
        WrongDeposit { sent: Amount, required: Amount }
        /// Minimum members lie between the DAO's cohort minimum and the members who are in.
        MinimumMembersOutOfBounds { least: u32, most: u32 }
        /// Minimum weight lies between 1 and the weight that is in.
        MinimumWeightOutOfBounds { most: Points }
        /// The members would get less than the DAO's reserve for their weight.
        BelowReserve { net: Amount, reserve_per_million: Amount }
        /// What goes back is at most 10,000 parts of 10,000.
        BpsOutOfBounds { bps: u16 }
        /// One dispute for each offer.
        AlreadyDisputed
        /// One ruling for each offer.
        AlreadyRuled
        /// A range of at least one and at most `most` numbers.
        RangeOutOfBounds { count: u32, most: u32 }
        /// This member's share was already paid or credited.
        AlreadyPaid { number: MemberNumber }
        /// Nothing is due to this account in this currency.
        NothingDue { owner: Address, currency: Address }
        /// The receiver did not take the money: name another address.
        PushFailed { to: Address }

        /// The terms are twelve words, the arguments of `offer`.
        TermsMalformed
        /// Price and fee in a token come by its allowance; native money does not go with it.
        ValueOnTokenPath { value: Amount }
        /// The token did not move the money: allow `escrow` to take price and fee, and hold so much.
        TransferRefused { currency: Address }
        /// The weight of this call does not suffice to pay in this token: call again with more, or for fewer members.
        NotEnoughWeight

        // Proposals
        /// There is no such proposal.
        NoSuchProposal { proposal: ProposalId }
        /// The same proposal was made before; change its description.
        ProposalExists { proposal: ProposalId }
        /// The call needs the proposal in the state `required`; numbers are OpenZeppelin's.
        WrongProposalState { current: u8, required: u8 }
        /// As many targets as calls, at least one and at most `most`.
        CallCountOutOfBounds { targets: u32, calls: u32, most: u32 }
        /// The call at `position` is none of the settings messages of this pool's contracts, or not encoded as such.
        CallNotAllowed { position: u8, target: Address }
        /// A description has at most so many bytes.
        DescriptionTooLong { most: u32 }
        /// The treasury has less than the call would spend.
        TreasuryTooSmall { currency: Address, credit: Amount, asked: Amount }
        /// `escrow` must hold the base amount before the currency is allowed: send it first.
        BaseAmountMissing { currency: Address, held: Amount, base_amount: Amount }
        /// A currency that was allowed before keeps its base amount.
        BaseAmountDiffers { currency: Address, base_amount: Amount }

        // A bound of a value, or of a setting
        /// An amount left its range, as price and listing fee beyond 128 bits do; or a period ends past the end of time.
        Overflow
        /// A settings value lies outside the bounds fixed at deployment; `position` counts the arguments from 0. A bad list
        /// of attesters has the position of its threshold; `escrow`'s constructor counts as [`crate::escrow::construct`] says.
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
