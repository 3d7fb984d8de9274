//! A member's commitment: one hash over all rows, from which single rows and single fields can be opened.
//!
//! With `i` the row's position from 0 in canonical order (4 bytes), `f` the field's number (1 byte), most
//! significant bytes first, and `HMAC` being HMAC-SHA256:
//!
//! ```text
//! salt key      = HMAC(member's secret, "chorus/salt-key/v1" ‖ SHA256(all rows, see SaltKey::new))
//! field key f   = HMAC(salt key, "chorus/field-key/v1" ‖ f)
//! salt i,f      = first 16 bytes of HMAC(field key f, i)
//! field hash    = SHA256(0x03 ‖ f ‖ salt i,f ‖ value)            value: see Value::encode
//! row           = SHA256(0x04 ‖ field hash 0 ‖ … ‖ field hash 11)
//! commitment    = Merkle root over the rows, as in chorus_core::merkle (Keccak-256)
//! ```
//!
//! Fields and rows are hashed by the million and never on chain, so they use SHA-256, for which processors have
//! instructions. The tree is the one that `core` knows.
//!
//! The salts hide a field whose value could be guessed. The salt key depends on the rows, so a member who contributes
//! again never uses a salt for a second value. A field key opens one field in all rows; a salt opens it in one row.

use age::secrecy::{ExposeSecret as _, SecretBox};
use chorus_core::{
    hash::{Hash32, Software},
    merkle,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    error::Error,
    fields::{Field, FieldList, Value},
    rows::Play,
    wire::Hex,
};

const FIELD: u8 = 3;
const ROW: u8 = 4;

/// Bytes of one salt.
pub const SALT_BYTES: usize = 16;

/// The hash of one field, hiding its value.
pub type FieldHash = Hash32;

pub(crate) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    match Hmac::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => unreachable!("HMAC takes a key of any length"),
    }
}

/// The one secret from which a member's salts come.
pub struct MemberSecret(SecretBox<[u8; 32]>);

impl MemberSecret {
    /// A new secret from the system's randomness.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(random_secret()?))
    }

    /// The secret that follows from a wallet's key, so that a member needs to keep nothing else.
    pub fn derive(wallet_key: &[u8]) -> Self {
        let mut mac = hmac(wallet_key);
        mac.update(b"chorus/member-secret/v1");
        Self(SecretBox::new(Box::new(mac.finalize().into_bytes().into())))
    }

    /// A secret kept by the caller.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(SecretBox::new(Box::new(bytes)))
    }
}

/// 32 bytes from the system.
pub(crate) fn random_secret() -> Result<SecretBox<[u8; 32]>, Error> {
    let mut bytes = Box::new([0; 32]);
    getrandom::fill(bytes.as_mut()).map_err(|error| Error::Random(error.to_string()))?;
    Ok(SecretBox::new(bytes))
}

/// The key to all salts of one contribution. Attesters and the custodian hold it; a buyer never does.
pub struct SaltKey(SecretBox<[u8; 32]>);

impl SaltKey {
    /// The key for exactly these rows.
    ///
    /// What is hashed is each field of each row: its `Value::encode`, preceded by its length in four bytes.
    pub fn new(secret: &MemberSecret, rows: &[Play]) -> Self {
        let mut digest = Sha256::new();
        let mut bytes = Vec::new();
        for play in rows {
            for field in Field::ALL {
                bytes.clear();
                field.of(play).encode(&mut bytes);
                digest.update((bytes.len() as u32).to_be_bytes());
                digest.update(&bytes);
            }
        }
        let mut mac = hmac(secret.0.expose_secret());
        mac.update(b"chorus/salt-key/v1");
        mac.update(&digest.finalize());
        Self(SecretBox::new(Box::new(mac.finalize().into_bytes().into())))
    }

    pub(crate) fn from_wire(hex: &Hex<32>) -> Self {
        Self(SecretBox::new(Box::new(hex.0)))
    }

    pub(crate) fn to_wire(&self) -> Hex<32> {
        Hex(*self.0.expose_secret())
    }

    /// The key that opens `field` in all rows and nothing else.
    pub fn field_key(&self, field: Field) -> FieldKey {
        let mut mac = hmac(self.0.expose_secret());
        mac.update(b"chorus/field-key/v1");
        mac.update(&[field.number()]);
        FieldKey::new(field, mac.finalize().into_bytes().into())
    }
}

/// Makes the salts of one field.
pub struct FieldKey {
    field: Field,
    key: SecretBox<[u8; 32]>,
    /// Already holds the key, so that its blocks are hashed once and not for each row.
    mac: Hmac<Sha256>,
}

impl FieldKey {
    pub(crate) fn new(field: Field, key: [u8; 32]) -> Self {
        Self { field, mac: hmac(&key), key: SecretBox::new(Box::new(key)) }
    }

    pub(crate) fn to_wire(&self) -> Hex<32> {
        Hex(*self.key.expose_secret())
    }

    /// The salt of this field in row `row`.
    pub fn salt(&self, row: u32) -> [u8; SALT_BYTES] {
        let mut mac = self.mac.clone();
        mac.update(&row.to_be_bytes());
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        std::array::from_fn(|i| full[i])
    }

    /// The hash of this field in row `row`.
    pub fn hash(&self, row: u32, value: &Value) -> FieldHash {
        field_hash(self.field, &self.salt(row), value)
    }
}

/// `SHA256(0x03 ‖ field ‖ salt ‖ value)`.
pub fn field_hash(field: Field, salt: &[u8; SALT_BYTES], value: &Value) -> FieldHash {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(&[FIELD, field.number()]);
    bytes.extend_from_slice(salt);
    value.encode(&mut bytes);
    Sha256::digest(&bytes).into()
}

/// `SHA256(0x04 ‖ field hashes by number)`.
pub fn row_hash(fields: &[FieldHash; Field::COUNT]) -> Hash32 {
    let mut bytes = [ROW; 1 + 32 * Field::COUNT];
    bytes[1..].copy_from_slice(fields.as_flattened());
    Sha256::digest(bytes).into()
}

/// All field keys of one contribution.
struct Salts([FieldKey; Field::COUNT]);

impl Salts {
    fn new(key: &SaltKey) -> Self {
        Self(Field::ALL.map(|field| key.field_key(field)))
    }

    fn field_hash(&self, field: Field, row: u32, play: &Play) -> FieldHash {
        self.0[field as usize].hash(row, &field.of(play))
    }

    fn field_hashes(&self, row: u32, play: &Play) -> [FieldHash; Field::COUNT] {
        Field::ALL.map(|field| self.field_hash(field, row, play))
    }
}

/// A commitment computed row by row, in memory that does not grow.
pub(crate) struct Committer {
    salts: Salts,
    root: merkle::Root<Software>,
}

impl Committer {
    pub(crate) fn new(key: &SaltKey) -> Self {
        Self { salts: Salts::new(key), root: merkle::Root::new() }
    }

    /// Adds the next row and returns its field hashes.
    pub(crate) fn push(&mut self, play: &Play) -> [FieldHash; Field::COUNT] {
        let fields = self.salts.field_hashes(self.root.items(), play);
        // MAX_ROWS is far below what a tree holds.
        let _ = self.root.push(&row_hash(&fields));
        fields
    }

    pub(crate) fn rows(&self) -> u32 {
        self.root.items()
    }

    /// The commitment; `None` without rows.
    pub(crate) fn finish(&self) -> Option<Hash32> {
        self.root.finish()
    }
}

/// The commitment to `rows`, which must be in canonical order; `None` without rows.
pub fn commit(rows: &[Play], key: &SaltKey) -> Option<Hash32> {
    let mut committer = Committer::new(key);
    for play in rows {
        committer.push(play);
    }
    committer.finish()
}

/// Some fields of one row, with everything needed to check them against a commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The row, from 0.
    pub row: u32,
    /// The number of rows in the contribution.
    pub rows: u32,
    /// The fields shown.
    pub fields: FieldList,
    /// Their values, in the order of `fields`.
    pub values: Vec<Value>,
    /// Their salts, in the order of `fields`.
    pub salts: Vec<Hex<SALT_BYTES>>,
    /// Hashes of the fields not shown, in order of their numbers.
    pub hidden: Vec<Hex<32>>,
    /// Merkle siblings, from the leaf up.
    pub proof: Vec<Hex<32>>,
}

/// Opens the given fields of row `row`, and nothing else, from the commitment to `rows` under `key`.
pub fn open(rows: &[Play], key: &SaltKey, row: u32, fields: &FieldList) -> Result<Opening, Error> {
    const NO_ROW: Error = Error::BadOpening("there is no such row");
    let salts = Salts::new(key);
    let index = row as usize;
    let play = rows.get(index).ok_or(NO_ROW)?;
    let mut hashes = Vec::with_capacity(rows.len());
    for (row, play) in (0..).zip(rows) {
        hashes.push(row_hash(&salts.field_hashes(row, play)));
    }
    let own = salts.field_hashes(row, play);
    Ok(Opening {
        row,
        rows: u32::try_from(rows.len()).map_err(|_| NO_ROW)?,
        fields: fields.clone(),
        values: fields.fields().iter().map(|field| field.of(play)).collect(),
        salts: fields.fields().iter().map(|field| Hex(salts.0[*field as usize].salt(row))).collect(),
        hidden: fields.hidden().map(|field| Hex(own[field as usize])).collect(),
        proof: prove(&hashes, index).into_iter().map(Hex).collect(),
    })
}

impl Opening {
    /// Checks the shown fields against `commitment`.
    pub fn verify(&self, commitment: &Hash32) -> Result<(), Error> {
        let Self { row, rows, fields, values, salts, hidden, proof } = self;
        let shown = fields.fields();
        if values.len() != shown.len() || salts.len() != shown.len() {
            return Err(Error::BadOpening("it does not show each of its fields once"));
        }
        let mut hashes = [[0; 32]; Field::COUNT];
        for ((field, value), salt) in shown.iter().zip(values).zip(salts) {
            if !field.accepts(value) {
                return Err(Error::BadOpening("a value cannot stand in its field"));
            }
            hashes[*field as usize] = field_hash(*field, &salt.0, value);
        }
        fill_hidden(&mut hashes, fields, hidden.iter().map(|hash| hash.0))
            .ok_or(Error::BadOpening("it does not hide each of the other fields once"))?;
        let proof: Vec<Hash32> = proof.iter().map(|hash| hash.0).collect();
        match merkle::verify::<Software>(commitment, *rows, *row, &row_hash(&hashes), &proof) {
            true => Ok(()),
            false => Err(Error::BadOpening("its fields do not lead to it")),
        }
    }
}

/// Puts the hashes of hidden fields into their places; `None` unless there are exactly as many.
pub(crate) fn fill_hidden(
    hashes: &mut [FieldHash; Field::COUNT],
    shown: &FieldList,
    mut hidden: impl Iterator<Item = FieldHash>,
) -> Option<()> {
    for field in shown.hidden() {
        hashes[field as usize] = hidden.next()?;
    }
    hidden.next().is_none().then_some(())
}

/// Siblings of item `index`, from the leaf up: the path of RFC 9162, section 2.1.3.1.
fn prove(items: &[Hash32], index: usize) -> Vec<Hash32> {
    if items.len() <= 1 {
        return Vec::new();
    }
    let (left, right) = items.split_at(items.len().next_power_of_two() / 2);
    let root = |items: &[Hash32]| merkle::root::<Software>(items).unwrap_or_default();
    let (mut proof, sibling) = match index.checked_sub(left.len()) {
        None => (prove(left, index), root(right)),
        Some(index) => (prove(right, index), root(left)),
    };
    proof.push(sibling);
    proof
}
