//! Keys: `keygen` makes them, `address` shows what belongs to one.

use std::path::PathBuf;

use age::{secrecy::ExposeSecret as _, x25519::Identity};
use chorus_client::keys::{Key, KeyKind, KeySource, new_password, write_secret};
use clap::Subcommand;
use serde_json::json;

use crate::commands::Globals;

/// Makes a key: for an account on the chain, or to receive encrypted files
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus keygen account --out my.key      asks for a password; prints the new account's address
  chorus keygen age --out buyer.age       prints the recipient (age1…) to give to others")]
pub(super) struct Keygen {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Account(Account),
    Age(Age),
}

impl Keygen {
    pub(super) fn run(self, globals: &Globals) -> anyhow::Result<()> {
        match self.command {
            Command::Account(command) => command.run(globals),
            Command::Age(command) => command.run(globals),
        }
    }
}

/// Makes a new Ethereum account, whose key is kept in an encrypted file
///
/// The file is a Web3 Secret Storage keystore, which Ethereum wallets can import. Without its password nobody can use
/// it, and nobody can recover it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus keygen account --out my.key
  chorus keygen account --out my.key --password-file my.password
Then:
  chorus vote 0x5c1f… for --key-file my.key")]
struct Account {
    /// New file for the encrypted key; only you may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// File whose first line is the password; asked for on the terminal if none is given
    #[arg(long, value_name = "FILE", env = "CHORUS_PASSWORD_FILE")]
    password_file: Option<PathBuf>,
}

impl Account {
    fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let password = new_password(self.password_file.as_deref())?;
        let key = Key::generate()?;
        write_secret(&self.out, &key.to_keystore(&password)?)?;
        let mut object = json!(key.public());
        object["file"] = json!(self.out);
        globals.say(
            format!(
                "The key is in {}, encrypted with your password: keep a copy of both.\naddress  {}",
                self.out.display(),
                key.address()
            ),
            object,
        );
        Ok(())
    }
}

/// Makes an age identity, to which a custodian's bundles or a buyer's delivery are encrypted
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  chorus keygen age --out buyer.age      prints the recipient (age1…) to give to others"
)]
struct Age {
    /// New file for the identity; only you may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Age {
    fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let identity = Identity::generate();
        let recipient = identity.to_public().to_string();
        write_secret(&self.out, identity.to_string().expose_secret())?;
        globals.say(
            format!(
                "The identity is in {}: keep it secret.\nYour recipient, for others: {recipient}",
                self.out.display()
            ),
            json!({ "file": self.out, "recipient": recipient }),
        );
        Ok(())
    }
}

/// Shows the address of a key, and what else everybody may know about it
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  chorus address --key //Alice\n  chorus address --key-file my.key --json")]
pub(super) struct AddressOf {
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl AddressOf {
    pub(super) fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let public = self.key.load()?.public();
        let kind = match public.kind {
            KeyKind::Substrate => "Substrate",
            KeyKind::Ethereum => "Ethereum",
        };
        globals.say(
            format!(
                "address     {}\naccount     {} (SS58)\npublic key  {} ({kind})",
                public.address, public.ss58, public.public_key
            ),
            json!(public),
        );
        Ok(())
    }
}
