//! Recounts everything from events alone, and compares it with what the contracts announced.

use std::collections::{BTreeSet, HashMap};

use chorus_abi::{Address, B256, U256};

use super::hashes;
use super::report::Check;
use super::rules::{self, Split};
use chorus_client::record::{History, Offer, Record, Sale};

pub(super) fn all(history: &History, record: &Record, manifests: &super::Manifests) -> Vec<Check> {
    let times = history.logs.iter().map(|log| (log.at.block, log.time_s)).collect();
    vec![
        consistent(record),
        sales(record),
        tokens(record),
        ballots(record),
        proposals(record, &times),
        settlements(record),
        shares(record),
        deliveries(record, manifests),
    ]
}

/// Each event must follow from those before it.
fn consistent(record: &Record) -> Check {
    let mut check = Check::new("events follow from each other");
    check.compared = (record.contributions.len() + record.order.len() + record.sales.len()) as u64;
    check.differences = record.contradictions.clone();
    check
}

fn sales(record: &Record) -> Check {
    let mut check = Check::new("sales: W and M recounted from contributions");
    for (number, sale) in &record.sales {
        check.equal(format_args!("sale {number}, W and M"), &sale.totals(), &sale.last_announced);
        for member in &sale.must_leave {
            let left = sale.members.get(member).is_some_and(|member| member.left.is_some());
            check.holds(|| format!("member {member} took back what sale {number} rests on and is still in it"), left);
        }
    }
    check
}

fn tokens(record: &Record) -> Check {
    let mut check = Check::new("votes: balances equal weights");
    for (number, member) in &record.members {
        let balance = record.token.balances.get(&member.address).copied().unwrap_or_default();
        check.equal(format_args!("balance of member {number}"), &U256::from(member.weight), &balance);
    }
    for ((delegate, time_s), announced) in &record.token.announced {
        check.equal(
            format_args!("votes of {delegate} at {time_s}"),
            &record.token.power_at(*delegate, *time_s),
            announced,
        );
    }
    check
}

fn ballots(record: &Record) -> Check {
    let mut check = Check::new("ballots: tallies, quorum, outcome");
    for (id, ballot) in record.ballots() {
        let Some(voting) = ballot.voting else {
            check.differs(format!("ballot {id} opened before the vote token announced its rules"));
            continue;
        };
        let supply = record.token.supply_at(ballot.snapshot);
        let quorum = rules::quorum(supply, voting.quorum_bps, voting.quorum_min);
        check.equal(format_args!("supply at the snapshot of {id}"), &supply, &ballot.supply);
        check.equal(format_args!("quorum of {id}"), &quorum, &ballot.quorum);
        check.equal(format_args!("approval of {id}"), &voting.approval_bps, &ballot.approval_bps);
        let period = ballot.deadline.checked_sub(ballot.snapshot + 1);
        check.equal(format_args!("voting period of {id}"), &Some(voting.voting_period_s), &period);
        let mut voters = BTreeSet::new();
        for vote in &ballot.votes {
            check.equal(format_args!("weight of {}'s vote in {id}", vote.voter), &vote.power, &vote.weight);
            check.holds(|| format!("{} voted twice in {id}", vote.voter), voters.insert(vote.voter));
            let in_time = vote.time_s > ballot.snapshot && vote.time_s <= ballot.deadline;
            check.holds(|| format!("{}'s vote in {id} was not in time", vote.voter), in_time);
        }
        let tally = rules::tally(ballot);
        check.equal(format_args!("tally of {id} (against, for, abstain)"), &tally, &ballot.tally);
        if let Some((offer, (_, sealed))) =
            record.offers.get(&id).and_then(|offer| Some((offer, offer.sealed.as_ref()?)))
        {
            let passed = rules::passed(tally, quorum, voting.approval_bps);
            let outcome = rules::outcome(offer, passed, (sealed.total_weight, sealed.members));
            check.equal(format_args!("outcome of {id}"), &outcome, &sealed.outcome);
        }
    }
    check
}

/// What the DAO did was proposed by somebody who could, passed, waited, and was done in time.
fn proposals(record: &Record, times: &HashMap<u64, u64>) -> Check {
    let mut check = Check::new("proposals: threshold, calls, timelock");
    for (id, proposal) in record.proposal_order.iter().filter_map(|id| Some((id, record.proposals.get(id)?))) {
        let (proposed, ballot) = (&proposal.proposed, &proposal.ballot);
        check.equal(format_args!("calls of {id}"), &usize::from(proposed.count), &proposal.calls.len());
        let Some(voting) = ballot.voting else { continue };
        let required = rules::threshold(record.token.supply_at(ballot.snapshot), voting.proposal_threshold_bps);
        let power = record.token.power_at(proposed.proposer, ballot.snapshot);
        check.holds(|| format!("{id} was proposed with {power} votes and needs {required}"), power >= required);
        let Some((at, _)) = &proposal.executed else { continue };
        let state = times.get(&at.block).map(|now| rules::proposal_state(proposal, *now, true));
        check.equal(format_args!("state of {id} when it was executed"), &Some(rules::SUCCEEDED), &state);
    }
    check
}

/// The sale of an offer and how its price is divided, once that is fixed.
pub(super) fn division<'a>(record: &'a Record, offer: &Offer) -> Option<(&'a Sale, Split)> {
    let sale = record.sale_of(offer)?;
    Some((sale, rules::split(offer, sale.totals().1)))
}

fn settlements(record: &Record) -> Check {
    let mut check = Check::new("money: returned, fee, tips and residue recomputed");
    for id in &record.order {
        let Some((offer, (sale, split))) =
            record.offers.get(id).and_then(|offer| Some((offer, division(record, offer)?)))
        else {
            check.differs(format!("offer {id} has no sale"));
            continue;
        };
        if let Some((_, ruled)) = &offer.ruled {
            check.equal(format_args!("returned of {id}"), &split.returned, &U256::from(ruled.returned));
            check.equal(format_args!("arbiter of {id}"), &offer.made.arbiter, &ruled.arbiter);
        }
        if let Some((_, refunded)) = &offer.refunded {
            check.equal(format_args!("refund of {id}"), &split.price, &U256::from(refunded.amount));
            check.equal(format_args!("who is refunded of {id}"), &offer.made.buyer, &refunded.buyer);
            check.holds(|| format!("{id} was refunded and paid"), offer.payouts.is_empty());
        }
        if let Some((_, paid)) = &offer.paid {
            let (weight, members) = sale.totals();
            let sum = sale
                .remaining()
                .fold(U256::ZERO, |sum, (_, member)| sum + rules::share(split.net, member.weight, weight));
            let tips = split.tip * U256::from(members);
            check.equal(format_args!("sum of shares of {id}"), &sum, &U256::from(paid.paid_sum));
            check.equal(format_args!("sum of tips of {id}"), &tips, &U256::from(paid.tip_sum));
            check.equal(format_args!("fee of {id}"), &split.fee, &U256::from(paid.fee));
            check.equal(format_args!("residue of {id}"), &(split.net - sum), &U256::from(paid.residue));
            check.equal(format_args!("members paid of {id}"), &members, &(offer.payouts.len() as u32));
            check.equal(format_args!("deposit left of {id}"), &Some(U256::ZERO), &rules::open_deposit(offer, &split));
        }
        check.holds(|| format!("{id} paid out more than its price"), rules::open_deposit(offer, &split).is_some());
    }
    check
}

fn shares(record: &Record) -> Check {
    let mut check = Check::new("money: every share recomputed");
    for (id, offer) in record.order.iter().filter_map(|id| Some((id, record.offers.get(id)?))) {
        let Some((sale, split)) = division(record, offer) else { continue };
        let total = sale.totals().0;
        let mut seen = BTreeSet::new();
        let mut counted = Vec::with_capacity(offer.payouts.len());
        for (_, paid) in &offer.payouts {
            counted.push(counted.last().copied().unwrap_or(U256::ZERO) + U256::from(paid.share));
            let who = format!("member {} of {id}", paid.number);
            let Some(member) = sale.members.get(&paid.number).filter(|member| member.left.is_none()) else {
                check.differs(format!("{who} was paid and is not in the sale"));
                continue;
            };
            check.holds(|| format!("{who} was paid twice"), seen.insert(paid.number));
            check.equal(format_args!("address of {who}"), &member.address, &paid.member);
            check.equal(format_args!("weight of {who}"), &member.weight, &paid.weight);
            check.equal(
                format_args!("share of {who}"),
                &rules::share(split.net, member.weight, total),
                &U256::from(paid.share),
            );
            check.equal(format_args!("tip of {who}"), &split.tip, &U256::from(paid.tip));
        }
        for (at, call) in &offer.distributions {
            let what = format!("the call in block {} that settled members of {id}", at.block);
            let paid = (call.settled as usize).checked_sub(1).and_then(|last| counted.get(last)).copied();
            check.equal(format_args!("shares after {what}"), &paid, &Some(U256::from(call.paid_sum)));
            let tips = split.tip * U256::from(call.settled_now);
            check.equal(format_args!("tips of {what}"), &tips, &U256::from(call.tips));
        }
        let settled = offer.distributions.last().map_or(0, |(_, call)| call.settled);
        check.equal(format_args!("members settled of {id}"), &settled, &(offer.payouts.len() as u32));
    }
    check
}

fn deliveries(record: &Record, manifests: &super::Manifests) -> Check {
    let mut check = Check::new("deliveries: manifest roots recomputed");
    for (id, offer) in record.order.iter().filter_map(|id| Some((id, record.offers.get(id)?))) {
        let (Some((_, delivered)), Some(sale)) = (&offer.delivered, record.sale_of(offer)) else { continue };
        let expected: Vec<(u32, B256)> = sale.remaining().map(|(number, member)| (number, member.commitment)).collect();
        if let Some(found) = manifests.get(id) {
            let root = hashes::manifest_root(found);
            check.equal(format_args!("root of the manifest given for {id}"), &Some(delivered.manifest_root), &root);
            compare_manifests(&mut check, *id, &expected, found);
        }
        if hashes::manifest_root(&expected) == Some(delivered.manifest_root) {
            check.compared += 1;
            continue;
        }
        let why = explain_root(record, sale, &expected, delivered.manifest_root)
            .unwrap_or_else(|| "more than one member differs; --manifest names them".into());
        check.differs(format!("the manifest of {id} is not that of its sale: {why}"));
    }
    check
}

/// Names every member in whom two manifests differ.
fn compare_manifests(check: &mut Check, id: B256, expected: &[(u32, B256)], found: &[(u32, B256)]) {
    for (number, commitment) in expected {
        match found.iter().find(|(other, _)| other == number) {
            None => check.differs(format!("member {number} is missing from the manifest of {id}")),
            Some((_, other)) => {
                check.equal(format_args!("commitment of member {number} in the manifest of {id}"), commitment, other)
            }
        }
    }
    for (number, _) in found {
        let known = expected.iter().any(|(other, _)| other == number);
        check.holds(|| format!("member {number} is in the manifest of {id} and not in its sale"), known);
    }
}

/// The largest sale for which a wrong root is explained by trying.
const EXPLAINED: usize = 2_000;

/// Finds the one member in whom the delivered manifest differs, from its root alone: tries to leave each out, to put
/// each other one in, and every other commitment that anyone of them ever had.
fn explain_root(record: &Record, sale: &Sale, expected: &[(u32, B256)], root: B256) -> Option<String> {
    if expected.len() > EXPLAINED {
        return None;
    }
    let is_root = |members: &[(u32, B256)]| hashes::manifest_root(members) == Some(root);
    for (position, (number, _)) in expected.iter().enumerate() {
        let mut members = expected.to_vec();
        members.remove(position);
        if is_root(&members) {
            return Some(format!("member {number} is missing from it"));
        }
    }
    let commitments = |number: u32| -> BTreeSet<B256> {
        record
            .contributions
            .iter()
            .filter(|(_, change)| change.number == number)
            .map(|(_, change)| change.attested.commitment)
            .collect()
    };
    for (position, (number, commitment)) in expected.iter().enumerate() {
        for other in commitments(*number).into_iter().filter(|other| other != commitment) {
            let mut members = expected.to_vec();
            members[position].1 = other;
            if is_root(&members) {
                return Some(format!("member {number} is in it with another contribution of theirs, {other}"));
            }
        }
    }
    for number in record.members.keys().filter(|number| expected.iter().all(|(other, _)| other != *number)) {
        for commitment in commitments(*number) {
            let mut members = expected.to_vec();
            members.push((*number, commitment));
            members.sort_unstable();
            if is_root(&members) {
                let left = sale.members.get(number).is_some_and(|member| member.left.is_some());
                let why = if left { "left the sale" } else { "is not in the sale" };
                return Some(format!("member {number} is in it, who {why}"));
            }
        }
    }
    None
}

/// What `escrow` must hold of a currency: open deposits, credits, the treasury's, and the base amount.
pub(super) fn owed(record: &Record, currency: Address) -> (U256, U256, U256, U256) {
    let deposits =
        record.offers.values().filter(|offer| offer.made.currency == currency).fold(U256::ZERO, |sum, offer| {
            let open = division(record, offer).and_then(|(_, split)| rules::open_deposit(offer, &split));
            sum + open.unwrap_or_default()
        });
    let credits = record.credits.iter().filter(|((of, _), _)| *of == currency);
    let (treasury, credits) = credits.fold((U256::ZERO, U256::ZERO), |(treasury, credits), ((_, owner), amount)| {
        let amount = U256::from(*amount);
        if *owner == Address::ZERO { (treasury + amount, credits) } else { (treasury, credits + amount) }
    });
    let base = U256::from(record.currencies.get(&currency).map_or(0, |currency| currency.base_amount));
    (deposits, credits, treasury, base)
}
