//! Compares rows of an indexer, as JSON, with those that the events demand.

use std::collections::{BTreeMap, VecDeque};

use chorus_abi::Address;
use chorus_client::record::At;
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::report::Check;

/// A row that the events demand. Each field of it must be in the row that the API gives.
pub(super) struct Expected {
    /// What a difference calls it.
    pub(super) name: String,
    /// The row.
    pub(super) row: Value,
}

/// JSON as the API wrote it. It is kept as text, of which a pool's rows take a fraction of the memory.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Row(Box<RawValue>);

impl Row {
    /// What the text says; what cannot be read, such as a number out of range, is null, which no row may be.
    pub(super) fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

/// Compares rows, in order of the events they come from, with the expected ones.
pub(super) fn compare_rows<'a>(
    name: &'static str,
    found: impl IntoIterator<Item = &'a Row>,
    expected: impl IntoIterator<Item = Expected>,
) -> Check {
    let mut check = Check::new(name);
    // Rows are matched by where they come from; several rows of one event by their order.
    let key = |row: &Value| row.get("at").or_else(|| row.get("number")).map(Value::to_string).unwrap_or_default();
    let mut by_key: BTreeMap<String, VecDeque<&Row>> = BTreeMap::new();
    let (mut number_found, mut number_expected) = (0usize, 0usize);
    for row in found {
        by_key.entry(key(&row.value())).or_default().push_back(row);
        number_found += 1;
    }
    for Expected { name, row } in expected {
        number_expected += 1;
        match by_key.get_mut(&key(&row)).and_then(VecDeque::pop_front) {
            Some(found) => compare(&mut check, &name, &row, &found.value()),
            None => check.differs(format!("{name} is missing: {row}")),
        }
    }
    for row in by_key.into_values().flatten() {
        check.differs(format!("a row that no event explains: {}", row.value()));
    }
    check.equal("number of rows", &number_expected, &number_found);
    check
}

/// Every field of `expected` must be in `found` with that value.
pub(super) fn compare(check: &mut Check, what: &str, expected: &Value, found: &Value) {
    match expected {
        Value::Object(fields) => {
            for (name, value) in fields {
                compare(check, &format!("{what}, {name}"), value, found.get(name).unwrap_or(&Value::Null));
            }
        }
        Value::Array(items) if found.as_array().is_some_and(|found| found.len() == items.len()) => {
            for (place, (expected, found)) in items.iter().zip(found.as_array().into_iter().flatten()).enumerate() {
                compare(check, &format!("{what}, item {place}"), expected, found);
            }
        }
        _ => {
            check.compared += 1;
            if expected != found {
                check.differences.push(format!("{what}: should be {expected}, is {found}"));
            }
        }
    }
}

/// An address as the API writes it; alloy's own form has a checksum in its letters' case.
pub(super) fn plain(address: Address) -> String {
    format!("{address:?}").to_lowercase()
}

/// Where an event stands, as the API writes it.
pub(super) fn place(at: At) -> Value {
    json!({ "block": at.block, "event": at.event })
}
