//! The whole answer of every endpoint to one small story.

use chorus_bindings::{
    Contract, Setting,
    core::names::{Seal, Support},
};
use chorus_indexer::Running;
use insta::assert_json_snapshot;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{get, index, ok, sim::Sim, story::*};

/// A pool of two members, a sale that one of them leaves and that is paid, and a proposal.
async fn small() -> (TempDir, Running) {
    let mut story = Story::new(&[30, 70]);
    let mut sale = story.offer(1_000);
    story.vote(&sale, &[(0, Support::For), (1, Support::Against)]);
    story.leave(&mut sale, 0);
    story.seal(&sale, Seal::Sealed);
    story.deliver(&sale);
    story.dispute(&sale);
    story.rule(&sale, 1_000);
    story.distribute(&sale, &[]);
    let defeated = story.offer(2_000);
    story.seal(&defeated, Seal::Defeated);
    story.refund(&defeated);
    let setting = Setting::find(Contract::Escrow, "setProposalSettings").unwrap();
    let call = setting.encode(|_| Some("60".into())).unwrap();
    story.propose(Contract::Escrow, call, &[(1, Support::For)]);
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    (folder, running)
}

/// The answer without the block it shows, which is the same in all of them.
async fn answer(running: &Running, path: &str) -> Value {
    let mut answer = ok(running, path).await;
    let as_of = answer.as_object_mut().unwrap().remove("as_of").unwrap();
    assert_eq!(as_of, ok(running, "/v1/status").await["as_of"]);
    answer
}

#[tokio::test]
async fn the_pool() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/dao").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn a_member() {
    let (_folder, running) = small().await;
    let path = format!("/v1/members/{}", person(2));
    assert_json_snapshot!(answer(&running, &path).await, @"");
    running.stop().await;
}

#[tokio::test]
async fn changes_of_contributions() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/attestations?limit=1").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn offers() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/offers?limit=1").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn an_offer() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}", offers["items"][1]["offer"].as_str().unwrap());
    assert_json_snapshot!(answer(&running, &path).await, @"");
    running.stop().await;
}

#[tokio::test]
async fn votes_on_an_offer() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}/votes?limit=1", offers["items"][0]["offer"].as_str().unwrap());
    assert_json_snapshot!(answer(&running, &path).await, @"");
    running.stop().await;
}

#[tokio::test]
async fn members_of_a_sale() {
    let (_folder, running) = small().await;
    let offers = ok(&running, "/v1/offers").await;
    let path = format!("/v1/offers/{}/members", offers["items"][0]["offer"].as_str().unwrap());
    assert_json_snapshot!(answer(&running, &path).await, @"");
    running.stop().await;
}

#[tokio::test]
async fn proposals() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/proposals").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn votes_on_a_proposal() {
    let (_folder, running) = small().await;
    let proposals = ok(&running, "/v1/proposals").await;
    let path = format!("/v1/proposals/{}/votes", proposals["items"][0]["proposal"].as_str().unwrap());
    assert_json_snapshot!(answer(&running, &path).await, @"");
    running.stop().await;
}

#[tokio::test]
async fn payouts() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/payouts").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn the_ledger() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/ledger?limit=4").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn events() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/events?limit=2").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn the_status() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(answer(&running, "/v1/status").await, @"");
    running.stop().await;
}

#[tokio::test]
async fn health_and_refusals() {
    let (_folder, running) = small().await;
    assert_json_snapshot!(ok(&running, "/health/live").await, @"");
    let mut refusals = Vec::new();
    for path in ["/v1/offers?limit=0", "/v1/offers/0x", "/v1/ledger?account=escrow", "/v1/dao?x=1", "/v2"] {
        let (status, body) = get(&running, path).await;
        refusals.push((path, status, body));
    }
    assert_json_snapshot!(refusals, @"");
    running.stop().await;
}

#[tokio::test]
async fn headers_let_any_page_read_and_nobody_keep() {
    let (_folder, running) = small().await;
    let url = format!("{}/v1/dao", running.api_url());
    let answer = reqwest::get(&url).await.unwrap();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let names = ["access-control-allow-origin", "cache-control", "x-content-type-options", "content-type"];
    assert_eq!(names.map(header), ["*", "no-store", "nosniff", "application/json"].map(|value| Some(value.to_owned())));
    // A browser asks first when a page sends headers of its own.
    let asked = reqwest::Client::new().request(reqwest::Method::OPTIONS, &url);
    let asked = asked.header("origin", "https://example.org").header("access-control-request-method", "GET");
    let answer = asked.send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["access-control-allow-methods"].to_str().unwrap()),
        (200, "GET,HEAD")
    );
    running.stop().await;
}
