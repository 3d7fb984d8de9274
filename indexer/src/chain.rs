//! The chain as we believe it: blocks with their events, or an error. The only file that knows subxt.
//!
//! Events come from the raw bytes of `System.Events` of a finalized block, never from Ethereum logs, which miss
//! what Substrate wallets call and are cut silently. What a node says is checked where it can be: a header must hash
//! to the hash it was asked by, and the list of events must be as long as the chain counted.
//!
//! The audit reads the same events by a reader of its own (`scripts/client/src/runtime/events.rs`), and the two share
//! no code: a reader that dropped an event would blind both if there were only one.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use chorus_bindings::{Address, B256, U256};
use futures::FutureExt;
use scale::{Decode, Encode};
use subxt::{
    ArcMetadata, Metadata, OfflineClient, SubstrateConfig,
    config::{
        RpcConfigFor,
        substrate::{SpecVersionForRange, SubstrateHeader},
    },
    events::Phase,
    rpcs::{LegacyRpcMethods, RpcClient, client::RpcSubscription},
    utils::{H160, H256},
};

use crate::Error;

/// A finalized block's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub number: u64,
    /// The hash of its header.
    pub hash: B256,
}

/// What the indexer reads of one block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its height.
    pub number: u64,
    /// The hash of its header.
    pub hash: B256,
    /// Hash of the header before it.
    pub parent_hash: B256,
    /// `Timestamp.Now` in milliseconds since 1970.
    pub time_ms: u64,
    /// How many events the whole block has.
    pub event_count: u32,
    /// The events that contracts emitted, in order.
    pub emitted: Vec<Emitted>,
    /// `escrow`'s spendable native balance after this block, in wei (18 decimals).
    pub escrow_balance_wei: U256,
}

/// One `Revive.ContractEmitted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emitted {
    /// Place in the block's list of events; with the block number, the natural key.
    pub event_index: u32,
    /// The extrinsic that caused it; none in a block's initialisation and finalization.
    pub extrinsic_index: Option<u32>,
    /// The contract that emitted it.
    pub contract: Address,
    /// Signature hash and indexed fields.
    pub topics: Vec<B256>,
    /// The other fields, ABI-encoded.
    pub data: Vec<u8>,
}

/// Where blocks come from: a node, or a test that tells the truth or does not.
pub trait Source: Send + Sync + 'static {
    /// The latest finalized block.
    fn finalized(&self) -> impl Future<Output = Result<Head, Error>> + Send;
    /// The hash that the chain has at this height, if it is that high.
    fn hash_at(&self, number: u64) -> impl Future<Output = Result<Option<B256>, Error>> + Send;
    /// A block by number.
    fn block(&self, number: u64) -> impl Future<Output = Result<Block, Error>> + Send;
    /// Whether a contract lives at the address in the state after a block.
    fn has_code(&self, address: Address, at: B256) -> impl Future<Output = Result<bool, Error>> + Send;
    /// Returns when there may be a new finalized block. It may wake for nothing; it never tells what happened.
    fn wake_up(&self) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A question that takes longer is a failure, and the connection is made anew.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// The head is asked for at least this often, whatever the subscription says.
const POLL_EVERY: Duration = Duration::from_secs(6);
/// A subscription that ended is made anew no sooner than this.
const RESUBSCRIBE_AFTER: Duration = Duration::from_millis(200);

// Storage keys: two 16-byte xx hashes, of the pallet's and of the item's name.
const SYSTEM_EVENTS: [u8; 32] = hex_key("26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7");
const SYSTEM_EVENT_COUNT: [u8; 32] = hex_key("26aa394eea5630e07c48ae0c9558cef70a98fdbe9ce6c55837576c60c7af3850");
const SYSTEM_LAST_RUNTIME_UPGRADE: [u8; 32] =
    hex_key("26aa394eea5630e07c48ae0c9558cef7f9cce9c888469bb1a0dceaa129672ef8");
const TIMESTAMP_NOW: [u8; 32] = hex_key("f0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb");

type Rpc = LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>;
type Header = SubstrateHeader<H256>;

/// A Substrate node, by WebSocket. It reconnects when asked again after a failure.
pub struct Node {
    url: String,
    genesis: B256,
    escrow: Address,
    connection: tokio::sync::Mutex<Option<Arc<Connection>>>,
    /// Metadata by spec version: whole, as stripped metadata cannot skip other pallets' events.
    runtimes: Mutex<HashMap<u32, ArcMetadata>>,
}

struct Connection {
    rpc: Rpc,
    heads: tokio::sync::Mutex<RpcSubscription<Header>>,
}

impl Node {
    /// A node at `url` that must be on the chain with this genesis; `escrow`'s balance is read with every block.
    pub fn new(url: impl Into<String>, genesis: B256, escrow: Address) -> Self {
        Self { url: url.into(), genesis, escrow, connection: Default::default(), runtimes: Default::default() }
    }

    async fn connection(&self) -> Result<Arc<Connection>, Error> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let rpc = in_time("to a connection", RpcClient::from_insecure_url(&self.url)).await?;
        let rpc = Rpc::new(rpc);
        let found = b256(in_time("chain_getBlockHash", rpc.genesis_hash()).await?);
        if found != self.genesis {
            return Err(Error::OtherChain { expected: self.genesis, found });
        }
        let heads = in_time("chain_subscribeFinalizedHeads", rpc.chain_subscribe_finalized_heads()).await?;
        let connection = Arc::new(Connection { rpc, heads: heads.into() });
        *slot = Some(connection.clone());
        Ok(connection)
    }

    /// Asks one question. After a failure the next question is asked over a new connection.
    async fn ask<T, F>(&self, what: &'static str, question: impl FnOnce(Rpc) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, subxt::rpcs::Error>>,
    {
        let connection = self.connection().await?;
        let answer = in_time(what, question(connection.rpc.clone())).await;
        if answer.is_err() {
            self.forget(&connection).await;
        }
        answer
    }

    async fn forget(&self, broken: &Arc<Connection>) {
        let mut slot = self.connection.lock().await;
        if slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, broken)) {
            *slot = None;
        }
    }

    async fn header(&self, hash: H256) -> Result<Header, Error> {
        let header = self
            .ask("chain_getHeader", |rpc| async move { rpc.chain_get_header(Some(hash)).await })
            .await?
            .ok_or_else(|| Error::NodeWrong(format!("it has no header {hash:?}, which it named itself")))?;
        let hashed = H256(sp_crypto_hashing::blake2_256(&header.encode()));
        if hashed != hash {
            return Err(Error::NodeWrong(format!("asked for header {hash:?} it gave one that hashes to {hashed:?}")));
        }
        Ok(header)
    }

    /// The metadata of the runtime that executed the block after `parent`.
    async fn metadata(&self, spec_version: u32, parent: H256) -> Result<ArcMetadata, Error> {
        if let Some(known) = self.runtimes.lock().expect("no panic while locked").get(&spec_version) {
            return Ok(known.clone());
        }
        let raw = self
            .ask("state_getMetadata", |rpc| async move { rpc.state_get_metadata(Some(parent)).await })
            .await?
            .into_raw();
        let metadata = Metadata::decode_from(&raw).map_err(|error| {
            Error::NodeWrong(format!("metadata of runtime {spec_version} does not decode: {error}"))
        })?;
        let metadata = ArcMetadata::from(metadata);
        self.runtimes.lock().expect("no panic while locked").insert(spec_version, metadata.clone());
        Ok(metadata)
    }

    async fn runtime_call(&self, function: &'static str, address: Address, at: H256) -> Result<Vec<u8>, Error> {
        let argument = address.0.0;
        self.ask(function, |rpc| async move { rpc.state_call(function, Some(&argument), Some(at)).await }).await
    }
}

impl Source for Node {
    async fn finalized(&self) -> Result<Head, Error> {
        let hash =
            self.ask("chain_getFinalizedHead", |rpc| async move { rpc.chain_get_finalized_head().await }).await?;
        let header = self.header(hash).await?;
        Ok(Head { number: header.number, hash: b256(hash) })
    }

    async fn hash_at(&self, number: u64) -> Result<Option<B256>, Error> {
        let hash = self
            .ask("chain_getBlockHash", |rpc| async move { rpc.chain_get_block_hash(Some(number.into())).await })
            .await?;
        Ok(hash.map(b256))
    }

    async fn block(&self, number: u64) -> Result<Block, Error> {
        let hash = self.hash_at(number).await?.ok_or_else(|| {
            Error::NodeWrong(format!("it has no block {number}, which lies below its finalized head"))
        })?;
        let at = H256(hash.0);
        let keys = [SYSTEM_EVENTS, SYSTEM_EVENT_COUNT, SYSTEM_LAST_RUNTIME_UPGRADE, TIMESTAMP_NOW];
        let (header, state, balance) = futures::try_join!(
            self.header(at),
            self.ask("state_queryStorageAt", |rpc| async move {
                rpc.state_query_storage_at(keys.iter().map(|key| &key[..]), Some(at)).await
            }),
            self.runtime_call("ReviveApi_balance", self.escrow, at),
        )?;
        if header.number != number {
            return Err(Error::NodeWrong(format!("asked for block {number} it gave block {}", header.number)));
        }
        let value = |key: [u8; 32]| {
            let change = state.iter().flat_map(|set| &set.changes).find(|(found, _)| found.0 == key);
            change.and_then(|(_, value)| value.as_ref()).map(|value| value.0.clone())
        };
        let event_count: u32 = decode(number, "System.EventCount", value(SYSTEM_EVENT_COUNT))?;
        let time_ms: u64 = decode(number, "Timestamp.Now", value(TIMESTAMP_NOW))?;
        let upgrade: LastRuntimeUpgrade =
            decode(number, "System.LastRuntimeUpgrade", value(SYSTEM_LAST_RUNTIME_UPGRADE))?;
        let balance: [u8; 32] = decode(number, "ReviveApi_balance", Some(balance))?;
        let metadata = self.metadata(upgrade.spec_version.0, header.parent_hash).await?;
        Ok(Block {
            number,
            hash,
            parent_hash: b256(header.parent_hash),
            time_ms,
            event_count,
            emitted: contract_events(number, value(SYSTEM_EVENTS), event_count, metadata)?,
            escrow_balance_wei: U256::from_le_bytes(balance),
        })
    }

    async fn has_code(&self, address: Address, at: B256) -> Result<bool, Error> {
        let code = self.runtime_call("ReviveApi_code", address, H256(at.0)).await?;
        let code =
            Vec::<u8>::decode(&mut &code[..]).map_err(|error| Error::NodeWrong(format!("ReviveApi_code: {error}")))?;
        Ok(!code.is_empty())
    }

    async fn wake_up(&self) -> Result<(), Error> {
        let connection = self.connection().await?;
        let mut heads = connection.heads.lock().await;
        match tokio::time::timeout(POLL_EVERY, heads.next()).await {
            Err(_) => {}
            // Whatever else was announced meanwhile is the same news.
            Ok(Some(Ok(_))) => while let Some(Some(Ok(_))) = heads.next().now_or_never() {},
            // A node ends a subscription that is not read fast enough, and one that ended tells nothing any more. If
            // the connection is gone too, the next question finds out.
            Ok(None | Some(Err(_))) => {
                drop(heads);
                self.forget(&connection).await;
                tokio::time::sleep(RESUBSCRIBE_AFTER).await;
            }
        }
        Ok(())
    }
}

/// `System.LastRuntimeUpgrade`: which runtime executed the block, set before its first extrinsic.
#[derive(Decode)]
struct LastRuntimeUpgrade {
    spec_version: scale::Compact<u32>,
    _spec_name: String,
}

#[derive(subxt::ext::scale_decode::DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractEmitted {
    contract: H160,
    data: Vec<u8>,
    topics: Vec<H256>,
}

/// Reads the bytes of `System.Events`. Any event that does not decode, of whichever pallet, fails the block: what
/// follows it could not be found.
fn contract_events(
    number: u64,
    bytes: Option<Vec<u8>>,
    event_count: u32,
    metadata: ArcMetadata,
) -> Result<Vec<Emitted>, Error> {
    let wrong = |what: String| Error::NodeWrong(format!("System.Events of block {number}: {what}"));
    let bytes = bytes.ok_or_else(|| wrong("no value, though every block above genesis has events".into()))?;
    // subxt decodes events through a client; this one is offline, with the block's own metadata.
    let config = SubstrateConfig::builder()
        .set_metadata_for_spec_versions([(0, metadata)])
        .set_spec_version_for_block_ranges([SpecVersionForRange {
            block_range: number..number.saturating_add(1),
            spec_version: 0,
            transaction_version: 0,
        }])
        .build();
    let client = OfflineClient::new_with_config(config).at_block(number).map_err(|error| wrong(error.to_string()))?;
    let events = client.events().from_bytes(bytes);
    if events.is_empty() {
        return Err(wrong("an empty list, though every block above genesis has events".into()));
    }
    if events.len() != event_count {
        return Err(wrong(format!("a list of {} where the chain counted {event_count}", events.len())));
    }
    let mut read = 0;
    let mut emitted = Vec::new();
    for event in events.iter() {
        let event = event.map_err(|error| wrong(format!("event {read}: {error}")))?;
        read += 1;
        if (event.pallet_name(), event.event_name()) != ("Revive", "ContractEmitted") {
            continue;
        }
        let fields: ContractEmitted =
            event.decode_fields_unchecked_as().map_err(|error| wrong(format!("event {}: {error}", event.index())))?;
        emitted.push(Emitted {
            event_index: event.index(),
            extrinsic_index: match event.phase() {
                Phase::ApplyExtrinsic(index) => Some(index),
                Phase::Initialization | Phase::Finalization => None,
            },
            contract: Address::from(fields.contract.0),
            topics: fields.topics.into_iter().map(b256).collect(),
            data: fields.data,
        });
    }
    // The iterator ends in silence where the bytes end.
    if read != event_count {
        return Err(wrong(format!("bytes for {read} events where the chain counted {event_count}")));
    }
    Ok(emitted)
}

async fn in_time<T>(
    what: &'static str,
    answer: impl Future<Output = Result<T, subxt::rpcs::Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Error::Unreachable { what, reason: error.to_string() }),
        Err(_) => Err(Error::Unreachable { what, reason: format!("no answer within {} s", ANSWER_WITHIN.as_secs()) }),
    }
}

fn decode<T: Decode>(number: u64, what: &str, bytes: Option<Vec<u8>>) -> Result<T, Error> {
    let bytes = bytes.ok_or_else(|| Error::NodeWrong(format!("block {number} has no {what}")))?;
    T::decode(&mut &bytes[..])
        .map_err(|error| Error::NodeWrong(format!("{what} of block {number} does not decode: {error}")))
}

fn b256(hash: H256) -> B256 {
    B256::from(hash.0)
}

const fn hex_key(text: &str) -> [u8; 32] {
    const fn digit(byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' => byte - b'0',
            _ => byte - b'a' + 10,
        }
    }
    let text = text.as_bytes();
    let mut key = [0; 32];
    let mut i = 0;
    while i < 32 {
        key[i] = digit(text[2 * i]) << 4 | digit(text[2 * i + 1]);
        i += 1;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_keys_are_the_hashes_of_their_names() {
        let key = |pallet: &str, item: &str| {
            [sp_crypto_hashing::twox_128(pallet.as_bytes()), sp_crypto_hashing::twox_128(item.as_bytes())].concat()
        };
        assert_eq!(SYSTEM_EVENTS[..], key("System", "Events"));
        assert_eq!(SYSTEM_EVENT_COUNT[..], key("System", "EventCount"));
        assert_eq!(SYSTEM_LAST_RUNTIME_UPGRADE[..], key("System", "LastRuntimeUpgrade"));
        assert_eq!(TIMESTAMP_NOW[..], key("Timestamp", "Now"));
    }
}
