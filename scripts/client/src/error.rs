/// Why something could not be read from the chain or done on it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody answers at that URL.
    #[error("no node answers at {url} ({reason}): start one with `chorus devnet`, or give another with --node")]
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
    /// The chain is not one that Chorus can use, or answers in a form it does not know.
    #[error("this chain cannot be used: {0}")]
    Unsupported(String),
    /// What is at an address does not answer as the contract that was looked for there.
    #[error("{contract} does not answer {function}: another contract is there than was looked for, or none")]
    OtherContract {
        /// The address.
        contract: chorus_abi::Address,
        /// What was asked.
        function: &'static str,
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
    /// A transaction was not accepted for inclusion.
    #[error("the node did not take the transaction: {0}{hint}", hint = hint(.0))]
    Rejected(String),
    /// A transaction was sent and not seen in a finalized block in time.
    #[error("transaction 0x{hash} was sent but is not in a finalized block after {seconds} s: it may still be included, so look before sending again", hash = hex::encode(.hash))]
    Timeout {
        /// Its hash.
        hash: [u8; 32],
        /// How long we waited.
        seconds: u64,
    },
    /// An amount that the chain cannot represent.
    #[error("{wei} is no multiple of {ratio}: this chain cannot move that fraction of its smallest unit")]
    Indivisible {
        /// The amount asked for, in contract units.
        wei: chorus_abi::U256,
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
        ": something changed since it was rehearsed, so try again"
    } else if says("State already discarded") {
        ": this node forgets the state of old blocks, so ask one that archives it"
    } else {
        ""
    }
}
