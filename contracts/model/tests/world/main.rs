//! Properties and conformance of the rules, over the executable model.
//!
//! The ids of `tests/INVARIANTS.md` that a test shows begin its name, or stand above it.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests")]

mod steps;

mod ballots;
mod batches;
mod cells;
mod contributions;
mod delegation;
mod deployment;
mod offers;
mod pauses;
mod proposals;
mod sales;
mod settings;
mod signed_acts;
mod signed_claims;
mod signed_votes;
mod split;
mod thresholds;
mod tokens;

mod random;
mod walk;
