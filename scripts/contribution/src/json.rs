//! Reads one file of an export as a stream of rows, in memory that does not grow with the file.

use std::{
    cell::Cell,
    fmt,
    io::{self, Cursor, Read},
};

use serde::{
    Deserializer as _,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    account::USERDATA_KEYS,
    error::{Error, Place},
    shape::{Bad, Dropped, RawRow, RowSeed, Scalar},
    source::Source,
};

/// The most bytes that one row may take. Spotify's rows have about 800.
const MAX_ROW_BYTES: u64 = 1 << 20;
/// How far to look for the first character that is not white space.
const HEAD_BYTES: u64 = 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";
const UTF16_BOMS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// What a file turned out to hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A list with listening rows.
    Rows,
    /// A list without elements, as Spotify writes for a year without videos.
    Empty,
    /// `Userdata.json`, with the account that it names, if it names one.
    Userdata(Option<String>),
    /// JSON of any other kind.
    Foreign,
    /// Something other than JSON, such as the manual that comes with an export.
    NotJson,
}

/// Reads `source` and gives every listening row to `each`.
pub(crate) fn read(
    source: &mut Source<'_>,
    dropped: &mut Dropped,
    each: &mut dyn FnMut(RawRow) -> Result<(), Stop>,
) -> Result<Content, Error> {
    let file = source.name.clone();
    let mut head = Vec::new();
    let reading = |error| Error::reading(&file, error);
    (&mut source.reader).take(HEAD_BYTES).read_to_end(&mut head).map_err(reading)?;
    if UTF16_BOMS.iter().any(|bom| head.starts_with(bom)) {
        return Ok(Content::NotJson);
    }
    if head.starts_with(BOM) {
        head.drain(..BOM.len());
    }
    match head.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[' | b'{') => {}
        Some(_) => return Ok(Content::NotJson),
        // An empty file that should have been JSON was cut off at its start.
        None if source.file_name().ends_with(".json") => {
            return Err(Error::Truncated(Place { file, row: None, line: 1, column: 1 }));
        }
        None => return Ok(Content::NotJson),
    }

    let row = Cell::new(0);
    let left = Cell::new(MAX_ROW_BYTES);
    let reader = Bounded { inner: Cursor::new(head).chain(&mut source.reader), left: &left, file: &file, row: &row };
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut stop = None;
    let top = Top { dropped, each, row: &row, left: &left, stop: &mut stop };
    let content = json.deserialize_any(top).and_then(|content| {
        row.set(0);
        json.end().map(|()| content)
    });
    content.map_err(|error| {
        let place = Place {
            row: Some(row.get()).filter(|row| *row > 0),
            line: error.line(),
            column: error.column(),
            file: file.clone(),
        };
        match stop {
            Some(Stop::Error(error)) => error,
            Some(Stop::Bad(Bad(field, why))) => Error::BadField { place, field, why },
            Some(Stop::NotListening) => Error::NotListening(place),
            None if error.is_io() => Error::reading(&file, error.into()),
            None if error.is_eof() => Error::Truncated(place),
            None => Error::BadJson { place, why: without_place(&error) },
        }
    })
}

/// Why reading stops in the middle of a file.
pub(crate) enum Stop {
    /// A value that a field cannot hold; the place is added in this module.
    Bad(Bad),
    /// An element among rows that is not a row; the place is added in this module.
    NotListening,
    Error(Error),
}

impl From<Bad> for Stop {
    fn from(bad: Bad) -> Self {
        Self::Bad(bad)
    }
}

/// serde_json ends its messages with the place, which our own errors name already.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(why, _)| why.to_owned())
}

struct Top<'a> {
    dropped: &'a mut Dropped,
    each: &'a mut dyn FnMut(RawRow) -> Result<(), Stop>,
    row: &'a Cell<u64>,
    left: &'a Cell<u64>,
    stop: &'a mut Option<Stop>,
}

impl Top<'_> {
    fn stop<E: serde::de::Error>(self, why: Stop) -> E {
        *self.stop = Some(why);
        E::custom("stopped")
    }
}

impl<'de> Visitor<'de> for Top<'_> {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Content, A::Error> {
        let mut content = Content::Empty;
        loop {
            self.left.set(MAX_ROW_BYTES);
            self.row.set(self.row.get() + 1);
            let Some(element) = seq.next_element_seed(RowSeed(self.dropped))? else {
                return Ok(content);
            };
            let row = element.filter(|row| row.format().is_some());
            content = match (content, row) {
                (Content::Empty | Content::Rows, Some(row)) => match (self.each)(row) {
                    Ok(()) => Content::Rows,
                    Err(why) => return Err(self.stop(why)),
                },
                (Content::Empty | Content::Foreign, None) => Content::Foreign,
                _ => return Err(self.stop(Stop::NotListening)),
            };
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut username = None;
        let mut is_userdata = false;
        while let Some(key) = map.next_key::<String>()? {
            is_userdata |= USERDATA_KEYS.contains(&key.as_str());
            if key == "username" {
                username = Some(map.next_value::<Scalar>()?);
            } else {
                // A playlist may be long, but skipping it takes no memory.
                self.left.set(u64::MAX);
                map.next_value::<IgnoredAny>()?;
            }
            self.left.set(MAX_ROW_BYTES);
        }
        Ok(match username {
            Some(Scalar::Text(name)) if is_userdata => Content::Userdata(Some(name)),
            Some(_) if is_userdata => Content::Userdata(None),
            _ => Content::Foreign,
        })
    }
}

/// Refuses rows that would fill the memory: the parser holds one row at a time.
struct Bounded<'a, R> {
    inner: R,
    left: &'a Cell<u64>,
    file: &'a str,
    row: &'a Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let Some(left) = self.left.get().checked_sub(read as u64) else {
            let (file, row) = (self.file.to_owned(), self.row.get());
            return Err(Error::RowTooLong { file, row, limit_bytes: MAX_ROW_BYTES }.into());
        };
        self.left.set(left);
        Ok(read)
    }
}
