//! What a member decides: `purposes`, `withdraw`, `vote`, `delegate`, `leave`. Each can be signed for others to relay.

use chorus::{
    actions::{self, Support},
    signed::Act,
    words::parse_address,
};
use chorus_bindings::{Address, B256, votes};
use chorus_client::keys::KeySource;
use serde_json::json;

use crate::commands::{
    Globals,
    args::{hash, support},
    lookup, purposes,
    refusals::Wanted,
    sign_only::{WithDeadline, WithNonce},
};

/// Sets the purposes that your contribution may be sold for
///
/// Dropping a purpose takes you out of every sale for it that members may still leave.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus purposes 0 2 --key-file my.key     allows purposes 0 and 2, and no other
  chorus purposes --none --key-file my.key  allows no purpose from now on")]
#[command(group(clap::ArgGroup::new("allowed").args(["purposes", "none"]).required(true)))]
pub(super) struct Purposes {
    /// Numbers of all purposes that you allow; `chorus status` lists them
    #[arg(value_name = "N")]
    purposes: Vec<u8>,
    /// Allows no purpose at all
    #[arg(long)]
    none: bool,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl Purposes {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let bits = purposes::bits(&pool, &self.purposes)?;
        let key = self.key.load()?;
        let act = |deadline| Act::SetPurposes { purposes: bits, deadline };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::set_purposes(&pool, &key, bits).await?;
        let words = format!("Your contribution may be sold for {}.", purposes::words(&pool, bits));
        globals.say_done(words, &receipt, json!({ "purposes": bits }));
        Ok(())
    }
}

/// Takes your contribution back
///
/// Your weight becomes 0 and your own votes are burned; votes that others delegated to you stay. You are out of every
/// sale that members may still leave, and the account may be contributed again. A sale that members can no longer leave
/// still pays you. No pause stops this.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus withdraw --key-file my.key")]
pub(super) struct Withdraw {
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl Withdraw {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let key = self.key.load()?;
        if self.sign_only.sign(globals, &pool, &key, |deadline| Act::Withdraw { deadline }).await? {
            return Ok(());
        }
        let receipt = actions::withdraw(&pool, &key).await?;
        globals.say_done("Your contribution is withdrawn.", &receipt, json!({ "address": key.address() }));
        Ok(())
    }
}

/// Votes on an offer or a proposal, once
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus vote 0x5c1f… for --key-file my.key
  chorus vote 0x5c1f… for --key-file my.key --sign-only     writes a file that anybody may relay")]
pub(super) struct Vote {
    /// The ballot's id, which is that of its offer or proposal
    #[arg(value_parser = hash)]
    ballot: B256,
    /// How you vote
    #[arg(value_parser = support())]
    support: Support,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithNonce,
}

impl Vote {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let key = self.key.load()?;
        let act = Act::Vote { ballot: self.ballot, support: self.support.code() };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let cast = actions::cast_vote(&pool, &key, self.ballot, self.support).await;
        let receipt = cast.map_err(|error| Wanted::Vote.refused(error))?;
        let (weight, support) = (receipt.event::<votes::VoteCast>()?.weight, self.support.name());
        globals.say_done(
            format!("Your vote counts with {weight} points: {support}."),
            &receipt,
            json!({ "ballot": self.ballot, "support": support, "weight": weight.to_string() }),
        );
        Ok(())
    }
}

/// Lets somebody else vote with your weight, from the next ballot on; name yourself to vote again
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus delegate 0x9621… --key-file my.key")]
pub(super) struct Delegate {
    /// Address of the one who votes for you
    #[arg(value_parser = parse_address)]
    to: Address,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl Delegate {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let key = self.key.load()?;
        if self.sign_only.sign(globals, &pool, &key, |deadline| Act::Delegate { to: self.to, deadline }).await? {
            return Ok(());
        }
        let receipt = actions::delegate(&pool, &key, self.to).await?;
        globals.say_done(format!("{} votes with your weight now.", self.to), &receipt, json!({ "to": self.to }));
        Ok(())
    }
}

/// Leaves a sale, because a majority is not your consent
///
/// You can leave until the offer's opt-out window ends, and it is final.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus leave 0x5c1f… --key-file my.key")]
pub(super) struct Leave {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl Leave {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let sale = lookup::sale_number(globals, &pool, self.offer).await?;
        let key = self.key.load()?;
        if self.sign_only.sign(globals, &pool, &key, |deadline| Act::Leave { sale, deadline }).await? {
            return Ok(());
        }
        let receipt = actions::leave(&pool, &key, sale).await.map_err(|error| Wanted::Leave.refused(error))?;
        globals.say_done(
            "You are out of this sale: your data is not delivered and you have no share.",
            &receipt,
            json!({ "offer": self.offer, "sale": sale }),
        );
        Ok(())
    }
}
