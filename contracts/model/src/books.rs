//! The naive books: what must have come of the accepted actions, by maps, scans and sums, without the rules' cells.
//!
//! [`table`] says what each action does to the books; [`contributions`], [`votes`], [`offers`] and [`proposals`] do it.

mod contributions;
mod offers;
mod proposals;
mod table;
mod votes;

use std::{collections::BTreeMap, fmt::Debug};

use chorus_core::{
    offer::Terms,
    types::{Address, BallotId, OfferId, ProposalId, Timestamp},
};

use crate::{
    outcome::{Logged, Outcome},
    pool::Pool,
    tokens::Tokens,
};

/// All books.
#[derive(Clone, Debug)]
pub(crate) struct Books {
    /// The pool, with the settings as they are now.
    pub(crate) pool: Pool,
    /// The account that may pause contributions; the pool's guardian may pause offers.
    pub(crate) contributions_guardian: Address,
    /// Everybody who ever contributed.
    pub(crate) members: BTreeMap<Address, Member>,
    /// The same in the order of their numbers, from 1 on.
    pub(crate) joined: Vec<Address>,
    /// The sales, in the order of their numbers.
    pub(crate) sales: Vec<Sale>,
    /// Whom each account delegates its votes to.
    pub(crate) delegates: BTreeMap<Address, Address>,
    /// How the votes stood at the end of each second that changed them.
    pub(crate) seconds: Vec<(Timestamp, Electorate)>,
    pub(crate) ballots: BTreeMap<BallotId, Ballot>,
    /// How many signatures of an account `votes` has taken.
    pub(crate) votes_nonces: BTreeMap<Address, u64>,
    /// The settings of quorums, each with the second since when it holds: a part of the supply, and the least number.
    quorums: Vec<(Timestamp, u16, u64)>,
    pub(crate) offers: BTreeMap<OfferId, Offer>,
    pub(crate) proposals: BTreeMap<ProposalId, Proposal>,
    /// All money, by currency and account, …
    pub(crate) balances: BTreeMap<(Address, Address), u128>,
    /// … the part of it that `escrow` owes, by currency and owner, …
    pub(crate) credits: BTreeMap<(Address, Address), u128>,
    /// … and the part that `escrow` has and owes nobody, by currency.
    pub(crate) donated: BTreeMap<Address, u128>,
    /// How many signatures of an account `escrow` has taken.
    pub(crate) escrow_nonces: BTreeMap<Address, u64>,
    /// Whether the DAO last put an account on a list or took it off, by list and account.
    pub(crate) listed: BTreeMap<(&'static str, Address), bool>,
    /// The new weight of each UTC day.
    added: BTreeMap<u64, u64>,
    /// Everything that was not as the books say it must be.
    pub(crate) differences: Vec<String>,
}

/// Somebody who contributed at least once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    pub(crate) number: u32,
    pub(crate) weight: u32,
    pub(crate) purposes: u16,
    pub(crate) nullifier: [u8; 32],
    /// How many acts of theirs `attestations` has accepted.
    pub(crate) nonce: u64,
}

/// A sale, with the members in it.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) purpose: u8,
    pub(crate) window_ends: Timestamp,
    /// The members who are in, with the weight they had when it was opened.
    pub(crate) inside: BTreeMap<Address, u32>,
}

/// How the votes stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Electorate {
    pub(crate) supply: u64,
    pub(crate) votes: BTreeMap<Address, u64>,
}

/// A ballot, with every vote in it.
#[derive(Clone, Debug)]
pub(crate) struct Ballot {
    pub(crate) snapshot: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) quorum: u64,
    approval_bps: u16,
    /// The direction and power of each account's vote.
    pub(crate) cast: BTreeMap<Address, (u8, u64)>,
}

/// An offer, with what became of its money.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) terms: Terms,
    /// The index of its sale.
    pub(crate) sale: usize,
    fee_bps: u16,
    tip_bps: u16,
    returned_bps: u16,
    /// The part of the price that is still in escrow and nobody's credit.
    pub(crate) held: u128,
    /// The shares of the members who are settled.
    pub(crate) settled: BTreeMap<Address, u128>,
    pub(crate) delivered: bool,
}

/// A proposal, with its calls.
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    calls: Vec<(Address, Vec<u8>)>,
    pub(crate) voting_ends: u64,
    pub(crate) executable_from: u64,
    pub(crate) executable_until: u64,
    pub(crate) executed: bool,
}

/// How a price is divided.
pub(crate) struct Split {
    pub(crate) fee: u128,
    pub(crate) tip: u128,
    pub(crate) net: u128,
    weight: u64,
    heads: usize,
}

/// A call that was accepted: everything about it but the action.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted<'a> {
    pub(crate) now: Timestamp,
    pub(crate) caller: Address,
    pub(crate) outcome: Outcome,
    /// What it logged.
    pub(crate) news: &'a [(Timestamp, Logged)],
    pub(crate) tokens: &'a Tokens,
}

impl Accepted<'_> {
    /// The same as if `member` had called: what somebody relays is the act of the member who signed it (T12).
    const fn of(self, member: Address) -> Self {
        Self { caller: member, ..self }
    }
}

impl Sale {
    pub(crate) fn weight(&self) -> u64 {
        self.inside.values().map(|weight| u64::from(*weight)).sum()
    }

    pub(crate) fn heads(&self) -> usize {
        self.inside.len()
    }
}

impl Books {
    pub(crate) fn new(pool: &Pool) -> Self {
        Self {
            pool: pool.clone(),
            contributions_guardian: pool.guardian,
            members: BTreeMap::new(),
            joined: Vec::new(),
            sales: Vec::new(),
            delegates: BTreeMap::new(),
            seconds: Vec::new(),
            ballots: BTreeMap::new(),
            votes_nonces: BTreeMap::new(),
            quorums: [(Timestamp(0), pool.voting.quorum_bps, pool.voting.quorum_min.0)].into(),
            offers: BTreeMap::new(),
            proposals: BTreeMap::new(),
            balances: BTreeMap::new(),
            credits: BTreeMap::new(),
            donated: BTreeMap::new(),
            escrow_nonces: BTreeMap::new(),
            listed: BTreeMap::new(),
            added: BTreeMap::new(),
            differences: Vec::new(),
        }
    }

    pub(crate) fn fund(&mut self, currency: Address, account: Address, amount: u128) {
        *self.balances.entry((currency, account)).or_default() += amount;
    }

    /// All money of a currency.
    pub(crate) fn money(&self, currency: Address) -> u128 {
        self.balances.iter().filter(|((money, _), _)| *money == currency).map(|(_, amount)| amount).sum()
    }

    /// The money of a currency that `escrow` holds for offers or owes, and the money that it has been given.
    pub(crate) fn owed_and_donated(&self, currency: Address) -> (u128, u128) {
        let held = self.offers.values().filter(|offer| offer.terms.currency == currency).map(|offer| offer.held);
        let owed = self.credits.iter().filter(|((money, _), _)| *money == currency).map(|(_, owed)| owed);
        (held.sum::<u128>() + owed.sum::<u128>(), self.donated.get(&currency).copied().unwrap_or_default())
    }

    fn credit(&mut self, currency: Address, owner: Address, amount: u128) {
        *self.credits.entry((currency, owner)).or_default() += amount;
    }

    fn move_money(&mut self, currency: Address, from: Address, to: Address, amount: u128, arrives: u128) {
        let left = self.balances.entry((currency, from)).or_default();
        match left.checked_sub(amount) {
            Some(rest) => *left = rest,
            None => self.differences.push(format!("I10 {from:?} paid {amount} and had {left}")),
        }
        *self.balances.entry((currency, to)).or_default() += arrives;
    }

    fn expect<T: PartialEq + Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.differences.push(format!("{what}: {found:?}, but the books say {expected:?}"));
        }
    }

    /// A message that only `escrow` may send was accepted.
    fn expect_escrow(&mut self, call: Accepted<'_>, message: &str) {
        self.expect(&format!("F12 {message} by a stranger"), call.caller, self.pool.site.escrow);
    }
}

/// This many parts of ten thousand of a supply, rounded up.
fn part_of_supply_ceil(supply: u64, bps: u16) -> u64 {
    u64::try_from((u128::from(supply) * u128::from(bps)).div_ceil(10_000)).unwrap_or(u64::MAX)
}

/// `floor(whole × part / parts)` for a part within the parts, without a product that could overflow.
fn part_of_floor(whole: u128, part: u128, parts: u128) -> u128 {
    whole / parts * part + whole % parts * part / parts
}
