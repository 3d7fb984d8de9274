//! Follows the finalized chain for everybody who waits for a transaction.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chorus_abi::B256;
use subxt::config::substrate::{H256, SubstrateConfig};
use subxt_rpcs::client::RpcSubscription;
use tokio::{
    sync::{Mutex, Notify, oneshot},
    task::JoinHandle,
};

use super::{
    BlockId, Rpc,
    error::Error,
    runtime::{Effects, Runtime},
    system_events,
};

type Header = <SubstrateConfig as subxt::Config>::Header;

/// Where a transaction landed and what it did there.
#[derive(Debug)]
pub(crate) struct Inclusion {
    pub(crate) block: BlockId,
    pub(crate) extrinsic: u32,
    pub(crate) effects: Effects,
}

/// Hands out inclusions. Reads blocks only while somebody waits.
pub(crate) struct Follower {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    rpc: Rpc,
    runtime: Arc<Runtime>,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Default)]
struct Waiting {
    /// The next block to look at. Meaningful while somebody waits.
    next: u64,
    senders: HashMap<H256, oneshot::Sender<Inclusion>>,
}

impl Follower {
    pub(crate) fn start(rpc: Rpc, runtime: Arc<Runtime>) -> Self {
        let shared = Arc::new(Shared { rpc, runtime, waiting: Mutex::default(), wake: Notify::new() });
        let task = tokio::spawn(shared.clone().run());
        Self { shared, task }
    }

    /// Registers a transaction *before* it is submitted, so that no block is missed.
    pub(crate) async fn watch(&self, hash: H256) -> Result<oneshot::Receiver<Inclusion>, Error> {
        let mut waiting = self.shared.waiting.lock().await;
        if waiting.senders.is_empty() {
            // A transaction that is not submitted yet cannot be in a block that is final by now.
            waiting.next = self.shared.finalized().await? + 1;
        }
        let (sender, receiver) = oneshot::channel();
        waiting.senders.insert(hash, sender);
        drop(waiting);
        self.shared.wake.notify_one();
        Ok(receiver)
    }

    /// Stops waiting for a transaction.
    pub(crate) async fn forget(&self, hash: H256) {
        self.shared.waiting.lock().await.senders.remove(&hash);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    async fn run(self: Arc<Self>) {
        let mut heads = None;
        loop {
            if self.waiting.lock().await.senders.is_empty() {
                self.wake.notified().await;
                continue;
            }
            // The node or the connection failed. Whoever waits hears of it by their own timeout.
            if let Err(error) = self.catch_up().await {
                tracing::debug!(%error, "cannot follow the chain, trying again");
                heads = None;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            self.next_head(&mut heads).await;
        }
    }

    /// Waits for a sign of a new finalized block. The subscription only wakes us: `catch_up` finds what it misses.
    async fn next_head(&self, heads: &mut Option<RpcSubscription<Header>>) {
        if heads.is_none() {
            *heads = self.rpc.chain_subscribe_finalized_heads().await.ok();
            // A block finalized before the subscription stood would not wake us.
            return;
        }
        let Some(subscription) = heads else { return };
        match tokio::time::timeout(Duration::from_secs(1), subscription.next()).await {
            Ok(Some(Ok(_))) | Err(_) => {}
            Ok(Some(Err(_)) | None) => *heads = None,
        }
    }

    async fn catch_up(&self) -> Result<(), Error> {
        let finalized = self.finalized().await?;
        loop {
            let number = self.waiting.lock().await.next;
            if number > finalized {
                return Ok(());
            }
            self.look_at(number).await?;
        }
    }

    async fn look_at(&self, number: u64) -> Result<(), Error> {
        let missing = || Error::Node { what: "reading a block", reason: format!("block {number} is missing") };
        let hash = self.rpc.chain_get_block_hash(Some(number.into())).await.map_err(Error::node("reading a hash"))?;
        let hash = hash.ok_or_else(missing)?;
        let (block, events) = tokio::try_join!(
            async { self.rpc.chain_get_block(Some(hash)).await.map_err(Error::node("reading a block")) },
            system_events(&self.rpc, hash),
        )?;
        let extrinsics = block.ok_or_else(missing)?.block.extrinsics;
        let effects = self.runtime.effects(&events)?;

        let mut waiting = self.waiting.lock().await;
        for (index, (extrinsic, effects)) in extrinsics.iter().zip(effects).enumerate() {
            if let Some(sender) = waiting.senders.remove(&self.runtime.hash(&extrinsic.0)) {
                let block = BlockId { number, hash: B256::from(hash.0) };
                // Nobody minds if the sender gave up waiting.
                let _ = sender.send(Inclusion { block, extrinsic: index as u32, effects });
            }
        }
        waiting.next = number + 1;
        Ok(())
    }

    async fn finalized(&self) -> Result<u64, Error> {
        let hash = self.rpc.chain_get_finalized_head().await.map_err(Error::node("reading the finalized head"))?;
        let header = self.rpc.chain_get_header(Some(hash)).await.map_err(Error::node("reading a header"))?;
        header
            .map(|header| header.number)
            .ok_or_else(|| Error::Node { what: "reading a header", reason: "no such block".into() })
    }
}
