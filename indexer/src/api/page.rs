//! Pages of a list. A cursor says which list, as of which block, and after which row; nothing is kept between requests.

use axum::{Json, http::Uri};
use chorus_bindings::B256;
use sha2::{Digest, Sha256};

use super::{State, failure::ApiError, query::Pages};
use crate::{
    chain::Head,
    tables::{List, Readable, Reader},
    views::{AsOf, Page},
};

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 1_000;

/// A page that was asked for: the view to read it from, and where to go on.
pub(super) struct Asked {
    /// A view of the cursor's block, or of the last one.
    pub(super) reader: Reader,
    /// That block.
    pub(super) as_of: AsOf,
    /// Path and filters as understood, such as `/v1/payouts?offer=0x…`: the list that a cursor belongs to.
    query: String,
    limit: u32,
    cursor: Option<Cursor>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    /// Fingerprint of path and filters: a cursor is good for its own list only.
    list: [u8; 8],
    block: u64,
    hash: B256,
    count: u64,
    after: [u64; 2],
}

impl Asked {
    /// A page of the list at this path with these filters.
    pub(super) async fn new(
        state: &State,
        uri: &Uri,
        filters: &[(&str, Option<String>)],
        pages: Pages,
    ) -> Result<Self, ApiError> {
        let given = filters.iter().filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={value}")));
        let given: Vec<_> = given.collect();
        let path = uri.path();
        let query = if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) };
        let limit = pages.limit.map_or(Ok(LIMIT_DEFAULT), |limit| parse_limit(&limit))?;
        let cursor = pages.cursor.map(|cursor| Cursor::parse(&cursor, &query)).transpose()?;
        let (mut reader, _) = state.read().await?;
        if let Some(cursor) = cursor {
            let block = Head { number: cursor.block, hash: cursor.hash };
            if !reader.pin(block).await? {
                return Err(ApiError::bad(
                    "cursor_expired",
                    "this database does not have the cursor's block; start again without a cursor",
                ));
            }
        }
        let as_of = state.as_of(&reader)?;
        Ok(Self { reader, as_of, query, limit, cursor })
    }

    /// This page of `list`, with its rows as items.
    pub(super) async fn answer<R: Readable, T: From<R>>(mut self, list: &List<R>) -> Result<Json<Page<T>>, ApiError> {
        let (page, rows) = self.page(list).await?;
        Ok(Json(page.of(rows.into_iter().map(T::from).collect())))
    }

    /// This page of `list` without its items, and the rows that they are made from.
    pub(super) async fn page<R: Readable>(&mut self, list: &List<R>) -> Result<(Page<()>, Vec<R>), ApiError> {
        let count = match self.cursor {
            Some(cursor) => cursor.count,
            None => self.reader.count(list).await?,
        };
        let after = self.cursor.map_or([0, 0], |cursor| cursor.after);
        // One more than asked for tells whether there is a next page.
        let mut rows = self.reader.page(list, after, self.limit + 1).await?;
        let more = rows.len() > self.limit as usize;
        rows.truncate(self.limit as usize);
        let next = match rows.last() {
            Some((after, _)) if more => Some(self.next(count, *after)),
            _ => None,
        };
        let page = Page { as_of: self.as_of.clone(), count, items: Vec::new(), next };
        Ok((page, rows.into_iter().map(|(_, row)| row).collect()))
    }

    fn next(&self, count: u64, after: [u64; 2]) -> String {
        let AsOf { block, hash, .. } = self.as_of;
        let cursor = Cursor { list: fingerprint(&self.query), block, hash: hash.0, count, after };
        let joint = if self.query.contains('?') { '&' } else { '?' };
        format!("{}{joint}limit={}&cursor={}", self.query, self.limit, cursor.text())
    }
}

impl Cursor {
    const BYTES: usize = 8 + 8 + 32 + 8 + 16;

    fn text(&self) -> String {
        let [first, second] = self.after.map(u64::to_be_bytes);
        hex::encode(
            [&self.list[..], &self.block.to_be_bytes(), &self.hash.0, &self.count.to_be_bytes(), &first, &second]
                .concat(),
        )
    }

    fn parse(text: &str, query: &str) -> Result<Self, ApiError> {
        let bad = || ApiError::bad("bad_cursor", "a cursor comes from `next` of the page before, unchanged");
        if text.len() != 2 * Self::BYTES {
            return Err(bad());
        }
        let bytes = hex::decode(text).map_err(|_| bad())?;
        let number = |at: usize| bytes[at..at + 8].try_into().map(u64::from_be_bytes).map_err(|_| bad());
        let list = bytes[..8].try_into().map_err(|_| bad())?;
        if list != fingerprint(query) {
            return Err(ApiError::bad("bad_cursor", "this cursor belongs to another list or other filters"));
        }
        Ok(Self {
            list,
            block: number(8)?,
            hash: B256::from_slice(&bytes[16..48]),
            count: number(48)?,
            after: [number(56)?, number(64)?],
        })
    }
}

fn fingerprint(query: &str) -> [u8; 8] {
    let digest = Sha256::digest(query);
    std::array::from_fn(|index| digest[index])
}

fn parse_limit(text: &str) -> Result<u32, ApiError> {
    match text.parse() {
        Ok(limit @ 1..=LIMIT_MAX) => Ok(limit),
        _ => Err(ApiError::bad("bad_limit", format!("limit is a number from 1 to {LIMIT_MAX}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "/v1/payouts?offer=0x01";

    fn cursor() -> Cursor {
        Cursor { list: fingerprint(QUERY), block: 7, hash: B256::repeat_byte(3), count: 12, after: [5, 6] }
    }

    #[test]
    fn a_cursor_survives_its_text() {
        assert_eq!(Cursor::parse(&cursor().text(), QUERY).unwrap(), cursor());
    }

    #[test]
    fn t43_a_cursor_of_another_list_or_form_is_refused() {
        assert!(Cursor::parse(&cursor().text(), "/v1/payouts").is_err());
        for text in ["", "0", "zz", &"0".repeat(2 * Cursor::BYTES), &"é".repeat(Cursor::BYTES), &cursor().text()[2..]]
        {
            assert!(Cursor::parse(text, QUERY).is_err(), "{text}");
        }
    }

    #[test]
    fn t43_a_limit_is_bounded() {
        for text in ["0", "1001", "-1", "99999999999999999999", "1e3", "", " 1"] {
            assert!(parse_limit(text).is_err(), "{text}");
        }
        assert_eq!(parse_limit("1000").unwrap(), 1_000);
    }
}
