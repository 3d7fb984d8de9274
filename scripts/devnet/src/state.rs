//! Where state lives: one content-addressed set of trie nodes, of which every block names a root.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use polkadot_sdk::{
    sp_core::H256,
    sp_runtime::traits::{BlakeTwo256, HashingFor},
    sp_state_machine::{
        BackendTransaction, DBValue, DefaultError, TrieBackend, TrieBackendBuilder, TrieBackendStorage,
    },
    sp_trie::cache::{CacheSize, SharedTrieCache},
};
use revive_dev_runtime::OpaqueBlock;

/// The hash function of headers, extrinsics and state: Blake2b-256.
pub type Hashing = HashingFor<OpaqueBlock>;

/// The state of one block, as the SDK's state machine reads it.
pub type State = TrieBackend<Nodes, Hashing>;

/// Decoded nodes and values kept at hand, in bytes.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// The trie nodes of all blocks by their hash. Clones share the nodes.
///
/// Nothing is ever pruned: blocks share what they have in common, so a block costs only the nodes it
/// changed, and any old state stays readable and provable.
#[derive(Clone, Default)]
pub struct Nodes(Arc<RwLock<HashMap<H256, DBValue>>>);

impl TrieBackendStorage<BlakeTwo256> for Nodes {
    fn get(&self, hash: &H256, _prefix: (&[u8], Option<u8>)) -> Result<Option<DBValue>, DefaultError> {
        let nodes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(nodes.get(hash).cloned())
    }
}

/// All states of a chain.
pub(crate) struct States {
    nodes: Nodes,
    cache: SharedTrieCache<Hashing>,
}

impl States {
    pub(crate) fn new() -> Self {
        let cache = SharedTrieCache::new(CacheSize::new(CACHE_BYTES), None);
        Self { nodes: Nodes::default(), cache }
    }

    /// The state under `root`, which must be that of a block (or of the empty trie).
    pub(crate) fn at(&self, root: H256) -> State {
        TrieBackendBuilder::new(self.nodes.clone(), root).with_cache(self.cache.local_cache_trusted()).build()
    }

    /// Adds the nodes that a block wrote.
    pub(crate) fn insert(&self, mut written: BackendTransaction<Hashing>) {
        let mut nodes = self.nodes.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, (node, references)) in written.drain() {
            // The SDK prefixes a node's hash with its place in the trie, which only a pruning store needs.
            if references > 0 {
                nodes.insert(H256::from_slice(&key[key.len() - H256::len_bytes()..]), node);
            }
        }
    }
}
