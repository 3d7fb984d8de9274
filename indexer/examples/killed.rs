//! Indexes the whole story of the tests into a database, for the test that kills it a thousand times.
//!
//! `killed DATABASE`

use std::path::Path;

use it::common::{index, sim::Sim, story::Story};

#[path = "../tests/it"]
mod it {
    pub mod common;
}

#[tokio::main]
async fn main() {
    let database = std::env::args().nth(1).expect("the database's path");
    let sim = Sim::new(&Story::full());
    let running = index(&sim, Path::new(&database)).await.expect("the database can be indexed into");
    running.reached(sim.height()).await.expect("the story can be indexed");
    // It dies without closing anything, like the ones that are killed.
    std::process::exit(0);
}
