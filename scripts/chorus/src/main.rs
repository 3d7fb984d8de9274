//! `chorus`: the command line of a data DAO.

mod commands;

use std::{process::ExitCode, time::Duration};

use chorus::files;
use clap::Parser as _;
use tokio::signal::ctrl_c;
use tracing_subscriber::EnvFilter;

/// Exit code after Ctrl-C, as shells expect it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// How long a computation may take to notice Ctrl-C.
const NOTICING: Duration = Duration::from_secs(2);

const STOPPED: &str = "\nStopped. Transactions that were sent stay sent; everything else can be done again.";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,runtime=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = commands::Cli::parse();
    let json = cli.globals.json;
    if cli.runs_until_ctrl_c() {
        return finish(cli.run().await, json);
    }
    // Reading an export computes for minutes without a pause in which the command itself could hear Ctrl-C.
    tokio::spawn(async {
        if ctrl_c().await.is_ok() {
            files::stop_writing();
            tokio::time::sleep(NOTICING).await;
            eprintln!("{STOPPED}");
            std::process::exit(INTERRUPTED.into());
        }
    });
    tokio::select! {
        biased;
        _ = ctrl_c() => {
            eprintln!("{STOPPED}");
            ExitCode::from(INTERRUPTED)
        }
        result = cli.run() => finish(result, json),
    }
}

fn finish(result: anyhow::Result<ExitCode>, json: bool) -> ExitCode {
    let error = match result {
        Ok(code) => return code,
        Err(error) => error,
    };
    match json {
        true => println!("{}", serde_json::json!({ "error": format!("{error:#}") })),
        false => eprintln!("error: {error:#}"),
    }
    ExitCode::FAILURE
}
