//! `chorus attester`: `keygen`, `sign`, `serve`.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use chorus::attester::{self, Keys, server};
use chorus_contribution::NullifierKey;
use clap::Subcommand;
use serde_json::json;

use crate::commands::Globals;

/// What an attester does: makes keys, checks members' requests, and signs what it finds
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus attester keygen --out attester.keys --card attester.json
  chorus attester serve --keys attester.keys
  chorus attester sign request.age --keys attester.keys --out signed.json")]
pub(super) struct Attester {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Keygen(Keygen),
    Sign(Sign),
    Serve(Serve),
}

impl Attester {
    /// Whether it serves until Ctrl-C.
    pub(super) fn serves(&self) -> bool {
        matches!(self.command, Command::Serve(_))
    }

    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        match self.command {
            Command::Keygen(command) => command.run(globals),
            Command::Sign(command) => command.run(globals).await,
            Command::Serve(command) => command.run(globals).await,
        }
    }
}

/// Makes an attester's keys
///
/// All attesters of a pool share the key that makes nullifiers: the first attester makes it, and the others copy it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus attester keygen --out attester.keys --card attester.json
  chorus attester keygen --out second.keys --nullifier-key-of attester.keys")]
struct Keygen {
    /// New file for the keys; only you may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File for the public card, with address and age recipient
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// File with the keys of another attester of the same pool, to copy its nullifier key
    #[arg(long, value_name = "FILE")]
    nullifier_key_of: Option<PathBuf>,
}

impl Keygen {
    fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let shared = self.nullifier_key_of.as_deref().map(Keys::from_file).transpose()?;
        let shared = shared.map(|keys| NullifierKey::from_bytes(*keys.nullifier_key().reveal()));
        let keys = Keys::generate(shared)?;
        keys.write(&self.out)?;
        let card = keys.card();
        if let Some(path) = &self.card {
            std::fs::write(path, serde_json::to_string_pretty(&card)?)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        globals.say(
            format!(
                "The keys are in {}: keep them secret, and a copy safe. Without the nullifier key, nobody can tell \
                 whether an account is in the pool already.\n\
                 address    {}   (for `chorus deploy --attester`)\nrecipient  {}",
                self.out.display(),
                card.address,
                card.recipient
            ),
            json!(card),
        );
        Ok(())
    }
}

/// Checks a request in a file and writes what was signed
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus attester sign request.age --keys attester.keys --out signed.json")]
struct Sign {
    /// The member's sealed request
    request: PathBuf,
    /// File with the attester's keys
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// New file for the signed attestation
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File with the public record, to which every signature is appended
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Sign {
    async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let keys = Keys::from_file(&self.keys)?;
        let request =
            std::fs::read(&self.request).with_context(|| format!("cannot read {}", self.request.display()))?;
        let attester = attester::Attester::new(keys, globals.pool().await?, self.record);
        let attested = attester.attest(request).await?;
        std::fs::write(&self.out, serde_json::to_string_pretty(&attested)?)
            .with_context(|| format!("cannot write {}", self.out.display()))?;
        globals.say(
            format!("Signed a weight of {} for {}; it is in {}.", attested.weight, attested.member, self.out.display()),
            json!(attested),
        );
        Ok(())
    }
}

/// Serves members over HTTP until Ctrl-C
#[derive(clap::Args)]
#[command(after_help = "Example:
  chorus attester serve --keys attester.keys --listen 127.0.0.1:8090 --record signatures.jsonl

It answers GET /v1/attester, POST /v1/attest and GET /v1/signatures. Requests are \
encrypted to your key, whatever carries them.")]
struct Serve {
    /// File with the attester's keys
    #[arg(long, value_name = "FILE")]
    keys: PathBuf,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// File with the public record, to which every signature is appended
    #[arg(long, value_name = "FILE", default_value = "signatures.jsonl")]
    record: PathBuf,
}

impl Serve {
    async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let keys = Keys::from_file(&self.keys)?;
        let attester = attester::Attester::new(keys, globals.pool().await?, Some(self.record));
        let card = attester.card();
        let listener = tokio::net::TcpListener::bind(self.listen).await.with_context(|| {
            format!("cannot listen on {}: is the port taken? Choose another with --listen", self.listen)
        })?;
        let listen = listener.local_addr()?;
        globals.say(
            format!("Attester {} answers at http://{listen}", card.address),
            json!({ "listen": listen, "card": card }),
        );
        let ended = async { drop(tokio::signal::ctrl_c().await) };
        axum::serve(listener, server::router(attester)).with_graceful_shutdown(ended).await?;
        eprintln!("\nStopped. What was signed is in the public record.");
        Ok(())
    }
}
