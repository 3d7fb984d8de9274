//! The Chorus command line, and the library below it that the end-to-end player and the tests use.

pub mod actions;
pub mod amount;
pub mod attester;
pub mod contribute;
pub mod custody;
pub mod deploy;
pub mod keeper;
pub mod powers;
pub mod proposals;
pub mod relay;
pub mod signed;
