//! The JSON-RPC methods, one file for each namespace. Names, parameters, answers and error codes are those of a
//! Substrate node.

mod answer;
mod author;
mod chain;
mod childstate;
mod dev;
mod payment;
mod state;
mod storage;
mod system;

use std::sync::Arc;

use jsonrpsee::{RpcModule, core::RegisterMethodError};
use serde_json::json;

use crate::chain::Chain;

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
