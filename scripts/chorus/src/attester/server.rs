//! An attester's HTTP service.
//!
//! `GET /v1/attester` its card · `POST /v1/attest` a sealed request in, a signed attestation out ·
//! `GET /v1/signatures` its public record, one JSON object a line.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::Semaphore;

use super::{Attester, Card};
use crate::actions::Attested;

/// Largest request taken: 300,000 rows are about 60 MB.
const MAX_REQUEST_BYTES: usize = 256 << 20;

/// Requests checked at the same time; more wait.
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

async fn attest(State(service): State<Service>, request: Bytes) -> Result<Json<Attested>, Response> {
    let failed = |status: StatusCode, why: String| (status, Json(serde_json::json!({ "error": why }))).into_response();
    let _permit =
        service.checks.acquire().await.map_err(|error| failed(StatusCode::SERVICE_UNAVAILABLE, error.to_string()))?;
    service.attester.attest(request.to_vec()).await.map(Json).map_err(|error| {
        // What the member sent is at fault unless the chain did not answer.
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
