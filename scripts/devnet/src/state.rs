//! Where state lives: one content-addressed set of trie nodes, of which every block names a root.
//!
//! The states of blocks with transactions stay: blocks share what they have in common, so a block costs only the nodes
//! that it changed. A chain that seals an empty block every second must not grow by them, so the states of most empty
//! blocks are dropped after a while. They follow from the block before, so whoever asks for one gets it computed again.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError, RwLock},
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
/// How many of the newest blocks keep their state, whatever is in them.
const RECENT: usize = 256;
/// Of the older empty blocks, one in so many keeps its state, so that the others are soon computed again.
const LANDMARK_EVERY: u32 = 64;
/// For how many stretches between two landmarks the states that were computed again are kept at hand.
const STRETCHES: usize = 4;

/// The trie nodes of blocks by their hash. Clones share the nodes.
#[derive(Clone, Default)]
pub struct Nodes {
    kept: Arc<RwLock<HashMap<H256, Node>>>,
    /// Nodes of states that were computed again.
    again: Option<Stretch>,
}

/// Nodes of the states in one stretch of empty blocks, which were computed again.
type Stretch = Arc<RwLock<HashMap<H256, DBValue>>>;

struct Node {
    value: DBValue,
    /// In how many places of tries it was written and not dropped.
    places: u32,
}

impl TrieBackendStorage<BlakeTwo256> for Nodes {
    fn get(&self, hash: &H256, _prefix: (&[u8], Option<u8>)) -> Result<Option<DBValue>, DefaultError> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let value = kept.get(hash).map(|node| node.value.clone());
        let again = || {
            let again = self.again.as_ref()?.read().unwrap_or_else(PoisonError::into_inner);
            again.get(hash).cloned()
        };
        Ok(value.or_else(again))
    }
}

/// All states of a chain.
pub(crate) struct States {
    nodes: Nodes,
    cache: SharedTrieCache<Hashing>,
    recent: Mutex<VecDeque<Written>>,
    stretches: Mutex<VecDeque<(H256, Stretch)>>,
}

/// What a recent block changed about the state before it.
struct Written {
    /// Whether the state may be dropped later.
    passing: bool,
    /// Nodes that are new in this state, by place and hash.
    new: HashSet<Vec<u8>>,
    /// Nodes of the state before that are gone in this one.
    gone: HashSet<Vec<u8>>,
}

impl States {
    pub(crate) fn new() -> Self {
        let cache = SharedTrieCache::new(CacheSize::new(CACHE_BYTES), None);
        Self { nodes: Nodes::default(), cache, recent: Mutex::default(), stretches: Mutex::default() }
    }

    /// The state under `root`, which must be that of a block whose state is kept (or of the empty trie).
    pub(crate) fn at(&self, root: H256) -> State {
        self.open(self.nodes.clone(), root)
    }

    /// Whether the state under a block's root is kept.
    pub(crate) fn keeps(&self, root: &H256) -> bool {
        // No two blocks have one root, as each has a number of its own, and a state's root goes when the state does.
        self.nodes.kept.read().unwrap_or_else(PoisonError::into_inner).contains_key(root)
    }

    /// How many bytes the nodes take that are kept.
    pub(crate) fn bytes(&self) -> usize {
        let kept = self.nodes.kept.read().unwrap_or_else(PoisonError::into_inner);
        let values: usize = kept.values().map(|node| node.value.capacity()).sum();
        values + kept.len() * size_of::<(H256, Node)>()
    }

    fn open(&self, nodes: Nodes, root: H256) -> State {
        TrieBackendBuilder::new(nodes, root).with_cache(self.cache.local_cache_trusted()).build()
    }

    /// Adds the nodes that block `number` wrote upon the newest state; `empty` if it follows from the block before it.
    pub(crate) fn insert(&self, number: u32, empty: bool, mut written: BackendTransaction<Hashing>) {
        let mut kept = self.nodes.kept.write().unwrap_or_else(PoisonError::into_inner);
        let (mut new, mut gone) = (HashSet::new(), HashSet::new());
        for (place, (value, references)) in written.drain() {
            if references > 0 {
                kept.entry(hash_in(&place)).or_insert(Node { value, places: 0 }).places += 1;
                new.insert(place);
            } else if references < 0 {
                gone.insert(place);
            }
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_back(Written { passing: empty && !number.is_multiple_of(LANDMARK_EVERY), new, gone });
        while recent.len() > RECENT {
            let (Some(oldest), Some(next)) = (recent.pop_front(), recent.front_mut()) else { break };
            if oldest.passing {
                drop_state(&mut kept, oldest, next);
            }
        }
    }

    /// Forgets which blocks are recent, because the next block is not built on the newest one. All states that are
    /// kept now stay.
    pub(crate) fn keep_all(&self) {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Where states that are computed again upon the kept state under `landmark` go, and what is there already.
    pub(crate) fn stretch(&self, landmark: H256) -> Recomputed<'_> {
        let mut stretches = self.stretches.lock().unwrap_or_else(PoisonError::into_inner);
        let known = stretches.iter().find(|(root, _)| *root == landmark).map(|(_, stretch)| stretch.clone());
        let stretch = known.unwrap_or_else(|| {
            let stretch = Stretch::default();
            stretches.push_back((landmark, stretch.clone()));
            if stretches.len() > STRETCHES {
                stretches.pop_front();
            }
            stretch
        });
        Recomputed { states: self, stretch }
    }
}

/// States that were dropped and are computed again.
pub(crate) struct Recomputed<'a> {
    states: &'a States,
    stretch: Stretch,
}

impl Recomputed<'_> {
    /// The state under `root`, which was inserted or is kept.
    pub(crate) fn at(&self, root: H256) -> State {
        let nodes = Nodes { again: Some(self.stretch.clone()), ..self.states.nodes.clone() };
        self.states.open(nodes, root)
    }

    /// Whether the state under `root` was inserted.
    pub(crate) fn has(&self, root: &H256) -> bool {
        self.stretch.read().unwrap_or_else(PoisonError::into_inner).contains_key(root)
    }

    /// Adds the nodes that a block wrote.
    pub(crate) fn insert(&self, mut written: BackendTransaction<Hashing>) {
        let mut stretch = self.stretch.write().unwrap_or_else(PoisonError::into_inner);
        let new = written.drain().into_iter().filter(|(_, (_, references))| *references > 0);
        stretch.extend(new.map(|(place, (value, _))| (hash_in(&place), value)));
    }
}

/// The SDK puts the place in the trie before a node's hash, so that what is written twice is not dropped once.
fn hash_in(place: &[u8]) -> H256 {
    H256::from_slice(&place[place.len() - H256::len_bytes()..])
}

/// Drops the state of `oldest`: the nodes that it shares neither with the state before it nor with the one after it,
/// which is told of as built on the one before from now on.
fn drop_state(kept: &mut HashMap<H256, Node>, oldest: Written, next: &mut Written) {
    let mut drop_node = |place: &[u8]| {
        let hash = hash_in(place);
        if let Some(node) = kept.get_mut(&hash) {
            node.places -= 1;
            if node.places == 0 {
                kept.remove(&hash);
            }
        }
    };
    for place in oldest.new {
        match next.gone.remove(&place) {
            true => drop_node(&place),
            false => _ = next.new.insert(place),
        }
    }
    for place in oldest.gone {
        // What came back was there all the time, and was written twice.
        match next.new.remove(&place) {
            true => drop_node(&place),
            false => _ = next.gone.insert(place),
        }
    }
}
