//! Transactions: rehearsed, signed under the next nonce, submitted, seen in a finalized block.

use std::{collections::HashMap, sync::Arc};

use alloy_consensus::TxEip1559;
use chorus_abi::{Address, B256, SolCall, SolEvent, U256};
use k256::ecdsa::SigningKey;
use scale::Encode as _;
use subxt::{config::substrate::H256, dynamic, tx::Payload, utils::AccountId32};
use subxt_signer::sr25519;
use tokio::sync::Mutex;

use super::{
    BlockId, Client, Error, INCLUSION_TIMEOUT, ethereum,
    runtime::{DryRun, Effects, Emitted, Runtime, Weight},
};
use crate::keys::{Key, Secret};

/// Attempts at a transaction whose nonce another program took, or that a full pool did not take.
const ATTEMPTS: u32 = 20;

/// A transaction in a finalized block that did what it should.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Hash of the extrinsic.
    pub hash: B256,
    /// The block it is in.
    pub block: BlockId,
    /// Its place in the block.
    pub extrinsic: u32,
    /// The contract that was called or made, if one was.
    pub contract: Option<Address>,
    /// The fee that the sender paid, beside value and deposits, in the chain's smallest unit.
    pub fee: u128,
    /// What contracts emitted, in order.
    pub emitted: Vec<Emitted>,
}

impl Receipt {
    /// The event by which the contract that was called or made tells what it did.
    ///
    /// # Errors
    /// When it did not emit one: then another contract is there than the ABI of this program describes.
    pub fn event<E: SolEvent>(&self) -> Result<E, Error> {
        self.emitted
            .iter()
            .filter(|emitted| Some(emitted.contract) == self.contract)
            .find_map(|emitted| E::decode_raw_log(emitted.topics.iter().copied(), &emitted.data).ok())
            .ok_or(Error::EventMissing { block: self.block.number, event: E::SIGNATURE })
    }
}

/// A contract that was made.
#[derive(Clone, Debug)]
pub struct Instantiation {
    /// Where it lives.
    pub address: Address,
    /// The transaction that made it.
    pub receipt: Receipt,
}

/// The next nonce of each account that sent through this client.
#[derive(Default)]
pub(crate) struct Nonces {
    accounts: Mutex<HashMap<[u8; 32], NonceSlot>>,
}

/// The next nonce of one account; `None` when the chain must be asked.
type NonceSlot = Arc<Mutex<Option<u64>>>;

impl Nonces {
    async fn of(&self, account: [u8; 32]) -> NonceSlot {
        self.accounts.lock().await.entry(account).or_default().clone()
    }
}

/// A transaction without its nonce and its signature.
enum Draft<'a, C> {
    Substrate { pair: &'a sr25519::Keypair, call: &'a C },
    Ethereum { key: &'a SigningKey, transaction: TxEip1559 },
}

impl<C: Payload> Draft<'_, C> {
    /// The extrinsic.
    fn sign(&self, runtime: &Runtime, nonce: u64) -> Result<Vec<u8>, Error> {
        match self {
            Self::Substrate { pair, call } => runtime.signed(pair, nonce, *call),
            Self::Ethereum { key, transaction } => {
                let transaction = TxEip1559 { nonce, ..transaction.clone() };
                let payload = ethereum::sign(key, transaction).map_err(|error| Error::Rejected(error.to_string()))?;
                runtime.bare(&dynamic::tx("Revive", "eth_transact", [dynamic::Value::from_bytes(payload)]))
            }
        }
    }
}

impl Client {
    /// Calls a contract and waits until the call is final. `value` is in contract units.
    ///
    /// # Errors
    /// The contract's reason when it refuses. Nothing was sent then, unless another transaction came between rehearsal
    /// and call.
    pub async fn send<C: SolCall>(
        &self,
        from: &Key,
        contract: Address,
        value: U256,
        call: &C,
    ) -> Result<Receipt, Error> {
        self.send_data(from, contract, value, call.abi_encode()).await
    }

    /// Does what [`Client::send`] does, with calldata that is encoded already.
    pub async fn send_data(&self, from: &Key, to: Address, value: U256, data: Vec<u8>) -> Result<Receipt, Error> {
        let value = self.native(value)?;
        let dry_run = self.dry_run(from.account(), to, value, &data, None).await?;
        let (weight, deposit) = self.limits(dry_run)?;
        let call = dynamic::tx("Revive", "call", (to.0.0, value, weight, deposit, data.clone()));
        let sent = match self.extrinsic(from, &call).await {
            Err(error) if error.is_unmapped() => {
                self.map_account(from).await?;
                self.extrinsic(from, &call).await
            }
            sent => sent,
        };
        match sent {
            // The chain does not say why a contract reverted: a new rehearsal does.
            Err(Error::Dispatch(reason)) if reason.contains("ContractReverted") => {
                match self.dry_run(from.account(), to, value, &data, None).await?.result {
                    Err(failure) => Err(self.failure(failure)),
                    Ok(_) => Err(Error::Dispatch(reason)),
                }
            }
            sent => sent.map(|(receipt, _)| Receipt { contract: Some(to), ..receipt }),
        }
    }

    /// Uploads code and makes a contract from it. `value` is in contract units, `arguments` are ABI-encoded.
    pub async fn instantiate(
        &self,
        from: &Key,
        value: U256,
        code: Vec<u8>,
        arguments: Vec<u8>,
    ) -> Result<Instantiation, Error> {
        let value = self.native(value)?;
        // `Code::Upload` is the first variant; no weight or deposit limit, no salt.
        let input = (from.account(), value, (None::<()>, None::<()>), (0u8, &code), &arguments, None::<()>).encode();
        let answer = self.api("ReviveApi_instantiate", &input, None).await?;
        let (weight, deposit) = self.limits(self.inner.runtime.instantiate_result(&answer)?)?;
        let salt = dynamic::Value::unnamed_variant("None", []);
        let call = dynamic::tx(
            "Revive",
            "instantiate_with_code",
            vec![
                dynamic::Value::u128(value),
                dynamic::Value::named_composite([
                    ("ref_time", dynamic::Value::u128(weight.ref_time.into())),
                    ("proof_size", dynamic::Value::u128(weight.proof_size.into())),
                ]),
                dynamic::Value::u128(deposit),
                dynamic::Value::from_bytes(code),
                dynamic::Value::from_bytes(arguments),
                salt,
            ],
        );
        let (receipt, made) = match self.extrinsic(from, &call).await {
            Err(error) if error.is_unmapped() => {
                self.map_account(from).await?;
                self.extrinsic(from, &call).await?
            }
            sent => sent?,
        };
        // The instantiation itself may have raised the nonce again.
        *self.inner.nonces.of(from.account()).await.lock().await = None;
        let [address] = made[..] else {
            return Err(Error::Unsupported("an instantiation made no contract, or several".into()));
        };
        Ok(Instantiation { address, receipt: Receipt { contract: Some(address), ..receipt } })
    }

    /// The addresses of the contracts that `from` instantiates in its next transactions, in order, if each
    /// instantiation uses up `step` nonces.
    ///
    /// `CREATE1` over the deployer's address and its nonce (`pallet_revive::address::create1`). The pallet raises the
    /// nonce once more after an instantiation by extrinsic, so that several in one batch differ; older ones do not.
    pub async fn next_addresses<const N: usize>(&self, from: &Key, step: u64) -> Result<[Address; N], Error> {
        let first = self.next_nonce(from).await?;
        Ok(std::array::from_fn(|index| from.address().create(first + index as u64 * step)))
    }

    /// Sends native money, in contract units, to a plain account.
    pub async fn transfer(&self, from: &Key, to: [u8; 32], value: U256) -> Result<Receipt, Error> {
        let value = self.native(value)?;
        let to = dynamic::Value::unnamed_variant("Id", [dynamic::Value::from_bytes(to)]);
        let call = dynamic::tx("Balances", "transfer_allow_death", vec![to, dynamic::Value::u128(value)]);
        Ok(self.extrinsic(from, &call).await?.0)
    }

    /// Several transfers of contract units, one after the other without waiting in between.
    pub async fn transfer_all(&self, from: &Key, to: &[([u8; 32], U256)]) -> Result<Vec<Receipt>, Error> {
        futures::future::try_join_all(to.iter().map(|&(account, value)| self.transfer(from, account, value))).await
    }

    /// Lets a Substrate account call contracts, on chains that do not do so by themselves.
    pub async fn map_account(&self, key: &Key) -> Result<(), Error> {
        let call = dynamic::tx("Revive", "map_account", ());
        self.extrinsic(key, &call).await.map(drop)
    }

    /// Weight and deposit limits for a call as it was rehearsed, with room for what others change meanwhile.
    fn limits(&self, dry_run: DryRun) -> Result<(Weight, u128), Error> {
        let DryRun { weight_required: Weight { ref_time, proof_size }, max_storage_deposit, result } = dry_run;
        result.map_err(|failure| self.failure(failure))?;
        // A quarter more, and three cold storage slots: somebody else's first write may move ours to a new slot.
        let weight = Weight {
            ref_time: ref_time + ref_time / 4 + 500_000_000,
            proof_size: proof_size + proof_size / 4 + 32_000,
        };
        // Only what is used is held. A rehearsal leaves out the deposit for a new account's existence.
        Ok((weight, max_storage_deposit.saturating_mul(2).saturating_add(1_000_000_000_000)))
    }

    async fn next_nonce(&self, key: &Key) -> Result<u64, Error> {
        let slot = self.inner.nonces.of(key.account()).await;
        let mut nonce = slot.lock().await;
        self.nonce_in(&mut nonce, key).await
    }

    async fn nonce_in(&self, slot: &mut Option<u64>, key: &Key) -> Result<u64, Error> {
        if let Some(nonce) = *slot {
            return Ok(nonce);
        }
        let index = self.inner.rpc.system_account_next_index(&AccountId32(key.account())).await;
        let nonce = index.map_err(Error::node("reading a nonce"))?;
        *slot = Some(nonce);
        Ok(nonce)
    }

    /// Signs, submits and waits for finality.
    async fn extrinsic(&self, from: &Key, call: &impl Payload) -> Result<(Receipt, Vec<Address>), Error> {
        let (hash, inclusion) = self.submit(from, call).await?;
        let Ok(inclusion) = tokio::time::timeout(INCLUSION_TIMEOUT, inclusion).await else {
            self.inner.follower.forget(hash).await;
            // Somebody else may have used the nonce: ask the chain before the next transaction.
            *self.inner.nonces.of(from.account()).await.lock().await = None;
            return Err(Error::Timeout { hash: hash.0, seconds: INCLUSION_TIMEOUT.as_secs() });
        };
        let inclusion = inclusion
            .map_err(|_| Error::Node { what: "following the chain", reason: "the client was closed".into() })?;
        let Effects { failure, fee, payer: _, emitted, instantiated } = inclusion.effects;
        if let Some(reason) = failure {
            return Err(Error::Dispatch(reason));
        }
        let (block, extrinsic) = (inclusion.block, inclusion.extrinsic);
        let receipt = Receipt { hash: B256::from(hash.0), block, extrinsic, contract: None, fee, emitted };
        Ok((receipt, instantiated))
    }

    async fn draft<'a, C: Payload>(&self, from: &'a Key, call: &'a C) -> Result<Draft<'a, C>, Error> {
        Ok(match from.secret() {
            Secret::Substrate(pair) => Draft::Substrate { pair, call },
            Secret::Ethereum(key) => {
                let call = self.inner.runtime.call_data(call)?;
                Draft::Ethereum { key, transaction: self.ethereum_transaction(from.address(), call).await? }
            }
        })
    }

    async fn submit(
        &self,
        from: &Key,
        call: &impl Payload,
    ) -> Result<(H256, tokio::sync::oneshot::Receiver<super::inclusion::Inclusion>), Error> {
        let draft = self.draft(from, call).await?;
        let slot = self.inner.nonces.of(from.account()).await;
        let mut attempt = 0;
        loop {
            // Locked until the node has the transaction, so that transactions of one account arrive in order.
            let mut nonce_slot = slot.lock().await;
            let nonce = self.nonce_in(&mut nonce_slot, from).await?;
            let extrinsic = draft.sign(&self.inner.runtime, nonce)?;
            let hash = self.inner.runtime.hash(&extrinsic);
            let inclusion = self.inner.follower.watch(hash).await?;
            match self.inner.rpc.author_submit_extrinsic(&extrinsic).await {
                Ok(_) => {
                    *nonce_slot = Some(nonce + 1);
                    return Ok((hash, inclusion));
                }
                Err(error) => {
                    *nonce_slot = None;
                    drop(nonce_slot);
                    self.inner.follower.forget(hash).await;
                    attempt += 1;
                    if attempt == ATTEMPTS || !is_passing(&error) {
                        return Err(Error::Rejected(error.to_string()));
                    }
                    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
                }
            }
        }
    }
}

/// Whether a later attempt may succeed: the pool is full (1016), or another transaction took the nonce (1010 with
/// "outdated", 1013 already imported, 1014 priority too low).
fn is_passing(error: &subxt_rpcs::Error) -> bool {
    match error {
        subxt_rpcs::Error::User(error) => match error.code {
            1013 | 1014 | 1016 => true,
            1010 => error.data.as_ref().is_some_and(|data| data.get().contains("outdated")),
            _ => false,
        },
        // Nobody knows whether the node has the transaction: sent again under a new nonce, it could count twice.
        _ => false,
    }
}
