//! Reads an export into a contribution, ready to be sealed for the attesters and the custodian.

use std::io::{Read, Seek};

use chorus_core::{
    hash::Hash32,
    weight::{self, Day, RuleVersion},
};
use serde::Serialize;

use crate::{
    account::{self, AccountId},
    commitment::{Committer, MemberSecret, SaltKey},
    error::{self, Error},
    extended,
    json::{self, Content, Stop},
    rows::{self, Format, Heard, MAX_ROWS, Play, Texts},
    shape::{Dropped, RawRow, Reading, Skip},
    source::{self, ExportFile, Source},
    wire::Hex,
};

/// How many rows pass between two reports of progress.
const PROGRESS_ROWS: u64 = 4096;

/// How many names of files an error lists before it only counts the others.
const NAMES_SHOWN: usize = 3;

/// How far [`prepare`] has come.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// Reading files.
    Reading {
        /// The file being read.
        file: &'a str,
        /// Rows read so far, in all files.
        rows: u64,
    },
    /// Computing the commitment.
    Committing {
        /// Rows committed to so far.
        rows: u64,
        /// Rows in all.
        of: u64,
    },
}

/// How many rows were left out of the contribution, by reason.
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
    /// Plays that were there already, in another file or in the other format.
    pub duplicate: u64,
}

/// What a contribution would be. `chorus contribute --dry-run --json` shows all of it but `files` and `other_files`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Listening rows read, both those kept and those left out.
    pub rows: u64,
    /// Rows of the contribution.
    pub kept: u64,
    /// The rows left out, by reason.
    pub skipped: Skipped,
    /// How many UTC days have a kept row.
    pub days: u64,
    /// The first of these days, `YYYY-MM-DD`.
    pub first_day: String,
    /// The last of these days, `YYYY-MM-DD`.
    pub last_day: String,
    /// Weight, in points.
    pub weight: u32,
    /// The number of the weight rule.
    pub rule: u16,
    /// The commitment. It depends on the member's secret as well as on the rows.
    pub commitment: Hex<32>,
    /// Leaves under the commitment, one for each kept row.
    pub leaves: u64,
    /// Fields of the export that stay on this machine, by the export's names for them.
    pub dropped_fields: Vec<String>,
    /// Files with listening rows.
    pub files: u64,
    /// Other files: `Userdata.json`, and whatever was not used.
    pub other_files: u64,
}

/// A contribution, ready to be sealed for the attesters and the custodian.
pub struct Prepared {
    /// What to show the member.
    pub summary: Summary,
    /// The account whose listening it is, meant for the attesters alone.
    pub account: AccountId,
    /// The rows, in canonical order.
    pub rows: Vec<Play>,
    /// The key to the rows' salts.
    pub salt_key: SaltKey,
    /// Merkle root over the rows.
    pub commitment: Hash32,
    /// Weight in points, under `rule`.
    pub weight: u32,
    /// The weight rule used.
    pub rule: RuleVersion,
}

/// Reads an export (a zip, its files, or several of these) into a contribution.
///
/// In a browser, `files` are the bytes that the member chose:
///
/// ```
/// use chorus_contribution::{ExportFile, MemberSecret, prepare};
/// use std::io::Cursor;
///
/// let json = br#"[{"ts":"2021-03-04T05:06:07Z","ms_played":90000,"username":"listener",
///     "master_metadata_track_name":"Song","master_metadata_album_artist_name":"Artist"}]"#;
/// let file = ExportFile { name: "endsong_0.json".to_owned(), chosen: true, content: Cursor::new(json) };
/// let today = 20_605; // 1 June 2026
/// let prepared = prepare([Ok(file)], &MemberSecret::from_bytes([7; 32]), today, |_| {})?;
/// assert_eq!(prepared.summary.kept, 1);
/// # Ok::<(), chorus_contribution::Error>(())
/// ```
///
/// `today` is the UTC day, in days since 1970. Nothing is written, so an error leaves nothing behind. Memory grows with
/// the number of rows, up to [`MAX_ROWS`], and not with the size of the files.
pub fn prepare<R: Read + Seek>(
    files: impl IntoIterator<Item = Result<ExportFile<R>, Error>>,
    secret: &MemberSecret,
    today: u32,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Prepared, Error> {
    let mut export = Export::default();
    for file in files {
        source::visit(file?, &mut |source| export.read(source, &mut progress))?;
    }
    let Export { heard, dropped, read, mut skipped, account, files, seen, names, format, .. } = export;
    if seen == 0 {
        return Err(Error::NoFiles);
    }
    let format = format.ok_or(Error::NoHistory { names, files: seen })?;
    let (rows, duplicate) = rows::distinct(heard);
    skipped.duplicate = duplicate;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Err(Error::NoPlays { rows: read });
    };
    let (first_day, last_day) = (error::date(first.day), error::date(last.day));
    let account = account.ok_or(Error::NoAccount(format))?;

    let mut days: Vec<Day> = Vec::new();
    rows.iter().for_each(|play| rows::add_to_day(&mut days, play));
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
        other_files: seen - files,
    };
    Ok(Prepared { summary, account, rows, salt_key, commitment, weight, rule })
}

/// What has been read of an export so far.
#[derive(Default)]
struct Export {
    heard: Vec<Heard>,
    texts: Texts,
    dropped: Dropped,
    read: u64,
    skipped: Skipped,
    account: Option<AccountId>,
    /// The format seen; `Extended` if both were.
    format: Option<Format>,
    /// Files with listening rows.
    files: u64,
    /// Files of any kind.
    seen: u64,
    /// The names of the first few files.
    names: Vec<String>,
}

impl Export {
    fn read(&mut self, mut source: Source<'_>, progress: &mut impl FnMut(Progress<'_>)) -> Result<(), Error> {
        let video = extended::is_video_file(source.file_name());
        let file = source.name.clone();
        self.seen += 1;
        if self.names.len() < NAMES_SHOWN {
            self.names.push(file.clone());
        }
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
        match source.chosen || (content == Content::NotJson && source.file_name().ends_with(".json")) {
            true => Err(Error::NotAnExport { file, why }),
            false => Ok(()),
        }
    }

    fn row(&mut self, row: &RawRow, file: &str, video: bool) -> Result<(), Stop> {
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
                // Grown by a quarter: doubling would hold three times the rows while it copies.
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

    /// Notes the account that the export belongs to; all files must agree on it.
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
