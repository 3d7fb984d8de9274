//! The chain as the three contracts see it: time, hashing, recovery, cells, events, calls and payments.
//!
//! Everything goes straight to `pallet-revive`'s host functions: ink!'s `Mapping` and event encoders do the same with
//! more code, and code is weighed on every call. Sizes and costs were read from the pallet's source.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod abi;
mod chain;
#[cfg(target_arch = "riscv64")]
mod memory;

pub use chain::*;

use alloc::vec::Vec;
use chorus_core::error::Error;
use ink::sol::{SolErrorDecode, SolErrorEncode};

/// What a message returns that is refused: nothing, as making this of an error ends the call with the error.
///
/// So the `Result` of a message is as small as what it returns when accepted, and nobody has to look into it.
pub enum Refused {}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        refuse(error)
    }
}

impl SolErrorEncode for Refused {
    fn encode(&self) -> Vec<u8> {
        match *self {}
    }
}

impl SolErrorDecode for Refused {
    /// ink! asks for it in case a contract made another with a typed reference; ours call each other by bytes.
    fn decode(_: &[u8]) -> Result<Self, ink::sol::Error> {
        Err(ink::sol::Error)
    }
}
