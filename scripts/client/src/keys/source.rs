//! Where a command finds its key and its password: files, the environment, a prompt.

use std::{
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};

use super::Key;

/// Where a command finds its key. Flattened into every command that signs.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct KeySource {
    /// Key: //Alice and the other development names. A seed phrase works too, but other users of this machine can
    /// see it in the list of processes, and your shell keeps it
    #[arg(long, value_name = "//NAME", conflicts_with = "key_file")]
    pub key: Option<String>,
    /// Key file: an encrypted keystore as `chorus keygen account` or a wallet writes it, or plain text (a seed phrase,
    /// //Name or eth:0x…) that only you may read (chmod 600)
    #[arg(long, value_name = "PATH", env = "CHORUS_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// File that holds the password of the key file, instead of a prompt
    #[arg(long, value_name = "PATH", env = "CHORUS_PASSWORD_FILE")]
    pub password_file: Option<PathBuf>,
}

impl KeySource {
    /// Whether an option named a key.
    pub fn is_named(&self) -> bool {
        self.key.is_some() || self.key_file.is_some()
    }

    /// The key, asking for it on a terminal when no option named one.
    pub fn load(&self) -> anyhow::Result<Key> {
        if let Some(uri) = &self.key {
            if !is_development_name(uri) {
                warn(
                    "a secret on the command line can be read by every user of this machine and stays in your shell's \
                     history. Put it into a file and use --key-file",
                );
            }
            return Key::from_uri(uri);
        }
        if let Some(path) = &self.key_file {
            return self.load_file(path).with_context(|| format!("in the key file {}", path.display()));
        }
        ensure!(
            std::io::stdin().is_terminal(),
            "no key is named: use --key-file PATH, --key //Alice, or set CHORUS_KEY_FILE"
        );
        let phrase = rpassword::prompt_password("Seed phrase (not shown): ").context("cannot ask for the key")?;
        Key::from_uri(&phrase)
    }

    fn load_file(&self, path: &Path) -> anyhow::Result<Key> {
        let text = read(path)?;
        if text.starts_with('{') {
            if let Some(mode) = readable_by_others(path)? {
                warn(&format!(
                    "others may read the key file {0} (mode {mode:o}), so only its password protects the key: run \
                     `chmod 600 {0}`",
                    path.display()
                ));
            }
            let password = self.password(&format!("Password of {} (not shown): ", path.display()))?;
            return Key::from_keystore(&text, &password);
        }
        refuse_others(path)?;
        if !is_development_name(&text) {
            warn(&format!(
                "the key in {} is not encrypted: whoever gets hold of the file has the key. `chorus keygen account` \
                 makes an encrypted one",
                path.display()
            ));
        }
        Key::from_uri(&text)
    }

    fn password(&self, prompt: &str) -> anyhow::Result<String> {
        match &self.password_file {
            Some(path) => read_password(path),
            None if std::io::stdin().is_terminal() => {
                rpassword::prompt_password(prompt).context("cannot ask for the password")
            }
            None => {
                bail!("the key is encrypted: name a file with its password by --password-file or CHORUS_PASSWORD_FILE")
            }
        }
    }
}

/// The password for a new key file, from a file or, asked for twice, from the terminal.
///
/// # Errors
/// When it is empty, when the two differ, or when there is neither a file nor a terminal.
pub fn new_password(file: Option<&Path>) -> anyhow::Result<String> {
    let password = match file {
        Some(path) => read_password(path)?,
        None => {
            ensure!(
                std::io::stdin().is_terminal(),
                "no password is given for the new key: name a file with it by --password-file or CHORUS_PASSWORD_FILE"
            );
            let ask = |prompt| rpassword::prompt_password(prompt).context("cannot ask for the password");
            let password = ask("Password for the new key (not shown): ")?;
            ensure!(password == ask("The same password again: ")?, "the two passwords differ: nothing was written");
            password
        }
    };
    ensure!(!password.is_empty(), "the password is empty: nothing was written");
    Ok(password)
}

/// A password from a file: its first line.
fn read_password(path: &Path) -> anyhow::Result<String> {
    if let Some(mode) = readable_by_others(path)? {
        warn(&format!("others may read the password in {0} (mode {mode:o}): run `chmod 600 {0}`", path.display()));
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the password file {}", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Reads a file with a secret in plain text.
///
/// # Errors
/// When others than the owner may read it, or it is empty or missing.
pub fn read_secret(path: &Path) -> anyhow::Result<String> {
    refuse_others(path)?;
    read(path)
}

fn read(path: &Path) -> anyhow::Result<String> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read the key file {}", path.display()))?;
    let text = text.trim();
    ensure!(!text.is_empty(), "the key file {} is empty", path.display());
    Ok(text.to_owned())
}

fn refuse_others(path: &Path) -> anyhow::Result<()> {
    match readable_by_others(path)? {
        Some(mode) => bail!("others may read {0} (mode {mode:o}): run `chmod 600 {0}`", path.display()),
        None => Ok(()),
    }
}

/// The file's mode, if others than its owner may do anything with it.
fn readable_by_others(path: &Path) -> anyhow::Result<Option<u32>> {
    let metadata = fs::metadata(path).with_context(|| format!("cannot read the file {}", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        Ok((mode & 0o077 != 0).then_some(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(None)
    }
}

/// Writes a new file with a secret, readable by its owner alone.
///
/// # Errors
/// When the file exists already: a key is never overwritten.
pub fn write_secret(path: &Path, secret: &str) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).with_context(|| format!("cannot create the key file {}", path.display()))?;
    writeln!(file, "{secret}")?;
    file.sync_all().with_context(|| format!("cannot write the key file {}", path.display()))
}

/// `//Alice` and the like are known to everybody: there is nothing to protect.
fn is_development_name(uri: &str) -> bool {
    uri.starts_with("//")
}

fn warn(what: &str) {
    eprintln!("WARNING: {what}.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_file(path: &Path) -> KeySource {
        KeySource { key_file: Some(path.to_owned()), ..KeySource::default() }
    }

    #[cfg(unix)]
    #[test]
    fn a_plain_key_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        write_secret(&path, "//Alice").unwrap();
        let source = from_file(&path);
        assert_eq!(source.load().unwrap().address(), Key::from_uri("//Alice").unwrap().address());
        assert!(write_secret(&path, "//Bob").is_err(), "a key is never overwritten");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(format!("{:#}", source.load().unwrap_err()).contains("chmod 600"));
    }

    #[test]
    fn an_encrypted_key_file_is_opened_with_the_password_of_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            write_secret(&path, text).unwrap();
            path
        };
        let key = Key::generate().unwrap();
        let path = file("key", &key.to_keystore("correct").unwrap());
        let with = |password_file| KeySource { password_file: Some(password_file), ..from_file(&path) }.load();
        assert_eq!(with(file("right", "correct")).unwrap().address(), key.address());
        let refusal = format!("{:#}", with(file("wrong", "incorrect")).unwrap_err());
        assert!(refusal.contains("the password is wrong") && refusal.contains(&*path.to_string_lossy()), "{refusal}");
        let missing = format!("{:#}", with(directory.path().join("none")).unwrap_err());
        assert!(missing.contains("cannot read the file"), "{missing}");
    }

    #[test]
    fn a_new_password_is_not_empty() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        write_secret(&path, "").unwrap();
        assert!(new_password(Some(&path)).unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn a_substrate_key_is_encrypted_by_its_wallet() {
        let refusal = Key::from_uri("//Alice").unwrap().to_keystore("x").unwrap_err().to_string();
        assert!(refusal.contains("export a Substrate account from its wallet"), "{refusal}");
    }
}
