//! The JSON-RPC methods, one file for each namespace. Names, parameters, answers and error codes are those
//! of a Substrate node.

mod author;
mod chain;
mod childstate;
mod dev;
mod payment;
mod state;
mod system;

use std::sync::Arc;

use jsonrpsee::{
    PendingSubscriptionSink, RpcModule, SubscriptionSink,
    core::{RegisterMethodError, SubscriptionResult},
    types::{ErrorObject, ErrorObjectOwned},
};
use revive_dev_runtime::Hash;
use scale::Decode;
use serde::Serialize;
use serde_json::{json, value::to_raw_value};

use crate::{Block, Chain, Error};

/// All methods on `chain`.
pub(crate) fn module(chain: Arc<Chain>) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(());
    author::add(&mut module, &chain)?;
    chain::add(&mut module, &chain)?;
    childstate::add(&mut module, &chain)?;
    dev::add(&mut module, &chain)?;
    payment::add(&mut module, &chain)?;
    state::add(&mut module, &chain)?;
    system::add(&mut module, &chain)?;

    let mut methods: Vec<&str> = module.method_names().chain(["rpc_methods"]).collect();
    methods.sort_unstable();
    let methods = json!({ "methods": methods });
    module.register_method("rpc_methods", move |_, _, _| methods.clone())?;
    Ok(module)
}

/// The code that a node gives to whatever its client could not do.
const CLIENT_ERROR: i32 = 4003;

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        ErrorObject::owned(CLIENT_ERROR, format!("Client error: {error}"), None::<()>)
    }
}

/// The block that a caller named, or the newest one.
fn at(chain: &Chain, hash: Option<Hash>) -> Hash {
    hash.unwrap_or_else(|| chain.best().hash)
}

/// Decodes an answer of the runtime.
fn decode<T: Decode>(mut answer: &[u8]) -> Result<T, Error> {
    T::decode(&mut answer).map_err(|e| Error::Runtime(format!("cannot decode the answer: {e}")))
}

/// Sends an item to a subscriber and tells whether there still is one.
async fn send(sink: &SubscriptionSink, item: &impl Serialize) -> bool {
    match to_raw_value(item) {
        Ok(item) => sink.send(item).await.is_ok(),
        Err(e) => {
            tracing::error!(error = %e, "cannot serialize");
            false
        }
    }
}

/// Sends a subscriber what `item` makes of the newest block and of every block after it. None is left out,
/// however slow the subscriber is.
async fn follow<T: Serialize>(
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
