//! What a buyer does: `offer`, `accept`, `dispute`.

use std::path::PathBuf;

use anyhow::Context as _;
use chorus::{
    actions::{self, NATIVE, Terms, text_hash},
    amount::Currency,
    custody,
    words::{parse_address, parse_seconds},
};
use chorus_bindings::{Address, B256, Contract, escrow};
use chorus_client::keys::KeySource;
use chorus_contribution::FieldList;
use serde_json::json;

use crate::commands::{Globals, args::hash, lookup, refusals::Wanted};

/// Offers to buy what members allow for a purpose; the money goes into escrow
///
/// You pay price and listing fee now. If the members vote against it, too many leave, or nothing is delivered in time,
/// the whole price comes back to you as a credit. An offer cannot be taken back.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus offer --price 5000 --purpose 0 --fields day,track,artist --licence licence.txt \\
      --custodian //Charlie --arbiter //Dave --delivery 7d --dispute 7d --key-file buyer.key
In a token that the DAO allowed, which is approved first, or with a permit in one transaction:
  chorus offer --price 5000 --currency 0xd011… …
  chorus offer --price 5000 --currency 0xd011… --permit …")]
pub(super) struct Offer {
    /// What you pay, fee and tips included
    #[arg(long, value_name = "AMOUNT")]
    price: String,
    /// Address of the token to pay in; native money if none is given
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    currency: Option<Address>,
    /// Signs a permit (ERC-2612) for the token instead of approving it: one transaction; needs an Ethereum key
    #[arg(long)]
    permit: bool,
    /// Number of the purpose; `chorus status` lists them
    #[arg(long, value_name = "N")]
    purpose: u8,
    /// Names of the fields that you want delivered, separated by commas
    #[arg(long, value_name = "NAMES")]
    fields: FieldList,
    /// File with the licence; its hash becomes part of the offer
    #[arg(long, value_name = "FILE")]
    licence: PathBuf,
    /// The sale is void with fewer members than this; by default the pool's minimum
    #[arg(long, value_name = "N")]
    min_members: Option<u32>,
    /// The sale is void with less weight than this
    #[arg(long, value_name = "POINTS", default_value_t = 1)]
    min_weight: u64,
    /// Address of the custodian who delivers; one on the pool's list
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    custodian: Address,
    /// Address of the arbiter who rules if you dispute; one on the pool's list
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    arbiter: Address,
    /// How long the custodian has to deliver
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "7d")]
    delivery: u64,
    /// How long you have to accept or dispute after that
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "7d")]
    dispute: u64,
    /// Tells equal offers apart; random by default
    #[arg(long, value_name = "HASH", value_parser = hash)]
    salt: Option<B256>,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Offer {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let licence = std::fs::read_to_string(&self.licence)
            .with_context(|| format!("cannot read the licence {}", self.licence.display()))?;
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let settings = pool.view(Contract::Escrow, &escrow::settingsCall {}, None).await?;
        let salt = self.salt.map_or_else(random, Ok)?;
        let currency = Currency::of(pool.client(), self.currency.unwrap_or(NATIVE)).await?;
        let price = currency.parse(&self.price)?;
        let terms = Terms {
            currency: currency.address,
            price,
            purpose: self.purpose,
            fields_hash: B256::from(self.fields.hash()),
            licence_hash: text_hash(&licence),
            min_members: self.min_members.unwrap_or(settings.cohort_min),
            min_weight: self.min_weight,
            custodian: self.custodian,
            arbiter: self.arbiter,
            delivery_s: self.delivery,
            dispute_s: self.dispute,
            salt,
        };
        let (offer, receipt) = match self.permit {
            true => actions::offer_with_permit(&pool, &key, &terms).await?,
            false => actions::offer(&pool, &key, &terms).await?,
        };
        globals.say_done(
            format!(
                "Offer {offer} is made: {} are in escrow for “{}”, and {} went to the treasury as a listing fee.\n\
                 The members vote now.",
                currency.show(price),
                pool.purpose_text(self.purpose),
                currency.show(settings.listing_fee)
            ),
            &receipt,
            json!({ "offer": offer, "currency": currency.address, "price": price.to_string(),
                    "listing_fee": settings.listing_fee.to_string() }),
        );
        Ok(())
    }
}

fn random() -> anyhow::Result<B256> {
    let mut salt = [0; 32];
    getrandom::fill(&mut salt).map_err(|error| anyhow::anyhow!("the system cannot give random numbers: {error}"))?;
    Ok(B256::from(salt))
}

/// Accepts a delivery, after checking it, so that the members are paid
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus accept 0x5c1f… --delivery delivery.age --identity my.age --fields day,track,artist \\
      --check-only
  chorus accept 0x5c1f… --delivery delivery.age --identity my.age --fields day,track,artist \\
      --key-file buyer.key
  chorus accept 0x5c1f… --key-file buyer.key      without a check")]
pub(super) struct Accept {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// File that the custodian sent; every row is checked against the chain before you accept
    #[arg(long, value_name = "FILE", requires_all = ["identity", "fields"])]
    delivery: Option<PathBuf>,
    /// File with your age identity, to which the delivery was encrypted
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Names of the fields in the offer
    #[arg(long, value_name = "NAMES")]
    fields: Option<FieldList>,
    /// Checks the delivery and stops
    #[arg(long, requires = "delivery")]
    check_only: bool,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Accept {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = if self.check_only { None } else { Some(self.key.load()?) };
        let pool = globals.pool().await?;
        if let (Some(delivery), Some(identity), Some(fields)) = (&self.delivery, &self.identity, &self.fields) {
            let record = globals.record(&pool).await?;
            let offer = lookup::offer(&record, self.offer)?;
            let identity = custody::read_identity(identity)?;
            let bar = globals.bar("Checking the delivery");
            let checked = custody::check(&record, offer, fields, delivery, &identity, |done, of| {
                bar.set_length(of.into());
                bar.set_position(done.into());
            });
            bar.finish_and_clear();
            let checked = checked.context("do not accept this delivery")?;
            let words = format!(
                "The delivery is right: it holds {} rows, of exactly the {} members in the sale.",
                checked.rows, checked.members
            );
            let object = json!({ "checked": true, "members": checked.members, "rows": checked.rows });
            if key.is_none() || !globals.json {
                globals.say(words, object);
            }
        }
        if let Some(key) = key {
            let accepted = actions::accept(&pool, &key, self.offer).await;
            let receipt = match accepted {
                Ok(receipt) => receipt,
                Err(error) => {
                    return Err(Wanted::Accept.refused_after_delivery(globals, &pool, self.offer, error).await);
                }
            };
            globals.say_done(
                "Accepted: the members can be paid now, by any `chorus keeper`.",
                &receipt,
                json!({ "offer": self.offer }),
            );
        }
        Ok(())
    }
}

/// Disputes a delivery, once; the arbiter rules which part of the price comes back
///
/// If the arbiter stays silent, nothing comes back. You can still accept after all.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  chorus dispute 0x5c1f… --reason 'a third of the rows has no track' --key-file buyer.key"
)]
pub(super) struct Dispute {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Why you dispute it; the chain keeps only the hash, so keep the text for the arbiter
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
}

impl Dispute {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let disputed = actions::dispute(&pool, &key, self.offer, &self.reason).await;
        let receipt = match disputed {
            Ok(receipt) => receipt,
            Err(error) => {
                return Err(Wanted::Dispute.refused_after_delivery(globals, &pool, self.offer, error).await);
            }
        };
        globals.say_done(
            "Disputed. Send your reason to the arbiter: the chain keeps only its hash.",
            &receipt,
            json!({ "offer": self.offer, "reason_hash": text_hash(&self.reason) }),
        );
        Ok(())
    }
}
