//! The pool that the database belongs to, and the blocks applied; the last one is the cursor.

use chorus_bindings::{B256, Deployment};
use sqlx::{FromRow, Sqlite, SqlitePool, query, query_as};

use super::{Applying, Reader, Value};
use crate::{
    Error,
    chain::{Block, Head},
    values::{Amount, Hash},
};

/// A block that was applied.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Applied {
    /// Its height.
    pub number: u64,
    /// The hash of its header.
    pub hash: Hash,
    /// Its clock.
    pub time_s: u64,
    /// The native money that `escrow` could spend after it.
    pub escrow_balance: Amount,
}

/// Makes an empty database this deployment's, or checks that it is.
///
/// # Errors
/// [`Error::OtherDatabase`] when it was made for another deployment.
pub async fn claim(writer: &SqlitePool, deployment: &Deployment) -> Result<(), Error> {
    // A database without a block may have been made for a pool that was refused then.
    query("DELETE FROM pool WHERE NOT EXISTS (SELECT 1 FROM blocks)").execute(writer).await?;
    for (fact, expected) in [
        ("genesis_hash", deployment.genesis_hash.to_string()),
        ("chain_id", deployment.chain_id.to_string()),
        ("first_block", deployment.block.to_string()),
        ("attestations", deployment.attestations.to_string()),
        ("votes", deployment.votes.to_string()),
        ("escrow", deployment.escrow.to_string()),
    ] {
        let insert = "INSERT INTO pool (fact, value) VALUES (?, ?) ON CONFLICT DO NOTHING";
        query(insert).bind(fact).bind(&expected).execute(writer).await?;
        let found = query_as::<_, (String,)>("SELECT value FROM pool WHERE fact = ?").bind(fact);
        let (found,) = found.fetch_one(writer).await?;
        if found != expected {
            return Err(Error::OtherDatabase { what: fact, expected, found });
        }
    }
    Ok(())
}

pub(super) async fn insert(on: &mut Applying<'_>, block: &Block) -> Result<(), Error> {
    let insert = "INSERT INTO blocks (number, hash, time_s, event_count, escrow_balance) VALUES (?, ?, ?, ?, ?)";
    let insert = query(insert)
        .bind(on.number()?)
        .bind(block.hash.as_slice())
        .bind(on.int(on.time_s)?)
        .bind(block.event_count)
        .bind(Amount(block.escrow_balance_wei));
    on.run(insert).await?;
    Ok(())
}

/// The last applied block, asked outside of any view.
pub async fn cursor(writer: &SqlitePool) -> Result<Option<Head>, Error> {
    let last = query_as::<Sqlite, (u64, Hash)>("SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1");
    Ok(last.fetch_optional(writer).await?.map(|(number, hash)| Head { number, hash: hash.0 }))
}

/// The hash of an applied block, asked outside of any view.
pub async fn hash_at(writer: &SqlitePool, number: u64) -> Result<Option<B256>, Error> {
    let found = query_as::<Sqlite, (Hash,)>("SELECT hash FROM blocks WHERE number = ?");
    let found = found.bind(i64::try_from(number).unwrap_or(i64::MAX)).fetch_optional(writer).await?;
    Ok(found.map(|(hash,)| hash.0))
}

pub(super) async fn last(reader: &mut Reader) -> Result<Option<Applied>, Error> {
    let last = "SELECT number, hash, time_s, escrow_balance FROM blocks ORDER BY number DESC LIMIT 1";
    reader.optional(last, &[]).await
}

pub(super) async fn at(reader: &mut Reader, number: u64) -> Result<Option<Applied>, Error> {
    let at = "SELECT number, hash, time_s, escrow_balance FROM blocks WHERE number = ?2";
    reader.optional(at, &[Value::Number(number)]).await
}
