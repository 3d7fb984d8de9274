//! Numbers that contracts store, log and answer, each with its word for people: every such list is declared once, here.

/// Declares an enum whose variants have a number and a word.
///
/// ```ignore
/// coded! {
///     /// What a door does.
///     pub enum Door {
///         /// Nobody gets in.
///         Closed = 0, "closed";
///     }
/// }
/// assert_eq!((Door::Closed.code(), Door::Closed.name(), Door::from_code(0)), (0, "closed", Some(Door::Closed)));
/// ```
macro_rules! coded {
    ($( $(#[$doc:meta])* pub enum $name:ident {
        $( $(#[$variant_doc:meta])* $variant:ident = $code:literal, $word:literal; )+
    } )+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant = $code, )+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &[Self] = &[ $( Self::$variant ),+ ];

            /// Its number in cells, events and answers.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The one with this number.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $( $code => Some(Self::$variant), )+
                    _ => None,
                }
            }

            /// Its word, in lower case with underscores.
            pub const fn name(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }

            /// The one with this word.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    )+ };
}

coded! {
    /// Where an offer stands. The number 0 means that there is no such offer.
    pub enum Status {
        /// The ballot takes votes.
        Voting = 1, "voting";
        /// Members may still leave.
        OptOut = 2, "opt_out";
        /// Both windows are over; whoever seals it learns how the vote ended.
        AwaitingSeal = 3, "awaiting_seal";
        /// Defeated, a minimum missed, or not delivered in time: the price goes back.
        Refundable = 4, "refundable";
        /// The price went back.
        Refunded = 5, "refunded";
        /// Passed, with final weight and members: the custodian delivers.
        Sealed = 6, "sealed";
        /// The buyer accepts or disputes.
        Delivered = 7, "delivered";
        /// The arbiter rules, or the buyer accepts after all.
        Disputed = 8, "disputed";
        /// Members are being paid.
        Settling = 9, "settling";
        /// Every member is settled.
        Paid = 10, "paid";
    }

    /// What sealing found.
    pub enum Seal {
        /// Nobody has sealed the offer yet.
        Open = 0, "open";
        /// The ballot passed and the minimums are met.
        Sealed = 1, "sealed";
        /// The ballot did not pass.
        Defeated = 2, "defeated";
        /// The ballot passed, but too many members left.
        MinimumMissed = 3, "minimum_missed";
    }

    /// Where a ballot or a proposal stands, as OpenZeppelin's `ProposalState` numbers it.
    pub enum ProposalState {
        /// The ballot takes votes.
        Active = 1, "active";
        /// It did not pass.
        Defeated = 3, "defeated";
        /// It passed. Anybody may execute a proposal now.
        Succeeded = 4, "succeeded";
        /// It passed, and the timelock is running.
        Queued = 5, "queued";
        /// It passed and was not executed in time.
        Expired = 6, "expired";
        /// Its calls were made.
        Executed = 7, "executed";
    }

    /// How somebody votes, as OpenZeppelin's `VoteType` numbers it.
    pub enum Support {
        /// Against the offer or the proposal.
        Against = 0, "against";
        /// For it.
        For = 1, "for";
        /// Neither, but counted for the quorum.
        Abstain = 2, "abstain";
    }

    /// Why a credit grew.
    pub enum CreditReason {
        /// A listing fee, for the treasury.
        ListingFee = 1, "listing_fee";
        /// A price that went back to its buyer.
        Refund = 2, "refund";
        /// What a ruling gave back to the buyer.
        Returned = 3, "returned_by_ruling";
        /// The tips of a call that settled members.
        Tip = 4, "tip";
        /// A share that could not be pushed.
        FailedPush = 5, "failed_push";
        /// The fee and what rounding left, for the treasury.
        FeeAndResidue = 6, "fee_and_residue";
        /// A payment of the treasury, by a proposal.
        TreasuryPayment = 7, "treasury_payment";
    }
}

impl Status {
    /// The end of a sentence that begins with "the offer is".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::OptOut => "in its opt-out window",
            Self::AwaitingSeal => "waiting to be sealed",
            _ => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use super::*;

    /// Numbers and words both lead back to the variant, and no other number or word does.
    fn leads_back<T: Copy + Debug + PartialEq>(
        all: &[T],
        of: impl Fn(T) -> (u8, &'static str),
        from: impl Fn(u8) -> Option<T>,
        named: impl Fn(&str) -> Option<T>,
    ) {
        for one in all {
            let (code, name) = of(*one);
            assert_eq!((from(code), named(name)), (Some(*one), Some(*one)));
        }
        assert_eq!((0..=u8::MAX).filter_map(from).count(), all.len());
        assert_eq!(named(""), None);
    }

    #[test]
    fn every_number_and_every_word_leads_back_to_its_variant() {
        leads_back(Status::ALL, |one| (one.code(), one.name()), Status::from_code, Status::from_name);
        leads_back(Seal::ALL, |one| (one.code(), one.name()), Seal::from_code, Seal::from_name);
        leads_back(
            ProposalState::ALL,
            |one| (one.code(), one.name()),
            ProposalState::from_code,
            ProposalState::from_name,
        );
        leads_back(Support::ALL, |one| (one.code(), one.name()), Support::from_code, Support::from_name);
        leads_back(CreditReason::ALL, |one| (one.code(), one.name()), CreditReason::from_code, CreditReason::from_name);
    }
}
