//! The rules of Chorus: every decision and every sum, without a clock, a chain or I/O.
#![no_std]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::unwrap_used))]

extern crate alloc;

pub mod hash;
pub mod merkle;
pub mod weight;
