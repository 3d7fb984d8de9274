//! What a member leaves with the custodian: the rows and the key to their salts, sealed to the pool's key.
//!
//! The first line is a `Header`; the rows follow as in an attestation request. The account's name is not in it: a
//! custodian knows a member by address alone.

use std::io::{Read, Write};

use age::{
    secrecy::zeroize::Zeroize as _,
    x25519::{Identity, Recipient},
};
use serde::{Deserialize, Serialize};

use crate::{
    attestation::read_rows,
    commitment::{FieldHash, SaltKey},
    error::Error,
    fields::Field,
    kind::Kind,
    prepare::Prepared,
    rows::Play,
    sealed::{Lines, seal},
    wire::Hex,
};

const KIND: Kind = Kind::Bundle;

/// The first line of a bundle.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// `chorus/bundle/1`.
    format: String,
    /// The member's address.
    member: Hex<20>,
    commitment: Hex<32>,
    salt_key: Hex<32>,
    rows: u32,
}

impl Drop for Header {
    fn drop(&mut self) {
        self.salt_key.0.zeroize();
    }
}

/// A bundle that was opened and whose rows were not read yet.
pub struct Bundle<R: Read> {
    header: Header,
    salt_key: SaltKey,
    lines: Lines<R>,
}

/// Writes the bundle of `member` for `prepared`, encrypted to the pool, and returns `out`.
pub fn write<W: Write>(prepared: &Prepared, member: [u8; 20], pool: &Recipient, out: W) -> Result<W, Error> {
    seal([pool], out, |lines| {
        lines.line(&Header {
            format: KIND.format().to_owned(),
            member: Hex(member),
            commitment: Hex(prepared.commitment),
            salt_key: prepared.salt_key.to_wire(),
            rows: prepared.rows.len() as u32,
        })?;
        prepared.rows.iter().try_for_each(|play| lines.line(play))
    })
}

impl<R: Read> Bundle<R> {
    /// Decrypts a bundle up to its rows. Nothing it says is proven before [`Bundle::read`] succeeds.
    pub fn open(input: R, pool: &Identity) -> Result<Self, Error> {
        let mut lines = Lines::open(KIND, input, pool)?;
        let header: Header = lines.next()?;
        if header.format != KIND.format() {
            return Err(lines.bad(format!("is of the format {:?}, not {:?}", header.format, KIND.format())));
        }
        let salt_key = SaltKey::from_wire(&header.salt_key);
        Ok(Self { header, salt_key, lines })
    }

    /// The address of the member who claims to have made this bundle.
    pub fn member(&self) -> Hex<20> {
        self.header.member
    }

    /// The commitment that the rows must lead to.
    pub fn commitment(&self) -> Hex<32> {
        self.header.commitment
    }

    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        self.header.rows
    }

    /// The key to the rows' salts.
    pub fn salt_key(&self) -> &SaltKey {
        &self.salt_key
    }

    /// Gives every row to `each`, in order and with the hashes of its fields by number, and fails at the end unless the
    /// rows lead to the commitment.
    pub fn read(
        mut self,
        each: impl FnMut(&Play, &[FieldHash; Field::COUNT]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let read = read_rows(&mut self.lines, self.header.rows, &self.salt_key, each)?;
        self.lines.end()?;
        let (claimed, found) = (self.header.commitment, Hex(read.commitment));
        if claimed != found {
            return Err(Error::Mismatch {
                kind: KIND,
                what: "the commitment",
                claimed: claimed.to_string(),
                found: found.to_string(),
            });
        }
        Ok(())
    }
}
