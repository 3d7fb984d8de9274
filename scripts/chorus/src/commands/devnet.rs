//! `chorus devnet`.

use std::time::Duration;

use chorus_devnet::{Config, Sealing};
use serde_json::json;

use crate::commands::Globals;

/// Starts a development chain on this machine, until Ctrl-C
///
/// It executes Parity's revive-dev-runtime natively: one node, no consensus, everything in memory, well-known keys.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus devnet
  chorus devnet --port 9955 --block-time 1000
  chorus devnet --idle-blocks 0                   no block without a transaction")]
pub(super) struct Devnet {
    /// Port on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 9944)]
    port: u16,
    /// Seals a block every so many milliseconds; without it, as soon as a transaction arrives
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,
    /// Seals an empty block whenever no transaction has arrived for so many milliseconds, so that time goes on; 0 never
    #[arg(long, value_name = "MS", default_value_t = 1_000, conflicts_with = "block_time")]
    idle_blocks: u64,
    /// Time of the first block, in unix seconds; by default now
    #[arg(long, value_name = "SECONDS")]
    time: Option<u64>,
}

impl Devnet {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let Self { port, block_time, idle_blocks, time } = self;
        let sealing = match (block_time, idle_blocks) {
            (Some(period_ms), _) => Sealing::Every(Duration::from_millis(period_ms)),
            (None, 0) => Sealing::OnDemand,
            (None, pause_ms) => Sealing::Idle(Duration::from_millis(pause_ms)),
        };
        let devnet = chorus_devnet::Devnet::start(Config { port, sealing, time }).await?;
        globals.say(devnet.banner(), json!({ "url": devnet.url() }));
        tokio::signal::ctrl_c().await?;
        devnet.stop().await;
        Ok(())
    }
}
