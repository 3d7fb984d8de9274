//! What becomes of a call: decoded for tests that read it, in bytes for those that compare it.

use chorus_bindings::{Address, B256, Event, escrow::EscrowErrors as Error};

/// Why a call failed.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The contract said so.
    Error(Error),
    /// It reverted with data that is not an error of the ABI.
    Unknown(Vec<u8>),
    /// The chain ended it.
    Trap(String),
}

/// What a call cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Computing time, in picoseconds of the runtime's reference machine.
    pub ref_time_ps: u64,
    /// Proof of validity, in bytes.
    pub proof_bytes: u64,
    /// Deposit for storage, in the chain's smallest unit; negative if some came back.
    pub deposit: i128,
    /// Length of selector and arguments, in bytes.
    pub calldata_bytes: usize,
}

/// What became of a call.
#[derive(Debug)]
pub struct Receipt<R> {
    /// What it returned, or why it failed.
    pub result: Result<R, Refusal>,
    /// What the pool's contracts logged, in order.
    pub events: Vec<Event>,
    /// What it cost.
    pub cost: Cost,
}

impl<R> Receipt<R> {
    /// What it returned.
    ///
    /// # Panics
    /// When it failed, with the reason.
    #[track_caller]
    pub fn ok(self) -> R {
        self.done().0
    }

    /// What it returned, and what it logged.
    ///
    /// # Panics
    /// When it failed, with the reason.
    #[track_caller]
    pub fn done(self) -> (R, Vec<Event>) {
        match self.result {
            Ok(returned) => (returned, self.events),
            Err(refusal) => panic!("refused: {refusal:?}"),
        }
    }

    /// What it cost.
    ///
    /// # Panics
    /// When it failed, with the reason.
    #[track_caller]
    pub fn accepted_cost(self) -> Cost {
        let cost = self.cost;
        self.ok();
        cost
    }

    /// The error it was refused with.
    ///
    /// # Panics
    /// When it succeeded, trapped, or reverted with anything else; and when a refused call left an event.
    #[track_caller]
    pub fn refused(self) -> Error {
        assert!(self.events.is_empty(), "a refused call leaves no events: {:?}", self.events);
        match self.result {
            Ok(_) => panic!("accepted"),
            Err(Refusal::Error(error)) => error,
            Err(other) => panic!("no error of the ABI: {other:?}"),
        }
    }
}

/// What became of a call, as bytes, for comparing.
#[derive(Debug)]
pub struct Raw {
    /// How it ended.
    pub end: End,
    /// The address, topics and data of each event, in order.
    pub events: Vec<(Address, Vec<B256>, Vec<u8>)>,
    /// Deposit for storage, in the chain's smallest unit; negative if some came back.
    pub deposit: i128,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    /// It gave this answer.
    Returned(Vec<u8>),
    /// It was refused with this error, and nothing changed.
    Reverted(Vec<u8>),
    /// The chain ended it.
    Trapped(String),
}
