//! Signed extrinsics without a client library, for tests and measurements in one process.

use pallet_revive::evm::runtime::EthExtra;
use polkadot_sdk::{
    frame_support::traits::SignedTransactionBuilder as _,
    frame_system,
    sp_core::{Pair as _, sr25519},
    sp_runtime::{
        MultiSigner,
        generic::{Digest, SignedPayload},
        traits::IdentifyAccount as _,
    },
};
use revive_dev_runtime::{EthExtraImpl, Nonce, Runtime, RuntimeCall, Signature, UncheckedExtrinsic};
use scale::Encode;

use crate::{chain::Chain, error::Error};

impl Chain {
    /// A SCALE-encoded extrinsic that never expires and gives no tip.
    pub fn sign(&self, signer: &sr25519::Pair, nonce: Nonce, call: impl Into<RuntimeCall>) -> Result<Vec<u8>, Error> {
        // The runtime keeps the type of its transaction extensions to itself, but makes them for Ethereum
        // transactions. The mark that tells those apart is never encoded.
        let extensions = EthExtraImpl::get_eth_extension(nonce, 0);
        let best = self.best();
        let payload = self
            .execute_at_best(|| {
                // The runtime learns the hash of a block, also of the genesis block, only in the next one.
                let next = best.header.number + 1;
                frame_system::Pallet::<Runtime>::initialize(&next, &best.hash, &Digest::default());
                SignedPayload::new(call.into(), extensions)
            })?
            .map_err(|e| Error::Runtime(format!("{e:?}")))?;
        let signature: Signature = payload.using_encoded(|payload| signer.sign(payload)).into();
        let account = MultiSigner::from(signer.public()).into_account();
        let (call, extensions, _) = payload.deconstruct();
        let extrinsic = UncheckedExtrinsic::new_signed_transaction(call, account.into(), signature, extensions);
        Ok(extrinsic.encode())
    }
}
