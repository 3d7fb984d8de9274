//! The JSON-RPC, called plainly, as wallets in other languages do.

use std::sync::Arc;

use chorus_devnet::{
    Chain, Config, Devnet, Hashing,
    pallet_revive::{
        self,
        evm::{Account, TransactionLegacyUnsigned, TransactionUnsigned},
    },
    polkadot_sdk::{
        frame_system,
        sp_core::{Bytes, H256, U256, crypto::Ss58Codec, storage::ChildInfo},
        sp_keyring::Sr25519Keyring::{Alice, Bob},
        sp_state_machine::{StorageProof, read_child_proof_check, read_proof_check},
    },
    runtime::{Runtime, RuntimeCall, RuntimeEvent, UncheckedExtrinsic},
};
use jsonrpsee::{
    core::{
        ClientError,
        client::{ClientT, Subscription, SubscriptionClientT},
    },
    rpc_params,
    types::ErrorObjectOwned,
    ws_client::{WsClient, WsClientBuilder},
};
use scale::Encode;
use serde_json::{Value, json};

use crate::common::{COUNTER, account, balance, deploy, events, transfer};

struct Node {
    devnet: Devnet,
    chain: Arc<Chain>,
    client: WsClient,
}

impl Node {
    async fn start() -> Self {
        let devnet = Devnet::start(Config::for_tests()).await.unwrap();
        let client = WsClientBuilder::default().build(devnet.url()).await.unwrap();
        Self { chain: devnet.chain(), devnet, client }
    }

    async fn get(&self, method: &str, params: Value) -> Value {
        self.call(method, params).await.unwrap_or_else(|e| panic!("{method}: {e:?}"))
    }

    async fn error(&self, method: &str, params: Value) -> ErrorObjectOwned {
        self.call(method, params).await.expect_err(method)
    }

    async fn call(&self, method: &str, params: Value) -> Result<Value, ErrorObjectOwned> {
        let mut sent = jsonrpsee::core::params::ArrayParams::new();
        for param in params.as_array().unwrap() {
            sent.insert(param).unwrap();
        }
        match self.client.request(method, sent).await {
            Ok(answer) => Ok(answer),
            Err(ClientError::Call(error)) => Err(error),
            Err(e) => panic!("{method}: {e}"),
        }
    }
}

fn hex(bytes: impl Encode) -> Value {
    json!(Bytes(bytes.encode()))
}

/// The storage key of a plain storage item.
fn key(pallet: &str, item: &str) -> Vec<u8> {
    let hash = chorus_devnet::polkadot_sdk::sp_io::hashing::twox_128;
    [hash(pallet.as_bytes()), hash(item.as_bytes())].concat()
}

const NOWHERE: H256 = H256::repeat_byte(0x11);

#[tokio::test]
async fn a_block_looks_like_that_of_a_real_node() {
    let node = Node::start().await;
    let hash = node.get("dev_mine", json!([])).await;
    let block = node.get("chain_getBlock", json!([hash])).await;
    assert_eq!(block["justifications"], Value::Null);
    let header = &block["block"]["header"];
    assert_eq!(header["number"], "0x1");
    assert_eq!(header["digest"], json!({ "logs": [] }));
    assert_eq!(header["parentHash"], json!(node.chain.genesis_hash()));
    assert_eq!(block["block"]["extrinsics"].as_array().unwrap().len(), 1);
    assert_eq!(*header, node.get("chain_getHeader", json!([])).await);
    assert_eq!(hash, node.get("chain_getFinalizedHead", json!([])).await);
    node.devnet.stop().await;
}

#[tokio::test]
async fn block_hashes_by_number_list_and_hex() {
    let node = Node::start().await;
    let genesis = json!(node.chain.genesis_hash());
    let best = node.get("dev_mine", json!([3])).await;
    assert_eq!(node.get("chain_getBlockHash", json!([])).await, best);
    assert_eq!(node.get("chain_getBlockHash", json!([null])).await, best);
    assert_eq!(node.get("chain_getBlockHash", json!([0])).await, genesis);
    let asked = json!([["0x3", 0, 99, u64::MAX]]);
    assert_eq!(node.get("chain_getBlockHash", asked).await, json!([best, genesis, null, null]));
    node.devnet.stop().await;
}

#[tokio::test]
async fn an_unknown_block_is_an_error_that_names_it() {
    let node = Node::start().await;
    for (method, params) in [
        ("state_getStorage", json!(["0x00", NOWHERE])),
        ("state_getMetadata", json!([NOWHERE])),
        ("state_getRuntimeVersion", json!([NOWHERE])),
        ("state_call", json!(["Core_version", "0x", NOWHERE])),
        ("state_getReadProof", json!([["0x00"], NOWHERE])),
        ("state_queryStorageAt", json!([["0x00"], NOWHERE])),
        ("state_getKeysPaged", json!(["0x", 1, null, NOWHERE])),
    ] {
        let error = node.error(method, params).await;
        assert_eq!(error.code(), 4003, "{method}");
        assert!(error.message().contains(&format!("{NOWHERE:?}")), "{method}: {error:?}");
    }
    // As on a node, a block that does not exist is null.
    assert_eq!(node.get("chain_getBlock", json!([NOWHERE])).await, Value::Null);
    assert_eq!(node.get("chain_getHeader", json!([NOWHERE])).await, Value::Null);
    node.devnet.stop().await;
}

#[tokio::test]
async fn refused_transactions_have_a_nodes_error_codes() {
    let node = Node::start().await;
    let (alice, bob) = (Alice.pair(), Bob.pair());
    let good = transfer(&node.chain, &alice, &bob, 1).unwrap();
    let mut forged = good.clone();
    forged[40] ^= 1;
    let error = node.error("author_submitExtrinsic", json!([Bytes(forged)])).await;
    assert_eq!((error.code(), error.message()), (1010, "Invalid Transaction"));
    assert_eq!(error.data().unwrap().get(), r#""Transaction has a bad signature""#);

    node.get("author_submitExtrinsic", json!([Bytes(good.clone())])).await;
    while node.chain.best().header.number == 0 {
        tokio::task::yield_now().await;
    }
    let error = node.error("author_submitExtrinsic", json!([Bytes(good)])).await;
    assert_eq!(error.code(), 1010);
    assert_eq!(error.data().unwrap().get(), r#""Transaction is outdated""#);

    let future = node.chain.sign(&bob, 9, frame_system::Call::remark { remark: vec![] }).unwrap();
    node.get("author_submitExtrinsic", json!([Bytes(future.clone())])).await;
    let error = node.error("author_submitExtrinsic", json!([Bytes(future)])).await;
    assert_eq!(error.code(), 1013);
    assert_eq!(node.error("author_submitExtrinsic", json!(["0x0102"])).await.code(), 1001);
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_watched_transaction_goes_from_ready_to_final() {
    let node = Node::start().await;
    let extrinsic = Bytes(transfer(&node.chain, &Alice.pair(), &Bob.pair(), 1).unwrap());
    let mut updates: Subscription<Value> = node
        .client
        .subscribe("author_submitAndWatchExtrinsic", rpc_params![extrinsic], "author_unwatchExtrinsic")
        .await
        .unwrap();
    let mut seen = Vec::new();
    while let Some(update) = updates.next().await {
        seen.push(update.unwrap());
        if seen.len() == 3 {
            break;
        }
    }
    let block = node.chain.hash_at(1).unwrap();
    assert_eq!(seen, [json!("ready"), json!({ "inBlock": block }), json!({ "finalized": block })]);
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_finalized_subscription_has_no_gaps() {
    let node = Node::start().await;
    let mut heads: Subscription<Value> = node
        .client
        .subscribe("chain_subscribeFinalizedHeads", rpc_params![], "chain_unsubscribeFinalizedHeads")
        .await
        .unwrap();
    node.get("dev_mine", json!([500])).await;
    let mut parent = Value::Null;
    for number in 0..=500u32 {
        let head = heads.next().await.unwrap().unwrap();
        assert_eq!(head["number"], format!("{number:#x}"));
        if number > 0 {
            assert_eq!(head["parentHash"], parent);
        }
        parent = json!(node.chain.hash_at(number).unwrap());
    }
    // T41: subscribers hear of the block that replaces a final one.
    let fork = node.chain.fork(400).unwrap();
    let head = heads.next().await.unwrap().unwrap();
    assert_eq!(head["number"], "0x190");
    assert_eq!(head["stateRoot"], json!(fork.header.state_root));
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_read_proof_verifies_offline_against_the_header() {
    let node = Node::start().await;
    let block = node.get("dev_mine", json!([])).await;
    let header = node.get("chain_getHeader", json!([block])).await;
    let root: H256 = serde_json::from_value(header["stateRoot"].clone()).unwrap();
    let (number, absent) = (key("System", "Number"), b"nothing here".to_vec());
    let proof = node.get("state_getReadProof", json!([[Bytes(number.clone()), Bytes(absent.clone())], block])).await;
    assert_eq!(proof["at"], block);
    let nodes: Vec<Bytes> = serde_json::from_value(proof["proof"].clone()).unwrap();
    let proof = StorageProof::new(nodes.into_iter().map(|node| node.0));
    let read = read_proof_check::<Hashing, _>(root, proof.clone(), [&number, &absent]).unwrap();
    assert_eq!(read[&number], Some(1u32.encode()));
    assert_eq!(read[&absent], None);
    assert!(read_proof_check::<Hashing, _>(H256::zero(), proof, [&number]).is_err());
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_contracts_storage_can_be_read_and_proved() {
    let node = Node::start().await;
    let chain = node.chain.clone();
    let contract = deploy(&chain, &Alice.pair(), &COUNTER, &[]).unwrap();
    chain
        .commit(|| {
            let origin = chorus_devnet::runtime::RuntimeOrigin::signed(account(&Alice.pair()));
            let limits = pallet_revive::TransactionLimits::WeightAndDeposit {
                weight_limit: chorus_devnet::polkadot_sdk::frame_support::weights::Weight::MAX,
                deposit_limit: u128::MAX / 2,
            };
            let config = pallet_revive::ExecConfig::new_substrate_tx();
            pallet_revive::Pallet::<Runtime>::bare_call(origin, contract, U256::zero(), limits, vec![], &config)
                .result
                .unwrap();
        })
        .unwrap();
    // The trie's id is the first field behind the tag of the account's type.
    let info = [key("Revive", "AccountInfoOf"), contract.0.to_vec()].concat();
    let info = node.get("state_getStorage", json!([Bytes(info)])).await;
    let info: Bytes = serde_json::from_value(info).unwrap();
    let trie_id = <Vec<u8> as scale::Decode>::decode(&mut &info.0[1..]).unwrap();
    let child = ChildInfo::new_default(&trie_id);
    let prefixed = json!(Bytes(child.prefixed_storage_key().into_inner()));

    let keys = node.get("childstate_getKeysPaged", json!([prefixed, "0x", 10, null])).await;
    let keys: Vec<Bytes> = serde_json::from_value(keys).unwrap();
    assert_eq!(keys.len(), 1, "slot 0");
    let one = U256::one().to_big_endian();
    let read = node.get("childstate_getStorageEntries", json!([prefixed, keys, null])).await;
    assert_eq!(read, json!([Bytes(one.to_vec())]));

    let proof = node.get("state_getChildReadProof", json!([prefixed, keys, null])).await;
    let nodes: Vec<Bytes> = serde_json::from_value(proof["proof"].clone()).unwrap();
    let proof = StorageProof::new(nodes.into_iter().map(|node| node.0));
    let root = chain.best().header.state_root;
    let read = read_child_proof_check::<Hashing, _>(root, proof, &child, [&keys[0].0]).unwrap();
    assert_eq!(read[&keys[0].0], Some(one.to_vec()));
    node.devnet.stop().await;
}

#[tokio::test]
async fn storage_by_key_page_and_change() {
    let node = Node::start().await;
    let number = Bytes(key("System", "Number"));
    let blocks: Vec<Value> = [node.get("dev_mine", json!([])).await, node.get("dev_mine", json!([])).await].into();
    assert_eq!(node.get("state_getStorage", json!([number])).await, hex(2u32));
    assert_eq!(node.get("state_getStorage", json!([number, blocks[0]])).await, hex(1u32));
    assert_eq!(node.get("state_getStorageSize", json!([number])).await, json!(4));

    let changes = node.get("state_queryStorage", json!([[number], blocks[0], blocks[1]])).await;
    let expected: Vec<Value> =
        (0..2).map(|i| json!({ "block": blocks[i], "changes": [[number, hex(i as u32 + 1)]] })).collect();
    assert_eq!(changes, json!(expected));

    let all = node.get("state_getKeys", json!(["0x"])).await;
    let all: Vec<Bytes> = serde_json::from_value(all).unwrap();
    let mut paged: Vec<Bytes> = Vec::new();
    loop {
        let page = node.get("state_getKeysPaged", json!(["0x", 7, paged.last()])).await;
        let page: Vec<Bytes> = serde_json::from_value(page).unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(node.error("state_getKeysPaged", json!(["0x", 1001])).await.code(), 4002);
    node.devnet.stop().await;
}

#[tokio::test]
async fn storage_changes_are_told_to_subscribers() {
    let node = Node::start().await;
    let number = Bytes(key("System", "Number"));
    let mut changes: Subscription<Value> = node
        .client
        .subscribe("state_subscribeStorage", rpc_params![[&number]], "state_unsubscribeStorage")
        .await
        .unwrap();
    let first = changes.next().await.unwrap().unwrap();
    assert_eq!(first["changes"], json!([[number, null]]));
    node.get("dev_mine", json!([])).await;
    let second = changes.next().await.unwrap().unwrap();
    assert_eq!(second["changes"], json!([[number, hex(1u32)]]));
    node.devnet.stop().await;
}

#[tokio::test]
async fn the_predicted_fee_is_the_fee_paid() {
    let node = Node::start().await;
    let alice = Alice.pair();
    let extrinsic = Bytes(transfer(&node.chain, &alice, &Bob.pair(), 1).unwrap());
    let info = node.get("payment_queryInfo", json!([extrinsic])).await;
    assert_eq!(info["class"], "normal");
    let fee: u128 = info["partialFee"].as_str().unwrap().parse().unwrap();
    let details = node.get("payment_queryFeeDetails", json!([extrinsic])).await;
    let part = |name: &str| {
        let part = details["inclusionFee"][name].as_str().unwrap();
        u128::from_str_radix(part.strip_prefix("0x").unwrap(), 16).unwrap()
    };
    assert_eq!(part("baseFee") + part("lenFee") + part("adjustedWeightFee"), fee);

    let before = balance(&node.chain, &alice).unwrap();
    node.get("author_submitExtrinsic", json!([extrinsic])).await;
    node.chain.mine().unwrap();
    let paid = before - balance(&node.chain, &alice).unwrap() - 1;
    assert!(paid <= fee && paid > fee / 2, "{paid} of at most {fee}");
    node.devnet.stop().await;
}

#[tokio::test]
async fn an_ethereum_signed_transaction_is_accepted_bare() {
    let node = Node::start().await;
    let alith = Account::default();
    let target = chorus_devnet::polkadot_sdk::sp_core::H160::repeat_byte(7);
    let (gas, gas_price) = node
        .chain
        .execute_at_best(|| {
            let transaction = pallet_revive::evm::GenericTransaction {
                from: Some(alith.address()),
                to: Some(target),
                value: Some(U256::exp10(18)),
                ..Default::default()
            };
            let run = pallet_revive::Pallet::<Runtime>::dry_run_eth_transact(transaction, None, true, None);
            (run.unwrap().eth_gas, pallet_revive::Pallet::<Runtime>::evm_base_fee())
        })
        .unwrap();
    let unsigned = TransactionUnsigned::TransactionLegacyUnsigned(TransactionLegacyUnsigned {
        chain_id: Some(420_420_420.into()),
        gas,
        gas_price,
        to: Some(target),
        value: U256::exp10(18),
        ..Default::default()
    });
    let payload = alith.sign_transaction(unsigned).signed_payload();
    let call = RuntimeCall::Revive(pallet_revive::Call::eth_transact { payload });
    let bare: UncheckedExtrinsic =
        chorus_devnet::polkadot_sdk::sp_runtime::generic::UncheckedExtrinsic::new_bare(call).into();
    let hash = node.get("author_submitExtrinsic", json!([Bytes(bare.encode())])).await;
    assert!(hash.is_string());
    while node.chain.best().header.number == 0 {
        tokio::task::yield_now().await;
    }
    let events = events(&node.chain, 1).unwrap();
    let succeeded =
        |event: &RuntimeEvent| matches!(event, RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { .. }));
    assert_eq!(events.iter().filter(|event| succeeded(event)).count(), 2, "{events:?}");
    let received = node.chain.execute_at_best(|| pallet_revive::Pallet::<Runtime>::evm_balance(&target)).unwrap();
    assert_eq!(received, U256::exp10(18));
    node.devnet.stop().await;
}

#[tokio::test]
async fn time_can_be_set_and_blocks_mined() {
    let node = Node::start().await;
    let later = node.chain.now() + 1_000_000;
    node.get("dev_setTime", json!([later])).await;
    node.get("dev_mine", json!([])).await;
    let now = Bytes(key("Timestamp", "Now"));
    assert_eq!(node.get("state_getStorage", json!([now])).await, hex(later * 1000));
    let error = node.error("dev_setTime", json!([later - 1])).await;
    assert!(error.message().contains("time goes only forward"), "{error:?}");
    assert_eq!(node.error("dev_mine", json!([0])).await.code(), 4001);
    node.devnet.stop().await;
}

#[tokio::test]
async fn what_wallets_ask_first() {
    let node = Node::start().await;
    let properties = node.get("system_properties", json!([])).await;
    assert_eq!(properties, json!({ "ss58Format": 42, "tokenDecimals": 12, "tokenSymbol": "UNIT" }));
    assert_eq!(node.get("system_chainType", json!([])).await, "Development");
    assert_eq!(node.get("system_health", json!([])).await["isSyncing"], false);
    let version = node.get("state_getRuntimeVersion", json!([])).await;
    assert_eq!(version["specName"], "revive-dev-runtime");
    assert_eq!(version["stateVersion"], 1);
    let alice = account(&Alice.pair()).to_ss58check();
    assert_eq!(node.get("system_accountNextIndex", json!([alice])).await, 0);
    let metadata = node.get("state_getMetadata", json!([])).await;
    assert!(metadata.as_str().unwrap().starts_with("0x6d657461"), "meta");
    let methods = node.get("rpc_methods", json!([])).await;
    for method in [
        "account_nextIndex",
        "author_unwatchExtrinsic",
        "chain_getFinalisedHead",
        "chain_unsubscribeNewHeads",
        "rpc_methods",
        "state_getStorageAt",
        "subscribe_newHead",
    ] {
        assert!(methods["methods"].as_array().unwrap().contains(&json!(method)), "{method}");
    }
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_dry_run_tells_and_changes_nothing() {
    let node = Node::start().await;
    let extrinsic = Bytes(transfer(&node.chain, &Alice.pair(), &Bob.pair(), 1).unwrap());
    let applied = node.get("system_dryRun", json!([extrinsic])).await;
    assert_eq!(applied, json!("0x0000"), "Ok(Ok(()))");
    assert_eq!(node.chain.best().header.number, 0);
    node.devnet.stop().await;
}

#[tokio::test]
async fn a_runtime_function_that_fails_is_an_error() {
    let node = Node::start().await;
    let error = node.error("state_call", json!(["Nope_nope", "0x"])).await;
    assert_eq!(error.message(), "Client error: Execution failed: Other: Exported method Nope_nope is not found");
    let error = node.error("state_call", json!(["AccountNonceApi_account_nonce", "0x01"])).await;
    assert_eq!(error.code(), 4003);
    node.devnet.stop().await;
}
