//! The ledger.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    tables::ledger,
    values::{Address, At, Hash},
};

/// One side of a movement of money. Those of one event sum to zero in each currency.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Posting {
    /// Its place in this list.
    pub id: u64,
    /// Why money moved.
    pub kind: &'static str,
    /// Which money; address 0 is native.
    pub currency: Address,
    /// `outside:<address>`, `outside:unknown`, `escrow:deposit:<offer>`, `escrow:credit:<owner>` (owner 0 is the
    /// treasury), `escrow:donations` or `escrow:base`.
    pub account: String,
    /// What the account gained, or lost where it is negative, as a decimal string.
    pub amount: String,
    /// The offer concerned.
    pub offer: Option<Hash>,
    /// The event. A donation has none: it stands after the block's last.
    pub at: At,
}

impl From<ledger::Posting> for Posting {
    fn from(row: ledger::Posting) -> Self {
        let ledger::Posting { id, kind, currency, account, outgoing, amount, offer, at } = row;
        let amount = if outgoing { format!("-{amount}") } else { amount.to_string() };
        Self { id, kind: kind.name(), currency, account: account.to_string(), amount, offer, at }
    }
}
