//! A chain that is left alone: its clock goes on, its memory does not grow with every second, and no state is lost.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chorus_devnet::{
    Block, Chain, Config, Devnet, Sealing,
    polkadot_sdk::{
        pallet_timestamp,
        sp_io::{hashing::twox_128, storage},
        sp_keyring::Sr25519Keyring::{Alice, Bob},
        sp_state_machine::read_proof_check,
    },
    runtime::Runtime,
};

use crate::common::{balance, events, transfer};

/// The states of so many of the newest blocks are always kept.
const RECENT: u32 = 256;

fn time_of(chain: &Chain, block: &Block) -> u64 {
    chain.execute_at(block.hash, pallet_timestamp::Now::<Runtime>::get).unwrap()
}

fn block(chain: &Chain, height: u32) -> std::sync::Arc<Block> {
    chain.block(chain.hash_at(height).unwrap()).unwrap()
}

#[test]
fn every_state_of_an_idle_chain_stays_readable_and_provable() {
    let chain = Chain::new(Some(1_000_000)).unwrap();
    let (alice, bob) = (Alice.pair(), Bob.pair());
    let before = balance(&chain, &bob).unwrap();
    for height in 1..=900u32 {
        if height % 300 == 150 {
            chain.submit(&transfer(&chain, &alice, &bob, 1).unwrap()).unwrap();
        }
        chain.set_time(1_000_000 + u64::from(height)).unwrap();
        chain.mine().unwrap();
    }
    let key = [twox_128(b"Timestamp"), twox_128(b"Now")].concat();
    // From the newest on, as somebody reads who looks for something, and some of them twice.
    for height in (1..=900).rev().chain([1, 63, 64, 65, 127, 400]) {
        let block = block(&chain, height);
        assert_eq!(block.time_ms / 1000, 1_000_000 + u64::from(height));
        assert_eq!(time_of(&chain, &block), block.time_ms, "block {height}");
        let sent = if height % 300 == 150 { 2 } else { 1 };
        assert_eq!(block.extrinsics.len(), sent, "block {height}");
        assert!(events(&chain, height).unwrap().len() >= sent, "block {height}");
        let proof = chain.prove(block.hash, std::slice::from_ref(&key)).unwrap();
        let proven = read_proof_check::<chorus_devnet::Hashing, _>(block.header.state_root, proof, [&key[..]]).unwrap();
        assert_eq!(proven[&key], Some(block.time_ms.to_le_bytes().to_vec()), "block {height}");
    }
    assert_eq!(balance(&chain, &bob).unwrap(), before + 3);
}

#[test]
fn empty_blocks_cost_little_memory() {
    let chain = Chain::new(None).unwrap();
    let mine = |blocks: u32| {
        for _ in 0..blocks {
            chain.mine().unwrap();
        }
        chain.state_bytes()
    };
    // The pallets keep hashes of the last 256 blocks, so state itself grows at first.
    let before = mine(2 * RECENT + 64);
    let after = mine(10 * 64);
    let each = (after - before) / (10 * 64);
    assert!(each < 700, "an empty block costs {each} bytes of state");
}

#[test]
fn a_fork_below_dropped_states_goes_on_from_them() {
    let chain = Chain::new(None).unwrap();
    for _ in 0..RECENT + 100 {
        chain.mine().unwrap();
    }
    let replaced = block(&chain, 60);
    let fork = chain.fork(50).unwrap();
    assert_eq!(fork.header.parent_hash, block(&chain, 49).hash);
    for _ in 0..RECENT + 100 {
        chain.mine().unwrap();
    }
    for height in [1, 49, 50, 51, 63, 65, 300] {
        let block = block(&chain, height);
        assert_eq!(time_of(&chain, &block), block.time_ms, "block {height}");
    }
    assert_eq!(time_of(&chain, &replaced), replaced.time_ms, "what a fork replaced stays readable");
}

#[test]
fn what_native_code_wrote_is_kept() {
    let chain = Chain::new(None).unwrap();
    chain.commit(|| storage::set(b"written", b"without an extrinsic")).unwrap();
    let written = chain.best();
    for _ in 0..RECENT + 100 {
        chain.mine().unwrap();
    }
    let kept = chain.execute_at(written.hash, || storage::get(b"written")).unwrap();
    assert_eq!(kept.as_deref(), Some(&b"without an extrinsic"[..]));
}

#[tokio::test]
async fn time_goes_on_without_transactions_and_never_ahead_of_the_clock() {
    let sealing = Sealing::Idle(Duration::from_millis(10));
    let devnet = Devnet::start(Config { sealing, ..Config::for_tests() }).await.unwrap();
    let chain = devnet.chain();
    while chain.best().header.number < 5 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    devnet.stop().await;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let times: Vec<_> = (1..=chain.best().header.number).map(|height| block(&chain, height).time_ms).collect();
    assert!(times.is_sorted_by(|a, b| a + 5 < *b), "blocks came without a pause: {times:?}");
    assert!(times.iter().all(|time_ms| u128::from(*time_ms) <= now_ms), "{times:?} and it is {now_ms}");
}

#[tokio::test]
async fn on_demand_nothing_happens_until_somebody_asks() {
    let devnet = Devnet::start(Config::for_tests()).await.unwrap();
    let chain = devnet.chain();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(chain.best().header.number, 0);
    chain.submit(&transfer(&chain, &Alice.pair(), &Bob.pair(), 1).unwrap()).unwrap();
    while chain.best().header.number < 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    devnet.stop().await;
}
