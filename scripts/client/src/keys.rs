//! Keys of Substrate and of Ethereum accounts, which send transactions and sign acts that others relay. From a
//! development name, a seed phrase, a file, the environment or a prompt.

use std::fmt;
use std::io::IsTerminal as _;
use std::path::Path;
use std::str::FromStr as _;

use anyhow::{Context as _, bail, ensure};
use chorus_abi::substrate_message;
use chorus_abi::{Address, B256, Bytes};
use k256::ecdsa::{RecoveryId, SigningKey, VerifyingKey};
use sha3::{Digest as _, Keccak256};
use subxt_signer::{DeriveJunction, SecretUri, sr25519};

/// A key: it signs transactions and acts, and says which account they are of.
#[derive(Clone)]
pub struct Key {
    secret: Secret,
    account: [u8; 32],
    address: Address,
}

/// What signs.
#[derive(Clone)]
pub(crate) enum Secret {
    /// Of a Substrate account, an sr25519 key pair.
    Substrate(sr25519::Keypair),
    /// Of an Ethereum account, a secp256k1 key.
    Ethereum(SigningKey),
}

/// What an Ethereum key starts with where a key is written: `eth:0x` and 64 hex digits.
const ETHEREUM: &str = "eth:";

impl Key {
    /// A key as it is written: `//Alice`, a seed phrase, `0x` and 32 bytes of seed, each with derivations, are a
    /// Substrate account's, `eth:0x` and 64 hex digits an Ethereum account's.
    ///
    /// # Errors
    /// What a key looks like. Nothing of what was given is repeated: it may be a real key with a typing error.
    pub fn from_uri(uri: &str) -> anyhow::Result<Self> {
        match uri.trim().strip_prefix(ETHEREUM) {
            Some(secret) => Self::ethereum(secret),
            None => Self::substrate(uri.trim()),
        }
    }

    fn substrate(uri: &str) -> anyhow::Result<Self> {
        let uri = SecretUri::from_str(uri).ok().context(
            "this is no key: give //Name, a seed phrase of 12 to 24 words, 0x and 64 hex digits, or eth:0x and 64 hex digits",
        )?;
        let pair = sr25519::Keypair::from_uri(&uri).ok().context("this seed phrase or seed is not valid")?;
        let account = pair.public_key().0;
        Ok(Self { secret: Secret::Substrate(pair), account, address: address_of(&account) })
    }

    fn ethereum(secret: &str) -> anyhow::Result<Self> {
        let secret = hex::decode(secret.strip_prefix("0x").unwrap_or(secret)).ok();
        let key = secret.and_then(|secret| SigningKey::from_slice(&secret).ok());
        let key = key.context("this is no Ethereum key: give eth:0x and 64 hex digits")?;
        let address = ethereum_address(key.verifying_key());
        Ok(Self { secret: Secret::Ethereum(key), account: account_of(address), address })
    }

    /// The account's id: a Substrate account's public key, or what the chain makes of an Ethereum address.
    pub fn account(&self) -> [u8; 32] {
        self.account
    }

    /// The account's address as contracts see it.
    pub fn address(&self) -> Address {
        self.address
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// 32 secret bytes that follow from this key alone, from which the salts of a member's contribution are derived: so
    /// nothing else has to be kept.
    ///
    /// Those of a Substrate key are the public key of a hard derivation, which nobody can compute without the secret key;
    /// those of an Ethereum key are the key itself.
    pub fn member_seed(&self) -> [u8; 32] {
        match &self.secret {
            Secret::Substrate(pair) => {
                pair.derive([DeriveJunction::hard("chorus"), DeriveJunction::hard("member-secret")]).public_key().0
            }
            Secret::Ethereum(key) => key.to_bytes().into(),
        }
    }

    /// Signs a digest as Ethereum accounts do: `r ‖ s ‖ v`, `s` low, `v` 27 or 28. Nothing for a Substrate key.
    pub fn sign_ethereum(&self, digest: B256) -> Option<anyhow::Result<[u8; 65]>> {
        match &self.secret {
            Secret::Substrate(_) => None,
            Secret::Ethereum(key) => Some(sign_digest(key, digest)),
        }
    }

    /// Signs an act: 65 bytes `r ‖ s ‖ v` of an Ethereum key, 96 bytes of a Substrate key (public key, then signature),
    /// which signs words and the act's digest as wallets show and wrap them.
    pub fn sign(&self, words: &str, digest: B256) -> anyhow::Result<Bytes> {
        Ok(match &self.secret {
            Secret::Substrate(pair) => {
                let signature = pair.sign(substrate_message(words, digest).as_bytes());
                [&self.account[..], &signature.0].concat().into()
            }
            Secret::Ethereum(key) => sign_digest(key, digest)?.to_vec().into(),
        })
    }
}

/// Whose signature of an act this is; nothing if it is nobody's, or of a form that the contracts refuse.
pub fn signer_of(words: &str, digest: B256, signature: &[u8]) -> Option<Address> {
    match signature.split_first_chunk::<32>()? {
        (account, rest) if signature.len() == 96 => {
            let message = substrate_message(words, digest);
            let signature = sr25519::Signature(rest.try_into().ok()?);
            sr25519::verify(&signature, message, &sr25519::PublicKey(*account)).then(|| address_of(account))
        }
        _ => {
            let (&[v @ (27 | 28)], signature) = signature.split_last_chunk::<1>().map(|(rest, v)| (v, rest))? else {
                return None;
            };
            let signature = k256::ecdsa::Signature::from_slice(signature).ok()?;
            // A high `s` is a second form of the same signature, and the contracts take one.
            let id = RecoveryId::from_byte(v - 27).filter(|_| signature.normalize_s().is_none())?;
            let key = VerifyingKey::recover_from_prehash(&digest.0, &signature, id).ok()?;
            Some(ethereum_address(&key))
        }
    }
}

/// Signs a digest as Ethereum does: `r ‖ s ‖ v`, `s` low, `v` 27 or 28.
pub fn sign_digest(key: &SigningKey, digest: B256) -> anyhow::Result<[u8; 65]> {
    let (signature, id) = key.sign_prehash_recoverable(&digest.0).context("cannot sign")?;
    let mut bytes = [0; 65];
    bytes[..64].copy_from_slice(&signature.to_bytes());
    bytes[64] = 27 + id.to_byte();
    Ok(bytes)
}

/// The Ethereum address of a public key: the last 20 bytes of the Keccak hash of its coordinates.
pub fn ethereum_address(key: &VerifyingKey) -> Address {
    let point = key.to_encoded_point(false);
    Address::from_slice(&Keccak256::digest(&point.as_bytes()[1..])[12..])
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.address).finish()
    }
}

/// What the ids of accounts that were made from Ethereum addresses end with.
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
    if account[20..] == ETHEREUM_SUFFIX {
        return Address::from_slice(&account[..20]);
    }
    Address::from_slice(&Keccak256::digest(account)[12..])
}

/// Reads a file with a secret.
///
/// # Errors
/// When others than the owner may read it, or it is empty or missing.
pub fn read_secret(path: &Path) -> anyhow::Result<String> {
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read the key file {}", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        ensure!(
            mode & 0o077 == 0,
            "others may read the key file {0} (mode {mode:o}): run `chmod 600 {0}`",
            path.display()
        );
    }
    ensure!(metadata.len() > 0, "the key file {} is empty", path.display());
    let secret =
        std::fs::read_to_string(path).with_context(|| format!("cannot read the key file {}", path.display()))?;
    Ok(secret.trim().to_owned())
}

/// Writes a new file with a secret, readable by its owner alone.
///
/// # Errors
/// When the file exists already: a key is never overwritten.
pub fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).with_context(|| format!("cannot create the key file {}", path.display()))?;
    writeln!(file, "{secret}")?;
    Ok(())
}

/// Where a command finds its key. Flattened into every command that signs.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct KeySource {
    /// Key: //Alice and the other development names. A seed phrase works too, but other users of this machine can
    /// see it in the list of processes, and your shell keeps it
    #[arg(long, value_name = "//NAME", conflicts_with = "key_file")]
    pub key: Option<String>,
    /// File that holds the seed phrase, //Name or eth:0x… and that only you may read (chmod 600)
    #[arg(long, value_name = "PATH", env = "CHORUS_KEY_FILE")]
    pub key_file: Option<std::path::PathBuf>,
}

impl KeySource {
    /// Whether an option named a key.
    pub fn is_named(&self) -> bool {
        self.key.is_some() || self.key_file.is_some()
    }

    /// The key, asking for it on a terminal when no option named one.
    pub fn load(&self) -> anyhow::Result<Key> {
        if let Some(uri) = &self.key {
            if !uri.starts_with("//") {
                eprintln!(
                    "WARNING: a secret on the command line can be read by every user of this machine and stays in \
                     your shell's history. Put it into a file and use --key-file."
                );
            }
            return Key::from_uri(uri);
        }
        if let Some(path) = &self.key_file {
            let secret = read_secret(path)?;
            return Key::from_uri(&secret).with_context(|| format!("in the key file {}", path.display()));
        }
        if !std::io::stdin().is_terminal() {
            bail!("no key: use --key-file PATH, --key //Alice, or set CHORUS_KEY_FILE");
        }
        let phrase = rpassword::prompt_password("Seed phrase (not shown): ").context("cannot ask for the key")?;
        Key::from_uri(&phrase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_alice_is_the_known_one() {
        let alice = Key::from_uri("//Alice").unwrap();
        assert_eq!(hex::encode(alice.account()), "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
        assert_eq!(hex::encode(alice.address()), "9621dde636de098b43efb0fa9b61facfe328f99d");
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
        assert_eq!(hex::encode(Key::from_uri(&uri).unwrap().address()), "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f");
        let wrong = format!("{:?}", Key::from_uri("eth:0x4646").unwrap_err());
        assert!(!wrong.contains("4646"), "{wrong}");
    }

    #[test]
    fn a_signature_is_its_signers_over_this_act_alone() {
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
    fn a_wrong_phrase_is_not_repeated_in_the_error() {
        let error = format!("{:?}", Key::from_uri("correct horse battery staple").unwrap_err());
        assert!(!error.contains("horse"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        write_secret(&path, "//Alice").unwrap();
        let source = KeySource { key: None, key_file: Some(path.clone()) };
        assert_eq!(source.load().unwrap().address(), Key::from_uri("//Alice").unwrap().address());
        assert!(write_secret(&path, "//Bob").is_err(), "a key is never overwritten");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(source.load().unwrap_err().to_string().contains("chmod 600"));
    }
}
