//! Recounts everything from events alone, and compares it with what the contracts announced.

use std::collections::{BTreeSet, HashMap};

use chorus_abi::U256;
use chorus_client::record::{History, Record};

use super::{
    Manifests, manifests,
    money::division,
    report::Check,
    rules::{self, ProposalState, Seal},
};

pub(super) fn all(history: &History, record: &Record, given: &Manifests) -> Vec<Check> {
    let times = history.logs.iter().map(|log| (log.at.block, log.time_s)).collect();
    vec![
        consistent(record),
        sales(record),
        tokens(record),
        ballots(record),
        proposals(record, &times),
        settlements(record),
        shares(record),
        manifests::deliveries(record, given),
    ]
}

/// Each event must follow from those before it.
fn consistent(record: &Record) -> Check {
    let mut check = Check::new("events follow from each other");
    check.compared = (record.changes.len() + record.order.len() + record.sales.len()) as u64;
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
        check.equal(format_args!("balance of member {number}"), &U256::from(member.weight()), &balance);
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
        check.equal(format_args!("tally of {id}"), &tally, &ballot.tally);
        if let Some((offer, (_, sealed))) =
            record.offers.get(&id).and_then(|offer| Some((offer, offer.sealed.as_ref()?)))
        {
            let passed = rules::passed(tally, quorum, voting.approval_bps);
            let expected = rules::seal(offer, passed, (sealed.total_weight, sealed.members));
            check.equal(format_args!("outcome of {id}"), &Some(expected), &Seal::from_code(sealed.outcome));
        }
    }
    check
}

/// What the DAO did was proposed by somebody who could, passed, waited, and was done in time.
fn proposals(record: &Record, times: &HashMap<u64, u64>) -> Check {
    let mut check = Check::new("proposals: threshold, calls, timelock");
    for (id, proposal) in record.proposals() {
        let (proposed, ballot) = (&proposal.proposed, &proposal.ballot);
        check.equal(format_args!("calls of {id}"), &usize::from(proposed.count), &proposal.calls.len());
        let Some(voting) = ballot.voting else { continue };
        let required = rules::threshold(record.token.supply_at(ballot.snapshot), voting.proposal_threshold_bps);
        let power = record.token.power_at(proposed.proposer, ballot.snapshot);
        check.holds(|| format!("{id} was proposed with {power} votes and needs {required}"), power >= required);
        let Some((at, _)) = &proposal.executed else { continue };
        let state = times.get(&at.block).map(|now| rules::state_before_execution(proposal, *now));
        check.equal(format_args!("state of {id} when it was executed"), &Some(ProposalState::Succeeded), &state);
    }
    check
}

fn settlements(record: &Record) -> Check {
    let mut check = Check::new("money: returned, fee, tips and residue recomputed");
    for (id, offer) in record.offers() {
        let Some((sale, split)) = division(record, offer) else {
            check.differs(format!("offer {id} has no sale"));
            continue;
        };
        if let Some((_, ruled)) = &offer.ruled {
            check.equal(format_args!("returned of {id}"), &split.returned, &U256::from(ruled.returned));
            check.equal(format_args!("arbiter of {id}"), &offer.made.arbiter, &ruled.arbiter);
        }
        if let Some((_, refunded)) = &offer.refunded {
            check.equal(format_args!("refund of {id}"), &split.price, &U256::from(refunded.amount));
            check.equal(format_args!("account that gets the refund of {id}"), &offer.made.buyer, &refunded.buyer);
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
    for (id, offer) in record.offers() {
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
