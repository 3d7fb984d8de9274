//! Offers, proposals, their ballots and their payouts, as the API must show them.

use chorus_client::{
    pool::Pool,
    record::{Ballot, Offer, Proposal, Record, Tally},
};
use serde_json::{Value, json};

use super::rows::{Expected, place, plain};
use crate::{
    money::division,
    rules::{self, Seal},
};

pub(super) fn offers(record: &Record, now: u64) -> Vec<Expected> {
    let rows = record.offers().map(|(id, offer)| (format!("offer {id}"), offer_row(record, offer, now)));
    rows.map(|(name, row)| Expected { name, row }).collect()
}

fn offer_row(record: &Record, offer: &Offer, now: u64) -> Value {
    let (made, conditions) = (&offer.made, &offer.conditions);
    let (weight, members) = record.sale_of(offer).map(|sale| sale.totals()).unwrap_or_default();
    let status = rules::status(offer, now);
    let mut row = json!({
        "offer": made.offer,
        "status": status.name(),
        "status_code": status as u8,
        "buyer": plain(made.buyer),
        "currency": plain(made.currency),
        "price": made.price.to_string(),
        "purpose": made.purpose,
        "fields_hash": made.fields_hash,
        "licence_hash": made.licence_hash,
        "min_members": made.min_members,
        "min_weight": made.min_weight,
        "custodian": plain(made.custodian),
        "arbiter": plain(made.arbiter),
        "salt": made.salt,
        "sale": conditions.sale,
        "terms": {
            "voting_ends": conditions.voting_ends,
            "opt_out_ends": conditions.opt_out_ends,
            "delivery_ends": conditions.delivery_ends,
            "dispute_s": conditions.dispute_s,
            "ruling_s": conditions.ruling_s,
            "fee_bps": conditions.fee_bps,
            "tip_bps": conditions.tip_bps,
            "listing_fee": conditions.listing_fee.to_string(),
            "total_weight": conditions.total_weight,
            "members": conditions.members,
        },
        "total_weight": weight,
        "members": members,
        "ballot": ballot_row(&offer.ballot),
        "settled": offer.payouts.len(),
        "at": place(offer.at),
    });
    row["settlement"] = match division(record, offer) {
        Some((_, split)) if status.pays() => {
            let [paid, fee, tip, net] = [split.paid, split.fee, split.tip, split.net].map(|amount| amount.to_string());
            json!({ "paid": paid, "fee": fee, "tip": tip, "net": net })
        }
        _ => Value::Null,
    };
    for (name, step) in steps(offer) {
        row[name] = step.unwrap_or_default();
    }
    row
}

/// What was done about an offer, step by step; `None` for a step that was not taken.
fn steps(offer: &Offer) -> [(&'static str, Option<Value>); 7] {
    let Offer { sealed, delivered, accepted, disputed, ruled, refunded, paid, .. } = offer;
    [
        (
            "seal",
            sealed.as_ref().map(|(at, e)| {
                json!({
                    "outcome": Seal::from_code(e.outcome).map(Seal::name), "total_weight": e.total_weight,
                    "members": e.members, "at": place(*at),
                })
            }),
        ),
        (
            "delivery",
            delivered.as_ref().map(|(at, e)| {
                json!({
                    "bundle_hash": e.bundle_hash, "manifest_root": e.manifest_root, "dispute_ends": e.dispute_ends,
                    "ruling_ends": e.ruling_ends, "at": place(*at),
                })
            }),
        ),
        ("accepted", accepted.map(place)),
        ("dispute", disputed.as_ref().map(|(at, e)| json!({ "reason_hash": e.reason_hash, "at": place(*at) }))),
        (
            "ruling",
            ruled.as_ref().map(|(at, e)| {
                json!({
                    "arbiter": plain(e.arbiter), "returned_bps": e.returned_bps, "returned": e.returned.to_string(),
                    "at": place(*at),
                })
            }),
        ),
        ("refund", refunded.as_ref().map(|(at, e)| json!({ "amount": e.amount.to_string(), "at": place(*at) }))),
        (
            "closing",
            paid.as_ref().map(|(at, e)| {
                json!({
                    "paid_sum": e.paid_sum.to_string(), "tip_sum": e.tip_sum.to_string(), "fee": e.fee.to_string(),
                    "residue": e.residue.to_string(), "at": place(*at),
                })
            }),
        ),
    ]
}

fn ballot_row(ballot: &Ballot) -> Value {
    let Tally { against_votes, for_votes, abstain_votes } = rules::tally(ballot);
    json!({
        "snapshot": ballot.snapshot,
        "deadline": ballot.deadline,
        "supply": ballot.supply.to_string(),
        "quorum": ballot.quorum.to_string(),
        "approval_bps": ballot.approval_bps,
        "for_votes": for_votes.to_string(),
        "against_votes": against_votes.to_string(),
        "abstain_votes": abstain_votes.to_string(),
    })
}

pub(super) fn votes(ballot: &Ballot) -> Vec<Expected> {
    let rows = ballot.votes.iter().map(|vote| {
        let row = json!({
            "at": place(vote.at),
            "voter": plain(vote.voter),
            "support": vote.support.name(),
            // By the recount, not by the event: they were compared already.
            "weight": vote.power.to_string(),
            "power": vote.power.to_string(),
            "reason": vote.reason,
        });
        Expected { name: format!("vote of {}", vote.voter), row }
    });
    rows.collect()
}

pub(super) fn proposals(pool: &Pool, record: &Record, now: u64) -> Vec<Expected> {
    let rows = record.proposals().map(|(id, proposal)| {
        let Proposal { proposed, at, calls, ballot, executed } = proposal;
        let state = rules::proposal_state(proposal, now);
        let calls = calls.iter().map(|call| {
            json!({
                "target": plain(call.target),
                "call": format!("0x{}", hex::encode(&call.call)),
                "contract": pool.deployment().contract_at(call.target),
            })
        });
        let row = json!({
            "proposal": id,
            "state": state.name(),
            "state_code": state as u8,
            "proposer": plain(proposed.proposer),
            "description_hash": proposed.description_hash,
            "executable_from": proposed.executable_from,
            "executable_until": proposed.executable_until,
            "calls": calls.collect::<Vec<_>>(),
            "ballot": ballot_row(ballot),
            "execution": executed.as_ref().map(|(at, e)| json!({ "caller": plain(e.caller), "at": place(*at) })),
            "at": place(*at),
        });
        Expected { name: format!("proposal {id}"), row }
    });
    rows.collect()
}

pub(super) fn payouts(record: &Record) -> Vec<Expected> {
    let mut rows = Vec::new();
    for (id, offer) in record.offers() {
        let Some((sale, split)) = division(record, offer) else { continue };
        let total = sale.totals().0;
        for (settled, (at, paid)) in (1u32..).zip(&offer.payouts) {
            let weight = sale.members.get(&paid.number).map_or(0, |member| member.weight);
            let row = json!({
                "at": place(*at),
                "offer": id,
                "currency": plain(offer.made.currency),
                "number": paid.number,
                "member": plain(paid.member),
                "weight": weight,
                "share": rules::share(split.net, weight, total).to_string(),
                "tip": split.tip.to_string(),
                "payee": plain(paid.to),
                "keeper": plain(paid.keeper),
                "credited": paid.credited,
                "settled": settled,
            });
            rows.push(Expected { name: format!("payout of member {} of {id}", paid.number), row });
        }
    }
    rows
}
