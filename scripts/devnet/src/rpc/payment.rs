//! `payment_*`: what a transaction will cost.

use std::sync::Arc;

use jsonrpsee::{
    RpcModule,
    core::{RegisterMethodError, RpcResult},
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
};
use polkadot_sdk::{
    pallet_transaction_payment::{FeeDetails, InclusionFee, RuntimeDispatchInfo},
    sp_core::Bytes,
    sp_rpc::number::NumberOrHex,
};
use revive_dev_runtime::{Balance, Hash, UncheckedExtrinsic};
use scale::{Decode, DecodeAll, Encode};

use crate::{
    chain::Chain,
    rpc::answer::{at, decode},
};

#[rpc(server)]
trait PaymentApi {
    #[method(name = "payment_queryInfo")]
    fn query_info(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<RuntimeDispatchInfo<Balance>>;

    #[method(name = "payment_queryFeeDetails")]
    fn query_fee_details(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<FeeDetails<NumberOrHex>>;
}

pub(super) fn add(module: &mut RpcModule<()>, chain: &Arc<Chain>) -> Result<(), RegisterMethodError> {
    module.merge(Api(chain.clone()).into_rpc())
}

struct Api(Arc<Chain>);

impl Api {
    fn query<T: Decode>(&self, function: &str, extrinsic: &[u8], hash: Option<Hash>) -> Result<T, ErrorObjectOwned> {
        let unreadable = |e: scale::Error| ErrorObject::owned(2, "Unable to query dispatch info.", Some(e.to_string()));
        UncheckedExtrinsic::decode_all(&mut &*extrinsic).map_err(unreadable)?;
        let length = u32::try_from(extrinsic.len()).unwrap_or(u32::MAX);
        let arguments = [extrinsic, &length.encode()].concat();
        Ok(decode(&self.0.call(at(&self.0, hash), function, &arguments)?)?)
    }
}

impl PaymentApiServer for Api {
    fn query_info(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<RuntimeDispatchInfo<Balance>> {
        self.query("TransactionPaymentApi_query_info", &extrinsic, hash)
    }

    fn query_fee_details(&self, extrinsic: Bytes, hash: Option<Hash>) -> RpcResult<FeeDetails<NumberOrHex>> {
        let fee: FeeDetails<Balance> = self.query("TransactionPaymentApi_query_fee_details", &extrinsic, hash)?;
        Ok(FeeDetails {
            inclusion_fee: fee.inclusion_fee.map(|fee| InclusionFee {
                base_fee: fee.base_fee.into(),
                len_fee: fee.len_fee.into(),
                adjusted_weight_fee: fee.adjusted_weight_fee.into(),
            }),
            tip: NumberOrHex::default(),
        })
    }
}
