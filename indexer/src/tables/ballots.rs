//! Ballots, votes and tallies.

use std::{collections::BTreeMap, marker::PhantomData};

use chorus_bindings::{U256, core::names::Support, votes};
use sqlx::{FromRow, query, query_as};

use super::{Applying, Code, List, Reader, Value, ballot_id, points};
use crate::{
    Error,
    values::{Address, At, Hash, Points},
};

/// A change of a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It was opened.
    Opened(&'a votes::BallotOpened),
    /// A vote was cast in it.
    Vote(&'a votes::VoteCast),
    /// Its tally as of now.
    Tally(&'a votes::TallyChanged),
}

/// A ballot with its tally as of a block.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Ballot {
    /// The id, which is that of an offer or of a proposal.
    pub ballot: Hash,
    /// The second whose power and supply count.
    pub snapshot: u64,
    /// The last second in which votes count.
    pub deadline: u64,
    /// The supply at the snapshot.
    pub supply: Points,
    /// What for and abstentions must reach together.
    pub quorum: Points,
    /// The part of for and against that for must exceed.
    pub approval_bps: u16,
    /// Votes for; none while nobody voted.
    pub for_votes: Option<Points>,
    /// Votes against.
    pub against_votes: Option<Points>,
    /// Abstentions.
    pub abstain_votes: Option<Points>,
}

/// A vote.
#[derive(Clone, Debug, FromRow)]
pub struct Vote {
    /// Its place among all votes.
    pub id: u64,
    /// The account that voted.
    pub voter: Address,
    /// How it voted.
    pub support: Code<Support>,
    /// Its weight as the contract counted it.
    pub weight: Points,
    /// The voter's power at the ballot's snapshot, by the token's own events.
    pub power: Option<Points>,
    /// The voter's words.
    pub reason: String,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Opened(event) => opened(on, event).await,
            Self::Vote(event) => voted(on, event).await,
            Self::Tally(event) => tallied(on, event).await,
        }
    }
}

async fn opened(on: &mut Applying<'_>, event: &votes::BallotOpened) -> Result<(), Error> {
    let votes::BallotOpened { proposalId, snapshot, deadline, supply, quorum, approval_bps } = *event;
    let insert = query(
        "INSERT INTO ballots (ballot, snapshot, deadline, supply, quorum, approval_bps, block, event) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let id = ballot_id(proposalId);
    let insert = insert.bind(id.as_slice()).bind(on.int(snapshot)?).bind(on.int(deadline)?);
    let insert = insert.bind(points(on, supply)?).bind(points(on, quorum)?).bind(approval_bps);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn voted(on: &mut Applying<'_>, event: &votes::VoteCast) -> Result<(), Error> {
    let votes::VoteCast { voter, proposalId, support, weight, reason } = event;
    let ballot = row_of(on, *proposalId).await?;
    let Some(support) = Support::from_code(*support) else {
        return Err(on.wrong(format!("{voter} voted {support}, which nobody can")));
    };
    let insert =
        query("INSERT INTO votes (ballot, voter, support, weight, reason, block, event) VALUES (?, ?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(ballot).bind(voter.as_slice()).bind(Code(support)).bind(points(on, *weight)?);
    on.run(insert.bind(reason).bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn tallied(on: &mut Applying<'_>, event: &votes::TallyChanged) -> Result<(), Error> {
    let votes::TallyChanged { proposalId, against_votes, for_votes, abstain_votes } = *event;
    let ballot = row_of(on, proposalId).await?;
    let insert = query(
        "INSERT INTO tallies (ballot, against_votes, for_votes, abstain_votes, block, event) VALUES (?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(ballot).bind(points(on, against_votes)?).bind(points(on, for_votes)?);
    on.run(insert.bind(points(on, abstain_votes)?).bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn row_of(on: &mut Applying<'_>, proposal: U256) -> Result<i64, Error> {
    let id = ballot_id(proposal);
    let found = query_as::<_, (i64,)>("SELECT id FROM ballots WHERE ballot = ?").bind(id.as_slice());
    match on.find(found).await? {
        Some((row,)) => Ok(row),
        None => Err(on.wrong(format!("ballot {id} was never opened"))),
    }
}

/// The ballots of rows of offers or of proposals, by their id; `of` selects the ids.
pub(super) async fn of(
    reader: &mut Reader,
    of: &'static str,
    values: &[Value],
) -> Result<BTreeMap<Hash, Ballot>, Error> {
    let ballots = format!(
        "SELECT ballots.ballot, snapshot, deadline, supply, quorum, approval_bps, for_votes, against_votes, \
         abstain_votes FROM ballots LEFT JOIN tallies ON tallies.ballot = ballots.id \
         AND (tallies.block, tallies.event) = ( \
             SELECT block, event FROM tallies WHERE tallies.ballot = ballots.id AND block <= ?1 \
             ORDER BY block DESC, event DESC LIMIT 1 \
         ) WHERE ballots.block <= ?1 AND ballots.ballot IN ({of})"
    );
    let rows: Vec<Ballot> = reader.all(ballots, values).await?;
    Ok(rows.into_iter().map(|row| (row.ballot, row)).collect())
}

/// The votes in the ballot of an offer or a proposal, each with the voter's power at the snapshot.
pub fn votes(ballot: Hash) -> List<Vote> {
    List {
        columns: "votes.id, voter, support, weight, reason, votes.block, votes.event, ( \
                      SELECT votes FROM power WHERE delegate = voter AND time_s <= snapshot \
                      ORDER BY time_s DESC LIMIT 1 \
                  ) AS power",
        from: "votes JOIN ballots ON ballots.id = votes.ballot",
        block: "votes.block",
        key: &["votes.id"],
        filters: vec![("ballots.ballot", Value::Blob(ballot.0.to_vec()))],
        row: PhantomData,
    }
}
