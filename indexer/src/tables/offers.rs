//! Offers: what was made, on which terms, and the steps of their lives up to the last share.

mod steps;

pub use steps::{Acceptance, Delivery, Dispute, Refund, Ruling, Seal, Step, Taken};

use std::{collections::BTreeMap, marker::PhantomData};

use chorus_bindings::{B256, core::names::Seal as Outcome, escrow};
use sqlx::{FromRow, query, query_as};

use super::{
    Applying, Code, List, Reader, Value,
    ballots::{self, Ballot},
    payouts::{self, Closing},
    sales,
};
use crate::{
    Error,
    values::{Address, Amount, At, Hash},
};
use steps::steps;

/// A step in an offer's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It was made, …
    Made(&'a escrow::OfferMade),
    /// … on these terms; …
    Terms(&'a escrow::OfferTerms),
    /// … its outcome was fixed, …
    Sealed(&'a escrow::Sealed),
    /// … it was delivered, …
    Delivered(&'a escrow::Delivered),
    /// … accepted, …
    Accepted(&'a escrow::Accepted),
    /// … disputed, …
    Disputed(&'a escrow::Disputed),
    /// … ruled on, …
    Ruled(&'a escrow::Ruled),
    /// … or refunded. How it is paid out, `payouts` tells.
    Refunded(&'a escrow::Refunded),
}

/// An offer as its buyer made it.
#[derive(Clone, Debug, FromRow)]
pub struct Made {
    /// Its place among all offers, from 1.
    pub id: u64,
    /// Its id, which is its ballot's too.
    pub offer: Hash,
    /// The account that pays.
    pub buyer: Address,
    /// What it pays with; address 0 is native money.
    pub currency: Address,
    /// What was deposited.
    pub price: Amount,
    /// What the data is for.
    pub purpose: u8,
    /// Hash of the list of fields.
    pub fields_hash: Hash,
    /// Hash of the licence.
    pub licence_hash: Hash,
    /// Fewer members void the sale.
    pub min_members: u32,
    /// Less weight voids the sale.
    pub min_weight: u64,
    /// The account that delivers.
    pub custodian: Address,
    /// The account that rules on a dispute.
    pub arbiter: Address,
    /// The buyer's salt.
    pub salt: Hash,
    /// The event.
    #[sqlx(flatten)]
    pub at: At,
}

/// The settings and deadlines that an offer was made with. A period includes its end.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Terms {
    /// The number of its sale.
    pub sale: u32,
    /// Votes count until then.
    pub voting_ends: u64,
    /// Members may leave until then.
    pub opt_out_ends: u64,
    /// Delivery is possible until then.
    pub delivery_ends: u64,
    /// How long the buyer may dispute, from delivery.
    pub dispute_s: u64,
    /// How long the arbiter may rule, from the end of the dispute window.
    pub ruling_s: u64,
    /// The treasury's part of what is paid.
    pub fee_bps: u16,
    /// The keepers' part of what is paid.
    pub tip_bps: u16,
    /// What was paid to the treasury when the offer was made.
    pub listing_fee: Amount,
    /// Weight in the sale when the offer was made.
    pub total_weight: u64,
    /// Members in the sale when the offer was made.
    pub members: u32,
}

/// All that is known of an offer as of a block.
#[derive(Clone, Debug)]
pub struct Offer {
    /// As its buyer made it.
    pub made: Made,
    /// What it was made with.
    pub terms: Terms,
    /// Weight in its sale (W).
    pub total_weight: u64,
    /// Members in its sale (M).
    pub members: u32,
    /// Its ballot.
    pub ballot: Ballot,
    /// The outcome.
    pub seal: Option<Step<Seal>>,
    /// What was delivered.
    pub delivery: Option<Step<Delivery>>,
    /// The buyer's acceptance.
    pub acceptance: Option<Step<Acceptance>>,
    /// The buyer's dispute.
    pub dispute: Option<Step<Dispute>>,
    /// The arbiter's ruling.
    pub ruling: Option<Step<Ruling>>,
    /// What went back.
    pub refund: Option<Step<Refund>>,
    /// How many members are settled.
    pub settled: u32,
    /// Sums after the last member.
    pub closing: Option<Step<Closing>>,
}

impl Change<'_> {
    pub(super) async fn apply(self, on: &mut Applying<'_>) -> Result<(), Error> {
        let (block, event) = (on.number()?, on.event);
        let step = match self {
            Self::Made(event) => return made(on, event).await,
            Self::Terms(event) => return terms(on, event).await,
            Self::Sealed(escrow::Sealed { offer, outcome, total_weight, members }) => {
                let row = find(on, offer).await?.id;
                let Some(outcome) = Outcome::from_code(*outcome).filter(|outcome| *outcome != Outcome::Open) else {
                    return Err(on.wrong(format!("offer {offer} is sealed with outcome {outcome}")));
                };
                let insert = "INSERT INTO seals (offer, outcome, total_weight, members, block, event) \
                              VALUES (?, ?, ?, ?, ?, ?)";
                query(insert).bind(row).bind(Code(outcome)).bind(on.int(*total_weight)?).bind(members)
            }
            Self::Delivered(escrow::Delivered { offer, bundle_hash, manifest_root, dispute_ends, ruling_ends }) => {
                let row = find(on, offer).await?.id;
                let insert = "INSERT INTO deliveries \
                              (offer, bundle_hash, manifest_root, dispute_ends, ruling_ends, block, event) \
                              VALUES (?, ?, ?, ?, ?, ?, ?)";
                let insert = query(insert).bind(row).bind(bundle_hash.as_slice()).bind(manifest_root.as_slice());
                insert.bind(on.int(*dispute_ends)?).bind(on.int(*ruling_ends)?)
            }
            Self::Accepted(escrow::Accepted { offer }) => {
                let row = find(on, offer).await?.id;
                query("INSERT INTO acceptances (offer, block, event) VALUES (?, ?, ?)").bind(row)
            }
            Self::Disputed(escrow::Disputed { offer, reason_hash }) => {
                let row = find(on, offer).await?.id;
                let insert = "INSERT INTO disputes (offer, reason_hash, block, event) VALUES (?, ?, ?, ?)";
                query(insert).bind(row).bind(reason_hash.as_slice())
            }
            Self::Ruled(escrow::Ruled { offer, arbiter, returned_bps, returned }) => {
                let row = find(on, offer).await?.id;
                let insert = "INSERT INTO rulings (offer, arbiter, returned_bps, returned, block, event) \
                              VALUES (?, ?, ?, ?, ?, ?)";
                let insert = query(insert).bind(row).bind(arbiter.as_slice()).bind(returned_bps);
                insert.bind(Amount::from(*returned))
            }
            Self::Refunded(escrow::Refunded { offer, buyer, amount }) => {
                let known = find(on, offer).await?;
                if known.buyer.0 != *buyer {
                    return Err(on.wrong(format!("{buyer} is refunded for an offer of {}", known.buyer)));
                }
                let insert = "INSERT INTO refunds (offer, amount, block, event) VALUES (?, ?, ?, ?)";
                query(insert).bind(known.id).bind(Amount::from(*amount))
            }
        };
        on.run(step.bind(block).bind(event)).await?;
        Ok(())
    }
}

async fn made(on: &mut Applying<'_>, event: &escrow::OfferMade) -> Result<(), Error> {
    let escrow::OfferMade {
        offer,
        buyer,
        currency,
        price,
        purpose,
        fields_hash,
        licence_hash,
        min_members,
        min_weight,
        custodian,
        arbiter,
        salt,
    } = event;
    let insert = query(
        "INSERT INTO offers (offer, buyer, currency, price, purpose, fields_hash, licence_hash, min_members, \
         min_weight, custodian, arbiter, salt, block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(offer.as_slice()).bind(buyer.as_slice()).bind(currency.as_slice());
    let insert = insert.bind(Amount::from(*price)).bind(purpose);
    let insert = insert.bind(fields_hash.as_slice()).bind(licence_hash.as_slice());
    let insert = insert.bind(min_members).bind(on.int(*min_weight)?);
    let insert = insert.bind(custodian.as_slice()).bind(arbiter.as_slice()).bind(salt.as_slice());
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

async fn terms(on: &mut Applying<'_>, event: &escrow::OfferTerms) -> Result<(), Error> {
    let escrow::OfferTerms {
        offer,
        sale,
        voting_ends,
        opt_out_ends,
        delivery_ends,
        dispute_s,
        ruling_s,
        fee_bps,
        tip_bps,
        listing_fee,
        total_weight,
        members,
    } = event;
    let row = find(on, offer).await?.id;
    let insert = query(
        "INSERT INTO terms (offer, sale, voting_ends, opt_out_ends, delivery_ends, dispute_s, ruling_s, fee_bps, \
         tip_bps, listing_fee, total_weight, members, block, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(row).bind(sale);
    let insert = insert.bind(on.int(*voting_ends)?).bind(on.int(*opt_out_ends)?).bind(on.int(*delivery_ends)?);
    let insert = insert.bind(on.int(*dispute_s)?).bind(on.int(*ruling_s)?).bind(fee_bps).bind(tip_bps);
    let insert = insert.bind(Amount::from(*listing_fee)).bind(on.int(*total_weight)?).bind(members);
    on.run(insert.bind(on.number()?).bind(on.event)).await?;
    Ok(())
}

/// What other tables need of an offer while they are written.
#[derive(FromRow)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) buyer: Address,
    pub(super) currency: Address,
}

/// An offer that was made before.
pub(super) async fn find(on: &mut Applying<'_>, offer: &B256) -> Result<Known, Error> {
    let known = query_as("SELECT id, buyer, currency FROM offers WHERE offer = ?").bind(offer.as_slice());
    match on.find(known).await? {
        Some(known) => Ok(known),
        None => Err(on.wrong(format!("offer {offer} was never made"))),
    }
}

/// All offers as their buyers made them. [`complete`] adds the rest.
pub fn list() -> List<Made> {
    List {
        columns: "id, offer, buyer, currency, price, purpose, fields_hash, licence_hash, min_members, min_weight, \
                  custodian, arbiter, salt, block, event",
        from: "offers",
        block: "block",
        key: &["id"],
        filters: Vec::new(),
        row: PhantomData,
    }
}

/// One offer.
pub async fn one(reader: &mut Reader, offer: Hash) -> Result<Option<Offer>, Error> {
    let list = List { filters: vec![("offer", Value::Blob(offer.0.to_vec()))], ..list() };
    let made = reader.page(&list, [0, 0], 1).await?.into_iter().map(|(_, made)| made).collect();
    Ok(complete(reader, made).await?.pop())
}

/// The number of an offer's sale; none if there is no such offer.
pub async fn sale_of(reader: &mut Reader, offer: Hash) -> Result<Option<u32>, Error> {
    let sale = "SELECT sale FROM terms JOIN offers ON id = terms.offer WHERE offers.offer = ?2 AND terms.block <= ?1";
    Ok(reader.optional::<(u32,)>(sale, &[Value::Blob(offer.0.to_vec())]).await?.map(|(sale,)| sale))
}

/// How many offers there are.
pub async fn count(reader: &mut Reader) -> Result<u64, Error> {
    reader.count(&list()).await
}

/// Adds the steps of their lives to offers that follow each other, with one query for each table.
pub async fn complete(reader: &mut Reader, made: Vec<Made>) -> Result<Vec<Offer>, Error> {
    let (Some(first), Some(last)) = (made.first(), made.last()) else { return Ok(Vec::new()) };
    let (reader, ids) = (reader, first.id..=last.id);
    let terms = "sale, voting_ends, opt_out_ends, delivery_ends, dispute_s, ruling_s, fee_bps, tip_bps, listing_fee, \
                 total_weight, members";
    let mut terms: BTreeMap<u64, Step<Terms>> = steps(reader, "terms", terms, &ids).await?;
    let remaining = sales::remaining(reader, &ids).await?;
    let of = "SELECT offer FROM offers WHERE id BETWEEN ?2 AND ?3";
    let mut ballots = ballots::of(reader, of, &super::ids(&ids)).await?;
    let mut seals = steps(reader, "seals", "outcome, total_weight, members", &ids).await?;
    let delivery = "bundle_hash, manifest_root, dispute_ends, ruling_ends";
    let mut deliveries = steps(reader, "deliveries", delivery, &ids).await?;
    let mut acceptances = steps(reader, "acceptances", "", &ids).await?;
    let mut disputes = steps(reader, "disputes", "reason_hash", &ids).await?;
    let mut rulings = steps(reader, "rulings", "arbiter, returned_bps, returned", &ids).await?;
    let mut refunds = steps(reader, "refunds", "amount", &ids).await?;
    let settled = payouts::settled(reader, &ids).await?;
    let mut closings = steps(reader, "closings", "paid_sum, tip_sum, fee, residue", &ids).await?;
    let offers = made.into_iter().map(|made| {
        let id = made.id;
        // An offer, its terms and its ballot are events of one call, and rows are committed by whole blocks.
        let missing = |what| Error::Database(format!("offer {} has no {what}", made.offer));
        let terms = terms.remove(&id).ok_or_else(|| missing("terms"))?.says;
        let ballot = ballots.remove(&made.offer).ok_or_else(|| missing("ballot"))?;
        let remaining = remaining.get(&id).map(|left| (left.total_weight, left.members));
        let (total_weight, members) = remaining.unwrap_or((terms.total_weight, terms.members));
        Ok(Offer {
            made,
            terms,
            total_weight,
            members,
            ballot,
            seal: seals.remove(&id),
            delivery: deliveries.remove(&id),
            acceptance: acceptances.remove(&id),
            dispute: disputes.remove(&id),
            ruling: rulings.remove(&id),
            refund: refunds.remove(&id),
            settled: settled.get(&id).copied().unwrap_or(0),
            closing: closings.remove(&id),
        })
    });
    offers.collect()
}
