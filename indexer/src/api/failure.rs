//! Refusals: every answer that is not a success, in one form.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use utoipa::IntoResponses;

use crate::{
    Error,
    views::{Failure, FailureDetail},
};

/// Nothing can be said now.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it describes answers and is never made")]
pub(super) enum Unavailable {
    /// The database cannot be read now, or no block has been indexed yet
    #[response(status = 503)]
    Now(Failure),
}

/// The question cannot be meant.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it describes answers and is never made")]
pub(super) enum Malformed {
    /// An address, an id or a parameter is malformed or unknown
    #[response(status = 400)]
    Question(Failure),
}

/// There is nothing to tell of.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it describes answers and is never made")]
pub(super) enum Missing {
    /// There is no such thing as of the block
    #[response(status = 404)]
    Thing(Failure),
}

/// A refusal: status, a word for programs, a sentence for people.
#[derive(Debug)]
pub(super) struct ApiError(StatusCode, &'static str, String);

impl ApiError {
    /// The client asked for something that cannot be meant.
    pub(super) fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, code, message.into())
    }

    /// There is no such thing as of the block, and the database was well when it said so.
    pub(super) fn unknown(message: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, "not_found", message.into())
    }

    /// The API is read-only.
    pub(super) fn method() -> Self {
        Self(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "only GET is answered".into())
    }

    /// No block has been applied.
    pub(super) fn nothing_indexed() -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, "starting", "no block has been indexed yet; /health tells more".into())
    }

    /// The answer took too long.
    pub(super) fn busy() -> Self {
        Self(StatusCode::SERVICE_UNAVAILABLE, "busy", "the answer took too long; try again later".into())
    }

    /// A defect of ours, already logged.
    pub(super) fn internal() -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, "internal", "this is a defect of the server".into())
    }
}

impl From<Error> for ApiError {
    /// Whatever keeps us from reading is "not now", never "not found".
    fn from(error: Error) -> Self {
        tracing::warn!(%error, "a request could not be answered");
        Self(StatusCode::SERVICE_UNAVAILABLE, error.code(), error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        (status, Json(Failure { error: FailureDetail { code: code.into(), message } })).into_response()
    }
}
