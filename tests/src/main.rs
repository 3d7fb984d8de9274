//! `scripts/run`: plays one sale and stays up.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use chorus_tests::play::{self, Sale};
use chorus_tests::stage::Where;
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Plays one sale of listening histories from beginning to end: generated people contribute, vote and are paid.
///
/// The chain is the embedded development chain unless --node names another. Everything stays up until Ctrl-C.
#[derive(Parser)]
#[command(
    name = "./scripts/run",
    after_help = "Examples:\n  ./scripts/run\n  ./scripts/run --members 1000\n  ./scripts/run --once --json\n  \
        ./scripts/run --node ws://127.0.0.1:9955 --members 20 --once\n  ./scripts/run --data ./my-pool"
)]
struct Arguments {
    /// How many people contribute.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
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
    /// New folder for the database, exports and deliveries, kept afterwards; without it a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // The runtime reports accounts that its genesis maps twice, which is as its authors made it.
    let quiet = || EnvFilter::new("warn,runtime::revive=off");
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| quiet());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(&arguments).await {
        Ok(clean) if clean => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn kept(arguments: &Arguments) -> String {
    match &arguments.data {
        Some(folder) => format!("what was written until then is in {}", folder.display()),
        None => "nothing is kept without --data".into(),
    }
}

/// Plays and, unless told to play once, stays up. Returns whether the audit is clean.
async fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = arguments.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let earlier = folder.join("chorus.json");
    ensure!(!earlier.exists(), "{} belongs to the pool of an earlier run: name a new folder", earlier.display());
    let place = match &arguments.node {
        Some(url) => Where::Node(url.clone()),
        None => Where::Embedded(arguments.port),
    };
    let api = SocketAddr::from(([127, 0, 0, 1], arguments.api_port));
    let sale = Sale { members: arguments.members, place, folder, api };
    let played = tokio::select! {
        played = play::play(sale) => played?,
        _ = tokio::signal::ctrl_c() => bail!("stopped by Ctrl-C before the sale was over; {}", kept(arguments)),
    };
    eprintln!("{}", played.report);
    let clean = played.report.is_clean();
    eprintln!("· Audit: {}", played.outcome.audit);
    if arguments.json {
        println!("{}", serde_json::to_string(&played.outcome)?);
    }
    if !arguments.once {
        eprintln!(
            "· Chain {} and API {} stay up; Ctrl-C ends them. Deployment file: {}",
            played.stage.pool.client().url(),
            played.indexer.api_url(),
            played.stage.folder().join("chorus.json").display()
        );
        tokio::signal::ctrl_c().await?;
    }
    played.stop().await;
    Ok(clean)
}
