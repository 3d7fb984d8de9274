//! Looks things up in what the chain's events say.

use anyhow::Context as _;
use chorus_bindings::B256;
use chorus_client::{
    pool::Pool,
    record::{Offer, Record},
};

use crate::commands::Globals;

/// The offer with this id.
pub(super) fn offer(record: &Record, id: B256) -> anyhow::Result<&Offer> {
    let offer = record.offers.get(&id);
    offer.with_context(|| format!("there is no offer {id} in this pool: `chorus status` lists all offers"))
}

/// The number of an offer's sale.
pub(super) async fn sale_number(globals: &Globals, pool: &Pool, id: B256) -> anyhow::Result<u32> {
    Ok(offer(&globals.record(pool).await?, id)?.conditions.sale)
}
