//! Properties and conformance of the rules, over the executable model.
//!
//! A test's name carries the ids it covers: `t` of the threats, `k v g q p` of conformance, `i` and `f` of
//! `tests/INVARIANTS.md`.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests")]

mod stage;

mod contributions;
mod cohorts;
mod delegation;
mod ballots;
mod offers;
mod split;
mod pauses;

mod random;
mod walk;
