//! The audit: recomputes every tally and every share from the chain's events, and compares them with what the contracts
//! store, with balances at the same block, and with every row of an indexer.
//!
//! It trusts one node for blocks and state, and nobody else: not the indexer, and not a running sum of a contract. The
//! contracts' rules are written a second time in `rules`, the hashes in `hashes`, and nothing here links
//! `chorus-core`. The contracts are believed in three things: that what an event tells happened, `escrow`'s EIP-712
//! domain separator, under which ids are recomputed, and a token's balances.
//!
//! Blocks are read by `chorus-client`, not by the indexer's reader: a reader that drops an event would blind both, so
//! there are two, and they share no code. That is worth its hundred lines.

mod balances;
mod hashes;
mod indexer;
mod manifests;
mod money;
mod recount;
mod report;
mod rules;
mod storage;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chorus_abi::B256;
use chorus_client::{
    pool::Pool,
    record::{History, Record},
};

pub use report::{Check, Report};

/// Delivered manifests by offer: number and commitment of each member, in order.
pub type Manifests = HashMap<B256, Vec<(u32, B256)>>;

/// What to audit beside the chain itself.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Base URL of an indexer, such as `http://127.0.0.1:8080`.
    pub api: Option<String>,
    /// Manifests that were delivered; with them, members who differ are named even where several do.
    pub manifests: Manifests,
}

/// Audits a pool at the last finalized block. `progress` hears how many of how many blocks are read.
///
/// # Errors
/// When the node or the indexer cannot be read, or the indexer serves another pool. A difference is not an error: it is
/// part of the report.
pub async fn run(pool: &Pool, options: &Options, progress: impl FnMut(u64, u64)) -> anyhow::Result<Report> {
    // The indexer first: what it shows must be final on the chain by the time the chain is read.
    let answers = match &options.api {
        Some(base) => Some(indexer::Answers::fetch(base, pool.deployment()).await?),
        None => None,
    };
    let history = History::read(pool, progress).await?;
    let record = Record::replay(&history);
    let mut checks = recount::all(&history, &record, &options.manifests);
    let view = storage::View { pool, record: &record, block: history.until, time_s: history.time_s };
    checks.extend([
        view.ids().await?,
        view.members().await?,
        view.votes().await?,
        view.sales().await?,
        view.offers().await?,
        view.proposals().await?,
        view.nonces().await?,
        view.credits().await?,
        view.escrow_balance().await?,
        view.payments().await?,
    ]);
    if let Some(answers) = &answers {
        checks.extend(answers.compare(pool, &history).await?);
    }
    Ok(Report {
        block: history.until.number,
        block_hash: history.until.hash,
        events: history.logs.len() as u64,
        api: options.api.clone(),
        checks,
    })
}
