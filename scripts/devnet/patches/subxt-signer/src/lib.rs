//! `subxt-signer` 0.51 under the version that `pallet-revive` asks for.
//!
//! The pallet signs test transactions with 0.50, which brings a second copy of all of subxt. The source of the two
//! signers is the same, so the pallet gets the one that is compiled for the clients anyway.

#![no_std]

pub use newer::*;
