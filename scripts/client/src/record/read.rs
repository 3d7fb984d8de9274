//! Reading the events of a pool from a node, block by block, finalized blocks only.

use anyhow::{Context as _, ensure};
use chorus_abi::{B256, Event};
use futures::{StreamExt as _, TryStreamExt as _};

use super::At;
use crate::{BlockId, Emitted, pool::Pool};

/// Blocks asked for at the same time.
const CONCURRENCY: usize = 64;

/// One event of the pool.
#[derive(Clone, Debug)]
pub struct Log {
    /// Where it stands.
    pub at: At,
    /// The extrinsic that caused it.
    pub extrinsic: Option<u32>,
    /// The clock of its block, in unix seconds.
    pub time_s: u64,
    /// The event, decoded.
    pub event: Event,
    /// The event as it came.
    pub raw: Emitted,
}

/// All events of a pool from its deployment to a block.
#[derive(Clone, Debug)]
pub struct History {
    /// The events, oldest first.
    pub logs: Vec<Log>,
    /// The last block read.
    pub until: BlockId,
    /// The clock of that block.
    pub time_s: u64,
}

impl History {
    /// Reads everything up to the last finalized block. `progress` is told how many of how many blocks are read.
    pub async fn read(pool: &Pool, progress: impl FnMut(u64, u64)) -> anyhow::Result<Self> {
        let until = pool.client().finalized().await?;
        Self::read_until(pool, until, progress).await
    }

    /// Reads everything up to a block.
    pub async fn read_until(pool: &Pool, until: BlockId, progress: impl FnMut(u64, u64)) -> anyhow::Result<Self> {
        let first = pool.deployment().block;
        ensure!(until.number >= first, "block {} is older than the pool, which is from block {first}", until.number);
        let logs = read(pool, first, until, progress).await?;
        ensure!(!logs.is_empty(), "there is no event of this pool since block {first}: is the deployment file right?");
        Ok(Self { logs, until, time_s: pool.client().timestamp(Some(until.hash)).await? })
    }

    /// Reads what was finalized since.
    pub async fn extend(&mut self, pool: &Pool) -> anyhow::Result<()> {
        let until = pool.client().finalized().await?;
        if until.number > self.until.number {
            self.logs.extend(read(pool, self.until.number + 1, until, |_, _| {}).await?);
            self.until = until;
            self.time_s = pool.client().timestamp(Some(until.hash)).await?;
        }
        Ok(())
    }
}

async fn read(pool: &Pool, first: u64, until: BlockId, mut progress: impl FnMut(u64, u64)) -> anyhow::Result<Vec<Log>> {
    let count = until.number.saturating_sub(first) + 1;
    let mut blocks =
        futures::stream::iter(first..=until.number).map(|number| read_block(pool, number, until)).buffered(CONCURRENCY);
    let mut logs = Vec::new();
    let mut done = 0;
    while let Some(block) = blocks.try_next().await? {
        logs.extend(block);
        done += 1;
        progress(done, count);
    }
    Ok(logs)
}

async fn read_block(pool: &Pool, number: u64, until: BlockId) -> anyhow::Result<Vec<Log>> {
    let client = pool.client();
    let hash: B256 = match number == until.number {
        true => until.hash,
        false => client.block_hash(number).await?.with_context(|| format!("the node has no block {number}"))?,
    };
    let emitted = client.emitted(hash).await?;
    let mut logs = Vec::new();
    for raw in emitted {
        if let Some(event) = pool.decode(&raw).with_context(|| format!("in block {number}"))? {
            let at = At { block: number, event: raw.event_index };
            logs.push(Log { at, extrinsic: raw.extrinsic, time_s: 0, event, raw });
        }
    }
    if !logs.is_empty() {
        let time_s = client.timestamp(Some(hash)).await?;
        logs.iter_mut().for_each(|log| log.time_s = time_s);
    }
    Ok(logs)
}
