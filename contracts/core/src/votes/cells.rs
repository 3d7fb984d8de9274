//! What `votes` stores, cell by cell.

use crate::cells::{Reader, Writer};
use crate::checkpoints::Trace;
use crate::error::Error;
use crate::hash::Hash32;
use crate::types::{Address, Bps, Points, Timestamp, Weight};

/// The root cell: settings, counters, and the newest history of the supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// Who mints and burns.
    pub attestations: Address,
    /// Who opens ballots.
    pub escrow: Address,
    /// Sets this deployment's signatures apart.
    pub salt: Hash32,
    /// For ballots opened from now on, in seconds.
    pub voting_period_s: u64,
    /// For ballots opened from now on.
    pub quorum: Bps,
    /// For ballots opened from now on.
    pub quorum_min: Points,
    /// For ballots opened from now on.
    pub approval: Bps,
    /// Accounts enrolled so far: the last index given.
    pub voters: u32,
    /// Ballots opened so far: the last number given.
    pub ballots: u32,
    /// History of the supply.
    pub supply: Trace,
}

impl Root {
    /// Bytes of the cell.
    pub const SIZE: usize = 2 * 20 + 32 + 4 + 2 + 8 + 2 + 4 + 4 + Trace::SIZE;

    /// Gives an account its index, by which ballots know it.
    pub(super) fn enrol(&mut self, account: &mut Account) -> Result<(), Error> {
        if account.index == 0 {
            self.voters = self.voters.checked_add(1).ok_or(Error::Overflow)?;
            account.index = self.voters;
        }
        Ok(())
    }

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { attestations, escrow, salt, voting_period_s, quorum, quorum_min, approval, voters, ballots, supply } =
            self;
        let mut cell = Writer::new();
        cell.put(&attestations.0).put(&escrow.0).put(salt).short::<4>(*voting_period_s);
        cell.put(&quorum.get().to_le_bytes()).put(&quorum_min.0.to_le_bytes()).put(&approval.get().to_le_bytes());
        cell.put(&voters.to_le_bytes()).put(&ballots.to_le_bytes());
        supply.write(&mut cell);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            attestations: Address(cell.take()),
            escrow: Address(cell.take()),
            salt: cell.take(),
            voting_period_s: cell.short::<4>(),
            quorum: cell.bps(),
            quorum_min: Points(cell.short::<8>()),
            approval: cell.bps(),
            voters: u32::from_le_bytes(cell.take()),
            ballots: u32::from_le_bytes(cell.take()),
            supply: Trace::read(&mut cell),
        }
    }
}

/// An account: its balance, its choice of delegate, and the history of the votes it has been given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Given once, from 1 on; 0 as long as the account neither held, delegated nor got votes.
    pub index: u32,
    /// Signatures used so far.
    pub nonce: u64,
    /// Its own weight.
    pub balance: Weight,
    /// Who votes with it.
    pub delegate: Address,
    /// Whether the delegate was chosen, by the first mint or by the account itself.
    pub chose_delegate: bool,
    /// History of its votes, its own and those delegated to it.
    pub votes: Trace,
}

impl Account {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 + 8 + 4 + 20 + 1 + Trace::SIZE;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { index, nonce, balance, delegate, chose_delegate, votes } = self;
        let mut cell = Writer::new();
        cell.put(&index.to_le_bytes()).put(&nonce.to_le_bytes()).put(&balance.0.to_le_bytes());
        cell.put(&delegate.0).put(&[u8::from(*chose_delegate)]);
        votes.write(&mut cell);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            index: u32::from_le_bytes(cell.take()),
            nonce: cell.short::<8>(),
            balance: Weight(u32::from_le_bytes(cell.take())),
            delegate: Address(cell.take()),
            chose_delegate: cell.take::<1>() != [0],
            votes: Trace::read(&mut cell),
        }
    }
}

/// A ballot: the thresholds and times it was opened with, and its tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// In order of opening, from 1 on.
    pub number: u32,
    /// The second whose votes count.
    pub snapshot: Timestamp,
    /// The last second in which votes are taken.
    pub deadline: Timestamp,
    /// What for and abstain must reach.
    pub quorum: Points,
    /// What for must exceed, of for and against.
    pub approval: Bps,
    /// Votes against.
    pub against: Points,
    /// Votes for.
    pub for_: Points,
    /// Votes that count for the quorum alone.
    pub abstain: Points,
}

impl Ballot {
    /// Bytes of the cell.
    pub const SIZE: usize = 4 + 2 + 6 * 8;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { number, snapshot, deadline, quorum, approval, against, for_, abstain } = self;
        let mut cell = Writer::new();
        cell.put(&number.to_le_bytes()).put(&snapshot.0.to_le_bytes()).put(&deadline.0.to_le_bytes());
        cell.put(&quorum.0.to_le_bytes()).put(&approval.get().to_le_bytes());
        cell.put(&against.0.to_le_bytes()).put(&for_.0.to_le_bytes()).put(&abstain.0.to_le_bytes());
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            number: u32::from_le_bytes(cell.take()),
            snapshot: Timestamp(cell.short::<8>()),
            deadline: Timestamp(cell.short::<8>()),
            quorum: Points(cell.short::<8>()),
            approval: cell.bps(),
            against: Points(cell.short::<8>()),
            for_: Points(cell.short::<8>()),
            abstain: Points(cell.short::<8>()),
        }
    }
}
