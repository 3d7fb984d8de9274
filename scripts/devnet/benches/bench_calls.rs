//! Measures signed contract calls a second through RPC: `cargo bench -p chorus-devnet [-- CALLS]`
//!
//! Clients on four connections submit calls that add one to a counter in storage, without waiting for blocks.
//! The clock runs from the first submission until the last call is in a final block, and the counter is read
//! back at the end: every call was signed, paid for, executed and counted.

#[path = "../tests/it/common.rs"]
mod common;

use std::{sync::Arc, time::Instant};

use anyhow::ensure;
use chorus_devnet::{
    Chain, Config, Devnet,
    polkadot_sdk::{
        frame_support::weights::Weight,
        pallet_balances,
        sp_core::{Bytes, H256, Pair as _, U256, sr25519},
        sp_keyring::Sr25519Keyring,
    },
};
use jsonrpsee::{
    core::client::{ClientT, Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use tokio::{sync::Semaphore, task::JoinSet};

const ACCOUNTS: u32 = 100;
const CONNECTIONS: usize = 4;
/// Submissions that one connection has under way.
const IN_FLIGHT: usize = 64;
const FUNDS: u128 = 1_000_000_000_000_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo bench` passes flags of its own.
    let calls = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    let calls: u32 = calls.map_or(Ok(20_000), |calls| calls.parse())?;
    let per_account = calls.div_ceil(ACCOUNTS);
    let calls = per_account * ACCOUNTS;

    let devnet = Devnet::start(Config {
        port: 0,
        ..Config::default()
    })
    .await?;
    let chain = devnet.chain();
    let alice = Sr25519Keyring::Alice.pair();
    let counter = common::deploy(&chain, &alice, &common::COUNTER)?;
    let accounts = fund(&chain, &alice)?;
    // The first call finds an empty slot, later ones do not: they need a little more.
    let first = common::call(counter, Weight::from_parts(1_000_000_000, 100_000));
    chain.submit(&chain.sign(&alice, chain.next_nonce(&common::account(&alice))?, first)?)?;
    chain.mine()?;
    let (_, weight) = common::dry_run(&chain, &accounts[0], counter)?;
    println!(
        "a call needs {} ps and {} bytes of proof",
        weight.ref_time(),
        weight.proof_size()
    );
    let mut batches = vec![Vec::new(); CONNECTIONS];
    for nonce in 0..per_account {
        for (i, account) in accounts.iter().enumerate() {
            let extrinsic = chain.sign(account, nonce, common::call(counter, weight))?;
            batches[i % CONNECTIONS].push(Bytes(extrinsic));
        }
    }
    let first_block = chain.best().header.number + 1;

    let heads = WsClientBuilder::default().build(devnet.url()).await?;
    let heads: Subscription<Value> = heads
        .subscribe(
            "chain_subscribeFinalizedHeads",
            rpc_params![],
            "chain_unsubscribeFinalizedHeads",
        )
        .await?;
    let start = Instant::now();
    let mut submitting = JoinSet::new();
    for batch in batches {
        let client = Arc::new(WsClientBuilder::default().build(devnet.url()).await?);
        submitting.spawn(submit(client, batch));
    }
    while let Some(submitted) = submitting.join_next().await {
        submitted??;
    }
    let submitted = start.elapsed();
    wait_for(&chain, heads, calls, first_block).await?;
    let included = start.elapsed();

    let (count, _) = common::dry_run(&chain, &alice, counter)?;
    let counted = U256::from_big_endian(&count) - 2;
    ensure!(
        counted == U256::from(calls),
        "only {counted} of {calls} calls were counted"
    );
    let blocks = chain.best().header.number + 1 - first_block;
    println!(
        "{calls} calls submitted in {submitted:.2?}, in {blocks} final blocks after {included:.2?}"
    );
    println!(
        "{:.0} calls a second",
        f64::from(calls) / included.as_secs_f64()
    );
    devnet.stop().await;
    Ok(())
}

/// Accounts with enough money for all their calls.
fn fund(chain: &Chain, alice: &sr25519::Pair) -> anyhow::Result<Vec<sr25519::Pair>> {
    let mut accounts = Vec::new();
    let first = chain.next_nonce(&common::account(alice))?;
    for i in 0..ACCOUNTS {
        let account = sr25519::Pair::from_string(&format!("//bench/{i}"), None)?;
        let call = pallet_balances::Call::transfer_keep_alive {
            dest: common::account(&account).into(),
            value: FUNDS,
        };
        chain.submit(&chain.sign(alice, first + i, call)?)?;
        accounts.push(account);
    }
    chain.mine()?;
    Ok(accounts)
}

async fn submit(client: Arc<WsClient>, extrinsics: Vec<Bytes>) -> anyhow::Result<()> {
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut answers = JoinSet::new();
    for extrinsic in extrinsics {
        let permit = room.clone().acquire_owned().await?;
        let client = client.clone();
        answers.spawn(async move {
            let hash: H256 = client
                .request("author_submitExtrinsic", rpc_params![extrinsic])
                .await?;
            drop(permit);
            Ok::<_, jsonrpsee::core::ClientError>(hash)
        });
    }
    while let Some(answer) = answers.join_next().await {
        answer??;
    }
    Ok(())
}

/// Waits until final blocks from `first_block` on hold `calls` extrinsics beside their own.
async fn wait_for(
    chain: &Chain,
    mut heads: Subscription<Value>,
    calls: u32,
    first_block: u32,
) -> anyhow::Result<()> {
    let mut found = 0;
    let mut next = first_block;
    while found < calls as usize {
        while let Some(block) = chain.hash_at(next).and_then(|hash| chain.block(hash)) {
            found += block.extrinsics.len() - 1;
            next += 1;
        }
        if found < calls as usize {
            heads.next().await.transpose()?;
        }
    }
    Ok(())
}
