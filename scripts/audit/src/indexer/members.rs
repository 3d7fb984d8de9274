//! Members, their contributions and the sales they are in, as the API must show them.

use std::collections::BTreeMap;

use chorus_abi::{Address, Contract};
use chorus_client::record::{ChangeKind, Offer, Record};
use serde_json::{Value, json};

use super::{
    answers::{Answer, AsOf},
    rows::{Expected, compare, place, plain},
};
use crate::report::Check;

/// Compares each member's answer with the record at the block it shows.
pub(super) fn members<'a>(answers: &BTreeMap<Address, Answer>, at: impl Fn(AsOf) -> &'a Record) -> Check {
    let mut check = Check::new("API: members");
    for (address, Answer { as_of, data }) in answers {
        let record = at(*as_of);
        let number = record.numbers.get(address);
        let Some((number, row)) = number.and_then(|number| Some((number, member_row(record, *address, *number)?)))
        else {
            check.differs(format!("{address} is a member in the API and not on the chain"));
            continue;
        };
        let data = data.value();
        compare(&mut check, &format!("member {number}"), &row, &data);
        for currency in record.currencies.keys() {
            let credit = data.get("credits").and_then(|credits| credits.get(plain(*currency)));
            check.equal(
                format_args!("credit of member {number} in {currency}"),
                &record.credit(*currency, *address).to_string(),
                &credit.and_then(Value::as_str).unwrap_or("0").to_owned(),
            );
        }
    }
    check
}

fn member_row(record: &Record, address: Address, number: u32) -> Option<Value> {
    let (member, attested) = (record.members.get(&number)?, record.attested.get(&number)?);
    let payouts = record.offers.values().flat_map(|offer| &offer.payouts).filter(|(_, paid)| paid.member == address);
    let nonce = |contract| record.nonces.get(&(contract, address)).copied().unwrap_or_default();
    Some(json!({
        "address": plain(address),
        "number": number,
        "weight": member.weight(),
        "purposes": member.purposes(),
        "commitment": attested.commitment,
        "nullifier": attested.nullifier,
        "nonce": member.nonce,
        "votes_nonce": nonce(Contract::Votes),
        "escrow_nonce": nonce(Contract::Escrow),
        "balance": record.token.balances.get(&address).copied().unwrap_or_default().to_string(),
        "delegate": record.token.delegates.get(&address).copied().map(plain),
        "votes": record.token.power_at(address, u64::MAX).to_string(),
        "payouts": payouts.count(),
    }))
}

pub(super) fn attestations(record: &Record) -> Vec<Expected> {
    let rows = record.changes.iter().map(|(at, change)| {
        let (kind, attested) = (change.kind.name(), change.kind == ChangeKind::Attested);
        let row = json!({
            "at": place(*at),
            "kind": kind,
            "member": plain(change.member.address),
            "number": change.number,
            "previous_weight": change.previous_weight,
            "weight": change.member.weight(),
            "purposes": change.member.purposes(),
            "commitment": change.attested.commitment,
            "nullifier": change.attested.nullifier,
            "rule_version": attested.then_some(change.attested.rule_version),
            "route": attested.then_some(change.attested.route),
            "nonce": change.member.nonce,
        });
        Expected { name: format!("{kind} of member {}", change.number), row }
    });
    rows.collect()
}

pub(super) fn sale_members(record: &Record, offer: &Offer) -> Vec<Expected> {
    let members = record.sale_of(offer).into_iter().flat_map(|sale| &sale.members);
    let rows = members.map(|(number, member)| {
        let row = json!({
            "number": number,
            "member": plain(member.address),
            "weight": member.weight,
            "commitment": member.commitment,
            "left": member.left.map(place),
        });
        Expected { name: format!("member {number}"), row }
    });
    rows.collect()
}
