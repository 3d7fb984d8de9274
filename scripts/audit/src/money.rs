//! What the events say that `escrow` owes, and how the price of an offer is divided.

use chorus_abi::{Address, U256};
use chorus_client::record::{Offer, Record, Sale};

use super::rules::{self, Split};

/// The sale of an offer and how its price is divided, once that is fixed.
pub(crate) fn division<'a>(record: &'a Record, offer: &Offer) -> Option<(&'a Sale, Split)> {
    let sale = record.sale_of(offer)?;
    Some((sale, rules::split(offer, sale.totals().1)))
}

/// What `escrow` must hold of a currency.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Owed {
    /// For offers that are open.
    pub(crate) deposits: U256,
    /// For owners of credits, without the treasury.
    pub(crate) credits: U256,
    /// For the treasury.
    pub(crate) treasury: U256,
    /// The amount that is never paid out.
    pub(crate) base: U256,
}

impl Owed {
    pub(crate) fn of(record: &Record, currency: Address) -> Self {
        let offers = record.offers.values().filter(|offer| offer.made.currency == currency);
        let deposits = offers
            .map(|offer| division(record, offer).and_then(|(_, split)| rules::open_deposit(offer, &split)))
            .fold(U256::ZERO, |total, open| total + open.unwrap_or_default());
        let credits = record.credits.iter().filter(|((of, _), _)| *of == currency);
        Self {
            deposits,
            credits: credits.fold(U256::ZERO, |total, (_, amount)| total + U256::from(*amount)),
            treasury: U256::from(record.treasury.get(&currency).copied().unwrap_or_default()),
            base: U256::from(record.currencies.get(&currency).map_or(0, |currency| currency.base_amount)),
        }
    }

    pub(crate) fn total(&self) -> U256 {
        self.deposits + self.credits + self.treasury + self.base
    }
}
