//! What Rust clients of the contracts need beside their ABI: what people sign, packed batches, the DAO's own calls.
//!
//! Everything of [`chorus_abi`] is here too.

pub mod batch;
pub mod settings;
pub mod signed;

pub use chorus_abi::*;
pub use settings::Setting;
pub use signed::{Act, Attestation, Offer, Proposal, Revocation};
