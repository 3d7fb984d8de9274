//! The messages that the three contracts send each other, declared once. The bindings compare them with the ABI files.

use crate::{abi::selector, contract::Contract};

/// A message from one contract of the pool to another.
#[derive(Clone, Copy, Debug)]
pub struct SisterMessage {
    /// The contract that takes it.
    pub to: Contract,
    /// Its name.
    pub name: &'static str,
    /// The first four bytes of its calldata.
    pub selector: [u8; 4],
}

macro_rules! sisters {
    ($( $(#[$doc:meta])* $constant:ident = $to:ident $name:ident ( $($ty:literal),* ); )+) => {
        $( $(#[$doc])* pub const $constant: SisterMessage = SisterMessage {
            to: Contract::$to,
            name: stringify!($name),
            selector: selector(stringify!($name), &[ $($ty),* ]),
        }; )+

        /// All of them.
        pub const SISTER_MESSAGES: &[SisterMessage] = &[ $( $constant ),+ ];
    };
}

sisters! {
    /// `attestations` makes balances equal to weights.
    MIRROR = Votes mirror("bytes");
    /// `escrow` opens the ballot on an offer.
    OPEN_BALLOT = Votes openBallot("uint256", "address");
    /// `escrow` opens the ballot on a proposal.
    OPEN_PROPOSAL = Votes openProposal("uint256", "address");
    /// `escrow` asks how a ballot ended.
    OUTCOME = Votes outcome("uint256");
    /// `escrow` opens the sale of an offer.
    OPEN_SALE = Attestations openSale("uint8", "uint64");
    /// `escrow` asks how much weight and how many members are in a sale.
    SALE_TOTALS = Attestations saleTotals("uint32");
    /// `escrow` asks for a member's number and weight in a sale.
    SHARE_OF = Attestations shareOf("uint32", "address");
    /// `escrow` asks for the members of a range, and their weights in a sale.
    SHARES_IN = Attestations sharesIn("uint32", "uint32", "uint32");
}
