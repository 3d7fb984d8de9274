//! Compares every row of the indexer's API with what the events say.
//!
//! Rows are expected as JSON, built here from the chain; each field of an expected row must be in the row that the API
//! gives. An answer names the block it shows, and is compared with the record at that block.

mod answers;
mod events;
mod ledger;
mod members;
mod offers;
mod rows;

use std::collections::{BTreeMap, BTreeSet};

use chorus_abi::{Address, B256, Contract};
use chorus_client::{
    BlockId, NATIVE,
    pool::Pool,
    record::{History, Record},
};
use serde_json::{Value, json};

use self::{
    answers::{AsOf, List},
    rows::{Expected, compare, compare_rows, plain},
};
use super::{money::Owed, report::Check};

pub(super) use answers::Answers;

impl Answers {
    /// Compares all of it with the chain.
    pub(super) async fn compare(&self, pool: &Pool, history: &History) -> anyhow::Result<Vec<Check>> {
        let blocks = self.blocks(pool, history.until).await?;
        if !blocks.differences.is_empty() {
            // Nothing else can be compared with rows of blocks that this chain does not have.
            return Ok(vec![blocks]);
        }
        let mut records = BTreeMap::new();
        for as_of in self.blocks_shown() {
            records.entry(as_of.block).or_insert_with(|| Record::replay_until(history, as_of.block));
        }
        let at = |as_of: AsOf| &records[&as_of.block];
        let list = |name, list: &List, expected: fn(&Record, u64) -> Vec<Expected>| {
            compare_rows(name, &list.rows, expected(at(list.as_of), list.as_of.time_s))
        };
        let mut members = members::members(&self.members, at);
        members.equal("number of members", &at(self.attestations.as_of).members.len(), &self.members.len());
        Ok(vec![
            blocks,
            self.dao(pool, history, at(self.dao.as_of)).await?,
            members,
            list("API: attestations", &self.attestations, |record, _| members::attestations(record)),
            list("API: offers", &self.offers, offers::offers),
            by_id("API: votes on offers", &self.votes, |id, as_of| {
                at(as_of).offers.get(&id).map(|offer| offers::votes(&offer.ballot)).unwrap_or_default()
            }),
            compare_rows(
                "API: proposals",
                &self.proposals.rows,
                offers::proposals(pool, at(self.proposals.as_of), self.proposals.as_of.time_s),
            ),
            by_id("API: votes on proposals", &self.proposal_votes, |id, as_of| {
                at(as_of).proposals.get(&id).map(|proposal| offers::votes(&proposal.ballot)).unwrap_or_default()
            }),
            by_id("API: members of sales", &self.sale_members, |id, as_of| {
                let record = at(as_of);
                record.offers.get(&id).map(|offer| members::sale_members(record, offer)).unwrap_or_default()
            }),
            list("API: payouts", &self.payouts, |record, _| offers::payouts(record)),
            ledger::ledger(&self.ledger, pool, history).await?,
            compare_rows("API: events", &self.events.rows, events::events(pool, history, self.events.as_of.block)),
        ])
    }

    /// Every block that an answer shows is on the chain, finalized, with that clock.
    async fn blocks(&self, pool: &Pool, until: BlockId) -> anyhow::Result<Check> {
        let mut check = Check::new("API: shows blocks of this chain");
        let shown: BTreeMap<u64, AsOf> = self.blocks_shown().map(|as_of| (as_of.block, as_of)).collect();
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
        let balance = pool.escrow_balance(Some(self.dao.as_of.hash)).await?;
        let mut expected = dao_row(pool, record);
        let owed = Owed::of(record, NATIVE);
        expected["escrow"] = json!({
            "balance": balance.to_string(),
            "deposits": owed.deposits.to_string(),
            "credits": owed.credits.to_string(),
            "treasury": owed.treasury.to_string(),
            "donations": balance.saturating_sub(owed.total()).to_string(),
            "base": owed.base.to_string(),
        });
        let found = self.dao.data.value();
        compare(&mut check, "the pool", &expected, &found);
        let settings = events::settings(pool, history, self.dao.as_of.block);
        check.equal("settings", &Some(&settings), &found.get("settings"));
        let offices =
            [("attesters", &record.attesters), ("custodians", &record.custodians), ("arbiters", &record.arbiters)];
        for (name, listed) in offices {
            let found = found.get(name).and_then(Value::as_array).into_iter().flatten();
            let found: BTreeSet<String> = found.filter_map(Value::as_str).map(str::to_owned).collect();
            let expected: BTreeSet<String> = listed.iter().copied().map(plain).collect();
            check.equal(name, &expected, &found);
        }
        Ok(check)
    }
}

/// The pool as the API must show it, without the funds of `escrow`.
fn dao_row(pool: &Pool, record: &Record) -> Value {
    let deployment = pool.deployment();
    let contracts = Contract::ALL.map(|contract| (contract.name(), plain(pool.address(contract))));
    let weights = record.members.values().filter_map(|member| Some(u64::from(member.contribution?.weight)));
    let (active, weight) = weights.fold((0u64, 0u64), |(count, total), weight| (count + 1, total + weight));
    let payouts: usize = record.offers.values().map(|offer| offer.payouts.len()).sum();
    let mut currencies: Vec<_> = record.currencies.iter().filter(|(_, currency)| currency.allowed).collect();
    currencies.sort_by_key(|(_, currency)| currency.at);
    let currencies = currencies.into_iter().map(|(address, currency): (&Address, _)| {
        json!({ "address": plain(*address), "base_amount": currency.base_amount.to_string() })
    });
    json!({
        "genesis_hash": deployment.genesis_hash,
        "chain_id": deployment.chain_id,
        "contracts": BTreeMap::from(contracts),
        "purposes": deployment.purposes,
        "totals": {
            "members": record.members.len(),
            "active_members": active,
            "weight": weight,
            "supply": record.token.supply().to_string(),
            "offers": record.order.len(),
            "payouts": payouts,
        },
        "currencies": currencies.collect::<Vec<_>>(),
    })
}

/// Compares lists that each belong to an offer or a proposal.
fn by_id(name: &'static str, lists: &BTreeMap<B256, List>, expected: impl Fn(B256, AsOf) -> Vec<Expected>) -> Check {
    let mut check = Check::new(name);
    for (id, list) in lists {
        let one = compare_rows(name, &list.rows, expected(*id, list.as_of));
        check.compared += one.compared;
        check.differences.extend(one.differences.into_iter().map(|what| format!("{id}: {what}")));
    }
    check
}
