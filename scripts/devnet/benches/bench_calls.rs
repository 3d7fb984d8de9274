//! Measures signed contract calls a second through RPC: `./scripts/bench devnet [CALLS]`
//!
//! Clients on four connections submit calls without waiting for blocks. The clock runs from the first
//! submission until the last call is in a final block. Then the events are counted: every call was signed,
//! paid for and executed, and none failed.

#[path = "../tests/it/common.rs"]
mod common;

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::ensure;
use chorus_devnet::{
    Chain, Config, Devnet,
    polkadot_sdk::{
        frame_system, pallet_balances,
        sp_core::{Bytes, H160, H256, Pair as _, sr25519},
        sp_io::hashing::keccak_256,
        sp_keyring::Sr25519Keyring,
    },
    runtime::RuntimeEvent,
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
/// What an account has for all its calls, in the chain's smallest unit.
const FUNDS: u128 = 10_000_000_000_000_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    // `cargo bench` passes flags of its own.
    let calls = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let calls: u32 = calls.map_or(Ok(20_000), |calls| calls.parse())?;

    let devnet = Devnet::start(Config::for_tests()).await?;
    let chain = devnet.chain();
    let alice = Sr25519Keyring::Alice.pair();
    let accounts = fund(&chain, &alice)?;

    let counter = common::deploy(&chain, &alice, &common::COUNTER, &[])?;
    measure("a counter in EVM code", &devnet, &accounts, counter, &[], calls).await?;

    let (votes, delegate) = deploy_votes(&chain, &alice)?;
    measure("votes.delegate", &devnet, &accounts, votes, &delegate, calls).await?;
    devnet.stop().await;
    Ok(())
}

/// Accounts with enough money for all their calls.
fn fund(chain: &Chain, alice: &sr25519::Pair) -> anyhow::Result<Vec<sr25519::Pair>> {
    let mut accounts = Vec::new();
    let first = chain.next_nonce(&common::account(alice))?;
    for i in 0..ACCOUNTS {
        let account = sr25519::Pair::from_string(&format!("//bench/{i}"), None)?;
        let call = pallet_balances::Call::transfer_keep_alive { dest: common::account(&account).into(), value: FUNDS };
        chain.submit(&chain.sign(alice, first + i, call)?)?;
        accounts.push(account);
    }
    chain.mine()?;
    Ok(accounts)
}

/// Deploys the vote token as it ships, and returns its address and a call that anybody may make: it reads and
/// writes what the token keeps of the caller.
fn deploy_votes(chain: &Chain, alice: &sr25519::Pair) -> anyhow::Result<(H160, Vec<u8>)> {
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/artifacts/votes.polkavm");
    let word = |n: u64| [[0; 24].as_slice(), &n.to_be_bytes()].concat();
    // Two addresses, voting period, quorum, absolute quorum, approval, proposal threshold.
    let data: Vec<u8> = [1, 2, 60, 1_000, 1, 5_000, 100].into_iter().flat_map(word).collect();
    let votes = common::deploy(chain, alice, &std::fs::read(code)?, &data)?;
    let selector = &keccak_256(b"delegate(address)")[..4];
    Ok((votes, [selector, &word(7)].concat()))
}

async fn measure(
    name: &str,
    devnet: &Devnet,
    accounts: &[sr25519::Pair],
    contract: H160,
    data: &[u8],
    calls: u32,
) -> anyhow::Result<()> {
    let chain = devnet.chain();
    let (_, weight) = common::dry_run(&chain, &accounts[0], contract, data)?;
    println!("{name}: {} ps and {} bytes of proof", weight.ref_time(), weight.proof_size());
    // A slot that is not empty any more costs a little more than in the dry run.
    let weight = weight + weight / 10;

    let per_account = calls.div_ceil(ACCOUNTS);
    let calls = per_account * ACCOUNTS;
    let mut batches = vec![Vec::new(); CONNECTIONS];
    for (i, account) in accounts.iter().enumerate() {
        let first = chain.next_nonce(&common::account(account))?;
        for nonce in first..first + per_account {
            let call = common::call(contract, data, weight);
            batches[i % CONNECTIONS].push(Bytes(chain.sign(account, nonce, call)?));
        }
    }
    let first_block = chain.best().header.number + 1;

    let heads = WsClientBuilder::default().build(devnet.url()).await?;
    let heads: Subscription<Value> =
        heads.subscribe("chain_subscribeFinalizedHeads", rpc_params![], "chain_unsubscribeFinalizedHeads").await?;
    let start = Instant::now();
    let mut submitting = JoinSet::new();
    for batch in batches {
        let client = Arc::new(WsClientBuilder::default().build(devnet.url()).await?);
        submitting.spawn(submit(client, batch));
    }
    while let Some(submitted) = submitting.join_next().await {
        submitted??;
    }
    wait_for(&chain, heads, calls, first_block).await?;
    let took = start.elapsed();

    let mut succeeded = 0;
    let blocks = first_block..=chain.best().header.number;
    for height in blocks.clone() {
        let succeeds =
            |event: &RuntimeEvent| matches!(event, RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }));
        // The first extrinsic of a block sets its time.
        succeeded += common::events(&chain, height)?.iter().filter(|event| succeeds(event)).count() - 1;
    }
    ensure!(succeeded == calls as usize, "only {succeeded} of {calls} calls succeeded");
    println!(
        "{name}: {calls} calls in {} blocks and {took:.2?}: {:.0} a second",
        blocks.count(),
        f64::from(calls) / took.as_secs_f64()
    );
    Ok(())
}

async fn submit(client: Arc<WsClient>, extrinsics: Vec<Bytes>) -> anyhow::Result<()> {
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let mut answers = JoinSet::new();
    for extrinsic in extrinsics {
        let permit = room.clone().acquire_owned().await?;
        let client = client.clone();
        answers.spawn(async move {
            let hash: H256 = client.request("author_submitExtrinsic", rpc_params![extrinsic]).await?;
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
async fn wait_for(chain: &Chain, mut heads: Subscription<Value>, calls: u32, first_block: u32) -> anyhow::Result<()> {
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
