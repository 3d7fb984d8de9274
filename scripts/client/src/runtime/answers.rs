//! The answers of pallet-revive's runtime API.

use chorus_abi::U256;
use subxt::{
    dynamic::Value,
    error::DispatchError,
    ext::{scale_decode::DecodeAsType, scale_encode::EncodeAsType},
};

use super::Runtime;
use crate::error::Error;

/// Weight as the runtime counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType, EncodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
pub struct Weight {
    /// Computation, in picoseconds.
    pub ref_time: u64,
    /// State proof, in bytes.
    pub proof_size: u64,
}

/// The answer of `ReviveApi_call` and `ReviveApi_instantiate`; fields are found by name.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractResult<Returned> {
    weight_required: Weight,
    max_storage_deposit: StorageDeposit,
    result: Result<Returned, Value>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
enum StorageDeposit {
    #[allow(dead_code, reason = "a refund needs no limit")]
    Refund(u128),
    Charge(u128),
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ExecReturnValue {
    flags: u32,
    data: Vec<u8>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct InstantiateReturnValue {
    result: ExecReturnValue,
}

/// The answer of `ReviveApi_eth_transact`.
#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct EthTransactInfo {
    eth_gas: [u64; 4],
}

/// A rehearsal: what a call would do and cost.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// The weight limit that it needs.
    pub weight_required: Weight,
    /// The largest storage deposit that it holds at any moment, in the chain's smallest unit.
    pub max_storage_deposit: u128,
    /// What it returns, or why it fails.
    pub result: Result<Vec<u8>, Failure>,
}

/// Why a rehearsal did not succeed.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The contract reverted with this data.
    Reverted(Vec<u8>),
    /// The runtime refused, or the contract trapped.
    Dispatch(String),
}

/// Bit of `ReturnFlags` that says the contract reverted.
const REVERT: u32 = 1;

impl Runtime {
    /// Reads the answer of `ReviveApi_call`.
    pub(crate) fn call_result(&self, answer: &[u8]) -> Result<DryRun, Error> {
        self.contract_result("call", answer, |value: ExecReturnValue| value)
    }

    /// Reads the answer of `ReviveApi_instantiate`.
    pub(crate) fn instantiate_result(&self, answer: &[u8]) -> Result<DryRun, Error> {
        self.contract_result("instantiate", answer, |value: InstantiateReturnValue| value.result)
    }

    /// Reads the answer of `ReviveApi_eth_transact`: the gas that an Ethereum transaction takes.
    pub(crate) fn ethereum_gas(&self, answer: &[u8]) -> Result<u64, Error> {
        let EthTransactInfo { eth_gas } = self
            .revive_answer::<Result<EthTransactInfo, Value>>("eth_transact", answer)?
            .map_err(|error| Error::Dispatch(error.to_string()))?;
        U256::from_limbs(eth_gas).try_into().map_err(|_| Error::Unsupported("gas is out of range".into()))
    }

    fn contract_result<Returned: DecodeAsType>(
        &self,
        method: &str,
        answer: &[u8],
        value: impl Fn(Returned) -> ExecReturnValue,
    ) -> Result<DryRun, Error> {
        let ContractResult { weight_required, max_storage_deposit, result } =
            self.revive_answer::<ContractResult<Returned>>(method, answer)?;
        let max_storage_deposit = match max_storage_deposit {
            StorageDeposit::Charge(amount) => amount,
            StorageDeposit::Refund(_) => 0,
        };
        let result = match result.map(value) {
            Ok(ExecReturnValue { flags, data }) if flags & REVERT == 0 => Ok(data),
            Ok(ExecReturnValue { data, .. }) => Err(Failure::Reverted(data)),
            Err(error) => Err(Failure::Dispatch(self.dispatch_error_of_value(&error))),
        };
        Ok(DryRun { weight_required, max_storage_deposit, result })
    }

    fn revive_answer<T: DecodeAsType>(&self, method: &str, mut answer: &[u8]) -> Result<T, Error> {
        let output = self
            .metadata
            .runtime_api_trait_by_name("ReviveApi")
            .and_then(|api| api.method_by_name(method))
            .ok_or_else(|| Error::Unsupported(format!("it has no ReviveApi.{method}: contracts need pallet-revive")))?
            .output_ty();
        T::decode_as_type(&mut answer, output, self.metadata.types())
            .map_err(|error| Error::Unsupported(format!("ReviveApi_{method} answers in an unknown form: {error}")))
    }

    fn dispatch_error_of_value(&self, error: &Value) -> String {
        use subxt::ext::scale_encode::EncodeAsType as _;
        self.metadata
            .dispatch_error_ty()
            .and_then(|ty| error.encode_as_type(ty, self.metadata.types()).ok())
            .map_or_else(|| error.to_string(), |encoded| self.dispatch_error(&encoded))
    }

    pub(super) fn dispatch_error(&self, encoded: &[u8]) -> String {
        match DispatchError::decode_from(encoded, self.metadata.clone()) {
            Ok(error) => error.to_string(),
            Err(_) => format!("an error this program does not know: 0x{}", hex::encode(encoded)),
        }
    }
}
