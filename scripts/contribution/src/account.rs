//! Rows of the account data: `StreamingHistory_music_0.json`, the older `StreamingHistory0.json`, and the
//! podcast and audiobook files beside them; and `Userdata.json`, which names the account.

use std::fmt;

use jiff::{civil::DateTime, tz::TimeZone};
use serde::{Serialize, Serializer};

use crate::{
    error::Error,
    rows::{Format, Heard, Play, Texts},
    shape::{Bad, RawRow, Reading, Scalar, Skip, day_of},
};

/// What Spotify writes for a song that it no longer has.
const UNKNOWN: (&str, &str) = ("Unknown Track", "Unknown Artist");

/// Reads one row.
///
/// The older files list podcasts as if they were songs, with the show as the artist; nothing tells them apart.
pub(crate) fn read(row: &RawRow, texts: &mut Texts) -> Result<Reading, Bad> {
    let ended_s = ended_s(&row.end_time)?;
    let ms_played = row.account_ms_played.ms("msPlayed")?;
    if row.podcast.text("podcastName")?.is_some() || row.account_episode.text("episodeName")?.is_some() {
        return Ok(Reading::Skipped(Skip::Podcast));
    }
    if row.account_audiobook.text("audiobookName")?.is_some()
        || row.account_chapter.text("chapterName")?.is_some()
        || row.author.text("authorName")?.is_some()
    {
        return Ok(Reading::Skipped(Skip::Audiobook));
    }
    let track = row.account_track.text("trackName")?;
    let artist = row.account_artist.text("artistName")?;
    let (Some(track), Some(artist)) = (track, artist) else {
        return Ok(Reading::Skipped(Skip::NullTrack));
    };
    if (track, artist) == UNKNOWN {
        return Ok(Reading::Skipped(Skip::NullTrack));
    }
    let play = Play {
        day: day_of(ended_s, "endTime")?,
        ms_played,
        track: texts.intern(track),
        artist: texts.intern(artist),
        album: None,
        uri: None,
        reason_start: None,
        reason_end: None,
        shuffle: None,
        skipped: None,
        offline: None,
        incognito: None,
    };
    Ok(Reading::Play(Heard { format: Format::Account, ended_s, play }))
}

/// `endTime`, `2023-01-15 14:32` in UTC, as unix seconds.
fn ended_s(end_time: &Scalar) -> Result<i64, Bad> {
    const WRONG: Bad = Bad("endTime", "should be a UTC time such as 2023-01-15 14:32");
    let Scalar::Text(text) = end_time else { return Err(WRONG) };
    let time = DateTime::strptime("%Y-%m-%d %H:%M", text).map_err(|_| WRONG)?;
    Ok(time.to_zoned(TimeZone::UTC).map_err(|_| WRONG)?.timestamp().as_second())
}

/// Keys of `Userdata.json` beside `username`. One of them must be there: other files of the download, such
/// as playlists and messages, name *other* people.
pub(crate) const USERDATA_KEYS: [&str; 5] = ["email", "country", "creationTime", "birthdate", "createdFromFacebook"];

/// The canonical id of a Spotify account: trimmed, in lower case, the same in both formats.
///
/// It goes to the attesters and nowhere else; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountId(String);

impl AccountId {
    /// Spotify's own names have at most 30 characters, those that came from Facebook are numbers, and emails were once
    /// allowed.
    const MAX_BYTES: usize = 254;

    /// The canonical id of the account called `name`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let id = name.trim().to_lowercase();
        if id.is_empty() || id.len() > Self::MAX_BYTES || id.contains(char::is_control) {
            return Err(Error::BadAccount(name.chars().take(64).collect()));
        }
        Ok(Self(id))
    }

    /// The id, to be shown to its owner or to be encrypted.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountId(…)")
    }
}

impl Serialize for AccountId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl Drop for AccountId {
    fn drop(&mut self) {
        use age::secrecy::zeroize::Zeroize as _;
        self.0.zeroize();
    }
}
