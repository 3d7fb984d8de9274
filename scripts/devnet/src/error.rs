//! What can go wrong with the chain.

use revive_dev_runtime::Hash;

/// What can go wrong with the chain itself. Transactions that it refuses are [`crate::SubmitError`]s.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another program listens on the port.
    #[error("port {0} of 127.0.0.1 is in use: choose another one (--port), or stop what listens there")]
    PortInUse(u16),
    /// The server could not listen for another reason.
    #[error("cannot listen on port {port} of 127.0.0.1: {source}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The server failed to start.
    #[error("the server failed: {0}")]
    Server(String),
    /// No block of this chain has the hash.
    #[error("UnknownBlock: no block of this chain has the hash {0:?}")]
    UnknownBlock(Hash),
    /// The runtime has no API function of the name.
    #[error("Execution failed: Other: Exported method {0} is not found")]
    UnknownFunction(String),
    /// The runtime panicked, as Wasm would trap, or gave an answer that makes no sense.
    #[error("Execution failed: {0}")]
    Runtime(String),
    /// The genesis block could not be built.
    #[error("no genesis block: {0}")]
    Genesis(String),
    /// The time asked for lies in the chain's past.
    #[error("time goes only forward: {asked_s} was asked for, the next block can have {earliest_s} or later")]
    TimeGoesForward {
        /// In unix seconds.
        asked_s: u64,
        /// In unix seconds.
        earliest_s: u64,
    },
    /// The time asked for is out of all bounds; perhaps it is in milliseconds.
    #[error("{asked_s} is too far away: time is in unix seconds, at most {latest_s}")]
    TimeTooFar {
        /// In unix seconds.
        asked_s: u64,
        /// In unix seconds.
        latest_s: u64,
    },
    /// There is no block to replace at the height.
    #[error("no fork at height {height}: the blocks that can be replaced are 1 to {best}")]
    NothingToFork {
        /// The height that was asked for.
        height: u32,
        /// The height of the newest block.
        best: u32,
    },
}
