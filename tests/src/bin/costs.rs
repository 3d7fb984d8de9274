//! Prints what each message of the contracts costs, or writes it to `tests/COSTS.md`; `scripts/bench costs` starts it.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use chorus_tests::costs::{Costs, DOCUMENT};
use clap::Parser;

/// Measures every message of the contracts once, in a pool of 60 members with an open sale, and batches in one of 200.
///
/// For each message: how much it needs of a block (computing time and proof), which storage deposit it takes, and how
/// long its call is.
#[derive(Parser)]
#[command(after_help = "Examples:\n  costs\n  costs --json | jq '.[] | select(.proof_bytes > 200000) | .message'")]
struct Arguments {
    /// Prints a list of objects with the fields by, act (what the row can be compared by, or null), acts (how many of
    /// them one call does), message, ref_time_ps, proof_bytes, deposit (a decimal string) and calldata_bytes.
    #[arg(long, conflicts_with = "write")]
    json: bool,
    /// Writes tests/COSTS.md instead of printing it.
    #[arg(long, requires = "openzeppelin")]
    write: bool,
    /// Measures OpenZeppelin's equivalents too: a folder with their EVM code, as ./scripts/bench compiles it.
    #[arg(long, value_name = "FOLDER")]
    openzeppelin: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Arguments { json, write, openzeppelin } = Arguments::parse();
    let mut costs = Costs::measure();
    if let Some(folder) = openzeppelin {
        costs.measure_openzeppelin(&folder)?;
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&costs.to_json())?);
    } else if write {
        fs::write(DOCUMENT, costs.document()).with_context(|| format!("cannot write {DOCUMENT}"))?;
        eprintln!("wrote {DOCUMENT}");
    } else {
        print!("{}", costs.document());
    }
    Ok(())
}
