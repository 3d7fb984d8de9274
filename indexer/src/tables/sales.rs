//! Sales: who was in one when it opened, and who left it.

use std::{collections::BTreeMap, marker::PhantomData, ops::RangeInclusive};

use chorus_bindings::attestations;
use sqlx::{FromRow, query, query_as};

use super::{Applying, List, Reader, Value, members};
use crate::{
    Error,
    values::{Address, At, Hash},
};

/// A change of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It took in everybody who allows its purpose.
    Opened(&'a attestations::SaleOpened),
    /// A member left it.
    Left(&'a attestations::SaleLeft),
}

/// Somebody who was in a sale when it opened.
#[derive(Clone, Debug, FromRow)]
pub struct Member {
    /// The member's number.
    pub number: u32,
    /// Their address.
    pub address: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// Merkle root over the rows of their contribution at that time.
    pub commitment: Hash,
    /// The block in which they left it, if they did.
    pub left_block: Option<u64>,
    /// The event by which they left it.
    pub left_event: Option<u32>,
}

/// What is in a sale.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Remaining {
    /// The offer it belongs to.
    pub offer: u64,
    /// Weight in it (W).
    pub total_weight: u64,
    /// Members in it (M).
    pub members: u32,
}

impl Member {
    /// The event by which they left the sale; then they have no share.
    pub fn left(&self) -> Option<At> {
        Some(At { block: self.left_block?, event: self.left_event? })
    }
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Opened(event) => opened(on, event).await,
            Self::Left(event) => left(on, event).await,
        }
    }
}

async fn opened(on: &mut Applying<'_>, event: &attestations::SaleOpened) -> Result<(), Error> {
    let attestations::SaleOpened { sale, purpose, window_ends, total_weight, members } = *event;
    let insert = query(
        "INSERT INTO sales (sale, purpose, window_ends, total_weight, members, block, event) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(sale).bind(purpose).bind(on.int(window_ends)?).bind(on.int(total_weight)?).bind(members);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    let enter = query(
        "INSERT INTO sale_members (sale, member, weight, commitment) \
         SELECT ?, number, weight, commitment FROM members WHERE weight > 0 AND purposes & (1 << ?)",
    );
    on.run(enter.bind(sale).bind(purpose)).await?;
    let sums = "SELECT COUNT(*), COALESCE(SUM(weight), 0) FROM sale_members WHERE sale = ?";
    let (heads, weight) = on.find(query_as::<_, (u32, u64)>(sums).bind(sale)).await?.unwrap_or_default();
    if (heads, weight) != (members, total_weight) {
        return Err(on.wrong(format!(
            "sale {sale} opened with {members} members and weight {total_weight}, the members' records say {heads} and \
             {weight}"
        )));
    }
    Ok(())
}

async fn left(on: &mut Applying<'_>, event: &attestations::SaleLeft) -> Result<(), Error> {
    let attestations::SaleLeft { sale, member, number, weight, total_weight, members, nonce } = *event;
    let entered = "SELECT sale_members.weight, address FROM sale_members JOIN members ON number = member \
                   WHERE sale = ? AND member = ?";
    let entered = on.find(query_as::<_, (u32, Address)>(entered).bind(sale).bind(number)).await?;
    if entered != Some((weight, Address(member))) {
        return Err(on.wrong(format!(
            "member {number} ({member}) left sale {sale} with weight {weight}, having entered it as {entered:?}"
        )));
    }
    let last = "SELECT total_weight, members FROM sale_leaves WHERE sale = ? ORDER BY block DESC, event DESC LIMIT 1";
    let before = match on.find(query_as::<_, (u64, u32)>(last).bind(sale)).await? {
        Some(before) => Some(before),
        None => on.find(query_as("SELECT total_weight, members FROM sales WHERE sale = ?").bind(sale)).await?,
    };
    let after =
        before.and_then(|(had, heads): (u64, u32)| Some((had.checked_sub(weight.into())?, heads.checked_sub(1)?)));
    if after != Some((total_weight, members)) {
        return Err(on.wrong(format!(
            "sale {sale} now has weight and members {after:?}, the event says ({total_weight}, {members})"
        )));
    }
    let insert =
        query("INSERT INTO sale_leaves (sale, member, total_weight, members, block, event) VALUES (?, ?, ?, ?, ?, ?)");
    let insert = insert.bind(sale).bind(number).bind(on.int(total_weight)?).bind(members);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    members::set_nonce(on, number, nonce).await
}

/// Everybody who was in a sale when it opened, and whether they left it since.
pub fn list(sale: u32) -> List<Member> {
    List {
        columns: "number, address, sale_members.weight, sale_members.commitment, sale_leaves.block AS left_block, \
                  sale_leaves.event AS left_event",
        from: "sale_members JOIN sales ON sales.sale = sale_members.sale \
               JOIN members ON members.number = sale_members.member \
               LEFT JOIN sale_leaves ON sale_leaves.sale = sale_members.sale \
               AND sale_leaves.member = sale_members.member AND sale_leaves.block <= ?1",
        block: "sales.block",
        key: &["sale_members.member"],
        filters: vec![("sale_members.sale", Value::Number(sale.into()))],
        row: PhantomData,
    }
}

/// What remains in the sales of these offers, where somebody left.
pub async fn remaining(reader: &mut Reader, offers: &RangeInclusive<u64>) -> Result<BTreeMap<u64, Remaining>, Error> {
    let remaining = "SELECT terms.offer, sale_leaves.total_weight, sale_leaves.members \
                     FROM terms JOIN sale_leaves ON sale_leaves.sale = terms.sale \
                     WHERE terms.offer BETWEEN ?2 AND ?3 AND (sale_leaves.block, sale_leaves.event) = ( \
                         SELECT block, event FROM sale_leaves WHERE sale = terms.sale AND block <= ?1 \
                         ORDER BY block DESC, event DESC LIMIT 1 \
                     )";
    let rows: Vec<Remaining> = reader.all(remaining, &super::ids(offers)).await?;
    Ok(rows.into_iter().map(|row| (row.offer, row)).collect())
}
