//! `chorus status`: the pool, an offer, or a member, in words.

use std::collections::{BTreeMap, btree_map::Entry};

use anyhow::Context as _;
use chorus::{
    actions::{self, NATIVE, Status},
    amount::{self, Currency},
    words::{duration, moment, parse_address},
};
use chorus_bindings::{Address, B256};
use chorus_client::{
    pool::Pool,
    record::{History, Offer, Record, Tally},
};
use serde_json::{Value, json};

use crate::commands::{Globals, args::hash, lookup, purposes};

/// Shows the pool, an offer, or a member
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  chorus status\n  chorus status --offer 0x5c1f…\n  chorus status --member //Alice")]
pub(super) struct Show {
    /// Shows one offer, where it stands and what is due next
    #[arg(long, value_name = "ID", value_parser = hash, conflicts_with = "member")]
    offer: Option<B256>,
    /// Shows one member
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    member: Option<Address>,
}

impl Show {
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

/// What is due next in an offer.
struct Next {
    /// Who can do it; nobody when the offer has come to its end.
    who: Option<(&'static str, Option<Address>)>,
    /// What they do.
    what: &'static str,
    /// Until when they can do it, in unix seconds, if there is an end.
    until: Option<u64>,
    /// What happens otherwise.
    otherwise: &'static str,
}

impl Next {
    fn of(offer: &Offer, status: Status) -> Self {
        let (made, terms) = (&offer.made, &offer.conditions);
        let delivered = offer.delivered.as_ref().map(|(_, delivered)| delivered);
        let next = |who, address, what, until, otherwise| Self { who: Some((who, address)), what, until, otherwise };
        match status {
            Status::Voting => next("members", None, "vote: `chorus vote`", Some(terms.voting_ends), ""),
            Status::OptOut => next("members", None, "may leave: `chorus leave`", Some(terms.opt_out_ends), ""),
            Status::AwaitingSeal => next("anyone", None, "seals the outcome: `chorus seal`", None, ""),
            Status::Refundable => next("anyone", None, "gives the price back: `chorus refund`", None, ""),
            Status::Refunded => {
                next("the buyer", Some(made.buyer), "takes the price, if not yet: `chorus withdraw-credit`", None, "")
            }
            Status::Sealed => next(
                "the custodian",
                Some(made.custodian),
                "delivers: `chorus deliver`",
                Some(terms.delivery_ends),
                "otherwise the price goes back",
            ),
            Status::Delivered => next(
                "the buyer",
                Some(made.buyer),
                "accepts or disputes: `chorus accept`, `chorus dispute`",
                delivered.map(|delivered| delivered.dispute_ends),
                "otherwise it counts as accepted",
            ),
            Status::Disputed => next(
                "the arbiter",
                Some(made.arbiter),
                "rules: `chorus rule`",
                delivered.map(|delivered| delivered.ruling_ends),
                "otherwise it counts as accepted",
            ),
            Status::Settling => next(
                "anyone",
                None,
                "pays the members: `chorus keeper`, or `chorus claim` for one's own share",
                None,
                "",
            ),
            Status::Paid => Self { who: None, what: "", until: None, otherwise: "" },
        }
    }

    fn words(&self, now: u64) -> String {
        let Some((who, address)) = self.who else { return "nothing: every member is paid".to_owned() };
        let address = address.map(|address| format!(" {address}")).unwrap_or_default();
        let until = self.until.map(|until| format!(", {}", left(until, now))).unwrap_or_default();
        let otherwise = if self.otherwise.is_empty() { "" } else { "; " };
        format!("{who}{address} {}{until}{otherwise}{}", self.what, self.otherwise)
    }

    fn json(&self) -> Value {
        let Some((who, address)) = self.who else { return Value::Null };
        json!({ "who": who.trim_start_matches("the "), "address": address, "until": self.until })
    }
}

/// How long a period still lasts: it ends with the second `until`.
fn left(until: u64, now: u64) -> String {
    match until.checked_sub(now) {
        Some(seconds) => format!("for {} more, until {}", duration(seconds), moment(until)),
        None => format!("over since {}", moment(until)),
    }
}

/// How the currencies of a pool's offers are written, native money among them.
async fn currencies(pool: &Pool, record: &Record) -> anyhow::Result<BTreeMap<Address, Currency>> {
    let mut currencies = BTreeMap::from([(NATIVE, Currency::native())]);
    for offer in record.offers.values() {
        if let Entry::Vacant(place) = currencies.entry(offer.made.currency) {
            place.insert(Currency::of(pool.client(), offer.made.currency).await?);
        }
    }
    Ok(currencies)
}

async fn show_pool(globals: &Globals, pool: &Pool, history: &History, record: &Record) -> anyhow::Result<()> {
    let members = record.members.values().filter(|member| member.contribution.is_some());
    let (count, weight) = members.fold((0u32, 0u64), |(count, weight), m| (count + 1, weight + u64::from(m.weight())));
    let deployment = pool.deployment();
    let mut words = format!(
        "Pool on {} (chain {}), as of block {}, {}\n  attestations {}\n  votes        {}\n  escrow       {}\n\
         {count} members with {weight} points\nPurposes\n",
        pool.client().url(),
        deployment.chain_id,
        history.until.number,
        moment(history.time_s),
        deployment.attestations,
        deployment.votes,
        deployment.escrow,
    );
    for (number, text) in deployment.purposes.iter().enumerate() {
        words += &format!("  {number}  {text}\n");
    }
    if let Some(settings) = &record.settings {
        words += &format!(
            "An offer pays {} to be listed and must bring the members at least {} for a million points.\n\
             Of each price, {} bps go to the treasury and {} bps to keepers. A sale has at least {} members.\n",
            amount::show(settings.listing_fee),
            amount::show(settings.reserve_per_million),
            settings.fee_bps,
            settings.tip_bps,
            settings.cohort_min,
        );
    }
    let currencies = currencies(pool, record).await?;
    let treasury = credits(record, &currencies, NATIVE);
    words += &format!("The treasury holds {}.\nOffers\n", written(&treasury));
    let mut offers = Vec::new();
    for id in &record.order {
        let offer = lookup::offer(record, *id)?;
        let status = actions::status_of(pool, *id, Some(history.until.hash)).await?;
        let next = Next::of(offer, status);
        words += &format!(
            "  {id}  {} for “{}”\n    {}; next: {}\n",
            currencies[&offer.made.currency].show(offer.made.price),
            pool.purpose_text(offer.made.purpose),
            status.phrase(),
            next.words(history.time_s),
        );
        let (currency, price) = (offer.made.currency, offer.made.price.to_string());
        offers.push(json!({
            "offer": id, "currency": currency, "price": price, "status": status.name(), "next": next.json(),
        }));
    }
    if record.order.is_empty() {
        words += "  none yet\n";
    }
    let object = json!({
        "block": history.until.number, "deployment": deployment, "members": count, "weight": weight,
        "treasury": as_json(&treasury), "offers": offers,
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
    let offer = lookup::offer(record, id)?;
    let status = actions::status_of(pool, id, Some(history.until.hash)).await?;
    let next = Next::of(offer, status);
    let (weight, members) = record.sale_of(offer).map(|sale| sale.totals()).unwrap_or_default();
    let Tally { against_votes, for_votes, abstain_votes } = offer.ballot.tally;
    let currency = Currency::of(pool.client(), offer.made.currency).await?;
    let terms = &offer.conditions;
    let mut words = format!(
        "Offer {id}\n  {}\n  {} for “{}”, by {}\n  sale {}: {members} members with {weight} points\n  \
         votes: {for_votes} for, {against_votes} against, {abstain_votes} abstain; quorum {} of {}\n  \
         voting: {}\n  leaving: {}",
        status.phrase(),
        currency.show(offer.made.price),
        pool.purpose_text(offer.made.purpose),
        offer.made.buyer,
        terms.sale,
        offer.ballot.quorum,
        offer.ballot.supply,
        left(terms.voting_ends, history.time_s),
        left(terms.opt_out_ends, history.time_s),
    );
    if let Some((at, delivered)) = &offer.delivered {
        words += &format!(
            "\n  delivered in block {}: bundle {}, manifest {}",
            at.block, delivered.bundle_hash, delivered.manifest_root
        );
    }
    let paid_sum: u128 = offer.payouts.iter().map(|(_, paid)| paid.share).sum();
    if !offer.payouts.is_empty() {
        words += &format!("\n  {} of {members} members paid, {} in all", offer.payouts.len(), currency.show(paid_sum));
    }
    words += &format!("\n  next: {}", next.words(history.time_s));
    let object = json!({
        "offer": id, "status": status.name(), "status_code": status.code(), "next": next.json(),
        "buyer": offer.made.buyer, "custodian": offer.made.custodian, "arbiter": offer.made.arbiter,
        "currency": currency.address, "price": offer.made.price.to_string(),
        "purpose": offer.made.purpose, "sale": terms.sale, "members": members, "weight": weight,
        "for": for_votes.to_string(), "against": against_votes.to_string(),
        "abstain": abstain_votes.to_string(),
        "voting_ends": terms.voting_ends, "opt_out_ends": terms.opt_out_ends, "delivery_ends": terms.delivery_ends,
        "settled": offer.payouts.len(), "paid_sum": paid_sum.to_string(), "block": history.until.number,
    });
    globals.say(words, object);
    Ok(())
}

/// What an owner can take, in each currency in which there is something.
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
    let number = record.numbers.get(&address).with_context(|| format!("{address} is not a member of this pool"))?;
    let member = record.members.get(number).context("the chain's events give this member a number but no record")?;
    let mut words = match member.weight() {
        0 => format!("Member {number} ({address}) has withdrawn"),
        weight => {
            let purposes = purposes::words(pool, member.purposes());
            format!("Member {number} ({address}) with {weight} points, for {purposes}")
        }
    };
    let mut shares: Vec<Value> = Vec::new();
    for id in &record.order {
        let offer = lookup::offer(record, *id)?;
        let Some(part) = record.sale_of(offer).and_then(|sale| sale.members.get(number)) else { continue };
        let paid = offer.payouts.iter().find(|(_, paid)| paid.number == *number).map(|(_, paid)| paid.share);
        words += &match (part.left, paid) {
            (Some(_), _) => format!("\n  left the sale of offer {id}"),
            (None, Some(share)) => format!("\n  got {} from offer {id}", currencies[&offer.made.currency].show(share)),
            (None, None) => format!("\n  is in the sale of offer {id} with {} points", part.weight),
        };
        shares.push(json!({
            "offer": id, "weight": part.weight, "left": part.left.is_some(),
            "share": paid.map(|share| share.to_string()),
        }));
    }
    let credits = credits(record, &currencies, address);
    if !credits.is_empty() {
        words += &format!("\n  can take a credit of {}", written(&credits));
    }
    let object = json!({
        "member": address, "number": number, "weight": member.weight(), "purposes": member.purposes(),
        "credits": as_json(&credits), "sales": shares,
    });
    globals.say(words, object);
    Ok(())
}
