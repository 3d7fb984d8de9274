//! The steps of an offer's life as rows: one table for each, all read in the same way.

use std::{collections::BTreeMap, ops::RangeInclusive};

use chorus_bindings::core::names::Seal as Outcome;
use sqlx::FromRow;

use crate::{
    Error,
    tables::{Code, Readable, Reader, ids},
    values::{Address, Amount, At, Hash},
};

/// When a step was taken, and by which event.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Taken {
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
    /// The clock of its block.
    pub time_s: u64,
}

/// The outcome of vote and opt-out.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Seal {
    /// What was found.
    pub outcome: Code<Outcome>,
    /// The final weight.
    pub total_weight: u64,
    /// The final number of members.
    pub members: u32,
}

/// A delivery.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Delivery {
    /// Hash of the encrypted bundle.
    pub bundle_hash: Hash,
    /// Merkle root over (number, commitment) of the members in the sale.
    pub manifest_root: Hash,
    /// The buyer may dispute until then.
    pub dispute_ends: u64,
    /// The arbiter may rule until then.
    pub ruling_ends: u64,
}

/// An acceptance, which says nothing but that it was given.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Acceptance {}

/// A dispute.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Dispute {
    /// Hash of the buyer's reasons.
    pub reason_hash: Hash,
}

/// A ruling.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Ruling {
    /// The arbiter.
    pub arbiter: Address,
    /// The part of the price that goes back.
    pub returned_bps: u16,
    /// The same as an amount.
    pub returned: Amount,
}

/// A refund of the whole price.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Refund {
    /// What went back.
    pub amount: Amount,
}

/// A step of an offer's life as its table holds it.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Step<S> {
    offer: u64,
    /// When it was taken.
    #[sqlx(flatten)]
    pub taken: Taken,
    /// What it says.
    #[sqlx(flatten)]
    pub says: S,
}

/// The rows of one step's table, by offer.
pub(super) async fn steps<S>(
    reader: &mut Reader,
    table: &'static str,
    columns: &'static str,
    offers: &RangeInclusive<u64>,
) -> Result<BTreeMap<u64, Step<S>>, Error>
where
    Step<S>: Readable,
{
    let columns = if columns.is_empty() { String::new() } else { format!(", {columns}") };
    let steps = format!(
        "SELECT offer, block, event, time_s{columns} FROM {table} JOIN blocks ON number = block \
         WHERE offer BETWEEN ?2 AND ?3 AND block <= ?1"
    );
    let rows: Vec<Step<S>> = reader.all(steps, &ids(offers)).await?;
    Ok(rows.into_iter().map(|row| (row.offer, row)).collect())
}
