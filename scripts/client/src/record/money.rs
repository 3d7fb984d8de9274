//! Currencies, credits and the treasury.

use chorus_abi::{Address, escrow};

use super::{At, Log, Record};
use crate::TREASURY;

/// A currency that offers may use, or could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency {
    /// The amount that `escrow` holds of it and never pays out.
    pub base_amount: u128,
    /// Whether new offers may use it.
    pub allowed: bool,
    /// Where it was first allowed.
    pub at: At,
}

impl Record {
    /// The credit of an owner in a currency; that of [`TREASURY`] is the treasury.
    pub fn credit(&self, currency: Address, owner: Address) -> u128 {
        let credit = match owner {
            TREASURY => self.treasury.get(&currency),
            _ => self.credits.get(&(currency, owner)),
        };
        credit.copied().unwrap_or_default()
    }

    fn credit_mut(&mut self, currency: Address, owner: Address) -> &mut u128 {
        match owner {
            TREASURY => self.treasury.entry(currency).or_default(),
            _ => self.credits.entry((currency, owner)).or_default(),
        }
    }

    pub(super) fn credited(&mut self, log: &Log, e: &escrow::Credited) {
        let credit = self.credit_mut(e.currency, e.owner);
        *credit = credit.saturating_add(e.amount);
        let counted = *credit;
        self.expect(log, "a credit", e.balance, counted);
    }

    pub(super) fn credit_withdrawn(&mut self, log: &Log, e: &escrow::CreditWithdrawn) {
        let credit = std::mem::take(self.credit_mut(e.currency, e.owner));
        self.expect(log, "a withdrawn credit", e.amount, credit);
    }

    pub(super) fn treasury_spent(&mut self, log: &Log, e: &escrow::TreasurySpent) {
        let treasury = self.credit_mut(e.currency, TREASURY);
        let left = treasury.checked_sub(e.amount);
        *treasury = left.unwrap_or_default();
        self.expect(log, "what the treasury has left", Some(e.balance), left);
    }

    pub(super) fn currency_allowed(&mut self, log: &Log, e: &escrow::CurrencyAllowed) {
        let new = Currency { base_amount: e.base_amount, allowed: false, at: log.at };
        let currency = self.currencies.entry(e.currency).or_insert(new);
        let (known, before) = (currency.base_amount, std::mem::replace(&mut currency.allowed, true));
        self.expect(log, "the base amount of a currency", e.base_amount, known);
        self.expect(log, "whether a new currency was one before", false, before);
    }

    pub(super) fn currency_disallowed(&mut self, log: &Log, e: &escrow::CurrencyDisallowed) {
        let currency = self.currencies.get_mut(&e.currency);
        let before = currency.is_some_and(|currency| std::mem::take(&mut currency.allowed));
        self.expect(log, "whether a dropped currency was one before", true, before);
    }
}
