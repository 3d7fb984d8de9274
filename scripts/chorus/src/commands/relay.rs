//! Acting without gas: `--sign-only` of the member's commands, and `relay`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use chorus::{relay::{Outcome, relay}, signed::{Act, SignedAct}};
use chorus_client::{keys::{Key, KeySource}, pool::Pool};
use serde_json::json;

use super::{Globals, args::seconds};

/// Signs instead of sending: flattened into every command of a member, with the nonce and the deadline where they are
/// the member's to choose.
#[derive(clap::Args)]
pub(super) struct SignOnly {
    /// Writes a signed file instead of sending: anybody may relay it, and you need no money
    #[arg(long)]
    sign_only: bool,
    /// Where to write it; a name that says what it is unless told
    #[arg(long, value_name = "FILE", requires = "sign_only")]
    out: Option<PathBuf>,
}

impl SignOnly {
    /// Signs and writes an act whose nonce and deadline are given; false if it is to be sent.
    pub(super) async fn sign(&self, globals: &Globals, pool: &Pool, signer: &Key, act: Act) -> anyhow::Result<bool> {
        self.sign_over(globals, pool, signer, act, None).await
    }

    async fn sign_over(
        &self,
        globals: &Globals,
        pool: &Pool,
        signer: &Key,
        act: Act,
        nonce: Option<u64>,
    ) -> anyhow::Result<bool> {
        if !self.sign_only {
            return Ok(false);
        }
        let signed = SignedAct::sign(pool, signer, act, nonce).await?;
        let out = self.out.clone().unwrap_or_else(|| signed.file_name().into());
        signed.write(&out)?;
        globals.say(
            format!(
                "Signed, and not sent: {} holds it. Anybody can `chorus relay` it; nobody can change it.",
                out.display()
            ),
            json!({ "file": out, "act": signed.act.name(), "signer": signed.signer, "nonce": signed.nonce }),
        );
        Ok(true)
    }
}

/// [`SignOnly`] over a nonce.
#[derive(clap::Args)]
pub(super) struct WithNonce {
    #[command(flatten)]
    only: SignOnly,
    /// Which nonce it is over, to sign several acts in advance; your next one unless told
    #[arg(long, value_name = "N", requires = "sign_only")]
    nonce: Option<u64>,
}

impl WithNonce {
    /// Signs and writes an act that is good as long as what it is about; false if it is to be sent.
    pub(super) async fn sign(&self, globals: &Globals, pool: &Pool, signer: &Key, act: Act) -> anyhow::Result<bool> {
        self.only.sign_over(globals, pool, signer, act, self.nonce).await
    }
}

/// [`SignOnly`] over a nonce, until a deadline.
#[derive(clap::Args)]
pub(super) struct WithDeadline {
    #[command(flatten)]
    over: WithNonce,
    /// How long the signature is good
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "1d", requires = "sign_only")]
    deadline: u64,
}

impl WithDeadline {
    /// Signs and writes the act with this deadline; false if it is to be sent.
    pub(super) async fn sign(
        &self,
        globals: &Globals,
        pool: &Pool,
        signer: &Key,
        act: impl FnOnce(u64) -> Act,
    ) -> anyhow::Result<bool> {
        if !self.over.only.sign_only {
            return Ok(false);
        }
        let now = pool.client().timestamp(None).await?;
        let deadline = now.checked_add(self.deadline).context("the deadline is too far away")?;
        self.over.sign(globals, pool, signer, act(deadline)).await
    }
}

/// Brings acts that others signed to the chain; you pay for it, they need no money
///
/// Every signature is checked before anything is sent. Contributions and votes go in batches. What is done already is
/// skipped, so it can be stopped and started again with the same files. Claims earn you their tips.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus relay vote-9621….json --key //Bob
  chorus relay inbox/ --key-file relayer.key --json")]
pub(super) struct Relay {
    /// Signed files, or folders of them
    #[arg(required = true, value_name = "FILE | DIR")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
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
                Outcome::Done => format!("{what} is done already, or its member acted since"),
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
        words.push(format!("{accepted} accepted, {done} done already, {skipped} skipped."));
        globals
            .say(words.join("\n"), json!({ "accepted": accepted, "done": done, "skipped": skipped, "acts": objects }));
        ensure!(globals.json || accepted + done > 0, "nothing could be relayed");
        Ok(())
    }
}

/// The files that paths name, folders taken apart, in order of their names.
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
