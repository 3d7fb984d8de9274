//! What OpenZeppelin's Governor and the ERCs have beside their rules: a vote's reason, the lists and texts of
//! `ProposalCreated`, and interface ids.

use crate::{
    abi::{Data, Word, selector},
    error::Error,
    hash::Hash32,
};

/// The longest reason, in bytes: event data is paid by the byte, and a reason is a sentence or a link.
pub const MAX_REASON: usize = 256;

/// The `string` at the end of a `VoteCast`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    text: [u8; MAX_REASON],
    len: usize,
}

impl Reason {
    /// No reason: votes by plain call or by signature have none.
    pub const NONE: Self = Self { text: [0; MAX_REASON], len: 0 };

    /// A reason in the voter's own words.
    ///
    /// # Errors
    /// [`Error::ReasonTooLong`].
    pub fn new(words: &str) -> Result<Self, Error> {
        let mut reason = Self { len: words.len(), ..Self::NONE };
        let Some(room) = reason.text.get_mut(..words.len()) else {
            let length = u32::try_from(words.len()).unwrap_or(u32::MAX);
            return Err(Error::ReasonTooLong { length, most: u32::try_from(MAX_REASON).unwrap_or(u32::MAX) });
        };
        room.copy_from_slice(words.as_bytes());
        Ok(reason)
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }
}

impl Word for Reason {
    const SOL: &'static str = "string";
    const WIDTH: usize = 0;

    /// Where the text begins: after the four words of the head.
    fn word(&self) -> Hash32 {
        (4 * 32u64).word()
    }

    fn append(&self, data: &mut Data) {
        data.push(&self.word());
        push_text(data, self.as_bytes());
    }
}

/// What a ballot is about: the description of a `ProposalCreated`, whose last field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An offer that `escrow` holds the money for.
    Offer,
    /// Settings messages that `escrow` will execute. Whoever proposes them needs votes.
    Settings,
}

impl Subject {
    const fn text(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Settings => "settings",
        }
    }
}

/// Words of a `ProposalCreated` before the first that a list or text lies in.
const HEAD: u64 = 9;

impl Word for Subject {
    const SOL: &'static str = "string";
    const WIDTH: usize = 0;

    fn word(&self) -> Hash32 {
        ((HEAD + 4) * 32).word()
    }

    /// An empty list is only its length; the four of them come first.
    fn append(&self, data: &mut Data) {
        data.push(&self.word());
        data.push(&[0; 4 * 32]);
        push_text(data, self.text().as_bytes());
    }
}

macro_rules! empty_lists {
    ($($name:ident $index:literal $sol:literal),+) => { $(
        /// An empty list of a `ProposalCreated`: a ballot calls nothing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;

        impl Word for $name {
            const SOL: &'static str = $sol;
            const WIDTH: usize = 0;

            /// Where its length lies.
            fn word(&self) -> Hash32 {
                ((HEAD + $index) * 32).word()
            }
        }
    )+ };
}
empty_lists!(NoTargets 0 "address[]", NoValues 1 "uint256[]", NoSignatures 2 "string[]", NoCalldatas 3 "bytes[]");

/// Length and bytes of a dynamic value, filled up to whole words.
fn push_text(data: &mut Data, text: &[u8]) {
    data.push(&(text.len() as u64).word());
    data.push(text);
    let filling = text.len().next_multiple_of(32).saturating_sub(text.len());
    data.push([0; 32].get(..filling).unwrap_or_default());
}

/// What ERC-165 calls an interface: the selectors of its functions, combined by exclusive or.
const fn interface(selectors: &[[u8; 4]]) -> [u8; 4] {
    let mut id = 0;
    let mut rest = selectors;
    while let Some((selector, others)) = rest.split_first() {
        id ^= u32::from_be_bytes(*selector);
        rest = others;
    }
    id.to_be_bytes()
}

const ERC165: [u8; 4] = interface(&[selector("supportsInterface", &["bytes4"])]);
const ERC20: [u8; 4] = interface(&[
    selector("totalSupply", &[]),
    selector("balanceOf", &["address"]),
    selector("transfer", &["address", "uint256"]),
    selector("allowance", &["address", "address"]),
    selector("approve", &["address", "uint256"]),
    selector("transferFrom", &["address", "address", "uint256"]),
]);
const ERC20_METADATA: [u8; 4] = interface(&[selector("name", &[]), selector("symbol", &[]), selector("decimals", &[])]);
const ERC6372: [u8; 4] = interface(&[selector("clock", &[]), selector("CLOCK_MODE", &[])]);
/// OpenZeppelin's `IVotes`, which together with ERC-6372 is ERC-5805.
const VOTES: [u8; 4] = interface(&[
    selector("getVotes", &["address"]),
    selector("getPastVotes", &["address", "uint256"]),
    selector("getPastTotalSupply", &["uint256"]),
    selector("delegates", &["address"]),
    selector("delegate", &["address"]),
    selector("delegateBySig", &["address", "uint256", "uint256", "uint8", "bytes32", "bytes32"]),
]);
const ERC5267: [u8; 4] = interface(&[selector("eip712Domain", &[])]);

/// ERC-165. Not Governor's own interface: its proposals are made, and executed, in `escrow`.
pub fn supports_interface(id: [u8; 4]) -> bool {
    [ERC165, ERC20, ERC20_METADATA, ERC6372, VOTES, ERC5267].contains(&id)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn interface_ids_are_those_of_the_ercs() {
        assert_eq!(ERC165, [0x01, 0xff, 0xc9, 0xa7]);
        assert_eq!(ERC20, [0x36, 0x37, 0x2b, 0x07]);
        assert_eq!(ERC20_METADATA, [0xa2, 0x19, 0xa0, 0x25]);
        assert_eq!(ERC6372, [0xda, 0x28, 0x7a, 0x1d]);
        assert_eq!(VOTES, [0xe9, 0x0f, 0xb3, 0xf6]);
        assert_eq!(ERC5267, [0x84, 0xb0, 0x19, 0x6e]);
        assert!(supports_interface(ERC165) && !supports_interface([0xff; 4]) && !supports_interface([0; 4]));
    }

    #[test]
    fn t37_a_reason_is_bounded() {
        let words = |length: usize| Reason::new(&String::from("ü").repeat(length / 2)).map(|reason| reason.len);
        assert_eq!(words(MAX_REASON), Ok(MAX_REASON));
        assert_eq!(words(MAX_REASON + 2), Err(Error::ReasonTooLong { length: 258, most: 256 }));
    }
}
