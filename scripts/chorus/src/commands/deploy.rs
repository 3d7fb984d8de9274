//! `chorus deploy`.

use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use chorus::{
    amount,
    deploy::{Code, Settings, deploy},
    powers,
    words::{parse_address, parse_seconds},
};
use chorus_bindings::Address;
use chorus_client::{keys::KeySource, pool::Pool};
use serde_json::json;

use crate::commands::Globals;

/// Makes a pool: deploys its three contracts and writes the deployment file
///
/// Purposes, addresses and the contracts' code stay for good. Attesters, lists, guardian, periods, fees and quorum can
/// be changed later by a vote of the members and in no other way. The deployer keeps no power over the pool.
#[derive(clap::Args)]
#[command(after_help = "Example for a development chain (it warns that this quorum is too low for a real pool):
  chorus deploy --key //Alice --attester 0x5FbDB2315678afecb367f032d93F642f64180aa3 \\
      --custodian //Charlie --arbiter //Dave --guardian //Eve --purpose 'music research' \\
      --voting 60s --opt-out 30s --period-min 10s --ruling 60s --timelock 30s --grace 1d --cohort-min 1 --quorum-min 1

`chorus attester keygen` prints the address of an attester.")]
pub(super) struct Deploy {
    #[command(flatten)]
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
    #[arg(long, value_name = "POINTS", default_value_t = 100_000_000)]
    daily_weight_cap: u64,
    /// How long members vote on an offer
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "7d")]
    voting: u64,
    /// How long they may leave a sale after that
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "3d")]
    opt_out: u64,
    /// Shortest delivery and dispute period that an offer may name
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "3d")]
    period_min: u64,
    /// Longest delivery and dispute period that an offer may name
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "30d")]
    period_max: u64,
    /// How long the arbiter has to rule on a dispute
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "14d")]
    ruling: u64,
    /// Part of all votes that must be cast for or abstain, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 1_000)]
    quorum_bps: u16,
    /// Points that must be cast for or abstain at least, more than twice --daily-weight-cap: neither the first members
    /// nor a thief of the attesters' keys can then decide alone
    #[arg(long, value_name = "POINTS")]
    quorum_min: u64,
    /// Part of the votes for and against that those for must exceed, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 5_000)]
    approval_bps: u16,
    /// Part of all votes that somebody needs to propose a change of these settings, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 100)]
    proposal_threshold_bps: u16,
    /// How long a change waits after it has passed, so that members can leave
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "3d")]
    timelock: u64,
    /// How long it can be executed after that
    #[arg(long, value_name = "TIME", value_parser = parse_seconds, default_value = "14d")]
    grace: u64,
    /// What every offer pays to the treasury; it is never returned
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse, default_value = "1")]
    listing_fee: u128,
    /// Lowest price for a million points of weight, net of fee and tips
    #[arg(long, value_name = "AMOUNT", value_parser = amount::parse, default_value = "1")]
    reserve_per_million: u128,
    /// The treasury's part of what is paid, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 500)]
    fee_bps: u16,
    /// The keepers' part of what is paid, in hundredths of a percent
    #[arg(long, value_name = "BPS", default_value_t = 100)]
    tip_bps: u16,
    /// The fewest members that a sale may have
    #[arg(long, value_name = "N", default_value_t = 50)]
    cohort_min: u32,
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
        let settings = Settings {
            purposes: self.purposes,
            attesters: self.attesters,
            threshold: self.threshold,
            daily_weight_cap: self.daily_weight_cap,
            custodians: self.custodians,
            arbiters: self.arbiters,
            guardian: self.guardian,
            voting_period_s: self.voting,
            quorum_bps: self.quorum_bps,
            quorum_min: self.quorum_min,
            approval_bps: self.approval_bps,
            proposal_threshold_bps: self.proposal_threshold_bps,
            timelock_s: self.timelock,
            grace_s: self.grace,
            listing_fee: self.listing_fee,
            reserve_per_million: self.reserve_per_million,
            fee_bps: self.fee_bps,
            tip_bps: self.tip_bps,
            cohort_min: self.cohort_min,
            opt_out_s: self.opt_out,
            period_min_s: self.period_min,
            period_max_s: self.period_max,
            ruling_s: self.ruling,
        };
        if !settings.is_safe_from_stolen_keys() {
            eprintln!(
                "WARNING: a thief of the attesters' keys can bring in {} points before midnight UTC and as many after \
                 it, and a ballot may pass with {}. For a real pool, set --quorum-min above twice --daily-weight-cap.",
                settings.daily_weight_cap, settings.quorum_min
            );
        }
        let deployment = deploy(&client, &key, code, &settings, |contract, address| {
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
