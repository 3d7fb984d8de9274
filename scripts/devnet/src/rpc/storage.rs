//! What `state_*` and `childstate_*` share: keys, pages of keys, values.

use jsonrpsee::types::{ErrorObject, ErrorObjectOwned};
use polkadot_sdk::{
    sp_core::storage::{ChildInfo, ChildType, PrefixedStorageKey, StorageData, StorageKey},
    sp_state_machine::{Backend, IterArgs},
};

use crate::{error::Error, state::State};

/// How many keys one page may have, as on a node.
const MAX_PAGE: u32 = 1_000;

/// The value under a key.
pub(super) fn read(state: &State, key: &StorageKey) -> Result<Option<StorageData>, Error> {
    Ok(state.storage(&key.0).map_err(Error::Runtime)?.map(StorageData))
}

/// The keys of a state in order: those that begin with `prefix` and come after `start`.
pub(super) fn keys(
    state: &State,
    child: Option<ChildInfo>,
    prefix: Option<&StorageKey>,
    start: Option<&StorageKey>,
    count: usize,
) -> Result<Vec<StorageKey>, Error> {
    let mut range = IterArgs::default();
    range.prefix = prefix.map(|key| &key.0[..]);
    range.start_at = start.map(|key| &key.0[..]);
    range.start_at_exclusive = true;
    range.child_info = child;
    let keys = state.keys(range).map_err(Error::Runtime)?;
    keys.take(count).map(|key| key.map(StorageKey).map_err(Error::Runtime)).collect()
}

/// Refuses pages that are too long, as a node does.
pub(super) fn check_page(count: u32) -> Result<usize, ErrorObjectOwned> {
    if count > MAX_PAGE {
        let message = format!("count exceeds maximum value. value: {count}, max: {MAX_PAGE}");
        return Err(ErrorObject::owned(4002, message, None::<()>));
    }
    Ok(count as usize)
}

/// The child trie under a key such as `:child_storage:default:` and the contract's trie id.
pub(super) fn child_info(key: &PrefixedStorageKey) -> Result<ChildInfo, Error> {
    match ChildType::from_prefixed_key(key) {
        Some((ChildType::ParentKeyId, id)) => Ok(ChildInfo::new_default(id)),
        None => Err(Error::Runtime("Invalid child storage key".into())),
    }
}
