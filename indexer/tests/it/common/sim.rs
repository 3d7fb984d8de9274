//! A chain in memory that tells the story, and that can be made to lie.

use std::{
    future::Future,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use chorus_bindings::{Address, B256};
use chorus_indexer::{
    Error,
    chain::{Block, Head, Source},
};

use super::story::Story;

/// What a node can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Gives the block after the one asked for.
    Gap,
    /// Gives the block before the one asked for.
    Reordered,
    /// Gives a block that follows another one than ours, though it has ours.
    Unrelated,
    /// Says that it has finalized less than before.
    StaleHead,
    /// Gives a block with an empty list of events.
    Truncated,
    /// Names a finalized head that it does not have at that height.
    TwoHeads,
    /// Answers nothing.
    Dropped,
    /// Answers late.
    Slow,
    /// Has no block below its own head.
    Missing,
    /// Is on another chain.
    OtherGenesis,
}

/// A chain in memory.
#[derive(Clone)]
pub struct Sim(Arc<Mutex<Chain>>);

struct Chain {
    blocks: Vec<Block>,
    /// How many of them are finalized.
    finalized: usize,
    fault: Option<Fault>,
    contracts: bool,
}

impl Sim {
    /// A chain that has finalized all of the story.
    pub fn new(story: &Story) -> Self {
        let blocks = story.blocks.clone();
        let finalized = blocks.len();
        Self(Arc::new(Mutex::new(Chain { blocks, finalized, fault: None, contracts: true })))
    }

    /// Takes back finality above this block.
    pub fn finalize(&self, number: usize) {
        self.chain().finalized = number;
    }

    /// Does this wrong from now on; none heals it.
    pub fn fault(&self, fault: Option<Fault>) {
        self.chain().fault = fault;
    }

    /// The contracts are not there.
    pub fn without_contracts(self) -> Self {
        self.chain().contracts = false;
        self
    }

    /// Changes a block in place.
    pub fn alter(&self, number: u64, change: impl FnOnce(&mut Block)) {
        change(&mut self.chain().blocks[number as usize - 1]);
    }

    /// Another history from this block on: the same events under other hashes.
    pub fn fork(&self, from: u64) {
        let mut chain = self.chain();
        let mut parent = None;
        for block in chain.blocks.iter_mut().filter(|block| block.number >= from) {
            block.hash = B256::from(block.hash.0.map(|byte| byte ^ 0xff));
            block.parent_hash = parent.unwrap_or(block.parent_hash);
            parent = Some(block.hash);
        }
    }

    /// The last finalized block's number.
    pub fn height(&self) -> u64 {
        self.chain().finalized as u64
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.0.lock().unwrap()
    }

    /// Fails or waits as told.
    fn answers(&self) -> impl Future<Output = Result<(), Error>> + Send + use<> {
        let fault = self.chain().fault;
        async move {
            match fault {
                Some(Fault::Dropped) => Err(Error::Unreachable { what: "anything", reason: "dropped".into() }),
                Some(Fault::Slow) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    Ok(())
                }
                Some(Fault::OtherGenesis) => {
                    Err(Error::OtherChain { expected: super::deployment().genesis_hash, found: B256::ZERO })
                }
                _ => Ok(()),
            }
        }
    }
}

impl Source for Sim {
    async fn finalized(&self) -> Result<Head, Error> {
        self.answers().await?;
        let chain = self.chain();
        let last = &chain.blocks[chain.finalized - 1];
        Ok(match chain.fault {
            Some(Fault::StaleHead) => Head { number: 1, hash: chain.blocks[0].hash },
            Some(Fault::TwoHeads) => Head { number: last.number, hash: B256::repeat_byte(0x22) },
            _ => Head { number: last.number, hash: last.hash },
        })
    }

    async fn hash_at(&self, number: u64) -> Result<Option<B256>, Error> {
        self.answers().await?;
        Ok(self.chain().blocks.get((number as usize).wrapping_sub(1)).map(|block| block.hash))
    }

    async fn block(&self, number: u64) -> Result<Block, Error> {
        self.answers().await?;
        let chain = self.chain();
        let index = number as usize - 1;
        let given = match chain.fault {
            Some(Fault::Gap) => index + 1,
            Some(Fault::Reordered) => index.saturating_sub(1),
            _ => index,
        };
        let missing = || Error::NodeWrong(format!("no block {number}"));
        let mut block = chain.blocks.get(given).cloned().ok_or_else(missing)?;
        match chain.fault {
            Some(Fault::Missing) => return Err(missing()),
            Some(Fault::Truncated) => (block.event_count, block.emitted) = (0, vec![]),
            Some(Fault::Unrelated) => block.parent_hash = B256::repeat_byte(0x11),
            _ => {}
        }
        Ok(block)
    }

    async fn has_code(&self, _address: Address, _at: B256) -> Result<bool, Error> {
        self.answers().await?;
        Ok(self.chain().contracts)
    }

    async fn wake_up(&self) -> Result<(), Error> {
        tokio::time::sleep(Duration::from_millis(2)).await;
        Ok(())
    }
}
