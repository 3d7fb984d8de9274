//! `chorus relay`: brings to the chain what others signed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use chorus::{
    relay::{Outcome, relay},
    signed::SignedAct,
};
use chorus_client::keys::KeySource;
use serde_json::json;

use crate::commands::Globals;

/// Brings acts that others signed to the chain; you pay the fees, and they need no money
///
/// Every signature is checked before anything is sent. Contributions and votes go in batches. What was done before is
/// skipped, so you can stop and start again with the same files. Claims earn you their tips.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus relay vote-9621….json --key //Bob
  chorus relay inbox/ --key-file relayer.key --json")]
pub(super) struct Relay {
    /// Signed files, or folders of them
    #[arg(required = true, value_name = "FILE | DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Relay {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let files = files(&self.paths)?;
        let (mut acts, mut read, mut unread) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            match SignedAct::read(&file) {
                Ok(act) => {
                    acts.push(act);
                    read.push(file);
                }
                // One bad file must not stop the others.
                Err(error) => unread.push((file, format!("{error:#}"))),
            }
        }
        ensure!(!read.is_empty() || !unread.is_empty(), "there is no .json file to relay");
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let bar = globals.bar("Relaying");
        bar.set_length(acts.len() as u64);
        let outcomes = relay(&pool, &key, &acts, |decided| bar.set_position(decided as u64)).await?;
        bar.finish_and_clear();

        let (mut accepted, mut done, mut words, mut objects) = (0, 0, Vec::new(), Vec::new());
        for ((file, act), outcome) in read.iter().zip(&acts).zip(&outcomes) {
            let what = format!("{}: {} of {}", file.display(), act.act.name(), act.signer);
            words.push(match outcome {
                Outcome::Accepted { block, .. } => format!("{what} accepted in block {block}"),
                Outcome::Done => format!("{what} was done before, or its member has done something else since"),
                Outcome::Skipped { reason } => format!("{what} skipped: {reason}"),
            });
            accepted += u32::from(matches!(outcome, Outcome::Accepted { .. }));
            done += u32::from(matches!(outcome, Outcome::Done));
            let mut object = json!(outcome);
            object["file"] = json!(file);
            object["act"] = json!(act.act.name());
            object["signer"] = json!(act.signer);
            objects.push(object);
        }
        for (file, reason) in &unread {
            words.push(reason.clone());
            objects.push(json!({ "file": file, "outcome": "skipped", "reason": reason }));
        }
        let skipped = objects.len() as u32 - accepted - done;
        words.push(format!("{accepted} accepted, {done} done before, {skipped} skipped."));
        globals
            .say(words.join("\n"), json!({ "accepted": accepted, "done": done, "skipped": skipped, "acts": objects }));
        ensure!(globals.json || accepted + done > 0, "nothing could be relayed");
        Ok(())
    }
}

/// The files at the paths, and the `.json` files of folders among them in order of their names.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
        let mut inside = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        inside.retain(|file| file.extension().is_some_and(|extension| extension == Path::new("json")));
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
