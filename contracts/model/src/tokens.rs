//! Currencies of the model: tokens that keep their word and tokens that do not, and who can be paid.

use super::Site;
use alloc::collections::{BTreeMap, BTreeSet};
use chorus_core::types::Address;

/// How a token behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// As ERC-20 says.
    Honest,
    /// The same, but answers with nothing.
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
pub(super) struct Tokens {
    kinds: BTreeMap<Address, Token>,
    /// Who cannot be paid in native money.
    closed: BTreeSet<Address>,
    /// Whom a token does not pay.
    frozen: BTreeSet<(Address, Address)>,
    /// Whom `escrow` pays in no currency: nobody, and itself.
    never: [Address; 2],
    /// For how many pushes of tokens the weight of a call suffices.
    limit: u32,
    left: u32,
}

impl Tokens {
    pub(super) fn new(site: &Site) -> Self {
        let closed = [Address::ZERO, site.escrow, site.attestations, site.votes].into();
        let (kinds, frozen, never) = (BTreeMap::new(), BTreeSet::new(), [Address::ZERO, site.escrow]);
        Self { kinds, closed, frozen, never, limit: u32::MAX, left: u32::MAX }
    }

    pub(super) fn set(&mut self, currency: Address, kind: Token) {
        self.kinds.insert(currency, kind);
    }

    pub(super) fn limit_weight(&mut self, pushes: u32) {
        self.limit = pushes;
    }

    pub(super) fn close(&mut self, account: Address) {
        self.closed.insert(account);
    }

    pub(super) fn freeze(&mut self, currency: Address, account: Address) {
        self.frozen.insert((currency, account));
    }

    pub(super) fn open(&mut self, account: Address) {
        self.closed.remove(&account);
    }

    pub(super) fn exists(&self, currency: Address) -> bool {
        self.kinds.contains_key(&currency)
    }

    /// A call begins.
    pub(super) fn begin(&mut self) {
        self.left = self.limit;
    }

    /// Takes the weight of one push; false if there is too little.
    pub(super) fn use_weight(&mut self) -> bool {
        let enough = self.left != 0;
        self.left = self.left.saturating_sub(1);
        enough
    }

    pub(super) fn has_weight(&self) -> bool {
        self.left != 0
    }

    /// What arrives of an amount that is sent; nothing: the transfer is refused.
    pub(super) fn arrives(&self, currency: Address, amount: u128) -> Option<u128> {
        if currency == Address::ZERO {
            return Some(amount);
        }
        match self.kinds.get(&currency)? {
            Token::Honest | Token::Silent => Some(amount),
            Token::Short => Some(amount.saturating_sub(1)),
            Token::False | Token::Reverting | Token::Burning => None,
        }
    }

    /// Whether the currency goes to `to`.
    pub(super) fn can_receive(&self, currency: Address, to: Address) -> bool {
        match currency {
            Address::ZERO => !self.closed.contains(&to),
            _ => !self.frozen.contains(&(currency, to)),
        }
    }

    /// What arrives at `to`; nothing: `escrow` cannot or does not pay there.
    pub(super) fn pushed(&self, currency: Address, to: Address, amount: u128) -> Option<u128> {
        let is_paid = currency == Address::ZERO || !self.never.contains(&to);
        self.arrives(currency, amount).filter(|_| is_paid && self.can_receive(currency, to))
    }
}
