//! Reading as of a block: a view of the database, and lists to page through.

use std::{
    fmt::Write,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use sqlx::{AssertSqlSafe, FromRow, Row, Sqlite, Transaction, sqlite::SqliteRow};

use super::{
    blocks,
    columns::{Code, Coded},
};
use crate::{Error, chain::Head};

/// A read transaction: SQLite shows it the database as of its first look.
///
/// In every query `?1` is the block to read as of, so that no table can be read without it by accident.
pub struct Reader {
    transaction: Transaction<'static, Sqlite>,
    as_of: Option<blocks::Applied>,
    queries: Arc<AtomicU64>,
}

/// A list to page through: rows in order of a growing key, filtered by equality.
pub struct List<R> {
    /// What is selected.
    pub columns: &'static str,
    /// The table, with whatever is joined to it.
    pub from: &'static str,
    /// The column that says in which block a row came to be.
    pub block: &'static str,
    /// The columns that order the rows and tell them apart.
    pub key: &'static [&'static str],
    /// The values that columns must have.
    pub filters: Vec<(&'static str, Value)>,
    /// What a row is read into.
    pub row: PhantomData<fn() -> R>,
}

/// A value in a query. Values never become part of the query's text.
#[derive(Clone, Debug)]
pub enum Value {
    /// For a blob.
    Blob(Vec<u8>),
    /// For a number; one beyond SQLite's integers is beyond every row.
    Number(u64),
    /// For a text.
    Text(String),
}

impl<T: Coded> From<Code<T>> for Value {
    fn from(code: Code<T>) -> Self {
        Self::Number(code.0.code().into())
    }
}

/// Whatever can be read from a row.
pub trait Readable: Send + Unpin + for<'r> FromRow<'r, SqliteRow> {}

impl<R: Send + Unpin + for<'r> FromRow<'r, SqliteRow>> Readable for R {}

impl Reader {
    /// A view of the last block; later blocks do not change it. `queries` counts what is asked.
    pub async fn new(transaction: Transaction<'static, Sqlite>, queries: Arc<AtomicU64>) -> Result<Self, Error> {
        let mut reader = Self { transaction, as_of: None, queries };
        reader.as_of = blocks::last(&mut reader).await?;
        Ok(reader)
    }

    /// The block that this view shows; none before the first was applied.
    pub fn as_of(&self) -> Option<&blocks::Applied> {
        self.as_of.as_ref()
    }

    /// The clock of the block that this view shows.
    pub fn now_s(&self) -> u64 {
        self.as_of.as_ref().map_or(0, |block| block.time_s)
    }

    /// Looks at an earlier block. False when the database does not have exactly that block.
    pub async fn pin(&mut self, block: Head) -> Result<bool, Error> {
        match blocks::at(self, block.number).await? {
            Some(found) if found.hash.0 == block.hash => {
                self.as_of = Some(found);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// How many rows the list has as of the block.
    pub async fn count<R>(&mut self, list: &List<R>) -> Result<u64, Error> {
        let mut values = Vec::new();
        let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", list.from, list.conditions(&mut values));
        let (count,) = self.required(sql, &values).await?;
        Ok(count)
    }

    /// The next rows after `after`, with their keys.
    pub async fn page<R: Readable>(
        &mut self,
        list: &List<R>,
        after: [u64; 2],
        limit: u32,
    ) -> Result<Vec<([u64; 2], R)>, Error> {
        let mut values = Vec::new();
        let mut sql = format!("SELECT {}", list.columns);
        for (place, column) in list.key.iter().enumerate() {
            let _ = write!(sql, ", {column} AS key_{place}");
        }
        let _ = write!(sql, " FROM {} WHERE {}", list.from, list.conditions(&mut values));
        let key = list.key.join(", ");
        let places: Vec<_> =
            after[..list.key.len()].iter().map(|after| place(&mut values, Value::Number(*after))).collect();
        let _ = write!(sql, " AND ({key}) > ({}) ORDER BY {key}", places.join(", "));
        let _ = write!(sql, " LIMIT {}", place(&mut values, Value::Number(limit.into())));
        let key = |row: &SqliteRow| -> sqlx::Result<[u64; 2]> {
            Ok([row.try_get("key_0")?, if list.key.len() > 1 { row.try_get("key_1")? } else { 0 }])
        };
        let rows = self.rows(sql, &values).await?;
        rows.iter().map(|row| Ok((key(row)?, R::from_row(row)?))).collect()
    }

    /// At most one row.
    pub async fn optional<R: Readable>(
        &mut self,
        query: impl Into<String>,
        values: &[Value],
    ) -> Result<Option<R>, Error> {
        self.rows(query.into(), values).await?.first().map(|row| Ok(R::from_row(row)?)).transpose()
    }

    /// A row that must be there. Rows that belong together are written together: one without the other is a damaged
    /// database, not "not found".
    pub async fn required<R: Readable>(&mut self, query: impl Into<String>, values: &[Value]) -> Result<R, Error> {
        let query = query.into();
        self.optional(query.clone(), values).await?.ok_or_else(|| Error::Database(format!("no row for {query}")))
    }

    /// All rows.
    pub async fn all<R: Readable>(&mut self, query: impl Into<String>, values: &[Value]) -> Result<Vec<R>, Error> {
        self.rows(query.into(), values).await?.iter().map(|row| Ok(R::from_row(row)?)).collect()
    }

    /// The only door to the database: everything asked is counted here. The text of a query is never a client's.
    async fn rows(&mut self, query: String, values: &[Value]) -> Result<Vec<SqliteRow>, Error> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let at = self.as_of.as_ref().map_or(0, |block| block.number);
        let query = sqlx::query::<Sqlite>(AssertSqlSafe(query)).bind(int(at));
        let query = values.iter().fold(query, |query, value| match value {
            Value::Blob(bytes) => query.bind(bytes.clone()),
            Value::Number(number) => query.bind(int(*number)),
            Value::Text(text) => query.bind(text.clone()),
        });

        Ok(query.fetch_all(&mut *self.transaction).await?)
    }
}

impl<R> List<R> {
    fn conditions(&self, values: &mut Vec<Value>) -> String {
        let mut conditions = format!("{} <= ?1", self.block);
        for (column, value) in &self.filters {
            let _ = write!(conditions, " AND {column} = {}", place(values, value.clone()));
        }
        conditions
    }
}

/// Adds a value, and gives the place in the query's text that stands for it.
fn place(values: &mut Vec<Value>, value: Value) -> String {
    values.push(value);
    // `?1` is the block.
    format!("?{}", values.len() + 1)
}

fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
