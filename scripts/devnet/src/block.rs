//! A block, as the chain keeps it.

use polkadot_sdk::sp_runtime::OpaqueExtrinsic;
use revive_dev_runtime::{Hash, Header};

/// A block.
#[derive(Debug, Clone)]
pub struct Block {
    /// The hash of the header.
    pub hash: Hash,
    /// The header; its number, parent and state root are real.
    pub header: Header,
    /// The extrinsics, the first of which sets the time.
    pub extrinsics: Vec<OpaqueExtrinsic>,
    /// The block's time in unix milliseconds, zero for the genesis block.
    pub time_ms: u64,
}
