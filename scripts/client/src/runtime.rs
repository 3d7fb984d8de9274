//! What depends on the chain's metadata: making extrinsics and reading answers, all of it offline.

mod answers;
mod events;

use subxt::{
    ArcMetadata, Metadata,
    client::{OfflineClient, OfflineClientAtBlock},
    config::{
        DefaultExtrinsicParamsBuilder, Hasher as _,
        substrate::{H256, SpecVersionForRange, SubstrateConfig},
    },
    dynamic,
    error::ExtrinsicError,
    tx::Payload,
};
use subxt_signer::sr25519;

use super::error::Error;

pub use answers::{DryRun, Failure, Weight};
pub(crate) use events::Effects;
pub use events::Emitted;

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
    pub(crate) fn signed(&self, pair: &sr25519::Keypair, nonce: u64, call: &impl Payload) -> Result<Vec<u8>, Error> {
        let params = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new().nonce(nonce).immortal().build();
        let mut signable = self.at.transactions().create_signable_offline(call, params).map_err(unsupported)?;
        Ok(signable.sign(pair).map_err(unsupported)?.into_encoded())
    }

    /// An extrinsic without a signature of its own.
    pub(crate) fn bare(&self, call: &impl Payload) -> Result<Vec<u8>, Error> {
        Ok(self.at.transactions().create_unsigned(call).map_err(unsupported)?.into_encoded())
    }

    /// A call, encoded for the runtime.
    pub(crate) fn call_data(&self, call: &impl Payload) -> Result<Vec<u8>, Error> {
        self.at.transactions().call_data(call).map_err(unsupported)
    }

    pub(crate) fn hash(&self, extrinsic: &[u8]) -> H256 {
        self.at.hasher().hash(extrinsic)
    }
}

fn unsupported(error: ExtrinsicError) -> Error {
    Error::Unsupported(error.to_string())
}
