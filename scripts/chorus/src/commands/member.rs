//! What a member does: `contribute`, `purposes`, `withdraw`, `vote`, `delegate`, `leave`, `claim`, `credits`,
//! `withdraw-credit`. Each but `credits` can be signed for others to relay.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use chorus::actions::{self, Attested, Support};
use chorus::amount::Currency;
use chorus::attester::{self, Card};
use chorus::contribute::{self, RemoteAttester};
use chorus::signed::Act;
use chorus_bindings::{Address, B256, Event, attestations, escrow};
use chorus_client::keys::{Key, KeySource};
use chorus_client::pool::Pool;
use chorus_contribution::{MemberSecret, Prepared, Progress, prepare};
use serde_json::json;

use super::Globals;
use super::args::{address, hash};
use super::relay::{SignOnly, WithDeadline, WithNonce};

const DAY_S: u64 = 24 * 60 * 60;

/// Contributes a listening history, or replaces the one you contributed
///
/// Reads Spotify's export (the zip, its folder, or single files of either format). Before anything leaves this machine,
/// IP address, country, platform, device and clock times are dropped. Rows go encrypted to the attesters, who sign what
/// they find, and to the custodian; the chain sees hashes and a weight.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus contribute --dry-run my_spotify_data.zip          shows what would be contributed; needs no chain
  chorus contribute my_spotify_data.zip --key-file my.key --purpose 0 \\
      --attester http://attester.example:8090 --custodian-key age1… --bundle my.bundle
Without network between you and the attesters:
  chorus contribute my_spotify_data.zip --key-file my.key --attester-card a.json --request request.age
  chorus contribute my_spotify_data.zip --key-file my.key --purpose 0 --signed signed.json --custodian-key age1… --bundle my.bundle")]
pub(super) struct Contribute {
    /// The export: a zip, a folder, or single files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    key: KeySource,
    /// Only shows what would be contributed
    #[arg(long)]
    dry_run: bool,
    /// Number of a purpose that you allow (`chorus status` lists them); none is allowed unless you say so
    #[arg(long = "purpose", value_name = "N")]
    purposes: Vec<u8>,
    /// URL of an attester; as many as the pool's threshold
    #[arg(long = "attester", value_name = "URL")]
    attesters: Vec<String>,
    /// File with an attester's card, to write a request for it
    #[arg(long = "attester-card", value_name = "FILE", requires = "request")]
    cards: Vec<PathBuf>,
    /// Writes the sealed request to this file and stops
    #[arg(long, value_name = "FILE", requires = "cards")]
    request: Option<PathBuf>,
    /// File with what an attester signed (`chorus attester sign`); as many as the pool's threshold
    #[arg(long, value_name = "FILE", conflicts_with = "attesters")]
    signed: Vec<PathBuf>,
    /// The custodian's age recipient: your rows are encrypted to it
    #[arg(long, value_name = "age1…", required_unless_present_any = ["dry_run", "request"])]
    custodian_key: Option<String>,
    /// Where to write the encrypted bundle that the custodian needs
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten)]
    sign_only: SignOnly,
}

impl Contribute {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        if self.dry_run {
            return self.show(globals);
        }
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let now = pool.client().timestamp(None).await?;
        let prepared = self.prepare(globals, &contribute::member_secret(&key), now)?;
        if let Some(out) = &self.request {
            return self.write_request(globals, &pool, &key, &prepared, out).await;
        }
        let purposes = self.purposes.iter().try_fold(0u16, |bits, purpose| {
            let known = usize::from(*purpose) < pool.deployment().purposes.len();
            ensure!(known, "there is no purpose {purpose}: `chorus status` lists them");
            Ok(bits | 1 << purpose)
        })?;
        // The bundle comes first: a contribution whose rows nobody has could not be delivered.
        let recipient = attester::recipient(self.custodian_key.as_deref().unwrap_or_default())?;
        let bundle = self.bundle.clone().unwrap_or_else(|| contribute::bundle_name(&prepared.commitment));
        contribute::write_bundle(&prepared, key.address(), &recipient, &bundle)?;
        let attested = self.attested(&pool, &key, &prepared).await?;
        ensure!(
            attested.commitment.0 == prepared.commitment && attested.weight == prepared.weight,
            "the attesters signed another contribution than this one: nothing was sent"
        );
        let act = Act::Contribute { attested: attested.clone(), purposes };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::attest(&pool, &key, &attested, purposes).await?;
        let number = pool.events(&receipt)?.into_iter().find_map(|event| match event {
            Event::Attestations(attestations::AttestationsEvents::Attested(e)) => Some(e.number),
            _ => None,
        });
        let number = number.context("the contribution was accepted but its event is missing")?;
        globals.say_done(
            format!(
                "You are member {number} with a weight of {} points, for {}.\nGive {} to the custodian: only they can open it.",
                attested.weight,
                purpose_words(&pool, purposes),
                bundle.display()
            ),
            &receipt,
            json!({ "number": number, "weight": attested.weight, "purposes": purposes, "commitment": attested.commitment,
                    "bundle": bundle, "address": attested.member }),
        );
        Ok(())
    }

    fn prepare(&self, globals: &Globals, secret: &MemberSecret, now: u64) -> anyhow::Result<Prepared> {
        let bar = globals.bar("Reading the export");
        let today = u32::try_from(now / DAY_S).context("the clock is out of range")?;
        let prepared = prepare(&self.paths, secret, today, |progress| match progress {
            Progress::Reading { rows, .. } => bar.set_position(rows),
            Progress::Committing { rows, of } => {
                bar.set_length(of);
                bar.set_position(rows);
            }
        });
        bar.finish_and_clear();
        Ok(prepared?)
    }

    /// Shows everything about the contribution that needs no chain.
    fn show(&self, globals: &Globals) -> anyhow::Result<()> {
        let named = self.key.is_named();
        let secret = if named { contribute::member_secret(&self.key.load()?) } else { MemberSecret::random()? };
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).context("the clock is before 1970")?;
        let chorus_contribution::Summary {
            rows,
            kept,
            skipped,
            days,
            first_day,
            last_day,
            weight,
            rule,
            commitment,
            leaves,
            dropped_fields,
            ..
        } = &self.prepare(globals, &secret, now.as_secs())?.summary;
        let summary = json!({
            "rows": rows, "kept": kept, "skipped": skipped, "days": days, "first_day": first_day, "last_day": last_day,
            "weight": weight, "rule": rule, "commitment": commitment, "leaves": leaves, "dropped_fields": dropped_fields,
        });
        let note = if named { "" } else { "\n(The commitment depends on your key: name it to see yours.)" };
        globals.say(
            format!(
                "{rows} rows were read; {kept} of them are music you listened to, on {days} days from {first_day} to {last_day}.\n\
                 Not counted: {} podcast, {} audiobook and {} video rows, {} without a track, {} duplicates.\n\
                 Weight {weight} points (rule {rule}), commitment {commitment} over {leaves} rows.\n\
                 No part of the rows: {}. The account's name would go to the attesters alone, encrypted; nothing else \
                 of these leaves this machine.\nNothing was sent.{note}",
                skipped.podcast, skipped.audiobook, skipped.video, skipped.null_track, skipped.duplicate,
                dropped_fields.join(", "),
            ),
            summary,
        );
        Ok(())
    }

    async fn write_request(
        &self,
        globals: &Globals,
        pool: &Pool,
        key: &Key,
        prepared: &Prepared,
        out: &std::path::Path,
    ) -> anyhow::Result<()> {
        let cards = self.cards.iter().map(|path| read_json::<Card>(path)).collect::<anyhow::Result<Vec<_>>>()?;
        contribute::check_cards(pool, &cards).await?;
        let request = contribute::seal_request(prepared, key.address(), &cards)?;
        std::fs::write(out, request).with_context(|| format!("cannot write {}", out.display()))?;
        globals.say(
            format!(
                "The request is in {}: send it to the attesters, who answer with a signed file each.",
                out.display()
            ),
            json!({ "request": out, "weight": prepared.weight, "commitment": prepared.summary.commitment }),
        );
        Ok(())
    }

    async fn attested(&self, pool: &Pool, key: &Key, prepared: &Prepared) -> anyhow::Result<Attested> {
        if !self.signed.is_empty() {
            let signed = self.signed.iter().map(|path| read_json(path)).collect::<anyhow::Result<Vec<_>>>()?;
            return attester::combine(signed);
        }
        ensure!(
            !self.attesters.is_empty(),
            "name the attesters: --attester URL, or --signed FILE with what they signed"
        );
        let http = reqwest::Client::new();
        let attesters: Vec<_> = self.attesters.iter().map(|url| RemoteAttester::new(url, http.clone())).collect();
        contribute::ask(pool, prepared, key.address(), &attesters).await
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} does not hold what it should", path.display()))
}

/// The purposes of a set of bits in words.
pub(super) fn purpose_words(pool: &Pool, purposes: u16) -> String {
    let texts: Vec<_> = (0u8..16)
        .filter(|purpose| purposes & (1 << purpose) != 0)
        .map(|purpose| format!("“{}”", pool.purpose_text(purpose)))
        .collect();
    if texts.is_empty() { "no purpose yet".into() } else { texts.join(", ") }
}

/// Sets the purposes that your contribution may be sold for
///
/// Dropping a purpose takes you out of every sale for it that members may still leave.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus purposes 0 2 --key-file my.key     allows purposes 0 and 2, and no other
  chorus purposes --none --key-file my.key  allows nothing from now on")]
#[command(group(clap::ArgGroup::new("allowed").args(["purposes", "none"]).required(true)))]
pub(super) struct Purposes {
    /// Numbers of all purposes that you allow; `chorus status` lists them
    #[arg(value_name = "N")]
    purposes: Vec<u8>,
    /// Allows nothing
    #[arg(long)]
    none: bool,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
    sign_only: WithDeadline,
}

impl Purposes {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let bits = self.purposes.iter().try_fold(0u16, |bits, purpose| {
            Ok::<_, anyhow::Error>(bits | 1u16.checked_shl((*purpose).into()).context("purposes are numbered 0 to 15")?)
        })?;
        let key = self.key.load()?;
        let act = |deadline| Act::SetPurposes { purposes: bits, deadline };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::set_purposes(&pool, &key, bits).await?;
        let words = format!("Your contribution may be sold for {}.", purpose_words(&pool, bits));
        globals.say_done(words, &receipt, json!({ "purposes": bits }));
        Ok(())
    }
}

/// Takes your contribution back
///
/// Your weight becomes 0 and your own votes are burned; votes that others delegated to you stay. You are out of every sale
/// that members may still leave, and the account may be contributed again. A sale whose window is over still pays you.
/// No pause stops this.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus withdraw --key-file my.key")]
pub(super) struct Withdraw {
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
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
    /// The id of the offer or proposal
    #[arg(value_parser = hash)]
    offer: B256,
    /// How you vote
    support: Support,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
    sign_only: WithNonce,
}

impl Vote {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let key = self.key.load()?;
        let act = Act::Vote { proposal: self.offer, support: self.support as u8 };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::cast_vote(&pool, &key, self.offer, self.support).await?;
        let weight = pool.events(&receipt)?.into_iter().find_map(|event| match event {
            Event::Votes(chorus_bindings::votes::VotesEvents::VoteCast(e)) => Some(e.weight),
            _ => None,
        });
        let weight = weight.context("the vote was counted but its event is missing")?;
        globals.say_done(
            format!("Your vote counts with {weight} points: {:?}.", self.support),
            &receipt,
            json!({ "offer": self.offer, "support": self.support as u8, "weight": weight.to_string() }),
        );
        Ok(())
    }
}

/// Lets somebody else vote with your weight, from the next ballot on; name yourself to take it back
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus delegate 0x9621… --key-file my.key")]
pub(super) struct Delegate {
    /// Who votes for you
    #[arg(value_parser = address)]
    to: Address,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
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

/// Leaves a sale: a majority is not your consent
///
/// Possible until the offer's opt-out window ends; it is final.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus leave 0x5c1f… --key-file my.key")]
pub(super) struct Leave {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
    sign_only: WithDeadline,
}

impl Leave {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let sale = super::status::sale_of(globals, &pool, self.offer).await?;
        let key = self.key.load()?;
        if self.sign_only.sign(globals, &pool, &key, |deadline| Act::Leave { sale, deadline }).await? {
            return Ok(());
        }
        let receipt = actions::leave(&pool, &key, sale).await?;
        globals.say_done(
            "You are out of this sale: your data is not delivered and you have no share.",
            &receipt,
            json!({ "offer": self.offer, "sale": sale }),
        );
        Ok(())
    }
}

/// Takes your own share of a sale, without waiting for a keeper
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus claim 0x5c1f… --key-file my.key")]
pub(super) struct Claim {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Where the money goes; your own address unless told
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: Option<Address>,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
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
        let receipt = actions::claim(&pool, &key, offer, to).await?;
        let paid = pool.events(&receipt)?.into_iter().find_map(|event| match event {
            Event::Escrow(escrow::EscrowEvents::SharePaid(e)) => Some(e),
            _ => None,
        });
        let paid = paid.context("the share was paid but its event is missing")?;
        let currency = Currency::of(pool.client(), actions::currency_of(&pool, offer).await?).await?;
        let how = if paid.credited { "is your credit: take it with `chorus withdraw-credit`" } else { "was paid" };
        globals.say_done(
            format!("Your share of {} {how}, to {}.", currency.show(paid.share), paid.to),
            &receipt,
            json!({ "share": paid.share.to_string(), "to": paid.to, "credited": paid.credited }),
        );
        Ok(())
    }
}

/// Which money: native, or a token.
#[derive(clap::Args)]
struct In {
    /// Token, by its address; native money unless told
    #[arg(long, value_name = "ADDRESS", value_parser = address, default_value = "0x0000000000000000000000000000000000000000", hide_default_value = true)]
    currency: Address,
}

/// Shows what an account may take from the pool: tips, refunds, shares that could not be pushed
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  chorus credits //Bob\n  chorus credits 0x0000000000000000000000000000000000000000   (the treasury)"
)]
pub(super) struct Credits {
    /// Whose
    #[arg(value_parser = address)]
    owner: Address,
    #[command(flatten)]
    of: In,
}

impl Credits {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let currency = Currency::of(pool.client(), self.of.currency).await?;
        let credit = actions::credit_of(&pool, currency.address, self.owner, None).await?;
        globals.say(
            format!("{} may take {}.", self.owner, currency.show(credit)),
            json!({ "owner": self.owner, "currency": currency.address, "credit": credit.to_string() }),
        );
        Ok(())
    }
}

/// Takes your whole credit
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus withdraw-credit --key //Bob
  chorus withdraw-credit --to 0x9621… --key-file my.key --sign-only     for anybody to relay")]
pub(super) struct WithdrawCredit {
    #[command(flatten)]
    of: In,
    /// Where the money goes; your own address unless told
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    to: Option<Address>,
    #[command(flatten)]
    key: KeySource,
    #[command(flatten)]
    sign_only: WithDeadline,
}

impl WithdrawCredit {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let currency = Currency::of(pool.client(), self.of.currency).await?;
        let key = self.key.load()?;
        let to = self.to.unwrap_or(key.address());
        let act = |deadline| Act::WithdrawCredit { currency: currency.address, to, deadline };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return Ok(());
        }
        let receipt = actions::withdraw_credit(&pool, &key, currency.address, to).await?;
        let amount = pool.events(&receipt)?.into_iter().find_map(|event| match event {
            Event::Escrow(escrow::EscrowEvents::CreditWithdrawn(e)) => Some(e.amount),
            _ => None,
        });
        let amount = amount.context("the credit was paid but its event is missing")?;
        let words = format!("{} went to {to}.", currency.show(amount));
        globals.say_done(
            words,
            &receipt,
            json!({ "amount": amount.to_string(), "currency": currency.address, "to": to }),
        );
        Ok(())
    }
}
