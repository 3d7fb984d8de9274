//! How indexing goes.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    tables::events,
    values::{At, Bytes},
    views::FailureDetail,
};

/// How indexing goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Status {
    /// Version of this program.
    pub version: &'static str,
    /// Whether answers are current: the node answers and all it finalized is applied, except for the newest blocks.
    pub ready: bool,
    /// Why they are not.
    pub reason: Option<FailureDetail>,
    /// The last block that the node finalized, as far as it told.
    pub finalized_block: Option<u64>,
    /// How many finalized blocks are not yet applied.
    pub lag_blocks: Option<u64>,
    /// Events of ours that could not be decoded, which stop indexing.
    pub undecoded: Vec<Undecoded>,
}

/// An event of ours that could not be decoded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Undecoded {
    /// Its place on the chain.
    pub at: At,
    /// The contract that emitted it.
    pub contract: &'static str,
    /// Signature hash and indexed fields, concatenated.
    pub topics: Bytes,
    /// The other fields.
    pub data: Bytes,
    /// What the decoder said.
    pub reason: String,
}

impl From<events::Undecoded> for Undecoded {
    fn from(row: events::Undecoded) -> Self {
        let events::Undecoded { at, contract, topics, data, reason } = row;
        Self { at, contract: contract.0.name(), topics, data, reason }
    }
}
