//! One sale from beginning to end, told in lines that a member understands.

use std::{
    io::IsTerminal as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use chorus::{
    actions::{self, Support},
    deploy::NewPool,
    keeper::Done,
};
use chorus_audit::Report;
use chorus_bindings::{B256, Contract, Deployment, U256, escrow};
use chorus_client::record::Tally;
use chorus_core::settings::VotingSettings;
use chorus_indexer::Running;
use indicatif::{ProgressBar, ProgressStyle, WeakProgressBar};
use serde::Serialize;

use crate::stage::{self, Stage, UNIT, Where};

/// How long a ballot stays open on the embedded chain, at least, in seconds: time for a stranger to vote. The play does
/// not wait for its end but moves the chain's clock.
const BALLOT_S: u64 = 15 * 60;

/// What to play.
pub struct Sale {
    /// How many people contribute; at least 1.
    pub members: u32,
    /// On which chain.
    pub place: Where,
    /// Where exports, bundles, the database and the delivery go.
    pub folder: PathBuf,
    /// Whether exports stay there after they were contributed.
    pub keep_exports: bool,
    /// Where the indexer's API listens.
    pub api: SocketAddr,
}

/// What came of it. Amounts are decimal strings in the smallest unit (10^-18).
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// People who took part.
    pub members: u32,
    /// Contributions on chain.
    pub attested: u32,
    /// Votes cast.
    pub voters: u32,
    /// For, in parts of 10,000 of for and against, rounded down.
    pub for_bps: u64,
    /// What the buyer paid.
    pub price: String,
    /// What the members shared.
    pub net: String,
    /// Their shares together.
    pub paid_sum: String,
    /// What rounding left.
    pub residue: String,
    /// Members paid.
    pub payouts: u32,
    /// Blocks from deployment to the end.
    pub blocks: u64,
    /// `ok`, or what the audit found.
    pub audit: String,
}

/// A sale that was played, with its chain and indexer still up.
pub struct Played {
    /// What came of it.
    pub outcome: Outcome,
    /// The audit's report.
    pub report: Report,
    /// The stage.
    pub stage: Stage,
    /// The indexer.
    pub indexer: Running,
}

impl Played {
    /// Ends indexer and chain.
    pub async fn stop(self) {
        self.indexer.stop().await;
        self.stage.strike().await;
    }
}

/// Plays the sale, telling each step to standard error.
pub async fn play(sale: Sale) -> anyhow::Result<Played> {
    ensure!(sale.members >= 1, "a sale needs at least one member");
    let count = sale.members;
    tell(&format!("{count} people who do not exist: their exports are generated for this demonstration."));
    tell(&format!("This takes about {} on two cores.", about(expected(count))));
    let settings = stage::settings(count);
    let settings = match &sale.place {
        Where::Embedded(_) => {
            let voting_period_s = BALLOT_S + settings.voting.voting_period_s;
            NewPool { voting: VotingSettings { voting_period_s, ..settings.voting }, ..settings }
        }
        Where::Node(_) => settings,
    };
    let mut stage = Stage::set(sale.place, settings, &sale.folder).await?;
    if !sale.keep_exports {
        stage.discard_exports();
    }
    if let Some(devnet) = stage.devnet() {
        tell(&devnet.banner());
    }
    let deployment = stage.pool.deployment().clone();
    write_deployment(&sale.folder, &deployment)?;
    tell(&format!(
        "The pool is deployed: attestations {}, votes {}, escrow {}.",
        deployment.attestations, deployment.votes, deployment.escrow
    ));
    tell("The deployer keeps no power over the pool.");
    let indexer = chorus_indexer::start(chorus_indexer::Config {
        node: stage.pool.client().url().to_owned(),
        database: sale.folder.join("chorus.sqlite"),
        listen: sale.api,
        deployment: deployment.clone(),
    })
    .await?;
    tell(&format!("The indexer mirrors the chain at {}/v1/status", indexer.api_url()));

    let bar = progress(count, "contributions attested");
    stage.contribute(count, || bar.inc(1)).await?;
    bar.finish_and_clear();
    let rows: u64 = stage.members.iter().map(|member| member.rows).sum();
    let weight: u64 = stage.members.iter().map(|member| u64::from(member.weight)).sum();
    tell(&format!(
        "{count} members contributed {rows} songs played, of weight {weight} together; two attesters checked each."
    ));

    // An amount that does not divide, so that the residue shows.
    let price = u128::from(count) * 5 * UNIT + 1_234_567_890_000_000;
    let offer = stage.offer(&stage.terms(price)).await?;
    tell(&format!("A buyer offers {}, all in escrow, for purpose 0: {}.", units(price), stage::PURPOSES[0]));
    tell(&format!("The members vote on it as offer {offer}."));

    let voters = (0..count as usize).filter(|index| choice(*index).is_some()).count() as u32;
    let bar = progress(voters, "votes cast");
    stage.vote(offer, choice, || bar.inc(1)).await?;
    bar.finish_and_clear();
    let left = stage.leave(offer, |index| index % 50 == 17).await?;
    let facts = stage.offer_facts(offer).await?.1;
    let Tally { against_votes, for_votes, abstain_votes } = facts.ballot.tally;
    tell(&format!(
        "Weight for {for_votes}, against {against_votes}, abstaining {abstain_votes}; {left} members leave all the \
         same."
    ));

    stage.pass(facts.conditions.opt_out_ends + 1).await?;
    let done = stage.keep(|_, _| {}).await?;
    ensure!(done == [Done::Sealed { offer }], "sealing the sale did {done:?}");
    let facts = stage.offer_facts(offer).await?.1;
    let (_, sealed) = facts.sealed.context("the sale was not sealed")?;
    ensure!(sealed.outcome == 1, "the sale came to outcome {} instead of being sealed", sealed.outcome);
    tell(&format!("The vote passed and the window for leaving is over: {} members are in.", sealed.members));

    let file = stage.deliver(offer, bar_of("members delivered")).await?;
    tell("The custodian delivered.");
    let rows = stage.check_delivery(offer, &file, bar_of("members checked by the buyer")).await?;
    tell(&format!("The buyer checked each of {rows} rows of day, track and artist against the chain."));
    actions::accept(&stage.pool, &stage.officers.buyer, offer).await?;
    tell("The buyer accepted. The price is divided now.");

    pay_out(&stage, offer, sealed.members).await?;

    let (record, facts) = stage.offer_facts(offer).await?;
    let attested = u32::try_from(record.members.len())?;
    // The audit reads everything for itself: its memory need not be there twice.
    drop(record);
    stage.forget_history().await;
    let (_, paid) = facts.paid.as_ref().context("not every member was settled")?;
    let settlement = stage.pool.view(Contract::Escrow, &escrow::settlementCall { offer }, None).await?;
    tell(&format!(
        "{} members were paid {} together; rounding left {} for the treasury.",
        facts.payouts.len(),
        units(paid.paid_sum),
        units(paid.residue)
    ));
    let head = stage.pool.client().finalized().await?;
    indexer.reached(head.number).await?;
    let bar = progress(0, "blocks audited");
    let options = chorus_audit::Options { api: Some(indexer.api_url()), ..chorus_audit::Options::default() };
    let report = chorus_audit::run(&stage.pool, &options, |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    });
    let report = report.await?;
    bar.finish_and_clear();
    let for_bps = if for_votes.is_zero() {
        0
    } else {
        (for_votes * U256::from(10_000) / (for_votes + against_votes)).to::<u64>()
    };
    let outcome = Outcome {
        members: count,
        attested,
        voters: u32::try_from(facts.ballot.votes.len())?,
        for_bps,
        price: price.to_string(),
        net: settlement.net.to_string(),
        paid_sum: paid.paid_sum.to_string(),
        residue: paid.residue.to_string(),
        payouts: u32::try_from(facts.payouts.len())?,
        blocks: head.number + 1 - deployment.block,
        audit: report.verdict(),
    };
    Ok(Played { outcome, report, stage, indexer })
}

/// One member claims by themselves, to another account; a keeper settles everybody else for the tips.
async fn pay_out(stage: &Stage, offer: B256, members: u32) -> anyhow::Result<()> {
    if members > 1 {
        let other = stage.officers.deployer.address();
        actions::claim(&stage.pool, &stage.members[0].key, offer, other).await?;
        tell("One member claimed their share to another account of theirs, without waiting.");
    }
    let bar = progress(members, "members settled");
    let settled = AtomicU32::new(0);
    stage
        .keep(|done, of| {
            bar.set_length(of.into());
            bar.set_position(done.into());
            settled.store(done, Ordering::Relaxed);
        })
        .await?;
    bar.finish_and_clear();
    let keeper = &stage.officers.keeper;
    let tips = actions::credit_of(&stage.pool, actions::NATIVE, keeper.address(), None).await?;
    if tips > 0 {
        actions::withdraw_credit(&stage.pool, keeper, actions::NATIVE, keeper.address()).await?;
        tell(&format!("A keeper settled {} members and earned {} in tips.", settled.into_inner(), units(tips)));
    }
    Ok(())
}

/// How generated member `index` votes: one in ten does not, some are against, some abstain; in a tiny pool all are for.
fn choice(index: usize) -> Option<Support> {
    match index {
        index if index % 10 == 9 => None,
        index if index % 20 == 7 => Some(Support::Against),
        index if index % 20 == 13 => Some(Support::Abstain),
        _ => Some(Support::For),
    }
}

fn write_deployment(folder: &Path, deployment: &Deployment) -> anyhow::Result<()> {
    let path = folder.join("chorus.json");
    std::fs::write(&path, serde_json::to_string_pretty(deployment)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// How long a play of so many members takes on two cores without other work.
fn expected(members: u32) -> Duration {
    Duration::from_secs(5) + Duration::from_millis(70) * members
}

/// A duration in words.
fn about(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..100 => format!("{seconds} seconds"),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// An amount in units, with the decimals it has.
fn units(amount: u128) -> String {
    let (whole, part) = (amount / UNIT, amount % UNIT);
    let decimals = format!("{part:018}");
    match decimals.trim_end_matches('0') {
        "" => format!("{whole} units"),
        some => format!("{whole}.{some} units"),
    }
}

/// Narration goes to standard error, with the time since its beginning; standard output is for the result.
pub fn tell(line: &str) {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let seconds = BEGUN.get_or_init(Instant::now).elapsed().as_secs();
    eprintln!("{:>3}:{:02} · {line}", seconds / 60, seconds % 60);
}

/// A bar for work that says how much of how much is done, and how much time is left; where there is no terminal to draw
/// it on, a line a minute says so.
fn progress(length: u32, what: &str) -> ProgressBar {
    let template = "       {bar:32} {human_pos}/{human_len} {msg}, {eta} left";
    let style = ProgressStyle::with_template(template).expect("a fixed template");
    let bar = ProgressBar::new(length.into()).with_style(style).with_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(250));
    if !std::io::stderr().is_terminal() {
        tokio::spawn(tell_each_minute(bar.downgrade()));
    }
    bar
}

/// Says how far the work of a bar is, until it is done or given up.
async fn tell_each_minute(bar: WeakProgressBar) {
    loop {
        tokio::time::sleep(Duration::from_secs(60)).await;
        let Some(bar) = bar.upgrade().filter(|bar| !bar.is_finished()) else { return };
        // A bar without a length belongs to work that has not begun.
        if let Some(of) = bar.length().filter(|of| *of > 0) {
            tell(&format!("… {} of {of} {}, {} left", bar.position(), bar.message(), about(bar.eta())));
        }
    }
}

/// The same, for work that tells itself how much there is.
fn bar_of(what: &str) -> impl FnMut(u32, u32) + Send + 'static {
    let bar = progress(0, what);
    move |done, of| {
        bar.set_length(of.into());
        bar.set_position(done.into());
        if done == of {
            bar.finish_and_clear();
        }
    }
}
