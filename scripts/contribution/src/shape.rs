//! What one element of an export's list is, judging by its fields and not by its file's name.

use std::collections::BTreeSet;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::rows::{Format, Heard, MAX_TEXT_BYTES};

/// Why a listening row is not part of a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    Podcast,
    Audiobook,
    Video,
    NullTrack,
}

/// What an element turned out to be.
pub(crate) enum Reading {
    Play(Heard),
    Skipped(Skip),
}

/// A field with a value that it cannot hold: the field's name, and what is wrong.
pub(crate) struct Bad(pub(crate) &'static str, pub(crate) &'static str);

/// A JSON value, as far as listening rows have such values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Scalar {
    /// The field is not there.
    #[default]
    Missing,
    Null,
    Flag(bool),
    Whole(i64),
    Text(String),
    /// A fraction, a list or an object: never right, but an error only if somebody looks at it.
    Other,
}

macro_rules! raw_row {
    ($($field:ident = $key:literal,)*) => {
        /// One element with all the fields that either format is known to have.
        #[derive(Debug, Default)]
        pub(crate) struct RawRow {
            $(pub(crate) $field: Scalar,)*
        }

        impl RawRow {
            fn slot(&mut self, key: &str) -> Option<&mut Scalar> {
                match key {
                    $($key => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

raw_row! {
    // Extended history. `ip_addr`, `platform` and the like are not even read.
    ts = "ts",
    ms_played = "ms_played",
    track = "master_metadata_track_name",
    artist = "master_metadata_album_artist_name",
    album = "master_metadata_album_album_name",
    track_uri = "spotify_track_uri",
    episode = "episode_name",
    episode_show = "episode_show_name",
    episode_uri = "spotify_episode_uri",
    audiobook = "audiobook_title",
    audiobook_uri = "audiobook_uri",
    audiobook_chapter = "audiobook_chapter_title",
    audiobook_chapter_uri = "audiobook_chapter_uri",
    reason_start = "reason_start",
    reason_end = "reason_end",
    shuffle = "shuffle",
    skipped = "skipped",
    offline = "offline",
    offline_timestamp = "offline_timestamp",
    incognito = "incognito_mode",
    username = "username",
    // Account data.
    end_time = "endTime",
    account_ms_played = "msPlayed",
    account_track = "trackName",
    account_artist = "artistName",
    podcast = "podcastName",
    account_episode = "episodeName",
    account_audiobook = "audiobookName",
    account_chapter = "chapterName",
    author = "authorName",
}

/// Fields that leave the machine with a contribution. Of `ts` and `endTime` only the day leaves.
const KEPT: [&str; 14] = [
    "ms_played",
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
    "spotify_track_uri",
    "reason_start",
    "reason_end",
    "shuffle",
    "skipped",
    "offline",
    "incognito_mode",
    "msPlayed",
    "trackName",
    "artistName",
];

/// The names of the export's fields that a contribution leaves out.
#[derive(Debug, Default)]
pub(crate) struct Dropped(BTreeSet<String>);

impl Dropped {
    /// A hostile file may name a new field in every row; an honest one has about thirty.
    const MAX: usize = 100;

    fn note(&mut self, key: &str) {
        if KEPT.contains(&key) || self.0.contains(key) {
            return;
        }
        if self.0.len() < Self::MAX && key.len() <= 64 {
            self.0.insert(key.to_owned());
        }
    }

    /// The names, sorted; the time of day is named with its field.
    pub(crate) fn into_names(self) -> Vec<String> {
        let name = |key: String| match key.as_str() {
            "ts" | "endTime" => format!("{key} (time of day)"),
            _ => key,
        };
        self.0.into_iter().map(name).collect()
    }
}

impl RawRow {
    /// The format that this is a row of, if it is one.
    pub(crate) fn format(&self) -> Option<Format> {
        let there = |value: &Scalar| !matches!(value, Scalar::Missing);
        if there(&self.ts) && there(&self.ms_played) {
            Some(Format::Extended)
        } else if there(&self.end_time) && there(&self.account_ms_played) {
            Some(Format::Account)
        } else {
            None
        }
    }
}

/// Reads one element, and notes its keys as dropped if it is a listening row.
pub(crate) struct RowSeed<'a>(pub(crate) &'a mut Dropped);

impl<'de> serde::de::DeserializeSeed<'de> for RowSeed<'_> {
    /// `None` for anything but an object.
    type Value = Option<RawRow>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RowSeed<'_> {
    type Value = Option<RawRow>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut row = RawRow::default();
        let mut keys: Vec<String> = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            match row.slot(&key) {
                Some(slot) => *slot = map.next_value()?,
                None => drop(map.next_value::<IgnoredAny>()?),
            }
            if !self.0.0.contains(&key) {
                keys.push(key);
            }
        }
        if row.format().is_some() {
            keys.iter().for_each(|key| self.0.note(key));
        }
        Ok(Some(row))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Null)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Whole(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(i64::try_from(number).map_or(Scalar::Other, Scalar::Whole))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
                Ok(Scalar::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }

        from.deserialize_any(Any)
    }
}

impl Scalar {
    /// The text; `None` where it is null, missing or empty, as Spotify writes all three.
    pub(crate) fn text(&self, field: &'static str) -> Result<Option<&str>, Bad> {
        match self {
            Self::Missing | Self::Null => Ok(None),
            Self::Text(text) if text.len() > MAX_TEXT_BYTES => Err(Bad(field, "is too long")),
            Self::Text(text) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            _ => Err(Bad(field, "should be a text or null")),
        }
    }

    /// The flag; `None` where it is null or missing.
    pub(crate) fn flag(&self, field: &'static str) -> Result<Option<bool>, Bad> {
        match self {
            Self::Missing | Self::Null => Ok(None),
            Self::Flag(flag) => Ok(Some(*flag)),
            _ => Err(Bad(field, "should be true, false or null")),
        }
    }

    /// The number of milliseconds.
    pub(crate) fn ms(&self, field: &'static str) -> Result<u32, Bad> {
        let Self::Whole(ms) = self else {
            return Err(Bad(field, "should be a whole number of milliseconds"));
        };
        u32::try_from(*ms).map_err(|_| Bad(field, "is negative or more than 49 days"))
    }
}

/// The UTC day of a time, in days since 1970.
pub(crate) fn day_of(ended_s: i64, field: &'static str) -> Result<u32, Bad> {
    u32::try_from(ended_s.div_euclid(86_400)).map_err(|_| Bad(field, "is before 1970"))
}
