//! What a custodian does: `deliver`; and `keygen` for custodians and buyers.

use std::path::PathBuf;

use age::secrecy::ExposeSecret as _;
use anyhow::{Context as _, ensure};
use chorus::custody::{self, Bundles};
use chorus::{actions, attester, keys};
use chorus_bindings::B256;
use chorus_client::keys::KeySource;
use chorus_client::record::Record;
use chorus_contribution::FieldList;
use chorus_core::offer::Status;
use serde_json::json;

use super::Globals;
use super::args::hash;
use super::status;

/// Delivers a sale: the allowed fields of exactly the members in it, encrypted to the buyer
///
/// Members who left, or whose contribution does not allow the purpose, are not in it. Their number and commitment are
/// recomputed from the chain, so that anyone can check the manifest.
#[derive(clap::Args)]
#[command(after_help = "Example:
  chorus deliver 0x5c1f… --bundles bundles/ --identity custodian.age --buyer-key age1… \\
      --fields day,track,artist,ms_played --out delivery.age --key-file custodian.key")]
pub(super) struct Deliver {
    /// The offer's id
    #[arg(value_parser = hash)]
    offer: B256,
    /// Folder with the members' bundles (*.bundle)
    #[arg(long, value_name = "DIR")]
    bundles: PathBuf,
    /// File with your age identity, which the bundles are encrypted to
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The buyer's age recipient
    #[arg(long, value_name = "age1…")]
    buyer_key: String,
    /// Fields that the offer names
    #[arg(long, value_name = "NAMES")]
    fields: FieldList,
    /// Where to write the encrypted delivery; send it to the buyer
    #[arg(long, value_name = "FILE", default_value = "delivery.age")]
    out: PathBuf,
    #[command(flatten)]
    key: KeySource,
}

impl Deliver {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let key = self.key.load()?;
        let identity = custody::read_identity(&self.identity)?;
        let buyer = attester::recipient(&self.buyer_key)?;
        let pool = globals.pool().await?;
        let history = globals.history(&pool).await?;
        let record = Record::replay(&history);
        let offer = status::find(&record, self.offer)?;
        // Said before the long work, not after it: the contract would refuse a delivery at any other time.
        let (code, _, status) = status::status_of(&pool, &history, self.offer).await?;
        ensure!(code == Status::Sealed.code(), "there is nothing to deliver now: {status}");
        let bundles = Bundles::in_folder(&self.bundles, identity)?;
        let bar = globals.bar("Assembling");
        let progress = |done: u32, of: u32| {
            bar.set_length(of.into());
            bar.set_position(done.into());
        };
        let delivered = custody::assemble(&record, offer, &self.fields, &bundles, &buyer, &self.out, progress);
        bar.finish_and_clear();
        let delivered = delivered?;
        let manifest = self.out.with_extension("manifest.json");
        let members: Vec<_> = custody::members(&record, offer)?
            .iter()
            .map(|member| json!({ "number": member.number, "commitment": B256::from(member.commitment) }))
            .collect();
        std::fs::write(&manifest, json!({ "offer": self.offer, "members": members }).to_string())
            .with_context(|| format!("cannot write {}", manifest.display()))?;
        let (bundle_hash, manifest_root) = (B256::from(delivered.bundle_hash.0), B256::from(delivered.manifest_root.0));
        let receipt = actions::deliver(&pool, &key, self.offer, bundle_hash, manifest_root).await?;
        globals.say_done(
            format!(
                "{} rows of {} members are in {}: send it to the buyer, who alone can open it.\nThe manifest is in {}: anyone may see it.",
                delivered.rows,
                delivered.members,
                self.out.display(),
                manifest.display()
            ),
            &receipt,
            json!({ "offer": self.offer, "members": delivered.members, "rows": delivered.rows, "file": self.out, "manifest": manifest,
                    "bundle_hash": bundle_hash, "manifest_root": manifest_root }),
        );
        Ok(())
    }
}

/// Makes an age identity, to which a custodian's bundles or a buyer's delivery are encrypted
#[derive(clap::Args)]
#[command(after_help = "Example:\n  chorus keygen --out buyer.age      prints the recipient (age1…) to give to others")]
pub(super) struct Keygen {
    /// New file for the identity; only you may read it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Keygen {
    pub(super) fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let identity = age::x25519::Identity::generate();
        let recipient = identity.to_public().to_string();
        keys::write_secret(&self.out, identity.to_string().expose_secret())?;
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
