//! The keeper: anyone who does what is due. It seals, refunds and pays members, and earns the tips.
//!
//! It remembers nothing: what is due follows from the chain, so it can stop at any point and start again anywhere.

use anyhow::Context as _;
use chorus_bindings::{B256, Contract, SolCall as _, escrow};
use chorus_client::{
    Error,
    keys::Key,
    pool::Pool,
    record::{History, Offer, Record},
};
use chorus_core::{escrow::MAX_RANGE, names::Status};
use futures::StreamExt as _;

use crate::{actions, limits::fits};

/// How many batches of one distribution are in flight at the same time.
const IN_FLIGHT: usize = 8;

/// Something that the keeper did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "did")]
pub enum Done {
    /// Fixed how an offer's vote and opt-out window ended.
    Sealed {
        /// The offer's id.
        offer: B256,
    },
    /// Gave a price back to its buyer.
    Refunded {
        /// The offer's id.
        offer: B256,
    },
    /// Paid members.
    Settled {
        /// The offer's id.
        offer: B256,
        /// How many members were paid.
        members: u32,
        /// How many transactions that took.
        transactions: u32,
    },
}

/// Does everything that is due now, once. `progress` hears how many members of how many are paid.
pub async fn step(
    pool: &Pool,
    keeper: &Key,
    history: &mut Option<History>,
    mut progress: impl FnMut(u32, u32),
) -> anyhow::Result<Vec<Done>> {
    match history {
        Some(history) => history.extend(pool).await?,
        None => *history = Some(History::read(pool, |_, _| {}).await?),
    }
    let record = history.as_ref().map(Record::replay).unwrap_or_default();
    let mut done = Vec::new();
    for id in &record.order {
        let offer = &record.offers[id];
        if offer.refunded.is_some() || offer.paid.is_some() {
            continue;
        }
        let mut status = actions::status_of(pool, *id, None).await?;
        // A defeat can be sealed as soon as voting is over, so that the buyer need not wait. The contract knows whether
        // it is one: it refuses to seal an offer that passed before the members had their time to leave.
        let sealable = status == Status::AwaitingSeal || (status == Status::OptOut && offer.sealed.is_none());
        if sealable && attempt(actions::seal(pool, keeper, *id).await)? {
            done.push(Done::Sealed { offer: *id });
            status = actions::status_of(pool, *id, None).await?;
        }
        if status == Status::Refundable && attempt(actions::refund(pool, keeper, *id).await)? {
            done.push(Done::Refunded { offer: *id });
        }
        if status == Status::Settling {
            let (members, transactions) = settle(pool, keeper, *id, offer, &record, &mut progress).await?;
            if members > 0 {
                done.push(Done::Settled { offer: *id, members, transactions });
            }
        }
    }
    Ok(done)
}

/// Whether it worked. A refusal by the contract is not an error: another keeper may have been quicker.
fn attempt<T>(result: anyhow::Result<T>) -> anyhow::Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(error) => match error.downcast_ref::<Error>() {
            Some(Error::Reverted { explanation, .. }) => {
                tracing::debug!(%explanation, "not due");
                Ok(false)
            }
            _ => Err(error),
        },
    }
}

/// Pays everybody in an offer's sale who has not been paid yet. Returns how many members that were, and how many
/// transactions it took.
async fn settle(
    pool: &Pool,
    keeper: &Key,
    id: B256,
    offer: &Offer,
    record: &Record,
    progress: &mut impl FnMut(u32, u32),
) -> anyhow::Result<(u32, u32)> {
    let sale = record.sale_of(offer).context("the offer's sale is unknown")?;
    let settled: std::collections::BTreeSet<u32> = offer.payouts.iter().map(|(_, paid)| paid.number).collect();
    let open: Vec<u32> =
        sale.remaining().map(|(number, _)| number).filter(|number| !settled.contains(number)).collect();
    let (Some(first), Some(last)) = (open.first(), open.last()) else { return Ok((0, 0)) };
    let total = open.len() as u32;

    let size = batch_size(pool, keeper, id, *first).await?;
    let batches: Vec<u32> = (*first..=*last)
        .step_by(size as usize)
        .filter(|from| open.iter().any(|number| (*from..from.saturating_add(size)).contains(number)))
        .collect();
    let transactions = batches.len() as u32;
    let mut paid = 0;
    let mut sent = futures::stream::iter(batches)
        .map(|from| async move { (from, actions::distribute(pool, keeper, id, from, size).await) })
        .buffer_unordered(IN_FLIGHT);
    while let Some((from, result)) = sent.next().await {
        if attempt(result)? {
            paid += open.iter().filter(|number| (from..from.saturating_add(size)).contains(number)).count() as u32;
            progress(paid, total);
        }
    }
    Ok((paid, transactions))
}

/// The largest batch that fits well into a block, found by rehearsing it and halving it until the chain takes it.
async fn batch_size(pool: &Pool, keeper: &Key, offer: B256, from: u32) -> anyhow::Result<u32> {
    let mut count = MAX_RANGE;
    loop {
        let data = escrow::distributeCall { offer, from, count }.abi_encode();
        let dry_run = pool.rehearse(keeper, Contract::Escrow, &data).await?;
        if count <= 1 || (fits(dry_run.weight_required) && dry_run.result.is_ok()) {
            return Ok(count.max(1));
        }
        count /= 2;
    }
}

/// Pays all members in the sale of one offer, as the end-to-end player does it. Returns how many were paid.
pub async fn settle_offer(
    pool: &Pool,
    keeper: &Key,
    offer: B256,
    mut progress: impl FnMut(u32, u32),
) -> anyhow::Result<u32> {
    let record = Record::replay(&History::read(pool, |_, _| {}).await?);
    let facts = record.offers.get(&offer).with_context(|| format!("there is no offer {offer}"))?;
    Ok(settle(pool, keeper, offer, facts, &record, &mut progress).await?.0)
}

/// How long until something may be due, in seconds, by the chain's clock.
pub fn next_deadline(record: &Record, now: u64) -> Option<u64> {
    let deadlines =
        record.offers.values().filter(|offer| offer.refunded.is_none() && offer.paid.is_none()).flat_map(|offer| {
            let terms = &offer.conditions;
            let delivered = offer.delivered.iter().flat_map(|(_, e)| [e.dispute_ends, e.ruling_ends]);
            [terms.voting_ends, terms.opt_out_ends, terms.delivery_ends]
                .into_iter()
                .chain(delivered)
                .collect::<Vec<_>>()
        });
    deadlines.filter(|deadline| *deadline >= now).min().map(|deadline| deadline + 1 - now)
}
