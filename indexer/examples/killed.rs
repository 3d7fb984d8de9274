//! Indexes the whole story of the tests into a database, for the test that kills it a thousand times.
//!
//! `killed DATABASE`

#[path = "../tests/it/common/mod.rs"]
mod common;

use common::{index, sim::Sim, story::Story};
use std::path::Path;

#[tokio::main]
async fn main() {
    let database = std::env::args().nth(1).expect("the database's path");
    let sim = Sim::new(&Story::full());
    let running = index(&sim, Path::new(&database)).await.expect("the database can be indexed into");
    running.reached(sim.height()).await.expect("the story can be indexed");
    // It dies without closing anything, like the ones that are killed.
    std::process::exit(0);
}
