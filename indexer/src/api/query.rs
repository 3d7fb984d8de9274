//! What clients may ask for, parsed strictly: an unknown parameter is refused, as ignoring a filter would be a lie.

use super::failure::ApiError;
use axum::{extract::Query, http::Uri};
use chorus_bindings::{Address, B256};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

/// No parameters at all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Pages {
    /// How many items at most; 100 unless given, 1,000 at most.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Which contributions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Attestations {
    /// Only this member's.
    pub(super) member: Option<String>,
    /// How many items at most; 100 unless given, 1,000 at most.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Which payouts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Payouts {
    /// Only of this offer.
    pub(super) offer: Option<String>,
    /// Only this member's.
    pub(super) member: Option<String>,
    /// How many items at most; 100 unless given, 1,000 at most.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Which postings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Ledger {
    /// Only of this account, such as `escrow:donations`.
    pub(super) account: Option<String>,
    /// Only of movements that concern this offer.
    pub(super) offer: Option<String>,
    /// How many items at most; 100 unless given, 1,000 at most.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Which events.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Events {
    /// Only of `attestations`, `votes` or `escrow`.
    pub(super) contract: Option<String>,
    /// Only of this name, such as `SharePaid`.
    pub(super) name: Option<String>,
    /// How many items at most; 100 unless given, 1,000 at most.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// From `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// A longer filter is none that could match.
const LONGEST_TEXT: usize = 128;

/// The query of a request.
pub(super) fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, ApiError> {
    match Query::try_from_uri(uri) {
        Ok(Query(parsed)) => Ok(parsed),
        Err(error) => Err(ApiError::bad("bad_query", error.body_text())),
    }
}

pub(super) fn address(text: &str) -> Result<Address, ApiError> {
    hex_of(text, 20, "an address").map(|bytes| Address::from_slice(&bytes))
}

pub(super) fn hash(text: &str) -> Result<B256, ApiError> {
    hex_of(text, 32, "an id").map(|bytes| B256::from_slice(&bytes))
}

/// A short text that is compared as it is.
pub(super) fn word(text: String, what: &str) -> Result<String, ApiError> {
    if text.is_empty()
        || text.len() > LONGEST_TEXT
        || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":_".contains(&byte))
    {
        return Err(ApiError::bad(
            "bad_query",
            format!("{what} is letters, digits, `:` and `_`, at most {LONGEST_TEXT}"),
        ));
    }
    Ok(text)
}

fn hex_of(text: &str, bytes: usize, what: &str) -> Result<Vec<u8>, ApiError> {
    // The length first: what a client sends is not decoded, nor repeated, beyond it.
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * bytes);
    digits
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or_else(|| ApiError::bad("bad_hex", format!("{what} is 0x and {} hex digits", 2 * bytes)))
}
