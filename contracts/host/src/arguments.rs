//! What a message is given: words of the call's data, read when the message asks for them.
//!
//! ink! decodes all arguments of a call before it looks which message they are for, with code of its own for each
//! combination of types, and encodes answers likewise: a quarter of a contract's code, which every call carries as
//! proof. So to ink! an argument is nothing but the name of its type, for selector and ABI file. Like Solidity, and
//! unlike ink!, a value out of its type's range is refused. What lies past the end of the call's data reads as zeros.

use alloc::{string::String, vec::Vec};
use core::marker::PhantomData;

use chorus_core::{abi::FromWord, types::Address};
use ink::{SolDecode, SolEncode};

use crate::chain::{argument_bytes, argument_word, malformed};

/// The most bytes of a list or a text.
pub(crate) const MAX_BYTES: u32 = 16_384;

/// An argument of type `T`, which begins in word `WORD` of a message's arguments; the first is word 0.
///
/// `HEAD` is how many bytes come before the arguments: a message's selector. A constructor has none, see [`Given`].
pub struct Arg<T, const WORD: u32, const HEAD: u32 = 4>(PhantomData<T>);

/// An argument of a constructor.
pub type Given<T, const WORD: u32> = Arg<T, WORD, 0>;

impl<T: Argument, const WORD: u32, const HEAD: u32> Arg<T, WORD, HEAD> {
    /// The value. Ends the call if it is not of this type.
    pub fn get(&self) -> T::Value {
        T::read(HEAD + 32 * WORD, HEAD)
    }
}

impl<T: Argument, const WORD: u32, const HEAD: u32> SolDecode for Arg<T, WORD, HEAD> {
    type SolType = ();

    const SOL_NAME: &'static str = T::SOL;

    fn from_sol_type((): ()) -> Result<Self, ink::sol::Error> {
        Ok(Self(PhantomData))
    }
}

/// ink! asks for it in case a contract calls another by a typed reference; ours call each other by bytes.
impl<T: Argument, const WORD: u32, const HEAD: u32> SolEncode<'_> for Arg<T, WORD, HEAD> {
    type SolType = ();

    const SOL_NAME: &'static str = T::SOL;

    fn to_sol_type(&self) {}
}

/// A type that arguments have.
pub trait Argument {
    /// Its name in Solidity.
    const SOL: &'static str;
    /// What it is read as.
    type Value;
    /// Reads the argument whose head is at byte `at`; offsets count from byte `from`.
    fn read(at: u32, from: u32) -> Self::Value;
}

impl<T: FromWord> Argument for T {
    const SOL: &'static str = T::SOL;
    type Value = T;

    fn read(at: u32, _: u32) -> T {
        word(at)
    }
}

/// `bytes`.
pub struct Bytes;

impl Argument for Bytes {
    const SOL: &'static str = "bytes";
    type Value = Vec<u8>;

    fn read(at: u32, from: u32) -> Vec<u8> {
        let begins = behind(at, from);
        argument_bytes(begins + 32, bounded(begins, MAX_BYTES))
    }
}

/// `string`.
pub struct Text;

impl Argument for Text {
    const SOL: &'static str = "string";
    type Value = String;

    fn read(at: u32, from: u32) -> String {
        String::from_utf8(Bytes::read(at, from)).unwrap_or_else(|_| malformed())
    }
}

/// `address[]`.
pub struct Addresses;

impl Argument for Addresses {
    const SOL: &'static str = "address[]";
    type Value = Vec<Address>;

    fn read(at: u32, from: u32) -> Vec<Address> {
        let begins = behind(at, from);
        entries(begins).map(word).collect()
    }
}

/// `bytes[]`.
pub struct BytesList;

impl Argument for BytesList {
    const SOL: &'static str = "bytes[]";
    type Value = Vec<Vec<u8>>;

    fn read(at: u32, from: u32) -> Vec<Vec<u8>> {
        let begins = behind(at, from);
        entries(begins).map(|entry| Bytes::read(entry, begins + 32)).collect()
    }
}

/// `T[N]`.
pub struct Array<T, const N: usize>(PhantomData<T>);

impl<T: FromWord + SolDecode, const N: usize> Argument for Array<T, N>
where
    [T; N]: SolDecode,
{
    const SOL: &'static str = <[T; N] as SolDecode>::SOL_NAME;
    type Value = [T; N];

    fn read(at: u32, _: u32) -> [T; N] {
        core::array::from_fn(|index| word(at + 32 * index as u32))
    }
}

/// The word at byte `at`.
fn word<T: FromWord>(at: u32) -> T {
    T::from_word(&argument_word(at)).unwrap_or_else(|| malformed())
}

/// Where the list or text begins whose head is at byte `at`.
fn behind(at: u32, from: u32) -> u32 {
    from + bounded(at, MAX_BYTES)
}

/// Where the heads of a list's entries are, a word each.
fn entries(begins: u32) -> impl Iterator<Item = u32> {
    let first = begins + 32;
    (first..first + 32 * bounded(begins, MAX_BYTES / 32)).step_by(32)
}

/// The number at byte `at`, which is at most `most`.
fn bounded(at: u32, most: u32) -> u32 {
    let value: u32 = word(at);
    if value > most { malformed() } else { value }
}
