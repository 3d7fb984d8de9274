//! What a buyer receives: the allowed fields of every row of every member in the sale, and what it takes to check each
//! of them against the commitments on chain.
//!
//! A delivery is sealed to the buyer. Its lines are one `Header` and then, for each member by rising number, one
//! `MemberHeader` and one `Row` for each row. A member's header holds the keys of the allowed fields, from which
//! their salts follow; a row holds the hashes of the other fields. So the buyer recomputes every commitment, and from
//! the commitments the manifest's root that the custodian put on chain.

use std::io::{Read, Write};

use age::x25519::{Identity, Recipient};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use chorus_core::{
    hash::{Hash32, Software},
    merkle,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    bundle::Bundle,
    commitment::{FieldKey, fill_hidden, row_hash},
    error::Error,
    fields::{Field, FieldList, Value},
    kind::Kind,
    rows::MAX_ROWS,
    sealed::{LineWriter, Lines, seal},
    wire::Hex,
};

const KIND: Kind = Kind::Delivery;

/// The first line of a delivery.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// `chorus/delivery/1`.
    format: String,
    offer: Hex<32>,
    fields: FieldList,
    members: u32,
}

/// The line before a member's rows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberHeader {
    number: u32,
    commitment: Hex<32>,
    rows: u32,
    /// The keys of the allowed fields, in order of the fields' numbers.
    keys: Vec<Hex<32>>,
}

/// The values of the allowed fields, and the joined hashes of the others in base64; both in order of the fields'
/// numbers.
#[derive(Serialize, Deserialize)]
struct Row(Vec<Value>, String);

/// One member of a sale, as the chain knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The member's number, from `attestations`.
    pub number: u32,
    /// The commitment that the sale holds them to.
    pub commitment: Hash32,
}

/// What was delivered: the two hashes that the custodian puts on chain, and how much it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Delivered {
    /// SHA-256 of the encrypted file, as `sha256sum` prints it.
    pub bundle_hash: Hex<32>,
    /// Merkle root over the members' numbers and commitments.
    pub manifest_root: Hex<32>,
    /// The number of members in the delivery.
    pub members: u32,
    /// The number of rows, of all members together.
    pub rows: u64,
}

/// The manifest's root for `members`, who are listed by rising number; `None` without members.
pub fn manifest_root(members: &[Member]) -> Option<Hash32> {
    let mut root = merkle::Root::<Software>::new();
    for Member { number, commitment } in members {
        root.push(&merkle::manifest_leaf::<Software>(*number, commitment)).ok()?;
    }
    root.finish()
}

fn checked_root(members: &[Member]) -> Result<Hash32, Error> {
    if let Some(pair) = members.windows(2).find(|pair| pair[0].number >= pair[1].number) {
        let why = "members must be listed by rising number, each of them once".to_owned();
        return Err(Error::Member { number: pair[1].number, why });
    }
    manifest_root(members).ok_or(Error::BadSealed { kind: KIND, line: 0, why: "there are no members".to_owned() })
}

/// Assembles the delivery of `fields` for `offer` from the bundles of exactly `members`, encrypts it to
/// `buyer` and writes it to `out`.
///
/// `open` finds a member's bundle. A bundle that is missing, broken or of another commitment stops the whole delivery
/// with an error that names the member; nobody can decrypt what was written by then.
pub fn assemble<R: Read>(
    offer: Hash32,
    fields: &FieldList,
    members: &[Member],
    mut open: impl FnMut(&Member) -> Result<R, Error>,
    pool: &Identity,
    buyer: &Recipient,
    out: impl Write,
) -> Result<Delivered, Error> {
    let manifest_root = Hex(checked_root(members)?);
    let mut rows = 0;
    let hashing = Hashing { inner: out, hash: Sha256::new() };
    let mut written = seal([buyer], hashing, |lines| {
        lines.line(&Header {
            format: KIND.format().to_owned(),
            offer: Hex(offer),
            fields: fields.clone(),
            members: members.len() as u32,
        })?;
        for member in members {
            let bundle = open(member).and_then(|input| Bundle::open(input, pool));
            rows += bundle
                .and_then(|bundle| write_member(member, bundle, fields, lines))
                .map_err(|error| Error::Member { number: member.number, why: error.to_string() })?;
        }
        Ok(())
    })?;
    written.inner.flush().map_err(Error::Write)?;
    let bundle_hash = Hex(written.hash.finalize().into());
    Ok(Delivered { bundle_hash, manifest_root, members: members.len() as u32, rows })
}

fn write_member<R: Read>(
    member: &Member,
    bundle: Bundle<R>,
    fields: &FieldList,
    lines: &mut LineWriter<'_>,
) -> Result<u64, Error> {
    if bundle.commitment().0 != member.commitment {
        return Err(Error::Mismatch {
            kind: Kind::Bundle,
            what: "the commitment",
            claimed: bundle.commitment().to_string(),
            found: Hex(member.commitment).to_string(),
        });
    }
    let rows = bundle.rows();
    lines.line(&MemberHeader {
        number: member.number,
        commitment: Hex(member.commitment),
        rows,
        keys: fields.fields().iter().map(|field| bundle.salt_key().field_key(*field).to_wire()).collect(),
    })?;
    let mut hidden = Vec::with_capacity(32 * Field::COUNT);
    bundle.read(|play, hashes| {
        hidden.clear();
        for field in fields.hidden() {
            hidden.extend_from_slice(&hashes[field as usize]);
        }
        let shown = fields.fields().iter().map(|field| field.of(play)).collect();
        lines.line(&Row(shown, BASE64.encode(&hidden)))
    })?;
    Ok(u64::from(rows))
}

/// What a buyer knows from the chain before opening a delivery.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The offer's id.
    pub offer: Hash32,
    /// The fields that the offer names.
    pub fields: &'a FieldList,
    /// The members in the sale by rising number, recomputed from the chain.
    pub members: &'a [Member],
    /// The manifest's root on chain.
    pub manifest_root: Hash32,
    /// The bundle's hash on chain.
    pub bundle_hash: Hash32,
}

/// Checks a delivery against the chain: every allowed field of every row of every member.
///
/// Rows are given to `each` with the member's number while the check runs; they are proven only once it has returned.
/// The error names the first member who is missing, extra or different.
pub fn verify(
    delivery: impl Read,
    buyer: &Identity,
    expected: &Expected<'_>,
    mut each: impl FnMut(u32, &[Value]) -> Result<(), Error>,
) -> Result<Delivered, Error> {
    let must = |what, claimed: Hash32, found: Hash32| match claimed == found {
        true => Ok(()),
        false => {
            Err(Error::Mismatch { kind: KIND, what, claimed: Hex(claimed).to_string(), found: Hex(found).to_string() })
        }
    };
    must("the manifest's root", expected.manifest_root, checked_root(expected.members)?)?;

    let mut input = Hashing { inner: delivery, hash: Sha256::new() };
    let mut lines = Lines::open(KIND, &mut input, buyer)?;
    let header: Header = lines.next()?;
    if header.format != KIND.format() {
        return Err(lines.bad(format!("is of the format {:?}, not {:?}", header.format, KIND.format())));
    }
    must("the offer", header.offer.0, expected.offer)?;
    if header.fields != *expected.fields {
        return Err(lines.bad(format!("holds the fields {}, not {}", header.fields, expected.fields)));
    }
    if header.members as usize != expected.members.len() {
        return Err(lines.bad(format!(
            "holds {} members, not the {} in the sale",
            header.members,
            expected.members.len()
        )));
    }
    let mut rows = 0;
    for member in expected.members {
        rows += verify_member(&mut lines, member, expected.fields, &mut each)
            .map_err(|error| Error::Member { number: member.number, why: error.to_string() })?;
    }
    lines.end()?;
    drop(lines);
    // Anything that follows the sealed text is part of the file, too.
    std::io::copy(&mut input, &mut std::io::sink()).map_err(|error| Error::reading("the delivery", error))?;
    let bundle_hash = Hex(input.hash.finalize().into());
    must("the hash on chain", expected.bundle_hash, bundle_hash.0)?;
    Ok(Delivered { bundle_hash, manifest_root: Hex(expected.manifest_root), members: header.members, rows })
}

fn verify_member<R: Read>(
    lines: &mut Lines<R>,
    member: &Member,
    fields: &FieldList,
    each: &mut impl FnMut(u32, &[Value]) -> Result<(), Error>,
) -> Result<u64, Error> {
    let header: MemberHeader = lines.next()?;
    if header.number != member.number {
        return Err(lines.bad(format!("this is member {} instead", header.number)));
    }
    if header.commitment.0 != member.commitment {
        return Err(lines.bad("the commitment is not the one on chain"));
    }
    if header.keys.len() != fields.fields().len() || header.rows as usize > MAX_ROWS {
        return Err(lines.bad("there is not one key for each field, or there are too many rows"));
    }
    let keys: Vec<_> =
        fields.fields().iter().zip(&header.keys).map(|(field, key)| (*field, FieldKey::new(*field, key.0))).collect();
    let mut root = merkle::Root::<Software>::new();
    for row in 0..header.rows {
        let Row(values, hidden) = lines.next()?;
        let fits =
            values.len() == keys.len() && keys.iter().zip(&values).all(|((field, _), value)| field.accepts(value));
        if !fits {
            return Err(lines.bad("the values do not fit the fields"));
        }
        let mut hashes = [[0; 32]; Field::COUNT];
        for ((field, key), value) in keys.iter().zip(&values) {
            hashes[*field as usize] = key.hash(row, value);
        }
        let hidden = BASE64.decode(hidden).map_err(|error| lines.bad(error.to_string()))?;
        let (hidden, rest) = hidden.as_chunks::<32>();
        if !rest.is_empty() || fill_hidden(&mut hashes, fields, hidden.iter().copied()).is_none() {
            return Err(lines.bad("there is not one hash for each hidden field"));
        }
        root.push(&row_hash(&hashes)).map_err(|error| lines.bad(error.to_string()))?;
        each(member.number, &values)?;
    }
    match root.finish() {
        Some(root) if root == member.commitment => Ok(u64::from(header.rows)),
        _ => Err(lines.bad("the rows do not lead to the member's commitment")),
    }
}

/// Hashes what passes through.
struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}
