//! The indexer on a simulated chain: what it stores, what it refuses, what it serves.

mod api;
mod common;
mod faults;
mod index;
mod node;
