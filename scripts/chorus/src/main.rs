//! `chorus`: the command line of a data DAO.

mod commands;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

/// Exit code after Ctrl-C, as shells expect it: 128 + SIGINT.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,runtime=off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = commands::Cli::parse();
    let json = cli.globals.json;
    tokio::select! {
        result = cli.run() => match result {
            Ok(code) => code,
            Err(error) => {
                match json {
                    true => println!("{}", serde_json::json!({ "error": format!("{error:#}") })),
                    false => eprintln!("error: {error:#}"),
                }
                ExitCode::FAILURE
            }
        },
        _ = tokio::signal::ctrl_c() => {
            eprintln!("\nStopped. Transactions that were sent stay sent; what was not can be done again.");
            ExitCode::from(INTERRUPTED)
        }
    }
}
