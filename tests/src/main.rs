//! `scripts/run`: plays one sale and stays up.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context as _, ensure};
use chorus_devnet::Config;
use chorus_tests::{
    guests,
    play::{self, Played, Sale, tell},
    stage::Where,
};
use clap::Parser;
use tokio::runtime::{Handle, Runtime};
use tracing_subscriber::EnvFilter;

/// Exit code after Ctrl-C, as shells expect it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Plays one sale of listening histories from beginning to end: generated people contribute, vote and are paid.
///
/// The chain is the embedded development chain unless --node names another. Everything stays up until Ctrl-C, with an
/// offer to vote on, shares to claim, and the keys to do it with.
#[derive(Parser)]
#[command(name = "./scripts/run")]
struct Arguments {
    /// How many people contribute.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    members: u32,
    /// Stop after the sale; exit 0 only if the audit is clean.
    #[arg(long)]
    once: bool,
    /// Print one JSON object as the last line of standard output.
    #[arg(long)]
    json: bool,
    /// Play on a chain that is running already, with short block times and //Alice funded.
    #[arg(long, value_name = "URL", conflicts_with = "port")]
    node: Option<String>,
    /// Port of the embedded chain's JSON-RPC on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 9944)]
    port: u16,
    /// Port of the indexer's API on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    api_port: u16,
    /// New folder for database, exports, deliveries and keys, kept afterwards; without it a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The runtime reports accounts that its genesis maps twice, which is as its authors made it.
    let quiet = || EnvFilter::new("warn,runtime::revive=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| quiet());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = arguments.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let earlier = folder.join("chorus.json");
    ensure!(!earlier.exists(), "{} belongs to the pool of an earlier run: name a new folder", earlier.display());

    let once = arguments.once;
    let kept = match &arguments.data {
        Some(folder) => format!("what was written so far is in {}", folder.display()),
        None => "nothing is kept without --data".into(),
    };
    let runtime = Runtime::new().context("cannot start threads")?;
    let code = runtime.block_on(async {
        // On a thread of its own, so that Ctrl-C is heard whatever the play computes.
        let play = tokio::task::spawn_blocking(move || Handle::current().block_on(play(arguments, folder)));
        let played = tokio::select! {
            played = play => played.context("the play stopped")??,
            _ = tokio::signal::ctrl_c() => {
                eprintln!("\nStopped by Ctrl-C before the sale was over; {kept}.");
                return Ok(ExitCode::from(INTERRUPTED));
            }
        };
        if !once {
            tokio::signal::ctrl_c().await?;
        }
        let clean = played.report.is_clean();
        played.stop().await;
        Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    });
    // What still computes ends with this program; the temporary folder goes when nothing writes to it any more.
    runtime.shutdown_timeout(Duration::from_secs(2));
    code
}

/// Plays, says what came of it and, unless told to play once, what guests can try.
async fn play(arguments: Arguments, folder: PathBuf) -> anyhow::Result<Played> {
    let Arguments { members, once, json, node, port, api_port, data } = arguments;
    let place = match node {
        Some(url) => Where::Node(url),
        None => Where::Embedded(Config { port, ..Config::default() }),
    };
    let api = SocketAddr::from(([127, 0, 0, 1], api_port));
    let played = play::play(Sale { members, place, folder, keep_exports: data.is_some(), api }).await?;
    eprintln!("{}", played.report);
    tell(&format!("Audit: {}", played.outcome.audit));
    if json {
        println!("{}", serde_json::to_string(&played.outcome)?);
    }
    if !once {
        let invitation = guests::invite(&played).await?;
        let (chain, api) = (played.stage.pool.client().url(), played.indexer.api_url());
        tell(&format!("Chain {chain} and API {api} stay up until Ctrl-C."));
        eprintln!("\n{invitation}");
    }
    Ok(played)
}
