//! `chorus-indexer`: follows a pool's chain and serves what happened.

use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use chorus_bindings::Deployment;
use chorus_indexer::{Config, start};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Reads a Chorus pool from its chain into SQLite and serves it over HTTP.
///
/// Only finalized blocks are read. Killing it at any moment is safe, and the database can always be deleted:
/// it is filled again with the same rows.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  chorus-indexer --deployment chorus.json
  chorus-indexer --deployment chorus.json --node wss://node.example:443 \\
      --database /var/lib/chorus/pool.sqlite --listen 0.0.0.0:8080

Then:
  curl http://127.0.0.1:8080/health
  curl http://127.0.0.1:8080/v1/offers
  curl http://127.0.0.1:8080/openapi.json

RUST_LOG=chorus_indexer=debug shows more."
)]
struct Arguments {
    /// The pool, as `chorus deploy` wrote it.
    #[arg(long, value_name = "FILE")]
    deployment: PathBuf,
    /// WebSocket URL of a node that keeps the state of old blocks.
    #[arg(long, default_value = "ws://127.0.0.1:9944", value_name = "URL")]
    node: String,
    /// SQLite file; it is made if it does not exist.
    #[arg(long, default_value = "chorus.sqlite", value_name = "FILE")]
    database: PathBuf,
    /// Address and port on which the API listens.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let Arguments { deployment: file, node, database, listen } = Arguments::parse();
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let deployment: Deployment = serde_json::from_str(&text)
        .with_context(|| format!("{} is not a deployment file of `chorus deploy`", file.display()))?;
    let running = start(Config { node: node.clone(), database: database.clone(), listen, deployment }).await?;
    tracing::info!(api = running.api_url(), node, database = %database.display(), "started; Ctrl-C stops");
    let stopped = tokio::select! {
        _ = tokio::signal::ctrl_c() => None,
        error = running.wait() => Some(error),
    };
    if stopped.is_some() {
        // What was indexed is still served, and /health tells why nothing is added.
        tracing::error!(api = running.api_url(), "the API goes on with what is indexed; Ctrl-C stops");
        tokio::signal::ctrl_c().await?;
    }
    let last = *running.position().borrow();
    running.stop().await;
    let last = last.map_or("none".into(), |head| head.number.to_string());
    tracing::info!(last_block = last, database = %database.display(), "stopped; what is indexed is kept");
    stopped.map_or(Ok(()), |error| Err(error.into()))
}
