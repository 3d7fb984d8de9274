//! Payouts: the calls that split a price, and what each member of a sale was paid or credited.

use std::{collections::BTreeMap, marker::PhantomData, ops::RangeInclusive};

use chorus_bindings::{U256, escrow};
use sqlx::{FromRow, query, query_as};

use super::{Applying, List, Reader, Value, ids, offers};
use crate::{
    Error,
    values::{Address, Amount, At, Hash},
};

/// A change of what members were paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A call settled some members, …
    Distributed(&'a escrow::Distributed),
    /// … this one among them, …
    Paid(&'a escrow::SharePaid),
    /// … or the last one.
    Closed(&'a escrow::OfferPaid),
}

/// What a member was paid, or credited.
#[derive(Clone, Debug, FromRow)]
pub struct Payout {
    /// Its place among all payouts.
    pub id: u64,
    /// The offer that is paid for.
    pub offer: Hash,
    /// The member's number.
    pub number: u32,
    /// The member's address.
    pub address: Address,
    /// Their weight in the sale.
    pub weight: u32,
    /// What it is paid in; address 0 is native money.
    pub currency: Address,
    /// The member's part of the price.
    pub share: Amount,
    /// What the call's keeper was credited for everybody it settled.
    pub tips: Amount,
    /// How many that were.
    pub settled_now: u32,
    /// The account that received the share.
    pub payee: Address,
    /// The account that made the call.
    pub keeper: Address,
    /// Whether it became a credit because it could not be pushed.
    pub credited: bool,
    /// How many members of the offer were settled with this one.
    pub settled: u32,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

/// Sums after the last member.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Closing {
    /// All shares together.
    pub paid_sum: Amount,
    /// All tips together.
    pub tip_sum: Amount,
    /// The treasury's fee.
    pub fee: Amount,
    /// What does not divide, which goes to the treasury.
    pub residue: Amount,
}

impl Payout {
    /// What the keeper was credited for this member: the same for each member of a call.
    pub fn tip(&self) -> Amount {
        Amount(self.tips.0.checked_div(U256::from(self.settled_now)).unwrap_or_default())
    }
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        match self {
            Self::Distributed(event) => distributed(on, event).await,
            Self::Paid(event) => paid(on, event).await,
            Self::Closed(event) => closed(on, event).await,
        }
    }
}

async fn distributed(on: &mut Applying<'_>, event: &escrow::Distributed) -> Result<(), Error> {
    let escrow::Distributed { offer, keeper, from, count, settled_now, settled, paid_sum, tips } = event;
    let offer = offers::find(on, offer).await?.id;
    let insert = query(
        "INSERT INTO distributions (offer, keeper, first_member, range, settled_now, settled, paid_sum, tips, block, \
         event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(offer).bind(keeper.as_slice()).bind(from).bind(count).bind(settled_now).bind(settled);
    let insert = insert.bind(Amount::from(*paid_sum)).bind(Amount::from(*tips));
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

/// A payout, as part of the call that stands before it.
async fn paid(on: &mut Applying<'_>, event: &escrow::SharePaid) -> Result<(), Error> {
    let escrow::SharePaid { offer, member, number, weight, share, to, credited } = event;
    let row = offers::find(on, offer).await?.id;
    let call = query_as::<_, (i64, u32, u32)>(
        "SELECT id, settled_now, settled FROM distributions WHERE offer = ? ORDER BY id DESC LIMIT 1",
    );
    let Some((call, settled_now, settled)) = on.find(call.bind(row)).await? else {
        return Err(on.wrong(format!("a share of offer {offer} was paid by no call")));
    };
    let place = settled_so_far(on, row).await?.saturating_add(1);
    if place <= settled.saturating_sub(settled_now) || settled < place {
        return Err(on.wrong(format!(
            "the share of member {number} is the offer's {place}th, and its call settles {settled_now} up to {settled}"
        )));
    }
    let known = query_as::<_, (Address,)>("SELECT address FROM members WHERE number = ?").bind(number);
    let known = on.find(known).await?;
    if known != Some((Address(*member),)) {
        return Err(on.wrong(format!("member {number} is {known:?}, the event says {member}")));
    }
    let insert = query(
        "INSERT INTO payouts (distribution, offer, member, weight, share, payee, credited, settled, block, event) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(call).bind(row).bind(number).bind(weight).bind(Amount::from(*share));
    let insert = insert.bind(to.as_slice()).bind(credited).bind(place);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn closed(on: &mut Applying<'_>, event: &escrow::OfferPaid) -> Result<(), Error> {
    let escrow::OfferPaid { offer, paid_sum, tip_sum, fee, residue } = event;
    let offer = offers::find(on, offer).await?.id;
    let insert = query(
        "INSERT INTO closings (offer, paid_sum, tip_sum, fee, residue, block, event) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    let [paid_sum, tip_sum, fee, residue] = [paid_sum, tip_sum, fee, residue].map(|sum| Amount::from(*sum));
    let insert = insert.bind(offer).bind(paid_sum).bind(tip_sum).bind(fee).bind(residue);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

/// How many members of an offer have a payout: each counts its own place.
async fn settled_so_far(on: &mut Applying<'_>, offer: i64) -> Result<u32, Error> {
    let last = query_as::<_, (u32,)>("SELECT settled FROM payouts WHERE offer = ? ORDER BY id DESC LIMIT 1");
    Ok(on.find(last.bind(offer)).await?.map_or(0, |(settled,)| settled))
}

/// Whoever a call of this block settled was paid or credited in it too.
pub(super) async fn distributions_are_paid(on: &mut Applying<'_>) -> Result<(), Error> {
    let calls = "SELECT distributions.offer, offers.offer, MAX(settled) FROM distributions \
                 JOIN offers ON offers.id = distributions.offer WHERE distributions.block = ? GROUP BY offers.id";
    let calls = query_as::<_, (i64, Hash, u32)>(calls).bind(on.number()?);
    for (row, offer, settled) in on.all(calls).await? {
        let paid = settled_so_far(on, row).await?;
        if paid != settled {
            return Err(on.wrong(format!("{settled} members of offer {offer} are settled and {paid} have a share")));
        }
    }
    Ok(())
}

/// Payouts: those of an offer, those to a member, those of both, or all.
pub fn list(offer: Option<Hash>, member: Option<Address>) -> List<Payout> {
    let offer = offer.map(|offer| ("offers.offer", Value::Blob(offer.0.to_vec())));
    let member = member.map(|member| ("members.address", Value::Blob(member.0.to_vec())));
    List {
        columns: "payouts.id, offers.offer, members.number, members.address, payouts.weight, currency, share, tips, \
                  settled_now, payee, keeper, credited, payouts.settled, payouts.block, payouts.event",
        from: "payouts JOIN distributions ON distributions.id = payouts.distribution \
               JOIN offers ON offers.id = payouts.offer JOIN members ON members.number = payouts.member",
        block: "payouts.block",
        key: &["payouts.id"],
        filters: offer.into_iter().chain(member).collect(),
        row: PhantomData,
    }
}

/// How many payouts there are.
pub async fn count(reader: &mut Reader) -> Result<u64, Error> {
    let (count,) = reader.required("SELECT COUNT(*) FROM payouts WHERE block <= ?1", &[]).await?;
    Ok(count)
}

/// How many members of each of these offers are settled.
pub(super) async fn settled(reader: &mut Reader, offers: &RangeInclusive<u64>) -> Result<BTreeMap<u64, u32>, Error> {
    let settled = "SELECT offer, MAX(settled) FROM distributions \
                   WHERE offer BETWEEN ?2 AND ?3 AND block <= ?1 GROUP BY offer";
    let rows: Vec<(u64, u32)> = reader.all(settled, &ids(offers)).await?;
    Ok(rows.into_iter().collect())
}
