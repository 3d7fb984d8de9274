//! `state_*`: storage, proofs of it, and the runtime's own functions.

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink, RpcModule,
    core::{RegisterMethodError, RpcResult, SubscriptionResult, async_trait},
    proc_macros::rpc,
    types::ErrorObject,
};
use polkadot_sdk::{
    sp_core::{
        Bytes,
        storage::{PrefixedStorageKey, StorageChangeSet, StorageData, StorageKey},
    },
    sp_state_machine::{Backend, StorageProof},
    sp_version::RuntimeVersion,
};
use revive_dev_runtime::{Hash, VERSION};
use serde::Serialize;

use crate::{
    block::Block,
    chain::Chain,
    error::Error,
    rpc::{
        answer::{at, decode, follow},
        storage::{check_page, child_info, keys, read},
    },
    state::State,
};

/// How many blocks a query of past storage may span.
const MAX_SPAN: u32 = 10_000;

/// Trie nodes that prove storage against the state root of a block.
#[derive(Clone, Serialize)]
pub(super) struct ReadProof {
    at: Hash,
    proof: Vec<Bytes>,
}

impl ReadProof {
    fn new(at: Hash, proof: StorageProof) -> Self {
        Self { at, proof: proof.into_iter_nodes().map(Bytes).collect() }
    }
}

#[rpc(server)]
trait StateApi {
    #[method(name = "state_call", aliases = ["state_callAt"], blocking)]
    fn call(&self, function: String, arguments: Bytes, hash: Option<Hash>) -> RpcResult<Bytes>;

    #[method(name = "state_getMetadata", blocking)]
    fn metadata(&self, hash: Option<Hash>) -> RpcResult<Bytes>;

    #[method(name = "state_getRuntimeVersion", aliases = ["chain_getRuntimeVersion"])]
    fn runtime_version(&self, hash: Option<Hash>) -> RpcResult<RuntimeVersion>;

    #[method(name = "state_getStorage", aliases = ["state_getStorageAt"])]
    fn storage(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<StorageData>>;

    #[method(name = "state_getStorageHash", aliases = ["state_getStorageHashAt"])]
    fn storage_hash(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<Hash>>;

    #[method(name = "state_getStorageSize", aliases = ["state_getStorageSizeAt"])]
    fn storage_size(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<u64>>;

    #[method(name = "state_getKeys", blocking)]
    fn keys(&self, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<StorageKey>>;

    #[method(name = "state_getPairs", blocking)]
    fn pairs(&self, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<(StorageKey, StorageData)>>;

    #[method(name = "state_getKeysPaged", aliases = ["state_getKeysPagedAt"], blocking)]
    fn keys_paged(
        &self,
        prefix: Option<StorageKey>,
        count: u32,
        start_key: Option<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<StorageKey>>;

    #[method(name = "state_queryStorage", blocking)]
    fn query_storage(
        &self,
        keys: Vec<StorageKey>,
        from: Hash,
        to: Option<Hash>,
    ) -> RpcResult<Vec<StorageChangeSet<Hash>>>;

    #[method(name = "state_queryStorageAt")]
    fn query_storage_at(&self, keys: Vec<StorageKey>, hash: Option<Hash>) -> RpcResult<Vec<StorageChangeSet<Hash>>>;

    #[method(name = "state_getReadProof", blocking)]
    fn read_proof(&self, keys: Vec<StorageKey>, hash: Option<Hash>) -> RpcResult<ReadProof>;

    #[method(name = "state_getChildReadProof", blocking)]
    fn child_read_proof(
        &self,
        child: PrefixedStorageKey,
        keys: Vec<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<ReadProof>;

    #[subscription(
        name = "state_subscribeRuntimeVersion" => "state_runtimeVersion",
        aliases = ["chain_subscribeRuntimeVersion"],
        unsubscribe = "state_unsubscribeRuntimeVersion",
        unsubscribe_aliases = ["chain_unsubscribeRuntimeVersion"],
        item = RuntimeVersion
    )]
    async fn subscribe_runtime_version(&self) -> SubscriptionResult;

    #[subscription(
        name = "state_subscribeStorage" => "state_storage",
        unsubscribe = "state_unsubscribeStorage",
        item = StorageChangeSet<Hash>
    )]
    async fn subscribe_storage(&self, keys: Option<Vec<StorageKey>>) -> SubscriptionResult;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl Api {
    /// The hash of the block that a caller named, or of the newest one, and the state after it.
    fn state(&self, hash: Option<Hash>) -> Result<(Hash, State), Error> {
        let hash = at(&self.0, hash);
        Ok((hash, self.0.state(hash)?))
    }

    fn changes(&self, at: Hash, keys: &[StorageKey]) -> Result<Vec<(StorageKey, Option<StorageData>)>, Error> {
        let state = self.0.state(at)?;
        keys.iter().map(|key| Ok((key.clone(), read(&state, key)?))).collect()
    }
}

#[async_trait]
impl StateApiServer for Api {
    fn call(&self, function: String, arguments: Bytes, hash: Option<Hash>) -> RpcResult<Bytes> {
        Ok(Bytes(self.0.call(at(&self.0, hash), &function, &arguments)?))
    }

    fn metadata(&self, hash: Option<Hash>) -> RpcResult<Bytes> {
        // The answer of the runtime is opaque metadata: bytes within bytes.
        let metadata = self.0.call(at(&self.0, hash), "Metadata_metadata", &[])?;
        Ok(Bytes(decode(&metadata)?))
    }

    fn runtime_version(&self, hash: Option<Hash>) -> RpcResult<RuntimeVersion> {
        self.state(hash)?;
        Ok(VERSION)
    }

    fn storage(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<StorageData>> {
        let (_, state) = self.state(hash)?;
        Ok(read(&state, &key)?)
    }

    fn storage_hash(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<Hash>> {
        let (_, state) = self.state(hash)?;
        Ok(state.storage_hash(&key.0).map_err(Error::Runtime)?)
    }

    fn storage_size(&self, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<u64>> {
        Ok(self.storage(key, hash)?.map(|value| value.0.len() as u64))
    }

    fn keys(&self, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<StorageKey>> {
        let (_, state) = self.state(hash)?;
        Ok(keys(&state, None, Some(&prefix), None, usize::MAX)?)
    }

    fn pairs(&self, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<(StorageKey, StorageData)>> {
        let (_, state) = self.state(hash)?;
        let mut pairs = Vec::new();
        for key in keys(&state, None, Some(&prefix), None, usize::MAX)? {
            if let Some(value) = read(&state, &key)? {
                pairs.push((key, value));
            }
        }
        Ok(pairs)
    }

    fn keys_paged(
        &self,
        prefix: Option<StorageKey>,
        count: u32,
        start_key: Option<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<StorageKey>> {
        let count = check_page(count)?;
        let (_, state) = self.state(hash)?;
        Ok(keys(&state, None, prefix.as_ref(), start_key.as_ref(), count)?)
    }

    fn query_storage(
        &self,
        wanted: Vec<StorageKey>,
        from: Hash,
        to: Option<Hash>,
    ) -> RpcResult<Vec<StorageChangeSet<Hash>>> {
        let height = |hash| {
            let block = self.0.block(hash).ok_or(Error::UnknownBlock(hash))?;
            let on_best_chain = self.0.hash_at(block.header.number) == Some(hash);
            on_best_chain.then_some(block.header.number).ok_or(Error::UnknownBlock(hash))
        };
        let (first, last) = (height(from)?, height(at(&self.0, to))?);
        if first > last || last - first > MAX_SPAN {
            let message =
                format!("Cannot resolve a block range ['{from:?}' ... '{to:?}']: at most {MAX_SPAN} blocks, in order");
            return Err(ErrorObject::owned(4001, message, None::<()>));
        }
        let mut sets = Vec::new();
        let mut known = Vec::new();
        for height in first..=last {
            let Some(block) = self.0.hash_at(height) else {
                break;
            };
            let now = self.changes(block, &wanted)?;
            // The first block tells everything, the others what changed.
            let changes: Vec<_> = now
                .iter()
                .enumerate()
                .filter(|(i, entry)| known.get(*i) != Some(*entry))
                .map(|(_, entry)| entry.clone())
                .collect();
            known = now;
            if !changes.is_empty() {
                sets.push(StorageChangeSet { block, changes });
            }
        }
        Ok(sets)
    }

    fn query_storage_at(&self, keys: Vec<StorageKey>, hash: Option<Hash>) -> RpcResult<Vec<StorageChangeSet<Hash>>> {
        let block = at(&self.0, hash);
        Ok(vec![StorageChangeSet { block, changes: self.changes(block, &keys)? }])
    }

    fn read_proof(&self, keys: Vec<StorageKey>, hash: Option<Hash>) -> RpcResult<ReadProof> {
        let at = at(&self.0, hash);
        let keys: Vec<_> = keys.into_iter().map(|key| key.0).collect();
        Ok(ReadProof::new(at, self.0.prove(at, &keys)?))
    }

    fn child_read_proof(
        &self,
        child: PrefixedStorageKey,
        keys: Vec<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<ReadProof> {
        let at = at(&self.0, hash);
        let child = child_info(&child)?;
        let keys: Vec<_> = keys.into_iter().map(|key| key.0).collect();
        Ok(ReadProof::new(at, self.0.prove_child(at, &child, &keys)?))
    }

    async fn subscribe_runtime_version(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        // The runtime of this chain never changes, so there is one item and then silence.
        let mut version = Some(VERSION);
        follow(pending, self.0.clone(), move |_| version.take()).await
    }

    async fn subscribe_storage(
        &self,
        pending: PendingSubscriptionSink,
        keys: Option<Vec<StorageKey>>,
    ) -> SubscriptionResult {
        let Some(keys) = keys else {
            let message = "name the keys: all of them at once cannot be subscribed to";
            pending.reject(ErrorObject::owned(4001, message, None::<()>)).await;
            return Ok(());
        };
        let api = Api(self.0.clone());
        let mut known = Vec::new();
        let changes = move |block: &Block| {
            let now = api.changes(block.hash, &keys).ok()?;
            let changes: Vec<_> = now.iter().filter(|entry| !known.contains(*entry)).cloned().collect();
            known = now;
            let set = StorageChangeSet { block: block.hash, changes };
            (!set.changes.is_empty()).then_some(set)
        };
        follow(pending, self.0.clone(), changes).await
    }
}
