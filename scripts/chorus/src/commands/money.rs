//! Money that is due: `claim`, `credits`, `withdraw-credit`.

use chorus::{
    actions::{self, NATIVE},
    amount::Currency,
    signed::Act,
    words::parse_address,
};
use chorus_bindings::{Address, B256, escrow};
use chorus_client::keys::KeySource;
use serde_json::json;

use crate::commands::{Globals, args::hash, refusals::Wanted, sign_only::WithDeadline};

/// Takes your own share of a sale, without waiting for a keeper
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus claim 0x5c1f… --key-file my.key")]
pub(super) struct Claim {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Where the money goes; by default to your own address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    to: Option<Address>,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl Claim {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let key = self.key.load()?;
        let (offer, to) = (self.offer, self.to.unwrap_or(key.address()));
        if self.sign_only.sign(globals, &pool, &key, |deadline| Act::Claim { offer, to, deadline }).await? {
            return Ok(());
        }
        let claimed = actions::claim(&pool, &key, offer, to).await;
        let receipt = claimed.map_err(|error| Wanted::Claim.refused(error))?;
        let paid: escrow::SharePaid = receipt.event()?;
        let currency = Currency::of(pool.client(), actions::currency_of(&pool, offer).await?).await?;
        let share = currency.show(paid.share);
        globals.say_done(
            match paid.credited {
                true => format!(
                    "Your share of {share} could not be sent to {}, so it is your credit: take it with \
                     `chorus withdraw-credit`.",
                    paid.to
                ),
                false => format!("Your share of {share} was paid to {}.", paid.to),
            },
            &receipt,
            json!({ "share": paid.share.to_string(), "to": paid.to, "credited": paid.credited }),
        );
        Ok(())
    }
}

/// The currency of a credit.
#[derive(clap::Args)]
struct In {
    /// Address of the token; native money if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    currency: Option<Address>,
}

/// Shows how much an account can take from the pool: tips, refunds, shares that could not be sent
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus credits //Bob
  chorus credits 0x0000000000000000000000000000000000000000   (the treasury)")]
pub(super) struct Credits {
    /// Address of the account; the zero address is the treasury
    #[arg(value_parser = parse_address)]
    owner: Address,
    #[command(flatten)]
    of: In,
}

impl Credits {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let currency = Currency::of(pool.client(), self.of.currency.unwrap_or(NATIVE)).await?;
        let credit = actions::credit_of(&pool, currency.address, self.owner, None).await?;
        globals.say(
            format!("{} can take {}.", self.owner, currency.show(credit)),
            json!({ "owner": self.owner, "currency": currency.address, "credit": credit.to_string() }),
        );
        Ok(())
    }
}

/// Takes your whole credit in one currency
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus withdraw-credit --key //Bob
  chorus withdraw-credit --to 0x9621… --key-file my.key --sign-only     for anybody to relay")]
pub(super) struct WithdrawCredit {
    #[command(flatten)]
    of: In,
    /// Where the money goes; by default to your own address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    to: Option<Address>,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: WithDeadline,
}

impl WithdrawCredit {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let currency = Currency::of(pool.client(), self.of.currency.unwrap_or(NATIVE)).await?;
        let key = self.key.load()?;
        let to = self.to.unwrap_or(key.address());
        let act = |deadline| Act::WithdrawCredit { currency: currency.address, to, deadline };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::withdraw_credit(&pool, &key, currency.address, to).await?;
        let amount = receipt.event::<escrow::CreditWithdrawn>()?.amount;
        let words = format!("{} went to {to}.", currency.show(amount));
        globals.say_done(
            words,
            &receipt,
            json!({ "amount": amount.to_string(), "currency": currency.address, "to": to }),
        );
        Ok(())
    }
}
