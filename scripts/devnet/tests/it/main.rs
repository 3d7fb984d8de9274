//! The embedded chain: as a library, through its RPC, through subxt, and when things go wrong.

mod chain;
mod common;
mod faults;
mod idle;
mod rpc;
mod subxt_client;
