//! Contributions: the members' current records, every change of them, and nonces.

use std::marker::PhantomData;

use chorus_bindings::{B256, Contract};
use serde::Serialize;
use sqlx::{FromRow, query, query_as};
use utoipa::ToSchema;

use super::{Applying, Code, List, Reader, Value};
use crate::{
    Error,
    values::{Address, At, Hash, Points},
};

/// A change of a contribution or of a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A member's contribution changed.
    Contribution(Contribution),
    /// An account's signature was used: the next one is over this nonce.
    Nonce {
        /// The contract that counts it.
        contract: Contract,
        /// The account that signs.
        account: chorus_bindings::Address,
        /// The nonce of its next signature.
        nonce: u64,
    },
}

/// A contribution after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// How it changed.
    pub kind: Kind,
    /// The member's address.
    pub member: chorus_bindings::Address,
    /// The member's number, for life.
    pub number: u32,
    /// What an attestation brought; nothing else changes it.
    pub attested: Option<Attested>,
    /// The weight before.
    pub previous_weight: u32,
    /// The weight from now on; 0 once it is withdrawn or revoked.
    pub weight: u32,
    /// The purposes allowed from now on, one bit each.
    pub purposes: u16,
    /// The nonce of the member's next signature.
    pub nonce: u64,
}

/// What attesters signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attested {
    /// Merkle root over the contribution's rows.
    pub commitment: B256,
    /// Keyed hash of the source account's id.
    pub nullifier: B256,
    /// Version of the weight rule.
    pub rule_version: u16,
    /// How the data came; see the contract.
    pub route: u8,
}

/// How a contribution changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Kind {
    /// Attested, for the first time or anew.
    Attested = 1,
    /// The member allows other purposes.
    PurposesChanged = 2,
    /// The member took it back.
    Withdrawn = 3,
    /// The DAO took it out as a fraud.
    Revoked = 4,
}

/// A change of a contribution, as a row.
#[derive(Clone, Debug, FromRow)]
pub struct Attestation {
    /// Its place among all changes.
    pub id: u64,
    /// How the contribution changed.
    pub kind: Kind,
    /// The member's address.
    pub address: Address,
    /// The member's number.
    pub number: u32,
    /// The weight before.
    pub previous_weight: u32,
    /// The weight after.
    pub weight: u32,
    /// The purposes allowed after, one bit each.
    pub purposes: u16,
    /// Merkle root over the contribution's rows.
    pub commitment: Hash,
    /// Keyed hash of the source account's id.
    pub nullifier: Hash,
    /// Version of the weight rule, where attested.
    pub rule_version: Option<u16>,
    /// How the data came, where attested.
    pub route: Option<u8>,
    /// The nonce of the member's next signature.
    pub nonce: u64,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

/// A member's current record, with what other tables say of them.
#[derive(Clone, Debug, FromRow)]
pub struct Member {
    /// The member's number.
    pub number: u32,
    /// Their address.
    pub address: Address,
    /// The weight of their contribution.
    pub weight: u32,
    /// The purposes they allow, one bit each.
    pub purposes: u16,
    /// Merkle root over the rows of the last attestation.
    pub commitment: Hash,
    /// Keyed hash of the source account's id, of the last attestation.
    pub nullifier: Hash,
    /// The nonce of their next signature to `attestations`.
    pub nonce: u64,
    /// The nonce of their next signature to `votes`.
    pub votes_nonce: Option<u64>,
    /// The nonce of their next signature to `escrow`.
    pub escrow_nonce: Option<u64>,
    /// Their vote tokens.
    pub balance: Option<Points>,
    /// The account that has their votes.
    pub delegate: Option<Address>,
    /// The votes delegated to them.
    pub votes: Option<Points>,
    /// How many shares were settled for them.
    pub payouts: u64,
}

/// Sums over the members.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Totals {
    /// Everybody who was ever a member.
    pub members: u64,
    /// Members whose weight is not 0.
    pub active: u64,
    /// Their weight.
    pub weight: u64,
}

impl Change {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Contribution(contribution) => contributed(on, contribution).await,
            Self::Nonce { contract, account, nonce } => {
                let replace = query("INSERT OR REPLACE INTO nonces (contract, account, nonce) VALUES (?, ?, ?)");
                let replace = replace.bind(Code(contract)).bind(account.as_slice()).bind(on.int(nonce)?);
                on.run(replace).await?;
                Ok(())
            }
        }
    }
}

async fn contributed(on: &mut Applying<'_>, contribution: Contribution) -> Result<(), Error> {
    let Contribution { kind, member, number, attested, previous_weight, weight, purposes, nonce } = contribution;
    let before = "SELECT address, weight, commitment, nullifier FROM members WHERE number = ?";
    let before = on.find(query_as::<_, (Address, u32, Hash, Hash)>(before).bind(number)).await?;
    let held = before.as_ref().map_or(0, |before| before.1);
    if held != previous_weight {
        return Err(on.wrong(format!("member {member} had weight {held}, the event says {previous_weight}")));
    }
    if let Some((other, ..)) = before.filter(|before| before.0.0 != member) {
        return Err(on.wrong(format!("member {number} is {other}, the event says {member}")));
    }
    let (commitment, nullifier) = match (attested, before) {
        (Some(new), _) => (new.commitment, new.nullifier),
        (None, Some((_, _, commitment, nullifier))) => (commitment.0, nullifier.0),
        (None, None) => return Err(on.wrong(format!("{member} was never attested"))),
    };
    let nonce = on.int(nonce)?;
    let record = query(
        "INSERT INTO members (number, address, weight, purposes, commitment, nullifier, nonce) \
         VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET weight = excluded.weight, \
         purposes = excluded.purposes, commitment = excluded.commitment, nullifier = excluded.nullifier, \
         nonce = excluded.nonce",
    );
    let record = record.bind(number).bind(member.as_slice()).bind(weight).bind(purposes);
    on.run(record.bind(commitment.as_slice()).bind(nullifier.as_slice()).bind(nonce)).await?;
    let change = query(
        "INSERT INTO attestations (kind, member, previous_weight, weight, purposes, commitment, nullifier, \
         rule_version, route, nonce, block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let change = change.bind(kind).bind(number).bind(previous_weight).bind(weight).bind(purposes);
    let change = change.bind(commitment.as_slice()).bind(nullifier.as_slice());
    let change = change.bind(attested.map(|new| new.rule_version)).bind(attested.map(|new| new.route));
    on.run(change.bind(nonce).bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

/// Leaving a sale uses up a nonce of the member's, too.
pub(super) async fn set_nonce(on: &mut Applying<'_>, number: u32, nonce: u64) -> Result<(), Error> {
    let nonce = on.int(nonce)?;
    on.run(query("UPDATE members SET nonce = ? WHERE number = ?").bind(nonce).bind(number)).await?;
    Ok(())
}

/// All changes of contributions, or one member's.
pub fn attestations(member: Option<Address>) -> List<Attestation> {
    List {
        columns: "id, kind, address, members.number, previous_weight, attestations.weight, attestations.purposes, \
                  attestations.commitment, attestations.nullifier, rule_version, route, attestations.nonce, block, \
                  event",
        from: "attestations JOIN members ON members.number = attestations.member",
        block: "block",
        key: &["id"],
        filters: member.map(|member| ("address", Value::Blob(member.0.to_vec()))).into_iter().collect(),
        row: PhantomData,
    }
}

/// A member's current record; none for somebody who never contributed.
pub async fn member(reader: &mut Reader, who: Address) -> Result<Option<Member>, Error> {
    let member = "SELECT number, address, weight, purposes, commitment, nullifier, members.nonce, \
                  of_votes.nonce AS votes_nonce, of_escrow.nonce AS escrow_nonce, balance, delegate, \
                  (SELECT votes FROM power WHERE power.delegate = address ORDER BY time_s DESC LIMIT 1) AS votes, \
                  (SELECT COUNT(*) FROM payouts WHERE payouts.member = number) AS payouts \
                  FROM members \
                  LEFT JOIN nonces AS of_votes ON of_votes.contract = ?3 AND of_votes.account = address \
                  LEFT JOIN nonces AS of_escrow ON of_escrow.contract = ?4 AND of_escrow.account = address \
                  LEFT JOIN balances ON balances.account = address \
                  LEFT JOIN delegations ON delegator = address \
                  WHERE address = ?2";
    let [votes, escrow] = [Contract::Votes, Contract::Escrow].map(|contract| Code(contract).into());
    reader.optional(member, &[Value::Blob(who.0.to_vec()), votes, escrow]).await
}

/// Sums over the members now.
pub async fn totals(reader: &mut Reader) -> Result<Totals, Error> {
    let totals = "SELECT COUNT(*) AS members, COUNT(*) FILTER (WHERE weight > 0) AS active, \
                  COALESCE(SUM(weight), 0) AS weight FROM members";
    reader.required(totals, &[]).await
}
