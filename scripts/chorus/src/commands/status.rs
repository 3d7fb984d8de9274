//! `chorus status`: the pool, an offer, or a member, in words.

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::Context as _;
use chorus::amount::{self, Currency};
use chorus_bindings::{Address, B256, Contract, escrow};
use chorus_client::{pool::Pool, record::{History, Offer, Record}};
use chorus_core::names::Status as OfferStatus;
use serde_json::{Value, json};

use super::{Globals, args::{address, hash}, member::purpose_words};

/// Shows the pool, an offer, or a member
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  chorus status\n  chorus status --offer 0x5c1f…\n  chorus status --member //Alice")]
pub(super) struct Status {
    /// One offer
    #[arg(long, value_name = "ID", value_parser = hash, conflicts_with = "member")]
    offer: Option<B256>,
    /// One member
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    member: Option<Address>,
}

impl Status {
    pub(super) async fn run(self, globals: &Globals) -> anyhow::Result<()> {
        let pool = globals.pool().await?;
        let history = globals.history(&pool).await?;
        let record = Record::replay(&history);
        match (self.offer, self.member) {
            (Some(offer), _) => show_offer(globals, &pool, &history, &record, offer).await,
            (None, Some(member)) => show_member(globals, &pool, &record, member).await,
            (None, None) => show_pool(globals, &pool, &history, &record).await,
        }
    }
}

/// The offer of an id.
pub(super) fn find(record: &Record, offer: B256) -> anyhow::Result<&Offer> {
    record
        .offers
        .get(&offer)
        .with_context(|| format!("there is no offer {offer} in this pool: `chorus status` lists them"))
}

/// How the currencies of a pool's offers are written, native money among them.
async fn currencies(pool: &Pool, record: &Record) -> anyhow::Result<BTreeMap<Address, Currency>> {
    let mut currencies = BTreeMap::from([(Address::ZERO, Currency::native())]);
    for offer in record.offers.values() {
        if let Entry::Vacant(place) = currencies.entry(offer.made.currency) {
            place.insert(Currency::of(pool.client(), offer.made.currency).await?);
        }
    }
    Ok(currencies)
}

/// The number of an offer's sale.
pub(super) async fn sale_of(globals: &Globals, pool: &Pool, offer: B256) -> anyhow::Result<u32> {
    Ok(find(&globals.record(pool).await?, offer)?.terms.sale)
}

/// Where an offer stands: its code, its name, and what happens next.
pub(super) async fn status_of(
    pool: &Pool,
    history: &History,
    offer: B256,
) -> anyhow::Result<(u8, &'static str, &'static str)> {
    let code = pool.view(Contract::Escrow, &escrow::statusCall { offer }, Some(history.until.hash)).await?;
    let Some(status) = OfferStatus::from_code(code) else { return Ok((code, "unknown", "unknown")) };
    let words = match status {
        OfferStatus::Voting => "members vote",
        OfferStatus::OptOut => "members may leave",
        OfferStatus::AwaitingSeal => "anyone may seal it",
        OfferStatus::Refundable => "the price can go back to the buyer",
        OfferStatus::Refunded => "the price went back to the buyer",
        OfferStatus::Sealed => "the custodian delivers",
        OfferStatus::Delivered => "the buyer accepts or disputes",
        OfferStatus::Disputed => "the arbiter rules",
        OfferStatus::Settling => "members are being paid",
        OfferStatus::Paid => "every member is paid",
    };
    Ok((code, status.name(), words))
}

async fn show_pool(globals: &Globals, pool: &Pool, history: &History, record: &Record) -> anyhow::Result<()> {
    let members = record.members.values().filter(|member| member.weight > 0);
    let (count, weight) = members.fold((0u32, 0u64), |(count, weight), m| (count + 1, weight + u64::from(m.weight)));
    let deployment = pool.deployment();
    let mut words = format!(
        "Pool on {} (chain {}), as of block {}\n  attestations {}\n  votes        {}\n  escrow       {}\n{count} members with {weight} points\nPurposes\n",
        pool.client().url(),
        deployment.chain_id,
        history.until.number,
        deployment.attestations,
        deployment.votes,
        deployment.escrow,
    );
    for (number, text) in deployment.purposes.iter().enumerate() {
        words += &format!("  {number}  {text}\n");
    }
    if let Some(settings) = &record.settings {
        words += &format!(
            "An offer pays {} to be listed, and at least {} net for a million points; fee {} bps, tips {} bps, at least {} members\n",
            amount::show(settings.listing_fee),
            amount::show(settings.reserve_per_million),
            settings.fee_bps,
            settings.tip_bps,
            settings.cohort_min,
        );
    }
    let currencies = currencies(pool, record).await?;
    let credits = |owner| credits(record, &currencies, owner);
    words += &format!("The treasury holds {}\nOffers\n", written(&credits(Address::ZERO)));
    let mut offers = Vec::new();
    for id in &record.order {
        let offer = find(record, *id)?;
        let (_, name, status) = status_of(pool, history, *id).await?;
        words += &format!(
            "  {id}  {} for “{}”: {status}\n",
            currencies[&offer.made.currency].show(offer.made.price),
            pool.purpose_text(offer.made.purpose)
        );
        let (currency, price) = (offer.made.currency, offer.made.price.to_string());
        offers.push(json!({ "offer": id, "currency": currency, "price": price, "status": name }));
    }
    if record.order.is_empty() {
        words += "  none yet\n";
    }
    let object = json!({
        "block": history.until.number, "deployment": deployment, "members": count, "weight": weight,
        "treasury": as_json(&credits(Address::ZERO)), "offers": offers,
    });
    globals.say(words.trim_end(), object);
    Ok(())
}

async fn show_offer(
    globals: &Globals,
    pool: &Pool,
    history: &History,
    record: &Record,
    id: B256,
) -> anyhow::Result<()> {
    let offer = find(record, id)?;
    let (code, name, status) = status_of(pool, history, id).await?;
    let (weight, members) = record.sale_of(offer).map(|sale| sale.totals()).unwrap_or_default();
    let [against, yes, abstain] = offer.ballot.tally;
    let currency = Currency::of(pool.client(), offer.made.currency).await?;
    let left = |until: u64| match until.checked_sub(history.time_s) {
        Some(seconds) => format!("{seconds} s left"),
        None => "over".to_owned(),
    };
    let terms = &offer.terms;
    let mut words = format!(
        "Offer {id}\n  {status}\n  {} for “{}”, by {}\n  sale {}: {members} members with {weight} points\n  \
         votes: {yes} for, {against} against, {abstain} abstain; quorum {} of {}\n  \
         voting {} · leaving {} · delivery {}",
        currency.show(offer.made.price),
        pool.purpose_text(offer.made.purpose),
        offer.made.buyer,
        terms.sale,
        offer.ballot.quorum,
        offer.ballot.supply,
        left(terms.voting_ends),
        left(terms.opt_out_ends),
        left(terms.delivery_ends),
    );
    if let Some((_, delivered)) = &offer.delivered {
        words += &format!("\n  delivered: bundle {}, manifest {}", delivered.bundle_hash, delivered.manifest_root);
    }
    let paid_sum: u128 = offer.payouts.iter().map(|(_, paid)| paid.share).sum();
    if !offer.payouts.is_empty() {
        words += &format!("\n  {} of {members} members paid, {} in all", offer.payouts.len(), currency.show(paid_sum));
    }
    let object = json!({
        "offer": id, "status": name, "status_code": code, "buyer": offer.made.buyer,
        "currency": currency.address, "price": offer.made.price.to_string(),
        "purpose": offer.made.purpose, "sale": terms.sale, "members": members, "weight": weight,
        "for": yes.to_string(), "against": against.to_string(), "abstain": abstain.to_string(),
        "voting_ends": terms.voting_ends, "opt_out_ends": terms.opt_out_ends, "delivery_ends": terms.delivery_ends,
        "settled": offer.payouts.len(), "paid_sum": paid_sum.to_string(), "block": history.until.number,
    });
    globals.say(words, object);
    Ok(())
}

/// What is due to an owner, in each currency in which anything is.
fn credits<'a>(
    record: &Record,
    currencies: &'a BTreeMap<Address, Currency>,
    owner: Address,
) -> Vec<(&'a Currency, u128)> {
    let due = currencies.values().map(|currency| (currency, record.credit(currency.address, owner)));
    due.filter(|(_, amount)| *amount > 0).collect()
}

fn written(amounts: &[(&Currency, u128)]) -> String {
    match amounts {
        [] => "nothing".to_owned(),
        amounts => amounts.iter().map(|(of, amount)| of.show(*amount)).collect::<Vec<_>>().join(" and "),
    }
}

fn as_json(amounts: &[(&Currency, u128)]) -> Value {
    amounts.iter().map(|(of, amount)| json!({ "currency": of.address, "amount": amount.to_string() })).collect()
}

async fn show_member(globals: &Globals, pool: &Pool, record: &Record, address: Address) -> anyhow::Result<()> {
    let currencies = currencies(pool, record).await?;
    let number = record.numbers.get(&address).with_context(|| format!("{address} is no member of this pool"))?;
    let member = record.members.get(number).context("a member without a record")?;
    let mut words = match member.weight {
        0 => format!("Member {number} ({address}) has withdrawn"),
        weight => {
            format!("Member {number} ({address}) with {weight} points, for {}", purpose_words(pool, member.purposes))
        }
    };
    let mut shares: Vec<Value> = Vec::new();
    for id in &record.order {
        let offer = find(record, *id)?;
        let Some(part) = record.sale_of(offer).and_then(|sale| sale.members.get(number)) else { continue };
        let paid = offer.payouts.iter().find(|(_, paid)| paid.number == *number).map(|(_, paid)| paid.share);
        words += &match (part.left, paid) {
            (Some(_), _) => format!("\n  left the sale of offer {id}"),
            (None, Some(share)) => format!("\n  got {} from offer {id}", currencies[&offer.made.currency].show(share)),
            (None, None) => format!("\n  is in the sale of offer {id} with {} points", part.weight),
        };
        shares.push(json!({ "offer": id, "weight": part.weight, "left": part.left.is_some(), "share": paid.map(|share| share.to_string()) }));
    }
    let credits = credits(record, &currencies, address);
    if !credits.is_empty() {
        words += &format!("\n  may take a credit of {}", written(&credits));
    }
    let object = json!({
        "member": address, "number": number, "weight": member.weight, "purposes": member.purposes,
        "credits": as_json(&credits), "sales": shares,
    });
    globals.say(words, object);
    Ok(())
}
