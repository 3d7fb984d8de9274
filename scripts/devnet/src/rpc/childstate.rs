//! `childstate_*`: the storage of one contract, which is a trie of its own.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    core::{RegisterMethodError, RpcResult},
    proc_macros::rpc,
};
use polkadot_sdk::{
    sp_core::storage::{ChildInfo, PrefixedStorageKey, StorageData, StorageKey},
    sp_state_machine::Backend,
};
use revive_dev_runtime::Hash;

use crate::{
    chain::Chain,
    error::Error,
    rpc::{
        answer::at,
        storage::{check_page, child_info, keys},
    },
    state::State,
};

#[rpc(server)]
trait ChildStateApi {
    #[method(name = "childstate_getKeys", blocking)]
    fn keys(&self, child: PrefixedStorageKey, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<StorageKey>>;

    #[method(name = "childstate_getKeysPaged", aliases = ["childstate_getKeysPagedAt"], blocking)]
    fn keys_paged(
        &self,
        child: PrefixedStorageKey,
        prefix: Option<StorageKey>,
        count: u32,
        start_key: Option<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<StorageKey>>;

    #[method(name = "childstate_getStorage")]
    fn storage(&self, child: PrefixedStorageKey, key: StorageKey, hash: Option<Hash>)
    -> RpcResult<Option<StorageData>>;

    #[method(name = "childstate_getStorageEntries")]
    fn storage_entries(
        &self,
        child: PrefixedStorageKey,
        keys: Vec<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<Option<StorageData>>>;

    #[method(name = "childstate_getStorageHash")]
    fn storage_hash(&self, child: PrefixedStorageKey, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<Hash>>;

    #[method(name = "childstate_getStorageSize")]
    fn storage_size(&self, child: PrefixedStorageKey, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<u64>>;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl Api {
    fn open(&self, child: &PrefixedStorageKey, hash: Option<Hash>) -> Result<(ChildInfo, State), Error> {
        Ok((child_info(child)?, self.0.state(at(&self.0, hash))?))
    }
}

impl ChildStateApiServer for Api {
    fn keys(&self, child: PrefixedStorageKey, prefix: StorageKey, hash: Option<Hash>) -> RpcResult<Vec<StorageKey>> {
        let (child, state) = self.open(&child, hash)?;
        Ok(keys(&state, Some(child), Some(&prefix), None, usize::MAX)?)
    }

    fn keys_paged(
        &self,
        child: PrefixedStorageKey,
        prefix: Option<StorageKey>,
        count: u32,
        start_key: Option<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<StorageKey>> {
        let count = check_page(count)?;
        let (child, state) = self.open(&child, hash)?;
        Ok(keys(&state, Some(child), prefix.as_ref(), start_key.as_ref(), count)?)
    }

    fn storage(
        &self,
        child: PrefixedStorageKey,
        key: StorageKey,
        hash: Option<Hash>,
    ) -> RpcResult<Option<StorageData>> {
        let (child, state) = self.open(&child, hash)?;
        let value = state.child_storage(&child, &key.0).map_err(Error::Runtime)?;
        Ok(value.map(StorageData))
    }

    fn storage_entries(
        &self,
        child: PrefixedStorageKey,
        keys: Vec<StorageKey>,
        hash: Option<Hash>,
    ) -> RpcResult<Vec<Option<StorageData>>> {
        keys.into_iter().map(|key| self.storage(child.clone(), key, hash)).collect()
    }

    fn storage_hash(&self, child: PrefixedStorageKey, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<Hash>> {
        let (child, state) = self.open(&child, hash)?;
        Ok(state.child_storage_hash(&child, &key.0).map_err(Error::Runtime)?)
    }

    fn storage_size(&self, child: PrefixedStorageKey, key: StorageKey, hash: Option<Hash>) -> RpcResult<Option<u64>> {
        Ok(self.storage(child, key, hash)?.map(|value| value.0.len() as u64))
    }
}
