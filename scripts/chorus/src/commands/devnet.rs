//! `chorus devnet`.

use std::time::Duration;

use chorus_devnet::Config;
use serde_json::json;

use crate::commands::Globals;

/// Starts a development chain on this machine, until Ctrl-C
///
/// It executes Parity's revive-dev-runtime natively: one node, no consensus, everything in memory, well-known keys.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  chorus devnet\n  chorus devnet --port 9955 --block-time 1000")]
pub(super) struct Devnet {
    /// Port on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 9944)]
    port: u16,
    /// Seals a block every so many milliseconds; without it, as soon as a transaction arrives
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,
    /// Time of the first block, in unix seconds; by default now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
}

impl Devnet {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let Self { port, block_time, time } = self;
        let devnet =
            chorus_devnet::Devnet::start(Config { port, block_time: block_time.map(Duration::from_millis), time })
                .await?;
        globals.say(devnet.banner(), json!({ "url": devnet.url() }));
        tokio::signal::ctrl_c().await?;
        devnet.stop().await;
        Ok(())
    }
}
