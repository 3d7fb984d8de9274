//! The keys of an attester: one signs, one decrypts requests, and one makes nullifiers, which all attesters of a pool
//! share.

use std::{path::Path, str::FromStr as _};

use age::{
    secrecy::ExposeSecret as _,
    x25519::{Identity, Recipient},
};
use alloy_primitives::{Address, B256};
use anyhow::Context as _;
use chorus_client::keys::{read_secret, sign_digest, write_secret};
use chorus_contribution::{Hex, NullifierKey};
use k256::ecdsa::SigningKey;
use serde::{Deserialize, Serialize};

/// The three keys.
pub struct Keys {
    signing: SigningKey,
    identity: Identity,
    nullifier: NullifierKey,
}

/// What everybody may know about an attester.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The address that its signatures recover to, which is the one in the pool's list.
    pub address: Address,
    /// Its age recipient, to which requests are encrypted.
    pub recipient: String,
}

impl Card {
    /// The recipient, parsed.
    pub fn recipient(&self) -> anyhow::Result<Recipient> {
        recipient(&self.recipient)
    }
}

/// Parses an age recipient (`age1…`).
pub fn recipient(text: &str) -> anyhow::Result<Recipient> {
    let parsed = Recipient::from_str(text.trim());
    parsed.map_err(|reason| anyhow::anyhow!("{text} is not an age recipient (age1…): {reason}"))
}

/// The keys as they stand in their file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    signing_key: Hex<32>,
    age_identity: String,
    nullifier_key: Hex<32>,
}

impl Keys {
    /// New keys. Give the nullifier key if the pool has one already.
    pub fn generate(nullifier: Option<NullifierKey>) -> anyhow::Result<Self> {
        let signing = loop {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret)
                .map_err(|error| anyhow::anyhow!("the system cannot give random numbers: {error}"))?;
            // All but one in 2^128 secrets are keys.
            if let Ok(key) = SigningKey::from_slice(&secret) {
                break key;
            }
        };
        let nullifier = nullifier.map_or_else(NullifierKey::random, Ok)?;
        Ok(Self { signing, identity: Identity::generate(), nullifier })
    }

    /// Reads keys from a file that only its owner may read.
    pub fn from_file(path: &Path) -> anyhow::Result<Self> {
        let text = read_secret(path)?;
        let bad = || {
            format!("{} does not hold the keys of an attester: make some with `chorus attester keygen`", path.display())
        };
        let file: File = serde_json::from_str(&text).ok().with_context(bad)?;
        Ok(Self {
            signing: SigningKey::from_slice(&file.signing_key.0).ok().with_context(bad)?,
            identity: Identity::from_str(&file.age_identity).ok().with_context(bad)?,
            nullifier: NullifierKey::from_bytes(file.nullifier_key.0),
        })
    }

    /// Writes keys to a new file that only its owner may read.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let file = File {
            signing_key: Hex(self.signing.to_bytes().into()),
            age_identity: self.identity.to_string().expose_secret().to_owned(),
            nullifier_key: Hex(*self.nullifier.reveal()),
        };
        write_secret(path, &serde_json::to_string_pretty(&file)?)
    }

    /// What everybody may know about this attester.
    pub fn card(&self) -> Card {
        Card { address: Address::from_private_key(&self.signing), recipient: self.identity.to_public().to_string() }
    }

    /// The key that decrypts requests.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The key that makes nullifiers.
    pub fn nullifier_key(&self) -> &NullifierKey {
        &self.nullifier
    }

    /// Signs a digest as Ethereum does.
    pub fn sign(&self, digest: B256) -> anyhow::Result<[u8; 65]> {
        Ok(sign_digest(&self.signing, digest)?.as_bytes())
    }
}
