//! What answers cost.

use std::fmt::Write;

use chorus_bindings::{
    Contract, Setting,
    core::names::{Seal, Support},
};
use chorus_indexer::Running;

use crate::common::{index, ok, sim::Sim, story::*};

/// How many queries the database has been asked for answers.
async fn queries(running: &Running) -> u64 {
    let text = reqwest::get(format!("{}/metrics", running.api_url())).await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("chorus_indexer_queries "));
    line.expect("the metric is there").parse().unwrap()
}

/// A pool of fifty members, fifty offers, each of which saw every step of one, and fifty proposals.
fn fifty_of_everything() -> Story {
    let mut story = Story::new(&(1..=50).collect::<Vec<_>>());
    let voters: Vec<_> = (0..50).map(|place| (place, Support::For)).collect();
    let setting = Setting::find(Contract::Escrow, "setProposalSettings").unwrap();
    for number in 0..50 {
        let mut sale = story.offer(1_000_000 + number);
        story.vote(&sale, &voters);
        story.leave(&mut sale, 7);
        story.seal(&sale, Seal::Sealed);
        story.deliver(&sale);
        story.dispute(&sale);
        story.rule(&sale, 1_000);
        story.distribute(&sale, &[3]);
        story.withdraw_credit(keeper());
        let seconds = (60 + number).to_string();
        let call = setting.encode(|_| Some(seconds.clone())).unwrap();
        let proposal = story.propose(Contract::Escrow, call, &voters);
        story.wait(PERIOD_S + PERIOD_S / 2);
        story.execute(proposal);
    }
    story
}

#[tokio::test]
async fn a_page_of_fifty_costs_as_many_queries_as_a_page_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&fifty_of_everything());
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    let id_of = |page: &serde_json::Value, name: &str| page["items"][0][name].as_str().unwrap().to_owned();
    let offer = id_of(&ok(&running, "/v1/offers?limit=1").await, "offer");
    let proposal = id_of(&ok(&running, "/v1/proposals?limit=1").await, "proposal");
    let mut costs = String::new();
    for list in [
        "/v1/attestations",
        "/v1/offers",
        &format!("/v1/offers/{offer}/votes"),
        &format!("/v1/offers/{offer}/members"),
        "/v1/proposals",
        &format!("/v1/proposals/{proposal}/votes"),
        "/v1/payouts",
        "/v1/ledger",
        "/v1/events",
    ] {
        let mut cost = [0; 2];
        for (limit, cost) in [1, 50].into_iter().zip(&mut cost) {
            let before = queries(&running).await;
            let page = ok(&running, &format!("{list}?limit={limit}")).await;
            assert_eq!(page["items"].as_array().unwrap().len(), limit, "{list} is long enough to tell");
            *cost = queries(&running).await - before;
        }
        assert_eq!(cost[0], cost[1], "{list} asks more for a longer page");
        let kind = list.replace(&offer, "{offer}").replace(&proposal, "{proposal}");
        writeln!(costs, "{kind}: {}", cost[0]).unwrap();
    }
    // The block, the count and the page; an offer adds a query for each table of steps, not for each offer.
    insta::assert_snapshot!(costs, @"
    /v1/attestations: 3
    /v1/offers: 14
    /v1/offers/{offer}/votes: 4
    /v1/offers/{offer}/members: 4
    /v1/proposals: 6
    /v1/proposals/{proposal}/votes: 4
    /v1/payouts: 3
    /v1/ledger: 3
    /v1/events: 3
    ");
    running.stop().await;
}
