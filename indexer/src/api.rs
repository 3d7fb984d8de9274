//! The HTTP API. The only module that knows axum.
//!
//! Everything is a `GET`. A list is served in pages, all of which show one block: the cursor carries it. What a client
//! sends is checked before the database is asked, and becomes a bound value, never part of a query.

mod failure;
mod page;
mod query;
mod serve;
mod v1;

pub use serve::serve;

use crate::{Error, condition::Condition, metrics::Metrics, model::*, store::Reader, store::Store};
use axum::{
    Json, Router,
    body::Body,
    extract::{self, MatchedPath, Request},
    http::{HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use chorus_bindings::Deployment;
use failure::ApiError;
use std::{sync::Arc, time::Duration};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;

/// What answers are made from.
#[derive(Clone)]
pub struct State {
    /// The rows.
    pub store: Arc<Store>,
    /// Which pool.
    pub deployment: Deployment,
    /// How indexing goes.
    pub condition: Arc<Condition>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// A request that takes longer is given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Chorus indexer",
        description = "A pool's members, offers, votes, payouts and ledger, read from finalized blocks. \
                       Amounts are decimal strings in the smallest unit, times unix seconds, addresses and hashes 0x and lower-case hex. \
                       Lists come in pages that all show one block."
    ),
    paths(
        v1::dao,
        v1::member,
        v1::attestations,
        v1::offers,
        v1::offer,
        v1::offer_votes,
        v1::offer_members,
        v1::proposals,
        v1::proposal,
        v1::proposal_votes,
        v1::payouts,
        v1::ledger,
        v1::events,
        v1::status,
        health,
        live,
        metrics,
    )
)]
struct Document;

/// The API's description, OpenAPI 3.1.
pub fn document() -> serde_json::Value {
    serde_json::to_value(Document::openapi()).unwrap_or_default()
}

/// All routes.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/v1/dao", get(v1::dao))
        .route("/v1/members/{address}", get(v1::member))
        .route("/v1/attestations", get(v1::attestations))
        .route("/v1/offers", get(v1::offers))
        .route("/v1/offers/{offer}", get(v1::offer))
        .route("/v1/offers/{offer}/votes", get(v1::offer_votes))
        .route("/v1/offers/{offer}/members", get(v1::offer_members))
        .route("/v1/proposals", get(v1::proposals))
        .route("/v1/proposals/{proposal}", get(v1::proposal))
        .route("/v1/proposals/{proposal}/votes", get(v1::proposal_votes))
        .route("/v1/payouts", get(v1::payouts))
        .route("/v1/ledger", get(v1::ledger))
        .route("/v1/events", get(v1::events))
        .route("/v1/status", get(v1::status))
        .route("/health", get(health))
        .route("/health/live", get(live))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(|| async { Json(document()) }))
        .fallback(|| async { ApiError::unknown("there is nothing at this path; /openapi.json lists what there is") })
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| ApiError::internal().into_response()))
        .layer(from_fn_with_state(state.clone(), around))
        .with_state(state)
}

/// Counts each request, bounds its time, and opens answers to any web page: they are public and carry no session.
async fn around(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let mut response = match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::busy().into_response(),
    };
    state.metrics.request(route, response.status().as_u16());
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl State {
    /// A view of the database, and the block it shows.
    async fn read(&self) -> Result<(Reader, AsOf), ApiError> {
        let reader = self.store.read().await?;
        let as_of = self.as_of(&reader)?;
        Ok((reader, as_of))
    }

    fn as_of(&self, reader: &Reader) -> Result<AsOf, ApiError> {
        let as_of = reader.as_of().cloned().ok_or_else(ApiError::nothing_indexed)?;
        Ok(AsOf { complete: self.condition.is_complete(), ..as_of })
    }

    /// Why answers may not be current; none when they are.
    async fn reason(&self) -> Option<FailureDetail> {
        if let Some(reason) = self.condition.reason() {
            return Some(reason);
        }
        let database: Result<_, Error> = self.store.read().await;
        database.err().map(|error| FailureDetail { code: error.code().into(), message: error.to_string() })
    }
}

/// Whether answers are current.
#[utoipa::path(get, path = "/health", responses(
    (status = 200, description = "The node was heard within a minute, nothing failed since, and at most 16 finalized blocks are not yet applied", body = Health),
    (status = 503, description = "The reason why not", body = Failure),
))]
async fn health(extract::State(state): extract::State<State>) -> Response {
    match state.reason().await {
        None => Json(Health { status: "ok".into() }).into_response(),
        Some(error) => (StatusCode::SERVICE_UNAVAILABLE, Json(Failure { error })).into_response(),
    }
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/health/live", responses((status = 200, body = Health)))]
async fn live() -> Json<Health> {
    Json(Health { status: "ok".into() })
}

/// Counters and gauges in the OpenMetrics text format, which Prometheus reads.
#[utoipa::path(get, path = "/metrics", responses((status = 200, content_type = "application/openmetrics-text", body = String)))]
async fn metrics(extract::State(state): extract::State<State>) -> Response {
    let mut response = Response::new(Body::from(state.metrics.text()));
    let format = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, format);
    response
}
