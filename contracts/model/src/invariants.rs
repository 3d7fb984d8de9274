//! The invariants of `tests/INVARIANTS.md`, by their numbers: cells against naive books, and against the log.

use super::recount::{Count, Deal};
use super::replay::{Contributor, Replay};
use super::{Logged, World};
use alloc::format;
use alloc::string::String;
use chorus_core::attestations::{self, Host as _};
use chorus_core::cells::Bits;
use chorus_core::escrow::Proposal;
use chorus_core::event::EscrowEvent;
use chorus_core::offer::Status;
use chorus_core::types::{Address, BallotId, MemberNumber, OfferId, Points, SaleNumber, Timestamp};
use core::fmt::Debug;

type Checked = Result<(), String>;

pub(super) fn check(world: &World) -> Checked {
    match world.recount.surprises.first() {
        Some(surprise) => return Err(surprise.clone()),
        None => contributions(world)?,
    }
    sales(world)?;
    votes(world)?;
    history(world)?;
    for (id, count) in &world.recount.ballots {
        ballot(world, *id, count)?;
    }
    for (id, deal) in &world.recount.offers {
        offer(world, *id, deal)?;
    }
    money(world)?;
    dao(world)?;
    log(world)
}

fn equal<T: PartialEq + Debug>(what: impl Debug, found: T, expected: T) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("{what:?}: {found:?}, must be {expected:?}")) }
}

/// I01 running totals, I03 numbers and nullifiers, I17 nonces, I18 open sales, I20 settings. I15, the daily cap, is booked as it is used.
fn contributions(world: &World) -> Checked {
    let (root, books) = (world.attestations_root(), &world.recount);
    for (purpose, total) in (0u32..).zip(root.totals) {
        let allow = |purposes: u16| purposes.checked_shr(purpose).unwrap_or_default() & 1 == 1;
        let weights = books.members.values().filter(|member| member.weight != 0 && allow(member.purposes));
        let weights = weights.map(|member| u64::from(member.weight));
        let (heads, weight) = (weights.clone().count(), weights.sum::<u64>());
        equal(("I01", purpose), (total.members as usize, total.weight.0), (heads, weight))?;
    }
    equal("I03 numbers given", root.members as usize, books.joined.len())?;
    for (number, address) in (1u32..).zip(&books.joined) {
        let Some(member) = books.members.get(address) else { return Err(format!("I03 {address:?} is unknown")) };
        let (account, record) = (world.member(*address), world.record(MemberNumber(number)));
        equal(("I03 number", address), account.number.0, number)?;
        equal(("I03 record", number), record.member, *address)?;
        equal(("I03 record", number), (record.weight.0, record.purposes.bits()), (member.weight, member.purposes))?;
        equal(("I03 nullifier", number), account.nullifier, member.nullifier)?;
        equal(("I17 nonce", number), account.nonce, member.acts)?;
        if member.weight != 0 {
            equal(("I03 holder", number), world.holder(member.nullifier), MemberNumber(number))?;
        }
    }
    equal("I20 cap", root.daily_weight_cap, books.pool.daily_weight_cap)?;
    equal("I20 guardian", root.guardian, books.contributions_guardian)?;
    let attesters = world.attesters();
    equal("I20 attesters", attesters.keys(), &books.pool.attesters)?;
    equal("I20 threshold", attesters.threshold, books.pool.threshold)?;
    let open = books.sales.iter().filter(|sale| world.now <= sale.window_ends).count();
    equal("I18 open sales", open <= usize::from(attestations::MAX_OPEN_SALES), true)?;
    equal("I18 open entries", root.open.iter().filter(|entry| !entry.is_free(world.now)).count(), open)
}

/// I02 weight, members and each member's weight in every sale.
fn sales(world: &World) -> Checked {
    let books = &world.recount;
    equal("I02 sales", world.attestations_root().sales as usize, books.sales.len())?;
    for (number, cohort) in (1u32..).zip(&books.sales) {
        let sale = SaleNumber(number);
        let totals = world.sale(sale).map(|facts| (facts.members as usize, facts.total_weight.0));
        equal(("I02", sale), totals, Some((cohort.heads(), cohort.weight())))?;
        let mut differs = None;
        let mut expected = (1u32..).zip(&books.joined);
        let all = u32::try_from(books.joined.len()).unwrap_or(u32::MAX);
        let visited = attestations::visit_shares(world, sale, MemberNumber(1), all, |member, weight| {
            let Some((number, address)) = expected.next() else { return };
            let inside = cohort.inside.get(address).copied().unwrap_or_default();
            let alone = world.weight_in(sale, MemberNumber(number));
            if (member, weight.0, alone.0) != (*address, inside, inside) {
                differs = Some(format!("I02 {sale:?} has {weight:?} or {alone:?} of {number}, must have {inside}"));
            }
        });
        equal(("I02 visit", sale), visited, Ok(()))?;
        if let Some(difference) = differs {
            return Err(difference);
        }
    }
    Ok(())
}

/// I04 balances are weights, I05 votes are delegated balances.
fn votes(world: &World) -> Checked {
    let (books, now) = (&world.recount, world.recount.electorate());
    equal(
        "I04 supply",
        chorus_core::votes::Host::total(world, chorus_core::votes::Total::Supply).value().0,
        now.supply,
    )?;
    for (address, member) in &books.members {
        equal(("I04", address), world.voter(*address).balance.0, member.weight)?;
    }
    for (account, used) in &books.voted_by_sig {
        equal(("I17 nonce in votes", account), world.voter(*account).nonce, *used)?;
    }
    for account in books.members.keys().chain(books.delegates.values()) {
        if *account != Address::ZERO {
            let expected = now.votes.get(account).copied().unwrap_or_default();
            equal(("I05", account), world.voter(*account).votes.value().0, expected)?;
        }
    }
    Ok(())
}

/// I06 every lookup of the past, at each second that ended differently, the one before and the one after it.
fn history(world: &World) -> Checked {
    let books = &world.recount;
    // Pools of thousands have no long history here; pairs of (second, account) are what this costs.
    for (second, _) in &books.seconds {
        for at in [second.0.saturating_sub(1), second.0, second.0 + 1].map(Timestamp) {
            if at >= world.now {
                continue;
            }
            let then = books.electorate_at(at);
            let supply = then.map_or(0, |then| then.supply);
            equal(("I06 supply", at), world.past_supply(at), Ok(Points(supply)))?;
            equal(("I06 quorum", at), world.quorum(at), Ok(Points(books.quorum_at(at))))?;
            for account in books.members.keys().chain(books.delegates.values()) {
                let expected = then.and_then(|then| then.votes.get(account)).copied().unwrap_or_default();
                equal(("I06", at, account), world.past_votes(*account, at), Ok(Points(expected)))?;
            }
        }
    }
    Ok(())
}

/// I08 the tally is the power of those who voted, once each.
fn ballot(world: &World, id: BallotId, count: &Count) -> Checked {
    let Some(ballot) = world.ballot(id) else { return Err(format!("I08 no ballot {id:?}")) };
    equal(("I08 tally", id), ballot.tally.sides(), [0, 1, 2].map(|side| Points(count.side(side))))?;
    equal(("I09 times", id), (ballot.snapshot, ballot.deadline), (count.snapshot, count.deadline))?;
    equal(("I09 state", id), world.ballot_state(id), Ok(count.state(world.now)))?;
    equal(("I09 quorum", id), ballot.quorum.0, count.quorum)?;
    for account in world.recount.members.keys() {
        let voted = world.has_voted(id, *account);
        equal(("I08 voted", account), voted, Ok(count.cast.contains_key(account)))?;
    }
    Ok(())
}

/// I07 shares and residue are net, I12 who is settled, I14 what a final offer holds.
fn offer(world: &World, id: OfferId, deal: &Deal) -> Checked {
    let (Some(offer), Some(status)) = (world.offer(id), world.status(id)) else {
        return Err(format!("I14 no offer {id:?}"));
    };
    equal(("I12 settled", id), offer.settled as usize, deal.settled.len())?;
    equal(("I07 paid sum", id), offer.paid_sum.0, deal.settled.values().sum::<u128>())?;
    for (number, address) in (1u32..).zip(&world.recount.joined) {
        let paid = chorus_core::escrow::Host::paid(world, offer.sale, Bits::cell_of(number)).get(number);
        equal(("I12 paid", id, number), paid, deal.settled.contains_key(address))?;
    }
    let over = matches!(status, Status::Refunded | Status::Paid);
    if over {
        equal(("I10 held when over", id, status), deal.held, 0)?;
    }
    if matches!(status, Status::Sealed | Status::Delivered | Status::Disputed | Status::Settling | Status::Paid) {
        let cohort = world.recount.sales.get(deal.sale).map(|cohort| (cohort.heads(), cohort.weight()));
        equal(("I14 final members and weight", id), Some((offer.members as usize, offer.total_weight.0)), cohort)?;
    }
    if deal.delivered {
        let settlement = offer.settlement().map(|s| (s.fee.0, s.tip.0, s.net.0));
        let split = world.recount.split(deal).map(|split| (split.fee, split.tip, split.net));
        equal(("I07 split", id), settlement.ok(), split)?;
    }
    Ok(())
}

/// I10 escrow holds deposits, credits and donations; I11 no money comes from nowhere.
fn money(world: &World) -> Checked {
    let books = &world.recount;
    for ((currency, account), amount) in &books.balances {
        equal(("I11", currency, account), world.balance_in(*currency, *account).0, *amount)?;
        if *account == world.site.escrow {
            let (owed, donated) = books.spoken_for(*currency);
            equal(("I10 escrow", currency), *amount, owed + donated)?;
            let base = chorus_core::escrow::Host::base_amount(world, *currency).unwrap_or_default();
            equal(("I10 base amount", currency), donated >= base.0, true)?;
        }
    }
    for ((currency, owner), amount) in &books.credits {
        equal(("I10 credit", owner), world.credit_in(*currency, *owner).0, *amount)?;
    }
    Ok(())
}

/// I20 settings are what executed proposals left; I21 proposals keep their times; I22 nonces count signatures.
fn dao(world: &World) -> Checked {
    let (books, root) = (&world.recount, world.escrow_root());
    let pool = books.pool();
    equal("I20 settings", (root.settings, root.proposals), (pool.settings, pool.proposals))?;
    equal("I20 guardian", root.guardian, pool.guardian)?;
    for ((list, account), listed) in &books.listed {
        let roles = world.roles(*account);
        let found = match *list {
            "custodian" => roles.custodian,
            "arbiter" => roles.arbiter,
            _ => roles.currency,
        };
        equal(("I20", list, account), found, *listed)?;
    }
    for (id, plan) in &books.proposals {
        let Some(proposal) = world.proposal(*id) else { return Err(format!("I21 no proposal {id:?}")) };
        let Proposal { voting_ends, executable_from, executable_until, executed } = proposal;
        let times = [voting_ends, executable_from, executable_until].map(|time| time.0);
        equal(("I21", id), (times, executed), ([plan.voting_ends, plan.from, plan.until], plan.executed))?;
    }
    for (account, signed) in &books.signed {
        equal(("I22", account), world.nonce(*account), *signed)?;
    }
    Ok(())
}

/// I16 the state rebuilt from events alone is the state; I07 what `OfferPaid` sums up.
fn log(world: &World) -> Checked {
    let replay = Replay::of(&world.log, &world.tails)?;
    for (address, known) in &replay.members {
        let (account, record) = (world.member(*address), world.record(known.number));
        let cells = Contributor {
            number: account.number,
            weight: record.weight,
            purposes: record.purposes.bits(),
            commitment: account.commitment,
            nullifier: account.nullifier,
            nonce: account.nonce,
        };
        equal(("I16 member", address), cells, *known)?;
    }
    equal("I16 members", replay.members.len(), world.recount.joined.len())?;
    let (root, attesters) = (world.attestations_root(), world.attesters());
    let keys = attesters.keys().iter().copied().collect();
    equal("I16 attesters", (&replay.attesters, replay.threshold), (&keys, attesters.threshold))?;
    equal("I16 cap", root.daily_weight_cap, replay.daily_weight_cap)?;
    equal("I16 guardian", root.guardian, replay.contributions_guardian)?;
    equal("I16 pause", world.attestations_root().pause.until, replay.contributions_paused_until)?;
    equal("I16 pause", world.escrow_root().pause.until, replay.offers_paused_until)?;
    for (sale, facts) in &replay.sales {
        equal(("I16", sale), world.sale(*sale), Some(*facts))?;
    }
    for (account, balance) in &replay.balances {
        equal(("I16 balance", account), u64::from(world.voter(*account).balance.0), *balance)?;
    }
    for (account, delegate) in &replay.delegates {
        equal(("I16 delegate", account), world.voter(*account).delegate, *delegate)?;
    }
    for (account, votes) in &replay.votes {
        equal(("I16 votes", account), world.voter(*account).votes.value().0, *votes)?;
    }
    for (account, nonce) in &replay.voting_nonces {
        equal(("I16 nonce in votes", account), world.voter(*account).nonce, *nonce)?;
    }
    equal("I16 nonces in votes", &replay.voting_nonces, &world.recount.voted_by_sig)?;
    equal("I16 voting", replay.voting, Some(world.recount.pool.voting()))?;
    for (id, ballot) in &replay.ballots {
        equal(("I16 ballot", id), world.ballot(*id), Some(*ballot))?;
    }
    for (id, offer) in &replay.offers {
        equal(("I16 offer", id), world.offer(*id), Some(*offer))?;
    }
    let root = world.escrow_root();
    equal("I16 settings", (Some(root.settings), Some(root.proposals)), (replay.settings, replay.proposal_settings))?;
    equal("I16 guardian", Some(root.guardian), replay.guardian)?;
    for (account, roles) in &replay.roles {
        equal(("I16 roles", account), world.roles(*account), *roles)?;
    }
    for (currency, base_amount) in &replay.base_amounts {
        let base = chorus_core::escrow::Host::base_amount(world, *currency);
        equal(("I16 base amount", currency), base, Some(*base_amount))?;
    }
    for (id, told) in &replay.proposals {
        equal(("I16 proposal", id), world.proposal(*id), Some(told.facts))?;
        equal(
            ("I16 its id is the hash of its calls", told.count),
            world.proposal_id(&told.calls, told.description_hash),
            *id,
        )?;
    }
    for (account, nonce) in &replay.nonces {
        equal(("I16 nonce", account), world.nonce(*account), *nonce)?;
    }
    equal("I16 shares told", replay.untold, (0, 0))?;
    for ((currency, owner), credit) in &replay.credits {
        equal(("I16 credit", owner), chorus_core::escrow::Host::credit(world, *currency, *owner).0, *credit)?;
    }
    for (_, event) in &world.log {
        if let Logged::Escrow(EscrowEvent::OfferPaid { offer, paid_sum, tip_sum, fee, residue }) = *event {
            let Some(facts) = world.offer(offer) else { return Err(format!("I16 {event:?}: no offer")) };
            let paid = facts.settlement().map(|settlement| settlement.paid.0).unwrap_or_default();
            equal(("I07 all of it", offer), paid_sum.0 + tip_sum.0 + fee.0 + residue.0, paid)?;
            equal(("I07 residue", offer), residue.0 < facts.members.into(), true)?;
            equal(("I16 paid", offer), paid_sum, facts.paid_sum)?;
        }
    }
    Ok(())
}
