//! What every namespace answers with: a node's errors, blocks by their hash, subscriptions that miss nothing.

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink, SubscriptionSink,
    core::SubscriptionResult,
    types::{ErrorObject, ErrorObjectOwned},
};
use revive_dev_runtime::Hash;
use scale::Decode;
use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::{block::Block, chain::Chain, error::Error};

/// The code with which a node answers what it could not do.
const CLIENT_ERROR: i32 = 4003;

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        ErrorObject::owned(CLIENT_ERROR, format!("Client error: {error}"), None::<()>)
    }
}

/// The block that a caller named, or the newest one.
pub(super) fn at(chain: &Chain, hash: Option<Hash>) -> Hash {
    hash.unwrap_or_else(|| chain.best().hash)
}

/// Decodes an answer of the runtime.
pub(super) fn decode<T: Decode>(mut answer: &[u8]) -> Result<T, Error> {
    T::decode(&mut answer).map_err(|e| Error::Runtime(format!("cannot decode the answer: {e}")))
}

/// Sends an item to a subscriber and tells whether there still is one.
pub(super) async fn send(sink: &SubscriptionSink, item: &impl Serialize) -> bool {
    match to_raw_value(item) {
        Ok(item) => sink.send(item).await.is_ok(),
        Err(e) => {
            tracing::error!(error = %e, "cannot serialize");
            false
        }
    }
}

/// Sends a subscriber what `item` makes of the newest block and of every block after it. None is left out, however slow
/// the subscriber is.
pub(super) async fn follow<T: Serialize>(
    pending: PendingSubscriptionSink,
    chain: Arc<Chain>,
    mut item: impl FnMut(&Block) -> Option<T>,
) -> SubscriptionResult {
    // The place is noted before the subscriber knows that it is one.
    let mut length = chain.watch_history();
    let mut next = length.borrow().saturating_sub(1);
    let sink = pending.accept().await?;
    loop {
        length.mark_unchanged();
        let blocks = chain.history(next);
        next += blocks.len();
        for item in blocks.iter().filter_map(|block| item(block)) {
            if !send(&sink, &item).await {
                return Ok(());
            }
        }
        tokio::select! {
            () = sink.closed() => return Ok(()),
            changed = length.changed() => changed?,
        }
    }
}
