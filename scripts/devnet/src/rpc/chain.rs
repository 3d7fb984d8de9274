//! `chain_*`: blocks and heads.

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink, RpcModule,
    core::{RegisterMethodError, RpcResult, SubscriptionResult, async_trait},
    proc_macros::rpc,
};
use polkadot_sdk::{
    sp_rpc::{list::ListOrValue, number::NumberOrHex},
    sp_runtime::generic::SignedBlock,
};
use revive_dev_runtime::{Hash, Header, OpaqueBlock};

use crate::{
    block::Block,
    chain::Chain,
    rpc::answer::{at, follow},
};

#[rpc(server)]
trait ChainApi {
    #[method(name = "chain_getHeader")]
    fn header(&self, hash: Option<Hash>) -> RpcResult<Option<Header>>;

    #[method(name = "chain_getBlock")]
    fn block(&self, hash: Option<Hash>) -> RpcResult<Option<SignedBlock<OpaqueBlock>>>;

    #[method(name = "chain_getBlockHash", aliases = ["chain_getHead"])]
    fn block_hash(&self, height: Option<ListOrValue<NumberOrHex>>) -> RpcResult<ListOrValue<Option<Hash>>>;

    #[method(name = "chain_getFinalizedHead", aliases = ["chain_getFinalisedHead"])]
    fn finalized_head(&self) -> RpcResult<Hash>;

    #[subscription(
        name = "chain_subscribeNewHeads" => "chain_newHead",
        aliases = ["subscribe_newHead", "chain_subscribeNewHead"],
        unsubscribe = "chain_unsubscribeNewHeads",
        unsubscribe_aliases = ["unsubscribe_newHead", "chain_unsubscribeNewHead"],
        item = Header
    )]
    async fn subscribe_new_heads(&self) -> SubscriptionResult;

    #[subscription(
        name = "chain_subscribeAllHeads" => "chain_allHead",
        unsubscribe = "chain_unsubscribeAllHeads",
        item = Header
    )]
    async fn subscribe_all_heads(&self) -> SubscriptionResult;

    #[subscription(
        name = "chain_subscribeFinalizedHeads" => "chain_finalizedHead",
        aliases = ["chain_subscribeFinalisedHeads"],
        unsubscribe = "chain_unsubscribeFinalizedHeads",
        unsubscribe_aliases = ["chain_unsubscribeFinalisedHeads"],
        item = Header
    )]
    async fn subscribe_finalized_heads(&self) -> SubscriptionResult;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl Api {
    async fn follow_headers(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let header = |block: &Block| Some(block.header.clone());
        follow(pending, self.0.clone(), header).await
    }
}

#[async_trait]
impl ChainApiServer for Api {
    fn header(&self, hash: Option<Hash>) -> RpcResult<Option<Header>> {
        let block = self.0.block(at(&self.0, hash));
        Ok(block.map(|block| block.header.clone()))
    }

    fn block(&self, hash: Option<Hash>) -> RpcResult<Option<SignedBlock<OpaqueBlock>>> {
        let block = self.0.block(at(&self.0, hash));
        Ok(block.map(|block| SignedBlock {
            block: OpaqueBlock { header: block.header.clone(), extrinsics: block.extrinsics.clone() },
            justifications: None,
        }))
    }

    fn block_hash(&self, height: Option<ListOrValue<NumberOrHex>>) -> RpcResult<ListOrValue<Option<Hash>>> {
        let Some(height) = height else {
            return Ok(ListOrValue::Value(Some(self.0.best().hash)));
        };
        // A height that no block can have is a height without a block.
        Ok(height.map(|height| self.0.hash_at(u32::try_from(height).ok()?)))
    }

    fn finalized_head(&self) -> RpcResult<Hash> {
        Ok(self.0.best().hash)
    }

    // Every block is the best one and final as soon as it is there, so the three are one.

    async fn subscribe_new_heads(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        self.follow_headers(pending).await
    }

    async fn subscribe_all_heads(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        self.follow_headers(pending).await
    }

    async fn subscribe_finalized_heads(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        self.follow_headers(pending).await
    }
}
