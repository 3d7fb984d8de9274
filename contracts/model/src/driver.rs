//! Plays a pool: out of bytes or a seed, whatever anybody may do next, sensible or not.
//!
//! Property tests, fuzzers and the parity run against the contracts' code all have their steps from here. Whatever is
//! added to [`Action`] is added to [`ACTS`], and all of them try it.

mod dao;
mod relayed;
mod source;

use super::{Action, Outcome, Pool, Refused, Site, Token, World, model_account, model_key};
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use chorus_core::attestations::Contribution;
use chorus_core::eip712::Signature;
use chorus_core::escrow::{ProposalSettings, Settings};
use chorus_core::offer::{Status, Terms};
use chorus_core::types::{
    Address, Amount, BallotId, Bps, MemberNumber, OfferId, Points, SaleNumber, Timestamp, Weight,
};
use chorus_core::votes::Delegation;
use source::Source;

/// Who plays.
#[derive(Clone, Debug)]
pub struct Cast {
    /// Members, or members to be.
    pub people: Vec<Address>,
    /// Keys that may be attesters; the first three are when the pool is deployed.
    pub attesters: Vec<Address>,
    /// May pause.
    pub guardian: Address,
    /// Makes offers, and has the money for them.
    pub buyer: Address,
    /// Delivers.
    pub custodian: Address,
    /// Rules.
    pub arbiter: Address,
    /// Distributes.
    pub keeper: Address,
    /// Has money and no part in it.
    pub stranger: Address,
    /// Does not exist.
    pub nobody: Address,
    /// A token, if there is one; the DAO may allow it.
    pub token: Option<Address>,
    /// Whether the pool's own contracts begin calls, as none does on a chain: a short way to settings.
    pub contracts_call: bool,
}

impl Cast {
    /// Six people, two of whom have Substrate keys.
    pub fn model() -> Self {
        let person = |index: u8| Address([0x11 + index; 20]);
        let substrate = |index: u8| model_account(&model_key(index));
        Self {
            people: (0..4).map(person).chain((0..2).map(substrate)).collect(),
            attesters: (1..=5).map(|index| Address([0xd0 | index; 20])).collect(),
            guardian: Address([0x54; 20]),
            buyer: Address([0x51; 20]),
            custodian: Address([0x52; 20]),
            arbiter: Address([0x53; 20]),
            keeper: Address([0x55; 20]),
            stranger: Address([0x56; 20]),
            nobody: Address([0x57; 20]),
            token: Some(Address([0x60; 20])),
            contracts_call: true,
        }
    }

    /// A pool of theirs with short periods: voting 100 s, leaving 50 s, ruling 200 s. Two of three attesters sign.
    pub fn pool(&self, deployed_at: Timestamp, site: Site) -> Pool {
        Pool {
            deployed_at,
            attesters: self.attesters.iter().copied().take(3).collect(),
            threshold: 2,
            daily_weight_cap: Points(1_000),
            purposes: 4,
            guardian: self.guardian,
            voting_period_s: VOTING_S,
            quorum_bps: 1_000,
            quorum_min: Points(10),
            approval_bps: 5_000,
            proposal_threshold_bps: 100,
            settings: Settings {
                listing_fee: Amount(LISTING_FEE),
                reserve_per_million: Amount(1_000),
                fee: Bps::new(500).unwrap_or_default(),
                tip: Bps::new(100).unwrap_or_default(),
                cohort_min: 1,
                opt_out_s: 50,
                period_min_s: 10,
                period_max_s: 1_000,
                ruling_s: 200,
            },
            proposals: ProposalSettings { timelock_s: 40, grace_s: 60 },
            custodians: [self.custodian].into(),
            arbiters: [self.arbiter].into(),
            purposes_hash: [0; 32],
            site,
        }
    }

    /// Gives the buyer and the stranger their money, and keeps nobody from existing.
    pub fn enter(&self, world: &mut World) {
        for account in [self.buyer, self.stranger] {
            world.fund(account, Amount(FUNDS));
            if let Some(token) = self.token {
                world.set_token(token, Token::Honest);
                world.fund_in(token, account, Amount(FUNDS));
            }
        }
        world.close(self.nobody);
    }
}

/// Native money, with 18 decimals, that the buyer has, and the stranger.
pub const FUNDS: u128 = 1 << 100;
/// The chain's smallest unit, which a plain transfer counts in.
pub const CHAIN_UNIT: u128 = 1_000_000;

const VOTING_S: u64 = 100;
const LISTING_FEE: u128 = 7;
const ALL_PURPOSES: u16 = 0b1111;

/// What happens next.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every step is an act")]
pub enum Step {
    /// Somebody calls.
    Act {
        /// Who; an account that exists.
        caller: Address,
        /// What.
        action: Action,
    },
    /// A person's account ceases to exist.
    Close(Address),
    /// It exists again.
    Open(Address),
}

impl Step {
    /// Does it.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn play(&self, world: &mut World) -> Result<Outcome, Refused> {
        match self {
            Self::Act { caller, action } => return world.apply(*caller, action),
            Self::Close(account) => world.close(*account),
            Self::Open(account) => world.open(*account),
        }
        Ok(Outcome::Done)
    }
}

/// How often each kind of step is tried, and what makes it.
type Act = (u8, fn(&mut Driver, &World) -> Option<Step>);

/// Everything there is to try.
const ACTS: &[Act] = &[
    (60, Driver::next_stage),
    (8, Driver::wait),
    (8, Driver::attest),
    (4, Driver::set_purposes),
    (2, Driver::withdraw),
    (4, Driver::leave),
    (2, Driver::settings),
    (1, Driver::revoke),
    (4, Driver::delegate),
    (4, Driver::vote),
    (2, Driver::vote_with_reason),
    (3, Driver::vote_by_sig),
    (3, Driver::votes_by_sig),
    (3, Driver::delegate_signed),
    (6, Driver::offer),
    (4, Driver::anybody),
    (4, Driver::distribute),
    (4, Driver::claim),
    (8, Driver::withdraw_credit),
    (2, Driver::sisters_message),
    (1, Driver::pause),
    (1, Driver::close),
    (2, Driver::open),
    (1, Driver::donate),
    (6, Driver::relay),
    (3, Driver::relay_many),
    (2, Driver::replay),
    (4, Driver::request),
    (4, Driver::propose),
    (14, Driver::next_proposal),
];

/// Makes steps. It looks at the world to make many that are accepted; what it makes of a world is fixed by its source.
#[derive(Clone, Debug)]
pub struct Driver {
    source: Source,
    cast: Cast,
    /// Weights of those who join first.
    opening: VecDeque<u32>,
    ahead: VecDeque<Step>,
    /// What was signed lately, to be handed in again.
    signed: VecDeque<Action>,
    /// What was proposed lately, to be executed.
    proposed: VecDeque<dao::Proposed>,
}

impl Driver {
    /// Steps out of `bytes`, until they are used up. Any bytes will do.
    pub fn over(cast: Cast, bytes: &[u8]) -> Self {
        Self::new(cast, Source::Bytes(bytes.iter().copied().collect()))
    }

    /// Steps without end.
    pub fn seeded(cast: Cast, seed: u64) -> Self {
        Self::new(cast, Source::Seed(seed))
    }

    fn new(cast: Cast, source: Source) -> Self {
        let (ahead, signed, proposed) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { source, cast, opening: [60, 40, 1].into(), ahead, signed, proposed }
    }

    /// The next step in this world.
    pub fn step(&mut self, world: &World) -> Option<Step> {
        if let Some(weight) = self.opening.pop_front() {
            let at = 2usize.saturating_sub(self.opening.len());
            let member = self.cast.people.get(at).copied()?;
            if self.opening.is_empty() {
                self.ahead.push_back(self.pass(1));
            }
            return Some(act(member, self.contributing(world, member, member, weight, ALL_PURPOSES)));
        }
        loop {
            if let Some(step) = self.ahead.pop_front() {
                return Some(step);
            }
            if self.source.is_over() {
                return None;
            }
            let all: u8 = ACTS.iter().map(|(often, _)| often).sum();
            let mut choice = self.source.u8(all);
            for (often, make) in ACTS {
                match choice.checked_sub(*often) {
                    Some(rest) => choice = rest,
                    None => {
                        if let Some(step) = make(self, world) {
                            return Some(step);
                        }
                        break;
                    }
                }
            }
        }
    }

    // Who and which.

    /// A person who exists, and so can call.
    fn person(&mut self, world: &World) -> Option<Address> {
        let person = self.source.of(&self.cast.people)?;
        world.is_open(person).then_some(person)
    }

    /// Anybody who exists.
    fn caller(&mut self, world: &World) -> Option<Address> {
        let Cast { guardian, buyer, custodian, arbiter, keeper, stranger, .. } = self.cast;
        let officers = [guardian, buyer, custodian, arbiter, keeper, stranger];
        if self.source.u8(2) == 0 { self.person(world) } else { self.source.of(&officers) }
    }

    /// An address to pay to, or to name: a person, somebody else, nobody, or a contract.
    fn address(&mut self, world: &World) -> Option<Address> {
        let Cast { keeper, nobody, .. } = self.cast;
        let others = [keeper, nobody, Address::ZERO, world.site().votes, world.site().escrow];
        if self.source.u8(4) == 0 { self.source.of(&others) } else { self.source.of(&self.cast.people) }
    }

    /// An offer where one of these is the status; at times any.
    fn offer_in(&mut self, world: &World, wanted: &[Status]) -> Option<OfferId> {
        let is_wanted = |id: &OfferId| world.status(*id).is_some_and(|status| wanted.contains(&status));
        let offers: Vec<_> = world.offers().into_iter().filter(is_wanted).take(8).collect();
        if self.source.u8(8) == 0 { self.some_offer(world) } else { self.source.of(&offers) }
    }

    /// An offer or a proposal that takes votes; at times another.
    fn some_ballot(&mut self, world: &World) -> Option<BallotId> {
        let proposals = world.proposals().into_iter().map(BallotId::from);
        let ballots = world.offers().into_iter().map(BallotId::from).chain(proposals);
        let is_open = |id: &BallotId| world.ballot(*id).is_some_and(|ballot| world.now() <= ballot.deadline);
        let open: Vec<_> = ballots.filter(is_open).take(8).collect();
        if self.source.u8(8) == 0 { self.some_offer(world).map(Into::into) } else { self.source.of(&open) }
    }

    /// An offer there is, or one there is not.
    fn some_offer(&mut self, world: &World) -> Option<OfferId> {
        let offers = world.offers();
        // The latest are where something is still to happen.
        let from = offers.len().saturating_sub(8);
        let latest = offers.get(from..).unwrap_or_default();
        if self.source.u8(64) == 0 { Some(OfferId([0xff; 32])) } else { self.source.of(latest) }
    }

    /// Native money, or a token.
    fn currency(&mut self, world: &World) -> Address {
        match (self.source.u8(32), self.cast.token) {
            (0, Some(token)) => token,
            (1..16, Some(token)) if world.roles(token).currency => token,
            _ => Address::ZERO,
        }
    }

    fn purposes(&mut self) -> u16 {
        match self.source.u8(8) {
            0..4 => ALL_PURPOSES,
            4..7 => u16::from(self.source.u8(16)),
            _ => u16::from(self.source.u8(64)),
        }
    }

    fn pass(&self, seconds: u64) -> Step {
        act(self.cast.stranger, Action::Wait { seconds })
    }

    // Contributions.

    pub(super) fn contribution(&self, world: &World, source: Address, weight: u32) -> Contribution {
        let mut nullifier = [0xee; 32];
        if let Some(tail) = nullifier.last_chunk_mut() {
            *tail = source.0;
        }
        Contribution {
            commitment: [0xcc; 32],
            nullifier,
            weight: Weight(weight),
            rule_version: 1,
            route: 1,
            deadline: Timestamp(world.now().0 + 60),
        }
    }

    fn contributing(&self, world: &World, member: Address, source: Address, weight: u32, purposes: u16) -> Action {
        let contribution = self.contribution(world, source, weight);
        Action::Attest { contribution, purposes, signatures: world.sign(member, &contribution) }
    }

    fn attest(&mut self, world: &World) -> Option<Step> {
        let member = self.person(world)?;
        let (contribution, purposes, signatures) = self.attested(world, member)?;
        Some(act(member, Action::Attest { contribution, purposes, signatures }))
    }

    /// A contribution for a member, purposes and the attesters' signatures. Something may be wrong with them.
    fn attested(&mut self, world: &World, member: Address) -> Option<(Contribution, u16, Vec<u8>)> {
        // Mostly a person's own account.
        let source = if self.source.u8(5) == 0 { self.source.of(&self.cast.people)? } else { member };
        let weight = u32::from(self.source.u8(100)) + 1;
        let mut contribution = self.contribution(world, source, weight);
        let mut purposes = self.purposes();
        let mut signed_for = member;
        let flaw = self.source.u8(48);
        match flaw {
            0 => contribution.route = 2,
            1 => contribution.deadline = Timestamp(world.now().0.saturating_sub(1)),
            2 => contribution.weight = Weight(0),
            3 => contribution.rule_version = 9,
            4 => purposes = u16::MAX,
            5 => signed_for = self.cast.stranger,
            _ => {}
        }
        let mut signatures = world.sign(signed_for, &contribution);
        match flaw {
            6 => signatures.truncate(65),
            7 => signatures.truncate(100),
            8 => signatures = signatures.repeat(2),
            9 => signatures.extend(world.sign_as(self.cast.stranger, member, &contribution)),
            10 => signatures.iter_mut().take(1).for_each(|byte| *byte ^= 0x40),
            _ => {}
        }
        Some((contribution, purposes, signatures))
    }

    fn set_purposes(&mut self, world: &World) -> Option<Step> {
        let purposes = self.purposes();
        Some(act(self.person(world)?, Action::SetPurposes { purposes }))
    }

    fn withdraw(&mut self, world: &World) -> Option<Step> {
        Some(act(self.person(world)?, Action::Withdraw))
    }

    fn leave(&mut self, world: &World) -> Option<Step> {
        let sale = self.some_sale(world)?;
        Some(act(self.person(world)?, Action::Leave { sale }))
    }

    /// A sale that can be left; at times another, or one there is not.
    fn some_sale(&mut self, world: &World) -> Option<SaleNumber> {
        let id = self.offer_in(world, &[Status::Voting, Status::OptOut])?;
        Some(world.offer(id).map_or(SaleNumber(u32::MAX), |offer| offer.sale))
    }

    /// What the DAO sets, as `escrow` calls it, and as others try to.
    fn settings(&mut self, world: &World) -> Option<Step> {
        let action = match self.source.u8(3) {
            0 => {
                let from = usize::from(self.source.u8(3));
                let attesters = self.cast.attesters.iter().skip(from).take(self.source.u8(4).into()).copied().collect();
                Action::SetAttesters { attesters, threshold: self.source.u8(4) }
            }
            1 => Action::SetDailyWeightCap { cap: Points(u64::from(self.source.u8(8)) * 200) },
            _ => {
                Action::SetContributionsGuardian { guardian: self.source.of(&[self.cast.guardian, self.cast.keeper])? }
            }
        };
        Some(act(self.escrow_or_other(world)?, action))
    }

    /// Mostly `escrow`, whose messages others call in vain.
    fn escrow_or_other(&mut self, world: &World) -> Option<Address> {
        match self.source.u8(4) {
            1.. if self.cast.contracts_call => Some(world.site().escrow),
            _ => self.caller(world),
        }
    }

    fn revoke(&mut self, world: &World) -> Option<Step> {
        let member = self.source.of(&self.cast.people)?;
        let deadline = Timestamp((world.now().0 + 5).saturating_sub(self.source.u8(8).into()));
        let mut signatures = world.sign_revocation(member, deadline);
        if self.source.u8(8) == 0 {
            signatures.truncate(65);
        }
        Some(act(self.escrow_or_other(world)?, Action::Revoke { member, deadline, signatures }))
    }

    // Votes.

    fn delegate(&mut self, world: &World) -> Option<Step> {
        let to = self.address(world)?;
        Some(act(self.person(world)?, Action::Delegate { to }))
    }

    fn vote(&mut self, world: &World) -> Option<Step> {
        let (id, support) = (self.some_ballot(world)?, self.source.u8(4));
        Some(act(self.person(world)?, Action::Vote { id, support }))
    }

    fn vote_with_reason(&mut self, world: &World) -> Option<Step> {
        let (id, support) = (self.some_ballot(world)?, self.source.u8(4));
        let words = if self.source.u8(8) == 0 { 257 } else { self.source.u8(70).into() };
        let action = Action::VoteWithReason { id, support, reason: "w".repeat(words) };
        Some(act(self.person(world)?, action))
    }

    /// A vote and its signature, which is sometimes somebody else's, of another vote, or cut off.
    fn ballot(&mut self, world: &World, id: BallotId) -> Option<(Address, u8, Vec<u8>)> {
        let (voter, support) = (self.source.of(&self.cast.people)?, self.source.u8(4));
        let flaw = self.source.u8(16);
        let signer = if flaw == 0 { self.source.of(&self.cast.people)? } else { voter };
        let signed = if flaw == 1 { support ^ 1 } else { support };
        let mut signature = world.sign_act(signer, &world.ballot_act(voter, id, signed));
        if flaw == 2 {
            signature.pop();
        }
        Some((voter, support, signature))
    }

    fn vote_by_sig(&mut self, world: &World) -> Option<Step> {
        let id = self.some_ballot(world)?;
        let (voter, support, signature) = self.ballot(world, id)?;
        Some(act(self.caller(world)?, Action::VoteBySig { id, support, voter, signature }))
    }

    fn votes_by_sig(&mut self, world: &World) -> Option<Step> {
        let id = self.some_ballot(world)?;
        let mut ballots = Vec::new();
        for _ in 0..self.source.u8(5) {
            let (voter, support, signature) = self.ballot(world, id)?;
            ballots.extend(voter.0);
            ballots.extend([support, u8::try_from(signature.len()).unwrap_or(u8::MAX)]);
            ballots.extend(signature);
        }
        if self.source.u8(16) == 0 {
            ballots.pop();
        }
        Some(act(self.caller(world)?, Action::VotesBySig { id, ballots }))
    }

    /// A delegation that is relayed, by ERC-5805's message or by ours.
    fn delegate_signed(&mut self, world: &World) -> Option<Step> {
        let delegator = self.source.of(&self.cast.people)?;
        let (mut nonce, mut expiry) = (world.voter(delegator).nonce, world.now().0);
        match self.source.u8(16) {
            0 => nonce += 1,
            1 => expiry -= 1,
            _ => {}
        }
        let mut delegation = Delegation { delegatee: self.address(world)?, nonce: nonce.into(), expiry: expiry.into() };
        let signature = world.sign_act(delegator, &world.delegation_act(&delegation));
        if self.source.u8(16) == 0 {
            delegation.delegatee = self.cast.stranger;
        }
        let action = match <[u8; Signature::SIZE]>::try_from(signature.as_slice()) {
            Ok(signature) if self.source.u8(2) == 0 => Action::DelegateBySig { delegation, signature },
            _ => Action::DelegateFor { delegator, delegation, signature },
        };
        Some(act(self.caller(world)?, action))
    }

    // Offers.

    fn offer(&mut self, world: &World) -> Option<Step> {
        let Cast { buyer, mut custodian, mut arbiter, stranger, .. } = self.cast;
        let price = match self.source.u8(3) {
            0 => u128::from(self.source.u8(100)),
            1 => 1_000_000_007,
            _ => self.source.u128() >> 38,
        };
        let (mut delivery_s, mut currency) = (70, self.currency(world));
        let mut due = price + world.settings().0.listing_fee.0;
        match self.source.u8(48) {
            0 => custodian = stranger,
            1 => arbiter = buyer,
            2 => arbiter = custodian,
            3 => delivery_s = 1_001,
            4 => currency = stranger,
            5 => due += 1,
            6 => due -= 1,
            // More than there is.
            7 => due = FUNDS << 1,
            _ => {}
        }
        let terms = Terms {
            buyer,
            currency,
            price: Amount(price),
            purpose: self.source.u8(5),
            fields_hash: [1; 32],
            licence_hash: [2; 32],
            min_members: u32::from(self.source.u8(8)) / 3 + u32::from(self.source.u8(32) != 0),
            min_weight: Points(u64::from(self.source.u8(120))),
            custodian,
            arbiter,
            delivery_s,
            dispute_s: 30,
            salt: [self.source.u8(u8::MAX); 32],
        };
        if currency == Address::ZERO {
            return Some(act(buyer, Action::Offer { terms, sent: Amount(due) }));
        }
        if self.source.u8(3) == 0 {
            let deadline = Timestamp((world.now().0 + 9).saturating_sub(self.source.u8(12).into()));
            let mut permit = world.permit(currency, buyer, Amount(due), deadline);
            if self.source.u8(8) == 0 {
                permit.r[9] ^= 1;
            }
            return Some(act(buyer, Action::OfferWithPermit { terms, permit }));
        }
        // Now and then native money goes with a token, where it has no place.
        let sent = Amount(u128::from(self.source.u8(24) == 0));
        self.ahead.push_back(act(buyer, Action::Offer { terms, sent }));
        Some(act(buyer, Action::Approve { currency, amount: Amount(due) }))
    }

    /// Takes an offer a stage further, or lets its time run out.
    fn next_stage(&mut self, world: &World) -> Option<Step> {
        let id = self.some_offer(world)?;
        let (facts, status) = (world.offer(id)?, world.status(id)?);
        let choice = self.source.u8(6);
        let Cast { buyer, custodian, arbiter, keeper, .. } = self.cast;
        let till = |end: Timestamp| self.pass((end.0 + 1).saturating_sub(world.now().0));
        let offer = id;
        let distribution =
            |from: u8, count| act(keeper, Action::Distribute { offer, from: MemberNumber(from.into()), count });
        Some(match (status, choice) {
            (Status::Voting, 0..4) => {
                let support = u8::from(choice != 0);
                // Who has no votes, or voted, is refused.
                let voters = self.cast.people.iter().copied().filter(|voter| world.is_open(*voter));
                self.ahead.extend(voters.map(|voter| act(voter, Action::Vote { id: id.into(), support })));
                let step = self.ahead.pop_front()?;
                self.ahead.push_back(self.pass(VOTING_S));
                step
            }
            (Status::Voting, _) => till(facts.voting_ends),
            (Status::OptOut, 5) | (Status::AwaitingSeal, _) => act(keeper, Action::Seal { offer }),
            (Status::OptOut, _) => till(facts.opt_out_ends),
            (Status::Refundable, _) => act(keeper, Action::Refund { offer }),
            (Status::Sealed, 5) => till(facts.delivery_ends),
            (Status::Sealed, _) => act(custodian, delivering(offer)),
            (Status::Delivered, 0..2) | (Status::Disputed, 0) => act(buyer, Action::Accept { offer }),
            (Status::Delivered, 2) => till(facts.dispute_ends()),
            (Status::Delivered, _) => act(buyer, Action::Dispute { offer }),
            (Status::Disputed, 1) => till(facts.ruling_ends()),
            (Status::Disputed, 2) => act(arbiter, Action::Rule { offer, returned_bps: 10_000 }),
            (Status::Disputed, _) => act(arbiter, Action::Rule { offer, returned_bps: self.source.u16(10_002) }),
            (Status::Settling, 0..3) => distribution(self.source.u8(8), 2),
            (Status::Settling, _) => distribution(0, 20),
            (Status::Refunded | Status::Paid, _) => return None,
        })
    }

    /// Any call by anybody at any time.
    fn anybody(&mut self, world: &World) -> Option<Step> {
        let (caller, offer) = (self.caller(world)?, self.some_offer(world)?);
        let action = match self.source.u8(8) {
            0 => Action::Seal { offer },
            1 => delivering(offer),
            2 => Action::Accept { offer },
            3 => Action::Dispute { offer },
            4 => Action::Rule { offer, returned_bps: 5_000 },
            5 => Action::Refund { offer },
            6 => Action::Distribute { offer, from: MemberNumber(0), count: 512 },
            _ => Action::Claim { offer, to: self.address(world)? },
        };
        Some(act(caller, action))
    }

    fn distribute(&mut self, world: &World) -> Option<Step> {
        let (offer, from) = (self.offer_in(world, &[Status::Settling])?, self.source.u8(8).into());
        let count = if self.source.u8(16) == 0 { 10_000 } else { self.source.u8(4).into() };
        Some(act(self.caller(world)?, Action::Distribute { offer, from: MemberNumber(from), count }))
    }

    fn claim(&mut self, world: &World) -> Option<Step> {
        let (offer, to) = (self.offer_in(world, &[Status::Settling])?, self.address(world)?);
        Some(act(self.person(world)?, Action::Claim { offer, to }))
    }

    fn withdraw_credit(&mut self, world: &World) -> Option<Step> {
        let (currency, to, owner) = (self.currency(world), self.address(world)?, self.caller(world)?);
        let due = world.credit_in(currency, owner).0 != 0 || self.source.u8(8) == 0;
        due.then(|| act(owner, Action::WithdrawCredit { currency, to }))
    }

    // What is not theirs to call, and what surrounds the contracts.

    /// A message between sister contracts, by somebody else.
    fn sisters_message(&mut self, world: &World) -> Option<Step> {
        let member = self.cast.stranger;
        let (id, soon) = (BallotId([1; 32]), Timestamp(world.now().0 + 9));
        let action = match self.source.u8(10) {
            0 => Action::Mirror { changes: [&member.0[..], &1u32.to_be_bytes()].concat() },
            1 => Action::OpenBallot { id, proposer: member },
            2 => Action::OpenProposal { id, proposer: member },
            3 => Action::SetVoting { settings: self.cast.pool(world.now(), *world.site()).voting() },
            4 => Action::Mirror { changes: [1; 24].into() },
            5 => Action::OpenSale { purpose: 0, window_ends: soon },
            6 => Action::SetAttesters { attesters: [member].into(), threshold: 1 },
            7 => Action::SetDailyWeightCap { cap: Points(u64::MAX) },
            8 => Action::SetContributionsGuardian { guardian: member },
            _ => {
                let member = self.source.of(&self.cast.people)?;
                Action::Revoke { member, deadline: soon, signatures: world.sign_revocation(member, soon) }
            }
        };
        Some(act(self.caller(world)?, action))
    }

    fn pause(&mut self, world: &World) -> Option<Step> {
        let seconds = match self.source.u8(8) {
            0 => u64::from(self.source.u16(u16::MAX)) * 12,
            _ => self.source.u8(200).into(),
        };
        let until = Timestamp(world.now().0 + seconds);
        let action = match self.source.u8(2) {
            0 => Action::PauseOffers { until },
            _ => Action::PauseContributions { until },
        };
        let caller = if self.source.u8(4) == 0 { self.cast.stranger } else { self.cast.guardian };
        Some(act(caller, action))
    }

    fn close(&mut self, world: &World) -> Option<Step> {
        Some(Step::Close(self.person(world)?))
    }

    fn open(&mut self, world: &World) -> Option<Step> {
        let person = self.source.of(&self.cast.people)?;
        (!world.is_open(person)).then_some(Step::Open(person))
    }

    fn donate(&mut self, world: &World) -> Option<Step> {
        let amount = Amount(CHAIN_UNIT * u128::from(self.source.u8(u8::MAX)));
        Some(act(self.cast.stranger, Action::Donate { currency: self.currency(world), amount }))
    }

    fn wait(&mut self, _: &World) -> Option<Step> {
        Some(match self.source.u8(40) {
            0..29 => self.source.u8(3).into(),
            29..38 => self.source.u8(60).into(),
            _ => u64::from(self.source.u16(40 * 24)) * 3_600,
        })
        .map(|seconds| self.pass(seconds))
    }
}

fn act(caller: Address, action: Action) -> Step {
    Step::Act { caller, action }
}

fn delivering(offer: OfferId) -> Action {
    Action::Deliver { offer, bundle_hash: [5; 32], manifest_root: [6; 32] }
}
