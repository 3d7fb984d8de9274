//! Why something could not be read from the chain or done on it.

use chorus_abi::{Address, U256};

/// Why something could not be read from the chain or done on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers at that URL.
    #[error("no node answers at {url} ({reason}): start one with `chorus devnet`, or name another with --node")]
    Unreachable {
        /// The URL that was tried.
        url: String,
        /// What the connection said.
        reason: String,
    },
    /// The node answered with an error, or the connection broke.
    #[error("the node failed at {what}: {reason}{hint}", hint = hint(.reason))]
    Node {
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// The chain is not one that Chorus can use, or answers in a form that is not known here.
    #[error("this chain cannot be used: {0}")]
    Unsupported(String),
    /// The contract at an address is not the one that was expected there.
    #[error("{contract} does not answer {function}: there is another contract than expected, or none")]
    OtherContract {
        /// The address.
        contract: Address,
        /// What was asked.
        function: &'static str,
    },
    /// A transaction succeeded without the event that tells what it did.
    #[error(
        "the transaction in block {block} succeeded, but its contract did not emit {event}: there is another contract \
         than this program knows"
    )]
    EventMissing {
        /// The block that the transaction is in.
        block: u64,
        /// The event that was expected.
        event: &'static str,
    },
    /// A contract refused, and said why.
    #[error("{explanation}")]
    Reverted {
        /// The contract's error as a sentence.
        explanation: String,
        /// The revert data as the contract returned it.
        data: Vec<u8>,
    },
    /// The chain refused before or while a contract ran.
    #[error("the chain refused: {0}{hint}", hint = hint(.0))]
    Dispatch(String),
    /// The node did not accept a transaction for inclusion.
    #[error("the node did not take the transaction: {0}{hint}", hint = hint(.0))]
    Rejected(String),
    /// A transaction was sent and not seen in a finalized block in time.
    #[error(
        "transaction 0x{hash} was sent but is not in a finalized block after {seconds} s: it may still be included, so \
         look before you send it again",
        hash = hex::encode(.hash)
    )]
    Timeout {
        /// The transaction's hash.
        hash: [u8; 32],
        /// How long we waited.
        seconds: u64,
    },
    /// An amount that the chain cannot represent.
    #[error("{wei} is not a multiple of {ratio}: this chain cannot move a fraction of its smallest unit")]
    Indivisible {
        /// The amount asked for, in contract units.
        wei: U256,
        /// Contract units in the chain's smallest unit.
        ratio: u32,
    },
}

impl Error {
    pub(crate) fn node(what: &'static str) -> impl Fn(subxt_rpcs::Error) -> Self {
        move |error| Self::Node { what, reason: error.to_string() }
    }

    /// Whether the chain asks for `Revive.map_account` first.
    pub(crate) fn is_unmapped(&self) -> bool {
        matches!(self, Self::Dispatch(reason) if reason.contains("AccountUnmapped"))
    }
}

/// What to do about the refusals and failures that people meet.
fn hint(reason: &str) -> &'static str {
    let says = |words: &str| reason.contains(words);
    if says("TransferFailed")
        || says("Funds are unavailable")
        || says("pay some fees")
        || says("StorageDepositNotEnoughFunds")
    {
        ": the sending account does not hold enough"
    } else if says("OutOfGas") || says("StorageDepositLimitExhausted") {
        ": something changed since the rehearsal, so try again"
    } else if says("State already discarded") {
        ": this node forgets the state of old blocks, so ask an archive node"
    } else {
        ""
    }
}
