//! The client that the rest of Chorus uses: subxt with its legacy backend.

use std::sync::Arc;

use chorus_devnet::{Config, Devnet};
use subxt::{OnlineClient, PolkadotConfig, backend::LegacyBackend, dynamic};
use subxt_rpcs::RpcClient;
use subxt_signer::sr25519::dev::{alice, bob};

async fn connect(devnet: &Devnet) -> OnlineClient<PolkadotConfig> {
    let rpc = RpcClient::from_insecure_url(devnet.url()).await.unwrap();
    let backend = LegacyBackend::builder().build(rpc);
    OnlineClient::from_backend(Arc::new(backend)).await.unwrap()
}

fn transfer(value: u128) -> impl subxt::tx::Payload {
    dynamic::transaction("Balances", "transfer_keep_alive", (bob().public_key().to_address::<()>(), value))
}

#[tokio::test]
async fn subxt_transfers_calls_and_reads() {
    let devnet = Devnet::start(Config::for_tests()).await.unwrap();
    let client = connect(&devnet).await;
    for nonce in 0..3u64 {
        let at = client.at_current_block().await.unwrap();
        assert_eq!(at.tx().account_nonce(&alice().public_key().into()).await.unwrap(), nonce);
        let events = at
            .tx()
            .sign_and_submit_then_watch_default(&transfer(1_000), &alice())
            .await
            .unwrap()
            .wait_for_finalized_success()
            .await
            .unwrap();
        let names: Vec<String> = events
            .iter()
            .map(|event| event.unwrap())
            .map(|event| format!("{}.{}", event.pallet_name(), event.event_name()))
            .collect();
        assert!(names.contains(&"Balances.Transfer".into()), "{names:?}");
        assert!(names.contains(&"TransactionPayment.TransactionFeePaid".into()), "{names:?}");
    }
    let at = client.at_current_block().await.unwrap();
    assert_eq!(at.block_number(), 3);
    let now = dynamic::storage::<(), u64>("Timestamp", "Now");
    let now = at.storage().fetch(now, ()).await.unwrap().decode().unwrap();
    assert!(now > 1_700_000_000_000);
    let nonce = dynamic::runtime_api_call::<_, u32>("AccountNonceApi", "account_nonce", (alice().public_key().0,));
    assert_eq!(at.runtime_apis().call(nonce).await.unwrap(), 3);
    devnet.stop().await;
}

#[tokio::test]
async fn subxt_follows_finalized_blocks() {
    let devnet = Devnet::start(Config::for_tests()).await.unwrap();
    let client = connect(&devnet).await;
    let mut blocks = client.stream_blocks().await.unwrap();
    // The client subscribes when it is first asked for a block.
    assert_eq!(blocks.next().await.unwrap().unwrap().number(), 0);
    let chain = devnet.chain();
    for _ in 0..10 {
        chain.mine().unwrap();
    }
    for expected in 1..=10 {
        assert_eq!(blocks.next().await.unwrap().unwrap().number(), expected);
    }
    devnet.stop().await;
}

#[tokio::test]
async fn subxt_with_its_default_backend_works_too() {
    let devnet = Devnet::start(Config::for_tests()).await.unwrap();
    let client = OnlineClient::<PolkadotConfig>::from_insecure_url(devnet.url()).await.unwrap();
    let at = client.at_current_block().await.unwrap();
    at.tx()
        .sign_and_submit_then_watch_default(&transfer(1_000), &alice())
        .await
        .unwrap()
        .wait_for_finalized_success()
        .await
        .unwrap();
    devnet.stop().await;
}
