//! `dev_*`: what only a development chain can do.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    core::{RegisterMethodError, RpcResult},
    proc_macros::rpc,
    types::ErrorObject,
};
use revive_dev_runtime::Hash;

use crate::chain::Chain;

/// How many blocks one call mines at most.
const MAX_BLOCKS: u32 = 10_000;

#[rpc(server)]
trait DevApi {
    /// Gives the next block the time `unix_s`; later blocks go on from there. Time goes only forward.
    #[method(name = "dev_setTime", blocking)]
    fn set_time(&self, unix_s: u64) -> RpcResult<()>;

    /// Seals `count` blocks, or one, and returns the hash of the last.
    #[method(name = "dev_mine", blocking)]
    fn mine(&self, count: Option<u32>) -> RpcResult<Hash>;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl DevApiServer for Api {
    fn set_time(&self, unix_s: u64) -> RpcResult<()> {
        Ok(self.0.set_time(unix_s)?)
    }

    fn mine(&self, count: Option<u32>) -> RpcResult<Hash> {
        let count = count.unwrap_or(1);
        if !(1..=MAX_BLOCKS).contains(&count) {
            let message = format!("cannot mine {count} blocks: 1 to {MAX_BLOCKS} at a time");
            return Err(ErrorObject::owned(4001, message, None::<()>));
        }
        for _ in 1..count {
            self.0.mine()?;
        }
        Ok(self.0.mine()?.hash)
    }
}
