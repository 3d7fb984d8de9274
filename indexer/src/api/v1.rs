//! The routes under `/v1`.

use axum::{
    Json,
    extract::{self, Path},
    http::Uri,
};

use super::{
    State,
    failure::{ApiError, Malformed, Missing, Unavailable},
    page::Asked,
    query::{self, Attestations, Events, Ledger, Nothing, Pages, Payouts},
};
use crate::{
    tables::{
        ballots, events, ledger, members, offers, payouts, proposals, sales,
        settings::{self, Role},
        token,
    },
    values::Hash,
    views::{
        Answer, Page,
        ballots::Vote,
        dao::{Dao, EscrowFunds, Totals},
        events::Event,
        ledger::Posting,
        members::{Attestation, Member},
        offers::{Offer, SaleMember},
        payouts::Payout,
        proposals::Proposal,
        status::Status,
    },
};

type Answered<T> = Result<Json<T>, ApiError>;
type From = extract::State<State>;

/// The pool: contracts, settings, lists and totals.
#[utoipa::path(get, path = "/v1/dao", responses((status = 200, body = Answer<Dao>), Unavailable))]
pub(super) async fn dao(extract::State(state): From, uri: Uri) -> Answered<Answer<Dao>> {
    query::parse::<Nothing>(&uri)?;
    let (mut reader, as_of) = state.read().await?;
    let reader = &mut reader;
    let deployment = &state.deployment;
    let balance = reader.as_of().map(|block| block.escrow_balance).unwrap_or_default();
    let of_members = members::totals(reader).await?;
    let data = Dao {
        genesis_hash: Hash(deployment.genesis_hash),
        chain_id: deployment.chain_id,
        contracts: Dao::contracts(deployment),
        purposes: deployment.purposes.clone(),
        settings: Dao::settings(settings::announced_last(reader).await?)?,
        attesters: settings::listed(reader, Role::Attester).await?,
        custodians: settings::listed(reader, Role::Custodian).await?,
        arbiters: settings::listed(reader, Role::Arbiter).await?,
        currencies: settings::currencies(reader).await?.into_iter().map(Into::into).collect(),
        totals: Totals {
            members: of_members.members,
            active_members: of_members.active,
            weight: of_members.weight,
            supply: token::supply(reader).await?,
            offers: offers::count(reader).await?,
            payouts: payouts::count(reader).await?,
        },
        escrow: EscrowFunds::new(balance, &ledger::holdings(reader).await?),
    };
    Ok(Json(Answer { as_of, data }))
}

/// A member's current record.
#[utoipa::path(
    get,
    path = "/v1/members/{address}",
    params(("address" = String, Path, description = "The member's address")),
    responses((status = 200, body = Answer<Member>), Malformed, Missing, Unavailable)
)]
pub(super) async fn member(extract::State(state): From, Path(who): Path<String>, uri: Uri) -> Answered<Answer<Member>> {
    query::parse::<Nothing>(&uri)?;
    let who = query::address(&who)?;
    let (mut reader, as_of) = state.read().await?;
    let member = members::member(&mut reader, who).await?;
    let member = member.ok_or_else(|| ApiError::unknown(format!("{who} never contributed")))?;
    let credits = ledger::credits(&mut reader, who).await?;
    Ok(Json(Answer { as_of, data: Member::new(member, credits) }))
}

/// Every change of every contribution.
#[utoipa::path(
    get,
    path = "/v1/attestations",
    params(Attestations, Pages),
    responses((status = 200, body = Page<Attestation>), Malformed, Unavailable)
)]
pub(super) async fn attestations(extract::State(state): From, uri: Uri) -> Answered<Page<Attestation>> {
    let (Attestations { member }, pages) = query::parse_list(&uri)?;
    let member = member.as_deref().map(query::address).transpose()?;
    let filters = [("member", member.map(|member| member.to_string()))];
    Asked::new(&state, &uri, &filters, pages).await?.answer(&members::attestations(member)).await
}

/// All offers.
#[utoipa::path(
    get,
    path = "/v1/offers",
    params(Pages),
    responses((status = 200, body = Page<Offer>), Malformed, Unavailable)
)]
pub(super) async fn offers(extract::State(state): From, uri: Uri) -> Answered<Page<Offer>> {
    let (Nothing {}, pages) = query::parse_list(&uri)?;
    let mut asked = Asked::new(&state, &uri, &[], pages).await?;
    let (page, made) = asked.page(&offers::list()).await?;
    let now_s = asked.reader.now_s();
    let offers = offers::complete(&mut asked.reader, made).await?.into_iter();
    Ok(Json(page.of(offers.map(|offer| Offer::new(offer, now_s)).collect::<Result<_, _>>()?)))
}

/// An offer with everything that was decided about it.
#[utoipa::path(
    get,
    path = "/v1/offers/{offer}",
    params(("offer" = String, Path, description = "The offer's id")),
    responses((status = 200, body = Answer<Offer>), Malformed, Missing, Unavailable)
)]
pub(super) async fn offer(extract::State(state): From, Path(offer): Path<String>, uri: Uri) -> Answered<Answer<Offer>> {
    query::parse::<Nothing>(&uri)?;
    let offer = query::hash(&offer)?;
    let (mut reader, as_of) = state.read().await?;
    let found = offers::one(&mut reader, offer).await?.ok_or_else(|| no_offer(offer))?;
    Ok(Json(Answer { as_of, data: Offer::new(found, reader.now_s())? }))
}

/// The votes on an offer, each with the voter's power at the snapshot by the token's `DelegateVotesChanged`.
#[utoipa::path(
    get,
    path = "/v1/offers/{offer}/votes",
    params(("offer" = String, Path, description = "The offer's id"), Pages),
    responses((status = 200, body = Page<Vote>), Malformed, Missing, Unavailable)
)]
pub(super) async fn offer_votes(
    extract::State(state): From,
    Path(offer): Path<String>,
    uri: Uri,
) -> Answered<Page<Vote>> {
    let (Nothing {}, pages) = query::parse_list(&uri)?;
    let offer = query::hash(&offer)?;
    let mut asked = Asked::new(&state, &uri, &[], pages).await?;
    offers::sale_of(&mut asked.reader, offer).await?.ok_or_else(|| no_offer(offer))?;
    asked.answer(&ballots::votes(offer)).await
}

/// The members of an offer's sale when it was made, with their weights, and whether they left.
#[utoipa::path(
    get,
    path = "/v1/offers/{offer}/members",
    params(("offer" = String, Path, description = "The offer's id"), Pages),
    responses((status = 200, body = Page<SaleMember>), Malformed, Missing, Unavailable)
)]
pub(super) async fn offer_members(
    extract::State(state): From,
    Path(offer): Path<String>,
    uri: Uri,
) -> Answered<Page<SaleMember>> {
    let (Nothing {}, pages) = query::parse_list(&uri)?;
    let offer = query::hash(&offer)?;
    let mut asked = Asked::new(&state, &uri, &[], pages).await?;
    let sale = offers::sale_of(&mut asked.reader, offer).await?.ok_or_else(|| no_offer(offer))?;
    asked.answer(&sales::list(sale)).await
}

/// All proposals of the DAO's own calls.
#[utoipa::path(
    get,
    path = "/v1/proposals",
    params(Pages),
    responses((status = 200, body = Page<Proposal>), Malformed, Unavailable)
)]
pub(super) async fn proposals(extract::State(state): From, uri: Uri) -> Answered<Page<Proposal>> {
    let (Nothing {}, pages) = query::parse_list(&uri)?;
    let mut asked = Asked::new(&state, &uri, &[], pages).await?;
    let (page, made) = asked.page(&proposals::list()).await?;
    let now_s = asked.reader.now_s();
    let proposals = proposals::complete(&mut asked.reader, made).await?.into_iter();
    let proposals = proposals.map(|proposal| Proposal::new(proposal, &state.deployment, now_s));
    Ok(Json(page.of(proposals.collect::<Result<_, _>>()?)))
}

/// A proposal with its calls, ballot and state.
#[utoipa::path(
    get,
    path = "/v1/proposals/{proposal}",
    params(("proposal" = String, Path, description = "The proposal's id")),
    responses((status = 200, body = Answer<Proposal>), Malformed, Missing, Unavailable)
)]
pub(super) async fn proposal(
    extract::State(state): From,
    Path(proposal): Path<String>,
    uri: Uri,
) -> Answered<Answer<Proposal>> {
    query::parse::<Nothing>(&uri)?;
    let proposal = query::hash(&proposal)?;
    let (mut reader, as_of) = state.read().await?;
    let found = proposals::one(&mut reader, proposal).await?.ok_or_else(|| no_proposal(proposal))?;
    Ok(Json(Answer { as_of, data: Proposal::new(found, &state.deployment, reader.now_s())? }))
}

/// The votes on a proposal, each with the voter's power at the snapshot by the token's `DelegateVotesChanged`.
#[utoipa::path(
    get,
    path = "/v1/proposals/{proposal}/votes",
    params(("proposal" = String, Path, description = "The proposal's id"), Pages),
    responses((status = 200, body = Page<Vote>), Malformed, Missing, Unavailable)
)]
pub(super) async fn proposal_votes(
    extract::State(state): From,
    Path(proposal): Path<String>,
    uri: Uri,
) -> Answered<Page<Vote>> {
    let (Nothing {}, pages) = query::parse_list(&uri)?;
    let proposal = query::hash(&proposal)?;
    let mut asked = Asked::new(&state, &uri, &[], pages).await?;
    if !proposals::exists(&mut asked.reader, proposal).await? {
        return Err(no_proposal(proposal));
    }
    asked.answer(&ballots::votes(proposal)).await
}

/// Settled shares.
#[utoipa::path(
    get,
    path = "/v1/payouts",
    params(Payouts, Pages),
    responses((status = 200, body = Page<Payout>), Malformed, Unavailable)
)]
pub(super) async fn payouts(extract::State(state): From, uri: Uri) -> Answered<Page<Payout>> {
    let (Payouts { offer, member }, pages) = query::parse_list(&uri)?;
    let offer = offer.as_deref().map(query::hash).transpose()?;
    let member = member.as_deref().map(query::address).transpose()?;
    let filters =
        [("offer", offer.map(|offer| offer.to_string())), ("member", member.map(|member| member.to_string()))];
    Asked::new(&state, &uri, &filters, pages).await?.answer(&payouts::list(offer, member)).await
}

/// Every movement of money, as postings that sum to zero.
#[utoipa::path(
    get,
    path = "/v1/ledger",
    params(Ledger, Pages),
    responses((status = 200, body = Page<Posting>), Malformed, Unavailable)
)]
pub(super) async fn ledger(extract::State(state): From, uri: Uri) -> Answered<Page<Posting>> {
    let (Ledger { account, offer }, pages) = query::parse_list(&uri)?;
    let account = account.as_deref().map(query::account).transpose()?;
    let offer = offer.as_deref().map(query::hash).transpose()?;
    let filters =
        [("account", account.map(|account| account.to_string())), ("offer", offer.map(|offer| offer.to_string()))];
    Asked::new(&state, &uri, &filters, pages).await?.answer(&ledger::list(account, offer)).await
}

/// Every event of the three contracts, raw and decoded.
#[utoipa::path(
    get,
    path = "/v1/events",
    params(Events, Pages),
    responses((status = 200, body = Page<Event>), Malformed, Unavailable)
)]
pub(super) async fn events(extract::State(state): From, uri: Uri) -> Answered<Page<Event>> {
    let (Events { contract, name }, pages) = query::parse_list(&uri)?;
    let contract = contract.as_deref().map(query::contract).transpose()?;
    let name = name.map(query::event_name).transpose()?;
    let filters = [("contract", contract.map(|contract| contract.name().to_owned())), ("name", name.clone())];
    let mut asked = Asked::new(&state, &uri, &filters, pages).await?;
    let (page, rows) = asked.page(&events::list(contract, name.as_deref())).await?;
    Ok(Json(page.of(rows.into_iter().map(Event::new).collect::<Result<_, _>>()?)))
}

/// How indexing goes.
#[utoipa::path(get, path = "/v1/status", responses((status = 200, body = Answer<Status>), Unavailable))]
pub(super) async fn status(extract::State(state): From, uri: Uri) -> Answered<Answer<Status>> {
    query::parse::<Nothing>(&uri)?;
    let (mut reader, as_of) = state.read().await?;
    let reason = state.condition.reason();
    let finalized_block = state.condition.finalized_block();
    let data = Status {
        version: env!("CARGO_PKG_VERSION"),
        ready: reason.is_none(),
        reason,
        finalized_block,
        lag_blocks: finalized_block.map(|finalized| finalized.saturating_sub(as_of.block)),
        undecoded: events::undecoded(&mut reader).await?.into_iter().map(Into::into).collect(),
    };
    Ok(Json(Answer { as_of, data }))
}

fn no_offer(offer: Hash) -> ApiError {
    ApiError::unknown(format!("there is no offer {offer}"))
}

fn no_proposal(proposal: Hash) -> ApiError {
    ApiError::unknown(format!("there is no proposal {proposal}"))
}
