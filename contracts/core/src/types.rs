//! Identifiers, amounts and moments as types: what is parsed once need not be checked again.

use crate::hash::Hash32;

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $inner);

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }
    };
}

newtype! {
    /// A 20-byte account or contract address.
    Address([u8; 20])
}
newtype! {
    /// A member's number, for life, in order of joining; the first is 1.
    MemberNumber(u32)
}
newtype! {
    /// A sale's number; the first is 1, the last [`crate::attestations::MAX_SALES`].
    SaleNumber(u32)
}
newtype! {
    /// An offer's id, which is its ballot's id too: the EIP-712 hash of the whole offer.
    OfferId(Hash32)
}
newtype! {
    /// A proposal's id, which is its ballot's id too: the EIP-712 hash of its calls and description.
    ProposalId(Hash32)
}
newtype! {
    /// The id of a ballot: that of the offer or the proposal it is about.
    BallotId(Hash32)
}
newtype! {
    /// What one contribution weighs, in points.
    Weight(u32)
}
newtype! {
    /// A sum of weights, or votes, in points.
    Points(u64)
}
newtype! {
    /// Money in a currency's smallest unit; native money has 18 decimals.
    Amount(u128)
}
newtype! {
    /// Unix time in seconds, as ERC-6372 counts it with `mode=timestamp`.
    Timestamp(u64)
}

impl From<OfferId> for BallotId {
    fn from(offer: OfferId) -> Self {
        Self(offer.0)
    }
}

impl From<ProposalId> for BallotId {
    fn from(proposal: ProposalId) -> Self {
        Self(proposal.0)
    }
}

impl Address {
    /// Nobody; as a currency native money, as the owner of a credit the treasury.
    pub const ZERO: Self = Self([0; 20]);
}

/// Seconds of a day.
pub const DAY_S: u64 = 24 * 60 * 60;

/// A whole unit of native money, which has 18 decimals.
pub const WHOLE_UNIT: u128 = 1_000_000_000_000_000_000;

/// Parts of ten thousand; never more than all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bps(u16);

impl Bps {
    /// The whole: 10,000.
    pub const WHOLE: Self = Self(10_000);

    /// `parts` of 10,000, or `None` when that is more than the whole.
    pub const fn new(parts: u16) -> Option<Self> {
        if parts <= Self::WHOLE.0 { Some(Self(parts)) } else { None }
    }

    /// [`Self::new`] for a constant, which does not compile when it is more than the whole.
    pub const fn of(parts: u16) -> Self {
        match Self::new(parts) {
            Some(bps) => bps,
            None => panic!("more than the whole"),
        }
    }

    /// How many of 10,000.
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// One purpose of use, by its place in the list of texts fixed at deployment: 0 to 15.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(u8);

impl Purpose {
    /// The most purposes a pool can have.
    pub const MAX: u8 = 16;

    /// The purpose at `index` of a pool with `count` of them.
    pub const fn new(index: u8, count: u8) -> Option<Self> {
        if index < count && index < Self::MAX { Some(Self(index)) } else { None }
    }

    /// Its place in the list.
    pub const fn index(self) -> u8 {
        self.0
    }
}

/// The purposes a member allows, a bit each. None unless the member says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Purposes(u16);

impl Purposes {
    /// No purpose at all.
    pub const NONE: Self = Self(0);

    /// The purposes of `bits`, or `None` when one lies outside a pool's first `count`.
    pub const fn new(bits: u16, count: u8) -> Option<Self> {
        let known = match 1u32.checked_shl(count as u32) {
            Some(past) => past.saturating_sub(1),
            None => u32::MAX,
        };
        if bits as u32 & !known == 0 { Some(Self(bits)) } else { None }
    }

    /// The bits that storage held; they were checked when they went in.
    pub(crate) const fn stored(bits: u16) -> Self {
        Self(bits)
    }

    /// The bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    pub(crate) const fn allows_index(self, index: u8) -> bool {
        match 1u16.checked_shl(index as u32) {
            Some(bit) => self.0 & bit != 0,
            None => false,
        }
    }
}
