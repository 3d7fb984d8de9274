//! What the API answers with. Amounts and other numbers wider than 64 bits are decimal strings in the smallest unit,
//! times are unix seconds, addresses and hashes are `0x` and lower-case hex.

pub mod ballots;
pub mod dao;
pub mod events;
pub mod ledger;
pub mod members;
pub mod offers;
pub mod payouts;
pub mod proposals;
pub mod status;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{tables::blocks::Applied, values::Hash};

/// The block whose state an answer shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AsOf {
    /// Its height.
    pub block: u64,
    /// The hash of its header.
    pub hash: Hash,
    /// Its clock.
    pub time_s: u64,
    /// False when indexing has stopped for good after this block; `/health` says why.
    pub complete: bool,
}

/// A single thing as of a block.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Answer<T> {
    /// The block it was read from.
    pub as_of: AsOf,
    /// The thing.
    pub data: T,
}

/// Part of a list. All pages of a list show the same block, so that together they are the whole list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The block that all pages of this list are read from.
    pub as_of: AsOf,
    /// How many items all pages together have.
    pub count: u64,
    /// This page's items, oldest first.
    pub items: Vec<T>,
    /// Path and query of the next page; none on the last.
    pub next: Option<String>,
}

/// An error, in every answer that is not a success.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Failure {
    /// What went wrong.
    pub error: FailureDetail,
}

/// What went wrong.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FailureDetail {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// All is well.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
}

impl AsOf {
    /// The block that an answer shows, and whether more can follow it.
    pub fn new(block: &Applied, complete: bool) -> Self {
        Self { block: block.number, hash: block.hash, time_s: block.time_s, complete }
    }
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn of<U>(self, items: Vec<U>) -> Page<U> {
        let Self { as_of, count, items: _, next } = self;
        Page { as_of, count, items, next }
    }
}
