//! What an indexer answers over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, ensure};
use chorus_abi::{Address, B256, Contract, Deployment};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::rows::Row;

/// Questions asked at the same time.
const CONCURRENCY: usize = 16;

/// The block that an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct AsOf {
    pub(super) block: u64,
    pub(super) hash: B256,
    pub(super) time_s: u64,
}

/// One thing, and the block that it shows.
#[derive(Deserialize)]
pub(super) struct Answer {
    pub(super) as_of: AsOf,
    pub(super) data: Row,
}

/// A whole list, and the block that all of it shows.
pub(super) struct List {
    pub(super) as_of: AsOf,
    pub(super) rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Page {
    as_of: AsOf,
    count: u64,
    items: Vec<Row>,
    next: Option<String>,
}

/// The events that the indexer could not decode.
#[derive(Deserialize)]
struct Status {
    undecoded: Vec<Value>,
}

/// Everything that the API says, fetched before the chain is read, so that the chain is never behind it.
pub(crate) struct Answers {
    pub(super) dao: Answer,
    pub(super) members: BTreeMap<Address, Answer>,
    pub(super) attestations: List,
    pub(super) offers: List,
    pub(super) votes: BTreeMap<B256, List>,
    pub(super) sale_members: BTreeMap<B256, List>,
    pub(super) proposals: List,
    pub(super) proposal_votes: BTreeMap<B256, List>,
    pub(super) payouts: List,
    pub(super) ledger: List,
    pub(super) events: List,
    pub(super) undecoded: usize,
}

impl Answers {
    /// Reads the whole API of the indexer at `base`.
    ///
    /// # Errors
    /// When it cannot be read, or serves another pool than that of `deployment`.
    pub(crate) async fn fetch(base: &str, deployment: &Deployment) -> anyhow::Result<Self> {
        let base = base.trim_end_matches('/');
        let api = &Api { base, http: reqwest::Client::new() };
        let dao: Answer = api.get("/v1/dao").await?;
        serves(base, &dao.data.value(), deployment)?;

        let attestations = api.list("/v1/attestations").await?;
        let addresses: BTreeSet<Address> =
            attestations.rows.iter().map(|row| word(&row.value(), "member")).collect::<Result<_, _>>()?;
        let members = futures::stream::iter(addresses)
            .map(|address| async move {
                let answer = api.get::<Answer>(&format!("/v1/members/{address:?}")).await?;
                anyhow::Ok((address, answer))
            })
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await?;
        let offers = api.list("/v1/offers").await?;
        let (mut votes, mut sale_members) = (BTreeMap::new(), BTreeMap::new());
        for row in &offers.rows {
            let id: B256 = word(&row.value(), "offer")?;
            votes.insert(id, api.list(&format!("/v1/offers/{id}/votes")).await?);
            sale_members.insert(id, api.list(&format!("/v1/offers/{id}/members")).await?);
        }
        let proposals = api.list("/v1/proposals").await?;
        let mut proposal_votes = BTreeMap::new();
        for row in &proposals.rows {
            let id: B256 = word(&row.value(), "proposal")?;
            proposal_votes.insert(id, api.list(&format!("/v1/proposals/{id}/votes")).await?);
        }
        let status: Answer = api.get("/v1/status").await?;
        let Status { undecoded } = serde_json::from_value(status.data.value())
            .context("the indexer's status does not say whether all events were decoded")?;
        Ok(Self {
            dao,
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
            undecoded: undecoded.len(),
        })
    }

    /// The block of every answer.
    pub(super) fn blocks_shown(&self) -> impl Iterator<Item = AsOf> {
        let lists = [&self.attestations, &self.offers, &self.proposals, &self.payouts, &self.ledger, &self.events];
        let lists = lists.into_iter().chain(self.votes.values()).chain(self.sale_members.values());
        let lists = lists.chain(self.proposal_votes.values()).map(|list| list.as_of);
        lists.chain(self.members.values().map(|answer| answer.as_of)).chain([self.dao.as_of])
    }
}

/// The pool that an indexer serves.
#[derive(Deserialize)]
struct Served {
    genesis_hash: B256,
    chain_id: u64,
    contracts: BTreeMap<Contract, Address>,
}

/// Fails unless the indexer serves this pool: else every row would differ.
fn serves(base: &str, dao: &Value, deployment: &Deployment) -> anyhow::Result<()> {
    let served =
        Served::deserialize(dao).with_context(|| format!("the indexer at {base} does not say which pool it serves"))?;
    let expected = Served {
        genesis_hash: deployment.genesis_hash,
        chain_id: deployment.chain_id,
        contracts: Contract::ALL.map(|contract| (contract, deployment.address_of(contract))).into(),
    };
    ensure!(
        (served.genesis_hash, served.chain_id) == (expected.genesis_hash, expected.chain_id),
        "the indexer at {base} serves a pool on another chain: its genesis is {} (chain {}), that of this pool is {} \
         (chain {}). Name this pool's indexer with --api, or audit the chain alone with --no-api",
        served.genesis_hash,
        served.chain_id,
        expected.genesis_hash,
        expected.chain_id,
    );
    ensure!(
        served.contracts == expected.contracts,
        "the indexer at {base} serves another pool of this chain: {}. This one is {}. Name this pool's indexer with \
         --api, or the other pool's file with --deployment",
        listed(&served.contracts),
        listed(&expected.contracts),
    );
    Ok(())
}

fn listed(contracts: &BTreeMap<Contract, Address>) -> String {
    contracts.iter().map(|(contract, address)| format!("{} {address}", contract.name())).collect::<Vec<_>>().join(", ")
}

/// A value that a row has as text.
pub(super) fn word<T: std::str::FromStr>(row: &Value, name: &str) -> anyhow::Result<T> {
    let text = row.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).with_context(|| format!("a row of the indexer has no {name}: {row}"))
}

struct Api<'a> {
    base: &'a str,
    http: reqwest::Client,
}

impl Api<'_> {
    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await;
        let answer = answer.with_context(|| {
            format!("no indexer answers at {}: start one, or audit the chain alone with --no-api", self.base)
        })?;
        let status = answer.status();
        ensure!(
            status.is_success(),
            "the indexer answers {path} with {status}: {}",
            answer.text().await.unwrap_or_default()
        );
        answer.json().await.with_context(|| format!("the indexer's answer to {path} has an unknown form"))
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use serde_json::json;

    use super::*;

    fn deployment() -> Deployment {
        Deployment {
            genesis_hash: B256::repeat_byte(1),
            chain_id: 420,
            block: 1,
            attestations: Address::repeat_byte(0xA0),
            votes: Address::repeat_byte(0xB0),
            escrow: Address::repeat_byte(0xC0),
            purposes: vec![],
        }
    }

    fn served(deployment: &Deployment) -> Value {
        let contracts = Contract::ALL.map(|contract| (contract.name(), deployment.address_of(contract)));
        json!({
            "genesis_hash": deployment.genesis_hash,
            "chain_id": deployment.chain_id,
            "contracts": BTreeMap::from(contracts),
        })
    }

    fn refusal(other: &Deployment) -> String {
        serves("http://indexer", &served(other), &deployment()).unwrap_err().to_string()
    }

    #[test]
    fn the_indexer_of_this_pool_is_compared() {
        serves("http://indexer", &served(&deployment()), &deployment()).unwrap();
    }

    #[test]
    fn the_indexer_of_another_pool_is_refused_in_one_sentence_that_names_both() {
        let other = Deployment { escrow: Address::repeat_byte(0xC1), ..deployment() };
        let refusal = refusal(&other);
        for part in ["another pool of this chain", &other.escrow.to_string(), &deployment().escrow.to_string(), "--api"]
        {
            assert!(refusal.contains(part), "{part:?} is not in: {refusal}");
        }
    }

    #[test]
    fn the_indexer_of_another_chain_is_refused() {
        let genesis_hash = B256::repeat_byte(2);
        for other in [Deployment { genesis_hash, ..deployment() }, Deployment { chain_id: 421, ..deployment() }] {
            assert!(refusal(&other).contains("on another chain"), "{}", refusal(&other));
        }
    }

    /// The pool is asked for first: of an indexer of another one, nothing else is read.
    #[tokio::test]
    async fn one_question_tells_that_the_indexer_serves_another_pool() {
        let other = Deployment { escrow: Address::repeat_byte(0xC1), ..deployment() };
        let as_of = json!({ "block": 7, "hash": B256::ZERO, "time_s": 1 });
        let body = json!({ "as_of": as_of, "data": served(&other) }).to_string();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1_024];
            let length = stream.read(&mut request).unwrap();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
            write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let Err(refusal) = Answers::fetch(&base, &deployment()).await else { panic!("another pool was read") };
        assert!(refusal.to_string().contains("serves another pool of this chain"), "{refusal}");
        assert!(server.join().unwrap().starts_with("GET /v1/dao "));
    }

    #[test]
    fn an_answer_without_a_pool_is_refused() {
        let refusal = serves("http://indexer", &json!({}), &deployment()).unwrap_err().to_string();
        assert!(refusal.contains("does not say which pool it serves"), "{refusal}");
    }
}
