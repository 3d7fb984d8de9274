//! Keys of Substrate accounts: from a development name, a seed phrase, a file, the environment or a prompt.

use std::fmt;
use std::io::IsTerminal as _;
use std::path::Path;
use std::str::FromStr as _;

use anyhow::{Context as _, bail, ensure};
use chorus_bindings::Address;
use sha3::{Digest as _, Keccak256};
use subxt_signer::{SecretUri, sr25519};

/// An sr25519 key pair: it signs extrinsics and says which account pays for them.
#[derive(Clone)]
pub struct Key {
    pair: sr25519::Keypair,
    account: [u8; 32],
    address: Address,
}

impl Key {
    /// A key from a secret URI: `//Alice`, a seed phrase, `0x` and 32 bytes of seed, each with derivations.
    pub fn from_uri(uri: &str) -> anyhow::Result<Self> {
        let uri = SecretUri::from_str(uri.trim())
            .ok()
            .context("this is no key: give //Name, a seed phrase of 12 to 24 words, or 0x and 64 hex digits")?;
        // The error of a wrong phrase can hold its words: it is not passed on.
        let pair = sr25519::Keypair::from_uri(&uri).ok().context("this seed phrase or seed is not valid")?;
        let account = pair.public_key().0;
        Ok(Self { pair, account, address: address_of(&account) })
    }

    /// A key from a file that holds one secret URI and that nobody but its owner may read.
    pub fn from_file(path: &Path) -> anyhow::Result<Self> {
        Self::from_uri(&read_secret(path)?).with_context(|| format!("in the key file {}", path.display()))
    }

    /// The account's public key, which is its id.
    pub fn account(&self) -> [u8; 32] {
        self.account
    }

    /// The account's address as contracts see it.
    pub fn address(&self) -> Address {
        self.address
    }

    pub(crate) fn pair(&self) -> &sr25519::Keypair {
        &self.pair
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Key").field(&self.address).finish()
    }
}

/// The address of an account: the last 20 bytes of the Keccak hash of its id, or the first 20 of an id that
/// was made from an Ethereum address (`pallet_revive::AccountId32Mapper`).
pub fn address_of(account: &[u8; 32]) -> Address {
    if account[20..] == [0xEE; 12] {
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
    /// File that holds the seed phrase or //Name and that only you may read (chmod 600)
    #[arg(long, value_name = "PATH", env = "CHORUS_KEY_FILE")]
    pub key_file: Option<std::path::PathBuf>,
}

impl KeySource {
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
            return Key::from_file(path);
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
        let mut account = [0xEE; 32];
        account[..20].fill(7);
        assert_eq!(address_of(&account), Address::repeat_byte(7));
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
        assert_eq!(Key::from_file(&path).unwrap().address(), Key::from_uri("//Alice").unwrap().address());
        assert!(write_secret(&path, "//Bob").is_err(), "a key is never overwritten");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Key::from_file(&path).unwrap_err().to_string().contains("chmod 600"));
    }
}
