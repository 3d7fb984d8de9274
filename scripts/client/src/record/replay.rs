//! What each event changes. One that cannot follow from those before it is noted as a contradiction.

use chorus_abi::attestations::AttestationsEvents;
use chorus_abi::escrow::EscrowEvents;
use chorus_abi::votes::VotesEvents;
use chorus_abi::{Address, B256, Contract, U256};

use super::{
    Ballot, Contribution, Currency, Log, Member, Offer, Payout, Proposal, Record, Sale, SaleMember, Vote, Voting,
};

impl Record {
    pub(super) fn apply_attestations(&mut self, log: &Log, event: &AttestationsEvents) {
        match event {
            AttestationsEvents::Attested(e) => {
                let member = Member {
                    address: e.member,
                    weight: e.weight,
                    purposes: e.purposes,
                    commitment: e.commitment,
                    nullifier: e.nullifier,
                    nonce: e.nonce,
                };
                self.attested.insert(e.number, e.clone());
                self.change(log, "attested", e.number, member, e.previous_weight);
            }
            AttestationsEvents::PurposesChanged(e) => {
                let before = self.members.get(&e.number).cloned().unwrap_or_default();
                let member = Member { address: e.member, purposes: e.purposes, nonce: e.nonce, ..before };
                self.change(log, "purposes_changed", e.number, member, e.weight);
            }
            AttestationsEvents::Withdrawn(e) => {
                let member = Member { address: e.member, nonce: e.nonce, ..Member::default() };
                self.change(log, "withdrawn", e.number, member, e.weight);
            }
            AttestationsEvents::Revoked(e) => {
                let member = Member { address: e.member, nonce: e.nonce, ..Member::default() };
                self.change(log, "revoked", e.number, member, e.weight);
            }
            AttestationsEvents::SaleOpened(e) => {
                let bit = 1u16.checked_shl(e.purpose.into()).unwrap_or_default();
                let members = self.members.iter().filter(|(_, member)| member.weight > 0 && member.purposes & bit != 0);
                let members = members.map(|(number, member)| {
                    let Member { address, weight, commitment, .. } = *member;
                    (*number, SaleMember { address, weight, commitment, left: None })
                });
                let sale = Sale {
                    purpose: e.purpose,
                    window_ends: e.window_ends,
                    announced: (e.total_weight, e.members),
                    members: members.collect(),
                    last_announced: (e.total_weight, e.members),
                    must_leave: Default::default(),
                };
                self.expect(log, "W and M of a new sale", sale.announced, sale.totals());
                self.expect(log, "the number of a new sale", e.sale as usize, self.sales.len() + 1);
                self.sales.insert(e.sale, sale);
            }
            AttestationsEvents::SaleLeft(e) => {
                let Some(sale) = self.sales.get_mut(&e.sale) else {
                    return self.contradict(log, format!("somebody left sale {}, which never opened", e.sale));
                };
                sale.last_announced = (e.total_weight, e.members);
                let late = log.time_s > sale.window_ends;
                match sale.members.get_mut(&e.number) {
                    Some(member)
                        if member.left.is_none() && member.address == e.member && member.weight == e.weight =>
                    {
                        member.left = Some(log.at);
                    }
                    _ => {
                        return self.contradict(
                            log,
                            format!(
                                "member {} left sale {} without being in it, or with another weight",
                                e.number, e.sale
                            ),
                        );
                    }
                }
                let totals = sale.totals();
                self.expect(log, "W and M after a member left", (e.total_weight, e.members), totals);
                if late {
                    self.contradict(log, format!("member {} left sale {} after its window", e.number, e.sale));
                }
                if let Some(member) = self.members.get_mut(&e.number) {
                    member.nonce = member.nonce.max(e.nonce);
                }
            }
            AttestationsEvents::AttesterAdded(e) => {
                let new = self.attesters.insert(e.attester);
                self.expect(log, "whether an attester is new", true, new);
            }
            AttestationsEvents::AttesterRemoved(e) => {
                let known = self.attesters.remove(&e.attester);
                self.expect(log, "whether a removed attester was one", true, known);
            }
            AttestationsEvents::AttestersChanged(e) => {
                let count = self.attesters.len();
                self.expect(log, "the number of attesters", usize::from(e.count), count);
            }
            AttestationsEvents::AttestationsDeployed(_)
            | AttestationsEvents::DailyWeightCapChanged(_)
            | AttestationsEvents::GuardianChanged(_)
            | AttestationsEvents::ContributionSkipped(_)
            | AttestationsEvents::Paused(_) => {}
        }
    }

    /// A contribution changed: notes it, and which open sales the member must be out of by that.
    fn change(&mut self, log: &Log, kind: &'static str, number: u32, member: Member, announced_before: u32) {
        let before = self.members.insert(number, member.clone()).unwrap_or_default();
        self.numbers.insert(member.address, number);
        self.expect(log, "the weight before a change", announced_before, before.weight);
        let known = before.address;
        if known != Address::ZERO {
            self.expect(log, "the holder of a member number", member.address, known);
        }
        let dropped = before.purposes & !member.purposes;
        for sale in self.sales.values_mut() {
            let bit = 1u16.checked_shl(sale.purpose.into()).unwrap_or_default();
            if dropped & bit != 0 && log.time_s <= sale.window_ends && sale.members.contains_key(&number) {
                sale.must_leave.insert(number);
            }
        }
        let Some(attested) = self.attested.get(&number).cloned() else {
            return self.contradict(log, format!("member {number} changed a contribution they never made"));
        };
        let change = Contribution { kind, number, previous_weight: announced_before, member, attested };
        self.contributions.push((log.at, change));
    }

    pub(super) fn apply_votes(&mut self, log: &Log, event: &VotesEvents) {
        match event {
            VotesEvents::Transfer(e) => {
                let minted = e.from == Address::ZERO;
                if !minted && e.to != Address::ZERO {
                    self.contradict(log, format!("a transfer of votes from {} to {}", e.from, e.to));
                }
                let holder = if minted { e.to } else { e.from };
                self.move_votes(log, holder, e.value, minted);
            }
            VotesEvents::DelegateChanged(e) => {
                let before = self.token.delegates.insert(e.delegator, e.toDelegate).unwrap_or_default();
                self.expect(log, "the delegate before a change", e.fromDelegate, before);
                let balance = self.token.balances.get(&e.delegator).copied().unwrap_or_default();
                self.add_power(log, before, balance, false);
                self.add_power(log, e.toDelegate, balance, true);
            }
            VotesEvents::DelegateVotesChanged(e) => {
                // Mint and delegation may come in either order within one call: what counts is the end of the second.
                self.token.announced.insert((e.delegate, log.time_s), e.newVotes);
            }
            VotesEvents::BallotOpened(e) => {
                let ballot = Ballot {
                    voting: self.voting,
                    snapshot: e.snapshot,
                    deadline: e.deadline,
                    supply: e.supply,
                    quorum: e.quorum,
                    approval_bps: e.approval_bps,
                    ..Ballot::default()
                };
                self.ballots.insert(B256::from(e.proposalId), ballot);
            }
            VotesEvents::VoteCast(e) => {
                let id = B256::from(e.proposalId);
                let Some(ballot) = self.ballot(id) else {
                    return self.contradict(log, format!("a vote in a ballot that never opened: {id}"));
                };
                let snapshot = ballot.snapshot;
                let (again, late) =
                    (ballot.votes.iter().any(|vote| vote.voter == e.voter), log.time_s > ballot.deadline);
                let power = self.token.power_at(e.voter, snapshot);
                let (voter, support, weight, reason) = (e.voter, e.support, e.weight, e.reason.clone());
                let vote = Vote { at: log.at, time_s: log.time_s, voter, support, weight, power, reason };
                if let Some(ballot) = self.ballot(id) {
                    ballot.votes.push(vote);
                }
                if again {
                    self.contradict(log, format!("{voter} voted twice in {id}"));
                }
                if late || log.time_s <= snapshot {
                    self.contradict(log, format!("{voter} voted in {id} outside its period"));
                }
            }
            VotesEvents::TallyChanged(e) => {
                let id = B256::from(e.proposalId);
                let tally = [e.against_votes, e.for_votes, e.abstain_votes];
                match self.ballot(id) {
                    Some(ballot) => ballot.tally = tally,
                    None => self.contradict(log, format!("a tally of a ballot that never opened: {id}")),
                }
            }
            VotesEvents::VotesDeployed(e) => {
                self.voting = Some(Voting {
                    voting_period_s: e.voting_period_s,
                    quorum_bps: e.quorum_bps,
                    quorum_min: e.quorum_min,
                    approval_bps: e.approval_bps,
                    proposal_threshold_bps: e.proposal_threshold_bps,
                });
            }
            VotesEvents::VotingChanged(e) => {
                let previous = Voting {
                    voting_period_s: e.previous_voting_period_s,
                    quorum_bps: e.previous_quorum_bps,
                    quorum_min: e.previous_quorum_min,
                    approval_bps: e.previous_approval_bps,
                    proposal_threshold_bps: e.previous_proposal_threshold_bps,
                };
                let known = self.voting.replace(Voting {
                    voting_period_s: e.voting_period_s,
                    quorum_bps: e.quorum_bps,
                    quorum_min: e.quorum_min,
                    approval_bps: e.approval_bps,
                    proposal_threshold_bps: e.proposal_threshold_bps,
                });
                self.expect(log, "the rules of voting before a change", Some(previous), known);
            }
            VotesEvents::NonceUsed(e) => self.nonce_used(log, Contract::Votes, e.account, e.nonce),
            VotesEvents::ProposalCreated(_) | VotesEvents::VoteSkipped(_) => {}
        }
    }

    fn ballot(&mut self, id: B256) -> Option<&mut Ballot> {
        if let Some(offer) = self.offers.get_mut(&id) {
            return Some(&mut offer.ballot);
        }
        match self.proposals.get_mut(&id) {
            Some(proposal) => Some(&mut proposal.ballot),
            None => self.ballots.get_mut(&id),
        }
    }

    /// An account's signature was used: its nonce is one more.
    fn nonce_used(&mut self, log: &Log, contract: Contract, account: Address, nonce: u64) {
        let before = self.nonces.insert((contract, account), nonce).unwrap_or_default();
        self.expect(log, "the nonce after a signature", nonce, before + 1);
    }

    fn move_votes(&mut self, log: &Log, holder: Address, value: U256, minted: bool) {
        let balance = self.token.balances.entry(holder).or_default();
        let supply = self.token.supply.values().next_back().copied().unwrap_or_default();
        let moved = match minted {
            true => Some((*balance + value, supply + value)),
            false => balance.checked_sub(value).zip(supply.checked_sub(value)),
        };
        let Some((new_balance, new_supply)) = moved else {
            return self.contradict(log, format!("{holder} burned more votes than they had"));
        };
        *balance = new_balance;
        self.token.supply.insert(log.time_s, new_supply);
        let delegate = self.token.delegates.get(&holder).copied().unwrap_or_default();
        self.add_power(log, delegate, value, minted);
    }

    fn add_power(&mut self, log: &Log, delegate: Address, value: U256, more: bool) {
        if delegate == Address::ZERO || value.is_zero() {
            return;
        }
        let history = self.token.power.entry(delegate).or_default();
        let votes = history.values().next_back().copied().unwrap_or_default();
        match if more { Some(votes + value) } else { votes.checked_sub(value) } {
            Some(votes) => drop(history.insert(log.time_s, votes)),
            None => self.contradict(log, format!("{delegate} lost more votes than they had")),
        }
    }

    pub(super) fn apply_escrow(&mut self, log: &Log, event: &EscrowEvents) {
        match event {
            EscrowEvents::SettingsChanged(e) => self.settings = Some(e.clone()),
            EscrowEvents::ProposalSettingsChanged(e) => self.proposal_settings = Some(e.clone()),
            EscrowEvents::CurrencyAllowed(e) => {
                let base_amount = e.base_amount;
                let currency =
                    self.currencies.entry(e.currency).or_insert(Currency { base_amount, allowed: false, at: log.at });
                let (known, before) = (currency.base_amount, std::mem::replace(&mut currency.allowed, true));
                self.expect(log, "the base amount of a currency", base_amount, known);
                self.expect(log, "whether a new currency was one before", false, before);
            }
            EscrowEvents::CurrencyDisallowed(e) => {
                let currency = self.currencies.get_mut(&e.currency);
                let before = currency.is_some_and(|currency| std::mem::take(&mut currency.allowed));
                self.expect(log, "whether a dropped currency was one before", true, before);
            }
            EscrowEvents::OfferMade(e) => {
                self.made.insert(e.offer, (log.at, e.clone()));
            }
            EscrowEvents::OfferTerms(e) => {
                let Some((at, made)) = self.made.remove(&e.offer) else {
                    return self.contradict(log, format!("terms of an offer that was never made: {}", e.offer));
                };
                let Some(ballot) = self.ballots.remove(&e.offer) else {
                    return self.contradict(log, format!("an offer without a ballot: {}", e.offer));
                };
                self.expect(log, "the end of voting", e.voting_ends, ballot.deadline);
                let sale = self.sales.get(&e.sale).map(|sale| (sale.purpose, sale.window_ends, sale.announced));
                let expected = Some((made.purpose, e.opt_out_ends, (e.total_weight, e.members)));
                self.expect(log, "the sale of an offer", sale, expected);
                self.order.push(e.offer);
                self.offers.insert(
                    e.offer,
                    Offer {
                        made,
                        terms: e.clone(),
                        at,
                        ballot,
                        sealed: None,
                        delivered: None,
                        accepted: None,
                        disputed: None,
                        ruled: None,
                        refunded: None,
                        distributions: Vec::new(),
                        payouts: Vec::new(),
                        paid: None,
                    },
                );
            }
            EscrowEvents::Sealed(e) => {
                let sale = self.offers.get(&e.offer).and_then(|offer| self.sale_of(offer)).map(Sale::totals);
                self.expect(log, "W and M of a sealed sale", Some((e.total_weight, e.members)), sale);
                self.step(log, e.offer, |offer| offer.sealed.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Delivered(e) => {
                self.step(log, e.offer, |offer| offer.delivered.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Accepted(e) => {
                self.step(log, e.offer, |offer| offer.accepted.replace(log.at).is_none());
            }
            EscrowEvents::Disputed(e) => {
                self.step(log, e.offer, |offer| offer.disputed.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Ruled(e) => {
                self.step(log, e.offer, |offer| offer.ruled.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Refunded(e) => {
                self.step(log, e.offer, |offer| offer.refunded.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Distributed(e) => self.step(log, e.offer, |offer| {
                let settled = offer.payouts.len() as u64 + u64::from(e.settled_now);
                offer.distributions.push((log.at, e.clone()));
                settled == u64::from(e.settled)
            }),
            EscrowEvents::SharePaid(e) => self.step(log, e.offer, |offer| {
                let first = offer.payouts.iter().all(|(_, paid)| paid.number != e.number);
                let Some((_, call)) = offer.distributions.last() else { return false };
                let payout = Payout {
                    number: e.number,
                    member: e.member,
                    weight: e.weight,
                    share: e.share,
                    to: e.to,
                    credited: e.credited,
                    keeper: call.keeper,
                    tip: call.tips / u128::from(call.settled_now.max(1)),
                };
                offer.payouts.push((log.at, payout));
                first && offer.payouts.len() as u64 <= u64::from(call.settled)
            }),
            EscrowEvents::OfferPaid(e) => {
                self.step(log, e.offer, |offer| offer.paid.replace((log.at, e.clone())).is_none());
            }
            EscrowEvents::Credited(e) => {
                let credit = self.credits.entry((e.currency, e.owner)).or_default();
                *credit = credit.saturating_add(e.amount);
                let counted = *credit;
                self.expect(log, "a credit", e.balance, counted);
            }
            EscrowEvents::CreditWithdrawn(e) => {
                let credit = self.credits.insert((e.currency, e.owner), 0).unwrap_or_default();
                self.expect(log, "a withdrawn credit", e.amount, credit);
            }
            EscrowEvents::TreasurySpent(e) => {
                let treasury = self.credits.entry((e.currency, Address::ZERO)).or_default();
                let left = treasury.checked_sub(e.amount);
                *treasury = left.unwrap_or_default();
                self.expect(log, "what the treasury has left", Some(e.balance), left);
            }
            EscrowEvents::NonceUsed(e) => self.nonce_used(log, Contract::Escrow, e.account, e.nonce),
            EscrowEvents::Proposed(e) => {
                let Some(ballot) = self.ballots.remove(&e.proposal) else {
                    return self.contradict(log, format!("a proposal without a ballot: {}", e.proposal));
                };
                self.expect(log, "the end of voting", e.voting_ends, ballot.deadline);
                self.proposal_order.push(e.proposal);
                let proposal = Proposal { proposed: e.clone(), at: log.at, calls: Vec::new(), ballot, executed: None };
                self.proposals.insert(e.proposal, proposal);
            }
            EscrowEvents::ProposedCall(e) => {
                let place = self.proposals.get_mut(&e.proposal).map(|proposal| {
                    proposal.calls.push(e.clone());
                    proposal.calls.len() - 1
                });
                self.expect(log, "the place of a proposed call", Some(usize::from(e.index)), place);
            }
            EscrowEvents::ProposalExecuted(e) => {
                let before = self
                    .proposals
                    .get_mut(&e.proposal)
                    .map(|proposal| proposal.executed.replace((log.at, e.clone())).is_some());
                self.expect(log, "whether a proposal was executed before", before, Some(false));
            }
            EscrowEvents::CustodianAdded(e) => {
                let new = self.custodians.insert(e.custodian);
                self.expect(log, "whether a custodian is new", true, new);
            }
            EscrowEvents::CustodianRemoved(e) => {
                let known = self.custodians.remove(&e.custodian);
                self.expect(log, "whether a removed custodian was one", true, known);
            }
            EscrowEvents::ArbiterAdded(e) => {
                let new = self.arbiters.insert(e.arbiter);
                self.expect(log, "whether an arbiter is new", true, new);
            }
            EscrowEvents::ArbiterRemoved(e) => {
                let known = self.arbiters.remove(&e.arbiter);
                self.expect(log, "whether a removed arbiter was one", true, known);
            }
            EscrowEvents::EscrowDeployed(_) | EscrowEvents::GuardianChanged(_) | EscrowEvents::Paused(_) => {}
        }
    }

    /// A step in an offer's life that can be taken once.
    fn step(&mut self, log: &Log, id: B256, take: impl FnOnce(&mut Offer) -> bool) {
        match self.offers.get_mut(&id).map(take) {
            Some(true) => {}
            Some(false) => self.contradict(log, format!("a second time for offer {id}")),
            None => self.contradict(log, format!("of an offer that was never made: {id}")),
        }
    }

    fn expect<T: PartialEq + std::fmt::Debug>(&mut self, log: &Log, what: &str, announced: T, counted: T) {
        if announced != counted {
            self.contradict(log, format!("{what}: announced {announced:?}, counted {counted:?}"));
        }
    }

    fn contradict(&mut self, log: &Log, what: String) {
        let super::At { block, event } = log.at;
        self.contradictions.push(format!("block {block}, event {event}: {what}"));
    }
}
