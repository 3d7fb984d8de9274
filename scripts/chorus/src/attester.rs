//! An attester: it checks a member's request and signs what it found.
//!
//! It keeps its three keys and a public record of what it signed. It forgets rows, account names and requests.

mod keys;
pub mod server;

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use chorus_bindings::{Address, Attestation, B256, Bytes, Contract, SolStruct as _, attestations, signed::digest};
use chorus_client::pool::Pool;
use chorus_contribution::attestation::{self, Verdict};
use chorus_core::{attestations::ROUTE_PORTABILITY_EXPORT, types::DAY_S};
use tokio::sync::OnceCell;

use crate::attestation::SignedAttestation;

pub use keys::{Card, Keys, recipient};

/// An attester at work in one pool. Clones share its keys.
#[derive(Clone)]
pub struct Attester {
    keys: Arc<Keys>,
    pool: Pool,
    record: Option<Arc<PathBuf>>,
    domain: Arc<OnceCell<B256>>,
}

/// One line of an attester's public record.
#[derive(serde::Serialize)]
struct Signed<'a> {
    time_s: u64,
    attester: Address,
    #[serde(flatten)]
    attested: &'a SignedAttestation,
}

impl Attester {
    /// An attester with these keys. `record` is the file that its signatures are written to, one per line.
    pub fn new(keys: Keys, pool: Pool, record: Option<PathBuf>) -> Self {
        Self { keys: Arc::new(keys), pool, record: record.map(Arc::new), domain: Arc::default() }
    }

    /// What members need to know about it.
    pub fn card(&self) -> Card {
        self.keys.card()
    }

    /// The file that its signatures are written to.
    pub fn record(&self) -> Option<&Path> {
        self.record.as_deref().map(PathBuf::as_path)
    }

    /// Checks a sealed request, and signs what it found over the member's next nonce.
    pub async fn attest(&self, request: Vec<u8>) -> anyhow::Result<SignedAttestation> {
        let now = self.pool.client().timestamp(None).await?;
        let today = u32::try_from(now / DAY_S).context("the chain's clock is out of range")?;
        let keys = self.keys.clone();
        // Decrypting and hashing a large history takes seconds of computation.
        let checked = tokio::task::spawn_blocking(move || {
            attestation::check(&request[..], keys.identity(), keys.nullifier_key(), today)
        });
        let verdict = checked.await.context("checking stopped")??;
        let attested = self.sign(&verdict, now).await?;
        self.write_record(&attested, now)?;
        Ok(attested)
    }

    async fn sign(&self, verdict: &Verdict, now: u64) -> anyhow::Result<SignedAttestation> {
        let member = Address::from(verdict.member.0);
        let nonce = self.pool.view(Contract::Attestations, &attestations::noncesCall { member }, None).await?;
        let unsigned = Attestation {
            member,
            nonce: nonce.try_into().ok().context("the member's nonce is out of range")?,
            commitment: B256::from(verdict.commitment.0),
            nullifier: B256::from(verdict.nullifier.0),
            weight: verdict.weight,
            rule_version: verdict.rule,
            route: ROUTE_PORTABILITY_EXPORT,
            deadline: deadline(now),
        };
        let signature = self.keys.sign(digest(self.domain().await?, unsigned.eip712_hash_struct()))?;
        let Attestation { member, nonce, commitment, nullifier, weight, rule_version, route: _, deadline } = unsigned;
        let signatures = Bytes::from(signature.to_vec());
        Ok(SignedAttestation { member, nonce, commitment, nullifier, weight, rule_version, deadline, signatures })
    }

    async fn domain(&self) -> anyhow::Result<B256> {
        let ask = || self.pool.view(Contract::Attestations, &attestations::DOMAIN_SEPARATORCall {}, None);
        Ok(*self.domain.get_or_try_init(ask).await?)
    }

    fn write_record(&self, attested: &SignedAttestation, time_s: u64) -> anyhow::Result<()> {
        let Some(path) = self.record() else { return Ok(()) };
        let line = serde_json::to_string(&Signed { time_s, attester: self.card().address, attested })?;
        let mut file = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write the record {}", path.display()))?;
        // In one write, so that the lines of concurrent requests do not mix.
        file.write_all(format!("{line}\n").as_bytes())?;
        Ok(())
    }
}

/// When signatures made now expire. It is the end of the next UTC day, so that attesters agree without talking.
fn deadline(now: u64) -> u64 {
    (now / DAY_S + 2) * DAY_S - 1
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Signature;

    use super::*;

    #[test]
    fn all_signatures_of_a_utc_day_expire_together_and_not_before_a_day_is_over() {
        let midnight = 20_000 * DAY_S;
        assert_eq!(deadline(midnight), deadline(midnight + DAY_S - 1));
        assert!(deadline(midnight + DAY_S - 1) >= midnight + 2 * DAY_S - 1);
    }

    #[test]
    fn a_signature_is_that_of_the_card() {
        let keys = Keys::generate(None).unwrap();
        let digest = B256::repeat_byte(9);
        let signature = Signature::from_raw_array(&keys.sign(digest).unwrap()).unwrap();
        assert_eq!(signature.recover_address_from_prehash(&digest).unwrap(), keys.card().address);
    }
}
