//! A member's side of a contribution: the request to the attesters, their answers, and the bundle for the custodian.

use std::path::{Path, PathBuf};

use age::x25519::Recipient;
use anyhow::{Context as _, bail, ensure};
use chorus_bindings::{Address, Contract, attestations};
use chorus_client::{keys::Key, pool::Pool};
use chorus_contribution::{MemberSecret, Prepared, attestation, bundle};

use crate::{attestation::SignedAttestation, attester::Card, files::Unfinished};

/// The secret from which a member's salts come: it follows from the wallet's key, so nothing else must be kept.
pub fn member_secret(key: &Key) -> MemberSecret {
    MemberSecret::derive(&key.member_seed())
}

/// An attester that answers over HTTP.
#[derive(Clone, Debug)]
pub struct RemoteAttester {
    url: String,
    http: reqwest::Client,
}

#[derive(serde::Deserialize)]
struct Failure {
    error: String,
}

impl RemoteAttester {
    /// The attester at a base URL such as `http://127.0.0.1:8090`.
    pub fn new(url: &str, http: reqwest::Client) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), http }
    }

    /// Asks who the attester is.
    pub async fn card(&self) -> anyhow::Result<Card> {
        let answer = self.http.get(format!("{}/v1/attester", self.url)).send().await;
        let answer = answer.with_context(|| format!("no attester answers at {}", self.url))?;
        let card = answer.json().await;
        card.with_context(|| format!("{} does not answer as an attester", self.url))
    }

    /// Sends a sealed request and returns what the attester signed.
    pub async fn attest(&self, request: Vec<u8>) -> anyhow::Result<SignedAttestation> {
        let answer = self.http.post(format!("{}/v1/attest", self.url)).body(request).send().await;
        let answer = answer.with_context(|| format!("no attester answers at {}", self.url))?;
        if !answer.status().is_success() {
            let status = answer.status();
            let reason = answer.json::<Failure>().await.map_or_else(|_| status.to_string(), |failure| failure.error);
            bail!("the attester at {} refused: {reason}", self.url);
        }
        answer.json().await.with_context(|| format!("the attester at {} did not answer with an attestation", self.url))
    }
}

/// Seals a member's request to attesters and returns the bytes to send or save.
pub fn seal_request(prepared: &Prepared, member: Address, attesters: &[Card]) -> anyhow::Result<Vec<u8>> {
    let recipients = attesters.iter().map(Card::recipient).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(attestation::request(prepared, member.into_array(), &recipients, Vec::new())?)
}

/// Seals a member's bundle to the custodian, in a file that appears under its name once it is finished.
pub fn write_bundle(
    prepared: &Prepared,
    member: Address,
    custodian: &Recipient,
    path: &Path,
) -> anyhow::Result<Unfinished> {
    let file = Unfinished::create(path)?;
    Ok(bundle::write(prepared, member.into_array(), custodian, file)?)
}

/// The name of a member's bundle in the custodian's folder.
pub fn bundle_name(commitment: &[u8; 32]) -> PathBuf {
    PathBuf::from(format!("{}.bundle", hex::encode(commitment)))
}

/// Asks attesters for their signatures and joins them.
pub async fn ask(
    pool: &Pool,
    prepared: &Prepared,
    member: Address,
    attesters: &[RemoteAttester],
) -> anyhow::Result<SignedAttestation> {
    let cards = futures::future::try_join_all(attesters.iter().map(RemoteAttester::card)).await?;
    check_cards(pool, &cards).await?;
    let request = seal_request(prepared, member, &cards)?;
    let signed =
        futures::future::try_join_all(attesters.iter().map(|attester| attester.attest(request.clone()))).await?;
    SignedAttestation::combine(signed)
}

/// Checks that the account's name goes to attesters of this pool only, and to enough of them.
pub async fn check_cards(pool: &Pool, cards: &[Card]) -> anyhow::Result<()> {
    let listed = pool.view(Contract::Attestations, &attestations::attestersCall {}, None).await?;
    for card in cards {
        ensure!(
            listed.contains(&card.address),
            "{} is not an attester of this pool: nothing was sent. Its attesters are {listed:?}",
            card.address
        );
    }
    let threshold = pool.view(Contract::Attestations, &attestations::thresholdCall {}, None).await?;
    ensure!(
        cards.len() >= usize::from(threshold),
        "the pool asks for the signatures of {threshold} attesters, and {} are named: add --attester",
        cards.len()
    );
    Ok(())
}
