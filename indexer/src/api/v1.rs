//! The routes under `/v1`.

use super::{
    State,
    failure::ApiError,
    page::Asked,
    query::{self, Attestations, Events, Ledger, Pages, Payouts},
};
use crate::{
    decode::{address, hash},
    model::*,
    store::{self, contract_name},
};
use axum::{
    Json,
    extract::{self, Path},
    http::Uri,
};
use chorus_bindings::{B256, Contract};

type Answered<T> = Result<Json<T>, ApiError>;
type From = extract::State<State>;

const CONTRACTS: [Contract; 3] = [Contract::Attestations, Contract::Votes, Contract::Escrow];

/// The pool: contracts, settings, lists and totals.
#[utoipa::path(get, path = "/v1/dao", responses(
    (status = 200, body = Answer<Dao>),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn dao(extract::State(state): From, uri: Uri) -> Answered<Answer<Dao>> {
    query::parse::<query::Nothing>(&uri)?;
    let (mut reader, as_of) = state.read().await?;
    let deployment = &state.deployment;
    let contracts =
        CONTRACTS.map(|contract| (contract_name(contract).into(), address(&deployment.address_of(contract))));
    let data = Dao {
        genesis_hash: hash(&deployment.genesis_hash),
        chain_id: deployment.chain_id,
        contracts: contracts.into(),
        purposes: deployment.purposes.clone(),
        settings: reader.settings().await?,
        attesters: reader.role("attester").await?,
        custodians: reader.role("custodian").await?,
        arbiters: reader.role("arbiter").await?,
        currencies: reader.currencies().await?,
        totals: reader.totals().await?,
        escrow: reader.escrow_funds().await?,
    };
    Ok(Json(Answer { as_of, data }))
}

/// A member's current record.
#[utoipa::path(get, path = "/v1/members/{address}", params(("address" = String, Path, description = "The member's address")), responses(
    (status = 200, body = Answer<Member>),
    (status = 400, description = "This is no address", body = Failure),
    (status = 404, description = "Nobody contributed from there", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn member(extract::State(state): From, Path(who): Path<String>, uri: Uri) -> Answered<Answer<Member>> {
    query::parse::<query::Nothing>(&uri)?;
    let who = query::address(&who)?;
    let (mut reader, as_of) = state.read().await?;
    let data =
        reader.member(who).await?.ok_or_else(|| ApiError::unknown(format!("{} never contributed", address(&who))))?;
    Ok(Json(Answer { as_of, data }))
}

/// Every change of every contribution.
#[utoipa::path(get, path = "/v1/attestations", params(Attestations), responses(
    (status = 200, body = Page<Attestation>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn attestations(extract::State(state): From, uri: Uri) -> Answered<Page<Attestation>> {
    let asked: Attestations = query::parse(&uri)?;
    let member = asked.member.as_deref().map(query::address).transpose()?;
    let list = path("/v1/attestations", [("member", member.as_ref().map(address))]);
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    Ok(Json(asked.page(&store::attestations(member)).await?))
}

/// All offers.
#[utoipa::path(get, path = "/v1/offers", params(Pages), responses(
    (status = 200, body = Page<Offer>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn offers(extract::State(state): From, uri: Uri) -> Answered<Page<Offer>> {
    let asked: Pages = query::parse(&uri)?;
    let mut asked = Asked::new(&state, path("/v1/offers", []), asked.limit, asked.cursor).await?;
    let Page { as_of, count, items: rows, next } = asked.page(&store::offers(None)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(asked.reader.whole_offer(row).await?);
    }
    Ok(Json(Page { as_of, count, items, next }))
}

/// An offer with everything that was decided about it.
#[utoipa::path(get, path = "/v1/offers/{offer}", params(("offer" = String, Path, description = "The offer's id")), responses(
    (status = 200, body = Answer<Offer>),
    (status = 400, description = "This is no id", body = Failure),
    (status = 404, description = "There is no such offer", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn offer(extract::State(state): From, Path(offer): Path<String>, uri: Uri) -> Answered<Answer<Offer>> {
    query::parse::<query::Nothing>(&uri)?;
    let offer = query::hash(&offer)?;
    let (mut reader, as_of) = state.read().await?;
    let data = reader.offer(offer).await?.ok_or_else(|| no_offer(&hash(&offer)))?;
    Ok(Json(Answer { as_of, data }))
}

/// The votes on an offer, each with the voter's power at the snapshot by the token's `DelegateVotesChanged`.
#[utoipa::path(get, path = "/v1/offers/{offer}/votes", params(("offer" = String, Path, description = "The offer's id"), Pages), responses(
    (status = 200, body = Page<Vote>),
    (status = 400, body = Failure),
    (status = 404, description = "There is no such offer", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn offer_votes(
    extract::State(state): From,
    Path(offer): Path<String>,
    uri: Uri,
) -> Answered<Page<Vote>> {
    let (asked, offer) = (query::parse::<Pages>(&uri)?, query::hash(&offer)?);
    let list = format!("/v1/offers/{}/votes", hash(&offer));
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    let (_, snapshot) = asked.reader.sale_and_snapshot(offer).await?.ok_or_else(|| no_offer(&hash(&offer)))?;
    votes(&mut asked, offer, snapshot).await
}

/// Who was in an offer's sale when it was made, with which weight, and who left.
#[utoipa::path(get, path = "/v1/offers/{offer}/members", params(("offer" = String, Path, description = "The offer's id"), Pages), responses(
    (status = 200, body = Page<SaleMember>),
    (status = 400, body = Failure),
    (status = 404, description = "There is no such offer", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn offer_members(
    extract::State(state): From,
    Path(offer): Path<String>,
    uri: Uri,
) -> Answered<Page<SaleMember>> {
    let (asked, offer) = (query::parse::<Pages>(&uri)?, query::hash(&offer)?);
    let list = format!("/v1/offers/{}/members", hash(&offer));
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    let (sale, _) = asked.reader.sale_and_snapshot(offer).await?.ok_or_else(|| no_offer(&hash(&offer)))?;
    let mut page = asked.page(&store::sale_members(sale)).await?;
    for member in &mut page.items {
        member.left = asked.reader.leave_of(sale, member.number).await?;
    }
    Ok(Json(page))
}

/// All proposals of the DAO's own calls.
#[utoipa::path(get, path = "/v1/proposals", params(Pages), responses(
    (status = 200, body = Page<Proposal>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn proposals(extract::State(state): From, uri: Uri) -> Answered<Page<Proposal>> {
    let asked: Pages = query::parse(&uri)?;
    let mut asked = Asked::new(&state, path("/v1/proposals", []), asked.limit, asked.cursor).await?;
    let Page { as_of, count, items: rows, next } = asked.page(&store::proposals(None)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(asked.reader.whole_proposal(row, &state.deployment).await?);
    }
    Ok(Json(Page { as_of, count, items, next }))
}

/// A proposal with its calls, ballot and state.
#[utoipa::path(get, path = "/v1/proposals/{proposal}", params(("proposal" = String, Path, description = "The proposal's id")), responses(
    (status = 200, body = Answer<Proposal>),
    (status = 400, description = "This is no id", body = Failure),
    (status = 404, description = "There is no such proposal", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn proposal(
    extract::State(state): From,
    Path(proposal): Path<String>,
    uri: Uri,
) -> Answered<Answer<Proposal>> {
    query::parse::<query::Nothing>(&uri)?;
    let proposal = query::hash(&proposal)?;
    let (mut reader, as_of) = state.read().await?;
    let data = reader.proposal(proposal, &state.deployment).await?.ok_or_else(|| no_proposal(&hash(&proposal)))?;
    Ok(Json(Answer { as_of, data }))
}

/// The votes on a proposal, each with the voter's power at the snapshot by the token's `DelegateVotesChanged`.
#[utoipa::path(get, path = "/v1/proposals/{proposal}/votes", params(("proposal" = String, Path, description = "The proposal's id"), Pages), responses(
    (status = 200, body = Page<Vote>),
    (status = 400, body = Failure),
    (status = 404, description = "There is no such proposal", body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn proposal_votes(
    extract::State(state): From,
    Path(proposal): Path<String>,
    uri: Uri,
) -> Answered<Page<Vote>> {
    let (asked, proposal) = (query::parse::<Pages>(&uri)?, query::hash(&proposal)?);
    let list = format!("/v1/proposals/{}/votes", hash(&proposal));
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    let known = asked.reader.count(&store::proposals(Some(proposal))).await? > 0;
    let snapshot = asked.reader.snapshot_of(proposal).await?.filter(|_| known);
    let snapshot = snapshot.ok_or_else(|| no_proposal(&hash(&proposal)))?;
    votes(&mut asked, proposal, snapshot).await
}

/// A page of the votes in a ballot, each with its power at the ballot's snapshot.
async fn votes(asked: &mut Asked, ballot: B256, snapshot: u64) -> Answered<Page<Vote>> {
    let mut page = asked.page(&store::votes(ballot)).await?;
    for vote in &mut page.items {
        vote.power = asked.reader.power_at(&vote.voter, snapshot).await?;
    }
    Ok(Json(page))
}

/// Settled shares.
#[utoipa::path(get, path = "/v1/payouts", params(Payouts), responses(
    (status = 200, body = Page<Payout>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn payouts(extract::State(state): From, uri: Uri) -> Answered<Page<Payout>> {
    let asked: Payouts = query::parse(&uri)?;
    let offer = asked.offer.as_deref().map(query::hash).transpose()?;
    let member = asked.member.as_deref().map(query::address).transpose()?;
    let list = path("/v1/payouts", [("offer", offer.as_ref().map(hash)), ("member", member.as_ref().map(address))]);
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    Ok(Json(asked.page(&store::payouts(offer, member)).await?))
}

/// Every movement of money, as postings that sum to zero.
#[utoipa::path(get, path = "/v1/ledger", params(Ledger), responses(
    (status = 200, body = Page<Posting>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn ledger(extract::State(state): From, uri: Uri) -> Answered<Page<Posting>> {
    let asked: Ledger = query::parse(&uri)?;
    let account = asked.account.map(|account| query::word(account, "account")).transpose()?;
    let offer = asked.offer.as_deref().map(query::hash).transpose()?;
    let list = path("/v1/ledger", [("account", account.clone()), ("offer", offer.as_ref().map(hash))]);
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    Ok(Json(asked.page(&store::postings(account, offer)).await?))
}

/// Every event of the three contracts, raw and decoded.
#[utoipa::path(get, path = "/v1/events", params(Events), responses(
    (status = 200, body = Page<Event>),
    (status = 400, body = Failure),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn events(extract::State(state): From, uri: Uri) -> Answered<Page<Event>> {
    let asked: Events = query::parse(&uri)?;
    let contract = asked.contract.as_deref().map(contract).transpose()?;
    let name = asked.name.map(|name| query::word(name, "name")).transpose()?;
    let list = path("/v1/events", [("contract", contract.map(Into::into)), ("name", name.clone())]);
    let mut asked = Asked::new(&state, list, asked.limit, asked.cursor).await?;
    Ok(Json(asked.page(&store::events(contract, name)).await?))
}

/// How indexing goes.
#[utoipa::path(get, path = "/v1/status", responses(
    (status = 200, body = Answer<Status>),
    (status = 503, description = "The database cannot be read now", body = Failure),
))]
pub(super) async fn status(extract::State(state): From, uri: Uri) -> Answered<Answer<Status>> {
    query::parse::<query::Nothing>(&uri)?;
    let (mut reader, as_of) = state.read().await?;
    let reason = state.condition.reason();
    let finalized_block = state.condition.finalized_block();
    let data = Status {
        version: env!("CARGO_PKG_VERSION").into(),
        ready: reason.is_none(),
        reason,
        finalized_block,
        lag_blocks: finalized_block.map(|finalized| finalized.saturating_sub(as_of.block)),
        undecoded: reader.undecoded().await?,
    };
    Ok(Json(Answer { as_of, data }))
}

fn no_offer(offer: &str) -> ApiError {
    ApiError::unknown(format!("there is no offer {offer}"))
}

fn no_proposal(proposal: &str) -> ApiError {
    ApiError::unknown(format!("there is no proposal {proposal}"))
}

fn contract(name: &str) -> Result<&'static str, ApiError> {
    let known = CONTRACTS.map(contract_name);
    let found = known.into_iter().find(|known| *known == name);
    found.ok_or_else(|| ApiError::bad("bad_query", format!("contract is one of {}", known.join(", "))))
}

/// A path with the filters that are given.
fn path<const N: usize>(path: &str, filters: [(&str, Option<String>); N]) -> String {
    let given = filters
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| format!("{name}={value}")))
        .collect::<Vec<_>>();
    if given.is_empty() { path.into() } else { format!("{path}?{}", given.join("&")) }
}
