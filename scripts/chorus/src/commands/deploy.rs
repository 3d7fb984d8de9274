//! `chorus deploy`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use chorus::{
    deploy::{Code, NewPool, deploy},
    powers,
    words::parse_address,
};
use chorus_bindings::Address;
use chorus_client::{keys::KeySource, pool::Pool};
use chorus_core::settings::{DEFAULT_DAILY_WEIGHT_CAP, OfferSettings, ProposalSettings, VotingSettings};
use serde_json::json;

use crate::commands::{Globals, options::Options};

/// Makes a pool: deploys its three contracts and writes the deployment file
///
/// Purposes, addresses and the contracts' code stay for good. Attesters, lists, guardian, periods, fees and quorum can
/// be changed later by a vote of the members and in no other way. The deployer keeps no power over the pool.
#[derive(clap::Args)]
#[command(after_help = "Example for a development chain (it warns that this quorum is too low for a real pool):
  chorus deploy --key //Alice --attester 0x5FbDB2315678afecb367f032d93F642f64180aa3 \\
      --custodian //Charlie --arbiter //Dave --guardian //Eve --purpose 'music research' \\
      --voting-period 60s --opt-out 30s --period-min 10s --ruling 60s --timelock 30s --grace 1d \\
      --cohort-min 1 --quorum-min 1

BPS are hundredths of a percent. `chorus attester keygen` prints the address of an attester.")]
pub(super) struct Deploy {
    #[command(flatten, next_help_heading = "Your key")]
    key: KeySource,
    /// Folder with attestations.polkavm, votes.polkavm and escrow.polkavm instead of the built-in code
    #[arg(long, value_name = "DIR")]
    artifacts: Option<PathBuf>,
    /// Text of a purpose that data may be sold for; up to 16, in order
    #[arg(long = "purpose", value_name = "TEXT", required = true)]
    purposes: Vec<String>,
    /// Signing address of an attester; up to 16
    #[arg(long = "attester", value_name = "ADDRESS", value_parser = parse_address, required = true)]
    attesters: Vec<Address>,
    /// How many attesters must sign a contribution
    #[arg(long, value_name = "N", default_value_t = 1)]
    threshold: u8,
    /// Address of a custodian, who may deliver; several may be given
    #[arg(long = "custodian", value_name = "ADDRESS", value_parser = parse_address, required = true)]
    custodians: Vec<Address>,
    /// Address of an arbiter, who may rule on disputes; several may be given
    #[arg(long = "arbiter", value_name = "ADDRESS", value_parser = parse_address, required = true)]
    arbiters: Vec<Address>,
    /// Address of the guardian, who may pause new offers and new contributions for at most 7 days, not again within 30
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    guardian: Address,
    /// The most new weight in one day, in points
    #[arg(long, value_name = "POINTS", default_value_t = DEFAULT_DAILY_WEIGHT_CAP.0)]
    daily_weight_cap: u64,
    #[command(flatten, next_help_heading = "Voting")]
    voting: Options<VotingSettings>,
    #[command(flatten, next_help_heading = "Offers")]
    offers: Options<OfferSettings>,
    #[command(flatten, next_help_heading = "Proposals")]
    proposals: Options<ProposalSettings>,
}

impl Deploy {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        ensure!(
            !globals.deployment.exists(),
            "{} exists: it names a pool. Give another file with --deployment, or move that one away",
            globals.deployment.display()
        );
        let code = self.artifacts.as_deref().map_or_else(|| Ok(Code::embedded()), Code::from_folder)?;
        let key = self.key.load()?;
        let client = globals.client().await?;
        let new = NewPool {
            purposes: self.purposes,
            attesters: self.attesters,
            threshold: self.threshold,
            daily_weight_cap: self.daily_weight_cap,
            custodians: self.custodians,
            arbiters: self.arbiters,
            guardian: self.guardian,
            voting: self.voting.0,
            offers: self.offers.0,
            proposals: self.proposals.0,
        };
        if !new.is_safe_from_stolen_keys() {
            eprintln!(
                "WARNING: a thief of the attesters' keys can bring in {} points before midnight UTC and as many after \
                 it, and a ballot may pass with {}. For a real pool, set --quorum-min above twice --daily-weight-cap.",
                new.daily_weight_cap, new.voting.quorum_min.0
            );
        }
        let deployment = deploy(&client, &key, code, &new, |contract, address| {
            if !globals.json {
                println!("{:<12} is at {address}", contract.name());
            }
        })
        .await?;
        let file = &globals.deployment;
        std::fs::write(file, serde_json::to_string_pretty(&deployment)? + "\n")
            .with_context(|| format!("the pool was made, but {} cannot be written: {deployment:?}", file.display()))?;
        let block = deployment.block;
        let mut object = json!(deployment);
        let pool = Pool::open(client, deployment).await?;
        let powers = powers::read(&pool, &key).await?;
        object["powers"] = json!(powers);
        globals.say(
            format!(
                "The pool was made in block {block} and is described in {}.\n\
                 Who may do what, as the chain knows it:\n{powers}",
                file.display()
            ),
            object,
        );
        Ok(())
    }
}
