//! `system_*`: what the node is.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    core::{RegisterMethodError, RpcResult},
    proc_macros::rpc,
    types::ErrorObject,
};
use polkadot_sdk::{sp_core::Bytes, sp_runtime::OpaqueExtrinsic};
use revive_dev_runtime::{AccountId, Hash, Nonce, UncheckedExtrinsic};
use scale::{DecodeAll, Encode};
use serde_json::{Value, json};

use crate::{chain::Chain, error::Error, rpc::answer::at};

#[rpc(server)]
trait SystemApi {
    #[method(name = "system_name")]
    fn name(&self) -> RpcResult<&'static str>;

    #[method(name = "system_version")]
    fn version(&self) -> RpcResult<&'static str>;

    #[method(name = "system_chain")]
    fn chain(&self) -> RpcResult<&'static str>;

    #[method(name = "system_chainType")]
    fn chain_type(&self) -> RpcResult<&'static str>;

    #[method(name = "system_properties")]
    fn properties(&self) -> RpcResult<Value>;

    #[method(name = "system_health")]
    fn health(&self) -> RpcResult<Value>;

    #[method(name = "system_syncState")]
    fn sync_state(&self) -> RpcResult<Value>;

    #[method(name = "system_peers")]
    fn peers(&self) -> RpcResult<[(); 0]>;

    #[method(name = "system_nodeRoles")]
    fn node_roles(&self) -> RpcResult<[&'static str; 1]>;

    #[method(name = "system_localListenAddresses")]
    fn local_listen_addresses(&self) -> RpcResult<[(); 0]>;

    #[method(name = "system_accountNextIndex", aliases = ["account_nextIndex"])]
    fn account_next_index(&self, account: AccountId) -> RpcResult<Nonce>;

    #[method(name = "system_dryRun", aliases = ["system_dryRunAt"], blocking)]
    fn dry_run(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<Bytes>;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl SystemApiServer for Api {
    fn name(&self) -> RpcResult<&'static str> {
        Ok(env!("CARGO_PKG_NAME"))
    }

    fn version(&self) -> RpcResult<&'static str> {
        Ok(env!("CARGO_PKG_VERSION"))
    }

    fn chain(&self) -> RpcResult<&'static str> {
        Ok("Chorus Development")
    }

    fn chain_type(&self) -> RpcResult<&'static str> {
        Ok("Development")
    }

    fn properties(&self) -> RpcResult<Value> {
        Ok(json!({ "ss58Format": 42, "tokenDecimals": 12, "tokenSymbol": "UNIT" }))
    }

    fn health(&self) -> RpcResult<Value> {
        Ok(json!({ "peers": 0, "isSyncing": false, "shouldHavePeers": false }))
    }

    fn sync_state(&self) -> RpcResult<Value> {
        let best = self.0.best().header.number;
        Ok(json!({ "startingBlock": 0, "currentBlock": best, "highestBlock": best }))
    }

    fn peers(&self) -> RpcResult<[(); 0]> {
        Ok([])
    }

    fn node_roles(&self) -> RpcResult<[&'static str; 1]> {
        Ok(["Authority"])
    }

    fn local_listen_addresses(&self) -> RpcResult<[(); 0]> {
        Ok([])
    }

    fn account_next_index(&self, account: AccountId) -> RpcResult<Nonce> {
        Ok(self.0.next_nonce(&account)?)
    }

    fn dry_run(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<Bytes> {
        let failed = |reason: String| ErrorObject::owned(1, "Unable to dry run extrinsic.", Some(reason));
        let unreadable = |e: scale::Error| failed(e.to_string());
        UncheckedExtrinsic::decode_all(&mut &*extrinsic.0).map_err(unreadable)?;
        let extrinsic = OpaqueExtrinsic::decode_all(&mut &*extrinsic.0).map_err(unreadable)?;
        let block = at(&self.0, hash);
        let mut draft = self.0.draft_after(block)?;
        let applied = draft.apply(&extrinsic).map_err(|e: Error| failed(e.to_string()))?;
        Ok(Bytes(applied.encode()))
    }
}
