//! What depends on the chain's metadata: making extrinsics and reading answers, all of it offline.

use chorus_abi::{Address, B256, U256};
use scale::{Compact, Decode as _};
use subxt::client::{OfflineClient, OfflineClientAtBlock};
use subxt::config::DefaultExtrinsicParamsBuilder;
use subxt::config::substrate::{H256, SpecVersionForRange, SubstrateConfig};
use subxt::dynamic::Value;
use subxt::error::{DispatchError, ExtrinsicError};
use subxt::events::{Event, Phase};
use subxt::ext::scale_decode::DecodeAsType;
use subxt::ext::scale_encode::EncodeAsType;
use subxt::{ArcMetadata, Metadata, dynamic};
use subxt_signer::sr25519;

use super::error::Error;

/// The versions of a runtime, as extrinsics commit to them.
pub(crate) struct Versions {
    pub(crate) genesis: H256,
    pub(crate) spec: u32,
    pub(crate) transaction: u32,
}

/// One version of a chain's runtime.
pub(crate) struct Runtime {
    at: OfflineClientAtBlock<SubstrateConfig>,
    metadata: ArcMetadata,
    pub(crate) chain_id: u64,
    /// Contract units (18 decimals) in the chain's smallest unit.
    pub(crate) native_to_eth: u32,
}

/// What a contract emitted, not decoded yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Place of the event among all events of its block.
    pub event_index: u32,
    /// Place of the extrinsic that caused it, if one did.
    pub extrinsic: Option<u32>,
    /// The contract.
    pub contract: Address,
    /// Topics; the first is the hash of the event's signature.
    pub topics: Vec<B256>,
    /// ABI-encoded fields that are not indexed.
    pub data: Vec<u8>,
}

/// What became of one extrinsic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
    /// What it cost its sender, in the chain's smallest unit.
    pub(crate) fee: u128,
    /// Who paid that.
    pub(crate) payer: Option<[u8; 32]>,
    pub(crate) emitted: Vec<Emitted>,
    /// Contracts it made.
    pub(crate) instantiated: Vec<Address>,
}

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
    #[allow(dead_code, reason = "what comes back is not limited")]
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

/// What a call would do and cost.
#[derive(Clone, Debug)]
pub struct DryRun {
    /// Weight limit it needs.
    pub weight_required: Weight,
    /// The most storage deposit it holds at any moment, in the chain's smallest unit.
    pub max_storage_deposit: u128,
    /// What it returns; an error holds the reason.
    pub result: Result<Vec<u8>, Failure>,
}

/// Why a dry run did not succeed.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The contract reverted with this data.
    Reverted(Vec<u8>),
    /// The runtime refused, or the contract trapped.
    Dispatch(String),
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractEmitted {
    contract: [u8; 20],
    data: Vec<u8>,
    topics: Vec<[u8; 32]>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Instantiated {
    contract: [u8; 20],
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct TransactionFeePaid {
    who: [u8; 32],
    actual_fee: u128,
}

/// Bit of `ReturnFlags` that says the contract reverted.
const REVERT: u32 = 1;

impl Runtime {
    /// Reads encoded metadata (version 15 or later: it must describe runtime APIs).
    pub(crate) fn new(versions: Versions, metadata: &[u8]) -> Result<Self, Error> {
        let unsupported = |what: &str| Error::Unsupported(what.to_owned());
        let metadata = Metadata::decode_from(metadata)
            .map_err(|error| Error::Unsupported(format!("its metadata cannot be read: {error}")))?
            .arc();
        let config = SubstrateConfig::builder()
            .set_genesis_hash(versions.genesis)
            .set_spec_version_for_block_ranges([SpecVersionForRange {
                block_range: 0..u64::MAX,
                spec_version: versions.spec,
                transaction_version: versions.transaction,
            }])
            .set_metadata_for_spec_versions([(versions.spec, metadata.clone())])
            .build();
        let at = OfflineClient::new_with_config(config)
            .at_block(0u64)
            .map_err(|error| Error::Unsupported(error.to_string()))?;
        let constant = |name: &str| unsupported(&format!("it has no Revive.{name}: contracts need pallet-revive"));
        let chain_id =
            at.constants().entry(dynamic::constant::<u64>("Revive", "ChainId")).map_err(|_| constant("ChainId"))?;
        let native_to_eth = at
            .constants()
            .entry(dynamic::constant::<u32>("Revive", "NativeToEthRatio"))
            .map_err(|_| constant("NativeToEthRatio"))?;
        Ok(Self { at, metadata, chain_id, native_to_eth })
    }

    /// A signed extrinsic. It does not expire: its nonce keeps it from counting twice.
    pub(crate) fn signed(
        &self,
        pair: &sr25519::Keypair,
        nonce: u64,
        call: &impl subxt::tx::Payload,
    ) -> Result<Vec<u8>, Error> {
        let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().nonce(nonce).immortal().build();
        let mut signable = self.at.transactions().create_signable_offline(call, params).map_err(unsupported)?;
        Ok(signable.sign(pair).map_err(unsupported)?.into_encoded())
    }

    /// An extrinsic without a signature of its own.
    pub(crate) fn bare(&self, call: &impl subxt::tx::Payload) -> Result<Vec<u8>, Error> {
        Ok(self.at.transactions().create_unsigned(call).map_err(unsupported)?.into_encoded())
    }

    /// A call as the runtime decodes it.
    pub(crate) fn call_data(&self, call: &impl subxt::tx::Payload) -> Result<Vec<u8>, Error> {
        self.at.transactions().call_data(call).map_err(unsupported)
    }

    pub(crate) fn hash(&self, extrinsic: &[u8]) -> H256 {
        use subxt::config::Hasher as _;
        self.at.hasher().hash(extrinsic)
    }

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

    fn dispatch_error(&self, encoded: &[u8]) -> String {
        match DispatchError::decode_from(encoded, self.metadata.clone()) {
            Ok(error) => error.to_string(),
            Err(_) => format!("an error this program does not know: 0x{}", hex::encode(encoded)),
        }
    }

    /// What each extrinsic of a block did, read from the block's `System.Events`.
    pub(crate) fn outcomes(&self, system_events: &[u8]) -> Result<Vec<Outcome>, Error> {
        let mut outcomes = Vec::new();
        self.each_event(system_events, |event| {
            let Phase::ApplyExtrinsic(index) = event.phase() else { return Ok(()) };
            let index = index as usize;
            if outcomes.len() <= index {
                outcomes.resize_with(index + 1, Outcome::default);
            }
            let outcome = &mut outcomes[index];
            match (event.pallet_name(), event.event_name()) {
                ("System", "ExtrinsicFailed") => outcome.failure = Some(self.dispatch_error(event.field_bytes())),
                ("TransactionPayment", "TransactionFeePaid") => {
                    let TransactionFeePaid { who, actual_fee } = fields(event)?;
                    (outcome.fee, outcome.payer) = (actual_fee, Some(who));
                }
                ("Revive", "ContractEmitted") => outcome.emitted.push(emitted(event)?),
                ("Revive", "Instantiated") => {
                    outcome.instantiated.push(Address::from(fields::<Instantiated>(event)?.contract));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(outcomes)
    }

    /// Everything that contracts emitted in a block, in order.
    pub(crate) fn emitted(&self, system_events: &[u8]) -> Result<Vec<Emitted>, Error> {
        let mut all = Vec::new();
        self.each_event(system_events, |event| {
            if (event.pallet_name(), event.event_name()) == ("Revive", "ContractEmitted") {
                all.push(emitted(event)?);
            }
            Ok(())
        })?;
        Ok(all)
    }

    /// Visits every event; one that cannot be read is an error, never skipped.
    fn each_event(
        &self,
        system_events: &[u8],
        mut visit: impl FnMut(&Event<'_, SubstrateConfig>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let announced = Compact::<u32>::decode(&mut &*system_events).map_or(0, |count| count.0);
        let events = self.at.events().from_bytes(system_events.to_vec());
        let mut seen = 0;
        for event in events.iter() {
            visit(&event.map_err(|error| Error::Unsupported(format!("an event cannot be read: {error}")))?)?;
            seen += 1;
        }
        if seen != announced {
            return Err(Error::Unsupported(format!("a block announces {announced} events and holds {seen}")));
        }
        Ok(())
    }
}

fn unsupported(error: ExtrinsicError) -> Error {
    Error::Unsupported(error.to_string())
}

fn emitted(event: &Event<'_, SubstrateConfig>) -> Result<Emitted, Error> {
    let ContractEmitted { contract, data, topics } = fields(event)?;
    Ok(Emitted {
        event_index: event.index(),
        extrinsic: match event.phase() {
            Phase::ApplyExtrinsic(index) => Some(index),
            Phase::Finalization | Phase::Initialization => None,
        },
        contract: Address::from(contract),
        topics: topics.into_iter().map(B256::from).collect(),
        data,
    })
}

fn fields<T: subxt::ext::scale_decode::DecodeAsFields>(event: &Event<'_, SubstrateConfig>) -> Result<T, Error> {
    event.decode_fields_unchecked_as().map_err(|error| {
        let (pallet, name) = (event.pallet_name(), event.event_name());
        Error::Unsupported(format!("the event {pallet}.{name} has an unknown form: {error}"))
    })
}
