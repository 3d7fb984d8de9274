//! What a custodian does: `deliver`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use chorus::{
    actions::{self, Status},
    attester,
    custody::{self, Bundles},
};
use chorus_bindings::B256;
use chorus_client::{keys::KeySource, record::Record};
use chorus_contribution::FieldList;
use serde_json::json;

use crate::commands::{Globals, args::hash, lookup, refusals::Wanted};

/// Delivers a sale: the allowed fields of exactly the members in it, encrypted to the buyer
///
/// Members who left, or whose contribution does not allow the purpose, are not in it. The members' numbers and
/// commitments are recomputed from the chain, so that anyone can check the manifest.
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
    /// File with your age identity, to which the bundles are encrypted
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// The buyer's age recipient
    #[arg(long, value_name = "age1…")]
    buyer_key: String,
    /// Names of the fields in the offer
    #[arg(long, value_name = "NAMES")]
    fields: FieldList,
    /// Where to write the encrypted delivery, for the buyer
    #[arg(long, value_name = "FILE", default_value = "delivery.age")]
    out: PathBuf,
    #[command(flatten, next_help_heading = "Your key")]
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
        let offer = lookup::offer(&record, self.offer)?;
        // The contract would refuse a delivery at any other time, so say it before the long work and not after it.
        let status = actions::status_of(&pool, self.offer, Some(history.until.hash)).await?;
        ensure!(status == Status::Sealed, Wanted::Deliver.in_status(status));
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
        let sent = actions::deliver(&pool, &key, self.offer, bundle_hash, manifest_root).await;
        let receipt = sent.map_err(|error| Wanted::Deliver.refused(error))?;
        globals.say_done(
            format!(
                "{} rows of {} members are in {}: send it to the buyer, who alone can open it.\n\
                 The manifest is in {}, and anyone may see it.",
                delivered.rows,
                delivered.members,
                self.out.display(),
                manifest.display()
            ),
            &receipt,
            json!({ "offer": self.offer, "members": delivered.members, "rows": delivered.rows, "file": self.out,
                    "manifest": manifest, "bundle_hash": bundle_hash, "manifest_root": manifest_root }),
        );
        Ok(())
    }
}
