//! The chain as the three contracts see it: time, hashing, recovery, cells, events, calls and payments.
//!
//! Everything goes straight to `pallet-revive`'s host functions: ink!'s `Mapping` and event encoders do the same with
//! more code, and code is weighed on every call. Sizes and costs were read from the pallet's source.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "std")]
pub mod abi;
mod chain;

pub use chain::*;

use alloc::vec::Vec;
use chorus_core::error::Error;
use ink::sol::{SolErrorDecode, SolErrorEncode};

/// A refusal on its way out: ink! reverts with its Solidity encoding.
pub struct Refused(pub Error);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl SolErrorEncode for Refused {
    fn encode(&self) -> Vec<u8> {
        self.0.encode().as_bytes().to_vec()
    }
}

impl SolErrorDecode for Refused {
    /// ink! asks for it in case a contract made another with a typed reference; ours call each other by bytes.
    fn decode(_: &[u8]) -> Result<Self, ink::sol::Error> {
        Err(ink::sol::Error)
    }
}
