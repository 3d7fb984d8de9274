//! `chorus contribute`: from an export to a member of the pool.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, ensure};
use chorus::{
    actions,
    attestation::SignedAttestation,
    attester::{self, Card},
    contribute::{self, RemoteAttester},
    files::Unfinished,
    signed::Act,
};
use chorus_bindings::attestations::Attested;
use chorus_client::{
    Error, Receipt,
    keys::{Key, KeySource},
    pool::Pool,
};
use chorus_contribution::{MemberSecret, Prepared, Progress, Summary, fs::prepare};
use chorus_core::types::DAY_S;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::commands::{Globals, purposes, sign_only::SignOnly};

/// Contributes a listening history, or replaces the one you contributed
///
/// Reads Spotify's export (the zip, its folder, or single files of either format). Before anything leaves this machine,
/// IP address, country, platform, device and clock times are dropped. The rows go encrypted to the attesters, who sign
/// what they find, and to the custodian; the chain sees hashes and a weight.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  chorus contribute --dry-run my_spotify_data.zip      shows what would be contributed, without a chain
  chorus contribute my_spotify_data.zip --key-file my.key --purpose 0 \\
      --attester http://attester.example:8090 --custodian-key age1… --bundle my.bundle
Without a network between you and the attesters:
  chorus contribute my_spotify_data.zip --key-file my.key \\
      --attester-card a.json --request request.age
  chorus contribute my_spotify_data.zip --key-file my.key --purpose 0 --signed signed.json \\
      --custodian-key age1… --bundle my.bundle")]
pub(super) struct Contribute {
    /// The export: a zip, a folder, or single files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    /// Only shows what would be contributed
    #[arg(long)]
    dry_run: bool,
    /// Number of a purpose that you allow (`chorus status` lists them); you allow none unless you name it
    #[arg(long = "purpose", value_name = "N")]
    purposes: Vec<u8>,
    /// URL of an attester; name as many as must sign
    #[arg(long = "attester", value_name = "URL")]
    attesters: Vec<String>,
    /// File with an attester's card, to write a request for that attester
    #[arg(long = "attester-card", value_name = "FILE", requires = "request")]
    cards: Vec<PathBuf>,
    /// Writes the sealed request to this file and stops
    #[arg(long, value_name = "FILE", requires = "cards")]
    request: Option<PathBuf>,
    /// File with what an attester signed (`chorus attester sign`); name as many as must sign
    #[arg(long, value_name = "FILE", conflicts_with = "attesters")]
    signed: Vec<PathBuf>,
    /// The custodian's age recipient, to which your rows are encrypted
    #[arg(long, value_name = "age1…", required_unless_present_any = ["dry_run", "request"])]
    custodian_key: Option<String>,
    /// New file for the encrypted bundle that the custodian needs; by default named after the commitment
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Signing for others to relay")]
    sign_only: SignOnly,
}

impl Contribute {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        if self.dry_run {
            return self.show(globals);
        }
        if let Some(bundle) = &self.bundle {
            let name = bundle.display();
            ensure!(!bundle.exists(), "{name} exists, and an older sale may need it: give another file with --bundle");
        }
        let key = self.key.load()?;
        let pool = globals.pool().await?;
        let now = pool.client().timestamp(None).await?;
        let prepared = self.prepare(globals, &contribute::member_secret(&key), now)?;
        if let Some(out) = &self.request {
            return self.write_request(globals, &pool, &key, &prepared, out).await;
        }
        let purposes = purposes::bits(&pool, &self.purposes)?;
        // The bundle comes first: a contribution whose rows nobody has could not be delivered. It gets its name when
        // the chain has accepted the contribution.
        let recipient = attester::recipient(self.custodian_key.as_deref().unwrap_or_default())?;
        let path = self.bundle.clone().unwrap_or_else(|| contribute::bundle_name(&prepared.commitment));
        let bundle = contribute::write_bundle(&prepared, key.address(), &recipient, &path)?;
        let attested = self.attested(&pool, &key, &prepared).await?;
        ensure!(
            attested.commitment.0 == prepared.commitment && attested.weight == prepared.weight,
            "the attesters signed another contribution than this one: nothing was sent"
        );
        let act = Act::Contribute { attested: attested.clone(), purposes };
        if self.sign_only.sign(globals, &pool, &key, act).await? {
            return bundle.finish();
        }
        let receipt = send(&pool, &key, &attested, purposes, bundle).await?;
        let number = receipt.event::<Attested>()?.number;
        globals.say_done(
            format!(
                "You are member {number} with a weight of {} points, for {}.\n\
                 Give {} to the custodian, who alone can open it.",
                attested.weight,
                purposes::words(&pool, purposes),
                path.display()
            ),
            &receipt,
            json!({ "number": number, "weight": attested.weight, "purposes": purposes,
                    "commitment": attested.commitment, "bundle": path, "address": attested.member }),
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
        let now = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
        let Summary {
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
            "weight": weight, "rule": rule, "commitment": commitment, "leaves": leaves,
            "dropped_fields": dropped_fields,
        });
        let note = if named { "" } else { "\n(The commitment depends on your key: name your key to see yours.)" };
        globals.say(
            format!(
                "{rows} rows were read; {kept} of them are music you listened to, on {days} days from {first_day} to \
                 {last_day}.\n\
                 Not counted: {} podcast, {} audiobook and {} video rows, {} without a track, {} duplicates.\n\
                 Weight {weight} points (rule {rule}), commitment {commitment} over {leaves} rows.\n\
                 These fields are dropped and stay on this machine: {}.\n\
                 The account's name would go to the attesters, encrypted, and to nobody else.\n\
                 Nothing was sent.{note}",
                skipped.podcast,
                skipped.audiobook,
                skipped.video,
                skipped.null_track,
                skipped.duplicate,
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
        out: &Path,
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

    async fn attested(&self, pool: &Pool, key: &Key, prepared: &Prepared) -> anyhow::Result<SignedAttestation> {
        if !self.signed.is_empty() {
            let signed = self.signed.iter().map(|path| read_json(path)).collect::<anyhow::Result<Vec<_>>>()?;
            return SignedAttestation::combine(signed);
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

/// Contributes, and gives the bundle its name once the chain has accepted the contribution.
///
/// A contribution that is refused leaves no bundle behind. If nobody knows what became of it, the bundle stays under
/// its temporary name, because the pool may need it.
async fn send(
    pool: &Pool,
    key: &Key,
    attested: &SignedAttestation,
    purposes: u16,
    mut bundle: Unfinished,
) -> anyhow::Result<Receipt> {
    bundle.keep_if_interrupted();
    match actions::attest(pool, key, attested, purposes).await {
        Ok(receipt) => {
            bundle.finish()?;
            Ok(receipt)
        }
        Err(error) if outcome_is_unknown(&error) => {
            let kept = bundle.keep_unfinished();
            Err(error.context(format!(
                "nobody knows whether you contributed. Run `chorus status --member {}`: if your contribution is there, \
                 give {} to the custodian; if it is not, delete that file and contribute again",
                key.address(),
                kept.display()
            )))
        }
        Err(error) => {
            bundle.remove();
            Err(error)
        }
    }
}

/// Whether a transaction that failed like this may have been carried out all the same.
fn outcome_is_unknown(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<Error>(), Some(Error::Timeout { .. } | Error::Node { .. }))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} does not hold what it should", path.display()))
}
