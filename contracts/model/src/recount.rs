//! The naive books: what must have come of the accepted actions, by maps, scans and sums, without the rules' cells.

use super::settings::sister_action;
use super::tokens::Tokens;
use super::{Action, Logged, Outcome, Pool};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use chorus_core::abi::selector;
use chorus_core::attestations::Contribution;
use chorus_core::escrow::{ProposalState, Request, RequestKind};
use chorus_core::event::{AttestationsEvent, VotesEvent};
use chorus_core::offer::{Seal, Terms};
use chorus_core::types::{Address, Amount, BallotId, Bps, OfferId, ProposalId, Timestamp};
use chorus_core::votes::{VotingSettings, timepoint};
use core::fmt::Debug;

/// All books.
#[derive(Clone, Debug)]
pub(super) struct Recount {
    /// With the settings as they are now.
    pub(super) pool: Pool,
    /// Who may pause contributions; the pool's may pause offers.
    pub(super) contributions_guardian: Address,
    pub(super) members: BTreeMap<Address, Contributor>,
    /// Who has which number, from 1 on.
    pub(super) joined: Vec<Address>,
    /// Sales in their order.
    pub(super) sales: Vec<Cohort>,
    pub(super) delegates: BTreeMap<Address, Address>,
    /// How the votes stood at the end of each second after which something was different.
    pub(super) seconds: Vec<(Timestamp, Electorate)>,
    pub(super) ballots: BTreeMap<BallotId, Count>,
    /// Signatures of an account that `votes` accepted.
    pub(super) voted_by_sig: BTreeMap<Address, u64>,
    /// Since when a quorum is which part of the supply, and at least how much.
    quorums: Vec<(Timestamp, u16, u64)>,
    pub(super) offers: BTreeMap<OfferId, Deal>,
    pub(super) proposals: BTreeMap<ProposalId, Plan>,
    /// Money by currency and account, …
    pub(super) balances: BTreeMap<(Address, Address), u128>,
    /// … what of it is due to whom, …
    pub(super) credits: BTreeMap<(Address, Address), u128>,
    /// … and what nobody is due.
    pub(super) donated: BTreeMap<Address, u128>,
    /// Signatures used in `escrow`, by who signed.
    pub(super) signed: BTreeMap<Address, u64>,
    /// The DAO's settings as executed proposals left them, and what they allowed or listed, by what the call names.
    pub(super) listed: BTreeMap<(&'static str, Address), bool>,
    /// New weight by UTC day.
    pub(super) added: BTreeMap<u64, u64>,
    /// Outcomes that are not what the books say they must be.
    pub(super) surprises: Vec<String>,
}

/// Somebody who contributed once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contributor {
    pub(super) number: u32,
    pub(super) weight: u32,
    pub(super) purposes: u16,
    pub(super) nullifier: [u8; 32],
    /// Accepted acts of theirs in `attestations`.
    pub(super) acts: u64,
}

/// Who is in a sale.
#[derive(Clone, Debug)]
pub(super) struct Cohort {
    pub(super) purpose: u8,
    pub(super) window_ends: Timestamp,
    /// With the weight they had when it was opened.
    pub(super) inside: BTreeMap<Address, u32>,
}

/// Who has how many votes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Electorate {
    pub(super) supply: u64,
    pub(super) votes: BTreeMap<Address, u64>,
}

/// A ballot.
#[derive(Clone, Debug)]
pub(super) struct Count {
    pub(super) snapshot: Timestamp,
    pub(super) deadline: Timestamp,
    pub(super) quorum: u64,
    approval_bps: u16,
    /// Who voted what, with how much.
    pub(super) cast: BTreeMap<Address, (u8, u64)>,
}

/// An offer and what became of its money.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    pub(super) terms: Terms,
    pub(super) sale: usize,
    fee_bps: u16,
    tip_bps: u16,
    returned_bps: u16,
    /// What of the price is still in escrow and nobody's credit.
    pub(super) held: u128,
    /// Shares by member.
    pub(super) settled: BTreeMap<Address, u128>,
    pub(super) delivered: bool,
}

/// A proposal.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    calls: Vec<(Address, Vec<u8>)>,
    pub(super) voting_ends: u64,
    pub(super) from: u64,
    pub(super) until: u64,
    pub(super) executed: bool,
}

/// How a price is divided.
pub(super) struct Split {
    pub(super) fee: u128,
    pub(super) tip: u128,
    pub(super) net: u128,
    pub(super) total: u64,
    pub(super) heads: usize,
}

impl Count {
    pub(super) fn side(&self, side: u8) -> u64 {
        self.cast.values().filter(|(support, _)| *support == side).map(|(_, power)| power).sum()
    }

    pub(super) fn state(&self, now: Timestamp) -> ProposalState {
        match (now <= self.deadline, self.passes()) {
            (true, _) => ProposalState::Active,
            (false, false) => ProposalState::Defeated,
            (false, true) => ProposalState::Succeeded,
        }
    }

    fn passes(&self) -> bool {
        let (against, in_favour, abstain) = (self.side(0), self.side(1), self.side(2));
        let enough = in_favour + abstain >= self.quorum;
        enough && u128::from(in_favour) * 10_000 > u128::from(in_favour + against) * u128::from(self.approval_bps)
    }
}

impl Cohort {
    pub(super) fn weight(&self) -> u64 {
        self.inside.values().map(|weight| u64::from(*weight)).sum()
    }

    pub(super) fn heads(&self) -> usize {
        self.inside.len()
    }
}

impl Split {
    pub(super) fn share(&self, weight: u32) -> u128 {
        part_of(self.net, weight.into(), self.total.into())
    }
}

/// So many parts of ten thousand of a supply, rounded up.
fn part_of_supply(supply: u64, bps: u16) -> u64 {
    u64::try_from((u128::from(supply) * u128::from(bps)).div_ceil(10_000)).unwrap_or(u64::MAX)
}

/// `floor(whole × part / parts)` for a part within the parts, without a product that could overflow.
fn part_of(whole: u128, part: u128, parts: u128) -> u128 {
    whole / parts * part + whole % parts * part / parts
}

impl Recount {
    pub(super) fn new(pool: &Pool) -> Self {
        Self {
            pool: pool.clone(),
            contributions_guardian: pool.guardian,
            members: BTreeMap::new(),
            joined: Vec::new(),
            sales: Vec::new(),
            delegates: BTreeMap::new(),
            seconds: Vec::new(),
            ballots: BTreeMap::new(),
            voted_by_sig: BTreeMap::new(),
            quorums: [(Timestamp(0), pool.quorum_bps, pool.quorum_min.0)].into(),
            offers: BTreeMap::new(),
            proposals: BTreeMap::new(),
            balances: BTreeMap::new(),
            credits: BTreeMap::new(),
            donated: BTreeMap::new(),
            signed: BTreeMap::new(),
            listed: BTreeMap::new(),
            added: BTreeMap::new(),
            surprises: Vec::new(),
        }
    }

    pub(super) fn fund(&mut self, currency: Address, account: Address, amount: u128) {
        *self.balances.entry((currency, account)).or_default() += amount;
    }

    /// All money there is of a currency.
    pub(super) fn money(&self, currency: Address) -> u128 {
        self.balances.iter().filter(|((money, _), _)| *money == currency).map(|(_, amount)| amount).sum()
    }

    /// What is due or held for an offer in a currency, and what is neither.
    pub(super) fn spoken_for(&self, currency: Address) -> (u128, u128) {
        let held = self.offers.values().filter(|deal| deal.terms.currency == currency).map(|deal| deal.held);
        let due = self.credits.iter().filter(|((money, _), _)| *money == currency).map(|(_, due)| due);
        (held.sum::<u128>() + due.sum::<u128>(), self.donated.get(&currency).copied().unwrap_or_default())
    }

    /// The settings in force.
    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// How the votes stand now.
    pub(super) fn electorate(&self) -> Electorate {
        let mut now = Electorate::default();
        for (member, Contributor { weight, .. }) in &self.members {
            now.supply += u64::from(*weight);
            let delegate = self.delegates.get(member).copied().unwrap_or_default();
            if *weight != 0 && delegate != Address::ZERO {
                *now.votes.entry(delegate).or_default() += u64::from(*weight);
            }
        }
        now
    }

    /// How they stood at the end of a second that is over.
    pub(super) fn electorate_at(&self, at: Timestamp) -> Option<&Electorate> {
        self.seconds.iter().rev().find(|(second, _)| *second <= at).map(|(_, electorate)| electorate)
    }

    /// The division of an offer's price, by who is in its sale now.
    pub(super) fn split(&self, deal: &Deal) -> Option<Split> {
        let cohort = self.sales.get(deal.sale)?;
        let price = deal.terms.price.0;
        let paid = price - part_of(price, deal.returned_bps.into(), 10_000);
        let fee = part_of(paid, deal.fee_bps.into(), 10_000);
        let heads = cohort.heads();
        let tip = part_of(paid, deal.tip_bps.into(), 10_000).checked_div(heads as u128)?;
        Some(Split { fee, tip, net: paid - fee - tip * heads as u128, total: cohort.weight(), heads })
    }

    fn expect<T: PartialEq + Debug>(&mut self, what: &str, found: T, expected: T) {
        if found != expected {
            self.surprises.push(format!("{what}: {found:?}, but the books say {expected:?}"));
        }
    }

    /// Books an accepted action.
    pub(super) fn book(
        &mut self,
        now: Timestamp,
        tokens: &Tokens,
        caller: Address,
        action: &Action,
        outcome: Outcome,
        news: &[(Timestamp, Logged)],
    ) {
        // What somebody relays is the member's act, whoever relays it (T12).
        let of = |books: &mut Self, member, action| books.book(now, tokens, member, &action, outcome, news);
        match *action {
            Action::Attest { contribution, purposes, .. } => {
                let newcomer = u32::try_from(self.joined.len()).unwrap_or(u32::MAX) + 1;
                let number = self.members.get(&caller).map_or(newcomer, |member| member.number);
                if number == newcomer {
                    self.joined.push(caller);
                }
                self.expect("I03 number", outcome, Outcome::Member(number.into()));
                let fresh = Contributor { number, weight: 0, purposes: 0, nullifier: [0; 32], acts: 0 };
                let member = self.members.entry(caller).or_insert(fresh);
                let more = u64::from(contribution.weight.0.saturating_sub(member.weight));
                let added = self.added.entry(now.0 / 86_400).or_default();
                *added += more;
                if more != 0 && *added > self.pool.daily_weight_cap.0 {
                    self.surprises.push(format!("I15 {added} points on one day"));
                }
                member.weight = contribution.weight.0;
                member.purposes = purposes;
                member.nullifier = contribution.nullifier;
                self.delegates.entry(caller).or_insert(caller);
                self.act(now, caller);
            }
            Action::AttestFor { member, contribution, purposes, .. } => {
                of(self, member, Action::Attest { contribution, purposes, signatures: Vec::new() });
            }
            Action::AttestMany { ref batch } => self.book_batch(now, tokens, batch, outcome, news),
            Action::SetPurposesFor { member, purposes, .. } => of(self, member, Action::SetPurposes { purposes }),
            Action::WithdrawFor { member, .. } => of(self, member, Action::Withdraw),
            Action::LeaveFor { member, sale, .. } => of(self, member, Action::Leave { sale }),
            Action::Revoke { member, .. } => {
                self.expect("F12 a revocation by a stranger", caller, self.pool.site.escrow);
                of(self, member, Action::Withdraw);
            }
            Action::SetAttesters { ref attesters, threshold } => {
                self.expect("F12 a setting by a stranger", caller, self.pool.site.escrow);
                self.pool.attesters.clone_from(attesters);
                self.pool.threshold = threshold;
            }
            Action::SetDailyWeightCap { cap } => {
                self.expect("F12 a setting by a stranger", caller, self.pool.site.escrow);
                self.pool.daily_weight_cap = cap;
            }
            Action::SetContributionsGuardian { guardian } => {
                self.expect("F12 a setting by a stranger", caller, self.pool.site.escrow);
                self.contributions_guardian = guardian;
            }
            Action::SetPurposes { purposes } => {
                if let Some(member) = self.members.get_mut(&caller) {
                    member.purposes = purposes;
                }
                self.act(now, caller);
            }
            Action::Withdraw => {
                if let Some(member) = self.members.get_mut(&caller) {
                    (member.weight, member.purposes, member.nullifier) = (0, 0, [0; 32]);
                }
                self.act(now, caller);
            }
            Action::Leave { sale } => {
                let cohort = sale.0.checked_sub(1).and_then(|index| self.sales.get_mut(index as usize));
                let left = cohort.filter(|sale| now <= sale.window_ends).and_then(|sale| sale.inside.remove(&caller));
                self.expect("I02 leaving", left.is_some(), true);
                self.act(now, caller);
            }
            Action::Delegate { to } => {
                self.delegates.insert(caller, to);
            }
            Action::DelegateBySig { delegation, .. } => {
                // Only the news tells whom the chain recovered.
                let delegator = news.iter().find_map(|(_, event)| match event {
                    Logged::Votes(VotesEvent::NonceUsed { account, .. }) => Some(*account),
                    _ => None,
                });
                self.expect("I17 a signer", delegator.is_some(), true);
                let delegator = delegator.unwrap_or_default();
                self.sign(delegator, Some(timepoint(delegation.nonce).0));
                of(self, delegator, Action::Delegate { to: delegation.delegatee });
            }
            Action::DelegateFor { delegator, delegation, .. } => {
                self.sign(delegator, Some(timepoint(delegation.nonce).0));
                of(self, delegator, Action::Delegate { to: delegation.delegatee });
            }
            Action::Vote { id, support } | Action::VoteWithReason { id, support, .. } => {
                self.book_vote(now, caller, id, support, outcome);
            }
            Action::VoteBySig { id, support, voter, .. } => {
                self.sign(voter, None);
                self.book_vote(now, voter, id, support, outcome);
            }
            Action::VotesBySig { id, ref ballots } => self.book_votes(now, id, ballots, outcome, news),
            Action::OpenBallot { id, .. } => {
                self.expect("F12 a ballot by a stranger", caller, self.pool.site.escrow);
                self.book_ballot(now, id);
            }
            Action::OpenProposal { id, proposer } => {
                self.expect("F12 a proposal by a stranger", caller, self.pool.site.escrow);
                let then = self.electorate_at(Timestamp(now.0 - 1)).cloned().unwrap_or_default();
                let votes = then.votes.get(&proposer).copied().unwrap_or_default();
                let enough = part_of_supply(then.supply, self.pool.proposal_threshold_bps).max(1);
                self.expect("F20 a proposal of few", votes < enough, false);
                self.book_ballot(now, id);
            }
            Action::SetVoting { settings } => {
                self.expect("F12 a setting by a stranger", caller, self.pool.site.escrow);
                let VotingSettings { voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps } =
                    settings;
                (self.pool.voting_period_s, self.pool.approval_bps) = (voting_period_s, approval_bps);
                (self.pool.quorum_bps, self.pool.quorum_min) = (quorum_bps, quorum_min);
                self.pool.proposal_threshold_bps = proposal_threshold_bps;
                self.quorums.push((now, quorum_bps, quorum_min.0));
            }
            Action::Offer { terms, sent } => {
                self.expect("T29 value with a token", terms.currency != Address::ZERO && sent.0 != 0, false);
                self.book_offer(now, tokens, outcome, Terms { buyer: caller, ..terms });
            }
            Action::OfferWithPermit { terms, .. } => {
                self.book_offer(now, tokens, outcome, Terms { buyer: caller, ..terms });
            }
            Action::Seal { offer } => self.book_seal(offer, outcome),
            Action::Deliver { offer, .. } => {
                if let Some(deal) = self.offers.get_mut(&offer) {
                    deal.delivered = true;
                }
            }
            Action::Rule { offer, returned_bps } => {
                let Some(deal) = self.offers.get_mut(&offer) else { return };
                let returned = part_of(deal.terms.price.0, returned_bps.into(), 10_000);
                deal.returned_bps = returned_bps;
                deal.held -= returned;
                let Terms { buyer, currency, .. } = deal.terms;
                self.credit(currency, buyer, returned);
            }
            Action::Refund { offer } => {
                let Some(deal) = self.offers.get_mut(&offer) else { return };
                let (Terms { buyer, currency, .. }, price) = (deal.terms, core::mem::take(&mut deal.held));
                self.credit(currency, buyer, price);
                self.expect("I07 refund", outcome, Outcome::Paid(price.into()));
            }
            Action::Distribute { offer, from, count } => {
                let numbers = from.0..from.0.saturating_add(count);
                let joined = (1u32..).zip(&self.joined).filter(|(number, _)| numbers.contains(number));
                let due: Vec<_> =
                    joined.map(|(_, member)| *member).filter(|member| self.is_due(offer, *member)).collect();
                for member in &due {
                    self.settle(tokens, offer, *member, caller, *member);
                }
                self.expect("I12 settled", outcome, Outcome::Settled(due.iter().map(|_| 1).sum()));
            }
            Action::Claim { offer, to } => self.book_claim(tokens, offer, caller, caller, to, outcome),
            Action::WithdrawCredit { currency, to } => self.book_withdrawal(tokens, currency, caller, to, outcome),
            Action::Relay { request: Request { kind, account, about, to, deadline }, .. } => {
                *self.signed.entry(account).or_default() += 1;
                self.expect("T09 a signature after its time", now > deadline, false);
                match kind {
                    RequestKind::Claim => self.book_claim(tokens, OfferId(about), account, caller, to, outcome),
                    RequestKind::WithdrawCredit => {
                        let currency = Address(about.last_chunk().copied().unwrap_or_default());
                        self.book_withdrawal(tokens, currency, account, to, outcome);
                    }
                }
            }
            Action::Propose { ref calls, .. } => self.book_proposal(now, caller, calls, outcome),
            Action::Execute { ref calls, .. } => self.book_execution(now, tokens, calls, outcome),
            Action::Wait { seconds } if seconds != 0 => self.end_second(now),
            Action::Donate { currency, amount } => {
                let arrives = tokens.arrives(currency, amount.0).unwrap_or_default();
                self.move_money(currency, caller, self.pool.site.escrow, amount.0, arrives);
                *self.donated.entry(currency).or_default() += arrives;
            }
            Action::Mirror { .. } | Action::OpenSale { .. } => {
                self.expect("F12 a sister's message by a stranger", true, false);
            }
            Action::Accept { .. }
            | Action::Dispute { .. }
            | Action::PauseContributions { .. }
            | Action::PauseOffers { .. }
            | Action::Approve { .. }
            | Action::Wait { .. } => {}
        }
    }

    /// Books a batch: for each item there must be news of its acceptance, or that it was skipped.
    fn book_batch(
        &mut self,
        now: Timestamp,
        tokens: &Tokens,
        batch: &[u8],
        outcome: Outcome,
        news: &[(Timestamp, Logged)],
    ) {
        use AttestationsEvent::{Attested, ContributionSkipped};
        let told: Vec<_> = news
            .iter()
            .filter_map(|(_, event)| match event {
                Logged::Attestations(event @ (Attested { .. } | ContributionSkipped { .. })) => Some(*event),
                _ => None,
            })
            .collect();
        let items = items(batch);
        self.expect("I23 items", told.len(), items.len());
        let mut accepted = 0;
        for (at, ((member, contribution, purposes), event)) in (0..).zip(items.into_iter().zip(told)) {
            match event {
                ContributionSkipped { member: skipped, position, .. } => {
                    self.expect("I23 skipped", (skipped, position), (member, at));
                }
                Attested { number, .. } => {
                    let action = Action::Attest { contribution, purposes, signatures: Vec::new() };
                    self.book(now, tokens, member, &action, Outcome::Member(number), news);
                    accepted += 1;
                }
                _ => {}
            }
        }
        self.expect("I23 accepted", outcome, Outcome::Accepted(accepted));
    }

    /// An accepted act of a member; whoever allows a sale's purpose no more is out of it, while its window is open.
    fn act(&mut self, now: Timestamp, caller: Address) {
        let Some(member) = self.members.get_mut(&caller) else { return };
        member.acts += 1;
        let purposes = member.purposes;
        for sale in &mut self.sales {
            if now <= sale.window_ends && purposes >> sale.purpose & 1 == 0 {
                sale.inside.remove(&caller);
            }
        }
    }

    fn end_second(&mut self, second: Timestamp) {
        let now = self.electorate();
        if self.seconds.last().map(|(_, last)| last) != Some(&now) {
            self.seconds.push((second, now));
        }
    }

    fn book_offer(&mut self, now: Timestamp, tokens: &Tokens, outcome: Outcome, terms: Terms) {
        let Outcome::Offered(id) = outcome else { return };
        let settings = self.pool.settings;
        let voting_ends = now.0 + self.pool.voting_period_s;
        self.book_ballot(now, id.into());

        let allows = |member: &Contributor| member.weight != 0 && member.purposes >> terms.purpose & 1 != 0;
        let allowing = self.members.iter().filter(|(_, member)| allows(member));
        let inside = allowing.map(|(address, member)| (*address, member.weight)).collect();
        let window_ends = Timestamp(voting_ends + settings.opt_out_s);
        self.sales.push(Cohort { purpose: terms.purpose, window_ends, inside });

        let (currency, sent) = (terms.currency, terms.price.0 + settings.listing_fee.0);
        let allowed = self.listed.get(&("currency", currency)).copied().unwrap_or(currency == Address::ZERO);
        self.expect("T28 a currency of the pool", allowed, true);
        self.expect("T28 what arrives", tokens.arrives(currency, sent), Some(sent));
        self.move_money(currency, terms.buyer, self.pool.site.escrow, sent, sent);
        self.credit(currency, Address::ZERO, settings.listing_fee.0);
        let deal = Deal {
            terms,
            sale: self.sales.len() - 1,
            fee_bps: settings.fee.get(),
            tip_bps: settings.tip.get(),
            returned_bps: 0,
            held: terms.price.0,
            settled: BTreeMap::new(),
            delivered: false,
        };
        let twice = self.offers.insert(id, deal).is_some();
        self.expect("F11 the same offer twice", twice, false);
    }

    fn book_proposal(&mut self, now: Timestamp, proposer: Address, calls: &[(Address, Vec<u8>)], outcome: Outcome) {
        let Outcome::Proposed(id) = outcome else { return };
        let before = self.electorate_at(Timestamp(now.0 - 1)).cloned().unwrap_or_default();
        let votes = before.votes.get(&proposer).copied().unwrap_or_default();
        let enough = part_of_supply(before.supply, self.pool.proposal_threshold_bps).max(1);
        self.expect("G04 a proposer below the threshold", votes < enough, false);
        self.expect("G05 some calls", (1..=8).contains(&calls.len()), true);
        self.book_ballot(now, id.into());
        let voting_ends = now.0 + self.pool.voting_period_s;
        let from = voting_ends + self.pool.proposals.timelock_s;
        let until = from + self.pool.proposals.grace_s;
        let plan = Plan { calls: calls.into(), voting_ends, from, until, executed: false };
        let twice = self.proposals.insert(id, plan).is_some();
        self.expect("G03 the same proposal twice", twice, false);
    }

    fn book_execution(&mut self, now: Timestamp, tokens: &Tokens, calls: &[(Address, Vec<u8>)], outcome: Outcome) {
        let Outcome::Proposed(id) = outcome else { return };
        let passed = self.ballots.get(&id.into()).is_some_and(Count::passes);
        self.expect("G16 a proposal that did not pass", passed, true);
        let Some(plan) = self.proposals.get_mut(&id) else { return };
        let (open, again) = ((plan.from..=plan.until).contains(&now.0), core::mem::replace(&mut plan.executed, true));
        let same = plan.calls == calls;
        self.expect("G17 executed in its time, once, as proposed", (open, again, same), (true, false, true));
        let escrow = self.pool.site.escrow;
        for (target, call) in calls {
            match sister_action(&self.pool.site, *target, call) {
                Some(action) => self.book(now, tokens, escrow, &action, Outcome::Done, &[]),
                None => self.book_setting(call),
            }
        }
    }

    /// What an executed call of `escrow`'s own does, by its words.
    fn book_setting(&mut self, call: &[u8]) {
        let word = |index: usize| {
            let end = 4 + 32 * (index + 1);
            call.get(end - 16..end).map_or(0, |low| low.iter().fold(0u128, |sum, byte| sum << 8 | u128::from(*byte)))
        };
        let address = |index: usize| {
            let end = 4 + 32 * (index + 1);
            Address(call.get(end - 20..end).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default())
        };
        let short = |index: usize| u64::try_from(word(index)).unwrap_or(u64::MAX);
        let part = |index: usize| Bps::new(u16::try_from(word(index)).unwrap_or(u16::MAX)).unwrap_or_default();
        let is = |name: &str, types: &[&str]| call.starts_with(&selector(name, types));
        if call.len() == 4 + 9 * 32 {
            let settings = &mut self.pool.settings;
            (settings.listing_fee, settings.reserve_per_million) = (Amount(word(0)), Amount(word(1)));
            (settings.fee, settings.tip) = (part(2), part(3));
            settings.cohort_min = u32::try_from(word(4)).unwrap_or(u32::MAX);
            (settings.opt_out_s, settings.period_min_s, settings.period_max_s) = (short(5), short(6), short(7));
            settings.ruling_s = short(8);
        } else if is("setProposalSettings", &["uint64", "uint64"]) {
            (self.pool.proposals.timelock_s, self.pool.proposals.grace_s) = (short(0), short(1));
        } else if is("setGuardian", &["address"]) {
            self.pool.guardian = address(0);
        } else if is("spendTreasury", &["address", "uint128", "address"]) {
            let (currency, amount, to) = (address(0), word(1), address(2));
            let treasury = self.credits.entry((currency, Address::ZERO)).or_default();
            let enough = *treasury >= amount;
            *treasury = treasury.saturating_sub(amount);
            self.expect("T50 more than the treasury's credit", enough, true);
            self.credit(currency, to, amount);
        } else {
            for (list, add, remove, types) in [
                ("custodian", "addCustodian", "removeCustodian", &["address"] as &[&str]),
                ("arbiter", "addArbiter", "removeArbiter", &["address"]),
                ("currency", "allowCurrency", "disallowCurrency", &["address", "uint128"]),
            ] {
                if is(add, types) || is(remove, &["address"]) {
                    self.listed.insert((list, address(0)), is(add, types));
                }
            }
        }
    }

    fn book_claim(
        &mut self,
        tokens: &Tokens,
        offer: OfferId,
        member: Address,
        keeper: Address,
        to: Address,
        outcome: Outcome,
    ) {
        let due = self.is_due(offer, member);
        self.expect("I12 claim", due, true);
        let share = self.settle(tokens, offer, member, keeper, to);
        self.expect("I07 claim", outcome, Outcome::Paid(share.into()));
    }

    fn book_withdrawal(&mut self, tokens: &Tokens, currency: Address, owner: Address, to: Address, outcome: Outcome) {
        let due = self.credits.remove(&(currency, owner)).unwrap_or_default();
        self.expect("I10 credit", outcome, Outcome::Paid(due.into()));
        let arrives = tokens.pushed(currency, to, due);
        self.expect("I10 a withdrawal that arrived", arrives.is_some(), true);
        self.move_money(currency, self.pool.site.escrow, to, due, arrives.unwrap_or_default());
    }

    fn book_ballot(&mut self, now: Timestamp, id: BallotId) {
        let snapshot = Timestamp(now.0 - 1);
        let supply = self.electorate_at(snapshot).map_or(0, |electorate| electorate.supply);
        let quorum = part_of_supply(supply, self.pool.quorum_bps).max(self.pool.quorum_min.0);
        let deadline = Timestamp(now.0 + self.pool.voting_period_s);
        let approval_bps = self.pool.approval_bps;
        self.ballots.insert(id, Count { snapshot, deadline, quorum, approval_bps, cast: BTreeMap::new() });
    }

    /// The quorum by the settings and the supply of a second that is over.
    pub(super) fn quorum_at(&self, at: Timestamp) -> u64 {
        let (_, bps, least) = self.quorums.iter().rev().find(|(since, ..)| *since <= at).copied().unwrap_or_default();
        part_of_supply(self.electorate_at(at).map_or(0, |electorate| electorate.supply), bps).max(least)
    }

    /// A signature of `account` was accepted; it had to be over their nonce, which `over` is if the call names it.
    fn sign(&mut self, account: Address, over: Option<u64>) {
        let used = self.voted_by_sig.entry(account).or_default();
        let nonce = *used;
        *used += 1;
        self.expect("I17 nonce", over.unwrap_or(nonce), nonce);
    }

    /// Books a batch of votes: for each there must be news that it counted, or that it was skipped.
    fn book_votes(
        &mut self,
        now: Timestamp,
        id: BallotId,
        ballots: &[u8],
        outcome: Outcome,
        news: &[(Timestamp, Logged)],
    ) {
        let mut told = news.iter().filter_map(|(_, event)| match event {
            Logged::Votes(VotesEvent::VoteCast { voter, support, weight, .. }) => {
                Some((*voter, Some((*support, timepoint(*weight).0))))
            }
            Logged::Votes(VotesEvent::VoteSkipped { voter, .. }) => Some((*voter, None)),
            _ => None,
        });
        let (mut rest, mut counted) = (ballots, 0);
        while let Some((head, after)) = rest.split_at_checked(22) {
            let voter = Address(head[..20].try_into().unwrap_or_default());
            rest = &after[usize::from(head[21])..];
            match told.next() {
                Some((who, Some((support, power)))) => {
                    self.expect("I08 counted", (who, support), (voter, head[20]));
                    self.sign(voter, None);
                    self.book_vote(now, voter, id, support, Outcome::Counted(power.into()));
                    counted += 1;
                }
                Some((who, None)) => self.expect("I08 skipped", who, voter),
                None => self.expect("I08 told", true, false),
            }
        }
        self.expect("I08 told", told.next(), None);
        self.expect("I08 batch", outcome, Outcome::Accepted(counted));
    }

    fn book_vote(&mut self, now: Timestamp, voter: Address, id: BallotId, support: u8, outcome: Outcome) {
        let Some(count) = self.ballots.get(&id) else { return };
        let (snapshot, deadline) = (count.snapshot, count.deadline);
        let electorate = self.electorate_at(snapshot);
        let power = electorate.and_then(|then| then.votes.get(&voter)).copied().unwrap_or_default();
        self.expect("I08 power", outcome, Outcome::Counted(power.into()));
        self.expect("F09 a vote of nothing", power == 0, false);
        self.expect("F09 a vote after the snapshot's second only", snapshot < now, true);
        self.expect("I09 a vote until the deadline only", now <= deadline, true);
        let twice = self.ballots.get_mut(&id).and_then(|count| count.cast.insert(voter, (support, power)));
        self.expect("F10 a second vote", twice, None);
    }

    fn book_seal(&mut self, id: OfferId, outcome: Outcome) {
        let (Some(count), Some(deal)) = (self.ballots.get(&id.into()), self.offers.get(&id)) else { return };
        let Some(cohort) = self.sales.get(deal.sale) else { return };
        let few = cohort.heads() < deal.terms.min_members as usize || cohort.weight() < deal.terms.min_weight.0;
        let expected = match (count.passes(), few) {
            (false, _) => Seal::Defeated,
            (true, true) => Seal::MinimumMissed,
            (true, false) => Seal::Sealed,
        };
        self.expect("I08 seal", outcome, Outcome::Sealed(expected));
    }

    /// Whether a member is in an offer's sale and not settled yet.
    fn is_due(&self, id: OfferId, member: Address) -> bool {
        let Some(deal) = self.offers.get(&id) else { return false };
        let inside = self.sales.get(deal.sale).is_some_and(|cohort| cohort.inside.contains_key(&member));
        inside && !deal.settled.contains_key(&member)
    }

    fn settle(&mut self, tokens: &Tokens, id: OfferId, member: Address, keeper: Address, to: Address) -> u128 {
        let Some(deal) = self.offers.get(&id) else { return 0 };
        let Some(split) = self.split(deal) else { return 0 };
        let weight = self.sales.get(deal.sale).and_then(|cohort| cohort.inside.get(&member)).copied();
        let share = split.share(weight.unwrap_or_default());
        let Some(deal) = self.offers.get_mut(&id) else { return 0 };
        deal.settled.insert(member, share);
        deal.held -= share + split.tip;
        let income = match deal.settled.len() == split.heads {
            true => core::mem::take(&mut deal.held),
            false => 0,
        };
        let currency = deal.terms.currency;
        self.credit(currency, keeper, split.tip);
        self.credit(currency, Address::ZERO, income);
        match tokens.pushed(currency, to, share) {
            None => self.credit(currency, member, share),
            Some(arrives) => self.move_money(currency, self.pool.site.escrow, to, share, arrives),
        }
        share
    }

    fn credit(&mut self, currency: Address, owner: Address, amount: u128) {
        *self.credits.entry((currency, owner)).or_default() += amount;
    }

    fn move_money(&mut self, currency: Address, from: Address, to: Address, amount: u128, arrives: u128) {
        let left = self.balances.entry((currency, from)).or_default();
        match left.checked_sub(amount) {
            Some(rest) => *left = rest,
            None => self.surprises.push(format!("I10 {from:?} paid {amount} and had {left}")),
        }
        *self.balances.entry((currency, to)).or_default() += arrives;
    }
}

/// Who contributes what for which purposes, by a packed batch.
fn items(batch: &[u8]) -> Vec<(Address, Contribution, u16)> {
    let number = |bytes: &[u8]| bytes.iter().fold(0u64, |number, byte| number << 8 | u64::from(*byte));
    let hash = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).unwrap_or_default();
    let short = |bytes: &[u8]| u16::try_from(number(bytes)).unwrap_or_default();
    let mut items = Vec::new();
    let mut rest = batch;
    while let Some((item, signatures)) = rest.split_at_checked(102) {
        let contribution = Contribution {
            commitment: hash(&item[20..52]),
            nullifier: hash(&item[52..84]),
            weight: u32::try_from(number(&item[84..88])).unwrap_or_default().into(),
            rule_version: short(&item[88..90]),
            route: item[90],
            deadline: number(&item[93..101]).into(),
        };
        let member = Address(item[..20].try_into().unwrap_or_default());
        items.push((member, contribution, short(&item[91..93])));
        let consent = 65 * usize::from(item[101]);
        rest = &signatures[consent + 1 + usize::from(signatures[consent])..];
    }
    items
}
