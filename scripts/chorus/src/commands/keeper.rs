//! What anyone may do: `seal`, `refund`, `keeper`; and the arbiter's `rule`.

use std::time::Duration;

use anyhow::bail;
use chorus::{
    actions,
    keeper::{self, Done},
    words::count,
};
use chorus_bindings::{B256, escrow};
use chorus_client::{
    keys::{Key, KeySource},
    pool::Pool,
    record::{History, Record},
};
use chorus_core::names::Seal as Outcome;
use serde_json::json;

use crate::commands::{Globals, args::hash, refusals::Wanted};

/// Fixes how an offer's vote and opt-out window ended
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus seal 0x5c1f… --key //Bob")]
pub(super) struct Seal {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Seal {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let sealed = actions::seal(&pool, &key, self.offer).await;
        let receipt = sealed.map_err(|error| Wanted::Seal.refused(error))?;
        let code = receipt.event::<escrow::Sealed>()?.outcome;
        let (words, outcome) = match Outcome::from_code(code) {
            Some(outcome @ Outcome::Sealed) => ("The members said yes: the custodian delivers now.", outcome),
            Some(outcome @ Outcome::Defeated) => ("The members said no: the price can go back.", outcome),
            Some(outcome @ Outcome::MinimumMissed) => ("Too many members left: the price can go back.", outcome),
            Some(Outcome::Open) | None => bail!("the contract announced the unknown outcome {code}"),
        };
        globals.say_done(words, &receipt, json!({ "offer": self.offer, "outcome": outcome.name() }));
        Ok(())
    }
}

/// Gives the price of a failed offer back to the buyer, as a credit
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus refund 0x5c1f… --key //Bob")]
pub(super) struct Refund {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Refund {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let refunded = actions::refund(&pool, &key, self.offer).await;
        let receipt = refunded.map_err(|error| Wanted::Refund.refused(error))?;
        globals.say_done(
            "The price is the buyer's credit now: they take it with `chorus withdraw-credit`.",
            &receipt,
            json!({ "offer": self.offer }),
        );
        Ok(())
    }
}

/// Rules on a dispute, once, as the offer's arbiter
#[derive(clap::Args)]
#[command(after_help = "Example, in which a quarter of the price goes back:
  chorus rule 0x5c1f… --returned-bps 2500 --key-file arbiter.key")]
pub(super) struct Rule {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Part of the price that goes back to the buyer, in hundredths of a percent
    #[arg(long, value_name = "BPS")]
    returned_bps: u16,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Rule {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let ruled = actions::rule(&pool, &key, self.offer, self.returned_bps).await;
        let receipt = ruled.map_err(|error| Wanted::Rule.refused(error))?;
        globals.say_done(
            format!("{}.{:02} % of the price go back to the buyer.", self.returned_bps / 100, self.returned_bps % 100),
            &receipt,
            json!({ "offer": self.offer, "returned_bps": self.returned_bps }),
        );
        Ok(())
    }
}

/// Does whatever is due: seals, refunds and pays members; you earn the tips
///
/// A keeper remembers nothing, so you can stop and start it at any time, and any number of keepers may run.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus keeper --key //Bob           until Ctrl-C
  chorus keeper --key //Bob --once    what is due now")]
pub(super) struct Keeper {
    /// Does what is due now and stops
    #[arg(long)]
    once: bool,
    /// Seconds between two looks at the chain
    #[arg(long, value_name = "S", default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Keeper {
    /// Whether it runs until Ctrl-C.
    pub(super) fn keeps_watch(&self) -> bool {
        !self.once
    }

    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let mut history = None;
        if self.once {
            let done = step(globals, &pool, &key, &mut history).await?;
            if done.is_empty() {
                globals.say("Nothing is due.", json!({ "done": [] }));
            }
            return Ok(());
        }
        let mut ended = std::pin::pin!(tokio::signal::ctrl_c());
        loop {
            let wait = tokio::select! {
                done = step(globals, &pool, &key, &mut history) => {
                    // Whoever keeps watch outlives a restart of the node.
                    if let Err(error) = done {
                        eprintln!("error: {error:#}; trying again");
                    }
                    let record = history.as_ref().map(|history| (Record::replay(history), history.time_s));
                    let due = record.and_then(|(record, now)| keeper::next_deadline(&record, now));
                    due.unwrap_or(self.every).clamp(1, self.every)
                }
                signal = &mut ended => return stopped(signal),
            };
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(wait)) => {}
                signal = &mut ended => return stopped(signal),
            }
        }
    }
}

/// Does what is due, once, and says so.
async fn step(globals: &Globals, pool: &Pool, key: &Key, history: &mut Option<History>) -> anyhow::Result<Vec<Done>> {
    let bar = globals.bar("Paying members");
    let done = keeper::step(pool, key, history, |paid, of| {
        bar.set_length(of.into());
        bar.set_position(paid.into());
    })
    .await;
    bar.finish_and_clear();
    let done = done?;
    for done in &done {
        globals.say(words(done), json!(done));
    }
    Ok(done)
}

fn stopped(signal: std::io::Result<()>) -> anyhow::Result<()> {
    signal?;
    eprintln!("\nStopped. What was sent stays sent; any keeper goes on from here.");
    Ok(())
}

fn words(done: &Done) -> String {
    match done {
        Done::Sealed { offer } => format!("Sealed offer {offer}."),
        Done::Refunded { offer } => format!("Gave the price of offer {offer} back to its buyer."),
        Done::Settled { offer, members, transactions } => {
            let (members, transactions) = (count(*members, "member"), count(*transactions, "transaction"));
            format!("Paid {members} of offer {offer} in {transactions}.")
        }
    }
}
