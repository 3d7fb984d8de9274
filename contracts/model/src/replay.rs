//! The state, rebuilt from events alone. It must equal the cells, or an indexer could not be right.

use super::Logged;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use chorus_core::abi::Uint256;
use chorus_core::attestations::Sale;
use chorus_core::escrow::{Proposal, ProposalSettings, Roles, Settings};
use chorus_core::event::{AttestationsEvent, EscrowEvent, VotesEvent};
use chorus_core::hash::Hash32;
use chorus_core::offer::{NEVER, Offer, Seal};
use chorus_core::types::{
    Address, Amount, BallotId, Bps, MemberNumber, OfferId, Points, ProposalId, SaleNumber, Timestamp, Weight,
};
use chorus_core::votes::{Ballot, Support, Tally, VotingSettings, timepoint};

/// What events say.
#[derive(Debug, Default)]
pub(super) struct Replay {
    pub(super) members: BTreeMap<Address, Contributor>,
    pub(super) sales: BTreeMap<SaleNumber, Sale>,
    pub(super) contributions_paused_until: Timestamp,
    pub(super) contributions_guardian: Address,
    pub(super) attesters: BTreeSet<Address>,
    pub(super) threshold: u8,
    pub(super) daily_weight_cap: Points,

    pub(super) balances: BTreeMap<Address, u64>,
    pub(super) delegates: BTreeMap<Address, Address>,
    pub(super) votes: BTreeMap<Address, u64>,
    pub(super) ballots: BTreeMap<BallotId, Ballot>,
    /// Signatures used in `votes`.
    pub(super) voting_nonces: BTreeMap<Address, u64>,
    pub(super) voting: Option<VotingSettings>,
    voters: BTreeSet<(BallotId, Address)>,

    pub(super) offers: BTreeMap<OfferId, Offer>,
    pub(super) credits: BTreeMap<(Address, Address), u128>,
    pub(super) offers_paused_until: Timestamp,
    pub(super) settings: Option<Settings>,
    pub(super) proposal_settings: Option<ProposalSettings>,
    pub(super) guardian: Option<Address>,
    pub(super) roles: BTreeMap<Address, Roles>,
    pub(super) base_amounts: BTreeMap<Address, Amount>,
    pub(super) proposals: BTreeMap<ProposalId, Told>,
    pub(super) nonces: BTreeMap<Address, u64>,
    /// Members and money of the last distribution whose shares are still to be told.
    pub(super) untold: (u32, u128),
}

/// A proposal by its events.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) facts: Proposal,
    pub(super) description_hash: Hash32,
    pub(super) count: u8,
    pub(super) calls: Vec<(Address, Vec<u8>)>,
}

/// A member by their events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Contributor {
    pub(super) number: MemberNumber,
    pub(super) weight: Weight,
    pub(super) purposes: u16,
    pub(super) commitment: Hash32,
    pub(super) nullifier: Hash32,
    pub(super) nonce: u64,
}

macro_rules! ensure {
    ($event:expr, $condition:expr) => {
        if !$condition {
            return Err(format!("I16 {:?} after: not {}", $event, stringify!($condition)));
        }
    };
}

impl Replay {
    /// Reads a log from its beginning.
    pub(super) fn of(log: &[(Timestamp, Logged)], tails: &BTreeMap<usize, Vec<u8>>) -> Result<Self, String> {
        let mut replay = Self::default();
        for (index, (at, event)) in log.iter().enumerate() {
            match event {
                Logged::Attestations(event) => replay.contribution(event)?,
                Logged::Votes(event) => replay.vote(event)?,
                Logged::Escrow(event) => replay.deal(*at, event, tails.get(&index))?,
            }
        }
        Ok(replay)
    }

    fn contribution(&mut self, event: &AttestationsEvent) -> Result<(), String> {
        use AttestationsEvent as E;
        match *event {
            E::AttestationsDeployed { guardian, threshold, daily_weight_cap, .. } => {
                (self.contributions_guardian, self.threshold) = (guardian, threshold);
                self.daily_weight_cap = daily_weight_cap;
            }
            E::AttesterAdded { attester } => ensure!(event, self.attesters.insert(attester)),
            E::AttesterRemoved { attester } => ensure!(event, self.attesters.remove(&attester)),
            E::AttestersChanged { threshold, count } => {
                ensure!(event, self.attesters.len() == usize::from(count));
                self.threshold = threshold;
            }
            E::DailyWeightCapChanged { previous, cap } => {
                ensure!(event, core::mem::replace(&mut self.daily_weight_cap, cap) == previous);
            }
            E::GuardianChanged { previous, guardian } => {
                ensure!(event, core::mem::replace(&mut self.contributions_guardian, guardian) == previous);
            }
            E::ContributionSkipped { .. } => {}
            E::Attested { member, number, commitment, nullifier, weight, previous_weight, purposes, nonce, .. } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.weight == previous_weight && known.nonce + 1 == nonce);
                *known = Contributor { number, weight, purposes, commitment, nullifier, nonce };
            }
            E::PurposesChanged { member, number, weight, previous_purposes, purposes, nonce } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.number == number && known.weight == weight && known.nonce + 1 == nonce);
                ensure!(event, known.purposes == previous_purposes);
                (known.purposes, known.nonce) = (purposes, nonce);
            }
            E::Withdrawn { member, number, weight, purposes, nullifier, nonce }
            | E::Revoked { member, number, weight, purposes, nullifier, nonce } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.weight == weight && known.purposes == purposes && known.nullifier == nullifier);
                ensure!(event, known.nonce + 1 == nonce);
                *known = Contributor { number, nonce, ..Contributor::default() };
            }
            E::SaleOpened { sale, purpose, window_ends, total_weight, members } => {
                let twice = self.sales.insert(sale, Sale { purpose, window_ends, total_weight, members });
                ensure!(event, twice.is_none());
            }
            E::SaleLeft { sale, member, number, weight, total_weight, members, nonce } => {
                let known = self.members.entry(member).or_default();
                // Leaving by itself is an act; leaving by withdrawal or purposes belongs to that act.
                ensure!(event, known.number == number && nonce - known.nonce <= 1);
                known.nonce = nonce;
                let Some(facts) = self.sales.get_mut(&sale) else { return Err(format!("I16 {event:?}: no sale")) };
                ensure!(event, facts.total_weight.0 == total_weight.0 + u64::from(weight.0));
                ensure!(event, facts.members == members + 1);
                (facts.total_weight, facts.members) = (total_weight, members);
            }
            E::Paused { until, .. } => self.contributions_paused_until = until,
        }
        Ok(())
    }

    fn vote(&mut self, event: &VotesEvent) -> Result<(), String> {
        use VotesEvent as E;
        match *event {
            E::VotesDeployed {
                voting_period_s, quorum_bps, quorum_min, approval_bps, proposal_threshold_bps, ..
            } => {
                self.voting = Some(VotingSettings {
                    voting_period_s,
                    quorum_bps,
                    quorum_min,
                    approval_bps,
                    proposal_threshold_bps,
                });
            }
            E::VotingChanged {
                previous_voting_period_s,
                voting_period_s,
                previous_quorum_bps,
                quorum_bps,
                previous_quorum_min,
                quorum_min,
                previous_approval_bps,
                approval_bps,
                previous_proposal_threshold_bps,
                proposal_threshold_bps,
            } => {
                let previous = VotingSettings {
                    voting_period_s: previous_voting_period_s,
                    quorum_bps: previous_quorum_bps,
                    quorum_min: previous_quorum_min,
                    approval_bps: previous_approval_bps,
                    proposal_threshold_bps: previous_proposal_threshold_bps,
                };
                ensure!(event, self.voting == Some(previous));
                self.voting = Some(VotingSettings {
                    voting_period_s,
                    quorum_bps,
                    quorum_min,
                    approval_bps,
                    proposal_threshold_bps,
                });
            }
            E::ProposalCreated { proposalId, voteStart, voteEnd, .. } => {
                let ballot = self.ballots.get(&proposalId.into());
                let times = ballot.map(|ballot| (ballot.snapshot.0, ballot.deadline.0));
                ensure!(event, times == Some((short(voteStart), short(voteEnd))));
            }
            E::NonceUsed { account, nonce } => {
                let before = self.voting_nonces.insert(account, nonce).unwrap_or_default();
                ensure!(event, before + 1 == nonce);
            }
            E::VoteSkipped { .. } => {}
            E::Transfer { from, to, value } => {
                ensure!(event, (from == Address::ZERO) != (to == Address::ZERO));
                if from == Address::ZERO {
                    *self.balances.entry(to).or_default() += short(value);
                } else {
                    *self.balances.entry(from).or_default() -= short(value);
                }
            }
            E::DelegateChanged { delegator, fromDelegate, toDelegate } => {
                let before = self.delegates.insert(delegator, toDelegate).unwrap_or_default();
                ensure!(event, before == fromDelegate);
            }
            E::DelegateVotesChanged { delegate, previousVotes, newVotes } => {
                let before = self.votes.insert(delegate, short(newVotes)).unwrap_or_default();
                ensure!(event, before == short(previousVotes));
            }
            E::BallotOpened { proposalId, snapshot, deadline, quorum, approval_bps, .. } => {
                let number = u32::try_from(self.ballots.len()).unwrap_or_default() + 1;
                let ballot = Ballot {
                    number,
                    snapshot,
                    deadline,
                    quorum: Points(short(quorum)),
                    approval: Bps::new(approval_bps).unwrap_or_default(),
                    tally: Default::default(),
                };
                ensure!(event, self.ballots.insert(proposalId.into(), ballot).is_none());
            }
            E::VoteCast { voter, proposalId, support, weight, .. } => {
                ensure!(event, self.voters.insert((proposalId.into(), voter)));
                let Some(ballot) = self.ballots.get_mut(&proposalId.into()) else {
                    return Err(format!("I16 {event:?}: no ballot"));
                };
                if let Some(support) = Support::from_code(support) {
                    ballot.tally.side_mut(support).0 += short(weight);
                }
            }
            E::TallyChanged { proposalId, against_votes, for_votes, abstain_votes } => {
                let said = Some(Tally::of([against_votes, for_votes, abstain_votes].map(|votes| Points(short(votes)))));
                ensure!(event, self.ballots.get(&proposalId.into()).map(|ballot| ballot.tally) == said);
            }
        }
        Ok(())
    }

    fn deal(&mut self, at: Timestamp, event: &EscrowEvent, tail: Option<&Vec<u8>>) -> Result<(), String> {
        use EscrowEvent as E;
        let offer = |offers: &mut BTreeMap<OfferId, Offer>, id: OfferId, change: &mut dyn FnMut(&mut Offer)| {
            offers.get_mut(&id).map(change).ok_or_else(|| format!("I16 {event:?}: no offer"))
        };
        match *event {
            E::EscrowDeployed { guardian, .. } => self.guardian = Some(guardian),
            E::SettingsChanged {
                listing_fee,
                reserve_per_million,
                fee_bps,
                tip_bps,
                cohort_min,
                opt_out_s,
                period_min_s,
                period_max_s,
                ruling_s,
            } => {
                let [fee, tip] = [fee_bps, tip_bps].map(|parts| Bps::new(parts).unwrap_or_default());
                self.settings = Some(Settings {
                    listing_fee,
                    reserve_per_million,
                    fee,
                    tip,
                    cohort_min,
                    opt_out_s,
                    period_min_s,
                    period_max_s,
                    ruling_s,
                });
            }
            E::ProposalSettingsChanged { timelock_s, grace_s } => {
                self.proposal_settings = Some(ProposalSettings { timelock_s, grace_s });
            }
            E::GuardianChanged { previous, guardian } => {
                ensure!(event, self.guardian.replace(guardian) == Some(previous));
            }
            E::CustodianAdded { custodian } => self.roles.entry(custodian).or_default().custodian = true,
            E::CustodianRemoved { custodian } => self.roles.entry(custodian).or_default().custodian = false,
            E::ArbiterAdded { arbiter } => self.roles.entry(arbiter).or_default().arbiter = true,
            E::ArbiterRemoved { arbiter } => self.roles.entry(arbiter).or_default().arbiter = false,
            E::CurrencyAllowed { currency, base_amount } => {
                self.roles.entry(currency).or_default().currency = true;
                let known = self.base_amounts.insert(currency, base_amount);
                ensure!(event, known.is_none_or(|known| known == base_amount));
            }
            E::CurrencyDisallowed { currency } => self.roles.entry(currency).or_default().currency = false,
            E::NonceUsed { account, nonce } => {
                let before = self.nonces.insert(account, nonce).unwrap_or_default();
                ensure!(event, before + 1 == nonce);
            }
            E::Proposed {
                proposal: id,
                description_hash,
                voting_ends,
                executable_from,
                executable_until,
                count,
                ..
            } => {
                let facts = Proposal { voting_ends, executable_from, executable_until, executed: false };
                let told = Told { facts, description_hash, count, calls: Vec::new() };
                ensure!(event, self.proposals.insert(id, told).is_none());
            }
            E::ProposedCall { proposal: id, index, target, .. } => {
                let (Some(told), Some(call)) = (self.proposals.get_mut(&id), tail) else {
                    return Err(format!("I16 {event:?}: no proposal"));
                };
                ensure!(event, told.calls.len() == usize::from(index) && index < told.count);
                told.calls.push((target, call.clone()));
            }
            E::ProposalExecuted { proposal: id, .. } => {
                let Some(told) = self.proposals.get_mut(&id) else { return Err(format!("I16 {event:?}: no proposal")) };
                ensure!(event, !core::mem::replace(&mut told.facts.executed, true));
            }
            E::TreasurySpent { currency, amount, balance, .. } => {
                let credit = self.credits.entry((currency, Address::ZERO)).or_default();
                ensure!(event, credit.checked_sub(amount.0) == Some(balance.0));
                *credit = balance.0;
            }
            E::OfferMade { offer: id, buyer, currency, price, min_members, min_weight, custodian, arbiter, .. } => {
                let made = Offer {
                    buyer,
                    currency,
                    price,
                    custodian,
                    arbiter,
                    min_members,
                    min_weight,
                    sale: SaleNumber(0),
                    voting_ends: NEVER,
                    opt_out_ends: NEVER,
                    delivery_ends: NEVER,
                    dispute_s: 0,
                    ruling_s: 0,
                    fee: Bps::default(),
                    tip: Bps::default(),
                    seal: Seal::Open,
                    total_weight: Points(0),
                    members: 0,
                    delivered_at: NEVER,
                    accepted_at: NEVER,
                    disputed_at: NEVER,
                    ruled_at: NEVER,
                    returned: Bps::default(),
                    refunded_at: NEVER,
                    settled: 0,
                    paid_sum: Amount(0),
                };
                ensure!(event, self.offers.insert(id, made).is_none());
            }
            E::OfferTerms {
                offer: id,
                sale,
                voting_ends,
                opt_out_ends,
                delivery_ends,
                dispute_s,
                ruling_s,
                fee_bps,
                tip_bps,
                total_weight,
                members,
                ..
            } => offer(&mut self.offers, id, &mut |offer| {
                (offer.sale, offer.voting_ends, offer.opt_out_ends) = (sale, voting_ends, opt_out_ends);
                (offer.delivery_ends, offer.dispute_s, offer.ruling_s) = (delivery_ends, dispute_s, ruling_s);
                offer.fee = Bps::new(fee_bps).unwrap_or_default();
                offer.tip = Bps::new(tip_bps).unwrap_or_default();
                (offer.total_weight, offer.members) = (total_weight, members);
            })?,
            E::Sealed { offer: id, outcome, total_weight, members } => offer(&mut self.offers, id, &mut |offer| {
                offer.seal = Seal::from_code(outcome).unwrap_or(Seal::Open);
                (offer.total_weight, offer.members) = (total_weight, members);
            })?,
            E::Delivered { offer: id, dispute_ends, .. } => offer(&mut self.offers, id, &mut |offer| {
                offer.delivered_at = Timestamp(dispute_ends.0 - offer.dispute_s);
            })?,
            E::Accepted { offer: id } => offer(&mut self.offers, id, &mut |offer| offer.accepted_at = at)?,
            E::Disputed { offer: id, .. } => offer(&mut self.offers, id, &mut |offer| offer.disputed_at = at)?,
            E::Ruled { offer: id, returned_bps, .. } => offer(&mut self.offers, id, &mut |offer| {
                (offer.ruled_at, offer.returned) = (at, Bps::new(returned_bps).unwrap_or_default());
            })?,
            E::Refunded { offer: id, .. } => offer(&mut self.offers, id, &mut |offer| offer.refunded_at = at)?,
            E::Distributed { offer: id, settled_now, settled, paid_sum, .. } => {
                let mut told = (0, 0);
                offer(&mut self.offers, id, &mut |offer| {
                    told = (settled - offer.settled, paid_sum.0 - offer.paid_sum.0);
                    (offer.settled, offer.paid_sum) = (settled, paid_sum);
                })?;
                ensure!(event, self.untold == (0, 0) && told.0 == settled_now);
                self.untold = told;
            }
            E::SharePaid { share, .. } => {
                let (members, money) = self.untold;
                ensure!(event, members >= 1 && money >= share.0);
                self.untold = (members - 1, money - share.0);
            }
            // `super::invariants` compares what it sums up.
            E::OfferPaid { .. } => {}
            E::Credited { currency, owner, amount, balance, .. } => {
                let credit = self.credits.entry((currency, owner)).or_default();
                *credit += amount.0;
                ensure!(event, *credit == balance.0);
            }
            E::CreditWithdrawn { currency, owner, amount, .. } => {
                let credit = self.credits.insert((currency, owner), 0).unwrap_or_default();
                ensure!(event, credit == amount.0);
            }
            E::Paused { until, .. } => self.offers_paused_until = until,
        }
        Ok(())
    }
}

fn short(word: Uint256) -> u64 {
    timepoint(word).0
}
