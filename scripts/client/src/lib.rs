//! A client of any chain with `pallet-revive`, over the Substrate JSON-RPC that every node speaks.
//!
//! Metadata is fetched once; extrinsics are made and answers are read offline (`runtime`). A transaction is
//! submitted under a nonce kept here, and one follower of the finalized chain tells every sender what became of
//! theirs (`inclusion`): a thousand transactions in flight cost one look at each block.

mod error;
mod ethereum;
mod inclusion;
pub mod keys;
pub mod pool;
pub mod record;
mod runtime;
mod send;

use std::{sync::Arc, time::Duration};

use chorus_abi::{Address, B256, SolCall, U256};
use scale::{Decode as _, Encode as _};
use subxt::config::{
    RpcConfigFor,
    substrate::{H256, SubstrateConfig},
};
use subxt_rpcs::{
    client::{ReconnectingRpcClient, RpcClient, rpc_params},
    methods::legacy::LegacyRpcMethods,
};

pub use error::Error;
pub use runtime::{DryRun, Emitted, Failure, Weight};
pub use send::{Instantiation, Receipt};

use inclusion::Follower;
use runtime::{Runtime, Versions};
use send::Nonces;

/// The legacy methods, typed for Substrate chains.
pub(crate) type Rpc = LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>;

/// `twox128("System") ‖ twox128("Events")`: where a block's events are stored on every Substrate chain.
const SYSTEM_EVENTS: [u8; 32] = [
    0x26, 0xaa, 0x39, 0x4e, 0xea, 0x56, 0x30, 0xe0, 0x7c, 0x48, 0xae, 0x0c, 0x95, 0x58, 0xce, 0xf7, 0x80, 0xd4, 0x1e,
    0x5e, 0x16, 0x05, 0x67, 0x65, 0xbc, 0x84, 0x61, 0x85, 0x10, 0x72, 0xc9, 0xd7,
];

/// The address that stands for native money as a currency.
pub const NATIVE: Address = Address::ZERO;

/// The address that stands for the treasury as the owner of a credit.
pub const TREASURY: Address = Address::ZERO;

/// How long to wait until a transaction is in a finalized block.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(120);

/// A finalized block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockId {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// What a contract's revert data means, in a sentence; `None` if it is not one of the errors known here.
pub type Explain = fn(&[u8]) -> Option<String>;

/// A connection to one chain. Clones share it.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    explain: Explain,
}

struct Inner {
    url: String,
    raw: RpcClient,
    rpc: Rpc,
    genesis: H256,
    runtime: Arc<Runtime>,
    nonces: Nonces,
    follower: Follower,
}

impl Client {
    /// Connects to a node by its `ws://` or `wss://` URL. A connection that is lost later reopens by itself.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let unreachable = |reason: String| Error::Unreachable { url: url.to_owned(), reason };
        let connection = ReconnectingRpcClient::builder()
            // A lost connection is tried again for a minute.
            .retry_policy(subxt_rpcs::client::reconnecting_rpc_client::FixedInterval::from_millis(500).take(120))
            .request_timeout(Duration::from_secs(60))
            .max_concurrent_requests(4_096);
        // The library would retry the first connection as long as a later one: a wrong URL must not hang that long.
        let probe = RpcClient::from_insecure_url(url);
        drop(probe.await.map_err(|error| unreachable(root_cause(&error)))?);
        let raw = RpcClient::new(connection.build(url).await.map_err(|error| unreachable(error.to_string()))?);
        let rpc = Rpc::new(raw.clone());

        let genesis = rpc.genesis_hash().await.map_err(Error::node("reading its genesis hash"))?;
        let version = rpc.state_get_runtime_version(None).await.map_err(Error::node("reading its version"))?;
        let metadata = rpc
            .state_call("Metadata_metadata_at_version", Some(&15u32.encode()), None)
            .await
            .map_err(Error::node("reading its metadata"))?;
        let metadata = Option::<Vec<u8>>::decode(&mut &metadata[..])
            .ok()
            .flatten()
            .ok_or_else(|| Error::Unsupported("it has no metadata of version 15".into()))?;
        let versions = Versions { genesis, spec: version.spec_version, transaction: version.transaction_version };
        let runtime = Arc::new(Runtime::new(versions, &metadata)?);
        let follower = Follower::start(rpc.clone(), runtime.clone());
        let nonces = Nonces::default();
        let inner = Arc::new(Inner { url: url.to_owned(), raw, rpc, genesis, runtime, nonces, follower });
        Ok(Self { inner, explain: chorus_abi::describe_revert })
    }

    /// The same connection, which explains a contract's refusal in sentences of the caller's own. Without them it gives
    /// the contract's name for the error, and its values.
    pub fn with_explanations(self, explain: Explain) -> Self {
        Self { explain, ..self }
    }

    /// The URL that this client is connected to.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// The hash of block 0.
    pub fn genesis_hash(&self) -> B256 {
        B256::from(self.inner.genesis.0)
    }

    /// The chain's EIP-155 id.
    pub fn chain_id(&self) -> u64 {
        self.inner.runtime.chain_id
    }

    /// How many contract units (10^-18) make the chain's smallest unit.
    pub fn native_to_eth(&self) -> u32 {
        self.inner.runtime.native_to_eth
    }

    /// An amount in contract units as the chain's own.
    ///
    /// # Errors
    /// When the chain cannot represent it.
    pub fn native(&self, wei: U256) -> Result<u128, Error> {
        let ratio = self.native_to_eth();
        let (native, rest) = wei.div_rem(U256::from(ratio));
        match native.try_into() {
            Ok(native) if rest.is_zero() => Ok(native),
            _ => Err(Error::Indivisible { wei, ratio }),
        }
    }

    /// The last finalized block.
    pub async fn finalized(&self) -> Result<BlockId, Error> {
        let rpc = &self.inner.rpc;
        let hash = rpc.chain_get_finalized_head().await.map_err(Error::node("reading the finalized head"))?;
        let header = rpc.chain_get_header(Some(hash)).await.map_err(Error::node("reading a header"))?;
        let header = header.ok_or_else(|| Error::Node { what: "reading a header", reason: "no such block".into() })?;
        Ok(BlockId { number: header.number, hash: B256::from(hash.0) })
    }

    /// The hash of a block, if there is one with that number.
    pub async fn block_hash(&self, number: u64) -> Result<Option<B256>, Error> {
        let hash = self.inner.rpc.chain_get_block_hash(Some(number.into())).await;
        Ok(hash.map_err(Error::node("reading a block hash"))?.map(|hash| B256::from(hash.0)))
    }

    /// Everything that contracts emitted in a block, in order, from its `System.Events`.
    pub async fn emitted(&self, block: B256) -> Result<Vec<Emitted>, Error> {
        let events = system_events(&self.inner.rpc, H256(block.0)).await?;
        self.inner.runtime.emitted(&events)
    }

    /// The accounts that paid fees in a block: the senders of its transactions.
    pub async fn fee_payers(&self, block: B256) -> Result<Vec<[u8; 32]>, Error> {
        let events = system_events(&self.inner.rpc, H256(block.0)).await?;
        Ok(self.inner.runtime.effects(&events)?.into_iter().filter_map(|effects| effects.payer).collect())
    }

    /// The clock of a block, in unix seconds, as contracts saw it.
    pub async fn timestamp(&self, at: Option<B256>) -> Result<u64, Error> {
        // `Timestamp.Now`, in milliseconds.
        const NOW: [u8; 32] = [
            0xf0, 0xc3, 0x65, 0xc3, 0xcf, 0x59, 0xd6, 0x71, 0xeb, 0x72, 0xda, 0x0e, 0x7a, 0x41, 0x13, 0xc4, 0x9f, 0x1f,
            0x05, 0x15, 0xf4, 0x62, 0xcd, 0xcf, 0x84, 0xe0, 0xf1, 0xd6, 0x04, 0x5d, 0xfc, 0xbb,
        ];
        let value = self.inner.rpc.state_get_storage(&NOW, at.map(|hash| H256(hash.0))).await;
        let value = value.map_err(Error::node("reading the time"))?.unwrap_or_default();
        let now = u64::decode(&mut &value[..]).map_err(|_| Error::Unsupported("it has no clock".into()))?;
        Ok(now / 1_000)
    }

    /// The amount that `address` can spend, in contract units: without its existential deposit and what is on hold.
    pub async fn balance(&self, address: Address, at: Option<B256>) -> Result<U256, Error> {
        self.amount("ReviveApi_balance", &address.0.0.encode(), at).await
    }

    /// The price of gas, in contract units.
    pub(crate) async fn gas_price(&self) -> Result<U256, Error> {
        self.amount("ReviveApi_gas_price", &[], None).await
    }

    async fn amount(&self, function: &str, arguments: &[u8], at: Option<B256>) -> Result<U256, Error> {
        let answer = self.api(function, arguments, at).await?;
        <[u8; 32]>::try_from(answer.as_slice())
            .map(U256::from_le_bytes)
            .map_err(|_| Error::Unsupported(format!("{function} answers in an unknown form")))
    }

    /// The code at `address`, empty for a plain account.
    pub async fn code(&self, address: Address, at: Option<B256>) -> Result<Vec<u8>, Error> {
        let answer = self.api("ReviveApi_code", &address.0.0.encode(), at).await?;
        Vec::decode(&mut &answer[..])
            .map_err(|_| Error::Unsupported("ReviveApi_code answers in an unknown form".into()))
    }

    /// The value that a contract stores under `key`, if any.
    pub async fn storage(&self, contract: Address, key: &[u8], at: Option<B256>) -> Result<Option<Vec<u8>>, Error> {
        let answer = self.api("ReviveApi_get_storage_var_key", &(contract.0.0, key).encode(), at).await?;
        match Result::<Option<Vec<u8>>, u8>::decode(&mut &answer[..]) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(Error::Unsupported(format!("there is no contract at {contract}"))),
            Err(_) => Err(Error::Unsupported("ReviveApi_get_storage_var_key answers in an unknown form".into())),
        }
    }

    /// Asks a contract: runs a call that is never submitted, at a block (by default the best one).
    pub async fn view<C: SolCall>(&self, contract: Address, call: &C, at: Option<B256>) -> Result<C::Return, Error> {
        // Views have no sender; the zero account asks.
        let dry_run = self.dry_run([0; 32], contract, 0, &call.abi_encode(), at).await?;
        let data = dry_run.result.map_err(|failure| self.failure(failure))?;
        C::abi_decode_returns(&data).map_err(|_| Error::OtherContract { contract, function: C::SIGNATURE })
    }

    /// Rehearses a call: what it would do and cost. `value` is in the chain's smallest unit.
    pub async fn dry_run(
        &self,
        origin: [u8; 32],
        contract: Address,
        value: u128,
        data: &[u8],
        at: Option<B256>,
    ) -> Result<DryRun, Error> {
        let unlimited = (None::<()>, None::<()>);
        let arguments = (origin, contract.0.0, value, unlimited, data).encode();
        self.inner.runtime.call_result(&self.api("ReviveApi_call", &arguments, at).await?)
    }

    async fn api(&self, function: &str, arguments: &[u8], at: Option<B256>) -> Result<Vec<u8>, Error> {
        let at = at.map(|hash| H256(hash.0));
        self.inner
            .rpc
            .state_call(function, Some(arguments), at)
            .await
            .map_err(|error| Error::Node { what: "a runtime call", reason: format!("{function}: {error}") })
    }

    /// Sends a JSON-RPC request that has no method here, such as a development chain's `dev_setTime`.
    pub async fn request<R: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        arguments: &[serde_json::Value],
    ) -> Result<R, Error> {
        let mut params = rpc_params![];
        for argument in arguments {
            params.push(argument).map_err(Error::node("encoding a request"))?;
        }
        let answer = self.inner.raw.request(method, params).await;
        answer.map_err(|error| Error::Node { what: "a request", reason: format!("{method}: {error}") })
    }

    /// A failed rehearsal as an error.
    pub fn failure(&self, failure: Failure) -> Error {
        match failure {
            Failure::Reverted(data) => {
                let explanation = (self.explain)(&data).unwrap_or_else(|| {
                    format!("the contract refused without a reason that is known here: 0x{}", hex::encode(&data))
                });
                Error::Reverted { explanation, data }
            }
            Failure::Dispatch(reason) => Error::Dispatch(reason),
        }
    }
}

pub(crate) async fn system_events(rpc: &Rpc, block: H256) -> Result<Vec<u8>, Error> {
    let events = rpc.state_get_storage(&SYSTEM_EVENTS, Some(block)).await;
    Ok(events.map_err(Error::node("reading events"))?.unwrap_or_default())
}

/// The innermost reason of an error: "connection refused" says more than the layers above it.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // Some layers repeat the one below them in their text instead of naming it as their source.
    cause.to_string().replace("RPC error: ", "").replace("client error: ", "")
}
