//! Whole sales on the embedded chain, through RPC, with everything that members, buyers and auditors use.

use std::net::SocketAddr;

use chorus::{
    actions::{self, Support},
    keeper::Done,
};
use chorus_bindings::{Address, B256};
use chorus_client::pool::Pool;
use chorus_core::names::{Seal, Status};
use chorus_devnet::Config;
use chorus_tests::{
    play::{self, Played, Sale},
    stage::{self, Stage, UNIT, Where},
};
use tempfile::TempDir;

/// An amount that no number here divides.
const PRICE: u128 = 100 * UNIT + 7_000_000;

const ANY_PORT: u16 = 0;

fn any_address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], ANY_PORT))
}

async fn set_stage(members: u32) -> (Stage, TempDir) {
    let folder = TempDir::new().unwrap();
    let mut stage =
        Stage::set(Where::Embedded(Config::for_tests()), stage::settings(members), folder.path()).await.unwrap();
    stage.contribute(members, || {}).await.unwrap();
    (stage, folder)
}

async fn play(members: u32, place: Where, folder: &TempDir) -> Played {
    let folder = folder.path().to_owned();
    play::play(Sale { members, place, folder, keep_exports: false, api: any_address() }).await.unwrap()
}

/// An offer at [`PRICE`] on which everybody votes in this way, with both windows over.
async fn offer_voted(stage: &Stage, support: Support) -> B256 {
    let offer = stage.offer(&stage.terms(PRICE)).await.unwrap();
    stage.vote(offer, |_| Some(support), || {}).await.unwrap();
    let terms = stage.offer_facts(offer).await.unwrap().1.conditions;
    stage.pass(terms.opt_out_ends + 1).await.unwrap();
    offer
}

/// An offer that was sealed and delivered.
async fn offer_delivered(stage: &Stage) -> B256 {
    let offer = offer_voted(stage, Support::For).await;
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }]);
    let file = stage.deliver(offer, |_, _| {}).await.unwrap();
    assert!(stage.check_delivery(offer, &file, |_, _| {}).await.unwrap() > 0);
    offer
}

async fn credit(stage: &Stage, owner: Address) -> u128 {
    actions::credit_of(&stage.pool, actions::NATIVE, owner, None).await.unwrap()
}

/// The chain's own audit, without an indexer, finds nothing.
async fn assert_audit_is_clean(stage: &Stage) {
    let report = chorus_audit::run(&stage.pool, &chorus_audit::Options::default(), |_, _| {}).await.unwrap();
    assert!(report.is_clean(), "{report}");
}

/// The whole price is the buyer's credit, the listing fee the treasury's, and the buyer can take it.
async fn assert_refunded_exactly(stage: &Stage, offer: B256) {
    let buyer = &stage.officers.buyer;
    assert_eq!(stage.status(offer).await.unwrap(), Status::Refunded);
    assert_eq!(credit(stage, buyer.address()).await, PRICE);
    assert_eq!(credit(stage, Address::ZERO).await, UNIT);
    let receiver = stage::member_key(0).unwrap().address();
    let before = stage.pool.client().balance(receiver, None).await.unwrap();
    actions::withdraw_credit(&stage.pool, buyer, actions::NATIVE, receiver).await.unwrap();
    let after = stage.pool.client().balance(receiver, None).await.unwrap();
    assert_eq!(u128::try_from(after - before).unwrap(), PRICE);
    assert_eq!(u128::try_from(stage.pool.escrow_balance(None).await.unwrap()).unwrap(), UNIT);
    assert_audit_is_clean(stage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sale_of_one_a_sale_of_two_and_a_sale_of_thirty_end_paid_and_audited() {
    for members in [1, 2, 30] {
        let folder = TempDir::new().unwrap();
        let played = play(members, Where::Embedded(Config::for_tests()), &folder).await;
        let outcome = &played.outcome;
        assert_eq!(outcome.audit, "ok", "{}", played.report);
        let amount = |text: &str| text.parse::<u128>().unwrap();
        assert_eq!(amount(&outcome.paid_sum) + amount(&outcome.residue), amount(&outcome.net));
        assert_eq!(outcome.attested, members);
        // Member 17 of every fifty leaves.
        assert_eq!(outcome.payouts, if members > 17 { members - 1 } else { members });
        assert!(outcome.for_bps > 5_000 && outcome.voters > 0);
        played.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_other_purposes_than_the_pools_is_refused() {
    let (stage, _folder) = set_stage(1).await;
    let mut deployment = stage.pool.deployment().clone();
    Pool::open(stage.pool.client().clone(), deployment.clone()).await.unwrap();
    deployment.purposes[0] += " and advertising";
    let Err(error) = Pool::open(stage.pool.client().clone(), deployment).await else { panic!("opened") };
    assert!(error.to_string().contains("nobody agreed to these texts"), "{error}");
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn g13_a_defeated_offer_is_refunded_to_the_last_unit() {
    let (stage, _folder) = set_stage(3).await;
    let offer = offer_voted(&stage, Support::Against).await;
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }, Done::Refunded { offer }]);
    assert_refunded_exactly(&stage, offer).await;
    stage.strike().await;
}

/// Shows T55.
#[tokio::test(flavor = "multi_thread")]
async fn a_missed_minimum_voids_the_sale_and_is_refunded_to_the_last_unit() {
    let (stage, _folder) = set_stage(3).await;
    let terms = actions::Terms { min_members: 3, ..stage.terms(PRICE) };
    let offer = stage.offer(&terms).await.unwrap();
    stage.vote(offer, |_| Some(Support::For), || {}).await.unwrap();
    let ends = stage.offer_facts(offer).await.unwrap().1.conditions.opt_out_ends;
    // The last second in which leaving is possible.
    stage.pass(ends).await.unwrap();
    assert_eq!(stage.leave(offer, |index| index == 1).await.unwrap(), 1);
    stage.pass(ends + 1).await.unwrap();
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }, Done::Refunded { offer }]);
    let sealed = stage.offer_facts(offer).await.unwrap().1.sealed.unwrap().1;
    assert_eq!((sealed.outcome, sealed.members), (Seal::MinimumMissed.code(), 2));
    assert_refunded_exactly(&stage, offer).await;
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t33_an_undelivered_offer_is_refunded_to_the_last_unit() {
    let (stage, _folder) = set_stage(2).await;
    let offer = offer_voted(&stage, Support::For).await;
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Sealed { offer }]);
    let terms = stage.offer_facts(offer).await.unwrap().1.conditions;
    stage.pass(terms.delivery_ends).await.unwrap();
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), []);
    stage.pass(terms.delivery_ends + 1).await.unwrap();
    assert_eq!(stage.keep(|_, _| {}).await.unwrap(), [Done::Refunded { offer }]);
    assert_refunded_exactly(&stage, offer).await;
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_ruled_in_part_returns_that_part_and_divides_the_rest() {
    let (stage, _folder) = set_stage(3).await;
    let offer = offer_delivered(&stage).await;
    let officers = &stage.officers;
    actions::dispute(&stage.pool, &officers.buyer, offer, "a third of the rows are empty").await.unwrap();
    actions::rule(&stage.pool, &officers.arbiter, offer, 3_333).await.unwrap();
    let returned = PRICE * 3_333 / 10_000;
    assert_eq!(credit(&stage, officers.buyer.address()).await, returned);
    stage.keep(|_, _| {}).await.unwrap();
    assert_eq!(stage.status(offer).await.unwrap(), Status::Paid);
    let facts = stage.offer_facts(offer).await.unwrap().1;
    let paid = facts.paid.unwrap().1;
    assert_eq!(paid.fee, (PRICE - returned) * 500 / 10_000);
    assert_eq!(paid.paid_sum + paid.tip_sum + paid.fee + paid.residue + returned, PRICE);
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t54_a_dispute_left_silent_returns_nothing() {
    let (stage, _folder) = set_stage(2).await;
    let offer = offer_delivered(&stage).await;
    let officers = &stage.officers;
    actions::dispute(&stage.pool, &officers.buyer, offer, "we changed our mind").await.unwrap();
    let delivered = stage.offer_facts(offer).await.unwrap().1.delivered.unwrap().1;
    stage.pass(delivered.ruling_ends).await.unwrap();
    assert_eq!(stage.status(offer).await.unwrap(), Status::Disputed);
    stage.pass(delivered.ruling_ends + 1).await.unwrap();
    let late = actions::rule(&stage.pool, &officers.arbiter, offer, 10_000).await.unwrap_err();
    assert!(format!("{late:#}").contains("settling"), "{late:#}");
    stage.keep(|_, _| {}).await.unwrap();
    assert_eq!(stage.status(offer).await.unwrap(), Status::Paid);
    assert_eq!(credit(&stage, officers.buyer.address()).await, 0);
    assert_audit_is_clean(&stage).await;
    stage.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_names_a_row_that_was_corrupted_in_the_database() {
    let folder = TempDir::new().unwrap();
    let played = play(3, Where::Embedded(Config::for_tests()), &folder).await;
    assert_eq!(played.outcome.audit, "ok");
    let Played { stage, indexer, .. } = played;
    indexer.stop().await;

    let database = folder.path().join("chorus.sqlite");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&database);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let changed = sqlx::query("UPDATE payouts SET share = x'01' WHERE rowid = (SELECT max(rowid) FROM payouts)");
    assert_eq!(changed.execute(&pool).await.unwrap().rows_affected(), 1);
    pool.close().await;

    let indexer = chorus_indexer::start(chorus_indexer::Config {
        node: stage.pool.client().url().to_owned(),
        database,
        listen: any_address(),
        deployment: stage.pool.deployment().clone(),
    })
    .await
    .unwrap();
    indexer.reached(stage.pool.client().finalized().await.unwrap().number).await.unwrap();
    let options = chorus_audit::Options { api: Some(indexer.api_url()), ..chorus_audit::Options::default() };
    let report = chorus_audit::run(&stage.pool, &options, |_, _| {}).await.unwrap();
    assert!(!report.is_clean(), "{report}");
    let differences: Vec<_> = report.differences().collect();
    assert!(differences.iter().any(|(check, _)| check.contains("payouts")), "{differences:?}");
    indexer.stop().await;
    stage.strike().await;
}

/// On the node that the command in `CHORUS_NODE` starts.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs CHORUS_NODE"]
async fn a_sale_of_twenty_on_a_real_node() {
    let command = std::env::var("CHORUS_NODE").expect("CHORUS_NODE is the command that starts a node");
    let node = RealNode::start(&command);
    let folder = TempDir::new().unwrap();
    node.wait().await;
    let played = play(20, Where::Node(node.url()), &folder).await;
    assert_eq!(played.outcome.audit, "ok", "{}", played.report);
    played.stop().await;
}

/// A node started for a test, in a process group that ends with it.
struct RealNode {
    process: std::process::Child,
    port: u16,
}

impl RealNode {
    fn start(command: &str) -> Self {
        use std::os::unix::process::CommandExt as _;
        assert!(command.contains("{port}"), "CHORUS_NODE must say where the port goes: … {{port}} …");
        let port = std::net::TcpListener::bind(any_address()).unwrap().local_addr().unwrap().port();
        let command = format!("exec {}", command.replace("{port}", &port.to_string()));
        let process = std::process::Command::new("sh")
            .args(["-c", &command])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    async fn wait(&self) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(180);
        while chorus_client::Client::connect(&self.url()).await.is_err() {
            assert!(std::time::Instant::now() < deadline, "the node does not answer at {}", self.url());
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    }
}

impl Drop for RealNode {
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = std::process::Command::new("kill").args(["--", &group]).status();
        let _ = self.process.wait();
    }
}
