//! Encrypted key files: Web3 Secret Storage (version 3) of Ethereum keys is read and written, the JSON of polkadot.js
//! is read by `subxt-signer`.
//!
//! `eth-keystore`, on which alloy's signer stands, is not used: it was last released in 2022, derives the key with a
//! sixteenth of the work that is advised today, cannot be told otherwise, and leaves the file open to other users.

use aes::{
    Aes128,
    cipher::{KeyIvInit as _, StreamCipher as _},
};
use alloy_primitives::keccak256;
use anyhow::{Context as _, bail, ensure};
use chorus_abi::Address;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Key, random};

/// The work of deriving a key from a password, as OWASP advises for scrypt: 128 MiB, and about half a second.
const WORK: Scrypt<'static> = Scrypt { n: 1 << 17, r: 8, p: 1, salt: &[] };

/// The most memory that a file may make us use, in bytes: that of geth's own keystores, four times.
const MAX_MEMORY: u64 = 1 << 30;

/// A keystore as its file has it; hex digits stand there without `0x`.
#[derive(Serialize, Deserialize)]
struct Keystore {
    version: u32,
    #[serde(default)]
    id: String,
    /// For people and other programs: whose key this is, without its password.
    #[serde(default)]
    address: String,
    #[serde(alias = "Crypto")]
    crypto: Crypto,
}

#[derive(Serialize, Deserialize)]
struct Crypto {
    cipher: String,
    cipherparams: CipherParams,
    ciphertext: String,
    kdf: String,
    kdfparams: Value,
    mac: String,
}

#[derive(Serialize, Deserialize)]
struct CipherParams {
    iv: String,
}

#[derive(Serialize, Deserialize)]
struct ScryptParams {
    dklen: u32,
    n: u64,
    r: u32,
    p: u32,
    salt: String,
}

/// How a key is derived from a password.
#[derive(Clone, Copy)]
struct Scrypt<'a> {
    n: u64,
    r: u32,
    p: u32,
    salt: &'a [u8],
}

impl Scrypt<'_> {
    /// Two keys: the first encrypts, the second authenticates.
    fn derive(&self, password: &str) -> anyhow::Result<[[u8; 16]; 2]> {
        let Self { n, r, p, salt } = *self;
        let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
        ensure!(
            n.is_power_of_two() && memory <= MAX_MEMORY && p <= 16,
            "it asks for more work than any keystore should (scrypt with n = {n}, r = {r}, p = {p})"
        );
        let params = u8::try_from(n.trailing_zeros()).ok().and_then(|log_n| scrypt::Params::new(log_n, r, p, 32).ok());
        let params = params.context("its scrypt parameters are not valid")?;
        let mut keys = [[0; 16]; 2];
        let derived = scrypt::scrypt(password.as_bytes(), salt, &params, keys.as_flattened_mut());
        derived.ok().context("its scrypt parameters are not valid")?;
        Ok(keys)
    }
}

/// Encrypts an Ethereum key.
pub(super) fn encrypt(secret: &[u8; 32], address: Address, password: &str) -> anyhow::Result<String> {
    encrypt_with(secret, address, password, WORK)
}

fn encrypt_with(secret: &[u8; 32], address: Address, password: &str, work: Scrypt<'_>) -> anyhow::Result<String> {
    let (salt, iv) = (random::<32>()?, random::<16>()?);
    let work = Scrypt { salt: &salt, ..work };
    let [key, authentication] = work.derive(password)?;
    let ciphertext = aes_128_ctr(&key, &iv, secret);
    let keystore = Keystore {
        version: 3,
        id: uuid::Builder::from_random_bytes(random()?).into_uuid().to_string(),
        address: hex::encode(address),
        crypto: Crypto {
            cipher: "aes-128-ctr".into(),
            cipherparams: CipherParams { iv: hex::encode(iv) },
            mac: hex::encode(mac(&authentication, &ciphertext)),
            ciphertext: hex::encode(ciphertext),
            kdf: "scrypt".into(),
            kdfparams: serde_json::to_value(ScryptParams {
                dklen: 32,
                n: work.n,
                r: work.r,
                p: work.p,
                salt: hex::encode(salt),
            })?,
        },
    };
    Ok(serde_json::to_string_pretty(&keystore)?)
}

/// Decrypts a key file of either kind.
pub(super) fn decrypt(json: &str, password: &str) -> anyhow::Result<Key> {
    let file: Value = serde_json::from_str(json).ok().context("it is not valid JSON")?;
    if let Some(encoded) = file.get("encoded").and_then(Value::as_str) {
        // The library cuts what stands before the key off, without looking whether it is there.
        ensure!(encoded.len() >= base64_length(POLKADOT_JS_HEADER), DAMAGED);
        return polkadot_js(json, password);
    }
    let keystore: Keystore = serde_json::from_value(file)
        .ok()
        .context("it is neither an Ethereum keystore (Web3 Secret Storage) nor an account that polkadot.js exported")?;
    let Keystore {
        version, crypto: Crypto { cipher, cipherparams, ciphertext, kdf, kdfparams, mac: expected }, ..
    } = keystore;
    ensure!(
        version == 3 && cipher == "aes-128-ctr" && kdf == "scrypt",
        "it is a keystore of version {version} with {cipher} and {kdf}, and only version 3 with aes-128-ctr and scrypt \
         is read: export it again from the program that made it"
    );
    let ScryptParams { dklen, n, r, p, salt } = serde_json::from_value(kdfparams).ok().context(DAMAGED)?;
    ensure!(dklen == 32, DAMAGED);
    let bytes = |text: &str| hex::decode(text).ok().context(DAMAGED);
    let (salt, iv, ciphertext) = (bytes(&salt)?, bytes(&cipherparams.iv)?, bytes(&ciphertext)?);
    let iv: [u8; 16] = iv.try_into().ok().context(DAMAGED)?;
    let [key, authentication] = Scrypt { n, r, p, salt: &salt }.derive(password)?;
    ensure!(bytes(&expected)? == mac(&authentication, &ciphertext), WRONG_PASSWORD);
    Key::ethereum(&aes_128_ctr(&key, &iv, &ciphertext)).context(DAMAGED)
}

/// Salt, scrypt parameters and nonce, in bytes.
const POLKADOT_JS_HEADER: usize = 32 + 12 + 24;

fn base64_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

const WRONG_PASSWORD: &str = "the password is wrong";
const DAMAGED: &str = "the keystore is damaged";

fn polkadot_js(json: &str, password: &str) -> anyhow::Result<Key> {
    use subxt_signer::polkadot_js_compat::{Error, decrypt_json};
    match decrypt_json(json, password) {
        Ok(pair) => Ok(Key::substrate(pair)),
        Err(Error::Secretbox(_)) => bail!(WRONG_PASSWORD),
        Err(error) => bail!("the account that polkadot.js exported cannot be read: {error}"),
    }
}

/// Encrypts and decrypts alike.
fn aes_128_ctr(key: &[u8; 16], iv: &[u8; 16], data: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    ctr::Ctr128BE::<Aes128>::new(key.into(), iv.into()).apply_keystream(&mut data);
    data
}

fn mac(key: &[u8; 16], ciphertext: &[u8]) -> [u8; 32] {
    keccak256([&key[..], ciphertext].concat()).0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: [u8; 32] = [0x46; 32];

    fn encrypted(password: &str) -> String {
        let key = Key::ethereum(&SECRET).unwrap();
        encrypt_with(&SECRET, key.address(), password, Scrypt { n: 1 << 4, ..WORK }).unwrap()
    }

    fn refusal(json: &str, password: &str) -> String {
        decrypt(json, password).unwrap_err().to_string()
    }

    #[test]
    fn a_key_comes_back_with_its_password_alone() {
        let file = encrypted("correct");
        assert_eq!(decrypt(&file, "correct").unwrap().address(), Key::ethereum(&SECRET).unwrap().address());
        assert_eq!(refusal(&file, "Correct"), WRONG_PASSWORD);
        assert_eq!(refusal(&file, ""), WRONG_PASSWORD);
        assert!(!file.contains(&hex::encode(SECRET)), "the key is not in the file");
        assert_ne!(encrypted("correct"), file, "salt and nonce are new each time");
    }

    /// What `eth-keyfile` 0.10, the implementation of Ethereum's Python tools, wrote of the same secret.
    #[test]
    fn a_keystore_of_another_program_is_read() {
        let file = r#"{
            "address": "9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F",
            "crypto": {
                "cipher": "aes-128-ctr",
                "cipherparams": { "iv": "60daea68bfed75c5da0d769173da09af" },
                "ciphertext": "8f1e183145a7b1ece06c3341cb561d9ec1efee2aeaf48a3ac68300d57ae9088a",
                "kdf": "scrypt",
                "kdfparams": { "dklen": 32, "n": 4096, "r": 8, "p": 1, "salt": "fc34939bd950852112976cc8e86692e2" },
                "mac": "74a8a137677a368730ee559c57f639fb6c780f6ec14ac44077171560b2f4c8e6"
            },
            "id": "69d6db86-3626-4ad8-984d-bdf74a3d5bd1",
            "version": 3
        }"#;
        assert_eq!(decrypt(file, "correct horse").unwrap().address(), Key::ethereum(&SECRET).unwrap().address());
        assert_eq!(refusal(file, "correct hose"), WRONG_PASSWORD);
    }

    /// An export of polkadot.js, from the tests of `subxt-signer`.
    #[test]
    fn an_account_that_polkadot_js_exported_is_read() {
        let encoded = [
            "DumgApKCTqoCty1OZW/8WS+sgo6RdpHhCwAkA2IoDBMAgAAAAQAAAAgAAAB6IG/q24EeVf0JqWqcBd5m2tKq5BlyY84IQ8oamLn9DZe9",
            "Ouhgunr7i36J1XxUnTI801axqL/ym1gil0U8440Qvj0lFVKwGuxq38zuifgoj0B3Yru0CI6QKEvQPU5xxj4MpyxdSxP+2PnTzYao0HDH",
            "0fulaGvlAYXfqtU89xrx2/z9z7IjSwS3oDFPXRQ9kAdDebtyCVreZ9Otw9v3",
        ];
        let file = json!({
            "encoded": encoded.concat(),
            "encoding": { "content": ["pkcs8", "sr25519"], "type": ["scrypt", "xsalsa20-poly1305"], "version": "3" },
            "address": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            "meta": { "genesisHash": "", "name": "Alice", "whenCreated": 1718265838755_u64 },
        });
        let (file, cut) = (file.to_string(), json!({ "encoded": encoded[2], "encoding": {}, "address": "" }));
        assert_eq!(refusal(&cut.to_string(), "whoisalice"), DAMAGED);
        let key = decrypt(&file, "whoisalice").unwrap();
        assert_eq!(key.address(), Key::from_uri("//Alice").unwrap().address());
        assert_eq!(refusal(&file, "whoisbob"), WRONG_PASSWORD);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let changed = |from: &str, to: &str| encrypted("x").replace(from, to);
        assert!(refusal("{", "x").contains("not valid JSON"));
        assert!(refusal("{}", "x").contains("neither an Ethereum keystore"));
        assert!(refusal(&changed("\"scrypt\"", "\"pbkdf2\""), "x").contains("aes-128-ctr and pbkdf2"));
        assert!(refusal(&changed("\"n\": 16", "\"n\": 17"), "x").contains("more work"));
        assert!(refusal(&changed("\"n\": 16", "\"n\": 1099511627776"), "x").contains("more work"));
        assert_eq!(refusal(&changed("\"dklen\": 32", "\"dklen\": 8"), "x"), DAMAGED);
        assert_eq!(refusal(&changed("\"salt\": \"", "\"salt\": \"g"), "x"), DAMAGED);
    }
}
