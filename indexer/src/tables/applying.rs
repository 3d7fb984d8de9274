//! A block being written: the transaction, and what all tables need while they write.

use sqlx::{
    FromRow, Sqlite, SqliteConnection,
    query::{Query, QueryAs},
    sqlite::{SqliteArguments, SqliteQueryResult, SqliteRow},
};

use crate::Error;

/// A block being written, at one of its events.
pub struct Applying<'a> {
    connection: &'a mut SqliteConnection,
    /// The block's number.
    pub block: u64,
    /// The block's clock.
    pub time_s: u64,
    /// The index of the event being applied.
    pub event: u32,
}

impl<'a> Applying<'a> {
    /// Writes through `connection`, which is in a transaction.
    pub fn new(connection: &'a mut SqliteConnection, block: u64, time_s: u64) -> Self {
        Self { connection, block, time_s, event: 0 }
    }

    /// Runs a statement.
    pub async fn run(&mut self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<SqliteQueryResult, Error> {
        query.execute(&mut *self.connection).await.map_err(|error| self.refused(error))
    }

    /// Runs a statement that inserts a row, and tells the row's number.
    pub async fn insert(&mut self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<i64, Error> {
        Ok(self.run(query).await?.last_insert_rowid())
    }

    /// Fetches at most one row.
    pub async fn find<R>(&mut self, query: QueryAs<'_, Sqlite, R, SqliteArguments>) -> Result<Option<R>, Error>
    where
        R: Send + Unpin + for<'r> FromRow<'r, SqliteRow>,
    {
        query.fetch_optional(&mut *self.connection).await.map_err(|error| self.refused(error))
    }

    /// Fetches all rows.
    pub async fn all<R>(&mut self, query: QueryAs<'_, Sqlite, R, SqliteArguments>) -> Result<Vec<R>, Error>
    where
        R: Send + Unpin + for<'r> FromRow<'r, SqliteRow>,
    {
        query.fetch_all(&mut *self.connection).await.map_err(|error| self.refused(error))
    }

    /// The block's number as SQLite takes it.
    pub fn number(&self) -> Result<i64, Error> {
        self.int(self.block)
    }

    /// A number as SQLite takes it: its integers have 63 bits.
    pub fn int(&self, value: impl TryInto<i64> + Copy + std::fmt::Display) -> Result<i64, Error> {
        value.try_into().map_err(|_| self.wrong(format!("{value} is beyond 63 bits")))
    }

    /// The events contradict what they said before.
    pub fn wrong(&self, what: String) -> Error {
        Error::Inconsistent { block: self.block, what: format!("event {}: {what}", self.event) }
    }

    /// A step taken twice or out of order is the events' fault, everything else the database's.
    fn refused(&self, error: sqlx::Error) -> Error {
        match error.as_database_error() {
            Some(fault) if fault.is_unique_violation() || fault.is_foreign_key_violation() => {
                self.wrong(fault.to_string())
            }
            _ => error.into(),
        }
    }
}
