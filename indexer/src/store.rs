//! The database: SQLite, one writer, several readers, write-ahead log. With its tables the only place that knows sqlx.
//!
//! Rows and cursor of a block are one transaction, so that whatever stops the process, the file holds whole blocks.

use std::{
    collections::BTreeSet,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chorus_bindings::{B256, Contract, Deployment};
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, Connection, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    Error,
    chain::{Block, Emitted, Head},
    decode::Decoded,
    tables::{self, Reader, blocks, events, settings},
};

/// The tables' making. Databases of other versions are refused, so a change here needs no second file.
static MIGRATIONS: Migrator = sqlx::migrate!();
/// Connections that answer the API.
const READERS: u32 = 8;
/// How long a reader waits for a free connection, and a writer for another process's lock.
const WAIT: Duration = Duration::from_secs(5);

/// An open database.
pub struct Store {
    path: PathBuf,
    /// Device and inode: whoever deletes the file leaves us writing to nothing.
    identity: (u64, u64),
    writer: SqlitePool,
    readers: SqlitePool,
    /// How many queries readers have asked.
    queries: Arc<AtomicU64>,
}

impl Store {
    /// Opens or makes the database of this deployment.
    ///
    /// # Errors
    /// [`Error::OtherDatabase`] when it was made for another deployment, [`Error::OtherFormat`] when it was made by
    /// another version of this program, or by another program, and [`Error::Database`] when it cannot be opened.
    pub async fn open(path: &Path, deployment: &Deployment) -> Result<Self, Error> {
        check_format(path).await?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut may cost the last blocks, never their wholeness; the chain has them still.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(WAIT);
        let writer =
            SqlitePoolOptions::new().max_connections(1).acquire_timeout(WAIT).connect_with(options.clone()).await;
        let writer = writer.map_err(|error| Error::Database(format!("{}: {error}", path.display())))?;
        MIGRATIONS.run(&writer).await.map_err(|error| Error::Database(error.to_string()))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT)
            .connect_with(options.read_only(true))
            .await?;
        let identity = identity(path).ok_or_else(|| Error::DatabaseGone(path.into()))?;
        blocks::claim(&writer, deployment).await?;
        Ok(Self { path: path.into(), identity, writer, readers, queries: Arc::default() })
    }

    /// The last applied block.
    pub async fn cursor(&self) -> Result<Option<Head>, Error> {
        self.check_identity()?;
        blocks::cursor(&self.writer).await
    }

    /// The hash of an applied block.
    pub async fn hash_at(&self, number: u64) -> Result<Option<B256>, Error> {
        blocks::hash_at(&self.writer, number).await
    }

    /// The contracts whose deployment was seen.
    pub async fn deployed(&self) -> Result<BTreeSet<Contract>, Error> {
        settings::deployed(&self.writer).await
    }

    /// A view of the database as of its last block; later blocks do not change it.
    pub async fn read(&self) -> Result<Reader, Error> {
        self.check_identity()?;
        Reader::new(self.readers.begin().await?, self.queries.clone()).await
    }

    /// How many queries have been asked through views since the start.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// Applies a block: its rows, the ledger's check against the balance, and the cursor, all or nothing.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when a sum does not come out, [`Error::Database`] when the database refuses.
    pub async fn apply(&self, block: &Block, events: &[Decoded]) -> Result<(), Error> {
        self.check_identity()?;
        let mut connection = self.writer.acquire().await?;
        let applied = apply_in(&mut connection, block, events).await;
        if applied.is_err() {
            // A full disk makes SQLite roll back by itself, which sqlx does not see: such a connection begins no
            // further transaction.
            let _ = connection.close().await;
        }
        applied?;
        // What was committed to a file that is gone is not kept.
        self.check_identity()
    }

    /// Keeps the raw bytes of an event that could not be decoded.
    pub async fn keep_undecodable(
        &self,
        block: &Block,
        contract: Contract,
        emitted: &Emitted,
        reason: &str,
    ) -> Result<(), Error> {
        self.check_identity()?;
        events::keep_undecodable(&self.writer, block, contract, emitted, reason).await
    }

    /// SHA-256 over all rows of all tables: equal exactly if two databases hold the same.
    pub async fn digest(&self) -> Result<String, Error> {
        self.check_identity()?;
        let mut digest = Sha256::new();
        for table in sqlx::query_scalar::<_, String>(OUR_TABLES).fetch_all(&self.writer).await? {
            let columns: Vec<String> = sqlx::query_scalar("SELECT 'quote(' || name || ')' FROM pragma_table_info(?)")
                .bind(&table)
                .fetch_all(&self.writer)
                .await?;
            let rows = format!("SELECT {} AS line FROM {table} ORDER BY line", columns.join(" || ',' || "));
            digest.update(&table);
            for row in sqlx::query_scalar::<_, String>(AssertSqlSafe(rows)).fetch_all(&self.writer).await? {
                digest.update([0]);
                digest.update(row);
            }
            digest.update([1]);
        }
        Ok(hex::encode(digest.finalize()))
    }

    /// Closes all connections and leaves one file behind.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    fn check_identity(&self) -> Result<(), Error> {
        match identity(&self.path) {
            Some(identity) if identity == self.identity => Ok(()),
            _ => Err(Error::DatabaseGone(self.path.clone())),
        }
    }
}

/// The names of all tables, except the database's own and sqlx's.
const OUR_TABLES: &str = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                          AND name NOT LIKE '_sqlx_%' ORDER BY name";

/// Refuses a file whose tables these migrations did not make, before anything in it is changed.
async fn check_format(path: &Path) -> Result<(), Error> {
    if std::fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        let unreadable = |error: sqlx::Error| Error::Database(format!("{}: {error}", path.display()));
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(WAIT);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(unreadable)?;
        let is_ours = is_ours(&mut connection).await.map_err(unreadable)?;
        connection.close().await.map_err(unreadable)?;
        if !is_ours {
            return Err(Error::OtherFormat(path.into()));
        }
    }
    Ok(())
}

/// Whether there is nothing in the database yet, or exactly what these migrations make.
async fn is_ours(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if sqlx::query_scalar::<_, String>(OUR_TABLES).fetch_all(&mut *connection).await?.is_empty() {
        // What a kill left behind that came before the first migration was done.
        return Ok(true);
    }
    let migrated = "SELECT COUNT(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    if sqlx::query_scalar::<_, i64>(migrated).fetch_one(&mut *connection).await? == 0 {
        return Ok(false);
    }
    let made = sqlx::query_scalar::<_, Vec<u8>>("SELECT checksum FROM _sqlx_migrations ORDER BY version");
    let made = made.fetch_all(connection).await?;
    Ok(made.iter().map(Vec::as_slice).eq(MIGRATIONS.iter().map(|migration| migration.checksum.as_ref())))
}

async fn apply_in(connection: &mut SqliteConnection, block: &Block, events: &[Decoded]) -> Result<(), Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    tables::apply(&mut transaction, block, events).await?;
    Ok(transaction.commit().await?)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use chorus_bindings::{Address, U256};

    use super::*;

    fn deployment() -> Deployment {
        Deployment {
            genesis_hash: B256::ZERO,
            chain_id: u64::MAX,
            block: 1,
            attestations: Address::repeat_byte(1),
            votes: Address::repeat_byte(2),
            escrow: Address::repeat_byte(3),
            purposes: vec![],
        }
    }

    fn block(number: u64) -> Block {
        Block {
            number,
            hash: B256::from(U256::from(number)),
            parent_hash: B256::ZERO,
            time_ms: 1_000,
            event_count: 2,
            emitted: vec![],
            escrow_balance_wei: U256::ZERO,
        }
    }

    /// Applies blocks under a setting of SQLite that refuses some time, then without it.
    async fn refused_then_recovers(refuse: &'static str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool.sqlite");
        let store = Store::open(&path, &deployment()).await.unwrap();
        store.apply(&block(1), &[]).await.unwrap();
        sqlx::raw_sql(refuse).execute(&store.writer).await.unwrap();
        let mut number = 1;
        let error = loop {
            number += 1;
            if let Err(error) = store.apply(&block(number), &[]).await {
                break error;
            }
            assert!(number < 10_000, "{refuse} refuses nothing");
        };
        assert!(!error.is_final() && error.code() == "database_unavailable", "{error}");
        assert_eq!(store.cursor().await.unwrap().unwrap().number, number - 1);
        assert_eq!(store.read().await.unwrap().as_of().unwrap().number, number - 1);
        // The setting was the connection's, and the next one is without it.
        store.apply(&block(number), &[]).await.unwrap();
        assert_eq!(store.cursor().await.unwrap().unwrap().number, number);
    }

    /// A file that this program did not make as it is now is refused, and left as it was.
    async fn is_refused(make: &'static str) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool.sqlite");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut other = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql(make).execute(&mut other).await.unwrap();
        other.close().await.unwrap();
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(&path, &deployment()).await.err().expect("it is refused");
        assert!(matches!(error, Error::OtherFormat(_)), "{error}");
        assert!(error.is_final(), "no later attempt can succeed");
        assert_eq!(std::fs::read(&path).unwrap(), before, "nothing was written into it");
    }

    #[tokio::test]
    async fn a_database_of_an_older_version_is_refused() {
        is_refused(
            "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
             installed_on TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, \
             execution_time BIGINT NOT NULL); \
             INSERT INTO _sqlx_migrations VALUES (1, 'pool', '2026-11-01', TRUE, x'0102', 7); \
             CREATE TABLE pool (only_row INTEGER PRIMARY KEY, genesis_hash TEXT NOT NULL)",
        )
        .await;
    }

    #[tokio::test]
    async fn another_programs_database_is_refused() {
        is_refused("CREATE TABLE songs (title TEXT)").await;
    }

    #[tokio::test]
    async fn a_file_that_is_not_a_database_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pool.sqlite");
        std::fs::write(&path, "not a database, but long enough to look like one").unwrap();
        let error = Store::open(&path, &deployment()).await.err().expect("it is refused");
        assert!(error.to_string().contains("file is not a database"), "{error}");
    }

    #[tokio::test]
    async fn t44_a_full_database_loses_nothing() {
        refused_then_recovers("PRAGMA max_page_count = 1").await;
    }

    #[tokio::test]
    async fn t44_a_read_only_database_loses_nothing() {
        refused_then_recovers("PRAGMA query_only = 1").await;
    }
}
