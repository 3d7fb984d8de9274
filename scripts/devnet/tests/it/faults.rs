//! What tests of other parts need to go wrong, and what a person may do wrong.

use std::time::{Duration, Instant};

use chorus_devnet::{Config, Devnet, Error, Sealing, polkadot_sdk::sp_core::H256};
use jsonrpsee::{core::client::ClientT, rpc_params, ws_client::WsClientBuilder};

async fn start() -> Devnet {
    Devnet::start(Config::for_tests()).await.unwrap()
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let devnet = start().await;
    let port: u16 = devnet.url().rsplit(':').next().unwrap().parse().unwrap();
    let refused = Devnet::start(Config { port, ..Config::for_tests() }).await;
    let error = refused.err().unwrap();
    assert!(matches!(error, Error::PortInUse(busy) if busy == port));
    assert!(error.to_string().contains(&port.to_string()));
    assert!(error.to_string().contains("--port"));

    devnet.stop().await;
    Devnet::start(Config { port, ..Config::for_tests() }).await.unwrap().stop().await;
}

#[tokio::test]
async fn the_banner_says_what_it_is() {
    let devnet = start().await;
    let banner = devnet.banner();
    for part in ["development chain", "no consensus", "memory only", "known to everybody", &devnet.url()] {
        assert!(banner.contains(part), "{banner}");
    }
    devnet.stop().await;
}

#[tokio::test]
async fn dropped_connections_end_and_new_ones_work() {
    let devnet = start().await;
    let client = WsClientBuilder::default().build(devnet.url()).await.unwrap();
    let _: H256 = client.request("dev_mine", rpc_params![]).await.unwrap();
    devnet.drop_connections().await.unwrap();
    client.on_disconnect().await;
    assert!(client.request::<H256, _>("dev_mine", rpc_params![]).await.is_err());

    let client = WsClientBuilder::default().build(devnet.url()).await.unwrap();
    let _: H256 = client.request("dev_mine", rpc_params![]).await.unwrap();
    assert_eq!(devnet.chain().best().header.number, 2, "the chain itself went on");
    devnet.stop().await;
}

#[tokio::test]
async fn answers_can_be_late() {
    let devnet = start().await;
    let client = WsClientBuilder::default().build(devnet.url()).await.unwrap();
    let delay = Duration::from_millis(200);
    devnet.delay_answers(delay);
    let asked = Instant::now();
    let _: String = client.request("system_chain", rpc_params![]).await.unwrap();
    assert!(asked.elapsed() >= delay);
    devnet.stop().await;
}

#[tokio::test]
async fn with_a_block_time_blocks_come_without_transactions() {
    let sealing = Sealing::Every(Duration::from_millis(10));
    let devnet = Devnet::start(Config { sealing, ..Config::for_tests() }).await.unwrap();
    let chain = devnet.chain();
    while chain.best().header.number < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    devnet.stop().await;
    let stopped_at = chain.best().header.number;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(chain.best().header.number, stopped_at, "stopping stops the blocks");
}
