//! A node that speaks the real protocol and answers what it is told to.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use chorus_bindings::{Address, B256};
use chorus_indexer::{
    Error,
    chain::{Node, Source},
};
use jsonrpsee::{
    RpcModule,
    server::{Server, ServerHandle},
};
use scale::{Compact, Encode};
use serde_json::{Value, json};

const GENESIS: B256 = B256::repeat_byte(0x9e);
const NUMBER: u32 = 7;
const PARENT: [u8; 32] = [3; 32];
const ROOT: [u8; 32] = [4; 32];

/// The hash of the only header there is.
fn hash() -> B256 {
    let no_logs = Compact(0u32);
    let header = (PARENT, Compact(NUMBER), ROOT, ROOT, no_logs).encode();
    B256::from(sp_crypto_hashing::blake2_256(&header))
}

fn header(number: u32) -> Value {
    let hex = |bytes: [u8; 32]| format!("0x{}", hex::encode(bytes));
    json!({
        "parentHash": hex(PARENT),
        "number": format!("{number:#x}"),
        "stateRoot": hex(ROOT),
        "extrinsicsRoot": hex(ROOT),
        "digest": {"logs": []},
    })
}

/// Serves one block whose header says that it has this number.
async fn node(listen: SocketAddr, said: Arc<Mutex<u32>>) -> (SocketAddr, ServerHandle) {
    let mut module = RpcModule::new(said);
    module
        .register_method("chain_getBlockHash", |parameters, _, _| {
            let [number]: [u64; 1] = parameters.parse().unwrap();
            if number == 0 { GENESIS.to_string() } else { hash().to_string() }
        })
        .unwrap();
    module.register_method("chain_getFinalizedHead", |_, _, _| hash().to_string()).unwrap();
    module.register_method("chain_getHeader", |_, said, _| header(*said.lock().unwrap())).unwrap();
    module
        .register_method("state_queryStorageAt", |_, _, _| json!([{"block": hash().to_string(), "changes": []}]))
        .unwrap();
    module.register_method("state_call", |_, _, _| format!("0x{}", "00".repeat(32))).unwrap();
    module
        .register_subscription(
            "chain_subscribeFinalizedHeads",
            "chain_finalizedHead",
            "chain_unsubscribeFinalizedHeads",
            |_, pending, _, _| async move {
                if let Ok(sink) = pending.accept().await {
                    sink.closed().await;
                }
            },
        )
        .unwrap();
    let server = Server::builder().build(listen).await.unwrap();
    (server.local_addr().unwrap(), server.start(module))
}

async fn asked(said: u32, genesis: B256) -> (Node, ServerHandle) {
    let (address, handle) = node(([127, 0, 0, 1], 0).into(), Arc::new(Mutex::new(said))).await;
    (Node::new(format!("ws://{address}"), genesis, Address::ZERO), handle)
}

#[tokio::test]
async fn an_honest_head_is_believed() {
    let (node, _handle) = asked(NUMBER, GENESIS).await;
    let head = node.finalized().await.unwrap();
    assert_eq!((head.number, head.hash), (u64::from(NUMBER), hash()));
}

#[tokio::test]
async fn t40_a_node_of_another_chain_is_not_asked_anything_else() {
    let (node, _handle) = asked(NUMBER, B256::ZERO).await;
    let error = node.finalized().await.unwrap_err();
    assert!(matches!(error, Error::OtherChain { found, .. } if found == GENESIS), "{error}");
}

#[tokio::test]
async fn t40_a_header_that_hashes_to_something_else_is_noticed() {
    let (node, _handle) = asked(NUMBER + 1, GENESIS).await;
    let error = node.finalized().await.unwrap_err();
    assert!(matches!(&error, Error::NodeWrong(what) if what.contains("hashes to")), "{error}");
}

#[tokio::test]
async fn t40_a_state_without_its_values_is_noticed() {
    let (node, _handle) = asked(NUMBER, GENESIS).await;
    let error = node.block(NUMBER.into()).await.unwrap_err();
    assert!(matches!(&error, Error::NodeWrong(what) if what.contains("System.EventCount")), "{error}");
}

#[tokio::test]
async fn t40_a_block_of_another_number_is_noticed() {
    let (node, _handle) = asked(NUMBER, GENESIS).await;
    let error = node.block(u64::from(NUMBER) + 1).await.unwrap_err();
    assert!(matches!(&error, Error::NodeWrong(what) if what.contains("it gave block 7")), "{error}");
}

#[tokio::test]
async fn t40_a_dropped_connection_is_made_anew() {
    let said = Arc::new(Mutex::new(NUMBER));
    let (address, handle) = node(([127, 0, 0, 1], 0).into(), said.clone()).await;
    let asked = Node::new(format!("ws://{address}"), GENESIS, Address::ZERO);
    asked.finalized().await.unwrap();
    handle.stop().unwrap();
    handle.stopped().await;
    asked.wake_up().await.unwrap();
    let error = asked.finalized().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let (_, _handle) = node(address, said).await;
    assert_eq!(asked.finalized().await.unwrap().hash, hash());
}
