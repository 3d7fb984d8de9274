//! Proposals of the DAO's own calls.

use std::{collections::BTreeMap, marker::PhantomData};

use chorus_bindings::{B256, escrow};
use sqlx::{FromRow, query, query_as};

use super::{
    Applying, List, Reader, Value,
    ballots::{self, Ballot},
    ids,
};
use crate::{
    Error,
    values::{Address, At, Bytes, Hash},
};

/// A step in a proposal's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It was made, …
    Made(&'a escrow::Proposed),
    /// … with each of these calls, …
    Call(&'a escrow::ProposedCall),
    /// … and executed.
    Executed(&'a escrow::ProposalExecuted),
}

/// A proposal as it was made.
#[derive(Clone, Debug, FromRow)]
pub struct Made {
    /// Its place among all proposals, from 1.
    pub id: u64,
    /// Its id, which is its ballot's too.
    pub proposal: Hash,
    /// The account that proposed it.
    pub proposer: Address,
    /// Hash of its description.
    pub description_hash: Hash,
    /// The last second in which votes count.
    pub voting_ends: u64,
    /// The first second in which it may be executed, if it passes.
    pub executable_from: u64,
    /// The last such second.
    pub executable_until: u64,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

/// A call of a proposal.
#[derive(Clone, Debug, FromRow)]
pub struct Call {
    proposal: u64,
    /// The contract it goes to.
    pub target: Address,
    /// Selector and arguments, ABI-encoded.
    pub call: Bytes,
}

/// The execution of a proposal.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Execution {
    proposal: u64,
    /// The account that executed it.
    pub caller: Address,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

/// All that is known of a proposal as of a block.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// As it was made.
    pub made: Made,
    /// What it does, in order.
    pub calls: Vec<Call>,
    /// Its ballot.
    pub ballot: Ballot,
    /// Its execution.
    pub execution: Option<Execution>,
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        let insert = match self {
            Self::Made(event) => return made(on, event).await,
            Self::Call(escrow::ProposedCall { proposal, index, target, call }) => {
                let row = find(on, proposal).await?;
                let insert = "INSERT INTO proposed_calls (proposal, place, target, call) VALUES (?, ?, ?, ?)";
                query(insert).bind(row).bind(index).bind(target.as_slice()).bind(call.as_ref())
            }
            Self::Executed(escrow::ProposalExecuted { proposal, caller }) => {
                let row = find(on, proposal).await?;
                let insert = "INSERT INTO executions (proposal, caller, block, event) VALUES (?, ?, ?, ?)";
                query(insert).bind(row).bind(caller.as_slice()).bind(on.number()?).bind(on.event)
            }
        };
        on.run(insert).await?;
        Ok(())
    }
}

async fn made(on: &mut Applying<'_>, event: &escrow::Proposed) -> Result<(), Error> {
    // How many calls follow, those calls tell.
    let escrow::Proposed {
        proposal,
        proposer,
        description_hash,
        voting_ends,
        executable_from,
        executable_until,
        count: _,
    } = event;
    let insert = query(
        "INSERT INTO proposals (proposal, proposer, description_hash, voting_ends, executable_from, executable_until, \
         block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(proposal.as_slice()).bind(proposer.as_slice()).bind(description_hash.as_slice());
    let insert = insert.bind(on.int(*voting_ends)?);
    let insert = insert.bind(on.int(*executable_from)?).bind(on.int(*executable_until)?);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn find(on: &mut Applying<'_>, proposal: &B256) -> Result<i64, Error> {
    let found = query_as::<_, (i64,)>("SELECT id FROM proposals WHERE proposal = ?").bind(proposal.as_slice());
    match on.find(found).await? {
        Some((row,)) => Ok(row),
        None => Err(on.wrong(format!("proposal {proposal} was never made"))),
    }
}

/// All proposals as they were made. [`complete`] adds the rest.
pub fn list() -> List<Made> {
    List {
        columns: "id, proposal, proposer, description_hash, voting_ends, executable_from, executable_until, block, \
                  event",
        from: "proposals",
        block: "block",
        key: &["id"],
        filters: Vec::new(),
        row: PhantomData,
    }
}

/// One proposal.
pub async fn one(reader: &mut Reader, proposal: Hash) -> Result<Option<Proposal>, Error> {
    let made = reader.page(&only(proposal), [0, 0], 1).await?.into_iter().map(|(_, made)| made).collect();
    Ok(complete(reader, made).await?.pop())
}

/// Whether there is such a proposal.
pub async fn exists(reader: &mut Reader, proposal: Hash) -> Result<bool, Error> {
    Ok(reader.count(&only(proposal)).await? > 0)
}

fn only(proposal: Hash) -> List<Made> {
    List { filters: vec![("proposal", Value::Blob(proposal.0.to_vec()))], ..list() }
}

/// Adds calls, ballots and executions to proposals that follow each other, with one query for each table.
pub async fn complete(reader: &mut Reader, made: Vec<Made>) -> Result<Vec<Proposal>, Error> {
    let (Some(first), Some(last)) = (made.first(), made.last()) else { return Ok(Vec::new()) };
    let ids = ids(&(first.id..=last.id));
    let of = "SELECT proposal FROM proposals WHERE id BETWEEN ?2 AND ?3";
    let mut ballots = ballots::of(reader, of, &ids).await?;
    let calls = "SELECT proposal, target, call FROM proposed_calls WHERE proposal BETWEEN ?2 AND ?3 \
                 ORDER BY proposal, place";
    let mut calls_of: BTreeMap<u64, Vec<Call>> = BTreeMap::new();
    for call in reader.all::<Call>(calls, &ids).await? {
        calls_of.entry(call.proposal).or_default().push(call);
    }
    let executions = "SELECT proposal, caller, block, event FROM executions \
                      WHERE proposal BETWEEN ?2 AND ?3 AND block <= ?1";
    let executions: Vec<Execution> = reader.all(executions, &ids).await?;
    let mut executions: BTreeMap<u64, Execution> = executions.into_iter().map(|row| (row.proposal, row)).collect();
    let proposals = made.into_iter().map(|made| {
        // A proposal and its ballot are events of one call, and rows are committed by whole blocks.
        let ballot = ballots.remove(&made.proposal);
        let ballot = ballot.ok_or_else(|| Error::Database(format!("proposal {} has no ballot", made.proposal)))?;
        let calls = calls_of.remove(&made.id).unwrap_or_default();
        let execution = executions.remove(&made.id);
        Ok(Proposal { made, calls, ballot, execution })
    });
    proposals.collect()
}
