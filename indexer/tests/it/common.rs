//! A pool's life as the chain would tell it, and a source of its blocks that can be made to lie.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part of this")]

pub mod sim;
pub mod story;

use std::path::Path;

use chorus_bindings::{Address, B256, Deployment};
use chorus_indexer::{Config, Error, Running, start_from};

/// The pool of all tests.
pub fn deployment() -> Deployment {
    Deployment {
        genesis_hash: B256::repeat_byte(0xee),
        chain_id: 420_420_420,
        block: 1,
        attestations: Address::repeat_byte(0xa1),
        votes: Address::repeat_byte(0xa2),
        escrow: Address::repeat_byte(0xa3),
        purposes: vec!["research".into(), "recommendation".into()],
    }
}

/// An indexer on a simulated chain.
pub async fn index(sim: &sim::Sim, database: &Path) -> Result<Running, Error> {
    let listen = ([127, 0, 0, 1], 0).into();
    start_from(sim.clone(), Config { node: String::new(), database: database.into(), listen, deployment: deployment() })
        .await
}

/// What the API answers: status and body.
pub async fn get(running: &Running, path: &str) -> (u16, serde_json::Value) {
    let answer = reqwest::get(format!("{}{path}", running.api_url())).await.expect("the API answers");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("the API answers in JSON"))
}

/// The body of an answer that must be a success.
pub async fn ok(running: &Running, path: &str) -> serde_json::Value {
    let (status, body) = get(running, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// All items of a list, page by page.
pub async fn all(running: &Running, path: &str) -> Vec<serde_json::Value> {
    let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = ok(running, &path).await;
        items.extend(page["items"].as_array().expect("a page has items").iter().cloned());
        next = page["next"].as_str().map(Into::into);
    }
    items
}
