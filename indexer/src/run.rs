//! Starting and stopping: the follower, the API and the database as one running indexer.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use chorus_bindings::Deployment;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    Error, api,
    chain::{Head, Node, Source},
    condition::Condition,
    follow::Follower,
    metrics::Metrics,
    store::Store,
};

/// What an indexer needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// WebSocket URL of a node that keeps the state of old blocks.
    pub node: String,
    /// The SQLite file; it is made if it does not exist.
    pub database: PathBuf,
    /// The address on which the API listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The pool, from the file that `chorus deploy` writes.
    pub deployment: Deployment,
}

/// A running indexer. Dropping it stops it at once, which is safe at any moment.
pub struct Running {
    address: SocketAddr,
    position: watch::Receiver<Option<Head>>,
    outcome: watch::Receiver<Option<Error>>,
    follower: JoinHandle<()>,
    server: JoinHandle<()>,
    stop: watch::Sender<bool>,
    store: Arc<Store>,
}

/// Starts indexing and serving. A node that does not answer yet is waited for.
///
/// # Errors
/// When the database is another pool's or cannot be opened, the node is on another chain, the contracts are not there,
/// or the API's address is taken.
pub async fn start(config: Config) -> Result<Running, Error> {
    let node = Node::new(&config.node, config.deployment.genesis_hash, config.deployment.escrow);
    start_from(node, config).await
}

/// As [`start`], with blocks from any source; `config.node` is not used.
pub async fn start_from(source: impl Source, config: Config) -> Result<Running, Error> {
    let listener = TcpListener::bind(config.listen).await;
    let listener = listener.map_err(|error| Error::Listen { address: config.listen, reason: error.to_string() })?;
    let address =
        listener.local_addr().map_err(|error| Error::Listen { address: config.listen, reason: error.to_string() })?;
    let store = Arc::new(Store::open(&config.database, &config.deployment).await?);
    let (condition, metrics) = (Arc::new(Condition::default()), Arc::new(Metrics::default()));
    let (position, position_seen) = watch::channel(store.cursor().await?);
    let mut follower = Follower {
        source: Arc::new(source),
        store: store.clone(),
        deployment: config.deployment.clone(),
        condition: condition.clone(),
        metrics: metrics.clone(),
        position,
        checked: false,
    };
    match follower.check().await {
        Ok(()) => {}
        Err(error @ (Error::Unreachable { .. } | Error::NodeWrong(_))) => {
            tracing::warn!(%error, "the node is not ready yet");
            condition.trouble(error);
        }
        Err(error) => return Err(error),
    }
    let (stop, stopping) = watch::channel(false);
    let (outcome, outcome_seen) = watch::channel(None);
    let state = api::State { store: store.clone(), deployment: config.deployment, condition, metrics };
    let server = tokio::spawn(api::serve(listener, state, stopping));
    let follower = tokio::spawn(async move {
        let error = follower.run().await;
        outcome.send_replace(Some(error));
    });
    Ok(Running { address, position: position_seen, outcome: outcome_seen, follower, server, stop, store })
}

impl Running {
    /// Where the API is, without a slash at the end.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last applied block, as it grows.
    pub fn position(&self) -> watch::Receiver<Option<Head>> {
        self.position.clone()
    }

    /// Waits until this block is applied.
    ///
    /// # Errors
    /// What stopped indexing before.
    pub async fn reached(&self, block: u64) -> Result<(), Error> {
        let (mut position, mut outcome) = (self.position.clone(), self.outcome.clone());
        tokio::select! {
            // The follower holds the other end until it reports its outcome.
            Ok(_) = position.wait_for(|position| position.is_some_and(|position| position.number >= block)) => Ok(()),
            error = stopped(&mut outcome) => Err(error),
        }
    }

    /// Waits until indexing stops for good, and tells why. The API goes on and says so until [`Self::stop`].
    pub async fn wait(&self) -> Error {
        stopped(&mut self.outcome.clone()).await
    }

    /// Stops between or within blocks, lets answers under way finish, and closes the database.
    pub async fn stop(mut self) {
        self.follower.abort();
        self.stop.send_replace(true);
        // Both end by themselves now; a panic in either was already told.
        let _ = (&mut self.follower).await;
        let _ = (&mut self.server).await;
        self.store.close().await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.follower.abort();
        self.server.abort();
    }
}

async fn stopped(outcome: &mut watch::Receiver<Option<Error>>) -> Error {
    match outcome.wait_for(Option::is_some).await {
        Ok(error) => error.clone().unwrap_or(Error::Stopped),
        Err(_) => Error::Stopped,
    }
}
