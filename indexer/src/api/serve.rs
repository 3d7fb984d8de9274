//! Connections: a bounded number, each for a bounded time, so that clients who hold them open cost a bounded amount.

use std::{sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};

use super::{State, router};

/// Connections served at a time; more wait to be accepted.
const CONNECTIONS_MAX: usize = 256;
/// A request's head must arrive, and a quiet connection must speak again, within this time.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// No connection is served longer, however slowly it reads.
const CONNECTION_WITHIN: Duration = Duration::from_secs(120);
/// A request's head is at most this long.
const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Answers under way may finish within this time after a stop.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Serves until told to stop.
pub async fn serve(listener: TcpListener, state: State, mut stop: watch::Receiver<bool>) {
    let router = router(state);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            () = told(&mut stop) => break,
        };
        let Some((stream, place)) = accepted else {
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), service);
        let mut stop = stop.clone();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let until_stop = async {
                tokio::select! {
                    _ = connection.as_mut() => {}
                    () = told(&mut stop) => {
                        connection.as_mut().graceful_shutdown();
                        let _ = tokio::time::timeout(STOP_WITHIN, connection).await;
                    }
                }
            };
            // A client's broken connection is the client's affair.
            let _ = tokio::time::timeout(CONNECTION_WITHIN, until_stop).await;
            drop(place);
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Returns when told to stop, or when nobody is left who could tell.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            // Out of file descriptors, or a client that was gone already: neither is helped by haste.
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}
