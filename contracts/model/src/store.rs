//! The cells of the three contracts in memory, as the bytes that the chain would keep.

use std::collections::BTreeMap;

use chorus_core::{
    contract::Contract,
    hash::Hash32,
    types::{Address, BallotId, MemberNumber, OfferId, ProposalId, SaleNumber},
    votes::{Past, Total},
};

/// What a cell is about, which says where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    AttestationsRoot,
    Attesters,
    Member(Address),
    Page(u32),
    Archive(MemberNumber, u16),
    Holder(Hash32),
    Sale(SaleNumber),
    Left(SaleNumber, u32),

    VotesRoot,
    Account(Address),
    Total(Total),
    History(Past, u32),
    Ballot(BallotId),
    Voted(Address, u32),

    EscrowRoot,
    Roles(Address),
    Offer(OfferId),
    Paid(SaleNumber, u32),
    Credit(Address, Address),
    Nonce(Address),
    Proposal(ProposalId),
    BaseAmount(Address),

    /// The money of an account, by currency. The chain or a token keeps it, and no contract of the pool.
    Balance(Address, Address),
    /// How much `escrow` may take of an owner's token, by currency and owner.
    Allowance(Address, Address),
    /// How many permits of an owner a token has used.
    Permits(Address, Address),
}

impl Key {
    /// The contract that keeps it, and the key there: the kind, then which one of that kind, integers little endian.
    pub(crate) fn place(&self) -> Option<(Contract, Vec<u8>)> {
        use Contract::{Attestations, Escrow, Votes};
        let root = || vec![0; 4];
        let total = |of: &Total| if *of == Total::Supply { 5 } else { 6 };
        let cell = |kind: u8, parts: &[&[u8]]| [&[kind], parts.concat().as_slice()].concat();
        Some(match self {
            Self::AttestationsRoot => (Attestations, root()),
            Self::Attesters => (Attestations, cell(1, &[])),
            Self::Member(member) => (Attestations, cell(2, &[&member.0])),
            Self::Page(page) => (Attestations, cell(3, &[&page.to_le_bytes()])),
            Self::Archive(number, page) => (Attestations, cell(4, &[&number.0.to_le_bytes(), &page.to_le_bytes()])),
            Self::Holder(nullifier) => (Attestations, cell(5, &[nullifier])),
            Self::Sale(sale) => (Attestations, cell(6, &[&sale.0.to_le_bytes()])),
            Self::Left(sale, at) => (Attestations, cell(7, &[&sale.0.to_le_bytes(), &at.to_le_bytes()])),

            Self::VotesRoot => (Votes, root()),
            Self::Account(account) => (Votes, cell(1, &[&account.0])),
            Self::Total(of) => (Votes, cell(total(of), &[])),
            Self::History(Past::Votes(account), page) => (Votes, cell(2, &[&account.0, &page.to_le_bytes()])),
            Self::History(Past::Total(of), page) => (Votes, cell(total(of), &[&[0; 20], &page.to_le_bytes()])),
            Self::Ballot(id) => (Votes, cell(3, &[&id.0])),
            Self::Voted(account, page) => (Votes, cell(4, &[&account.0, &page.to_le_bytes()])),

            Self::EscrowRoot => (Escrow, root()),
            Self::Roles(account) => (Escrow, cell(1, &[&account.0])),
            Self::Offer(id) => (Escrow, cell(2, &[&id.0])),
            Self::Paid(sale, at) => (Escrow, cell(3, &[&sale.0.to_le_bytes(), &at.to_le_bytes()])),
            Self::Credit(currency, owner) => (Escrow, cell(4, &[&currency.0, &owner.0])),

            Self::Nonce(account) => (Escrow, cell(5, &[&account.0])),
            Self::Proposal(id) => (Escrow, cell(6, &[&id.0])),
            Self::BaseAmount(currency) => (Escrow, cell(7, &[&currency.0])),

            Self::Balance(..) | Self::Allowance(..) | Self::Permits(..) => return None,
        })
    }
}

/// Cells whose writes are pending until the call they belong to succeeds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    kept: BTreeMap<Key, Vec<u8>>,
    pending: BTreeMap<Key, Vec<u8>>,
}

impl Store {
    pub(crate) fn read<const N: usize>(&self, key: Key) -> Option<[u8; N]> {
        let cell = self.pending.get(&key).or_else(|| self.kept.get(&key))?;
        let mut padded = [0; N];
        padded.get_mut(..cell.len())?.copy_from_slice(cell);
        Some(padded)
    }

    pub(crate) fn write(&mut self, key: Key, cell: &[u8]) {
        self.pending.insert(key, cell.into());
    }

    /// The call succeeded.
    pub(crate) fn keep(&mut self) {
        self.kept.extend(std::mem::take(&mut self.pending));
    }

    /// The call was refused.
    pub(crate) fn discard(&mut self) {
        self.pending.clear();
    }

    /// All cells, in the order of their keys.
    pub(crate) fn kept(&self) -> &BTreeMap<Key, Vec<u8>> {
        &self.kept
    }
}
