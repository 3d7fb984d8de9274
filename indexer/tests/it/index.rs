//! What stands in the database after a pool's life.

use std::collections::BTreeMap;

use chorus_bindings::{
    Address, Contract, U256,
    core::names::{Seal, Support},
    escrow,
};
use chorus_indexer::{Error, store::Store};
use proptest::prelude::*;

use crate::common::{all, deployment, index, ok, sim::Sim, story::*};

/// Indexes the story into a new database and gives its digest.
async fn digest(story: &Story) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(story);
    let running = index(&sim, &path).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    running.stop().await;
    let store = Store::open(&path, &deployment()).await.unwrap();
    store.digest().await.unwrap()
}

/// Sums postings by event and currency, and by account.
fn sums(postings: &[serde_json::Value]) -> (BTreeMap<String, i128>, BTreeMap<String, i128>) {
    let (mut events, mut accounts) = (BTreeMap::new(), BTreeMap::new());
    for posting in postings {
        let amount: i128 = posting["amount"].as_str().unwrap().parse().unwrap();
        *events.entry(format!("{} {}", posting["at"], posting["currency"])).or_default() += amount;
        *accounts.entry(posting["account"].as_str().unwrap().to_owned()).or_default() += amount;
    }
    (events, accounts)
}

/// Shows I16.
#[tokio::test]
async fn indexing_again_gives_the_same_rows() {
    let story = Story::full();
    assert_eq!(digest(&story).await, digest(&story).await);
    assert_ne!(digest(&story).await, digest(&Story::new(&[1])).await, "a digest that never differs shows nothing");
}

#[tokio::test]
async fn a_paid_offer_is_served_with_everything_to_recompute_it() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&Story::full());
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    let offers = all(&running, "/v1/offers?limit=2").await;
    let statuses: Vec<_> = offers.iter().map(|offer| offer["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["paid", "refunded", "paid"]);
    let offer = &offers[0];
    // 1,000,003 less 5 % is shared by four members with weights 100, 250, 7 and 603, each worth a tip of 1 % / 4.
    assert_eq!(
        offer["settlement"],
        serde_json::json!({"paid": "1000003", "fee": "50000", "tip": "2500", "net": "940003"})
    );
    assert_eq!((offer["total_weight"].as_u64(), offer["members"].as_u64()), (Some(960), Some(4)));
    assert_eq!((offer["terms"]["total_weight"].as_u64(), offer["terms"]["members"].as_u64()), (Some(1_000), Some(5)));
    assert_eq!(offer["ballot"]["for_votes"], "350");
    let id = offer["offer"].as_str().unwrap();

    let members = all(&running, &format!("/v1/offers/{id}/members?limit=2")).await;
    assert_eq!(members.len(), 5);
    assert!(members[2]["left"].is_object() && members[3]["left"].is_null());
    let weight: u64 = members.iter().filter(|m| m["left"].is_null()).map(|m| m["weight"].as_u64().unwrap()).sum();
    assert_eq!(weight, 960);

    let payouts = all(&running, &format!("/v1/payouts?offer={id}&limit=3")).await;
    for (payout, member) in payouts.iter().zip(members.iter().filter(|member| member["left"].is_null())) {
        let expected = 940_003 * member["weight"].as_u64().unwrap() / 960;
        assert_eq!((&payout["member"], &payout["share"]), (&member["member"], &expected.to_string().into()));
    }
    assert_eq!(
        payouts.iter().map(|payout| payout["credited"].as_bool().unwrap()).collect::<Vec<_>>(),
        [false, false, false, true]
    );

    let votes = all(&running, &format!("/v1/offers/{id}/votes?limit=1")).await;
    assert_eq!(
        votes.iter().map(|vote| vote["support"].as_str().unwrap()).collect::<Vec<_>>(),
        ["for", "for", "against", "abstain"]
    );
    assert!(votes.iter().all(|vote| vote["power"] == vote["weight"]), "{votes:?}");
    running.stop().await;
}

#[tokio::test]
async fn the_status_follows_facts_and_the_clock() {
    let mut story = Story::new(&[10, 20]);
    let sale = story.offer(1_000);
    let mut expected = vec![(story.blocks.len(), "voting")];
    let mut then = |story: &Story, status| expected.push((story.blocks.len(), status));
    story.wait(PERIOD_S - 1);
    then(&story, "voting");
    story.wait(0);
    then(&story, "opt_out");
    story.wait(PERIOD_S);
    then(&story, "awaiting_seal");
    story.seal(&sale, Seal::Sealed);
    then(&story, "sealed");
    story.deliver(&sale);
    then(&story, "delivered");
    story.dispute(&sale);
    then(&story, "disputed");
    story.wait(2 * PERIOD_S);
    then(&story, "settling");
    story.distribute(&sale, &[]);
    then(&story, "paid");
    let missed = story.offer(2_000);
    story.seal(&missed, Seal::Sealed);
    then(&story, "sealed");
    story.wait(PERIOD_S);
    then(&story, "refundable");
    for (height, status) in expected {
        let folder = tempfile::tempdir().unwrap();
        let sim = Sim::new(&story);
        sim.finalize(height);
        let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
        running.reached(sim.height()).await.unwrap();
        let offers = all(&running, "/v1/offers").await;
        assert_eq!(offers.last().unwrap()["status"], status, "at block {height}");
        running.stop().await;
    }
}

#[tokio::test]
async fn t25_money_that_came_uninvited_is_booked_as_a_donation() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&Story::full());
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    let donations = all(&running, "/v1/ledger?account=escrow:donations").await;
    assert_eq!(donations.len(), 1);
    assert_eq!((donations[0]["kind"].as_str(), donations[0]["amount"].as_str()), (Some("donation"), Some("5")));
    let escrow = &ok(&running, "/v1/dao").await["data"]["escrow"];
    let of = |name: &str| escrow[name].as_str().unwrap().parse::<u128>().unwrap();
    assert_eq!(of("balance"), of("deposits") + of("credits") + of("treasury") + of("donations") + of("base"));
    assert_eq!(of("deposits"), 0);
    running.stop().await;
}

#[tokio::test]
async fn a_balance_below_the_ledger_stops_indexing() {
    let folder = tempfile::tempdir().unwrap();
    let mut story = Story::new(&[1, 2]);
    story.offer(1_000);
    let sim = Sim::new(&story);
    sim.alter(2, |block| block.escrow_balance_wei -= U256::from(1));
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    assert!(matches!(running.wait().await, Error::Inconsistent { block: 2, .. }));
    assert_eq!(running.position().borrow().unwrap().number, 1);
    running.stop().await;
}

/// An event that contradicts the ones before it stops indexing before its block. Returns what is said about it.
async fn contradicts(story: &mut Story, event: &impl chorus_bindings::SolEvent, contract: Contract) -> String {
    story.emit(contract, event);
    story.block();
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(story);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    let error = running.wait().await;
    assert!(matches!(error, Error::Inconsistent { block, .. } if block == sim.height()), "{error}");
    running.stop().await;
    error.to_string()
}

#[tokio::test]
async fn a_step_of_an_unknown_offer_contradicts() {
    let event = escrow::Accepted { offer: Default::default() };
    contradicts(&mut Story::new(&[1]), &event, Contract::Escrow).await;
}

#[tokio::test]
async fn a_step_taken_twice_contradicts() {
    let mut story = Story::new(&[1]);
    let sale = story.offer(10);
    story.seal(&sale, Seal::Sealed);
    story.deliver(&sale);
    story.accept(&sale);
    contradicts(&mut story, &escrow::Accepted { offer: sale.offer }, Contract::Escrow).await;
}

#[tokio::test]
async fn a_credit_that_nothing_explains_contradicts() {
    let event = escrow::CreditWithdrawn { currency: NATIVE, owner: person(1), to: person(1), amount: 1 };
    contradicts(&mut Story::new(&[1]), &event, Contract::Escrow).await;
}

#[tokio::test]
async fn a_second_payout_of_one_member_contradicts() {
    let mut story = Story::new(&[1]);
    let sale = story.offer(10_000);
    story.seal(&sale, Seal::Sealed);
    story.deliver(&sale);
    story.accept(&sale);
    story.distribute(&sale, &[]);
    let offer = sale.offer;
    let (member, to, number, weight) = (person(1), person(1), 1, 1);
    let event = escrow::SharePaid { offer, member, number, weight, share: 0, to, credited: true };
    contradicts(&mut story, &event, Contract::Escrow).await;
}

#[tokio::test]
async fn a_call_that_settles_members_without_a_share_contradicts() {
    let mut story = Story::new(&[1]);
    let sale = story.offer(10_000);
    story.seal(&sale, Seal::Sealed);
    story.deliver(&sale);
    story.accept(&sale);
    let (offer, keeper) = (sale.offer, keeper());
    let event =
        escrow::Distributed { offer, keeper, from: 1, count: 1, settled_now: 1, settled: 1, paid_sum: 0, tips: 0 };
    contradicts(&mut story, &event, Contract::Escrow).await;
}

#[tokio::test]
async fn joining_a_list_twice_contradicts() {
    // The custodian that every story starts with.
    let event = escrow::CustodianAdded { custodian: Address::repeat_byte(0x62) };
    let said = contradicts(&mut Story::new(&[1]), &event, Contract::Escrow).await;
    assert!(said.contains("joined the list of custodians, being on it already"), "{said}");
}

#[tokio::test]
async fn leaving_a_list_twice_contradicts() {
    let mut story = Story::new(&[1]);
    let event = escrow::ArbiterRemoved { arbiter: Address::repeat_byte(0x63) };
    story.emit(Contract::Escrow, &event);
    story.block();
    let said = contradicts(&mut story, &event, Contract::Escrow).await;
    assert!(said.contains("left the list of arbiters without being on it"), "{said}");
}

#[tokio::test]
async fn dropping_a_currency_twice_contradicts() {
    let mut story = Story::new(&[1]);
    let event = escrow::CurrencyDisallowed { currency: NATIVE };
    story.emit(Contract::Escrow, &event);
    story.block();
    let said = contradicts(&mut story, &event, Contract::Escrow).await;
    assert!(said.contains("was dropped without being a currency"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the weights, the price and who leaves or fails: postings sum to zero in each event, an ended offer
    /// holds nothing, and what `escrow` holds is the sum of its accounts.
    #[test]
    fn t19_the_ledger_sums_to_zero(
        weights in prop::collection::vec(1u32..1_000_000, 2..12),
        price in 1u128..u128::from(u64::MAX),
        leaving in any::<prop::sample::Index>(),
        failing in any::<prop::sample::Index>(),
        returned_bps in 0u16..=9_999,
    ) {
        let mut story = Story::new(&weights);
        let mut sale = story.offer(price);
        story.vote(&sale, &[(0, Support::For), (1, Support::Abstain)]);
        story.leave(&mut sale, leaving.index(weights.len()));
        story.seal(&sale, Seal::Sealed);
        story.deliver(&sale);
        story.dispute(&sale);
        story.rule(&sale, returned_bps);
        story.distribute(&sale, &[failing.index(weights.len() - 1)]);
        story.withdraw_credit(keeper());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let sim = Sim::new(&story);
            let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
            running.reached(sim.height()).await.unwrap();
            let postings = all(&running, "/v1/ledger?limit=7").await;
            let (events, accounts) = sums(&postings);
            assert!(events.values().all(|sum| *sum == 0), "{events:?}");
            let inside = || accounts.iter().filter(|(account, _)| account.starts_with("escrow:"));
            let held: i128 = inside().map(|(_, sum)| sum).sum();
            assert_eq!(U256::from(held as u128), story.blocks.last().unwrap().escrow_balance_wei);
            assert!(inside().all(|(_, sum)| *sum >= 0), "{accounts:?}");
            let deposits = accounts.iter().filter(|(account, _)| account.starts_with("escrow:deposit"));
            assert!(deposits.map(|(_, sum)| sum).all(|sum| *sum == 0), "{accounts:?}");
            running.stop().await;
        });
    }
}
