//! The vote token: balances and delegations, with their history by second.

use std::collections::{BTreeMap, HashMap};

use chorus_abi::{Address, U256, votes};

use super::{Log, Record};

/// Balances and delegations, with their history by second.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// Balances now.
    pub balances: HashMap<Address, U256>,
    /// The account that each account delegates to; the zero address has no votes.
    pub delegates: HashMap<Address, Address>,
    /// What the contract announced last of a delegate's votes in a second.
    pub announced: HashMap<(Address, u64), U256>,
    /// Votes of each delegate from a second on.
    power: HashMap<Address, BTreeMap<u64, U256>>,
    /// Supply from a second on.
    supply: BTreeMap<u64, U256>,
}

impl Token {
    /// The votes of `delegate` at the end of second `time_s`.
    pub fn power_at(&self, delegate: Address, time_s: u64) -> U256 {
        self.power.get(&delegate).map_or(U256::ZERO, |history| last_until(history, time_s))
    }

    /// The supply at the end of second `time_s`.
    pub fn supply_at(&self, time_s: u64) -> U256 {
        last_until(&self.supply, time_s)
    }

    /// The supply now.
    pub fn supply(&self) -> U256 {
        last_until(&self.supply, u64::MAX)
    }
}

fn last_until(history: &BTreeMap<u64, U256>, time_s: u64) -> U256 {
    history.range(..=time_s).next_back().map_or(U256::ZERO, |(_, value)| *value)
}

/// Whether votes come or go.
#[derive(Clone, Copy)]
enum Change {
    Gained,
    Lost,
}

impl Change {
    /// What becomes of `votes`; `None` if fewer are there than go.
    fn apply(self, votes: U256, value: U256) -> Option<U256> {
        match self {
            Self::Gained => Some(votes + value),
            Self::Lost => votes.checked_sub(value),
        }
    }
}

impl Record {
    pub(super) fn transferred(&mut self, log: &Log, e: &votes::Transfer) {
        match (e.from, e.to) {
            (Address::ZERO, holder) => self.move_votes(log, holder, e.value, Change::Gained),
            (holder, to) => {
                if to != Address::ZERO {
                    self.contradict(log, format!("a transfer of votes from {holder} to {to}"));
                }
                self.move_votes(log, holder, e.value, Change::Lost);
            }
        }
    }

    pub(super) fn delegate_changed(&mut self, log: &Log, e: &votes::DelegateChanged) {
        let before = self.token.delegates.insert(e.delegator, e.toDelegate).unwrap_or_default();
        self.expect(log, "the delegate before a change", e.fromDelegate, before);
        let balance = self.token.balances.get(&e.delegator).copied().unwrap_or_default();
        self.add_power(log, before, balance, Change::Lost);
        self.add_power(log, e.toDelegate, balance, Change::Gained);
    }

    fn move_votes(&mut self, log: &Log, holder: Address, value: U256, change: Change) {
        let balance = self.token.balances.entry(holder).or_default();
        let supply = self.token.supply.values().next_back().copied().unwrap_or_default();
        let moved = change.apply(*balance, value).zip(change.apply(supply, value));
        let Some((new_balance, new_supply)) = moved else {
            return self.contradict(log, format!("{holder} burned more votes than they had"));
        };
        *balance = new_balance;
        self.token.supply.insert(log.time_s, new_supply);
        let delegate = self.token.delegates.get(&holder).copied().unwrap_or_default();
        self.add_power(log, delegate, value, change);
    }

    fn add_power(&mut self, log: &Log, delegate: Address, value: U256, change: Change) {
        if delegate == Address::ZERO || value.is_zero() {
            return;
        }
        let history = self.token.power.entry(delegate).or_default();
        let votes = history.values().next_back().copied().unwrap_or_default();
        match change.apply(votes, value) {
            Some(votes) => drop(history.insert(log.time_s, votes)),
            None => self.contradict(log, format!("{delegate} lost more votes than they had")),
        }
    }
}
