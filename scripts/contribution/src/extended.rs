//! Rows of the extended streaming history.
//!
//! Fields as in downloads from 2021 (`endsong_0.json`, with `username`, `ip_addr_decrypted` and
//! `user_agent_decrypted`) to 2026 (`Streaming_History_Audio_2026_3.json`, with `ip_addr` and the audiobook
//! fields, without `username`). Every field except `ts` and `ms_played` may be null or missing.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::{
    rows::{Format, Heard, Play, Texts},
    shape::{Bad, RawRow, Reading, Scalar, Skip, day_of},
};

/// Spotify's name for the file of videos. Music videos have a track and exactly the fields of audio rows, so the file's
/// name is all that tells them apart. Nowhere else does a file's name matter.
const VIDEO_FILE: &str = "Streaming_History_Video";

/// Whether the rows of this file are videos.
pub(crate) fn is_video_file(file_name: &str) -> bool {
    file_name.starts_with(VIDEO_FILE)
}

/// Reads one row; `video` says that its file holds videos.
pub(crate) fn read(row: &RawRow, video: bool, texts: &mut Texts) -> Result<Reading, Bad> {
    let ended_s = ended_s(&row.ts)?;
    let ms_played = row.ms_played.ms("ms_played")?;
    let uri = row.track_uri.text("spotify_track_uri")?;
    if row.episode.text("episode_name")?.is_some()
        || row.episode_show.text("episode_show_name")?.is_some()
        || row.episode_uri.text("spotify_episode_uri")?.is_some()
        || uri.is_some_and(|uri| uri.starts_with("spotify:episode:"))
    {
        return Ok(Reading::Skipped(Skip::Podcast));
    }
    if row.audiobook.text("audiobook_title")?.is_some()
        || row.audiobook_uri.text("audiobook_uri")?.is_some()
        || row.audiobook_chapter.text("audiobook_chapter_title")?.is_some()
        || row.audiobook_chapter_uri.text("audiobook_chapter_uri")?.is_some()
    {
        return Ok(Reading::Skipped(Skip::Audiobook));
    }
    if video || uri.is_some_and(|uri| uri.starts_with("spotify:video:")) {
        return Ok(Reading::Skipped(Skip::Video));
    }
    let track = row.track.text("master_metadata_track_name")?;
    let artist = row.artist.text("master_metadata_album_artist_name")?;
    let (Some(track), Some(artist)) = (track, artist) else {
        return Ok(Reading::Skipped(Skip::NullTrack));
    };
    let album = row.album.text("master_metadata_album_album_name")?;
    let reason_start = row.reason_start.text("reason_start")?;
    let reason_end = row.reason_end.text("reason_end")?;
    let offline = row.offline.flag("offline")?;
    let heard_s = match offline {
        Some(true) => heard_offline_s(&row.offline_timestamp, ended_s, ms_played),
        _ => ended_s,
    };
    let mut keep = |text: &str| texts.intern(text);
    let play = Play {
        day: day_of(heard_s, "ts")?,
        ms_played,
        track: keep(track),
        artist: keep(artist),
        album: album.map(&mut keep),
        uri: uri.map(&mut keep),
        reason_start: reason_start.map(&mut keep),
        reason_end: reason_end.map(&mut keep),
        shuffle: row.shuffle.flag("shuffle")?,
        skipped: row.skipped.flag("skipped")?,
        offline,
        incognito: row.incognito.flag("incognito_mode")?,
    };
    Ok(Reading::Play(Heard { format: Format::Extended, ended_s, play }))
}

/// When a play without a connection ended, in unix seconds.
///
/// Its `ts` is the moment when the device was online again: two weeks abroad all arrive in the same minute, and one day
/// would hold more than 24 hours. `offline_timestamp` is when the play started, in seconds or, in some years, in
/// milliseconds. It is believed if it lies within the 30 days for which Spotify plays offline.
fn heard_offline_s(offline_timestamp: &Scalar, online_s: i64, ms_played: u32) -> i64 {
    const OFFLINE_S: i64 = 30 * 86_400;
    const FIRST_MS: i64 = 100_000_000_000;
    let Scalar::Whole(start) = *offline_timestamp else { return online_s };
    let start_s = if start >= FIRST_MS { start / 1000 } else { start };
    let ended_s = start_s.saturating_add(i64::from(ms_played / 1000));
    match (online_s - OFFLINE_S..=online_s).contains(&ended_s) {
        true => ended_s,
        false => online_s,
    }
}

/// `ts` as unix seconds: `2021-03-04T05:06:07Z`, or UTC without the `Z`, as Spotify's manual has it.
fn ended_s(ts: &Scalar) -> Result<i64, Bad> {
    const WRONG: Bad = Bad("ts", "should be a UTC time such as 2021-03-04T05:06:07Z");
    let Scalar::Text(text) = ts else { return Err(WRONG) };
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time.as_second());
    }
    let time = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).map_err(|_| WRONG)?;
    Ok(time.to_zoned(TimeZone::UTC).map_err(|_| WRONG)?.timestamp().as_second())
}
