//! The invariants of `tests/INVARIANTS.md`, by their numbers: cells against the naive books, and against the log.

use std::fmt::Debug;

use chorus_core::{
    attestations::{self, Host as _},
    cells::Bits,
    escrow::{self, Proposal},
    event::EscrowEvent,
    offer::Status,
    types::{Address, BallotId, MemberNumber, OfferId, Points, SaleNumber, Timestamp},
    votes::{self, Total},
};

use crate::{
    books::{self, Books},
    outcome::Logged,
    replay::{self, Replay},
    world::World,
};

type Checked = Result<(), String>;

impl World {
    /// Compares the contracts' cells with the naive books that are kept beside them, and with what their events say.
    ///
    /// # Errors
    /// The first difference, as a sentence that begins with the invariant's number.
    pub fn check_invariants(&self) -> Result<(), String> {
        let books = self.books();
        if let Some(difference) = books.differences.first() {
            return Err(difference.clone());
        }
        contributions(self, books)?;
        sales(self, books)?;
        votes(self, books)?;
        history(self, books)?;
        for (id, expected) in &books.ballots {
            ballot(self, books, *id, expected)?;
        }
        for (id, expected) in &books.offers {
            offer(self, books, *id, expected)?;
        }
        money(self, books)?;
        settings(self, books)?;
        proposals(self, books)?;
        log(self)
    }
}

fn equal<T: PartialEq + Debug>(what: impl Debug, found: T, expected: T) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("{what:?}: {found:?}, must be {expected:?}")) }
}

/// I01 running totals, I03 numbers and nullifiers, I17 nonces, I18 open sales. The books check I15 as they go.
fn contributions(world: &World, books: &Books) -> Checked {
    let root = world.attestations_root();
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
        equal(("I17 nonce", number), account.nonce, member.nonce)?;
        if member.weight != 0 {
            equal(("I03 holder", number), world.holder(member.nullifier), Some(MemberNumber(number)))?;
        }
    }
    let open = books.sales.iter().filter(|sale| world.now() <= sale.window_ends).count();
    equal("I18 open sales", open <= usize::from(attestations::MAX_OPEN_SALES), true)?;
    let entries = root.open_sales().filter(|sale| world.now() <= sale.window_ends);
    equal("I18 open entries", entries.count(), open)
}

/// I02 weight, members and each member's weight in every sale.
fn sales(world: &World, books: &Books) -> Checked {
    equal("I02 sales", world.attestations_root().sales as usize, books.sales.len())?;
    for (number, expected) in (1u32..).zip(&books.sales) {
        let sale = SaleNumber(number);
        let totals = world.sale(sale).map(|facts| (facts.members as usize, facts.total_weight.0));
        equal(("I02", sale), totals, Some((expected.heads(), expected.weight())))?;
        let mut differs = None;
        let mut joined = (1u32..).zip(&books.joined);
        let all = u32::try_from(books.joined.len()).unwrap_or(u32::MAX);
        let visited = attestations::visit_shares(world, sale, MemberNumber(1), all, |member, weight| {
            let Some((number, address)) = joined.next() else { return };
            let inside = expected.inside.get(address).copied().unwrap_or_default();
            let alone = world.weight_in(sale, MemberNumber(number)).map_or(0, |weight| weight.0);
            if (member, weight.0, alone) != (*address, inside, inside) {
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
fn votes(world: &World, books: &Books) -> Checked {
    let now = books.electorate();
    equal("I04 supply", votes::Host::total(world, Total::Supply).value().0, now.supply)?;
    for (address, member) in &books.members {
        equal(("I04", address), world.voter(*address).balance.0, member.weight)?;
    }
    for (account, used) in &books.votes_nonces {
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

/// I06 every lookup of the past, in each second that changed the votes, the one before it and the one after it.
fn history(world: &World, books: &Books) -> Checked {
    // The cost is in pairs of a second and an account. Pools of thousands have no long history in tests.
    for (second, _) in &books.seconds {
        for at in [second.0.saturating_sub(1), second.0, second.0 + 1].map(Timestamp) {
            if at >= world.now() {
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

/// I08 the tally is the power of those who voted, once each; I09 times, thresholds and state.
fn ballot(world: &World, books: &Books, id: BallotId, expected: &books::Ballot) -> Checked {
    let Some(ballot) = world.ballot(id) else { return Err(format!("I08 no ballot {id:?}")) };
    equal(("I08 tally", id), ballot.tally.sides(), [0, 1, 2].map(|side| Points(expected.side(side))))?;
    equal(("I09 times", id), (ballot.snapshot, ballot.deadline), (expected.snapshot, expected.deadline))?;
    equal(("I09 state", id), world.ballot_state(id), Ok(expected.state(world.now())))?;
    equal(("I09 quorum", id), ballot.quorum.0, expected.quorum)?;
    for account in books.members.keys() {
        let voted = world.has_voted(id, *account);
        equal(("I08 voted", account), voted, Ok(expected.cast.contains_key(account)))?;
    }
    Ok(())
}

/// I07 shares and residue are net, I12 who is settled, I14 what a final offer holds.
fn offer(world: &World, books: &Books, id: OfferId, expected: &books::Offer) -> Checked {
    let (Some(offer), Some(status)) = (world.offer(id), world.status(id)) else {
        return Err(format!("I14 no offer {id:?}"));
    };
    equal(("I12 settled", id), offer.settled as usize, expected.settled.len())?;
    equal(("I07 paid sum", id), offer.paid_sum.0, expected.settled.values().sum::<u128>())?;
    for (number, address) in (1u32..).zip(&books.joined) {
        let paid = escrow::Host::paid(world, offer.sale, Bits::cell_of(number)).get(number);
        equal(("I12 paid", id, number), paid, expected.settled.contains_key(address))?;
    }
    let over = matches!(status, Status::Refunded | Status::Paid);
    if over {
        equal(("I10 held when over", id, status), expected.held, 0)?;
    }
    if matches!(status, Status::Sealed | Status::Delivered | Status::Disputed | Status::Settling | Status::Paid) {
        let sale = books.sales.get(expected.sale).map(|sale| (sale.heads(), sale.weight()));
        equal(("I14 final members and weight", id), Some((offer.members as usize, offer.total_weight.0)), sale)?;
    }
    if expected.delivered {
        let settlement = offer.settlement().map(|s| (s.fee.0, s.tip.0, s.net.0));
        let split = books.split(expected).map(|split| (split.fee, split.tip, split.net));
        equal(("I07 split", id), settlement.ok(), split)?;
    }
    Ok(())
}

/// I10 escrow holds deposits, credits and donations; I11 no money comes from nowhere.
fn money(world: &World, books: &Books) -> Checked {
    for ((currency, account), amount) in &books.balances {
        equal(("I11", currency, account), world.balance_in(*currency, *account).0, *amount)?;
        if *account == world.site().escrow {
            let (owed, donated) = books.owed_and_donated(*currency);
            equal(("I10 escrow", currency), *amount, owed + donated)?;
            let base = escrow::Host::base_amount(world, *currency).unwrap_or_default();
            equal(("I10 base amount", currency), donated >= base.0, true)?;
        }
    }
    for ((currency, owner), amount) in &books.credits {
        equal(("I10 credit", owner), world.credit_in(*currency, *owner).0, *amount)?;
    }
    Ok(())
}

/// I20 settings are what executed proposals left.
fn settings(world: &World, books: &Books) -> Checked {
    let (pool, root) = (&books.pool, world.attestations_root());
    equal("I20 cap", root.daily_weight_cap, pool.daily_weight_cap)?;
    equal("I20 guardian", root.guardian, books.contributions_guardian)?;
    let attesters = world.attesters();
    equal("I20 attesters", attesters.keys(), &pool.attesters)?;
    equal("I20 threshold", attesters.threshold, pool.threshold)?;
    let root = world.escrow_root();
    equal("I20 settings", (root.offers, root.proposals), (pool.offers, pool.proposals))?;
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
    Ok(())
}

/// I21 proposals keep their times; I22 nonces count signatures.
fn proposals(world: &World, books: &Books) -> Checked {
    for (id, expected) in &books.proposals {
        let Some(proposal) = world.proposal(*id) else { return Err(format!("I21 no proposal {id:?}")) };
        let Proposal { voting_ends, executable_from, executable_until, executed } = proposal;
        let times = [voting_ends, executable_from, executable_until].map(|time| time.0);
        let expected_times = [expected.voting_ends, expected.executable_from, expected.executable_until];
        equal(("I21", id), (times, executed), (expected_times, expected.executed))?;
    }
    for (account, used) in &books.escrow_nonces {
        equal(("I22", account), world.nonce(*account), *used)?;
    }
    Ok(())
}

/// I16 the state rebuilt from events alone is the state; I07 the sums of `OfferPaid`.
fn log(world: &World) -> Checked {
    let replay = Replay::of(world.log(), |index| world.tail(index))?;
    replayed_contributions(world, &replay)?;
    replayed_votes(world, &replay)?;
    replayed_escrow(world, &replay)?;
    for (_, event) in world.log() {
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

fn replayed_contributions(world: &World, replay: &Replay) -> Checked {
    for (address, known) in &replay.members {
        let (account, record) = (world.member(*address), world.record(known.number));
        let cells = replay::Member {
            number: account.number,
            weight: record.weight,
            purposes: record.purposes.bits(),
            commitment: account.commitment,
            nullifier: account.nullifier,
            nonce: account.nonce,
        };
        equal(("I16 member", address), cells, *known)?;
    }
    equal("I16 members", replay.members.len(), world.books().joined.len())?;
    let (root, attesters) = (world.attestations_root(), world.attesters());
    let keys = attesters.keys().iter().copied().collect();
    equal("I16 attesters", (&replay.attesters, replay.threshold), (&keys, attesters.threshold))?;
    equal("I16 cap", root.daily_weight_cap, replay.daily_weight_cap)?;
    equal("I16 guardian", root.guardian, replay.contributions_guardian)?;
    equal("I16 pause", root.pause.until(), replay.contributions_paused_until)?;
    for (sale, facts) in &replay.sales {
        equal(("I16", sale), world.sale(*sale), Some(*facts))?;
    }
    Ok(())
}

fn replayed_votes(world: &World, replay: &Replay) -> Checked {
    for (account, balance) in &replay.balances {
        equal(("I16 balance", account), u64::from(world.voter(*account).balance.0), *balance)?;
    }
    for (account, delegate) in &replay.delegates {
        equal(("I16 delegate", account), world.voter(*account).delegate, *delegate)?;
    }
    for (account, votes) in &replay.votes {
        equal(("I16 votes", account), world.voter(*account).votes.value().0, *votes)?;
    }
    for (account, nonce) in &replay.votes_nonces {
        equal(("I16 nonce in votes", account), world.voter(*account).nonce, *nonce)?;
    }
    equal("I16 nonces in votes", &replay.votes_nonces, &world.books().votes_nonces)?;
    equal("I16 voting", replay.voting, Some(world.books().pool.voting))?;
    for (id, ballot) in &replay.ballots {
        equal(("I16 ballot", id), world.ballot(*id), Some(*ballot))?;
    }
    Ok(())
}

fn replayed_escrow(world: &World, replay: &Replay) -> Checked {
    for (id, offer) in &replay.offers {
        equal(("I16 offer", id), world.offer(*id), Some(*offer))?;
    }
    let root = world.escrow_root();
    equal("I16 pause", root.pause.until(), replay.offers_paused_until)?;
    equal(
        "I16 settings",
        (Some(root.offers), Some(root.proposals)),
        (replay.offer_settings, replay.proposal_settings),
    )?;
    equal("I16 guardian", Some(root.guardian), replay.guardian)?;
    for (account, roles) in &replay.roles {
        equal(("I16 roles", account), world.roles(*account), *roles)?;
    }
    for (currency, base_amount) in &replay.base_amounts {
        let base = escrow::Host::base_amount(world, *currency);
        equal(("I16 base amount", currency), base, Some(*base_amount))?;
    }
    for (id, told) in &replay.proposals {
        equal(("I16 proposal", id), world.proposal(*id), Some(told.facts))?;
        let hash = world.proposal_id(&told.calls, told.description_hash);
        equal(("I16 the hash of the calls is the id", told.count), hash, *id)?;
    }
    for (account, nonce) in &replay.escrow_nonces {
        equal(("I16 nonce", account), world.nonce(*account), *nonce)?;
    }
    equal("I16 shares told", replay.untold, (0, 0))?;
    for ((currency, owner), credit) in &replay.credits {
        equal(("I16 credit", owner), escrow::Host::credit(world, *currency, *owner).0, *credit)?;
    }
    Ok(())
}
