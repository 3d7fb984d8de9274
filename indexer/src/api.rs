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

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    BoxError, Json, Router,
    body::Body,
    error_handling::HandleErrorLayer,
    extract::{self, MatchedPath, Request},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use chorus_bindings::Deployment;
use tower::{ServiceBuilder, timeout::TimeoutLayer};
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::{Any as AnyOrigin, CorsLayer},
    set_header::SetResponseHeaderLayer,
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Error,
    condition::Condition,
    metrics::Metrics,
    store::Store,
    tables::Reader,
    views::{AsOf, Failure, FailureDetail, Health},
};
use failure::ApiError;

/// What answers are made from.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub store: Arc<Store>,
    /// The pool that is served.
    pub deployment: Deployment,
    /// The condition of indexing.
    pub condition: Arc<Condition>,
    /// Counters and gauges.
    pub metrics: Arc<Metrics>,
}

/// A request that takes longer is given up.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The description of the whole; each route describes itself.
#[derive(OpenApi)]
#[openapi(info(
    title = "Chorus indexer",
    description = "A pool's members, offers, votes, payouts and ledger, read from finalized blocks. Amounts are \
                   decimal strings in the smallest unit, times unix seconds, addresses and hashes 0x and lower-case \
                   hex. Lists come in pages that all show one block."
))]
struct Document;

fn described() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(v1::dao))
        .routes(routes!(v1::member))
        .routes(routes!(v1::attestations))
        .routes(routes!(v1::offers))
        .routes(routes!(v1::offer))
        .routes(routes!(v1::offer_votes))
        .routes(routes!(v1::offer_members))
        .routes(routes!(v1::proposals))
        .routes(routes!(v1::proposal))
        .routes(routes!(v1::proposal_votes))
        .routes(routes!(v1::payouts))
        .routes(routes!(v1::ledger))
        .routes(routes!(v1::events))
        .routes(routes!(v1::status))
        .routes(routes!(health))
        .routes(routes!(live))
        .routes(routes!(metrics))
}

/// The API's description, OpenAPI 3.1.
pub fn document() -> serde_json::Value {
    serde_json::to_value(described().to_openapi()).unwrap_or_default()
}

/// All routes, in layers: what is outermost comes first.
pub fn router(state: State) -> Router {
    let header = SetResponseHeaderLayer::overriding;
    // Answers are public and carry no session, so any web page may read them.
    let cors = CorsLayer::new().allow_origin(AnyOrigin).allow_methods([Method::GET, Method::HEAD]);
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(state.clone(), counted))
        .layer(header(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(cors)
        .layer(HandleErrorLayer::new(|_: BoxError| async { ApiError::busy() }))
        .layer(TimeoutLayer::new(ANSWER_WITHIN))
        .layer(CatchPanicLayer::custom(|_: Box<dyn Any + Send>| ApiError::internal().into_response()));
    let (router, _) = described().split_for_parts();
    router
        .route("/openapi.json", get(|| async { Json(document()) }))
        .fallback(|| async { ApiError::unknown("there is nothing at this path; /openapi.json lists what there is") })
        .method_not_allowed_fallback(|| async { ApiError::method() })
        .layer(layers)
        .with_state(state)
}

/// Counts each request by its route.
async fn counted(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    state.metrics.request(route, response.status().as_u16());
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
        let block = reader.as_of().ok_or_else(ApiError::nothing_indexed)?;
        Ok(AsOf::new(block, self.condition.is_complete()))
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
    (status = 200, body = Health, description = "The node was heard within a minute, nothing failed since, and at most \
                                                 16 finalized blocks are not yet applied"),
    (status = 503, body = Failure, description = "The reason why they are not"),
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
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, content_type = "application/openmetrics-text", body = String))
)]
async fn metrics(extract::State(state): extract::State<State>) -> Response {
    state.metrics.queries(state.store.queries());
    let mut response = Response::new(Body::from(state.metrics.text()));
    let format = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, format);
    response
}
