//! The twelve fields of a row: names, values, and lists of those that a sale allows.

use std::{fmt, sync::Arc};

use chorus_core::hash::{Hash32, Keccak as _, Software};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{
    error::Error,
    rows::{MAX_TEXT_BYTES, Play},
};

/// One field of a row. Its number, the position in [`Field::ALL`], is part of every commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// UTC day, in days since 1970.
    Day,
    /// Milliseconds played.
    MsPlayed,
    /// The track's name.
    Track,
    /// The artist's name.
    Artist,
    /// The album's name.
    Album,
    /// The track's URI.
    Uri,
    /// Why the play started.
    ReasonStart,
    /// Why the play ended.
    ReasonEnd,
    /// Whether shuffle was on.
    Shuffle,
    /// Whether the play was skipped.
    Skipped,
    /// Whether the device was offline.
    Offline,
    /// Whether the session was private.
    Incognito,
}

/// What kind of value a field holds when it is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Number,
    Text,
    Flag,
}

impl Field {
    /// How many fields there are.
    pub const COUNT: usize = 12;

    /// All fields, in order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Day,
        Self::MsPlayed,
        Self::Track,
        Self::Artist,
        Self::Album,
        Self::Uri,
        Self::ReasonStart,
        Self::ReasonEnd,
        Self::Shuffle,
        Self::Skipped,
        Self::Offline,
        Self::Incognito,
    ];

    /// The number that stands for the field in commitments.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The name in field lists and deliveries.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::MsPlayed => "ms_played",
            Self::Track => "track",
            Self::Artist => "artist",
            Self::Album => "album",
            Self::Uri => "uri",
            Self::ReasonStart => "reason_start",
            Self::ReasonEnd => "reason_end",
            Self::Shuffle => "shuffle",
            Self::Skipped => "skipped",
            Self::Offline => "offline",
            Self::Incognito => "incognito",
        }
    }

    fn holds(self) -> Type {
        match self {
            Self::Day | Self::MsPlayed => Type::Number,
            Self::Track | Self::Artist | Self::Album | Self::Uri | Self::ReasonStart | Self::ReasonEnd => Type::Text,
            Self::Shuffle | Self::Skipped | Self::Offline | Self::Incognito => Type::Flag,
        }
    }

    /// The field's value in `play`.
    pub fn of(self, play: &Play) -> Value {
        let text = |text: &Option<Arc<str>>| text.clone().map_or(Value::Absent, Value::Text);
        let flag = |flag: Option<bool>| flag.map_or(Value::Absent, Value::Flag);
        match self {
            Self::Day => Value::Number(play.day),
            Self::MsPlayed => Value::Number(play.ms_played),
            Self::Track => Value::Text(play.track.clone()),
            Self::Artist => Value::Text(play.artist.clone()),
            Self::Album => text(&play.album),
            Self::Uri => text(&play.uri),
            Self::ReasonStart => text(&play.reason_start),
            Self::ReasonEnd => text(&play.reason_end),
            Self::Shuffle => flag(play.shuffle),
            Self::Skipped => flag(play.skipped),
            Self::Offline => flag(play.offline),
            Self::Incognito => flag(play.incognito),
        }
    }

    /// Whether a value of this kind can stand in this field.
    pub(crate) fn accepts(self, value: &Value) -> bool {
        match value {
            Value::Absent => !matches!(self, Self::Day | Self::MsPlayed | Self::Track | Self::Artist),
            Value::Number(_) => self.holds() == Type::Number,
            Value::Flag(_) => self.holds() == Type::Flag,
            Value::Text(text) => self.holds() == Type::Text && text.len() <= MAX_TEXT_BYTES,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Field {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|field| field.name() == name).ok_or_else(|| {
            let all: Vec<_> = Self::ALL.iter().map(|field| field.name()).collect();
            Error::BadFields(format!("there is no field {name:?}; there are {}", all.join(", ")))
        })
    }
}

/// The value of one field of one row. In JSON it is `null`, a number, `true` or `false`, or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Null, or a field that the member's format does not have.
    Absent,
    /// A day or a number of milliseconds.
    Number(u32),
    /// True or false.
    Flag(bool),
    /// A text.
    Text(#[serde(with = "text")] Arc<str>),
}

/// `Arc<str>` in JSON, without switching on serde's `rc` for everybody.
mod text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(from).map(Arc::from)
    }
}

impl Value {
    /// Appends the bytes that are hashed: `0` for an absent value; otherwise `1` and then a number in four bytes, most
    /// significant first, a flag in one byte, 0 or 1, or a text in UTF-8. Which of the three follows from the field.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Absent => out.push(0),
            Self::Number(number) => {
                out.push(1);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Self::Flag(flag) => out.extend_from_slice(&[1, u8::from(*flag)]),
            Self::Text(text) => {
                out.push(1);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
}

/// The fields that a sale allows: at least one, each of them once, in order of their numbers.
///
/// As text and in JSON it is their names in that order, joined by commas: `day,ms_played,artist`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldList(Vec<Field>);

impl FieldList {
    /// All fields.
    pub fn all() -> Self {
        Self(Field::ALL.to_vec())
    }

    /// The fields, in order of their numbers.
    pub fn fields(&self) -> &[Field] {
        &self.0
    }

    /// Whether `field` is allowed.
    pub fn allows(&self, field: Field) -> bool {
        self.0.contains(&field)
    }

    /// The fields that are not allowed, in order of their numbers.
    pub fn hidden(&self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(|field| !self.allows(*field))
    }

    /// The hash that an offer names: Keccak-256 of the list as text.
    pub fn hash(&self) -> Hash32 {
        Software::keccak(self.to_string().as_bytes())
    }
}

impl fmt::Display for FieldList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|field| field.name()).collect();
        f.write_str(&names.join(","))
    }
}

impl std::str::FromStr for FieldList {
    type Err = Error;

    /// Accepts any order and spaces around the names.
    fn from_str(list: &str) -> Result<Self, Error> {
        let mut fields = Vec::new();
        for name in list.split(',') {
            let field: Field = name.trim().parse()?;
            if fields.contains(&field) {
                return Err(Error::BadFields(format!("{field} is named twice")));
            }
            fields.push(field);
        }
        fields.sort_unstable();
        Ok(Self(fields))
    }
}

impl Serialize for FieldList {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FieldList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fields_number_is_its_position() {
        for (position, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(field.number()), position);
            assert_eq!(field.name().parse::<Field>().unwrap(), field);
        }
    }

    #[test]
    fn a_list_is_the_same_in_whatever_order_it_is_written() {
        let list: FieldList = "artist, day".parse().unwrap();
        assert_eq!(list.to_string(), "day,artist");
        assert_eq!(list.hash(), "day,artist".parse::<FieldList>().unwrap().hash());
        assert_eq!(list.hidden().count(), 10);
    }

    #[test]
    fn unknown_empty_and_repeated_names_are_refused() {
        for list in ["", "day,", "ip_addr", "day,day", "Day"] {
            assert!(list.parse::<FieldList>().is_err(), "{list}");
        }
    }
}
