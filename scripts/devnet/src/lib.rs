//! An embedded development chain: Parity's published runtime `revive-dev-runtime`, executed natively, behind the
//! Substrate JSON-RPC that subxt, `cargo contract` and Polkadot wallets speak.
//!
//! Extrinsics, signatures, nonces, fees, weights, block limits, events, state roots and read proofs are the runtime's
//! own. What is missing is everything that takes more than one machine: there is one node, no consensus, every block is
//! final at once, the keys are known to everybody, and nothing is kept on disk. Where that is not enough, use a real
//! node: `pallet-revive` is the same there.
//!
//! - [`Devnet`] serves a chain on a port and seals blocks: when transactions arrive, when none do, or on a timer.
//! - [`Chain`] is the same without a server, for tests and measurements in one process; [`Chain::draft`] is a sandbox
//!   that runs native code such as `pallet_revive::Pallet::<Runtime>::bare_call`.

mod block;
mod chain;
mod clock;
mod devnet;
mod draft;
mod error;
mod genesis;
mod native;
mod pool;
mod rpc;
mod sign;
mod state;

pub use block::Block;
pub use chain::Chain;
pub use devnet::{Config, Devnet, Sealing};
pub use draft::Draft;
pub use error::Error;
pub use pool::{Status, SubmitError};
pub use state::{Hashing, Nodes, State};

pub use pallet_revive;
pub use polkadot_sdk;
pub use revive_dev_runtime as runtime;
