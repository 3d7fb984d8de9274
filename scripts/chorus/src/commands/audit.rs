//! `chorus audit`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use chorus_audit::{Manifests, Options};
use chorus_bindings::B256;
use serde::Deserialize;
use serde_json::json;

use crate::commands::Globals;

/// Recomputes every tally and every share from the chain, and compares with contracts, balances and the indexer
///
/// Exits with 0 only if nothing differs; each difference is named.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus audit                                   the chain and the indexer on this machine
  chorus audit --no-api                          the chain alone
  chorus audit --api http://indexer.example:8080 --manifest delivery.manifest.json --json")]
pub(super) struct Audit {
    /// URL of an indexer to compare with the chain
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080", env = "CHORUS_API")]
    api: String,
    /// Audits the chain alone
    #[arg(long)]
    no_api: bool,
    /// Manifest of a delivery, as `chorus deliver` writes it, to name every member in whom it differs
    #[arg(long = "manifest", value_name = "FILE")]
    manifests: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Manifest {
    offer: B256,
    members: Vec<Member>,
}

#[derive(Deserialize)]
struct Member {
    number: u32,
    commitment: B256,
}

impl Audit {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<ExitCode> {
        let mut manifests = Manifests::new();
        for path in &self.manifests {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            let Manifest { offer, members } =
                serde_json::from_str(&text).with_context(|| format!("{} is not a manifest", path.display()))?;
            manifests.insert(offer, members.into_iter().map(|member| (member.number, member.commitment)).collect());
        }
        let pool = globals.pool().await?;
        let bar = globals.bar("Reading the chain");
        let options = Options { api: (!self.no_api).then_some(self.api), manifests };
        let report = chorus_audit::run(&pool, &options, |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        })
        .await?;
        bar.finish_and_clear();
        let object = json!({ "audit": report.verdict(), "report": report });
        globals.say(&report, object);
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
