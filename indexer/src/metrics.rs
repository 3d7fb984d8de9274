//! Counters and gauges for Prometheus. The only file that knows prometheus-client.

use chorus_bindings::Contract;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::Error;

/// Everything that `/metrics` tells.
pub struct Metrics {
    registry: Registry,
    applied: Gauge,
    finalized: Gauge,
    blocks: Counter,
    events: Family<EventLabels, Counter>,
    failures: Family<FailureLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    queries: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    contract: &'static str,
    name: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("chorus_indexer");
        let (applied, finalized, blocks) = (Gauge::default(), Gauge::default(), Counter::default());
        let (events, failures, requests) = (Family::default(), Family::default(), Family::default());
        let queries = Gauge::default();
        registry.register("applied_block", "Last block applied", applied.clone());
        registry.register("finalized_block", "Last block that the node finalized", finalized.clone());
        registry.register("blocks", "Blocks applied since start", blocks.clone());
        registry.register("events", "Events of the contracts applied since start", Family::clone(&events));
        registry.register("failures", "Failed steps since start, each tried again or final", Family::clone(&failures));
        registry.register("requests", "Requests answered since start", Family::clone(&requests));
        registry.register("queries", "Database queries asked for answers since start", queries.clone());
        Self { registry, applied, finalized, blocks, events, failures, requests, queries }
    }
}

impl Metrics {
    /// The node told its finalized head.
    pub fn finalized(&self, number: u64) {
        self.finalized.set(number.try_into().unwrap_or(i64::MAX));
    }

    /// A block was applied.
    pub fn applied(&self, number: u64) {
        self.applied.set(number.try_into().unwrap_or(i64::MAX));
        self.blocks.inc();
    }

    /// An event was applied.
    pub fn event(&self, contract: Contract, name: &'static str) {
        self.events.get_or_create(&EventLabels { contract: contract.name(), name }).inc();
    }

    /// A step failed.
    pub fn failures(&self, error: &Error) {
        self.failures.get_or_create(&FailureLabels { reason: error.code() }).inc();
    }

    /// A request was answered. `route` is a pattern, never what a client wrote.
    pub fn request(&self, route: String, status: u16) {
        self.requests.get_or_create(&RequestLabels { route, status }).inc();
    }

    /// So many queries have been asked for answers.
    pub fn queries(&self, number: u64) {
        self.queries.set(number.try_into().unwrap_or(i64::MAX));
    }

    /// All of it in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing into a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
