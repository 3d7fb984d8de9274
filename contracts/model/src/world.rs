//! A pool in memory: its cells, its money and its clock, moved by the rules that the contracts run.

mod calls;
mod hosts;
mod signatures;
mod views;

use std::{cell::Cell, collections::BTreeMap};

use chorus_core::{
    attestations,
    error::Error,
    escrow,
    types::{Address, Amount, Timestamp},
    votes,
};

use crate::{
    action::Action,
    books::{Accepted, Books},
    outcome::{Logged, Outcome, Refused},
    pool::{Pool, Site},
    store::{Key, Store},
    tokens::{Token, Tokens},
    transitions::{self, Facts},
};

/// A pool, its money and its clock.
#[derive(Clone, Debug)]
pub struct World {
    site: Site,
    now: Timestamp,
    store: Store,
    tokens: Tokens,
    log: Vec<(Timestamp, Logged)>,
    /// The bytes that some events end with, by their place in the log.
    tails: BTreeMap<usize, Vec<u8>>,
    books: Books,
    /// The first refusal by a sister contract in the call that runs.
    sister_refused: Cell<Option<Error>>,
}

impl World {
    /// A pool as it was just deployed.
    ///
    /// # Errors
    /// Those of the contracts' constructors.
    pub fn new(pool: &Pool) -> Result<Self, Error> {
        let mut world = Self {
            site: pool.site,
            now: pool.deployed_at,
            store: Store::default(),
            tokens: Tokens::new(&pool.site),
            log: Vec::new(),
            tails: BTreeMap::new(),
            books: Books::new(pool),
            sister_refused: Cell::new(None),
        };
        let Site { attestations, votes, escrow, salts, .. } = pool.site;
        let with = attestations::Construction {
            votes,
            escrow,
            guardian: pool.guardian,
            daily_weight_cap: pool.daily_weight_cap,
            purposes: pool.purposes,
            purposes_hash: pool.purposes_hash,
            salt: salts[0],
        };
        attestations::construct(&mut world, &with, &pool.attesters, pool.threshold)?;
        let with = votes::Construction { attestations, escrow, voting: pool.voting, salt: salts[1] };
        votes::construct(&mut world, &with)?;
        let with = escrow::Construction {
            attestations,
            votes,
            guardian: pool.guardian,
            offers: pool.offers,
            proposals: pool.proposals,
            salt: salts[2],
        };
        escrow::construct(&mut world, &with, &pool.custodians, &pool.arbiters)?;
        world.store.keep();
        Ok(world)
    }

    /// Does what `caller` calls, and returns what the call returns.
    ///
    /// # Errors
    /// Why it is refused; then nothing has happened.
    pub fn apply(&mut self, caller: Address, action: &Action) -> Result<Outcome, Refused> {
        let before = self.facts();
        let (then, logged) = (self.now, self.log.len());
        self.tokens.begin();
        let answer = self.call(caller, action);
        let answer = match self.sister_refused.take() {
            Some(error) => Err(error.into()),
            None => answer,
        };
        match answer {
            Ok(outcome) => {
                self.store.keep();
                let news = &self.log[logged..];
                self.books.book(Accepted { now: then, caller, outcome, news, tokens: &self.tokens }, action);
                self.books.differences.extend(transitions::forbidden(&before, &self.facts(), caller, action));
            }
            Err(_) => {
                self.store.discard();
                self.log.truncate(logged);
                self.tails.split_off(&logged);
                self.now = then;
            }
        }
        answer
    }

    /// The facts that an action may change in some ways and not in others.
    fn facts(&self) -> Facts {
        let sales = (1..).zip(&self.books.sales).map(|(number, _)| number.into());
        Facts {
            now: self.now,
            offers: self.books.offers.keys().filter_map(|id| Some((*id, self.offer(*id)?))).collect(),
            ballots: self.books.ballots.keys().filter_map(|id| Some((*id, self.ballot(*id)?))).collect(),
            sales: sales.filter_map(|sale| Some((sale, self.sale(sale)?))).collect(),
        }
    }

    /// Gives an account native money out of nothing.
    pub fn fund(&mut self, account: Address, amount: Amount) {
        self.fund_in(Address::ZERO, account, amount);
    }

    /// Gives an account money out of nothing.
    ///
    /// # Panics
    /// When all of a currency together is 2^128 or more: sums of money must fit.
    pub fn fund_in(&mut self, currency: Address, account: Address, amount: Amount) {
        assert!(self.books.money(currency).checked_add(amount.0).is_some(), "more money than there can be");
        let balance = self.balance_in(currency, account).0 + amount.0;
        self.store.write(Key::Balance(currency, account), &balance.to_le_bytes());
        self.store.keep();
        self.books.fund(currency, account, amount.0);
    }

    /// From now on there is a token of this kind at `currency`.
    pub fn set_token(&mut self, currency: Address, kind: Token) {
        self.tokens.set(currency, kind);
    }

    /// From now on the weight of a call is enough for this many pushes of tokens.
    pub fn limit_weight(&mut self, pushes: u32) {
        self.tokens.limit_weight(pushes);
    }

    /// From now on native money cannot be pushed to `account`, as if it did not exist or were a contract.
    pub fn close(&mut self, account: Address) {
        self.tokens.close(account);
    }

    /// From now on native money can be pushed to `account` again.
    pub fn open(&mut self, account: Address) {
        self.tokens.open(account);
    }

    /// From now on the token at `currency` pays nothing to `account`.
    pub fn freeze(&mut self, currency: Address, account: Address) {
        self.tokens.freeze(currency, account);
    }
}
