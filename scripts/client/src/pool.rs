//! One deployed pool on one chain: views, calls and events of its three contracts.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use chorus_abi::{Address, B256, Contract, Deployment, Event, SolCall, U256, attestations, purposes_hash};

use crate::{Client, DryRun, Emitted, Error, Receipt, keys::Key};

/// A pool and the connection to its chain. Clones share the connection.
#[derive(Clone)]
pub struct Pool {
    client: Client,
    deployment: Arc<Deployment>,
}

impl Pool {
    /// Opens a pool.
    ///
    /// # Errors
    /// Unless this is the pool's chain, its contracts are there, and the purposes are those that its members agreed to.
    pub async fn open(client: Client, deployment: Deployment) -> anyhow::Result<Self> {
        let (here, there) = (client.genesis_hash(), deployment.genesis_hash);
        ensure!(
            here == there,
            "this pool lives on another chain: its genesis is {there}, that of {} is {here}. A development chain that \
             was started again is a new chain: deploy there again",
            client.url()
        );
        for contract in Contract::ALL {
            let address = deployment.address_of(contract);
            ensure!(
                !client.code(address, None).await?.is_empty(),
                "there is no contract at {address}, where {} should be by the deployment file",
                contract.name()
            );
        }
        let pool = Self { client, deployment: Arc::new(deployment) };
        let agreed = pool.view(Contract::Attestations, &attestations::purposesHashCall {}, None).await?;
        ensure!(
            agreed == purposes_hash(&pool.deployment.purposes),
            "the deployment file has other purposes than the pool: nobody agreed to these texts. Ask for the right file"
        );
        Ok(pool)
    }

    /// Opens the pool that a deployment file names.
    pub async fn from_file(client: Client, file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| {
            format!(
                "cannot read the deployment file {}: write it with `chorus deploy`, or name one with --deployment",
                file.display()
            )
        })?;
        let deployment =
            serde_json::from_str(&text).with_context(|| format!("{} is not a deployment file", file.display()))?;
        Self::open(client, deployment).await
    }

    /// The connection.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The pool's chain, contracts and purposes.
    pub fn deployment(&self) -> &Deployment {
        &self.deployment
    }

    /// Asks one of the contracts, at a block (by default the best one).
    pub async fn view<C: SolCall>(&self, contract: Contract, call: &C, at: Option<B256>) -> Result<C::Return, Error> {
        self.client.view(self.deployment.address_of(contract), call, at).await
    }

    /// Calls one of the contracts and waits until the call is final. `value` is in contract units.
    pub async fn send<C: SolCall>(
        &self,
        from: &Key,
        contract: Contract,
        value: U256,
        call: &C,
    ) -> Result<Receipt, Error> {
        self.client.send(from, self.deployment.address_of(contract), value, call).await
    }

    /// Does what [`Pool::send`] does, without value and with calldata that is encoded already.
    pub async fn send_data(&self, from: &Key, contract: Contract, data: Vec<u8>) -> Result<Receipt, Error> {
        self.client.send_data(from, self.deployment.address_of(contract), U256::ZERO, data).await
    }

    /// Rehearses such a call: what it would return and need.
    pub async fn rehearse(&self, from: &Key, contract: Contract, data: &[u8]) -> Result<DryRun, Error> {
        self.client.dry_run(from.account(), self.deployment.address_of(contract), 0, data, None).await
    }

    /// Decodes what one of the pool's contracts emitted; `None` if it was another contract.
    ///
    /// # Errors
    /// When an event of the pool cannot be decoded: then nothing that depends on events can be trusted.
    pub fn decode(&self, emitted: &Emitted) -> anyhow::Result<Option<Event>> {
        let Some(contract) = self.deployment.contract_at(emitted.contract) else { return Ok(None) };
        Event::decode(contract, &emitted.topics, &emitted.data)
            .map(Some)
            .with_context(|| format!("an event of {contract:?} (index {}) cannot be decoded", emitted.event_index))
    }

    /// The events of the pool's contracts in a receipt, in order.
    pub fn events(&self, receipt: &Receipt) -> anyhow::Result<Vec<Event>> {
        receipt.emitted.iter().filter_map(|emitted| self.decode(emitted).transpose()).collect()
    }

    /// The text of a purpose, or its number if it has none.
    pub fn purpose_text(&self, purpose: u8) -> String {
        self.deployment.purposes.get(usize::from(purpose)).cloned().unwrap_or_else(|| format!("purpose {purpose}"))
    }

    /// The native money that `escrow` can spend, in contract units.
    pub async fn escrow_balance(&self, at: Option<B256>) -> Result<U256, Error> {
        self.client.balance(self.deployment.escrow, at).await
    }

    /// The address of one of the contracts.
    pub fn address(&self, contract: Contract) -> Address {
        self.deployment.address_of(contract)
    }
}
