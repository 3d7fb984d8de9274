//! What clients may ask for, parsed strictly: an unknown parameter is refused, as ignoring a filter would be a lie.

use axum::{extract::Query, http::Uri};
use chorus_bindings::{B256, Contract};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::failure::ApiError;
use crate::{
    tables::ledger::Account,
    values::{Address, Hash},
};

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

/// The names of the fields of [`Pages`].
const PAGES: [&str; 2] = ["limit", "cursor"];

/// Filters of the changes of contributions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Attestations {
    /// Only this member's.
    pub(super) member: Option<String>,
}

/// Filters of payouts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Payouts {
    /// Only of this offer.
    pub(super) offer: Option<String>,
    /// Only this member's.
    pub(super) member: Option<String>,
}

/// Filters of postings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Ledger {
    /// Only of this account, such as `escrow:donations`.
    pub(super) account: Option<String>,
    /// Only of movements that concern this offer.
    pub(super) offer: Option<String>,
}

/// Filters of events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Events {
    /// Only of `attestations`, `votes` or `escrow`.
    pub(super) contract: Option<String>,
    /// Only of this name, such as `SharePaid`.
    pub(super) name: Option<String>,
}

/// A longer name could not match anything.
const LONGEST_NAME: usize = 128;

/// The query of a request.
pub(super) fn parse<T: DeserializeOwned>(uri: &Uri) -> Result<T, ApiError> {
    parsed(pairs(uri)?)
}

/// The query of a request for a list: its filters, and which page.
pub(super) fn parse_list<T: DeserializeOwned>(uri: &Uri) -> Result<(T, Pages), ApiError> {
    let (pages, filters) = pairs(uri)?.into_iter().partition(|(name, _)| PAGES.contains(&name.as_str()));
    Ok((parsed(filters)?, parsed(pages)?))
}

fn pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    match Query::try_from_uri(uri) {
        Ok(Query(pairs)) => Ok(pairs),
        Err(error) => Err(bad(error.body_text())),
    }
}

/// A name that is unknown or given twice is an error.
fn parsed<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T, ApiError> {
    let mut given = Map::new();
    for (name, value) in pairs {
        if given.insert(name, Value::String(value)).is_some() {
            return Err(bad("a parameter is given twice".into()));
        }
    }
    serde_json::from_value(Value::Object(given)).map_err(|error| bad(error.to_string()))
}

fn bad(message: String) -> ApiError {
    // A client's own words may be in it; whatever is longer is not repeated.
    ApiError::bad("bad_query", message.chars().take(200).collect::<String>())
}

pub(super) fn address(text: &str) -> Result<Address, ApiError> {
    hex_of(text, 20, "an address").map(|bytes| Address(chorus_bindings::Address::from_slice(&bytes)))
}

pub(super) fn hash(text: &str) -> Result<Hash, ApiError> {
    hex_of(text, 32, "an id").map(|bytes| Hash(B256::from_slice(&bytes)))
}

/// An account of the ledger, as postings name it.
pub(super) fn account(text: &str) -> Result<Account, ApiError> {
    let known = "an account is written as in the ledger: outside:0x…, outside:unknown, escrow:deposit:0x…, \
                 escrow:credit:0x…, escrow:donations or escrow:base, with lower-case hex";
    text.parse().map_err(|()| bad(known.into()))
}

/// One of the three contracts.
pub(super) fn contract(text: &str) -> Result<Contract, ApiError> {
    let found = Contract::ALL.into_iter().find(|known| known.name() == text);
    found.ok_or_else(|| bad(format!("contract is one of {}", Contract::ALL.map(Contract::name).join(", "))))
}

/// An event's name, which is compared as it is.
pub(super) fn event_name(text: String) -> Result<String, ApiError> {
    let is_name =
        !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name { Ok(text) } else { Err(bad(format!("name is letters and digits, at most {LONGEST_NAME}"))) }
}

fn hex_of(text: &str, bytes: usize, what: &str) -> Result<Vec<u8>, ApiError> {
    // The length first: what a client sends is not decoded, nor repeated, beyond it.
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() == 2 * bytes);
    digits
        .and_then(|digits| hex::decode(digits).ok())
        .ok_or_else(|| ApiError::bad("bad_hex", format!("{what} is 0x and {} hex digits", 2 * bytes)))
}
