//! The rules of Chorus: every decision and every sum, without a clock, a chain or I/O.
#![no_std]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests")
)]

extern crate alloc;

pub mod attestations;
pub mod escrow;
pub mod votes;

pub mod money;
pub mod offer;

pub mod contract;
pub mod error;
pub mod event;
pub mod names;
pub mod packing;
pub mod settings;
pub mod signed_types;
pub mod sisters;

pub mod checkpoints;
pub mod compat;
pub mod eip712;
pub mod math;
pub mod merkle;
pub mod pause;
pub mod signed;
pub mod weight;

pub mod abi;
pub mod cells;
pub mod fields;
pub mod hash;
pub mod types;
