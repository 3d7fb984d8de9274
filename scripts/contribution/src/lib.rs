//! From a Spotify export to a contribution, a delivery, and the proof that nothing was changed on the way.
//!
//! ```text
//! export files ── source, json ──▶ raw rows ── extended, account ──▶ plays with clock times
//!      └ rows::distinct: drop twins and clock times ──▶ rows in canonical order ── commitment, weight
//!           ├─ attestation::request ──▶ attesters: check ──▶ a verdict to sign
//!           └─ bundle::write ──▶ custodian: delivery::assemble ──▶ buyer: delivery::verify
//! ```
//!
//! Nothing here writes a file, keeps a clock or knows a chain: callers bring readers, writers and the day. So all of it
//! compiles to WebAssembly, except [`fs`], which opens paths on a machine that has a file system.
//!
//! These stay on the member's machine: IP address, country, platform, device, clock times, and every other field that
//! is not one of the twelve in [`Field`]. The account's name goes to the attesters alone.

pub mod attestation;
pub mod bundle;
pub mod commitment;
pub mod delivery;
#[cfg(feature = "fs")]
pub mod fs;

mod account;
mod error;
mod extended;
mod fields;
mod json;
mod kind;
mod nullifier;
mod prepare;
mod rows;
mod sealed;
mod shape;
mod source;
mod wire;

#[cfg(all(test, feature = "fs"))]
mod tests;

/// The keys of sealed files: each attester, the pool and each buyer have one of `age`'s.
pub use age::x25519::{Identity, Recipient};

pub use self::{
    account::AccountId,
    commitment::{MemberSecret, SaltKey},
    error::{Error, Place},
    fields::{Field, FieldList, Value},
    kind::Kind,
    nullifier::NullifierKey,
    prepare::{Prepared, Progress, Skipped, Summary, prepare},
    rows::{Format, MAX_ROWS, MAX_TEXT_BYTES, Play},
    source::ExportFile,
    wire::Hex,
};
