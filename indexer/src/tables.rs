//! The tables: one file for each family, with its rows, how events change them, and how they are read.
//!
//! A new table is a file here, its columns in `migrations`, and a variant of [`Change`] that [`project`] gives out.

pub mod ballots;
pub mod blocks;
mod columns;
pub mod events;
pub mod ledger;
pub mod members;
pub mod offers;
pub mod payouts;
pub mod proposals;
pub mod sales;
pub mod settings;
pub mod token;

mod applying;
mod reading;

pub use applying::Applying;
pub use columns::Code;
pub use reading::{List, Readable, Reader, Value};

use std::ops::RangeInclusive;

use chorus_bindings::{B256, U256};
use sqlx::SqliteConnection;

use crate::{Error, chain::Block, decode::Decoded, project::project};

/// One change of one family of tables. Where a row mirrors an event, the change holds that event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// What the contracts are set to, and the DAO's lists.
    Settings(settings::Change<'a>),
    /// Contributions and nonces.
    Members(members::Change),
    /// Who is in which sale.
    Sales(sales::Change<'a>),
    /// The vote token.
    Token(token::Change<'a>),
    /// Ballots and votes.
    Ballots(ballots::Change<'a>),
    /// Steps in the life of offers.
    Offers(offers::Change<'a>),
    /// What members were paid.
    Payouts(payouts::Change<'a>),
    /// The DAO's own calls.
    Proposals(proposals::Change<'a>),
    /// Money that moved.
    Ledger(ledger::Change),
}

impl Change<'_> {
    async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Settings(change) => change.apply(on).await,
            Self::Members(change) => change.apply(on).await,
            Self::Sales(change) => change.apply(on).await,
            Self::Token(change) => change.apply(on).await,
            Self::Ballots(change) => change.apply(on).await,
            Self::Offers(change) => change.apply(on).await,
            Self::Payouts(change) => change.apply(on).await,
            Self::Proposals(change) => change.apply(on).await,
            Self::Ledger(change) => change.apply(on).await,
        }
    }
}

/// Writes all of `block` through `connection`, which is in a transaction.
///
/// # Errors
/// [`Error::Inconsistent`] when the events contradict each other or the chain's balances, [`Error::Database`] when the
/// database refuses.
pub async fn apply(connection: &mut SqliteConnection, block: &Block, decoded: &[Decoded]) -> Result<(), Error> {
    let mut on = Applying::new(connection, block.number, block.time_ms / 1_000);
    blocks::insert(&mut on, block).await?;
    events::forget_undecoded(&mut on).await?;
    for decoded in decoded {
        on.event = decoded.emitted.event_index;
        events::insert(&mut on, decoded).await?;
        for change in project(&decoded.event) {
            change.apply(&mut on).await?;
        }
    }
    on.event = block.event_count;
    payouts::distributions_are_paid(&mut on).await?;
    ledger::settled_deposits_are_empty(&mut on).await?;
    ledger::balance_is_explained(&mut on, block.escrow_balance_wei).await
}

/// The id of a ballot, as the vote token's events number it.
fn ballot_id(proposal: U256) -> B256 {
    B256::from(proposal.to_be_bytes())
}

/// Votes in an event, which the contract bounds far below 63 bits.
fn points(on: &Applying<'_>, votes: U256) -> Result<i64, Error> {
    i64::try_from(votes).map_err(|_| on.wrong(format!("{votes} votes are more than there can be")))
}

/// A range of row numbers as two values, for `BETWEEN ?2 AND ?3`.
fn ids(range: &RangeInclusive<u64>) -> [Value; 2] {
    [Value::Number(*range.start()), Value::Number(*range.end())]
}
