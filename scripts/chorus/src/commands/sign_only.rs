//! `--sign-only`: a member signs an act instead of sending it, and anybody may relay it.

use std::path::PathBuf;

use anyhow::Context as _;
use chorus::{
    signed::{Act, SignedAct},
    words::parse_seconds,
};
use chorus_client::{keys::Key, pool::Pool};
use serde_json::json;

use crate::commands::Globals;

/// Signs instead of sending. Flattened into the commands of a member, with the nonce and the deadline where the member
/// chooses them.
#[derive(clap::Args)]
pub(super) struct SignOnly {
    /// Writes a signed file instead of sending it; anybody may relay it, so you need no money
    #[arg(long)]
    sign_only: bool,
    /// Where to write the signed file; by default its name says what it is
    #[arg(long, value_name = "FILE", requires = "sign_only")]
    out: Option<PathBuf>,
}

impl SignOnly {
    /// Signs and writes an act whose nonce and deadline are fixed. Returns false if the act is to be sent.
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
                "Signed but not sent: it is in {}. Anybody can `chorus relay` it, and nobody can change it.",
                out.display()
            ),
            json!({ "file": out, "act": signed.act.name(), "signer": signed.signer, "nonce": signed.nonce }),
        );
        Ok(true)
    }
}

/// [`SignOnly`] with a nonce.
#[derive(clap::Args)]
pub(super) struct WithNonce {
    #[command(flatten)]
    only: SignOnly,
    /// The nonce to sign over, if you sign several acts in advance; by default your next one
    #[arg(long, value_name = "N", requires = "sign_only")]
    nonce: Option<u64>,
}

impl WithNonce {
    /// Signs and writes an act that has no deadline of its own. Returns false if the act is to be sent.
    pub(super) async fn sign(&self, globals: &Globals, pool: &Pool, signer: &Key, act: Act) -> anyhow::Result<bool> {
        self.only.sign_over(globals, pool, signer, act, self.nonce).await
    }
}

/// [`SignOnly`] with a nonce and a deadline.
#[derive(clap::Args)]
pub(super) struct WithDeadline {
    #[command(flatten)]
    over: WithNonce,
    /// How long the signature is good
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "1d", requires = "sign_only")]
    deadline: u64,
}

impl WithDeadline {
    /// Signs and writes the act with this deadline. Returns false if the act is to be sent.
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
