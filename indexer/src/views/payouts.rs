//! Payouts.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    tables::payouts,
    values::{Address, Amount, At, Hash},
};

/// A share settled for a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Payout {
    /// Its place in this list.
    pub id: u64,
    /// The offer that is paid for.
    pub offer: Hash,
    /// The member's number.
    pub number: u32,
    /// The member's address.
    pub member: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// What it was paid in; address 0 is native money.
    pub currency: Address,
    /// The member's share, in the currency's smallest unit.
    pub share: Amount,
    /// What the keeper was credited for this member.
    pub tip: Amount,
    /// The account that received the share.
    pub payee: Address,
    /// The account that triggered it.
    pub keeper: Address,
    /// Whether it became a credit because it could not be pushed.
    pub credited: bool,
    /// How many members of the offer were settled with this one.
    pub settled: u32,
    /// The event.
    pub at: At,
}

impl From<payouts::Payout> for Payout {
    fn from(row: payouts::Payout) -> Self {
        let tip = row.tip();
        let payouts::Payout {
            id,
            offer,
            number,
            address: member,
            weight,
            currency,
            share,
            tips: _,
            settled_now: _,
            payee,
            keeper,
            credited,
            settled,
            at,
        } = row;
        Self { id, offer, number, member, weight, currency, share, tip, payee, keeper, credited, settled, at }
    }
}
