//! Properties and conformance of the rules, over the executable model.
//!
//! A test's name carries the ids it covers: `t` of the threats, `k v g q p` of conformance, `i` and `f` of
//! `tests/INVARIANTS.md`.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, clippy::cast_possible_truncation, reason = "tests")]

mod stage;

mod ballots;
mod batches;
mod cells;
mod cohorts;
mod contributions;
mod delegation;
mod deployment;
mod offers;
mod pauses;
mod proposals;
mod relayed;
mod relays;
mod settings;
mod signed_votes;
mod split;
mod tokens;
mod voting;

mod random;
mod walk;
