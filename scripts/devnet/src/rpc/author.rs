//! `author_*`: transactions on their way into a block.

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink, RpcModule,
    core::{RegisterMethodError, RpcResult, SubscriptionResult, async_trait},
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
};
use polkadot_sdk::{
    sp_core::Bytes,
    sp_runtime::{OpaqueExtrinsic, transaction_validity::InvalidTransaction},
};
use revive_dev_runtime::Hash;

use crate::{chain::Chain, pool::SubmitError, rpc::answer::send};

#[rpc(server)]
trait AuthorApi {
    #[method(name = "author_submitExtrinsic")]
    fn submit_extrinsic(&self, extrinsic: Bytes) -> RpcResult<Hash>;

    #[method(name = "author_pendingExtrinsics")]
    fn pending_extrinsics(&self) -> RpcResult<Vec<OpaqueExtrinsic>>;

    #[subscription(
        name = "author_submitAndWatchExtrinsic" => "author_extrinsicUpdate",
        unsubscribe = "author_unwatchExtrinsic",
        item = crate::pool::Status
    )]
    async fn submit_and_watch_extrinsic(&self, extrinsic: Bytes) -> SubscriptionResult;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

#[async_trait]
impl AuthorApiServer for Api {
    fn submit_extrinsic(&self, extrinsic: Bytes) -> RpcResult<Hash> {
        Ok(self.0.submit(&extrinsic)?)
    }

    fn pending_extrinsics(&self) -> RpcResult<Vec<OpaqueExtrinsic>> {
        Ok(self.0.pending())
    }

    async fn submit_and_watch_extrinsic(
        &self,
        pending: PendingSubscriptionSink,
        extrinsic: Bytes,
    ) -> SubscriptionResult {
        let mut statuses = match self.0.submit_and_watch(&extrinsic) {
            Ok(statuses) => statuses,
            Err(e) => {
                pending.reject(ErrorObjectOwned::from(e)).await;
                return Ok(());
            }
        };
        let sink = pending.accept().await?;
        loop {
            let status = tokio::select! {
                () = sink.closed() => return Ok(()),
                status = statuses.recv() => status,
            };
            let Some(status) = status else { return Ok(()) };
            if !send(&sink, &status).await {
                return Ok(());
            }
        }
    }
}

fn reason_invalid(e: InvalidTransaction) -> String {
    match e {
        InvalidTransaction::Custom(code) => format!("Custom error: {code}"),
        e => <&str>::from(e).into(),
    }
}

/// The codes and messages are those of a node's `author` namespace, which clients match on.
impl From<SubmitError> for ErrorObjectOwned {
    fn from(error: SubmitError) -> Self {
        let plain = error.to_string();
        let (code, message, data) = match error {
            SubmitError::Format(_) => (1001, plain, None),
            SubmitError::Verification(_) => (1002, plain, None),
            SubmitError::Invalid(e) => (1010, "Invalid Transaction".into(), Some(reason_invalid(e))),
            SubmitError::Unknown(e) => (1011, "Unknown Transaction Validity".into(), Some(<&str>::from(e).into())),
            SubmitError::AlreadyImported(hash) => (1013, plain, Some(format!("{hash:?}"))),
            SubmitError::TooLowPriority { .. } => {
                let why = "The transaction has too low priority to replace another transaction already in the pool.";
                (1014, plain, Some(why.into()))
            }
            SubmitError::Full => {
                let why = "The transaction couldn't enter the pool because of the limit";
                (1016, "Immediately Dropped".into(), Some(why.into()))
            }
        };
        ErrorObject::owned(code, message, data)
    }
}
