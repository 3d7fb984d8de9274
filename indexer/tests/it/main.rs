//! The indexer on a simulated chain: what it stores, what it refuses, what it serves.

mod answers;
mod api;
mod common;
mod costs;
mod dao;
mod faults;
mod index;
mod node;
