//! What `escrow` stores besides offers, cell by cell.

use crate::{
    cells::{Reader, Writer},
    hash::Hash32,
    pause::Pause,
    settings::{OfferSettings, ProposalSettings},
    types::{Address, Timestamp},
};

/// The root cell: the sister contracts and the settings for new offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The contract of the sales.
    pub attestations: Address,
    /// The contract of the ballots.
    pub votes: Address,
    /// The account that may pause new offers.
    pub guardian: Address,
    /// Sets this deployment's signatures and ids apart from any other's.
    pub salt: Hash32,
    /// The guardian's pause.
    pub pause: Pause,
    /// For offers made from now on.
    pub offers: OfferSettings,
    /// For proposals made from now on.
    pub proposals: ProposalSettings,
}

impl Root {
    /// Bytes of the cell.
    pub const SIZE: usize = 3 * 20 + 32 + 5 + OfferSettings::SIZE + ProposalSettings::SIZE;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { attestations, votes, guardian, salt, pause, offers, proposals } = self;
        let mut cell = Writer::new();
        cell.put(&attestations.0).put(&votes.0).put(&guardian.0).put(salt).short::<5>(pause.stored());
        offers.write(&mut cell);
        proposals.write(&mut cell);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            attestations: Address(cell.take()),
            votes: Address(cell.take()),
            guardian: Address(cell.take()),
            salt: cell.take(),
            pause: Pause::from_stored(cell.short::<5>()),
            offers: OfferSettings::read_cell(&mut cell),
            proposals: ProposalSettings::read_cell(&mut cell),
        }
    }
}

/// A proposal: when its calls may be made, and whether they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The last second of voting.
    pub voting_ends: Timestamp,
    /// The first second in which it may be executed: voting and the timelock are over.
    pub executable_from: Timestamp,
    /// The last second in which it may be executed.
    pub executable_until: Timestamp,
    /// Whether it was executed.
    pub executed: bool,
}

impl Proposal {
    /// Bytes of the cell.
    pub const SIZE: usize = 3 * 8 + 1;

    /// The cell.
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let Self { voting_ends, executable_from, executable_until, executed } = self;
        let mut cell = Writer::new();
        cell.put(&voting_ends.0.to_le_bytes()).put(&executable_from.0.to_le_bytes());
        cell.put(&executable_until.0.to_le_bytes()).put(&[u8::from(*executed)]);
        cell.finish()
    }

    /// The cell, read.
    pub fn from_bytes(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cell = Reader::new(bytes);
        Self {
            voting_ends: Timestamp(cell.short::<8>()),
            executable_from: Timestamp(cell.short::<8>()),
            executable_until: Timestamp(cell.short::<8>()),
            executed: cell.take::<1>() != [0],
        }
    }
}

/// The DAO's lists that an account, or as a currency a token, is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// It may deliver.
    pub custodian: bool,
    /// It may rule.
    pub arbiter: bool,
    /// Offers may be paid in it.
    pub currency: bool,
}

impl Roles {
    /// The cell.
    pub const fn to_byte(self) -> u8 {
        let Self { custodian, arbiter, currency } = self;
        custodian as u8 | (arbiter as u8) << 1 | (currency as u8) << 2
    }

    /// The cell, read.
    pub const fn from_byte(byte: u8) -> Self {
        Self { custodian: byte & 1 != 0, arbiter: byte & 2 != 0, currency: byte & 4 != 0 }
    }
}
