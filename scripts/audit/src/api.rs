//! Compares every row of the indexer's API with what the events say.
//!
//! Rows are expected as JSON, built here from the chain; each field of an expected row must be in the row that the API
//! gives. An answer names the block it shows, and is compared with the record at that block.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use chorus_abi::{Address, B256, Contract, Event, U256, escrow::EscrowEvents};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};

use super::abi;
use super::recount::{division, owed};
use super::report::Check;
use super::rules;
use chorus_client::BlockId;
use chorus_client::pool::Pool;
use chorus_client::record::{At, Ballot, History, Offer, Proposal, Record};

const CONCURRENCY: usize = 16;

/// The block that an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AsOf {
    pub(super) block: u64,
    pub(super) hash: B256,
    pub(super) time_s: u64,
}

#[derive(Deserialize)]
struct Answer {
    as_of: AsOf,
    data: Value,
}

#[derive(Deserialize)]
struct Page {
    as_of: AsOf,
    count: u64,
    items: Vec<Value>,
    next: Option<String>,
}

/// A whole list, and the block that all of it shows.
struct List {
    as_of: AsOf,
    rows: Vec<Value>,
}

/// Everything that the API says, fetched before the chain is read, so that the chain is never behind it.
pub(super) struct Answers {
    dao: Answer,
    members: BTreeMap<Address, Answer>,
    attestations: List,
    offers: List,
    votes: BTreeMap<B256, List>,
    sale_members: BTreeMap<B256, List>,
    proposals: List,
    proposal_votes: BTreeMap<B256, List>,
    payouts: List,
    ledger: List,
    events: List,
    undecoded: usize,
}

struct Api<'a> {
    base: &'a str,
    http: reqwest::Client,
}

impl Api<'_> {
    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await;
        let answer = answer.with_context(|| format!("no indexer answers at {}", self.base))?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "the indexer answers {path} with {status}: {}",
            answer.text().await.unwrap_or_default()
        );
        answer.json().await.with_context(|| format!("the indexer's answer to {path} is not understood"))
    }

    async fn list(&self, path: &str) -> anyhow::Result<List> {
        let Page { as_of, count, items: mut rows, mut next } = self.get(&format!("{path}?limit=1000")).await?;
        while let Some(path) = next {
            let page: Page = self.get(&path).await?;
            ensure!(page.as_of == as_of, "the pages of {path} show different blocks");
            rows.extend(page.items);
            next = page.next;
        }
        ensure!(rows.len() as u64 == count, "{path} announces {count} rows and has {}", rows.len());
        Ok(List { as_of, rows })
    }
}

/// Reads the whole API.
pub(super) async fn fetch(base: &str) -> anyhow::Result<Answers> {
    let base = base.trim_end_matches('/');
    let api = &Api { base, http: reqwest::Client::new() };
    let attestations = api.list("/v1/attestations").await?;
    let offers = api.list("/v1/offers").await?;
    let addresses: std::collections::BTreeSet<Address> =
        attestations.rows.iter().map(|row| word(row, "member")).collect::<Result<_, _>>()?;
    let members = futures::stream::iter(addresses)
        .map(|address| async move {
            let answer = api.get::<Answer>(&format!("/v1/members/{address:?}")).await?;
            anyhow::Ok((address, answer))
        })
        .buffer_unordered(CONCURRENCY)
        .try_collect()
        .await?;
    let (mut votes, mut sale_members) = (BTreeMap::new(), BTreeMap::new());
    for row in &offers.rows {
        let id: B256 = word(row, "offer")?;
        votes.insert(id, api.list(&format!("/v1/offers/{id}/votes")).await?);
        sale_members.insert(id, api.list(&format!("/v1/offers/{id}/members")).await?);
    }
    let proposals = api.list("/v1/proposals").await?;
    let mut proposal_votes = BTreeMap::new();
    for row in &proposals.rows {
        let id: B256 = word(row, "proposal")?;
        proposal_votes.insert(id, api.list(&format!("/v1/proposals/{id}/votes")).await?);
    }
    let status: Value = api.get("/v1/status").await?;
    let undecoded =
        status.pointer("/undecoded").or_else(|| status.pointer("/data/undecoded")).and_then(Value::as_array);
    Ok(Answers {
        dao: api.get("/v1/dao").await?,
        members,
        attestations,
        offers,
        votes,
        sale_members,
        proposals,
        proposal_votes,
        payouts: api.list("/v1/payouts").await?,
        ledger: api.list("/v1/ledger").await?,
        events: api.list("/v1/events").await?,
        undecoded: undecoded.context("the indexer's status does not say whether all events were decoded")?.len(),
    })
}

fn word<T: std::str::FromStr>(row: &Value, name: &str) -> anyhow::Result<T> {
    let text = row.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).with_context(|| format!("a row of the indexer has no {name}: {row}"))
}

impl Answers {
    fn shown(&self) -> impl Iterator<Item = AsOf> {
        let lists =
            [&self.attestations, &self.offers, &self.proposals, &self.payouts, &self.ledger, &self.events].into_iter();
        let lists = lists.chain(self.votes.values()).chain(self.sale_members.values());
        let lists = lists.chain(self.proposal_votes.values()).map(|list| list.as_of);
        lists.chain(self.members.values().map(|answer| answer.as_of)).chain([self.dao.as_of])
    }

    /// Compares all of it with the chain.
    pub(super) async fn compare(&self, pool: &Pool, history: &History) -> anyhow::Result<Vec<Check>> {
        let mut checks = vec![self.blocks(pool, history.until).await?];
        if !checks[0].differences.is_empty() {
            // Nothing else can be compared with rows of another chain.
            return Ok(checks);
        }
        let mut records = BTreeMap::new();
        for as_of in self.shown() {
            records.entry(as_of.block).or_insert_with(|| Record::replay_until(history, as_of.block));
        }
        let at = |as_of: AsOf| &records[&as_of.block];
        checks.push(self.dao(pool, history, at(self.dao.as_of)).await?);
        checks.push(self.members(|as_of| &records[&as_of.block]));
        let attestations = &self.attestations;
        checks.push(rows("API: attestations", &attestations.rows, expected_attestations(at(attestations.as_of))));
        checks.push(rows(
            "API: offers",
            &self.offers.rows,
            expected_offers(at(self.offers.as_of), self.offers.as_of.time_s),
        ));
        checks.push(self.lists("API: votes on offers", &self.votes, |id, as_of| {
            at(as_of).offers.get(&id).map(|offer| expected_votes(&offer.ballot)).unwrap_or_default()
        }));
        checks.push(rows(
            "API: proposals",
            &self.proposals.rows,
            expected_proposals(pool, at(self.proposals.as_of), self.proposals.as_of.time_s),
        ));
        checks.push(self.lists("API: votes on proposals", &self.proposal_votes, |id, as_of| {
            at(as_of).proposals.get(&id).map(|proposal| expected_votes(&proposal.ballot)).unwrap_or_default()
        }));
        checks.push(self.lists("API: members of sales", &self.sale_members, |id, as_of| {
            let record = at(as_of);
            record.offers.get(&id).map(|offer| expected_sale_members(record, offer)).unwrap_or_default()
        }));
        checks.push(rows("API: payouts", &self.payouts.rows, expected_payouts(at(self.payouts.as_of))));
        checks.push(self.ledger(pool, history).await?);
        checks.push(rows("API: events", &self.events.rows, expected_events(pool, history, self.events.as_of.block)));
        Ok(checks)
    }

    /// Every block that an answer shows is on the chain, finalized, with that clock.
    async fn blocks(&self, pool: &Pool, until: BlockId) -> anyhow::Result<Check> {
        let mut check = Check::new("API: shows blocks of this chain");
        let shown: BTreeMap<u64, AsOf> = self.shown().map(|as_of| (as_of.block, as_of)).collect();
        for as_of in shown.values() {
            let hash = pool.client().block_hash(as_of.block).await?;
            check.holds(|| format!("block {} is not final", as_of.block), as_of.block <= until.number);
            check.equal(format_args!("hash of block {}", as_of.block), &hash, &Some(as_of.hash));
            if let Some(hash) = hash.filter(|hash| *hash == as_of.hash) {
                let time_s = pool.client().timestamp(Some(hash)).await?;
                check.equal(format_args!("clock of block {}", as_of.block), &time_s, &as_of.time_s);
            }
        }
        check.equal("events that the indexer could not decode", &0, &self.undecoded);
        Ok(check)
    }

    async fn dao(&self, pool: &Pool, history: &History, record: &Record) -> anyhow::Result<Check> {
        let mut check = Check::new("API: pool, totals and escrow's funds");
        let deployment = pool.deployment();
        let (deposits, credits, treasury, base) = owed(record, Address::ZERO);
        let balance = pool.escrow_balance(Some(self.dao.as_of.hash)).await?;
        let donations = balance.saturating_sub(deposits + credits + treasury + base);
        let active = record.members.values().filter(|member| member.weight > 0);
        let (active, weight) =
            active.fold((0u64, 0u64), |(count, weight), m| (count + 1, weight + u64::from(m.weight)));
        let payouts: usize = record.offers.values().map(|offer| offer.payouts.len()).sum();
        let mut expected = json!({
            "genesis_hash": deployment.genesis_hash,
            "chain_id": deployment.chain_id,
            "contracts": {
                "attestations": lower(pool.address(Contract::Attestations)),
                "votes": lower(pool.address(Contract::Votes)),
                "escrow": lower(pool.address(Contract::Escrow)),
            },
            "purposes": deployment.purposes,
            "totals": {
                "members": record.members.len(),
                "active_members": active,
                "weight": weight,
                "supply": record.token.supply().to_string(),
                "offers": record.order.len(),
                "payouts": payouts,
            },
            "escrow": {
                "balance": balance.to_string(),
                "deposits": deposits.to_string(),
                "credits": credits.to_string(),
                "treasury": treasury.to_string(),
                "donations": donations.to_string(),
                "base": base.to_string(),
            },
        });
        let mut currencies: Vec<_> = record.currencies.iter().filter(|(_, currency)| currency.allowed).collect();
        currencies.sort_by_key(|(_, currency)| currency.at);
        let currencies = currencies.into_iter().map(|(address, currency)| {
            json!({ "address": lower(*address), "base_amount": currency.base_amount.to_string() })
        });
        expected["currencies"] = currencies.collect();
        compare(&mut check, "the pool", &expected, &self.dao.data);
        let settings = expected_settings(pool, history, self.dao.as_of.block);
        check.equal("settings", &Some(&settings), &self.dao.data.get("settings"));
        for (name, listed) in
            [("attesters", &record.attesters), ("custodians", &record.custodians), ("arbiters", &record.arbiters)]
        {
            let found = self.dao.data.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
            let found: std::collections::BTreeSet<String> =
                found.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            let expected: std::collections::BTreeSet<String> = listed.iter().copied().map(lower).collect();
            check.equal(name, &expected, &found);
        }
        Ok(check)
    }

    fn members<'a>(&self, at: impl Fn(AsOf) -> &'a Record) -> Check {
        let mut check = Check::new("API: members");
        for (address, Answer { as_of, data }) in &self.members {
            let record = at(*as_of);
            let found = record
                .numbers
                .get(address)
                .and_then(|number| Some((number, record.members.get(number)?, record.attested.get(number)?)));
            let Some((number, member, attested)) = found else {
                check.differs(format!("{address} is a member in the API and not on the chain"));
                continue;
            };
            let payouts =
                record.offers.values().flat_map(|offer| &offer.payouts).filter(|(_, paid)| paid.member == *address);
            let expected = json!({
                "address": lower(*address),
                "number": number,
                "weight": member.weight,
                "purposes": member.purposes,
                "commitment": attested.commitment,
                "nullifier": attested.nullifier,
                "nonce": member.nonce,
                "votes_nonce": record.nonces.get(&(Contract::Votes, *address)).copied().unwrap_or_default(),
                "escrow_nonce": record.nonces.get(&(Contract::Escrow, *address)).copied().unwrap_or_default(),
                "balance": record.token.balances.get(address).copied().unwrap_or_default().to_string(),
                "delegate": record.token.delegates.get(address).copied().map(lower),
                "votes": record.token.power_at(*address, u64::MAX).to_string(),
                "payouts": payouts.count(),
            });
            compare(&mut check, &format!("member {number}"), &expected, data);
            for currency in record.currencies.keys() {
                let credit = data.get("credits").and_then(|credits| credits.get(lower(*currency)));
                check.equal(
                    format_args!("credit of member {number} in {currency}"),
                    &record.credit(*currency, *address).to_string(),
                    &credit.and_then(Value::as_str).unwrap_or("0").to_owned(),
                );
            }
        }
        let record = at(self.attestations.as_of);
        check.equal("number of members", &record.members.len(), &self.members.len());
        check
    }

    fn lists(
        &self,
        name: &'static str,
        lists: &BTreeMap<B256, List>,
        expected: impl Fn(B256, AsOf) -> Vec<(String, Value)>,
    ) -> Check {
        let mut check = Check::new(name);
        for (id, list) in lists {
            let one = rows(name, &list.rows, expected(*id, list.as_of));
            check.compared += one.compared;
            check.differences.extend(one.differences.into_iter().map(|what| format!("{id}: {what}")));
        }
        check
    }

    /// Postings follow from events; donations from the balance of `escrow`.
    async fn ledger(&self, pool: &Pool, history: &History) -> anyhow::Result<Check> {
        let donation = |row: &&Value| row.get("kind").and_then(Value::as_str) == Some("donation");
        let block = self.ledger.as_of.block;
        let (donations, postings): (Vec<&Value>, Vec<&Value>) = self.ledger.rows.iter().partition(donation);
        let postings: Vec<Value> = postings.into_iter().cloned().collect();
        let mut check = rows("API: ledger", &postings, expected_postings(history, block));
        let donated =
            donations.iter().filter(|row| row.get("account").and_then(Value::as_str) == Some("escrow:donations"));
        let donated = donated.map(|row| word::<u128>(row, "amount")).sum::<anyhow::Result<u128>>()?;
        let (deposits, credits, treasury, base) = owed(&Record::replay_until(history, block), Address::ZERO);
        let balance = pool.escrow_balance(Some(self.ledger.as_of.hash)).await?;
        let expected = balance.checked_sub(deposits + credits + treasury + base);
        check.equal("donations", &expected, &Some(U256::from(donated)));
        let unknown =
            donations.iter().filter(|row| row.get("account").and_then(Value::as_str) == Some("outside:unknown"));
        let unknown = unknown.map(|row| word::<i128>(row, "amount")).sum::<anyhow::Result<i128>>()?;
        check.equal("the other side of donations", &(donated as i128), &-unknown);
        Ok(check)
    }
}

/// Compares rows, in order of the events they come from, with the expected ones.
fn rows(name: &'static str, found: &[Value], expected: Vec<(String, Value)>) -> Check {
    let mut check = Check::new(name);
    check.equal("number of rows", &expected.len(), &found.len());
    // Rows are matched by where they come from; several rows of one event by their order.
    let key = |row: &Value| row.get("at").or_else(|| row.get("number")).map(Value::to_string).unwrap_or_default();
    let mut by_key: BTreeMap<String, std::collections::VecDeque<&Value>> = BTreeMap::new();
    for row in found {
        by_key.entry(key(row)).or_default().push_back(row);
    }
    for (what, expected) in &expected {
        match by_key.get_mut(&key(expected)).and_then(std::collections::VecDeque::pop_front) {
            Some(found) => compare(&mut check, what, expected, found),
            None => check.differs(format!("{what} is missing: {expected}")),
        }
    }
    for row in by_key.into_values().flatten() {
        check.differs(format!("a row that no event explains: {row}"));
    }
    check
}

/// Every field of `expected` must be in `found` with that value.
fn compare(check: &mut Check, what: &str, expected: &Value, found: &Value) {
    match expected {
        Value::Object(fields) => {
            for (name, value) in fields {
                compare(check, &format!("{what}, {name}"), value, found.get(name).unwrap_or(&Value::Null));
            }
        }
        Value::Array(items) if found.as_array().is_some_and(|found| found.len() == items.len()) => {
            for (place, (expected, found)) in items.iter().zip(found.as_array().into_iter().flatten()).enumerate() {
                compare(check, &format!("{what}, item {place}"), expected, found);
            }
        }
        _ => {
            check.compared += 1;
            if expected != found {
                check.differences.push(format!("{what}: should be {expected}, is {found}"));
            }
        }
    }
}

/// Addresses as the API writes them; alloy's own form has a checksum in its letters' case.
fn lower(address: Address) -> String {
    format!("{address:?}").to_lowercase()
}

fn at_of(at: At) -> Value {
    json!({ "block": at.block, "event": at.event })
}

fn expected_attestations(record: &Record) -> Vec<(String, Value)> {
    let changes = record.contributions.iter().map(|(at, change)| {
        let attested = change.kind == "attested";
        let row = json!({
            "at": at_of(*at),
            "kind": change.kind,
            "member": lower(change.member.address),
            "number": change.number,
            "previous_weight": change.previous_weight,
            "weight": change.member.weight,
            "purposes": change.member.purposes,
            "commitment": change.attested.commitment,
            "nullifier": change.attested.nullifier,
            "rule_version": attested.then_some(change.attested.rule_version),
            "route": attested.then_some(change.attested.route),
            "nonce": change.member.nonce,
        });
        (format!("{} of member {}", change.kind, change.number), row)
    });
    changes.collect()
}

const STATUS: [&str; 11] = [
    "none",
    "voting",
    "opt_out",
    "awaiting_seal",
    "refundable",
    "refunded",
    "sealed",
    "delivered",
    "disputed",
    "settling",
    "paid",
];

fn expected_offers(record: &Record, now: u64) -> Vec<(String, Value)> {
    let offers = record.order.iter().filter_map(|id| Some((id, record.offers.get(id)?)));
    offers.map(|(id, offer)| (format!("offer {id}"), expected_offer(record, offer, now))).collect()
}

fn expected_offer(record: &Record, offer: &Offer, now: u64) -> Value {
    let Offer {
        made,
        terms,
        at,
        ballot,
        sealed,
        delivered,
        accepted,
        disputed,
        ruled,
        refunded,
        distributions: _,
        payouts,
        paid,
    } = offer;
    let (weight, members) = record.sale_of(offer).map(|sale| sale.totals()).unwrap_or_default();
    let status = rules::status(offer, now);
    let split = matches!(status, 9 | 10).then(|| division(record, offer)).flatten().map(|(_, split)| {
        json!({ "paid": split.paid.to_string(), "fee": split.fee.to_string(), "tip": split.tip.to_string(), "net": split.net.to_string() })
    });
    let outcome =
        |outcome: u8| ["", "sealed", "defeated", "minimum_missed"].get(usize::from(outcome)).copied().unwrap_or("?");
    json!({
        "offer": made.offer,
        "status": STATUS[usize::from(status)],
        "status_code": status,
        "buyer": lower(made.buyer),
        "currency": lower(made.currency),
        "price": made.price.to_string(),
        "purpose": made.purpose,
        "fields_hash": made.fields_hash,
        "licence_hash": made.licence_hash,
        "min_members": made.min_members,
        "min_weight": made.min_weight,
        "custodian": lower(made.custodian),
        "arbiter": lower(made.arbiter),
        "salt": made.salt,
        "sale": terms.sale,
        "terms": {
            "voting_ends": terms.voting_ends,
            "opt_out_ends": terms.opt_out_ends,
            "delivery_ends": terms.delivery_ends,
            "dispute_s": terms.dispute_s,
            "ruling_s": terms.ruling_s,
            "fee_bps": terms.fee_bps,
            "tip_bps": terms.tip_bps,
            "listing_fee": terms.listing_fee.to_string(),
            "total_weight": terms.total_weight,
            "members": terms.members,
        },
        "total_weight": weight,
        "members": members,
        "ballot": expected_ballot(ballot),
        "seal": sealed.as_ref().map(|(at, e)| json!({
            "outcome": outcome(e.outcome), "total_weight": e.total_weight, "members": e.members, "at": at_of(*at),
        })),
        "delivery": delivered.as_ref().map(|(at, e)| json!({
            "bundle_hash": e.bundle_hash, "manifest_root": e.manifest_root, "dispute_ends": e.dispute_ends,
            "ruling_ends": e.ruling_ends, "at": at_of(*at),
        })),
        "accepted": accepted.map(at_of),
        "dispute": disputed.as_ref().map(|(at, e)| json!({ "reason_hash": e.reason_hash, "at": at_of(*at) })),
        "ruling": ruled.as_ref().map(|(at, e)| json!({
            "arbiter": lower(e.arbiter), "returned_bps": e.returned_bps, "returned": e.returned.to_string(), "at": at_of(*at),
        })),
        "refund": refunded.as_ref().map(|(at, e)| json!({ "amount": e.amount.to_string(), "at": at_of(*at) })),
        "settlement": split,
        "settled": payouts.len(),
        "closing": paid.as_ref().map(|(at, e)| json!({
            "paid_sum": e.paid_sum.to_string(), "tip_sum": e.tip_sum.to_string(), "fee": e.fee.to_string(),
            "residue": e.residue.to_string(), "at": at_of(*at),
        })),
        "at": at_of(*at),
    })
}

fn expected_ballot(ballot: &Ballot) -> Value {
    let [against, yes, abstain] = rules::tally(ballot).map(|votes| votes.to_string());
    json!({
        "snapshot": ballot.snapshot,
        "deadline": ballot.deadline,
        "supply": ballot.supply.to_string(),
        "quorum": ballot.quorum.to_string(),
        "approval_bps": ballot.approval_bps,
        "for_votes": yes,
        "against_votes": against,
        "abstain_votes": abstain,
    })
}

const STATES: [&str; 8] = ["", "active", "", "defeated", "succeeded", "queued", "expired", "executed"];

fn expected_proposals(pool: &Pool, record: &Record, now: u64) -> Vec<(String, Value)> {
    let proposals = record.proposal_order.iter().filter_map(|id| Some((id, record.proposals.get(id)?)));
    let rows = proposals.map(|(id, proposal)| {
        let Proposal { proposed, at, calls, ballot, executed } = proposal;
        let state = rules::proposal_state(proposal, now, false);
        let calls = calls.iter().map(|call| {
            json!({
                "target": lower(call.target),
                "call": format!("0x{}", hex::encode(&call.call)),
                "contract": pool.deployment().contract_at(call.target),
            })
        });
        let row = json!({
            "proposal": id,
            "state": STATES[usize::from(state)],
            "state_code": state,
            "proposer": lower(proposed.proposer),
            "description_hash": proposed.description_hash,
            "executable_from": proposed.executable_from,
            "executable_until": proposed.executable_until,
            "calls": calls.collect::<Vec<_>>(),
            "ballot": expected_ballot(ballot),
            "execution": executed.as_ref().map(|(at, e)| json!({ "caller": lower(e.caller), "at": at_of(*at) })),
            "at": at_of(*at),
        });
        (format!("proposal {id}"), row)
    });
    rows.collect()
}

fn expected_votes(ballot: &Ballot) -> Vec<(String, Value)> {
    let support = |support: u8| ["against", "for", "abstain"].get(usize::from(support)).copied().unwrap_or("?");
    let votes = ballot.votes.iter().map(|vote| {
        let row = json!({
            "at": at_of(vote.at),
            "voter": lower(vote.voter),
            "support": support(vote.support),
            // By the recount, not by the event: they were compared already.
            "weight": vote.power.to_string(),
            "power": vote.power.to_string(),
            "reason": vote.reason,
        });
        (format!("vote of {}", vote.voter), row)
    });
    votes.collect()
}

fn expected_sale_members(record: &Record, offer: &Offer) -> Vec<(String, Value)> {
    let Some(sale) = record.sale_of(offer) else { return Vec::new() };
    let members = sale.members.iter().map(|(number, member)| {
        let row = json!({
            "number": number,
            "member": lower(member.address),
            "weight": member.weight,
            "commitment": member.commitment,
            "left": member.left.map(at_of),
        });
        (format!("member {number}"), row)
    });
    members.collect()
}

fn expected_payouts(record: &Record) -> Vec<(String, Value)> {
    let mut rows = Vec::new();
    for offer in record.order.iter().filter_map(|id| record.offers.get(id)) {
        let Some((sale, split)) = division(record, offer) else { continue };
        let total = sale.totals().0;
        for (settled, (at, paid)) in (1u32..).zip(&offer.payouts) {
            let weight = sale.members.get(&paid.number).map_or(0, |member| member.weight);
            let row = json!({
                "at": at_of(*at),
                "offer": offer.made.offer,
                "currency": lower(offer.made.currency),
                "number": paid.number,
                "member": lower(paid.member),
                "weight": weight,
                "share": rules::share(split.net, weight, total).to_string(),
                "tip": split.tip.to_string(),
                "payee": lower(paid.to),
                "keeper": lower(paid.keeper),
                "credited": paid.credited,
                "settled": settled,
            });
            rows.push((format!("payout of member {} of {}", paid.number, offer.made.offer), row));
        }
    }
    rows
}

/// One movement of money: from whom, to whom, how much, and why.
struct Movement {
    kind: &'static str,
    offer: Option<B256>,
    currency: Address,
    from: String,
    to: String,
    amount: u128,
}

/// The movement that an event of `escrow` tells of, if it does.
fn movement(at: At, event: &EscrowEvents, record: &Record) -> Option<Movement> {
    let outside = |who: Address| format!("outside:{}", lower(who));
    let deposit = |offer: B256| format!("escrow:deposit:{offer}");
    let credit = |owner: Address| format!("escrow:credit:{}", lower(owner));
    let currency = |offer: B256| record.offers.get(&offer).map(|offer| offer.made.currency).unwrap_or_default();
    let movement = match event {
        EscrowEvents::OfferMade(e) => Movement {
            kind: "deposit",
            offer: Some(e.offer),
            currency: e.currency,
            from: outside(e.buyer),
            to: deposit(e.offer),
            amount: e.price,
        },
        EscrowEvents::SharePaid(e) if !e.credited => Movement {
            kind: "payout",
            offer: Some(e.offer),
            currency: currency(e.offer),
            from: deposit(e.offer),
            to: outside(e.to),
            amount: e.share,
        },
        EscrowEvents::Credited(e) => {
            let kind = match e.reason {
                1 => "listing_fee",
                2 => "refund",
                3 => "returned_by_ruling",
                4 => "tip",
                5 => "failed_push",
                6 => "fee_and_residue",
                7 => "treasury_payment",
                _ => "other_credit",
            };
            let buyer = record.offers.get(&e.offer).map(|offer| offer.made.buyer).unwrap_or_default();
            let (from, offer) = match e.reason {
                1 => (outside(buyer), Some(e.offer)),
                // Its `offer` is a proposal's id.
                7 => (credit(Address::ZERO), None),
                _ => (deposit(e.offer), Some(e.offer)),
            };
            Movement { kind, offer, currency: e.currency, from, to: credit(e.owner), amount: e.amount }
        }
        EscrowEvents::CreditWithdrawn(e) => Movement {
            kind: "withdrawal",
            offer: None,
            currency: e.currency,
            from: credit(e.owner),
            to: outside(e.to),
            amount: e.amount,
        },
        // Who is allowed again has its base amount still.
        EscrowEvents::CurrencyAllowed(e) if record.currencies.get(&e.currency).is_some_and(|known| known.at == at) => {
            let (from, to) = ("outside:unknown".to_owned(), "escrow:base".to_owned());
            Movement { kind: "base", offer: None, currency: e.currency, from, to, amount: e.base_amount }
        }
        _ => return None,
    };
    (movement.amount > 0).then_some(movement)
}

fn expected_postings(history: &History, until: u64) -> Vec<(String, Value)> {
    let record = Record::replay_until(history, until);
    let mut rows = Vec::new();
    for log in history.logs.iter().take_while(|log| log.at.block <= until) {
        let Event::Escrow(event) = &log.event else { continue };
        let Some(Movement { kind, offer, currency, from, to, amount }) = movement(log.at, event, &record) else {
            continue;
        };
        for (account, sign) in [(from, "-"), (to, "")] {
            let row = json!({
                "at": at_of(log.at),
                "kind": kind,
                "currency": lower(currency),
                "account": account,
                "amount": format!("{sign}{amount}"),
                "offer": offer,
            });
            rows.push((format!("{kind} in block {}, event {}", log.at.block, log.at.event), row));
        }
    }
    rows
}

fn expected_events(pool: &Pool, history: &History, until: u64) -> Vec<(String, Value)> {
    let logs = history.logs.iter().take_while(|log| log.at.block <= until);
    let rows = logs.map(|log| {
        let contract = pool.deployment().contract_at(log.raw.contract);
        let (name, fields) =
            contract.and_then(|contract| abi::describe(contract, &log.raw)).unwrap_or(("unknown", Value::Null));
        let row = json!({
            "at": at_of(log.at),
            "extrinsic": log.extrinsic,
            "contract": contract,
            "name": name,
            "topics": log.raw.topics,
            "data": format!("0x{}", hex::encode(&log.raw.data)),
            "fields": fields,
        });
        (format!("event {} of block {}", log.at.event, log.at.block), row)
    });
    rows.collect()
}

/// Events that announce a contract's settings, beside that of its deployment.
const SETTINGS: [&str; 7] = [
    "SettingsChanged",
    "ProposalSettingsChanged",
    "VotingChanged",
    "AttestersChanged",
    "DailyWeightCapChanged",
    "GuardianChanged",
    "Paused",
];

/// The last values that each contract announced of itself, by the event's name.
fn expected_settings(pool: &Pool, history: &History, until: u64) -> Value {
    let mut settings = json!({});
    for log in history.logs.iter().take_while(|log| log.at.block <= until) {
        let Some(contract) = pool.deployment().contract_at(log.raw.contract) else { continue };
        let Some((name, fields)) = abi::describe(contract, &log.raw) else { continue };
        if name.ends_with("Deployed") || SETTINGS.contains(&name) {
            settings[json!(contract).as_str().unwrap_or_default()][name] = fields;
        }
    }
    settings
}
