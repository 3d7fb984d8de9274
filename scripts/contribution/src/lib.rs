//! From a Spotify export to a contribution, a delivery, and back to the proof that nothing was changed.
//!
//! ```text
//! export files ── source, json ──▶ raw rows ── extended, account ──▶ plays with clock times
//!      └ rows::distinct: drop twins and clock times ──▶ rows in canonical order ── commitment, weight
//!           ├─ attestation::request ──▶ attesters: check ──▶ a verdict to sign
//!           └─ bundle::write ──▶ custodian: delivery::assemble ──▶ buyer: delivery::verify
//! ```
//!
//! Nothing here writes a file, keeps a clock or knows a chain: callers bring readers, writers and the day.
//! What is left behind on the member's machine: IP address, country, platform, device, clock times, and
//! every field that is not one of the twelve in [`Field`]. The account's name goes to the attesters alone.

pub mod attestation;
pub mod bundle;
pub mod commitment;
pub mod delivery;

mod account;
mod error;
mod extended;
mod fields;
mod json;
mod nullifier;
mod rows;
mod sealed;
mod shape;
mod source;
mod wire;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use chorus_core::{
    hash::Hash32,
    weight::{self, Day, RuleVersion},
};
use serde::Serialize;

/// The keys of sealed files: an attester, the pool and a buyer each have one of `age`'s.
pub use age::x25519::{Identity, Recipient};

pub use self::{
    account::AccountId,
    commitment::{MemberSecret, SaltKey},
    error::{Error, Place},
    fields::{Field, FieldList, Value},
    nullifier::NullifierKey,
    rows::{MAX_ROWS, MAX_TEXT_BYTES, Play},
    sealed::Kind,
    shape::Format,
    wire::Hex,
};
use self::{
    commitment::Committer,
    json::{Content, Stop},
    rows::{Heard, Texts},
    shape::{Dropped, Reading, Skip},
    source::Source,
};

/// How often progress is told.
const PROGRESS_ROWS: u64 = 4096;

/// How far [`prepare`] is.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// Reading files.
    Reading {
        /// The file being read.
        file: &'a str,
        /// Rows of all files until now.
        rows: u64,
    },
    /// Computing the commitment.
    Committing {
        /// Rows committed until now.
        rows: u64,
        /// Rows in all.
        of: u64,
    },
}

/// Rows that are no part of the contribution, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Podcast episodes.
    pub podcast: u64,
    /// Audiobook chapters.
    pub audiobook: u64,
    /// Music videos and other videos.
    pub video: u64,
    /// Rows in which Spotify names no track or no artist.
    pub null_track: u64,
    /// Plays that were there already, in another file or another format.
    pub duplicate: u64,
}

/// What a contribution would be. `chorus contribute --dry-run --json` shows all of it but `files` and `other_files`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Listening rows read: those kept and those skipped.
    pub rows: u64,
    /// Rows of the contribution.
    pub kept: u64,
    /// The other rows, by reason.
    pub skipped: Skipped,
    /// How many UTC days have a kept row.
    pub days: u64,
    /// The first of them, `YYYY-MM-DD`.
    pub first_day: String,
    /// The last of them, `YYYY-MM-DD`.
    pub last_day: String,
    /// Weight, in points.
    pub weight: u32,
    /// The number of the weight rule.
    pub rule: u16,
    /// The commitment. It depends on the member's secret, too.
    pub commitment: Hex<32>,
    /// Leaves under the commitment, one for each kept row.
    pub leaves: u64,
    /// Fields of the export that do not leave the machine with the rows, by the export's names.
    pub dropped_fields: Vec<String>,
    /// Files with listening rows.
    pub files: u64,
    /// Other files: `Userdata.json`, and what was not used.
    pub other_files: u64,
}

/// A contribution, ready to be sealed for attesters and custodian.
pub struct Prepared {
    /// What to show the member.
    pub summary: Summary,
    /// Whose listening it is; for the attesters alone.
    pub account: AccountId,
    /// The rows, in canonical order.
    pub rows: Vec<Play>,
    /// The key to the rows' salts.
    pub salt_key: SaltKey,
    /// Merkle root over the rows.
    pub commitment: Hash32,
    /// Points under `rule`.
    pub weight: u32,
    /// The weight rule used.
    pub rule: RuleVersion,
}

/// Reads an export (a zip, a folder, single files, or several of these) into a contribution.
///
/// `today` is the UTC day, in days since 1970. Any error leaves nothing behind: nothing is written here.
/// Memory grows with the number of rows, up to [`MAX_ROWS`], and not with the size of the files.
pub fn prepare(
    paths: &[PathBuf],
    secret: &MemberSecret,
    today: u32,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Prepared, Error> {
    let mut export = Export::default();
    let seen = source::visit(paths, &mut |source| export.read(source, &mut progress))?;
    let Export { heard, dropped, read, mut skipped, account, files, format, .. } = export;
    let Some(format) = format else {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(Error::NoHistory { paths: paths.join(", "), files: seen });
    };
    let (rows, duplicate) = rows::distinct(heard);
    skipped.duplicate = duplicate;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Err(Error::NoPlays { rows: read });
    };
    let (first_day, last_day) = (error::date(first.day), error::date(last.day));
    let account = account.ok_or(Error::NoAccount(format))?;

    let mut days: Vec<Day> = Vec::new();
    rows.iter().for_each(|play| attestation::add_to_day(&mut days, play));
    let rule = RuleVersion::CURRENT;
    let weight = weight::weight(rule, days.iter().copied(), today)?;

    let salt_key = SaltKey::new(secret, &rows);
    let kept = rows.len() as u64;
    let mut committer = Committer::new(&salt_key);
    for (done, play) in (0..).zip(&rows) {
        if done % PROGRESS_ROWS == 0 {
            progress(Progress::Committing { rows: done, of: kept });
        }
        committer.push(play);
    }
    progress(Progress::Committing { rows: kept, of: kept });
    let commitment = committer.finish().ok_or(Error::NoPlays { rows: read })?;

    let summary = Summary {
        rows: read,
        kept,
        skipped,
        days: days.len() as u64,
        first_day,
        last_day,
        weight,
        rule: rule.into(),
        commitment: Hex(commitment),
        leaves: committer.rows().into(),
        dropped_fields: dropped.into_names(),
        files,
        other_files: seen as u64 - files,
    };
    Ok(Prepared { summary, account, rows, salt_key, commitment, weight, rule })
}

/// What has been read of an export until now.
#[derive(Default)]
struct Export {
    heard: Vec<Heard>,
    texts: Texts,
    dropped: Dropped,
    read: u64,
    skipped: Skipped,
    account: Option<AccountId>,
    /// The format seen; extended if both are.
    format: Option<Format>,
    files: u64,
}

impl Export {
    fn read(&mut self, mut source: Source<'_>, progress: &mut impl FnMut(Progress<'_>)) -> Result<(), Error> {
        let video = extended::is_video_file(source.file_name());
        let file = source.name.clone();
        let mut dropped = std::mem::take(&mut self.dropped);
        progress(Progress::Reading { file: &file, rows: self.read });
        let content = json::read(&mut source, &mut dropped, &mut |row| {
            self.row(&row, &file, video)?;
            if self.read.is_multiple_of(PROGRESS_ROWS) {
                progress(Progress::Reading { file: &file, rows: self.read });
            }
            Ok(())
        })?;
        self.dropped = dropped;
        let why = match content {
            Content::Rows | Content::Empty => {
                self.files += 1;
                return Ok(());
            }
            Content::Userdata(name) => return name.map_or(Ok(()), |name| self.is_of(&name)),
            Content::Foreign => "it is JSON without listening rows",
            Content::NotJson => "it is not JSON",
        };
        match source.named || (content == Content::NotJson && source.file_name().ends_with(".json")) {
            true => Err(Error::NotAnExport { file, why }),
            false => Ok(()),
        }
    }

    fn row(&mut self, row: &shape::RawRow, file: &str, video: bool) -> Result<(), Stop> {
        self.read += 1;
        let format = row.format().ok_or(Stop::NotListening)?;
        self.format = self.format.min(Some(format)).or(Some(format));
        if let Some(name) = row.username.text("username")? {
            self.is_of(name).map_err(Stop::Error)?;
        }
        let reading = match format {
            Format::Extended => extended::read(row, video, &mut self.texts)?,
            Format::Account => account::read(row, &mut self.texts)?,
        };
        match reading {
            Reading::Play(_) if self.heard.len() == MAX_ROWS => {
                let file = file.to_owned();
                return Err(Stop::Error(Error::TooManyRows { file, limit: MAX_ROWS }));
            }
            Reading::Play(heard) => {
                // By a quarter: doubling would hold three times the rows while it copies.
                if self.heard.len() == self.heard.capacity() {
                    self.heard.reserve_exact(self.heard.len() / 4 + 1024);
                }
                self.heard.push(heard);
            }
            Reading::Skipped(Skip::Podcast) => self.skipped.podcast += 1,
            Reading::Skipped(Skip::Audiobook) => self.skipped.audiobook += 1,
            Reading::Skipped(Skip::Video) => self.skipped.video += 1,
            Reading::Skipped(Skip::NullTrack) => self.skipped.null_track += 1,
        }
        Ok(())
    }

    /// Notes whose export it is; all files must agree.
    fn is_of(&mut self, name: &str) -> Result<(), Error> {
        let id = AccountId::parse(name)?;
        match &self.account {
            Some(known) if *known != id => Err(Error::TwoAccounts(known.reveal().to_owned(), id.reveal().to_owned())),
            _ => {
                self.account = Some(id);
                Ok(())
            }
        }
    }
}
