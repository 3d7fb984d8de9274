//! Everything that can be wrong with an export, a sealed file or a delivery.

use std::{fmt, io};

use chorus_core::weight::Refusal;

use crate::{kind::Kind, rows::Format};

/// A place in an export file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file; inside an archive, `archive.zip/folder/file.json`.
    pub file: String,
    /// Which element of the file's list it is in, from 1, if it is in one.
    pub row: Option<u64>,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}, column {}", self.file, self.line, self.column)?;
        match self.row {
            Some(row) => write!(f, " (row {row})"),
            None => Ok(()),
        }
    }
}

/// Why a contribution, a check or a delivery stopped. Nothing is half accepted: throw away what was written before an
/// error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Reading failed.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// Writing failed.
    #[error("cannot write")]
    Write(#[source] io::Error),
    /// There was no file to read.
    #[error("there is no file to read: give the zip from Spotify, its folder, or its files")]
    NoFiles,
    /// A device, a pipe or a socket.
    #[error("{0} is neither a file nor a folder")]
    NotAFile(String),
    /// A symbolic link inside a folder or an archive: it could name any file of this machine.
    #[error("{0} is a symbolic link; name the file itself if it belongs to the export")]
    Symlink(String),
    /// An archive with a path that leaves it.
    #[error(
        "{archive} holds the entry {entry:?}, a path that climbs out of the archive: this archive is not from Spotify"
    )]
    ClimbsOut {
        /// The archive.
        archive: String,
        /// The entry's name.
        entry: String,
    },
    /// An archive that cannot be read.
    #[error("{file} cannot be read as part of a zip archive: {why}")]
    BadArchive {
        /// The archive, or its entry.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// An archive that unpacks to far more than any export.
    #[error(
        "{file} unpacks to more than {limit_bytes} bytes, more than an archive of its size can honestly hold \
         (a zip bomb?)"
    )]
    ZipBomb {
        /// The entry at which it was noticed.
        file: String,
        /// The limit for this archive.
        limit_bytes: u64,
    },
    /// More files than an export has.
    #[error("{place} holds more than {limit} files, more than any export")]
    TooManyFiles {
        /// The folder or archive.
        place: String,
        /// The limit.
        limit: usize,
    },
    /// A file that the member chose although it is not part of an export.
    #[error("{file} is not a listening history: {why}")]
    NotAnExport {
        /// The file.
        file: String,
        /// What it is instead.
        why: &'static str,
    },
    /// None of the files holds listening rows.
    #[error(
        "no listening history in {}; the rows are in files such as Streaming_History_Audio_2021-2022_1.json, \
         endsong_0.json or StreamingHistory_music_0.json",
        first_of(names, *files)
    )]
    NoHistory {
        /// The names of the first few files.
        names: Vec<String>,
        /// How many files were looked at.
        files: u64,
    },
    /// The file ends in the middle.
    #[error("{0}: the file ends here in the middle; unpack or download it again")]
    Truncated(Place),
    /// The file is not JSON.
    #[error("{place}: {why}")]
    BadJson {
        /// Where it goes wrong.
        place: Place,
        /// What the parser says.
        why: String,
    },
    /// One element is longer than any row.
    #[error("{file}, row {row}: longer than {limit_bytes} bytes, and no row of an export is that long")]
    RowTooLong {
        /// The file.
        file: String,
        /// The element, from 1.
        row: u64,
        /// The limit.
        limit_bytes: u64,
    },
    /// More rows than fit.
    #[error("{file}: more than {limit} rows, more than a contribution can hold")]
    TooManyRows {
        /// The file in which the limit was passed.
        file: String,
        /// The limit.
        limit: usize,
    },
    /// A field of a row holds a value that it cannot hold.
    #[error("{place}: `{field}` {why}")]
    BadField {
        /// Where the row is.
        place: Place,
        /// The field, by the export's name for it.
        field: &'static str,
        /// What is wrong with the value.
        why: &'static str,
    },
    /// An element without the fields of a listening row, among others that have them.
    #[error("{0}: this element is not a listening row, though others in the file are")]
    NotListening(Place),
    /// There are rows but not one song.
    #[error(
        "there is not one song in the {rows} rows: podcasts, audiobooks, videos and rows without a track are not part \
         of a contribution"
    )]
    NoPlays {
        /// Rows read.
        rows: u64,
    },
    /// The export does not name its account.
    #[error("the export names no account, so it cannot be contributed: {}", account_hint(.0))]
    NoAccount(Format),
    /// The export names two accounts.
    #[error("the files name two accounts, {0:?} and {1:?}: contribute one account at a time")]
    TwoAccounts(String, String),
    /// An account name that no account can have.
    #[error("the account name {0:?} is empty, too long or holds control characters")]
    BadAccount(String),
    /// A history that is impossible or has no weight.
    #[error("the history is refused: {}", dated(.0))]
    Weight(#[from] Refusal),
    /// A list of fields that is empty or names an unknown field.
    #[error("bad field list: {0}")]
    BadFields(String),
    /// The system has no source of randomness.
    #[error("the system cannot give random numbers: {0}")]
    Random(String),
    /// Encryption failed.
    #[error("cannot encrypt: {0}")]
    Encrypt(String),
    /// Not an age file, or not for this key.
    #[error("cannot decrypt the {kind}: {why}")]
    Decrypt {
        /// What the file should be.
        kind: Kind,
        /// What age says.
        why: String,
    },
    /// A decrypted file does not have its proper form.
    #[error("the {kind}, line {line}: {why}")]
    BadSealed {
        /// What the file should be.
        kind: Kind,
        /// The line of the decrypted text, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A file claims a value that its rows do not lead to.
    #[error("the {kind} claims {what} {claimed}, but its rows give {found}")]
    Mismatch {
        /// What the file is.
        kind: Kind,
        /// Which value was recomputed.
        what: &'static str,
        /// The value that the file claims.
        claimed: String,
        /// The value that was computed.
        found: String,
    },
    /// A member's data is not what the chain says they contributed.
    #[error("member {number}: {why}")]
    Member {
        /// The member's number.
        number: u32,
        /// What is wrong with their data.
        why: String,
    },
    /// An opening does not lead to the commitment.
    #[error("this opening does not lead to the commitment: {0}")]
    BadOpening(&'static str),
}

/// The names of the first few files, and how many more there are.
fn first_of(names: &[String], files: u64) -> String {
    match files.saturating_sub(names.len() as u64) {
        0 => names.join(", "),
        more => format!("{} and {more} more files", names.join(", ")),
    }
}

fn account_hint(format: &Format) -> &'static str {
    match format {
        Format::Account => "add Userdata.json, which is in the same download as the StreamingHistory files",
        Format::Extended => {
            "extended histories since 2024 have no `username`; add Userdata.json from Spotify's \"Account data\" \
             download of the same account"
        }
    }
}

/// The refusal, with dates instead of day numbers.
fn dated(refusal: &Refusal) -> String {
    match *refusal {
        Refusal::DayBeforeSpotify { day } => {
            format!("{} is before Spotify existed", date(day))
        }
        Refusal::DayInFuture { day, today } => {
            format!("{} has not come yet, today is {} (UTC)", date(day), date(today))
        }
        Refusal::MoreThanADay { day, played_ms } => {
            let minutes = played_ms / 60_000;
            format!("{} holds {} h {:02} min of listening", date(day), minutes / 60, minutes % 60)
        }
        other => other.to_string(),
    }
}

/// A day, counted from 1970, as `YYYY-MM-DD`.
pub(crate) fn date(day: u32) -> String {
    let epoch = jiff::civil::date(1970, 1, 1);
    match epoch.checked_add(jiff::Span::new().days(day)) {
        Ok(date) => date.to_string(),
        Err(_) => format!("day {day}"),
    }
}

/// Errors travel through readers and parsers as `io::Error` and come out as they were.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl Error {
    /// The error that `error` carries, or else a failed read of `file`.
    pub fn reading(file: &str, error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(carried) => carried,
            Err(source) => Self::Read { file: file.to_owned(), source },
        }
    }
}
