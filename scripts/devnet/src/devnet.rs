//! A chain behind a server.

use std::{
    fmt,
    future::pending,
    io::ErrorKind,
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jsonrpsee::{
    RpcModule,
    core::middleware::{Batch, Notification, RpcServiceBuilder, RpcServiceT},
    server::{RandomStringIdProvider, Server, ServerConfig, ServerHandle},
    types::Request,
};
use tokio::{
    sync::{Mutex, watch},
    task::{JoinHandle, spawn_blocking},
    time::{MissedTickBehavior, interval, sleep},
};

use crate::{chain::Chain, error::Error, rpc};

/// The largest request and answer, in bytes: what a node allows.
const MAX_BODY_BYTES: u32 = 15 * 1024 * 1024;
/// How many clients at once.
const MAX_CONNECTIONS: u32 = 1_000;

/// How to run a [`Devnet`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// When blocks are sealed.
    pub sealing: Sealing,
    /// The time of the first block in unix seconds; without it, the real time.
    pub time: Option<u64>,
}

impl Default for Config {
    /// Port 9944, where Substrate nodes listen, real time, and blocks as [`Sealing::default`] says.
    fn default() -> Self {
        Self { port: 9944, sealing: Sealing::default(), time: None }
    }
}

impl Config {
    /// For tests: any free port, and not a block that the test did not ask for.
    pub fn for_tests() -> Self {
        Self { port: 0, sealing: Sealing::OnDemand, ..Self::default() }
    }
}

/// When a [`Devnet`] seals blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// As soon as a transaction arrives. Time stands still until then: a period never ends by itself.
    OnDemand,
    /// As soon as a transaction arrives, and an empty block whenever none has arrived for so long.
    Idle(Duration),
    /// In this rhythm, with the transactions that wait or without any.
    Every(Duration),
}

impl Default for Sealing {
    /// An empty block whenever no transaction has arrived for a second.
    fn default() -> Self {
        Self::Idle(Duration::from_secs(1))
    }
}

impl fmt::Display for Sealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDemand => write!(f, "as soon as a transaction arrives, and time stands still until then"),
            Self::Idle(pause) => {
                write!(f, "as soon as a transaction arrives, and empty ones {} ms apart without any", pause.as_millis())
            }
            Self::Every(period) => write!(f, "one every {} ms", period.as_millis()),
        }
    }
}

/// A development chain that is being served.
///
/// It ends with [`Devnet::stop`], or less orderly when it is dropped.
pub struct Devnet {
    chain: Arc<Chain>,
    config: Config,
    listener: TcpListener,
    methods: RpcModule<()>,
    server: Mutex<ServerHandle>,
    delay: Delay,
    stop: watch::Sender<bool>,
    sealer: JoinHandle<()>,
}

impl Devnet {
    /// Builds the genesis block, listens, and seals blocks from now on.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let chain = Arc::new(Chain::new(config.time)?);
        let (listener, port) = listen(config.port)?;
        let config = Config { port, ..config };
        let methods = rpc::module(chain.clone()).map_err(|e| Error::Server(e.to_string()))?;
        let delay = Delay::default();
        let server = Mutex::new(serve(&listener, &methods, &delay)?);
        let (stop, stopped) = watch::channel(false);
        let sealer = match config.sealing {
            Sealing::OnDemand => tokio::spawn(seal_at_once(chain.clone(), None, stopped)),
            Sealing::Idle(pause) => tokio::spawn(seal_at_once(chain.clone(), Some(pause), stopped)),
            Sealing::Every(period) => tokio::spawn(seal_in_rhythm(chain.clone(), period, stopped)),
        };
        Ok(Self { chain, config, listener, methods, server, delay, stop, sealer })
    }

    /// Where it listens: `ws://127.0.0.1:port`. The same port answers plain HTTP.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.config.port)
    }

    /// The chain itself, to use without RPC.
    pub fn chain(&self) -> Arc<Chain> {
        self.chain.clone()
    }

    /// What to tell a person who starts it.
    pub fn banner(&self) -> String {
        format!(
            "This is a development chain: one node, no consensus, every block is final at once.\n\
             Its keys are known to everybody (//Alice to //Ferdie, Alith to Faith), its money is worth nothing,\n\
             and its data is in memory only: it ends with this program.\n\
             runtime  {runtime} (pallet-revive), executed natively\n\
             genesis  {genesis:?}\n\
             blocks   {blocks}\n\
             listens  {url}",
            runtime = revive_dev_runtime::VERSION.spec_name,
            genesis = self.chain.genesis_hash(),
            blocks = self.config.sealing,
            url = self.url(),
        )
    }

    /// Closes every connection and takes new ones, as when a node restarts or a network fails. For tests.
    pub async fn drop_connections(&self) -> Result<(), Error> {
        let mut server = self.server.lock().await;
        // An error says that it has stopped already.
        let _ = server.stop();
        server.clone().stopped().await;
        *server = serve(&self.listener, &self.methods, &self.delay)?;
        Ok(())
    }

    /// Gives every answer only after `delay`, from now on. For tests.
    pub fn delay_answers(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.delay.ms.store(ms, Ordering::Relaxed);
    }

    /// Closes all connections, finishes the block that is being built, and ends.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        let server = self.server.into_inner();
        let _ = server.stop();
        server.stopped().await;
        if let Err(e) = self.sealer.await {
            tracing::error!(error = %e, "the sealing task failed");
        }
    }
}

fn listen(port: u16) -> Result<(TcpListener, u16), Error> {
    let failed = |source: std::io::Error| match source.kind() {
        ErrorKind::AddrInUse => Error::PortInUse(port),
        _ => Error::Listen { port, source },
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// Serves `methods` on a handle of its own of the listening socket, which stays open between two servers.
fn serve(listener: &TcpListener, methods: &RpcModule<()>, delay: &Delay) -> Result<ServerHandle, Error> {
    let config = ServerConfig::builder()
        .max_request_body_size(MAX_BODY_BYTES)
        .max_response_body_size(MAX_BODY_BYTES)
        .max_connections(MAX_CONNECTIONS)
        .set_id_provider(RandomStringIdProvider::new(16))
        .build();
    let delay = delay.clone();
    let middleware = RpcServiceBuilder::new().layer_fn(move |inner| Delayed { inner, delay: delay.clone() });
    let server = listener
        .try_clone()
        .and_then(|listener| {
            Server::builder().set_config(config).set_rpc_middleware(middleware).build_from_tcp(listener)
        })
        .map_err(|e| Error::Server(e.to_string()))?;
    Ok(server.start(methods.clone()))
}

/// Seals whenever transactions wait, and an empty block after each `pause` without any. What arrives while a block is
/// built goes into that block or the next.
async fn seal_at_once(chain: Arc<Chain>, pause: Option<Duration>, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = chain.arrived() => {}
            () = silence(pause) => seal(&chain).await,
        }
        while chain.has_work() && !*stop.borrow() {
            seal(&chain).await;
        }
    }
}

async fn seal_in_rhythm(chain: Arc<Chain>, period: Duration, mut stop: watch::Receiver<bool>) {
    let mut ticks = interval(period.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            _ = ticks.tick() => seal(&chain).await,
        }
    }
}

/// Completes after `pause`, or never.
async fn silence(pause: Option<Duration>) {
    match pause {
        Some(pause) => sleep(pause).await,
        None => pending().await,
    }
}

/// Completes when the devnet stops or is dropped.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn seal(chain: &Arc<Chain>) {
    let chain = chain.clone();
    let failure = match spawn_blocking(move || chain.mine()).await {
        Ok(Ok(_)) => return,
        Ok(Err(e)) => e.to_string(),
        Err(e) => e.to_string(),
    };
    tracing::error!(error = failure, "no block was sealed");
    // Whatever is wrong would go wrong again at once.
    sleep(Duration::from_secs(1)).await;
}

/// How long every answer is held back.
#[derive(Clone, Default)]
struct Delay {
    ms: Arc<AtomicU64>,
}

impl Delay {
    async fn wait(&self) {
        let ms = self.ms.load(Ordering::Relaxed);
        if ms > 0 {
            sleep(Duration::from_millis(ms)).await;
        }
    }
}

/// The server's methods, behind a [`Delay`].
#[derive(Clone)]
struct Delayed<S> {
    inner: S,
    delay: Delay,
}

impl<S: RpcServiceT + Clone + Send + Sync + 'static> RpcServiceT for Delayed<S> {
    type MethodResponse = S::MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = Self::MethodResponse> + Send + 'a {
        let Self { inner, delay } = self.clone();
        async move {
            delay.wait().await;
            inner.call(request).await
        }
    }

    fn batch<'a>(&self, requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        let Self { inner, delay } = self.clone();
        async move {
            delay.wait().await;
            inner.batch(requests).await
        }
    }

    fn notification<'a>(
        &self,
        notification: Notification<'a>,
    ) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        self.inner.notification(notification)
    }
}
