//! The database: SQLite, one writer, several readers, write-ahead log. The only module that knows sqlx.
//!
//! Rows and cursor of a block are one transaction, so that whatever stops the process, the file holds whole blocks.

mod apply;
mod read;

pub use apply::Applied;
pub use read::{List, Reader, attestations, events, offers, payouts, postings, proposals, sale_members, votes};

use crate::{
    Error,
    chain::{Block, Emitted, Head},
    decode::{address, hash},
};
use chorus_bindings::{B256, Contract, Deployment};
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, Connection, Row, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    collections::BTreeSet,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// Connections that answer the API.
const READERS: u32 = 8;
/// How long a reader waits for a free connection, and a writer for another process's lock.
const WAIT: Duration = Duration::from_secs(5);

/// An open database.
pub struct Store {
    path: PathBuf,
    /// Device and inode: who deletes the file leaves us writing to nothing.
    identity: (u64, u64),
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// Opens or makes the database of this deployment.
    ///
    /// # Errors
    /// [`Error::OtherDatabase`] when it was made for another one, [`Error::Database`] when it cannot be opened.
    pub async fn open(path: &Path, deployment: &Deployment) -> Result<Self, Error> {
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
        sqlx::migrate!().run(&writer).await.map_err(|error| Error::Database(error.to_string()))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT)
            .connect_with(options.read_only(true))
            .await?;
        let identity = identity(path).ok_or_else(|| Error::DatabaseGone(path.into()))?;
        let store = Self { path: path.into(), identity, writer, readers };
        store.claim(deployment).await?;
        Ok(store)
    }

    /// Makes an empty database this deployment's, or checks that it is.
    async fn claim(&self, deployment: &Deployment) -> Result<(), Error> {
        let ours = [
            ("genesis_hash", hash(&deployment.genesis_hash)),
            ("chain_id", deployment.chain_id.to_string()),
            ("first_block", deployment.block.to_string()),
            ("attestations", address(&deployment.attestations)),
            ("votes", address(&deployment.votes)),
            ("escrow", address(&deployment.escrow)),
        ];
        let [genesis_hash, chain_id, first_block, attestations, votes, escrow] =
            ours.each_ref().map(|(_, value)| value);
        // A database without a block may have been made for a pool that was refused then.
        sqlx::query("DELETE FROM pool WHERE NOT EXISTS (SELECT 1 FROM blocks)").execute(&self.writer).await?;
        sqlx::query("INSERT OR IGNORE INTO pool VALUES (1, ?, ?, CAST(? AS INTEGER), ?, ?, ?)")
            .bind(genesis_hash)
            .bind(chain_id)
            .bind(first_block)
            .bind(attestations)
            .bind(votes)
            .bind(escrow)
            .execute(&self.writer)
            .await?;
        let row = sqlx::query(
            "SELECT genesis_hash, chain_id, CAST(first_block AS TEXT), attestations, votes, escrow FROM pool",
        )
        .fetch_one(&self.writer)
        .await?;
        for (index, (what, expected)) in ours.into_iter().enumerate() {
            let found: String = row.try_get(index)?;
            if found != expected {
                return Err(Error::OtherDatabase { what, expected, found });
            }
        }
        Ok(())
    }

    /// The last applied block.
    pub async fn cursor(&self) -> Result<Option<Head>, Error> {
        self.check_identity()?;
        let row = sqlx::query("SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1")
            .fetch_optional(&self.writer)
            .await?;
        row.map(|row| Ok(Head { number: read::unsigned(&row, "number")?, hash: read::b256(&row, "hash")? })).transpose()
    }

    /// The hash of an applied block.
    pub async fn hash_at(&self, number: u64) -> Result<Option<B256>, Error> {
        let row = sqlx::query("SELECT hash FROM blocks WHERE number = ?")
            .bind(i64::try_from(number).unwrap_or(i64::MAX))
            .fetch_optional(&self.writer)
            .await?;
        row.map(|row| read::b256(&row, "hash")).transpose()
    }

    /// The contracts whose deployment was seen.
    pub async fn deployed(&self) -> Result<BTreeSet<Contract>, Error> {
        let mut deployed = BTreeSet::new();
        for contract in [Contract::Attestations, Contract::Votes, Contract::Escrow] {
            let found = sqlx::query("SELECT 1 FROM settings WHERE contract = ? AND name LIKE '%Deployed' LIMIT 1")
                .bind(contract_name(contract))
                .fetch_optional(&self.writer)
                .await?;
            found.map(|_| deployed.insert(contract));
        }
        Ok(deployed)
    }

    /// Applies a block: its rows, the ledger's check against the balance, and the cursor, all or nothing.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] when a sum does not come out, [`Error::Database`] when the database refuses.
    pub async fn apply(&self, block: &Block, events: &[Applied]) -> Result<(), Error> {
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
        sqlx::query("INSERT OR REPLACE INTO undecoded VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(i64::try_from(block.number).unwrap_or(i64::MAX))
            .bind(hash(&block.hash))
            .bind(emitted.event_index)
            .bind(emitted.extrinsic_index)
            .bind(contract_name(contract))
            .bind(emitted.topics.concat())
            .bind(&emitted.data)
            .bind(reason)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// SHA-256 over all rows of all tables: equal exactly if two databases hold the same.
    pub async fn digest(&self) -> Result<String, Error> {
        self.check_identity()?;
        let mut digest = Sha256::new();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlx_%' ORDER BY name";
        for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&self.writer).await? {
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

async fn apply_in(connection: &mut SqliteConnection, block: &Block, events: &[Applied]) -> Result<(), Error> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    apply::block(&mut transaction, block, events).await?;
    Ok(transaction.commit().await?)
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// The contract's name as stored and served.
pub fn contract_name(contract: Contract) -> &'static str {
    match contract {
        Contract::Attestations => "attestations",
        Contract::Votes => "votes",
        Contract::Escrow => "escrow",
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chorus_bindings::{Address, U256};

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
        assert_eq!(store.read().await.unwrap().as_of().unwrap().block, number - 1);
        // The setting was the connection's, and the next one is without it.
        store.apply(&block(number), &[]).await.unwrap();
        assert_eq!(store.cursor().await.unwrap().unwrap().number, number);
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
