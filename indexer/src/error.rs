//! Why the indexer refuses, waits or stops, and which of these it is.

use std::path::PathBuf;

use chorus_bindings::{Address, B256, Contract};

/// Why the indexer refuses, waits or stops.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The node did not answer, or not in time. It is asked again.
    #[error("the node does not answer {what}: {reason}")]
    Unreachable {
        /// The question.
        what: &'static str,
        /// What the connection said.
        reason: String,
    },
    /// The node's answers contradict each other or what was asked. None of them was stored; it is asked again.
    #[error("the node's answer cannot be true: {0}")]
    NodeWrong(String),
    /// The node is on another chain.
    #[error(
        "the node's chain has genesis {found}, the deployment is on {expected}: give the node of that chain, or the \
         deployment file of this one"
    )]
    OtherChain {
        /// The deployment file's genesis hash.
        expected: B256,
        /// The node's genesis hash.
        found: B256,
    },
    /// The database was made for another pool.
    #[error(
        "the database belongs to another deployment ({what} is {found} there, {expected} here): give another --database"
    )]
    OtherDatabase {
        /// The fact that differs.
        what: &'static str,
        /// What the deployment file says.
        expected: String,
        /// What the database says.
        found: String,
    },
    /// The database was made by another version of this program, or by another program.
    #[error(
        "{} was made by another version of this program, or by another program: give another --database, or delete the \
         file, and the same rows are indexed again from the chain",
        .0.display()
    )]
    OtherFormat(PathBuf),
    /// There is no contract where the deployment file says.
    #[error("there is no contract at {address} ({contract:?}) at block {block}: is the deployment file of this chain?")]
    NoContract {
        /// The contract.
        contract: Contract,
        /// The address where it should be.
        address: Address,
        /// The finalized block that was asked.
        block: u64,
    },
    /// A contract speaks whose deployment we have not seen: indexing began too late.
    #[error(
        "{contract:?} emits in block {block}, but its deployment was not seen: the deployment file's block is too late"
    )]
    StartedTooLate {
        /// The contract.
        contract: Contract,
        /// The block in which it spoke.
        block: u64,
    },
    /// A finalized block was replaced. Nobody but a human can decide which history is true.
    #[error(
        "block {number} was finalized as {ours} and the node now says {theirs}: the chain forked below its finalized \
         head; to follow the node's history, index it into a new database"
    )]
    Fork {
        /// The height at which histories differ.
        number: u64,
        /// The hash we have stored.
        ours: B256,
        /// The hash the node gives.
        theirs: B256,
    },
    /// One of our contracts emitted what we cannot read. The raw bytes are kept; the block is not applied.
    #[error("event {event} of block {block} ({contract:?}) cannot be decoded, its raw bytes are kept: {reason}")]
    Undecodable {
        /// The block's number.
        block: u64,
        /// The event's index in the block.
        event: u32,
        /// The contract that emitted it.
        contract: Contract,
        /// What the decoder said.
        reason: String,
    },
    /// The events contradict each other or the chain's balances. The block is not applied.
    #[error("block {block} does not add up: {what}")]
    Inconsistent {
        /// The block's number.
        block: u64,
        /// The sum or row, with both values.
        what: String,
    },
    /// The database refused; it is tried again.
    #[error("the database refuses: {0}")]
    Database(String),
    /// The database file is no longer where it was.
    #[error("the database file {0} is gone or was replaced: put it back, or restart to index anew")]
    DatabaseGone(PathBuf),
    /// Somebody stopped it.
    #[error("indexing was stopped")]
    Stopped,
    /// The API's address is taken or not ours.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        reason: String,
    },
}

impl Error {
    /// Whether no later attempt can succeed without a human.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NodeWrong(_) | Self::Database(_) | Self::DatabaseGone(_) => false,
            // At start it is a refusal; later it is a node that was exchanged, and may be exchanged back.
            Self::OtherChain { .. } => false,
            Self::OtherDatabase { .. }
            | Self::OtherFormat(_)
            | Self::NoContract { .. }
            | Self::StartedTooLate { .. }
            | Self::Fork { .. }
            | Self::Undecodable { .. }
            | Self::Inconsistent { .. }
            | Self::Stopped
            | Self::Listen { .. } => true,
        }
    }

    /// One word for metrics and answers.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "node_unreachable",
            Self::NodeWrong(_) => "node_wrong",
            Self::OtherChain { .. } => "other_chain",
            Self::OtherDatabase { .. } => "other_database",
            Self::OtherFormat(_) => "other_format",
            Self::NoContract { .. } => "no_contract",
            Self::StartedTooLate { .. } => "started_too_late",
            Self::Fork { .. } => "fork",
            Self::Undecodable { .. } => "undecodable_event",
            Self::Inconsistent { .. } => "inconsistent",
            Self::Database(_) => "database_unavailable",
            Self::DatabaseGone(_) => "database_gone",
            Self::Stopped => "stopped",
            Self::Listen { .. } => "cannot_listen",
        }
    }
}
