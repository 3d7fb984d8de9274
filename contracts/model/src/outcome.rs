//! What comes of an action: what it returns or why it is refused, and what is logged.

use chorus_core::{
    error::Error,
    event::{AttestationsEvent, EscrowEvent, VotesEvent},
    offer::Seal,
    types::{Amount, MemberNumber, OfferId, Points, ProposalId},
};

/// What an accepted action returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Done,
    /// The number of the member who contributed.
    Member(MemberNumber),
    /// How many items of a batch were accepted.
    Accepted(u32),
    /// The power that a vote counted with.
    Counted(Points),
    /// The offer that was made.
    Offered(OfferId),
    /// What sealing found.
    Sealed(Seal),
    /// How many members were settled.
    Settled(u32),
    /// The amount that was paid or credited.
    Paid(Amount),
    /// The proposal that was made or executed.
    Proposed(ProposalId),
}

/// Why an action was refused. It has changed nothing then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The rules refuse it.
    Rule(Error),
    /// The chain refuses it: the caller has less money than they send.
    Funds,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Rule(error)
    }
}

/// An event, with the contract that logged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logged {
    /// An event of `attestations`.
    Attestations(AttestationsEvent),
    /// An event of `votes`.
    Votes(VotesEvent),
    /// An event of `escrow`.
    Escrow(EscrowEvent),
}
