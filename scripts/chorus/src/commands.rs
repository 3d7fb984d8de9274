//! The commands. Each parses its arguments, calls the library, and says what happened, in words or as JSON.

// What the commands share.
mod args;
mod lookup;
mod options;
mod purposes;
mod refusals;
mod sign_only;

// The chain and the pool.
mod deploy;
#[cfg(feature = "devnet")]
mod devnet;
mod proposals;
mod status;

// Who does what.
mod attester;
mod audit;
mod buyer;
mod contribute;
mod custodian;
mod guardian;
mod keeper;
mod keys;
mod member;
mod money;
mod relay;

use std::{path::PathBuf, process::ExitCode};

use chorus_bindings::explain_revert;
use chorus_client::{
    Client, Receipt,
    pool::Pool,
    record::{History, Record},
};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

/// A data DAO: many people sell their listening histories together, on terms they vote on.
#[derive(Parser)]
#[command(
    version,
    propagate_version = true,
    after_help = "A sale from its start to its end:
  chorus devnet                                   a chain to play with
  chorus deploy --key //Alice …                   a pool on it
  chorus contribute my_spotify_data.zip …         each member
  chorus offer --price 5000 …                     a buyer
  chorus vote OFFER for --key-file my.key         each member
  chorus keeper --key //Bob                       anyone: seals, refunds, pays
  chorus deliver OFFER …                          the custodian
  chorus accept OFFER …                           the buyer
  chorus audit                                    anyone: recomputes everything

Members without money add --sign-only to any of their commands. It writes a file, and anyone may `chorus relay` it.

Every command has --help with an example. RUST_LOG=chorus=debug shows more."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// WebSocket URL of a node of the chain
    #[arg(long, global = true, value_name = "URL", default_value = "ws://127.0.0.1:9944", env = "CHORUS_NODE_URL")]
    node: String,
    /// File that says where the pool is; `chorus deploy` writes it
    #[arg(long, global = true, value_name = "FILE", default_value = "chorus.json", env = "CHORUS_DEPLOYMENT")]
    deployment: PathBuf,
    /// Prints JSON objects, one per line, instead of words
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Subcommand)]
enum Command {
    #[cfg(feature = "devnet")]
    Devnet(devnet::Devnet),
    Deploy(deploy::Deploy),
    Contribute(contribute::Contribute),
    Attester(attester::Attester),
    Purposes(member::Purposes),
    Withdraw(member::Withdraw),
    Offer(buyer::Offer),
    Vote(member::Vote),
    Delegate(member::Delegate),
    Leave(member::Leave),
    Seal(keeper::Seal),
    Deliver(custodian::Deliver),
    Accept(buyer::Accept),
    Dispute(buyer::Dispute),
    Rule(keeper::Rule),
    Refund(keeper::Refund),
    Pause(guardian::Pause),
    Claim(money::Claim),
    Credits(money::Credits),
    WithdrawCredit(money::WithdrawCredit),
    Relay(relay::Relay),
    Propose(proposals::Propose),
    Execute(proposals::Execute),
    Proposals(proposals::Proposals),
    Keeper(keeper::Keeper),
    Status(status::Show),
    Audit(audit::Audit),
    Keygen(keys::Keygen),
    Address(keys::AddressOf),
}

impl Cli {
    /// Whether the command runs until Ctrl-C, which it then answers itself.
    pub(crate) fn runs_until_ctrl_c(&self) -> bool {
        match &self.command {
            #[cfg(feature = "devnet")]
            Command::Devnet(_) => true,
            Command::Attester(command) => command.serves(),
            Command::Keeper(command) => command.keeps_watch(),
            _ => false,
        }
    }

    pub(crate) async fn run(self) -> anyhow::Result<ExitCode> {
        let Self { globals, command } = self;
        match command {
            #[cfg(feature = "devnet")]
            Command::Devnet(command) => command.run(&globals).await,
            Command::Deploy(command) => command.run(&globals).await,
            Command::Contribute(command) => command.run(&globals).await,
            Command::Attester(command) => command.run(&globals).await,
            Command::Purposes(command) => command.run(&globals).await,
            Command::Withdraw(command) => command.run(&globals).await,
            Command::Offer(command) => command.run(&globals).await,
            Command::Vote(command) => command.run(&globals).await,
            Command::Delegate(command) => command.run(&globals).await,
            Command::Leave(command) => command.run(&globals).await,
            Command::Seal(command) => command.run(&globals).await,
            Command::Deliver(command) => command.run(&globals).await,
            Command::Accept(command) => command.run(&globals).await,
            Command::Dispute(command) => command.run(&globals).await,
            Command::Rule(command) => command.run(&globals).await,
            Command::Refund(command) => command.run(&globals).await,
            Command::Pause(command) => command.run(&globals).await,
            Command::Claim(command) => command.run(&globals).await,
            Command::Credits(command) => command.run(&globals).await,
            Command::WithdrawCredit(command) => command.run(&globals).await,
            Command::Relay(command) => command.run(&globals).await,
            Command::Propose(command) => command.run(&globals).await,
            Command::Execute(command) => command.run(&globals).await,
            Command::Proposals(command) => command.run(&globals).await,
            Command::Keeper(command) => command.run(&globals).await,
            Command::Status(command) => command.run(&globals).await,
            Command::Audit(command) => return command.run(&globals).await,
            Command::Keygen(command) => command.run(&globals),
            Command::Address(command) => command.run(&globals),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Globals {
    async fn client(&self) -> anyhow::Result<Client> {
        Ok(Client::connect(&self.node).await?.with_explanations(explain_revert))
    }

    async fn pool(&self) -> anyhow::Result<Pool> {
        Pool::from_file(self.client().await?, &self.deployment).await
    }

    /// What the pool has logged so far, read while a bar shows how far it is.
    async fn history(&self, pool: &Pool) -> anyhow::Result<History> {
        let bar = self.bar("Reading the chain");
        let history = History::read(pool, |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        })
        .await?;
        bar.finish_and_clear();
        Ok(history)
    }

    /// The pool as it follows from that log.
    async fn record(&self, pool: &Pool) -> anyhow::Result<Record> {
        Ok(Record::replay(&self.history(pool).await?))
    }

    /// Says what happened: words for people, or the object for programs.
    fn say(&self, words: impl std::fmt::Display, object: Value) {
        match self.json {
            true => println!("{object}"),
            false => println!("{words}"),
        }
    }

    /// Says what a transaction did.
    fn say_done(&self, words: impl std::fmt::Display, receipt: &Receipt, more: Value) {
        let mut object = json!({
            "block": receipt.block.number,
            "block_hash": receipt.block.hash,
            "extrinsic": receipt.hash,
            "fee": receipt.fee.to_string(),
        });
        if let (Value::Object(object), Value::Object(more)) = (&mut object, more) {
            object.extend(more);
        }
        self.say(format!("{words}\n  final in block {} · extrinsic {}", receipt.block.number, receipt.hash), object);
    }

    /// A bar on standard error for long work; hidden where nobody looks at it.
    fn bar(&self, what: &'static str) -> ProgressBar {
        let bar = match self.json {
            true => ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            false => ProgressBar::new(0),
        };
        let style = ProgressStyle::with_template("{msg:<24} {bar:30} {human_pos}/{human_len} {eta}");
        bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())).with_message(what)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn each(command: &clap::Command, visit: &mut impl FnMut(&clap::Command)) {
        visit(command);
        command.get_subcommands().for_each(|one| each(one, visit));
    }

    #[test]
    fn every_command_has_a_help_with_an_example() {
        Cli::command().debug_assert();
        each(&Cli::command(), &mut |command| {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} does not say what it does");
            let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(after.contains("chorus "), "the help of {name} has no example");
            for argument in command.get_arguments().filter(|argument| argument.get_id() != "version") {
                assert!(argument.get_help().is_some(), "{name}: {} has no help", argument.get_id());
            }
        });
    }
}
