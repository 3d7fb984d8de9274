//! An attester's HTTP service.
//!
//! `GET /v1/attester` gives its card, `POST /v1/attest` takes a sealed request and gives a signed attestation, and
//! `GET /v1/signatures` gives its public record, one JSON object per line.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::Semaphore;

use super::{Attester, Card};
use crate::attestation::SignedAttestation;

/// The largest request that is taken. 300,000 rows are about 60 MB.
const MAX_REQUEST_BYTES: usize = 256 << 20;

/// How many requests are checked at the same time; others wait.
const CHECKS: usize = 4;

#[derive(Clone)]
struct Service {
    attester: Attester,
    checks: Arc<Semaphore>,
}

/// The service as a router.
pub fn router(attester: Attester) -> Router {
    Router::new()
        .route("/v1/attester", get(card))
        .route("/v1/attest", post(attest))
        .route("/v1/signatures", get(signatures))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(Service { attester, checks: Arc::new(Semaphore::new(CHECKS)) })
}

async fn card(State(service): State<Service>) -> Json<Card> {
    Json(service.attester.card())
}

async fn attest(State(service): State<Service>, request: Bytes) -> Result<Json<SignedAttestation>, Response> {
    let failed = |status: StatusCode, why: String| (status, Json(serde_json::json!({ "error": why }))).into_response();
    let _permit =
        service.checks.acquire().await.map_err(|error| failed(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    service.attester.attest(request.to_vec()).await.map(Json).map_err(|error| {
        // Unless the chain did not answer, something is wrong with what the member sent.
        let status = match error.downcast_ref::<chorus_client::Error>() {
            Some(_) => StatusCode::BAD_GATEWAY,
            None => StatusCode::UNPROCESSABLE_ENTITY,
        };
        failed(status, format!("{error:#}"))
    })
}

async fn signatures(State(service): State<Service>) -> Response {
    let lines = service.attester.record().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
    ([(header::CONTENT_TYPE, "application/x-ndjson")], lines).into_response()
}
