//! The currencies of a world: tokens that keep their word and tokens that do not, and who can be paid in them.

use std::collections::{BTreeMap, BTreeSet};

use chorus_core::types::Address;

use crate::pool::Site;

/// How a token behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// Does as ERC-20 says.
    Honest,
    /// Does the same, but answers with nothing.
    Silent,
    /// Takes what was asked, and delivers one unit less.
    Short,
    /// Moves nothing, and answers with false.
    False,
    /// Reverts.
    Reverting,
    /// Uses up all weight it is given.
    Burning,
}

/// All currencies, and who can be paid in them.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    kinds: BTreeMap<Address, Token>,
    /// The accounts that cannot be paid in native money.
    closed: BTreeSet<Address>,
    /// The accounts that a token does not pay, each after its token.
    frozen: BTreeSet<(Address, Address)>,
    /// The addresses that `escrow` pays no token to: the zero address, and itself.
    never: [Address; 2],
    /// How many pushes of tokens the weight of a call is enough for, …
    limit: u32,
    /// … and how many it is still enough for in the call that runs.
    left: u32,
}

impl Tokens {
    pub(crate) fn new(site: &Site) -> Self {
        let closed = [Address::ZERO, site.escrow, site.attestations, site.votes].into();
        let (kinds, frozen, never) = (BTreeMap::new(), BTreeSet::new(), [Address::ZERO, site.escrow]);
        Self { kinds, closed, frozen, never, limit: u32::MAX, left: u32::MAX }
    }

    pub(crate) fn set(&mut self, currency: Address, kind: Token) {
        self.kinds.insert(currency, kind);
    }

    pub(crate) fn limit_weight(&mut self, pushes: u32) {
        self.limit = pushes;
    }

    pub(crate) fn close(&mut self, account: Address) {
        self.closed.insert(account);
    }

    pub(crate) fn freeze(&mut self, currency: Address, account: Address) {
        self.frozen.insert((currency, account));
    }

    pub(crate) fn open(&mut self, account: Address) {
        self.closed.remove(&account);
    }

    pub(crate) fn exists(&self, currency: Address) -> bool {
        self.kinds.contains_key(&currency)
    }

    /// A call begins.
    pub(crate) fn begin(&mut self) {
        self.left = self.limit;
    }

    /// Takes the weight of one push. Returns false if there is too little.
    pub(crate) fn use_weight(&mut self) -> bool {
        let enough = self.left != 0;
        self.left = self.left.saturating_sub(1);
        enough
    }

    pub(crate) fn has_weight(&self) -> bool {
        self.left != 0
    }

    /// The part of a sent amount that arrives, or `None` where the transfer is refused.
    pub(crate) fn arrives(&self, currency: Address, amount: u128) -> Option<u128> {
        if currency == Address::ZERO {
            return Some(amount);
        }
        match self.kinds.get(&currency)? {
            Token::Honest | Token::Silent => Some(amount),
            Token::Short => Some(amount.saturating_sub(1)),
            Token::False | Token::Reverting | Token::Burning => None,
        }
    }

    /// Whether `to` can be paid in the currency.
    pub(crate) fn can_receive(&self, currency: Address, to: Address) -> bool {
        match currency {
            Address::ZERO => !self.closed.contains(&to),
            _ => !self.frozen.contains(&(currency, to)),
        }
    }

    /// The part of an amount that arrives at `to`, or `None` where `escrow` cannot pay or does not.
    pub(crate) fn pushed(&self, currency: Address, to: Address, amount: u128) -> Option<u128> {
        let is_paid = currency == Address::ZERO || !self.never.contains(&to);
        self.arrives(currency, amount).filter(|_| is_paid && self.can_receive(currency, to))
    }
}
