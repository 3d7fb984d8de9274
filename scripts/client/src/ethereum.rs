//! Transactions of Ethereum keys.
//!
//! `pallet-revive` takes a signed Ethereum transaction inside an extrinsic without a signature of its own. One to a
//! reserved address holds a runtime call, which is dispatched in its signer's name. So an Ethereum key can send
//! whatever a Substrate key can.

use alloy_consensus::{SignableTransaction as _, TxEip1559};
use chorus_abi::Address;
use k256::ecdsa::SigningKey;
use scale::Encode;

use super::{Client, Error};
use crate::keys::sign_digest;

/// Where a transaction's input is read as a runtime call (`pallet_revive::RUNTIME_PALLETS_ADDR`).
const RUNTIME_PALLETS: Address = Address::new(*b"modlpy/paddr\0\0\0\0\0\0\0\0");

/// What `ReviveApi_eth_transact` rehearses, in the form that the API's first version keeps
/// (`pallet_revive_types::GenericTransactionV1`).
#[derive(Encode, Default)]
struct GenericTransaction {
    access_list: Option<()>,
    authorization_list: Vec<()>,
    blob_versioned_hashes: Vec<()>,
    blobs: Vec<()>,
    chain_id: Option<()>,
    from: Option<[u8; 20]>,
    gas: Option<()>,
    gas_price: Option<()>,
    input: Option<Vec<u8>>,
    data: Option<()>,
    max_fee_per_blob_gas: Option<()>,
    max_fee_per_gas: Option<()>,
    max_priority_fee_per_gas: Option<()>,
    nonce: Option<()>,
    to: Option<[u8; 20]>,
    kind: Option<()>,
    value: Option<()>,
}

impl Client {
    /// A transaction of `from` that dispatches an encoded runtime call, with the gas that a rehearsal takes. Its nonce
    /// and its signature are still missing.
    pub(super) async fn ethereum_transaction(&self, from: Address, call: Vec<u8>) -> Result<TxEip1559, Error> {
        let rehearsed = GenericTransaction {
            from: Some(from.0.0),
            input: Some(call.clone()),
            to: Some(RUNTIME_PALLETS.0.0),
            ..GenericTransaction::default()
        };
        let gas = self.api("ReviveApi_eth_transact", &rehearsed.encode(), None).await?;
        let gas = self.inner.runtime.ethereum_gas(&gas)?;
        let price: u128 = self.gas_price().await?.saturating_to();
        Ok(TxEip1559 {
            chain_id: self.chain_id(),
            // Unused gas is not paid for; the price may rise until the transaction is in a block.
            gas_limit: gas.saturating_add(gas / 4),
            max_fee_per_gas: price.saturating_mul(2),
            to: RUNTIME_PALLETS.into(),
            input: call.into(),
            ..TxEip1559::default()
        })
    }
}

/// Signs a transaction, as the bytes that travel (EIP-2718).
pub(crate) fn sign(key: &SigningKey, transaction: TxEip1559) -> anyhow::Result<Vec<u8>> {
    let signature = sign_digest(key, transaction.signature_hash())?;
    let mut bytes = Vec::new();
    transaction.into_signed(signature).eip2718_encode(&mut bytes);
    Ok(bytes)
}
