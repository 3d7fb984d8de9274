//! Serves a development chain until Ctrl-C, as `chorus devnet` does: the least that a program of one's own needs.

use std::time::Duration;

use chorus_devnet::{Config, Devnet, Sealing};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut config = Config::default();
    if let Some(port) = arguments.next() {
        config.port = port.parse()?;
    }
    if let Some(ms) = arguments.next() {
        config.sealing = Sealing::Every(Duration::from_millis(ms.parse()?));
    }
    let devnet = Devnet::start(config).await?;
    println!("{}", devnet.banner());
    tokio::signal::ctrl_c().await?;
    devnet.stop().await;
    Ok(())
}
