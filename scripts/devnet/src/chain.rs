//! The chain: its blocks, the transactions that wait, and how the next block comes about.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use polkadot_sdk::{
    sp_core::storage::ChildInfo,
    sp_runtime::{
        OpaqueExtrinsic,
        generic::Digest,
        traits::{Hash as _, Header as _},
        transaction_validity::{TransactionSource, TransactionValidity, TransactionValidityError},
    },
    sp_state_machine::{
        BackendTransaction, StorageProof, prove_child_read_on_trie_backend, prove_read_on_trie_backend,
    },
    sp_trie::{LayoutV0, empty_trie_root},
};
use revive_dev_runtime::{AccountId, Hash, Header, Nonce, UncheckedExtrinsic};
use scale::{Decode, DecodeAll, Encode};
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    block::Block,
    clock::Clock,
    draft::Draft,
    error::Error,
    genesis,
    native::Overlay,
    pool::{Pool, Status, SubmitError, Transaction},
    state::{Hashing, State, States},
};

/// How many transactions a block may skip for want of room before it is sealed.
const MAX_SKIPPED: usize = 8;

/// A development chain without a server: everything a node does, in this process.
///
/// It is shared by reference; all methods may be called from any thread.
pub struct Chain {
    states: States,
    blocks: RwLock<Blocks>,
    pool: Mutex<Pool>,
    /// Held while a block is built, so that one is built at a time.
    clock: Mutex<Clock>,
    arrived: Notify,
    imported: watch::Sender<usize>,
}

struct Blocks {
    by_hash: HashMap<Hash, Arc<Block>>,
    /// The best chain by height.
    best_chain: Vec<Hash>,
    /// Every block in the order in which it became the best one, those that a fork replaced included.
    history: Vec<Arc<Block>>,
}

impl Chain {
    /// A chain with its genesis block. The first block after it gets `time` (unix seconds), or the real time.
    pub fn new(time: Option<u64>) -> Result<Self, Error> {
        let states = States::new();
        let mut overlay = Overlay::new(states.at(empty_trie_root::<LayoutV0<Hashing>>()));
        genesis::build(&mut overlay)?;
        let changes = overlay.into_changes()?;
        states.insert(0, false, changes.transaction);

        let header = Header::new(
            0,
            empty_trie_root::<LayoutV0<Hashing>>(),
            changes.transaction_storage_root,
            Hash::zero(),
            Digest::default(),
        );
        let hash = header.hash();
        let genesis = Arc::new(Block { hash, header, extrinsics: Vec::new(), time_ms: 0 });
        Ok(Self {
            states,
            blocks: RwLock::new(Blocks {
                by_hash: [(hash, genesis.clone())].into(),
                best_chain: vec![hash],
                history: vec![genesis],
            }),
            pool: Mutex::default(),
            clock: Mutex::new(Clock::new(time)),
            arrived: Notify::new(),
            imported: watch::Sender::new(1),
        })
    }

    // Blocks.

    /// The newest block. It is final, as every block is.
    pub fn best(&self) -> Arc<Block> {
        let blocks = self.blocks();
        let newest = blocks.history.last();
        newest.expect("the genesis block is always there").clone()
    }

    /// The hash of the genesis block.
    pub fn genesis_hash(&self) -> Hash {
        self.blocks().best_chain[0]
    }

    /// A block by its hash, also one that a fork replaced.
    pub fn block(&self, hash: Hash) -> Option<Arc<Block>> {
        self.blocks().by_hash.get(&hash).cloned()
    }

    /// The hash of the block at a height of the best chain.
    pub fn hash_at(&self, height: u32) -> Option<Hash> {
        self.blocks().best_chain.get(height as usize).copied()
    }

    /// The blocks from position `from` on, in the order in which they became the best one. Position 0 is genesis.
    pub(crate) fn history(&self, from: usize) -> Vec<Arc<Block>> {
        self.blocks().history.get(from..).unwrap_or_default().to_vec()
    }

    /// Tells how long the history is, whenever it grows.
    pub(crate) fn watch_history(&self) -> watch::Receiver<usize> {
        self.imported.subscribe()
    }

    // State.

    /// The state after a block.
    pub fn state(&self, at: Hash) -> Result<State, Error> {
        let block = self.block(at).ok_or(Error::UnknownBlock(at))?;
        self.state_of(&block)
    }

    fn state_of(&self, block: &Block) -> Result<State, Error> {
        match self.states.keeps(&block.header.state_root) {
            true => Ok(self.states.at(block.header.state_root)),
            false => self.compute_again(block),
        }
    }

    /// The state after an empty block, which was dropped: it follows from a landmark before and the blocks in between.
    fn compute_again(&self, block: &Block) -> Result<State, Error> {
        let parent_of =
            |block: &Block| self.block(block.header.parent_hash).ok_or(Error::UnknownBlock(block.header.parent_hash));
        let mut missing = vec![block.clone()];
        let mut parent = parent_of(block)?;
        while !self.states.keeps(&parent.header.state_root) {
            missing.push((*parent).clone());
            parent = parent_of(&parent)?;
        }
        let computed = self.states.stretch(parent.header.state_root);
        for block in missing.into_iter().rev() {
            if !computed.has(&block.header.state_root) {
                let draft = Draft::new(computed.at(parent.header.state_root), &parent, block.time_ms)?;
                let (again, written) = draft.seal()?;
                if again.hash != block.hash {
                    return Err(Error::Runtime(format!("block {} came out otherwise this time", block.header.number)));
                }
                computed.insert(written);
            }
            parent = Arc::new(block);
        }
        Ok(computed.at(parent.header.state_root))
    }

    /// Calls a runtime API function, such as `ReviveApi_call`, on the state after a block. Arguments and
    /// result are SCALE-encoded; what it writes is thrown away.
    pub fn call(&self, at: Hash, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Error> {
        Overlay::new(self.state(at)?).call(function, arguments)
    }

    /// Runs native code on the state after a block; what it writes is thrown away.
    pub fn execute_at<R>(&self, at: Hash, f: impl FnOnce() -> R) -> Result<R, Error> {
        Overlay::new(self.state(at)?).run(f, |_| false)
    }

    /// Runs native code on the newest state; what it writes is thrown away.
    pub fn execute_at_best<R>(&self, f: impl FnOnce() -> R) -> Result<R, Error> {
        self.execute_at(self.best().hash, f)
    }

    /// The block after the newest one, to apply extrinsics and run native code in. It is thrown away when
    /// dropped: a sandbox for tests and measurements, at the speed of the runtime alone.
    pub fn draft(&self) -> Result<Draft, Error> {
        self.draft_after(self.best().hash)
    }

    /// The same after any block.
    pub fn draft_after(&self, parent: Hash) -> Result<Draft, Error> {
        let parent = self.block(parent).ok_or(Error::UnknownBlock(parent))?;
        let time_ms = self.clock().peek(parent.time_ms);
        Draft::new(self.state_of(&parent)?, &parent, time_ms)
    }

    /// Runs native code in a new block and keeps what it wrote. For tests only: no extrinsic of the block
    /// explains its state, which no real chain allows.
    pub fn commit<R>(&self, f: impl FnOnce() -> R) -> Result<R, Error> {
        let mut clock = self.clock();
        let (mut draft, _) = self.next_draft(&clock)?;
        let result = draft.run(f)?;
        self.seal(&mut clock, draft)?;
        Ok(result)
    }

    /// Proves what is and is not stored under `keys` after a block, against its state root.
    pub fn prove(&self, at: Hash, keys: &[Vec<u8>]) -> Result<StorageProof, Error> {
        prove_read_on_trie_backend(&self.state(at)?, keys).map_err(|e| Error::Runtime(e.to_string()))
    }

    /// The same for a child trie.
    pub fn prove_child(&self, at: Hash, child: &ChildInfo, keys: &[Vec<u8>]) -> Result<StorageProof, Error> {
        prove_child_read_on_trie_backend(&self.state(at)?, child, keys).map_err(|e| Error::Runtime(e.to_string()))
    }

    /// How much memory the trie nodes of all states take that are kept, in bytes.
    pub fn state_bytes(&self) -> usize {
        self.states.bytes()
    }

    // Time.

    /// Gives the next block the time `unix_s`; later blocks go on from there. Time goes only forward.
    pub fn set_time(&self, unix_s: u64) -> Result<(), Error> {
        let mut clock = self.clock();
        clock.set(unix_s, self.best().time_ms)
    }

    /// The time in unix seconds that a block would get now.
    pub fn now(&self) -> u64 {
        let clock = self.clock();
        clock.peek(self.best().time_ms) / 1000
    }

    // Transactions.

    /// Takes a SCALE-encoded extrinsic into the pool, if the runtime finds it valid, and returns its hash.
    pub fn submit(&self, extrinsic: &[u8]) -> Result<Hash, SubmitError> {
        self.enqueue(extrinsic, None)
    }

    /// The same, and tells what becomes of it.
    pub fn submit_and_watch(&self, extrinsic: &[u8]) -> Result<mpsc::UnboundedReceiver<Status>, SubmitError> {
        let (watcher, statuses) = mpsc::unbounded_channel();
        self.enqueue(extrinsic, Some(watcher)).map(|_| statuses)
    }

    fn enqueue(&self, bytes: &[u8], watcher: Option<mpsc::UnboundedSender<Status>>) -> Result<Hash, SubmitError> {
        let format = |e: scale::Error| SubmitError::Format(e.to_string());
        // The runtime panics at bytes that it cannot decode, so decode them first.
        UncheckedExtrinsic::decode_all(&mut &*bytes).map_err(format)?;
        let extrinsic = OpaqueExtrinsic::decode_all(&mut &*bytes).map_err(format)?;
        let best = self.best();
        let valid = match self.validate(bytes, &best)? {
            Ok(valid) => valid,
            Err(TransactionValidityError::Invalid(e)) => return Err(SubmitError::Invalid(e)),
            Err(TransactionValidityError::Unknown(e)) => return Err(SubmitError::Unknown(e)),
        };
        let hash = Hashing::hash(bytes);
        let number = best.header.number;
        self.pool().insert(Transaction::new(hash, extrinsic, valid, number, watcher))?;
        self.arrived.notify_one();
        Ok(hash)
    }

    fn validate(&self, bytes: &[u8], best: &Block) -> Result<TransactionValidity, SubmitError> {
        let mut arguments = TransactionSource::External.encode();
        arguments.extend_from_slice(bytes);
        best.hash.encode_to(&mut arguments);
        let failed = |e: String| SubmitError::Verification(e);
        let answer = Overlay::new(self.states.at(best.header.state_root))
            .call("TaggedTransactionQueue_validate_transaction", &arguments)
            .map_err(|e| failed(e.to_string()))?;
        TransactionValidity::decode(&mut &*answer).map_err(|e| failed(e.to_string()))
    }

    /// The transactions that the next blocks will take.
    pub fn pending(&self) -> Vec<OpaqueExtrinsic> {
        self.pool().ready().map(|tx| tx.extrinsic.clone()).collect()
    }

    /// The nonce for an account's next transaction, counting those that wait.
    pub fn next_nonce(&self, account: &AccountId) -> Result<Nonce, Error> {
        let best = self.best();
        let answer = self.call(best.hash, "AccountNonceApi_account_nonce", &account.encode())?;
        let mut nonce = Nonce::decode(&mut &*answer).map_err(|e| Error::Runtime(e.to_string()))?;
        let pool = self.pool();
        while pool.provides(&(account, nonce).encode(), best.header.number) {
            nonce += 1;
        }
        Ok(nonce)
    }

    /// Whether a block could take a transaction now.
    pub(crate) fn has_work(&self) -> bool {
        self.pool().has_applicable()
    }

    /// Completes when a transaction has arrived since the last time.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    // New blocks.

    /// Seals a block with the waiting transactions that have room in it, or an empty one.
    pub fn mine(&self) -> Result<Arc<Block>, Error> {
        let mut clock = self.clock();
        let (mut draft, number) = self.next_draft(&clock)?;
        // The pool counts on the block as soon as it gives a transaction away.
        let sealed = self.fill(&mut draft, number).and_then(|included| {
            let block = self.seal(&mut clock, draft)?;
            Ok((block, included))
        });
        let (block, included) = sealed.inspect_err(|_| self.pool().clear())?;
        for tx in &included {
            tx.tell(Status::InBlock(block.hash));
            tx.tell(Status::Finalized(block.hash));
        }
        self.pool().expire(number);
        Ok(block)
    }

    /// Replaces the block at `height`, and all above it, by an empty block, although they were final. For
    /// tests of what must never happen. Waiting transactions are dropped.
    pub fn fork(&self, height: u32) -> Result<Arc<Block>, Error> {
        let mut clock = self.clock();
        let best = self.best();
        let below = height.checked_sub(1).and_then(|parent| self.hash_at(parent));
        let (Some(parent), Some(replaced)) = (below, self.hash_at(height)) else {
            return Err(Error::NothingToFork { height, best: best.header.number });
        };
        let replaced = self.block(replaced).ok_or(Error::UnknownBlock(replaced))?;
        let parent = self.block(parent).ok_or(Error::UnknownBlock(parent))?;
        // A later time than that of the block it replaces makes it another block.
        let time_ms = clock.peek(replaced.time_ms);
        let draft = Draft::new(self.state_of(&parent)?, &parent, time_ms)?;
        self.pool().clear();
        self.states.keep_all();
        self.seal(&mut clock, draft)
    }

    fn next_draft(&self, clock: &Clock) -> Result<(Draft, u32), Error> {
        let parent = self.best();
        let state = self.states.at(parent.header.state_root);
        let draft = Draft::new(state, &parent, clock.peek(parent.time_ms))?;
        Ok((draft, parent.header.number + 1))
    }

    /// Applies waiting transactions until none is left or the block is full.
    fn fill(&self, draft: &mut Draft, number: u32) -> Result<Vec<Transaction>, Error> {
        let mut included = Vec::new();
        let mut skipped = HashSet::new();
        while skipped.len() < MAX_SKIPPED {
            let Some((rank, extrinsic)) = self.pool().next(&skipped) else {
                break;
            };
            match draft.apply(&extrinsic) {
                Ok(Ok(_)) => included.extend(self.pool().include(rank, number)),
                // It waits for the next block, unless it had this one to itself.
                Ok(Err(e)) if e.exhausted_resources() && !included.is_empty() => {
                    skipped.insert(rank);
                }
                Ok(Err(_)) | Err(Error::Runtime(_)) => {
                    if let Some(tx) = self.pool().remove(rank) {
                        tx.tell(Status::Invalid);
                    }
                }
                Err(e) => return Err(e),
            }
        }
        Ok(included)
    }

    /// Ends a block and makes it the best one.
    fn seal(&self, clock: &mut Clock, draft: Draft) -> Result<Arc<Block>, Error> {
        let empty = draft.is_empty();
        let (block, written): (Block, BackendTransaction<Hashing>) = draft.seal()?;
        clock.took(block.time_ms);
        self.states.insert(block.header.number, empty, written);
        let block = Arc::new(block);
        let length = {
            let mut blocks = self.blocks_mut();
            blocks.by_hash.insert(block.hash, block.clone());
            blocks.best_chain.truncate(block.header.number as usize);
            blocks.best_chain.push(block.hash);
            blocks.history.push(block.clone());
            blocks.history.len()
        };
        self.imported.send_replace(length);
        Ok(block)
    }

    // A thread that panicked while it held a lock leaves nothing half-done that a later one would trip
    // over: the runtime's panics are caught before they reach a lock.

    fn blocks(&self) -> RwLockReadGuard<'_, Blocks> {
        self.blocks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn blocks_mut(&self) -> RwLockWriteGuard<'_, Blocks> {
        self.blocks.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
