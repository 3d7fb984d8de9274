//! Every event of ours as the chain gave it, and those that could not be decoded.

use std::marker::PhantomData;

use chorus_bindings::Contract;
use sqlx::{FromRow, SqlitePool, query};

use super::{Applying, Code, List, Reader, Value};
use crate::{
    Error,
    chain::{Block, Emitted},
    decode::Decoded,
    values::{At, Bytes},
};

/// An event of one of our contracts.
#[derive(Clone, Debug, FromRow)]
pub struct Event {
    /// Its place on the chain.
    #[sqlx(flatten)]
    pub at: At,
    /// The extrinsic that caused it; none in a block's initialisation and finalization.
    pub extrinsic: Option<u32>,
    /// The contract that emitted it.
    pub contract: Code<Contract>,
    /// Its name in the ABI.
    pub name: String,
    /// Signature hash and indexed fields, 32 bytes each.
    pub topics: Bytes,
    /// The other fields, ABI-encoded.
    pub data: Bytes,
}

/// An event of ours that could not be decoded.
#[derive(Clone, Debug, FromRow)]
pub struct Undecoded {
    /// Its place on the chain.
    #[sqlx(flatten)]
    pub at: At,
    /// The contract that emitted it.
    pub contract: Code<Contract>,
    /// Signature hash and indexed fields, 32 bytes each.
    pub topics: Bytes,
    /// The other fields.
    pub data: Bytes,
    /// What the decoder said.
    pub reason: String,
}

pub(super) async fn insert(on: &mut Applying<'_>, decoded: &Decoded) -> Result<(), Error> {
    let Decoded { emitted, contract, name, event: _ } = decoded;
    let insert = query(
        "INSERT INTO events (block, event, extrinsic, contract, name, topics, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(on.number()?)
    .bind(on.event)
    .bind(emitted.extrinsic_index)
    .bind(Code(*contract))
    .bind(*name)
    .bind(emitted.topics.concat())
    .bind(&emitted.data);
    on.run(insert).await?;
    Ok(())
}

/// All events of this block can be decoded now, or it would not be applied.
pub(super) async fn forget_undecoded(on: &mut Applying<'_>) -> Result<(), Error> {
    let number = on.number()?;
    on.run(query("DELETE FROM undecoded WHERE block = ?").bind(number)).await?;
    Ok(())
}

/// Keeps the raw bytes of an event that could not be decoded.
pub async fn keep_undecodable(
    writer: &SqlitePool,
    block: &Block,
    contract: Contract,
    emitted: &Emitted,
    reason: &str,
) -> Result<(), Error> {
    let keep = query(
        "INSERT OR REPLACE INTO undecoded (block, event, extrinsic, contract, topics, data, reason) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(i64::try_from(block.number).unwrap_or(i64::MAX))
    .bind(emitted.event_index)
    .bind(emitted.extrinsic_index)
    .bind(Code(contract))
    .bind(emitted.topics.concat())
    .bind(&emitted.data)
    .bind(reason);
    keep.execute(writer).await?;
    Ok(())
}

/// All events of ours, those of a contract, of a name or of both.
pub fn list(contract: Option<Contract>, name: Option<&str>) -> List<Event> {
    let contract = contract.map(|contract| ("contract", Code(contract).into()));
    let name = name.map(|name| ("name", Value::Text(name.into())));
    List {
        columns: "block, event, extrinsic, contract, name, topics, data",
        from: "events",
        block: "block",
        key: &["block", "event"],
        filters: contract.into_iter().chain(name).collect(),
        row: PhantomData,
    }
}

/// Events of ours that stop indexing. Their block is beyond the one that is shown.
pub async fn undecoded(reader: &mut Reader) -> Result<Vec<Undecoded>, Error> {
    reader.all("SELECT block, event, contract, topics, data, reason FROM undecoded ORDER BY block, event", &[]).await
}
