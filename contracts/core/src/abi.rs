//! The Solidity ABI of events and errors, from one declaration each.
//!
//! A contract's events are declared once, in [`crate::event`]; errors once, in [`crate::error`]. From that come
//! the enum that the rules use, its encoding for the chain, and (through the exported `…_abi!` macros, which only
//! a contract's metadata build expands) its entry in the contract's ABI file. A field of an event may be a group of
//! values ([`crate::fields`]), which the ABI has side by side.

use crate::{
    hash::Hash32,
    types::{Address, Amount, BallotId, Bps, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight},
};

/// A static ABI type: what fits one 32-byte word. Only what [`crate::compat`] declares writes more.
pub trait Word {
    /// Its name in Solidity.
    const SOL: &'static str;
    /// How many of the low bytes of its word it uses; 0 for a list or a text, whose word is an offset.
    const WIDTH: usize;

    /// The value as a big-endian word.
    fn word(&self) -> Hash32;

    /// Appends the value to event or error data.
    fn append(&self, data: &mut Data) {
        data.push(&self.word());
    }
}

/// A static ABI type that calls bring.
pub trait FromWord: Word + Sized {
    /// The value that a word is, or `None` if it is out of the type's range.
    fn from_word(word: &Hash32) -> Option<Self>;
}

/// One word of a message's arguments, of an event or of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; empty where the name stands beside it, see [`Fields`].
    pub name: &'static str,
    /// Its Solidity type.
    pub ty: &'static str,
    /// See [`Word::WIDTH`].
    pub width: usize,
    /// What it is, as its documentation says.
    pub help: &'static str,
}

/// One value, or a group of values that always go together: as arguments, in an event, in an answer.
pub trait Fields {
    /// The one value without a name, or the group's values with theirs.
    const FIELDS: &'static [Field];

    /// Appends the values to event data.
    fn append_fields(&self, data: &mut Data);
}

impl<T: Word> Fields for T {
    const FIELDS: &'static [Field] = &[Field { name: "", ty: T::SOL, width: T::WIDTH, help: "" }];

    fn append_fields(&self, data: &mut Data) {
        Word::append(self, data);
    }
}

/// Event or error data under construction: at most fifteen words and a selector.
pub struct Data {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl Data {
    const CAPACITY: usize = 4 + 15 * 32;

    /// Data to be filled.
    pub const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], len: 0 }
    }

    /// Appends `bytes`. What would not fit is not written; no event or error is longer.
    pub fn push(&mut self, bytes: &[u8]) {
        let end = self.len.saturating_add(bytes.len());
        if let Some(room) = self.bytes.get_mut(self.len..end) {
            room.copy_from_slice(bytes);
            self.len = end;
        }
    }

    /// What has been written.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Default for Data {
    fn default() -> Self {
        Self::new()
    }
}

/// Up to four topics of an event: its signature and at most three indexed fields.
pub struct Topics {
    words: [Hash32; 4],
    len: usize,
}

impl Topics {
    /// Topics to be filled.
    pub const fn new() -> Self {
        Self { words: [[0; 32]; 4], len: 0 }
    }

    /// Adds the signature hash, and then an indexed field.
    pub fn push(&mut self, word: Hash32) {
        if let Some(room) = self.words.get_mut(self.len) {
            *room = word;
            self.len = self.len.saturating_add(1);
        }
    }

    /// The topics so far.
    pub fn as_slice(&self) -> &[Hash32] {
        self.words.get(..self.len).unwrap_or_default()
    }
}

impl Default for Topics {
    fn default() -> Self {
        Self::new()
    }
}

/// What a contract logs.
pub trait Event {
    /// Writes topics and data, as `pallet-revive` deposits them, where the caller has room: nothing of it is moved
    /// again.
    fn encode_to(&self, topics: &mut Topics, data: &mut Data);

    /// Topics and data.
    fn encode(&self) -> (Topics, Data) {
        let (mut topics, mut data) = (Topics::new(), Data::new());
        self.encode_to(&mut topics, &mut data);
        (topics, data)
    }
}

/// A `uint256`, big endian.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uint256(pub Hash32);

impl From<u64> for Uint256 {
    fn from(value: u64) -> Self {
        Self(value.word())
    }
}

impl From<Points> for Uint256 {
    fn from(points: Points) -> Self {
        points.0.into()
    }
}

impl From<BallotId> for Uint256 {
    fn from(id: BallotId) -> Self {
        Self(id.0)
    }
}

impl From<Uint256> for BallotId {
    fn from(number: Uint256) -> Self {
        Self(number.0)
    }
}

/// The first four bytes of an error: which one it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selector(pub [u8; 4]);

impl Word for Selector {
    const SOL: &'static str = "bytes4";
    const WIDTH: usize = 32;

    /// Fixed bytes stand at the left of their word.
    fn word(&self) -> Hash32 {
        let mut word = [0; 32];
        if let Some(head) = word.first_chunk_mut::<4>() {
            *head = self.0;
        }
        word
    }
}

impl FromWord for Selector {
    fn from_word(word: &Hash32) -> Option<Self> {
        let (value, rest) = word.split_first_chunk::<4>()?;
        rest.iter().all(|byte| *byte == 0).then_some(Self(*value))
    }
}

/// The last field of an event that ends with `bytes`: where they begin. Whoever logs the event appends them, see
/// [`tail`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail;

impl Word for Tail {
    const SOL: &'static str = "bytes";
    const WIDTH: usize = 0;

    fn word(&self) -> Hash32 {
        0u64.word()
    }

    fn append(&self, data: &mut Data) {
        let begins = u64::try_from(data.len).unwrap_or_default().saturating_add(32);
        data.push(&begins.word());
    }
}

/// The data of an event that ends with a [`Tail`]: its head, then `bytes` with their length, padded to whole words.
pub fn tail(head: &Data, bytes: &[u8]) -> alloc::vec::Vec<u8> {
    let mut data = head.as_bytes().to_vec();
    data.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or_default().word());
    data.extend_from_slice(bytes);
    data.resize(data.len().next_multiple_of(32), 0);
    data
}

/// Reads calldata word by word, and remembers whether any of it was out of range: a wallet shows what is executed.
pub struct Words<'a> {
    rest: &'a [u8],
    malformed: bool,
}

impl<'a> Words<'a> {
    /// A reader at the first word.
    pub const fn new(words: &'a [u8]) -> Self {
        Self { rest: words, malformed: false }
    }

    /// The next word, whose value fits its low `bytes` bytes.
    pub fn word(&mut self, bytes: usize) -> Hash32 {
        let Some((word, rest)) = self.rest.split_first_chunk::<32>() else {
            self.malformed = true;
            return [0; 32];
        };
        self.rest = rest;
        self.malformed |= word.iter().take(32usize.saturating_sub(bytes)).any(|byte| *byte != 0);
        *word
    }

    /// The next word, an unsigned integer of `bytes` bytes, at most 16.
    pub fn uint(&mut self, bytes: usize) -> u128 {
        u128::from_be_bytes(self.word(bytes).last_chunk().copied().unwrap_or_default())
    }

    /// The next word, a `uint64`.
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit makes the whole malformed")]
    pub fn uint64(&mut self) -> u64 {
        self.uint(8) as u64
    }

    /// The next word, a `uint32`.
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit makes the whole malformed")]
    pub fn uint32(&mut self) -> u32 {
        self.uint(4) as u32
    }

    /// The next word, a `uint16`.
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit makes the whole malformed")]
    pub fn uint16(&mut self) -> u16 {
        self.uint(2) as u16
    }

    /// The next word, a `uint8`.
    #[allow(clippy::cast_possible_truncation, reason = "what does not fit makes the whole malformed")]
    pub fn uint8(&mut self) -> u8 {
        self.uint(1) as u8
    }

    /// The next word, an address.
    pub fn address(&mut self) -> Address {
        Address(self.word(20).last_chunk().copied().unwrap_or_default())
    }

    /// Whether that was all of it, and all in range.
    pub const fn is_well_formed(&self) -> bool {
        self.rest.is_empty() && !self.malformed
    }
}

/// `bytes`, right-aligned in a word.
fn right_aligned<const N: usize>(bytes: [u8; N]) -> Hash32 {
    let mut word = [0; 32];
    if let Some(tail) = word.last_chunk_mut::<N>() {
        *tail = bytes;
    }
    word
}

/// The last `N` bytes of a word, if the others are zero.
fn from_right<const N: usize>(word: &Hash32) -> Option<[u8; N]> {
    let (rest, value) = word.split_last_chunk::<N>()?;
    rest.iter().all(|byte| *byte == 0).then_some(*value)
}

macro_rules! integers {
    ($($int:ty => $sol:literal),+) => { $(
        impl Word for $int {
            const SOL: &'static str = $sol;
            const WIDTH: usize = size_of::<$int>();

            fn word(&self) -> Hash32 {
                right_aligned(self.to_be_bytes())
            }
        }

        impl FromWord for $int {
            fn from_word(word: &Hash32) -> Option<Self> {
                from_right(word).map(Self::from_be_bytes)
            }
        }
    )+ };
}
integers!(u8 => "uint8", u16 => "uint16", u32 => "uint32", u64 => "uint64", u128 => "uint128");

macro_rules! newtypes {
    ($($name:ty => $inner:ty),+) => { $(
        impl Word for $name {
            const SOL: &'static str = <$inner as Word>::SOL;
            const WIDTH: usize = <$inner as Word>::WIDTH;

            fn word(&self) -> Hash32 {
                self.0.word()
            }
        }

        impl FromWord for $name {
            fn from_word(word: &Hash32) -> Option<Self> {
                <$inner>::from_word(word).map(Self)
            }
        }
    )+ };
}
newtypes!(
    MemberNumber => u32, SaleNumber => u32, Weight => u32, Points => u64, Timestamp => u64, Amount => u128,
    OfferId => Hash32, ProposalId => Hash32, BallotId => Hash32
);

impl Word for bool {
    const SOL: &'static str = "bool";
    const WIDTH: usize = 1;

    fn word(&self) -> Hash32 {
        u8::from(*self).word()
    }
}

impl Word for Hash32 {
    const SOL: &'static str = "bytes32";
    const WIDTH: usize = 32;

    fn word(&self) -> Hash32 {
        *self
    }
}

impl FromWord for Hash32 {
    fn from_word(word: &Hash32) -> Option<Self> {
        Some(*word)
    }
}

impl Word for Uint256 {
    const SOL: &'static str = "uint256";
    const WIDTH: usize = 32;

    fn word(&self) -> Hash32 {
        self.0
    }
}

impl FromWord for Uint256 {
    fn from_word(word: &Hash32) -> Option<Self> {
        Some(Self(*word))
    }
}

impl Word for Address {
    const SOL: &'static str = "address";
    const WIDTH: usize = 20;

    fn word(&self) -> Hash32 {
        right_aligned(self.0)
    }
}

impl FromWord for Address {
    fn from_word(word: &Hash32) -> Option<Self> {
        from_right(word).map(Self)
    }
}

impl Word for Bps {
    const SOL: &'static str = <u16 as Word>::SOL;
    const WIDTH: usize = <u16 as Word>::WIDTH;

    fn word(&self) -> Hash32 {
        self.get().word()
    }
}

/// Keccak-256 of `Name(type,…)`, at compile time.
pub const fn signature(name: &str, types: &[&str]) -> Hash32 {
    let mut hasher = keccak_const::Keccak256::new().update(name.as_bytes()).update(b"(");
    let mut rest = types;
    while let Some((first, others)) = rest.split_first() {
        hasher = hasher.update(first.as_bytes());
        if !others.is_empty() {
            hasher = hasher.update(b",");
        }
        rest = others;
    }
    hasher.update(b")").finalize()
}

/// [`signature`] of the types of all these fields.
pub const fn signature_of(name: &str, groups: &[&[Field]]) -> Hash32 {
    let mut hasher = keccak_const::Keccak256::new().update(name.as_bytes()).update(b"(");
    let (mut groups, mut separator) = (groups, "");
    while let Some((fields, others)) = groups.split_first() {
        let mut fields = *fields;
        while let Some((field, rest)) = fields.split_first() {
            hasher = hasher.update(separator.as_bytes()).update(field.ty.as_bytes());
            (fields, separator) = (rest, ",");
        }
        groups = others;
    }
    hasher.update(b")").finalize()
}

/// The first four bytes of a [`signature`].
pub const fn selector(name: &str, types: &[&str]) -> [u8; 4] {
    head(signature(name, types))
}

/// The first four bytes of a [`signature_of`].
pub const fn selector_of(name: &str, groups: &[&[Field]]) -> [u8; 4] {
    head(signature_of(name, groups))
}

const fn head(hash: Hash32) -> [u8; 4] {
    match hash.first_chunk::<4>() {
        Some(selector) => *selector,
        None => [0; 4],
    }
}

/// Whether two texts are the same, at compile time.
pub const fn same_text(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let (Some((x, others)), Some((y, rest))) = (a.split_first(), b.split_first()) {
        if *x != *y {
            return false;
        }
        (a, b) = (others, rest);
    }
    a.is_empty() && b.is_empty()
}

/// Declares an enum of events; see the module.
macro_rules! events {
    ($(#[$doc:meta])* $name:ident, $abi:ident, {
        $( $(#[doc = $event_doc:literal])* $event:ident {
            $( #[indexed] $topic:ident: $topic_type:ty, )*
            $( $field:ident: $field_type:ty, )*
        } )+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, non_snake_case, reason = "fields are named as in the ABI, and units are in the types")]
        pub enum $name {
            $( $(#[doc = $event_doc])* $event { $( $topic: $topic_type, )* $( $field: $field_type, )* }, )+
        }

        impl $crate::abi::Event for $name {
            #[allow(non_snake_case, reason = "fields are named as in the ABI")]
            fn encode_to(&self, topics: &mut $crate::abi::Topics, data: &mut $crate::abi::Data) {
                match self {
                    $( Self::$event { $( $topic, )* $( $field, )* } => {
                        const SIGNATURE: $crate::hash::Hash32 = $crate::abi::signature_of(stringify!($event), &[
                            $( <$topic_type as $crate::abi::Fields>::FIELDS, )*
                            $( <$field_type as $crate::abi::Fields>::FIELDS, )*
                        ]);
                        topics.push(SIGNATURE);
                        $( topics.push($crate::abi::Word::word($topic)); )*
                        $( $crate::abi::Fields::append_fields($field, data); )*
                    } )+
                }
            }
        }

        /// Hands every event to `$with!`, for the ABI file.
        #[macro_export]
        macro_rules! $abi {
            ($with:ident) => { $(
                $with!(
                    $event,
                    [ $( (stringify!($topic), <$topic_type as $crate::abi::Fields>::FIELDS, true), )*
                      $( (stringify!($field), <$field_type as $crate::abi::Fields>::FIELDS, false), )* ]
                );
            )+ };
        }
    };
}

/// Declares the enum of errors; see the module.
macro_rules! errors {
    ($(#[$doc:meta])* $name:ident, $abi:ident, {
        $( $(#[$error_doc:meta])* $error:ident $({ $( $field:ident: $field_type:ty ),* $(,)? })? $(,)? )+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs, non_snake_case, reason = "fields are named as in the ABI, and units are in the types")]
        pub enum $name {
            $( $(#[$error_doc])* $error $({ $( $field: $field_type, )* })?, )+
        }

        impl $name {
            /// Selector and arguments, as a Solidity `revert` returns them.
            #[allow(non_snake_case, reason = "fields are named as in the ABI")]
            pub fn encode(&self) -> $crate::abi::Data {
                let mut data = $crate::abi::Data::new();
                match self {
                    $( Self::$error $({ $( $field, )* })? => {
                        const SELECTOR: [u8; 4] = $crate::abi::selector(stringify!($error), &[
                            $( $( <$field_type as $crate::abi::Word>::SOL, )* )?
                        ]);
                        data.push(&SELECTOR);
                        $( $( $crate::abi::Word::append($field, &mut data); )* )?
                    } )+
                }
                data
            }

            /// Which error it is, without its values.
            pub fn selector(&self) -> $crate::abi::Selector {
                $crate::abi::Selector(self.encode().as_bytes().first_chunk::<4>().copied().unwrap_or_default())
            }
        }

        /// Hands every error to `$with!`, for the ABI file.
        #[macro_export]
        macro_rules! $abi {
            ($with:ident) => { $(
                $with!($error, [ $( $( (stringify!($field), <$field_type as $crate::abi::Word>::SOL), )* )? ]);
            )+ };
        }
    };
}

pub(crate) use {errors, events};

#[cfg(test)]
mod tests {
    use core::fmt::Debug;

    use proptest::prelude::*;

    use super::*;

    /// The word is not a value of `T`, or that value is this word again.
    fn is_exact<T: FromWord + Debug>(word: &Hash32) -> bool {
        T::from_word(word).is_none_or(|value| value.word() == *word)
    }

    proptest! {
        #[test]
        fn what_is_read_of_a_word_is_that_word_or_nothing(low: [u8; 20], at in 0..32usize, byte: u8) {
            let mut word = right_aligned(low);
            word[at] = byte;
            prop_assert!(is_exact::<u8>(&word) && is_exact::<u32>(&word) && is_exact::<u64>(&word));
            prop_assert!(is_exact::<u128>(&word) && is_exact::<Points>(&word) && is_exact::<Address>(&word));
            prop_assert!(is_exact::<Selector>(&word) && is_exact::<Uint256>(&word) && is_exact::<Hash32>(&word));
        }

        #[test]
        fn every_value_is_read_back(byte: u8, number: u64, amount: u128, account: [u8; 20], head: [u8; 4]) {
            prop_assert_eq!(u8::from_word(&byte.word()), Some(byte));
            prop_assert_eq!(Timestamp::from_word(&number.word()), Some(Timestamp(number)));
            prop_assert_eq!(Amount::from_word(&amount.word()), Some(Amount(amount)));
            prop_assert_eq!(Address::from_word(&Address(account).word()), Some(Address(account)));
            prop_assert_eq!(Selector::from_word(&Selector(head).word()), Some(Selector(head)));
            prop_assert_eq!(Hash32::from_word(&number.word()), Some(number.word()));
            prop_assert_eq!(Uint256::from_word(&amount.word()), Some(Uint256(amount.word())));
            let read = Words::new(&byte.word()).uint8();
            prop_assert_eq!(read, byte);
        }
    }

    #[test]
    fn a_tail_is_found_where_its_head_says_and_is_padded() {
        let mut head = Data::new();
        true.append(&mut head);
        Tail.append(&mut head);
        // true, then 64: the tail begins after two words, with its length.
        let mut why = [0; 32];
        why[..3].copy_from_slice(b"why");
        assert_eq!(tail(&head, b"why"), [1u64.word(), 64u64.word(), 3u64.word(), why].concat());
        assert_eq!(tail(&head, &[]).len(), 3 * 32);
    }

    #[test]
    fn data_takes_a_selector_and_fifteen_words_and_no_more() {
        assert_eq!(Data::CAPACITY, 484);
    }

    #[test]
    fn texts_are_the_same_from_their_first_to_their_last_byte() {
        assert!(same_text("pause", "pause") && same_text("", ""));
        assert!(!same_text("pause", "pauses") && !same_text("pauses", "pause") && !same_text("pause", "cause"));
    }
}
