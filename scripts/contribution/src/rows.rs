//! The one kind of row that both formats become, the order of rows, and which of them are the same play.

use std::{collections::HashSet, sync::Arc};

use chorus_core::weight::Day;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The two downloads that Spotify offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// "Extended streaming history": the whole life of the account, with times to the second.
    Extended,
    /// "Account data": the last year, with times to the minute and without URIs.
    Account,
}

/// The most rows of one contribution: three lifetimes of the heaviest listeners known.
pub const MAX_ROWS: usize = 1_000_000;

/// The most bytes of one text, such as a track's name.
pub const MAX_TEXT_BYTES: usize = 4096;

/// One song played, as it may leave the member's machine: with a day, but without a time, a place or a device.
///
/// The order of the fields is the canonical order of rows: by day, then by the other fields as they are declared,
/// absent before present, texts by their bytes. So rows say nothing about the order within a day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Play {
    /// The UTC day on which it ended, in days since 1 January 1970.
    pub day: u32,
    /// How long it was played, in milliseconds.
    pub ms_played: u32,
    /// The track's name.
    pub track: Arc<str>,
    /// The artist's name.
    pub artist: Arc<str>,
    /// The album's name (extended history).
    pub album: Option<Arc<str>>,
    /// `spotify:track:…`, or `spotify:local:…` (extended history).
    pub uri: Option<Arc<str>>,
    /// Why it started, such as `clickrow` (extended history).
    pub reason_start: Option<Arc<str>>,
    /// Why it ended, such as `trackdone` (extended history).
    pub reason_end: Option<Arc<str>>,
    /// Whether shuffle was on (extended history).
    pub shuffle: Option<bool>,
    /// Whether it was skipped (extended history, often null).
    pub skipped: Option<bool>,
    /// Whether it was played offline (extended history, often null).
    pub offline: Option<bool>,
    /// Whether the session was private (extended history).
    pub incognito: Option<bool>,
}

/// On the wire a play is a list of twelve values in the order of the fields.
type Wire<Text> = (
    u32,
    u32,
    Text,
    Text,
    Option<Text>,
    Option<Text>,
    Option<Text>,
    Option<Text>,
    Option<bool>,
    Option<bool>,
    Option<bool>,
    Option<bool>,
);

impl Serialize for Play {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let wire: Wire<&str> = (
            self.day,
            self.ms_played,
            &self.track,
            &self.artist,
            self.album.as_deref(),
            self.uri.as_deref(),
            self.reason_start.as_deref(),
            self.reason_end.as_deref(),
            self.shuffle,
            self.skipped,
            self.offline,
            self.incognito,
        );
        wire.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Play {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wire = Wire::<String>::deserialize(from)?;
        let (day, ms_played, track, artist, album, uri, start, end, shuffle, skipped, offline, incognito) = wire;
        let text = |text: String| match text.len() <= MAX_TEXT_BYTES {
            true => Ok(Arc::from(text)),
            false => Err(serde::de::Error::custom("a text is too long")),
        };
        Ok(Self {
            day,
            ms_played,
            track: text(track)?,
            artist: text(artist)?,
            album: album.map(text).transpose()?,
            uri: uri.map(text).transpose()?,
            reason_start: start.map(text).transpose()?,
            reason_end: end.map(text).transpose()?,
            shuffle,
            skipped,
            offline,
            incognito,
        })
    }
}

/// A play with the time it ended. The time never leaves this process; it only tells plays apart.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) format: Format,
    /// Unix seconds, UTC; whole minutes in account data.
    pub(crate) ended_s: i64,
    pub(crate) play: Play,
}

impl Heard {
    fn minute(&self) -> i64 {
        self.ended_s.div_euclid(60)
    }
}

/// Texts, each of which is kept once: they repeat by the thousand.
#[derive(Debug, Default)]
pub(crate) struct Texts(HashSet<Arc<str>>);

impl Texts {
    pub(crate) fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let text: Arc<str> = text.into();
        self.0.insert(text.clone());
        text
    }
}

/// Drops the clock times and every play that is there twice. Returns the rest in canonical order, and how many plays
/// were dropped.
///
/// - Two extended rows are one play if end (to the second), milliseconds, track, artist and URI are equal.
/// - Two account rows are one play if end (to the minute), milliseconds, track and artist are equal.
/// - An account row is the same play as an extended row if track and milliseconds are equal and their ends are at most
///   a minute apart: the formats round differently. The artist is not compared, as one format names the album's and the
///   other the track's. The extended row is kept, as it says more.
///
/// So a play is never counted twice. At worst, two plays of one track that ended in the same minute after the same
/// number of milliseconds count once.
pub(crate) fn distinct(mut heard: Vec<Heard>) -> (Vec<Play>, u64) {
    let before = heard.len();
    // Rows of one play stand side by side, extended ones first, by their end; the other fields make the order total.
    heard.sort_unstable_by(|a, b| {
        let order = |h: &Heard| (h.play.ms_played, h.format, h.ended_s);
        (a.play.track.cmp(&b.play.track))
            .then_with(|| order(a).cmp(&order(b)))
            .then_with(|| (&a.play.artist, &a.play.uri, &a.play).cmp(&(&b.play.artist, &b.play.uri, &b.play)))
    });
    heard.dedup_by(|b, a| {
        (a.format, a.ended_s, a.play.ms_played) == (b.format, b.ended_s, b.play.ms_played)
            && (&a.play.track, &a.play.artist, &a.play.uri) == (&b.play.track, &b.play.artist, &b.play.uri)
    });
    let mut stays = without_account_twins(&heard).into_iter();
    heard.retain(|_| stays.next() == Some(true));
    let mut plays: Vec<Play> = heard.into_iter().map(|heard| heard.play).collect();
    plays.sort_unstable();
    let dropped = (before - plays.len()) as u64;
    (plays, dropped)
}

/// Says of each row whether it stays. The rows are sorted by track, milliseconds, format and end, so that the extended
/// twins of an account row stand right before it, in order of time.
fn without_account_twins(heard: &[Heard]) -> Vec<bool> {
    let same_song = |a: &Heard, b: &Heard| a.play.ms_played == b.play.ms_played && a.play.track == b.play.track;
    heard
        .chunk_by(same_song)
        .flat_map(|group| {
            let (extended, account) = group.split_at(group.partition_point(|heard| heard.format == Format::Extended));
            let has_twin = |row: &Heard| {
                let from = extended.partition_point(|twin| twin.minute() < row.minute() - 1);
                extended.get(from).is_some_and(|twin| twin.minute() <= row.minute() + 1)
            };
            extended.iter().map(|_| true).chain(account.iter().map(move |row| !has_twin(row)))
        })
        .collect()
}

/// Adds a play to the time listened on its day; plays come by rising day.
pub(crate) fn add_to_day(days: &mut Vec<Day>, play: &Play) {
    let played_ms = u64::from(play.ms_played);
    match days.last_mut() {
        Some(last) if last.day == play.day => last.played_ms = last.played_ms.saturating_add(played_ms),
        _ => days.push(Day { day: play.day, played_ms }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(format: Format, ended_s: i64, track: &str, ms_played: u32) -> Heard {
        let play = Play {
            day: u32::try_from(ended_s / 86_400).unwrap(),
            ms_played,
            track: track.into(),
            artist: "a".into(),
            album: None,
            uri: (format == Format::Extended).then(|| "spotify:track:1".into()),
            reason_start: None,
            reason_end: None,
            shuffle: None,
            skipped: None,
            offline: None,
            incognito: None,
        };
        Heard { format, ended_s, play }
    }

    #[track_caller]
    fn check(rows: Vec<Heard>, kept: usize) {
        let all = rows.len();
        let (plays, dropped) = distinct(rows);
        assert_eq!((plays.len(), dropped), (kept, (all - kept) as u64));
        assert!(plays.is_sorted());
    }

    const T: i64 = 1_600_000_020;
    use Format::{Account, Extended};

    #[test]
    fn a_row_that_is_in_two_files_counts_once() {
        check(vec![heard(Extended, T, "x", 1000), heard(Extended, T, "x", 1000)], 1);
        check(vec![heard(Account, T, "x", 1000), heard(Account, T, "x", 1000)], 1);
    }

    #[test]
    fn a_play_at_another_time_or_of_another_length_or_track_is_another_play() {
        check(vec![heard(Extended, T, "x", 1000), heard(Extended, T + 1, "x", 1000)], 2);
        check(vec![heard(Extended, T, "x", 1000), heard(Extended, T, "x", 1001)], 2);
        check(vec![heard(Extended, T, "x", 1000), heard(Extended, T, "y", 1000)], 2);
        check(vec![heard(Account, T, "x", 1000), heard(Account, T + 60, "x", 1000)], 2);
    }

    #[test]
    fn a_play_in_both_formats_counts_once_and_the_extended_row_stays() {
        for apart in [-60, -1, 0, 59, 60] {
            let minute = (T + apart).div_euclid(60) * 60;
            let rows = vec![heard(Account, minute, "x", 1000), heard(Extended, T, "x", 1000)];
            let (plays, dropped) = distinct(rows);
            assert_eq!(dropped, 1, "{apart} s apart");
            assert!(plays[0].uri.is_some());
        }
        check(vec![heard(Account, T + 180, "x", 1000), heard(Extended, T, "x", 1000)], 2);
        check(vec![heard(Account, T - 180, "x", 1000), heard(Extended, T, "x", 1000)], 2);
    }

    proptest::proptest! {
        /// Giving a file twice, or files in another order, changes nothing.
        #[test]
        fn repeated_or_reordered_files_give_the_same_rows(
            rows in proptest::collection::vec((0..2_u8, 0..400_i64, 0..3_u32, 0..2_u32), 0..40),
            from in 0..40_usize,
        ) {
            let rows: Vec<_> = rows
                .into_iter()
                .map(|(format, second, track, ms)| match format {
                    0 => heard(Extended, T + second, &track.to_string(), ms),
                    _ => heard(Account, (T + second) / 60 * 60, &track.to_string(), ms),
                })
                .collect();
            let (once, _) = distinct(rows.clone());
            let mut again: Vec<_> = rows.iter().skip(from).chain(&rows).cloned().collect();
            again.reverse();
            proptest::prop_assert_eq!(distinct(again).0, once);
        }
    }

    #[test]
    fn a_row_comes_back_from_the_wire_as_it_went() {
        let play = heard(Extended, T, "x \"y\"", 1000).play;
        let text = serde_json::to_string(&play).unwrap();
        assert_eq!(text, r#"[18518,1000,"x \"y\"","a",null,"spotify:track:1",null,null,null,null,null,null]"#);
        assert_eq!(serde_json::from_str::<Play>(&text).unwrap(), play);
    }
}
