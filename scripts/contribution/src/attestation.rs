//! What a member sends to the attesters, and what an attester keeps of it: a verdict.
//!
//! A request is sealed to all attesters. Its first line is a `Header`; the rows follow, one per line, as lists of
//! twelve values in canonical order. An attester recomputes commitment, weight and nullifier, signs the verdict, and
//! keeps nothing else.
//!
//! Whether the rows are true is for the attesters to judge; nothing here can compute it.

use std::io::{Read, Write};

use age::{
    secrecy::zeroize::Zeroize as _,
    x25519::{Identity, Recipient},
};
use chorus_core::{
    hash::Hash32,
    weight::{self, Day, RuleVersion},
};
use serde::{Deserialize, Serialize};

use crate::{
    account::AccountId,
    commitment::{Committer, FieldHash, SaltKey},
    error::Error,
    fields::Field,
    kind::Kind,
    nullifier::NullifierKey,
    prepare::Prepared,
    rows::{MAX_ROWS, Play, add_to_day},
    sealed::{Lines, seal},
    wire::Hex,
};

const KIND: Kind = Kind::AttestationRequest;

/// The first line of a request.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// `chorus/attestation-request/1`.
    format: String,
    /// The member's address. The attestation is for this member, whoever relays the request.
    member: Hex<20>,
    /// The canonical name of the Spotify account.
    account: String,
    commitment: Hex<32>,
    salt_key: Hex<32>,
    /// The number of the weight rule.
    rule: u16,
    weight: u32,
    rows: u32,
}

impl Drop for Header {
    fn drop(&mut self) {
        self.account.zeroize();
        self.salt_key.0.zeroize();
    }
}

/// What an attester signs, and all that an attester keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The member's address.
    pub member: Hex<20>,
    /// Merkle root over the rows.
    pub commitment: Hex<32>,
    /// Which account it is, for whoever holds the attesters' key.
    pub nullifier: Hex<32>,
    /// Weight in points, under the rule.
    pub weight: u32,
    /// The number of the weight rule.
    pub rule: u16,
}

/// Writes the request of `member` for `prepared`, encrypted to every attester, and returns `out`.
pub fn request<'a, W: Write>(
    prepared: &Prepared,
    member: [u8; 20],
    attesters: impl IntoIterator<Item = &'a Recipient>,
    out: W,
) -> Result<W, Error> {
    seal(attesters, out, |lines| {
        lines.line(&Header {
            format: KIND.format().to_owned(),
            member: Hex(member),
            account: prepared.account.reveal().to_owned(),
            commitment: Hex(prepared.commitment),
            salt_key: prepared.salt_key.to_wire(),
            rule: prepared.rule.into(),
            weight: prepared.weight,
            rows: prepared.rows.len() as u32,
        })?;
        prepared.rows.iter().try_for_each(|play| lines.line(play))
    })
}

/// Checks a request from anyone: decrypts it row by row, recomputes everything and refuses any difference.
///
/// `today` is the attester's day, in days since 1970. Memory does not grow with the request.
pub fn check(request: impl Read, identity: &Identity, key: &NullifierKey, today: u32) -> Result<Verdict, Error> {
    let mut lines = Lines::open(KIND, request, identity)?;
    let header: Header = lines.next()?;
    if header.format != KIND.format() {
        return Err(lines.bad(format!("is of the format {:?}, not {:?}", header.format, KIND.format())));
    }
    let account = AccountId::parse(&header.account)?;
    if account.reveal() != header.account {
        return Err(lines.bad("the account's name is not in its canonical form"));
    }
    let salt_key = SaltKey::from_wire(&header.salt_key);
    let rule = RuleVersion::try_from(header.rule)?;
    let read = read_rows(&mut lines, header.rows, &salt_key, |_, _| Ok(()))?;
    lines.end()?;

    let weight = weight::weight(rule, read.days, today)?;
    must_equal("the weight", header.weight, weight)?;
    must_equal("the commitment", header.commitment, Hex(read.commitment))?;
    let nullifier = Hex(key.nullifier(&account));
    Ok(Verdict { member: header.member, commitment: header.commitment, nullifier, weight, rule: header.rule })
}

fn must_equal<T: PartialEq + ToString>(what: &'static str, claimed: T, found: T) -> Result<(), Error> {
    match claimed == found {
        true => Ok(()),
        false => Err(Error::Mismatch { kind: KIND, what, claimed: claimed.to_string(), found: found.to_string() }),
    }
}

/// What is computed from rows while they are read once.
pub(crate) struct Rows {
    pub(crate) commitment: Hash32,
    pub(crate) days: Vec<Day>,
}

/// Reads `count` rows, checks their order and recomputes their commitment. `each` gets every row with the hashes of its
/// fields, by number.
pub(crate) fn read_rows<R: Read>(
    lines: &mut Lines<R>,
    count: u32,
    salt_key: &SaltKey,
    mut each: impl FnMut(&Play, &[FieldHash; Field::COUNT]) -> Result<(), Error>,
) -> Result<Rows, Error> {
    if count as usize > MAX_ROWS {
        return Err(lines.bad(format!("more than {MAX_ROWS} rows")));
    }
    let mut committer = Committer::new(salt_key);
    let mut days: Vec<Day> = Vec::new();
    let mut previous: Option<Play> = None;
    for _ in 0..count {
        let play: Play = lines.next()?;
        if previous.as_ref().is_some_and(|previous| *previous > play) {
            return Err(lines.bad("the rows are not in canonical order"));
        }
        let hashes = committer.push(&play);
        add_to_day(&mut days, &play);
        each(&play, &hashes)?;
        previous = Some(play);
    }
    let commitment = committer.finish().ok_or_else(|| lines.bad("there are no rows"))?;
    Ok(Rows { commitment, days })
}
