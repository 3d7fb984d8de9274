//! What anyone may do: `seal`, `refund`, `keeper`; and the arbiter's `rule`.

use std::time::Duration;

use chorus::{actions, keeper::{self, Done}};
use chorus_bindings::{B256, Event, escrow};
use chorus_client::{keys::KeySource, record::Record};
use chorus_core::names::Seal as Outcome;
use serde_json::json;

use super::{Globals, args::hash};

/// Fixes the outcome of an offer's vote and opt-out
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus seal 0x5c1f… --key //Bob")]
pub(super) struct Seal {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten)]
    key: KeySource,
}

impl Seal {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let receipt = actions::seal(&pool, &key, self.offer).await?;
        let sealed = pool.events(&receipt)?.into_iter().find_map(|event| match event {
            Event::Escrow(escrow::EscrowEvents::Sealed(e)) => Some(e),
            _ => None,
        });
        let outcome = sealed.and_then(|sealed| Outcome::from_code(sealed.outcome));
        let words = match outcome {
            Some(Outcome::Sealed) => "The members said yes: the custodian delivers now.",
            Some(Outcome::Defeated) => "The members said no: the price can go back.",
            Some(Outcome::MinimumMissed) => "Too many left: the price can go back.",
            Some(Outcome::Open) | None => anyhow::bail!("the offer was sealed but its event is missing"),
        };
        globals.say_done(words, &receipt, json!({ "offer": self.offer, "outcome": outcome.map(Outcome::name) }));
        Ok(())
    }
}

/// Gives the price of a failed offer back, as the buyer's credit
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus refund 0x5c1f… --key //Bob")]
pub(super) struct Refund {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten)]
    key: KeySource,
}

impl Refund {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let receipt = actions::refund(&pool, &key, self.offer).await?;
        globals.say_done(
            "The price is the buyer's credit: they take it with `chorus withdraw-credit`.",
            &receipt,
            json!({ "offer": self.offer }),
        );
        Ok(())
    }
}

/// Rules on a dispute, as the offer's arbiter, once
#[derive(clap::Args)]
#[command(
    after_help = "Example, a quarter of the price goes back:\n  chorus rule 0x5c1f… --returned-bps 2500 --key-file arbiter.key"
)]
pub(super) struct Rule {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Part of the price that goes back to the buyer, in hundredths of a percent
    #[arg(long, value_name = "BPS")]
    returned_bps: u16,
    #[command(flatten)]
    key: KeySource,
}

impl Rule {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let receipt = actions::rule(&pool, &key, self.offer, self.returned_bps).await?;
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
/// It keeps nothing, so it can be stopped and started at any time, and any number of keepers may run.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  chorus keeper --key //Bob           until Ctrl-C\n  chorus keeper --key //Bob --once    what is due now"
)]
pub(super) struct Keeper {
    /// Does what is due now and ends
    #[arg(long)]
    once: bool,
    /// Seconds between two looks at the chain
    #[arg(long, value_name = "S", default_value_t = 6, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    #[command(flatten)]
    key: KeySource,
}

impl Keeper {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let mut history = None;
        loop {
            let bar = globals.bar("Paying members");
            let done = keeper::step(&pool, &key, &mut history, |paid, of| {
                bar.set_length(of.into());
                bar.set_position(paid.into());
            })
            .await;
            bar.finish_and_clear();
            match done {
                Ok(done) if done.is_empty() && self.once => globals.say("Nothing is due.", json!({ "done": [] })),
                Ok(done) => {
                    for done in done {
                        globals.say(words(&done), json!(done));
                    }
                }
                // Whoever keeps watch outlives a node's restart.
                Err(error) if !self.once => eprintln!("error: {error:#}; trying again"),
                Err(error) => return Err(error),
            }
            if self.once {
                return Ok(());
            }
            let due =
                history.as_ref().and_then(|history| keeper::next_deadline(&Record::replay(history), history.time_s));
            let wait = due.unwrap_or(self.every).clamp(1, self.every);
            tokio::time::sleep(Duration::from_secs(wait)).await;
        }
    }
}

fn words(done: &Done) -> String {
    match done {
        Done::Sealed { offer } => format!("Sealed offer {offer}."),
        Done::Refunded { offer } => format!("Gave the price of offer {offer} back."),
        Done::Settled { offer, members, transactions } => {
            format!("Paid {members} members of offer {offer} in {transactions} transactions.")
        }
    }
}
