//! Keys of Substrate and Ethereum accounts: they send transactions, and sign acts that others relay.

mod keystore;
mod source;

use std::{fmt, str::FromStr as _};

use alloy_primitives::{Signature, keccak256};
use anyhow::{Context as _, bail};
use chorus_abi::{Address, B256, Bytes, substrate_message};
use k256::ecdsa::SigningKey;
use serde::Serialize;
use subxt::utils::AccountId32;
use subxt_signer::{DeriveJunction, SecretUri, sr25519};

pub use source::{KeySource, new_password, read_secret, write_secret};

/// A key: it signs transactions and acts, and knows which account they come from.
#[derive(Clone)]
pub struct Key {
    secret: Secret,
    account: [u8; 32],
    address: Address,
}

/// What signs.
#[derive(Clone)]
pub(crate) enum Secret {
    /// The sr25519 key pair of a Substrate account.
    Substrate(sr25519::Keypair),
    /// The secp256k1 key of an Ethereum account.
    Ethereum(SigningKey),
}

/// What anybody may know of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// Which kind of account it belongs to.
    pub kind: KeyKind,
    /// The account's address as contracts see it.
    pub address: Address,
    /// The account's id in SS58, as Substrate wallets and block explorers show it.
    pub ss58: String,
    /// The public key: 32 bytes of sr25519, or a compressed point (33 bytes) of secp256k1.
    pub public_key: Bytes,
}

/// The two kinds of accounts that act in a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// An account with an sr25519 key.
    Substrate,
    /// An account with a secp256k1 key.
    Ethereum,
}

/// How a written key of an Ethereum account begins: `eth:0x` and 64 hex digits.
const ETHEREUM: &str = "eth:";

impl Key {
    /// Reads a key in its written form. `//Alice`, a seed phrase, and `0x` with 32 bytes of seed (each with
    /// derivations) belong to Substrate accounts, `eth:0x` with 64 hex digits belongs to an Ethereum account.
    ///
    /// # Errors
    /// What a key looks like. Nothing of the input is repeated: it may be a real key with a typing error.
    pub fn from_uri(uri: &str) -> anyhow::Result<Self> {
        match uri.trim().strip_prefix(ETHEREUM) {
            Some(secret) => {
                let secret = hex::decode(secret.strip_prefix("0x").unwrap_or(secret)).ok();
                secret
                    .and_then(|secret| Self::ethereum(&secret))
                    .context("that is not an Ethereum key: give eth:0x and 64 hex digits")
            }
            None => {
                let uri = SecretUri::from_str(uri.trim()).ok().context(
                    "that is not a key: give //Name, a seed phrase of 12 to 24 words, 0x and 64 hex digits, or \
                     eth:0x and 64 hex digits",
                )?;
                let pair = sr25519::Keypair::from_uri(&uri).ok().context("that seed phrase or seed is not valid")?;
                Ok(Self::substrate(pair))
            }
        }
    }

    /// A new Ethereum key, from the system's randomness.
    pub fn generate() -> anyhow::Result<Self> {
        loop {
            // All but one in 2^128 of all secrets are keys.
            if let Some(key) = Self::ethereum(&random::<32>()?) {
                return Ok(key);
            }
        }
    }

    /// The Ethereum key with this secret; `None` unless it is a number that secp256k1 accepts.
    fn ethereum(secret: &[u8]) -> Option<Self> {
        let key = SigningKey::from_slice(secret).ok()?;
        let address = Address::from_private_key(&key);
        Some(Self { secret: Secret::Ethereum(key), account: account_of(address), address })
    }

    fn substrate(pair: sr25519::Keypair) -> Self {
        let account = pair.public_key().0;
        Self { secret: Secret::Substrate(pair), account, address: address_of(&account) }
    }

    /// Reads the text of an encrypted key file: a Web3 Secret Storage keystore of an Ethereum key, or the JSON that
    /// polkadot.js and related wallets export.
    ///
    /// # Errors
    /// When the password is wrong, or the text is neither.
    pub fn from_keystore(json: &str, password: &str) -> anyhow::Result<Self> {
        keystore::decrypt(json, password)
    }

    /// The key as a Web3 Secret Storage keystore, which geth, MetaMask and Foundry read too.
    ///
    /// # Errors
    /// For a Substrate key: its wallet exports it encrypted, and [`Key::from_keystore`] reads that file.
    pub fn to_keystore(&self, password: &str) -> anyhow::Result<String> {
        match &self.secret {
            Secret::Ethereum(key) => keystore::encrypt(&key.to_bytes().into(), self.address, password),
            Secret::Substrate(_) => bail!(
                "only Ethereum keys are encrypted here: export a Substrate account from its wallet as JSON, and use \
                 that file with --key-file"
            ),
        }
    }

    /// The account's id: a Substrate account's public key, or what the chain makes of an Ethereum address.
    pub fn account(&self) -> [u8; 32] {
        self.account
    }

    /// The account's address as contracts see it.
    pub fn address(&self) -> Address {
        self.address
    }

    /// What anybody may know of this key.
    pub fn public(&self) -> PublicKey {
        let (kind, public_key) = match &self.secret {
            Secret::Substrate(pair) => (KeyKind::Substrate, pair.public_key().0.to_vec()),
            Secret::Ethereum(key) => (KeyKind::Ethereum, key.verifying_key().to_sec1_bytes().to_vec()),
        };
        let ss58 = AccountId32(self.account).to_string();
        PublicKey { kind, address: self.address, ss58, public_key: public_key.into() }
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// 32 secret bytes that follow from this key alone, from which the salts of a member's contribution are derived: a
    /// member has to keep nothing but the key.
    ///
    /// Those of a Substrate key are the public key of a hard derivation, which nobody can compute without the secret
    /// key; those of an Ethereum key are the key itself.
    pub fn member_seed(&self) -> [u8; 32] {
        match &self.secret {
            Secret::Substrate(pair) => {
                pair.derive([DeriveJunction::hard("chorus"), DeriveJunction::hard("member-secret")]).public_key().0
            }
            Secret::Ethereum(key) => key.to_bytes().into(),
        }
    }

    /// Signs a digest as Ethereum accounts do: `r ‖ s ‖ v`, with a low `s` and a `v` of 27 or 28. `None` if this is a
    /// Substrate key.
    pub fn sign_ethereum(&self, digest: B256) -> Option<anyhow::Result<[u8; 65]>> {
        match &self.secret {
            Secret::Substrate(_) => None,
            Secret::Ethereum(key) => Some(sign_digest(key, digest).map(|signature| signature.as_bytes())),
        }
    }

    /// Signs an act. An Ethereum key signs the digest and gives 65 bytes, `r ‖ s ‖ v`; a Substrate key signs words and
    /// digest as wallets show and wrap them and gives 96 bytes, public key and signature.
    pub fn sign(&self, words: &str, digest: B256) -> anyhow::Result<Bytes> {
        Ok(match &self.secret {
            Secret::Substrate(pair) => {
                let signature = pair.sign(substrate_message(words, digest).as_bytes());
                [&self.account[..], &signature.0].concat().into()
            }
            Secret::Ethereum(key) => sign_digest(key, digest)?.as_bytes().into(),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.address).finish()
    }
}

/// The address whose key signed this act; `None` if nobody's did, or if the signature has a form that the contracts
/// refuse.
pub fn signer_of(words: &str, digest: B256, signature: &[u8]) -> Option<Address> {
    match signature.split_first_chunk::<32>()? {
        (account, rest) if signature.len() == 96 => {
            let message = substrate_message(words, digest);
            let signature = sr25519::Signature(rest.try_into().ok()?);
            sr25519::verify(&signature, message, &sr25519::PublicKey(*account)).then(|| address_of(account))
        }
        _ => {
            // A high `s` or another `v` is a second form of the same signature, and the contracts take one.
            let bytes: &[u8; 65] = signature.try_into().ok()?;
            let signature = Signature::from_raw_array(bytes).ok().filter(|_| matches!(bytes[64], 27 | 28))?;
            signature.recover_address_from_prehash(&digest).ok().filter(|_| signature.normalize_s().is_none())
        }
    }
}

/// Signs a digest as Ethereum does, with a low `s`.
pub fn sign_digest(key: &SigningKey, digest: B256) -> anyhow::Result<Signature> {
    Ok(key.sign_prehash_recoverable(digest.as_slice()).context("cannot sign")?.into())
}

/// How the ids of accounts that were made from Ethereum addresses end.
const ETHEREUM_SUFFIX: [u8; 12] = [0xEE; 12];

/// The account of an Ethereum address (`pallet_revive::AccountId32Mapper`).
fn account_of(address: Address) -> [u8; 32] {
    let mut account = [0; 32];
    account[..20].copy_from_slice(address.as_slice());
    account[20..].copy_from_slice(&ETHEREUM_SUFFIX);
    account
}

/// The address of an account: the last 20 bytes of the Keccak hash of its id, or the first 20 of an id that
/// was made from an Ethereum address (`pallet_revive::AccountId32Mapper`).
pub fn address_of(account: &[u8; 32]) -> Address {
    match account.split_at(20) {
        (address, suffix) if suffix == ETHEREUM_SUFFIX => Address::from_slice(address),
        _ => Address::from_slice(&keccak256(account)[12..]),
    }
}

fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("the system gives no randomness: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_alice_is_the_known_one() {
        let alice = Key::from_uri("//Alice").unwrap();
        assert_eq!(hex::encode(alice.account()), "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
        assert_eq!(hex::encode(alice.address()), "9621dde636de098b43efb0fa9b61facfe328f99d");
        let public = alice.public();
        assert_eq!(public.kind, KeyKind::Substrate);
        assert_eq!(public.ss58, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        assert_eq!(public.public_key[..], alice.account());
    }

    #[test]
    fn an_account_made_from_an_ethereum_address_has_that_address() {
        let address = Address::repeat_byte(7);
        assert_eq!(address_of(&account_of(address)), address);
    }

    /// The key and address of `https://eips.ethereum.org/EIPS/eip-155`'s example.
    #[test]
    fn an_ethereum_key_has_its_known_address() {
        let uri = format!("eth:0x{}", "46".repeat(32));
        let public = Key::from_uri(&uri).unwrap().public();
        assert_eq!(hex::encode(public.address), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
        assert_eq!((public.kind, public.public_key.len()), (KeyKind::Ethereum, 33));
        let wrong = format!("{:?}", Key::from_uri("eth:0x4646").unwrap_err());
        assert!(!wrong.contains("4646"), "{wrong}");
    }

    #[test]
    fn a_signature_fits_its_signer_and_this_act_alone() {
        let digest = B256::repeat_byte(9);
        for uri in ["//Alice".to_owned(), format!("eth:{}", "46".repeat(32))] {
            let key = Key::from_uri(&uri).unwrap();
            let signature = key.sign("Chorus: leave a sale.", digest).unwrap();
            let of = |words, digest| signer_of(words, digest, &signature);
            assert_eq!(of("Chorus: leave a sale.", digest), Some(key.address()));
            assert_ne!(of("Chorus: leave a sale.", B256::ZERO), Some(key.address()));
            let mut changed = signature.to_vec();
            changed[40] ^= 1;
            assert_ne!(signer_of("Chorus: leave a sale.", digest, &changed), Some(key.address()));
            assert_eq!(signer_of("Chorus: leave a sale.", digest, &signature[1..]), None);
        }
    }

    #[test]
    fn the_second_forms_of_an_ethereum_signature_are_refused() {
        let (key, digest) = (Key::from_uri(&format!("eth:{}", "46".repeat(32))).unwrap(), B256::repeat_byte(9));
        let signature = key.sign("", digest).unwrap();
        let mut parity = signature.to_vec();
        parity[64] -= 27;
        assert_eq!(signer_of("", digest, &parity), None, "v is 27 or 28");
        let low = Signature::from_raw(&signature).unwrap();
        let order: alloy_primitives::U256 =
            "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse().unwrap();
        let high = Signature::new(low.r(), order - low.s(), !low.v());
        assert_eq!(high.recover_address_from_prehash(&digest).unwrap(), key.address(), "it is the same signature");
        assert_eq!(signer_of("", digest, &high.as_bytes()), None, "s is low");
    }

    #[test]
    fn a_wrong_phrase_is_not_repeated_in_the_error() {
        let error = format!("{:?}", Key::from_uri("correct horse battery staple").unwrap_err());
        assert!(!error.contains("horse"), "{error}");
    }

    #[test]
    fn new_keys_differ() {
        assert_ne!(Key::generate().unwrap().address(), Key::generate().unwrap().address());
    }
}
