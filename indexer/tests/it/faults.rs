//! What the indexer does when the node lies, the process dies or the database refuses.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::{Pin, pin},
    process::{Command, Stdio},
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use chorus_bindings::{Contract, Deployment};
use chorus_indexer::{Error, Running, condition::Condition, follow::Follower, metrics::Metrics, store::Store};
use sqlx::Connection;

use crate::common::{
    deployment, get, index, ok,
    sim::{Fault, Sim},
    story::Story,
};

/// The digest of an undisturbed run.
async fn undisturbed(story: &Story) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(story);
    let running = index(&sim, &path).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    running.stop().await;
    digest(&path).await
}

async fn digest(path: &Path) -> String {
    let store = Store::open(path, &deployment()).await.unwrap();
    let digest = store.digest().await.unwrap();
    store.close().await;
    digest
}

/// Waits for what must come; there is no sleep that would be long enough on every machine.
async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(30), "{what} did not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn health(running: &Running) -> (u16, String) {
    let (status, body) = get(running, "/health").await;
    (status, body["error"]["code"].as_str().unwrap_or("ok").to_owned())
}

fn follower(sim: &Sim, store: &Arc<Store>) -> Follower<Sim> {
    Follower {
        source: Arc::new(sim.clone()),
        store: store.clone(),
        deployment: deployment(),
        condition: Arc::new(Condition::default()),
        metrics: Arc::new(Metrics::default()),
        position: tokio::sync::watch::channel(None).0,
        checked: false,
    }
}

/// Gives up on a future after so many polls, as a kill would.
struct Fuse<F> {
    polls_left: usize,
    inner: F,
}

impl<F: Future + Unpin> Future for Fuse<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.polls_left.checked_sub(1) {
            None => Poll::Ready(None),
            Some(left) => {
                self.polls_left = left;
                Pin::new(&mut self.inner).poll(context).map(Some)
            }
        }
    }
}

#[tokio::test]
async fn t39_given_up_at_any_step_it_goes_on_where_it_was() {
    let story = Story::full();
    let expected = undisturbed(&story).await;
    let sim = Sim::new(&story);
    for polls_left in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool.sqlite");
        let store = Arc::new(Store::open(&path, &deployment()).await.unwrap());
        let mut before = None;
        // Each attempt gets a little further than the one before, so that every step is the last one of some attempt.
        for extra in 0.. {
            let mut follower = follower(&sim, &store);
            let done = {
                let inner = pin!(follower.catch_up());
                Fuse { polls_left: polls_left + extra, inner }.await.transpose().unwrap().is_some()
            };
            let after = store.cursor().await.unwrap().map(|head| head.number);
            assert!(after >= before, "the cursor went back from {before:?} to {after:?}");
            before = after;
            if done {
                break;
            }
        }
        assert_eq!(store.digest().await.unwrap(), expected);
        store.close().await;
    }
}

/// The program that the next test kills: `examples/killed.rs`, which `cargo test` builds beside the tests.
fn killed() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/killed");
    assert!(program.is_file(), "{} is not built: cargo build --examples", program.display());
    program
}

#[tokio::test]
async fn t39_killed_a_thousand_times_the_rows_are_the_same() {
    let expected = undisturbed(&Story::full()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let (program, mut killed, mut finished) = (killed(), 0u64, 0);
    while killed < 1_000 {
        let mut child = Command::new(&program).arg(&path).stderr(Stdio::null()).spawn().unwrap();
        // From before the database is opened to after the last block, never twice the same.
        tokio::time::sleep(Duration::from_micros(2_000 + killed * 7_919 % 30_000)).await;
        match child.try_wait().unwrap() {
            Some(status) => {
                assert!(status.success(), "what a kill left behind cannot be indexed on");
                finished += 1;
                assert_eq!(digest(&path).await, expected);
                for suffix in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.path().join(format!("pool.sqlite{suffix}")));
                }
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                killed += 1;
            }
        }
    }
    let sim = Sim::new(&Story::full());
    let running = index(&sim, &path).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    running.stop().await;
    assert_eq!(digest(&path).await, expected);
    println!("killed {killed} times, finished {finished} times");
}

/// With the fault nothing is believed, health tells why, and without it the rows are those of an honest node.
async fn noticed(fault: Fault, code: &str) {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&story);
    sim.finalize(3);
    let running = index(&sim, &path).await.unwrap();
    running.reached(3).await.unwrap();
    sim.fault(Some(fault));
    sim.finalize(story.blocks.len());
    until("the fault being told", || async { health(&running).await == (503, code.to_owned()) }).await;
    assert_eq!(running.position().borrow().unwrap().number, 3, "nothing was believed");
    assert_eq!(ok(&running, "/v1/status").await["as_of"]["block"], 3, "what is indexed is still served");
    sim.fault(None);
    running.reached(sim.height()).await.unwrap();
    until("health", || async { health(&running).await.0 == 200 }).await;
    running.stop().await;
    assert_eq!(digest(&path).await, undisturbed(&story).await);
}

#[tokio::test]
async fn t40_a_gap_is_noticed() {
    noticed(Fault::Gap, "node_wrong").await;
}

#[tokio::test]
async fn t40_blocks_out_of_order_are_noticed() {
    noticed(Fault::Reordered, "node_wrong").await;
}

#[tokio::test]
async fn t40_a_block_that_follows_another_is_noticed() {
    noticed(Fault::Unrelated, "node_wrong").await;
}

#[tokio::test]
async fn t40_a_stale_head_is_noticed() {
    noticed(Fault::StaleHead, "node_wrong").await;
}

#[tokio::test]
async fn t40_an_empty_list_of_events_is_noticed() {
    noticed(Fault::Truncated, "node_wrong").await;
}

#[tokio::test]
async fn t40_a_missing_block_is_noticed() {
    noticed(Fault::Missing, "node_wrong").await;
}

#[tokio::test]
async fn t40_a_dropped_connection_is_noticed() {
    noticed(Fault::Dropped, "node_unreachable").await;
}

#[tokio::test]
async fn t40_another_chain_behind_the_same_address_is_noticed() {
    noticed(Fault::OtherGenesis, "other_chain").await;
}

#[tokio::test]
async fn t40_two_hashes_for_one_head_are_noticed_before_that_block_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&Story::full());
    sim.finalize(3);
    let running = index(&sim, &folder.path().join("pool.sqlite")).await.unwrap();
    running.reached(3).await.unwrap();
    sim.fault(Some(Fault::TwoHeads));
    let error = running.wait().await;
    assert!(matches!(error, Error::Fork { number: 3, .. }), "{error}");
    running.stop().await;
}

#[tokio::test]
async fn t40_a_slow_node_changes_nothing() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&story);
    sim.fault(Some(Fault::Slow));
    let running = index(&sim, &path).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    running.stop().await;
    assert_eq!(digest(&path).await, undisturbed(&story).await);
}

#[tokio::test]
async fn t40_another_chain_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&Story::full());
    sim.fault(Some(Fault::OtherGenesis));
    let error = index(&sim, &folder.path().join("pool.sqlite")).await.err().unwrap();
    assert!(matches!(error, Error::OtherChain { .. }), "{error}");
}

#[tokio::test]
async fn a_deployment_without_contracts_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let sim = Sim::new(&Story::full()).without_contracts();
    let error = index(&sim, &folder.path().join("pool.sqlite")).await.err().unwrap();
    assert!(matches!(error, Error::NoContract { contract: Contract::Attestations, .. }), "{error}");
}

#[tokio::test]
async fn a_deployment_block_that_is_too_late_stops_indexing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let late = Deployment { block: 2, ..deployment() };
    let store = Arc::new(Store::open(&path, &late).await.unwrap());
    let mut follower = Follower { deployment: late, ..follower(&Sim::new(&Story::full()), &store) };
    let error = follower.catch_up().await.unwrap_err();
    assert!(matches!(error, Error::StartedTooLate { block: 2, .. }), "{error}");
}

#[tokio::test]
async fn a_database_of_another_pool_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&Story::full());
    let running = index(&sim, &path).await.unwrap();
    running.reached(1).await.unwrap();
    running.stop().await;
    let other = Deployment { escrow: Default::default(), ..deployment() };
    let error = Store::open(&path, &other).await.err().unwrap();
    assert!(matches!(error, Error::OtherDatabase { what: "escrow", .. }), "{error}");
}

#[tokio::test]
async fn t41_a_fork_below_the_finalized_head_stops_with_both_hashes() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&story);
    sim.finalize(5);
    let running = index(&sim, &path).await.unwrap();
    running.reached(5).await.unwrap();
    sim.fork(4);
    sim.finalize(story.blocks.len());
    let error = running.wait().await;
    let Error::Fork { number: 5, ours, theirs } = error else { panic!("{error}") };
    assert_eq!(ours, story.blocks[4].hash);
    assert_ne!(theirs, ours);
    assert_eq!(health(&running).await, (503, "fork".into()));
    let (_, body) = get(&running, "/health").await;
    let message = body["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&ours.to_string()) && message.contains(&theirs.to_string()), "{message}");
    running.stop().await;
    // And so it does when started again.
    assert!(matches!(index(&sim, &path).await.err().unwrap(), Error::Fork { .. }));
}

#[tokio::test]
async fn t42_an_undecodable_event_of_ours_stops_and_shows() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&story);
    let whole = story.blocks[1].emitted[2].data.clone();
    sim.alter(2, |block| block.emitted[2].data.truncate(33));
    let running = index(&sim, &path).await.unwrap();
    assert!(matches!(running.wait().await, Error::Undecodable { block: 2, .. }));
    assert_eq!(health(&running).await, (503, "undecodable_event".into()));
    let status = ok(&running, "/v1/status").await;
    assert_eq!((status["as_of"]["block"].as_u64(), status["as_of"]["complete"].as_bool()), (Some(1), Some(false)));
    let undecoded = &status["data"]["undecoded"][0];
    assert_eq!(undecoded["at"]["block"], 2);
    assert_eq!(undecoded["data"].as_str().unwrap(), format!("0x{}", hex::encode(&whole[..33])));
    running.stop().await;
    // Once it can be read, by a newer program, indexing goes on and nothing is left of it.
    sim.alter(2, |block| block.emitted[2].data = whole);
    let running = index(&sim, &path).await.unwrap();
    running.reached(sim.height()).await.unwrap();
    assert_eq!(ok(&running, "/v1/status").await["data"]["undecoded"], serde_json::json!([]));
    running.stop().await;
    assert_eq!(digest(&path).await, undisturbed(&story).await);
}

#[tokio::test]
async fn t44_a_database_that_is_gone_is_never_not_found_and_comes_back() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let (path, away) = (folder.path().join("pool.sqlite"), folder.path().join("away.sqlite"));
    let sim = Sim::new(&story);
    sim.finalize(4);
    let running = index(&sim, &path).await.unwrap();
    running.reached(4).await.unwrap();
    std::fs::rename(&path, &away).unwrap();
    sim.finalize(story.blocks.len());
    for path in ["/v1/dao", "/v1/offers", &format!("/v1/offers/0x{}", "00".repeat(32)), "/v1/status", "/v1/ledger"] {
        let (status, body) = get(&running, path).await;
        assert_eq!((status, body["error"]["code"].as_str()), (503, Some("database_gone")), "{path}");
    }
    until("health being red", || async { health(&running).await == (503, "database_gone".into()) }).await;
    std::fs::rename(&away, &path).unwrap();
    running.reached(sim.height()).await.unwrap();
    until("health", || async { health(&running).await.0 == 200 }).await;
    running.stop().await;
    assert_eq!(digest(&path).await, undisturbed(&story).await);
}

#[tokio::test]
async fn t44_a_database_that_refuses_to_write_still_serves_and_recovers() {
    let story = Story::full();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pool.sqlite");
    let sim = Sim::new(&story);
    sim.finalize(4);
    let running = index(&sim, &path).await.unwrap();
    running.reached(4).await.unwrap();
    // Another program's trigger refuses, as a full disk would: SQLite's own refusals are tested in `store`.
    let mut other = sqlx::SqliteConnection::connect(&format!("sqlite:{}", path.display())).await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON blocks BEGIN SELECT RAISE(FAIL, 'disk full'); END";
    sqlx::raw_sql(refuse).execute(&mut other).await.unwrap();
    sim.finalize(story.blocks.len());
    until("health being red", || async { health(&running).await == (503, "database_unavailable".into()) }).await;
    assert_eq!(ok(&running, "/v1/status").await["as_of"]["block"], 4);
    sqlx::raw_sql("DROP TRIGGER refuse").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    running.reached(sim.height()).await.unwrap();
    running.stop().await;
    assert_eq!(digest(&path).await, undisturbed(&story).await);
}
