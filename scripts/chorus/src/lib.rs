//! The Chorus command line, and the library below it that the end-to-end player and the tests use.

// What everybody uses.
pub mod actions;
pub mod amount;
pub mod files;
pub mod words;

mod limits;

// Members: contributing, and acts that others relay.
pub mod attestation;
pub mod contribute;
pub mod relay;
pub mod signed;

// Attesters, custodians, keepers.
pub mod attester;
pub mod custody;
pub mod keeper;

// The pool and its own calls.
pub mod deploy;
pub mod powers;
pub mod proposals;
