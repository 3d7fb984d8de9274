//! The chain as the three contracts see it: arguments, time, hashing, recovery, cells, events, calls and payments.
//!
//! Everything goes straight to `pallet-revive`'s host functions: ink!'s decoders, `Mapping` and encoders do the same
//! with more code, and code is weighed on every call. Sizes and costs were read from the pallet's source.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod abi;
mod arguments;
mod chain;
#[cfg(target_arch = "riscv64")]
mod memory;

pub use arguments::{Addresses, Arg, Argument, Array, Bytes, BytesList, Given, Text};
pub use chain::*;

use chorus_core::{abi::Word, error::Error, hash::Hash32};

/// The end of a message that answers one word.
pub fn answer(value: impl Word) -> ! {
    end(&value.word())
}

/// The end of a message that answers several words.
pub fn answer_words<const N: usize>(words: [Hash32; N]) -> ! {
    end(words.as_flattened())
}

/// The end of a message that answers nothing.
pub fn done(result: Result<(), Error>) -> ! {
    ok(result);
    end(&[])
}

/// What was found, or the end of the call: with the error, and as if nothing had happened.
pub fn ok<T>(result: Result<T, Error>) -> T {
    result.unwrap_or_else(|error| refuse(error))
}
