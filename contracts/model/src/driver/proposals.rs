//! Proposals of settings, good and bad ones: voted on, and executed in time or not.

use chorus_core::{
    abi::{Word as _, selector},
    contract::Contract,
    escrow::{OfferSettings, ProposalSettings, ProposalState},
    hash::{Hash32, Keccak as _},
    settings::SettingsMessage,
    types::{Address, Amount, Bps, Points, Timestamp},
    votes::VotingSettings,
};

use super::{Driver, Step, call};
use crate::{
    action::Action,
    cast::{Cast, LISTING_FEE},
    world::World,
};

/// The calls of a proposal with their targets, and its description.
pub(super) type Proposed = (Vec<(Address, Vec<u8>)>, Vec<u8>);

/// How many proposals are remembered.
const REMEMBERED: usize = 4;

impl Driver {
    pub(super) fn propose(&mut self, world: &World) -> Option<Step> {
        let mut calls = Vec::new();
        for _ in 0..self.source.u8(3) + 1 {
            calls.push(self.setting(world)?);
        }
        match self.source.u8(32) {
            0 => calls.clear(),
            1 => calls.resize_with(9, || (Address::ZERO, Vec::new())),
            // A target that is not one of the three contracts.
            2 => calls.iter_mut().take(1).for_each(|(target, _)| *target = self.cast.stranger),
            // Another contract's message, a word too many, a word too few, a message that is not a setting.
            3 => calls.iter_mut().take(1).for_each(|(target, _)| *target = world.site().votes),
            4 => calls.iter_mut().take(1).for_each(|(_, call)| call.extend([0; 32])),
            5 => calls.iter_mut().take(1).for_each(|(_, call)| call.truncate(call.len().saturating_sub(32))),
            6 => calls.push((world.site().escrow, [selector("pause", &["uint64"]).as_slice(), &9u64.word()].concat())),
            _ => {}
        }
        let description = [b'a' + self.source.u8(26)].into();
        self.proposed.push_front((calls.clone(), description));
        self.proposed.truncate(REMEMBERED);
        let (calls, description) = self.proposed.front()?.clone();
        // Mostly somebody who has enough votes.
        let a_second_ago = Timestamp(world.now().0 - 1);
        let has_votes = |person: &Address| world.past_votes(*person, a_second_ago).is_ok_and(|votes| votes.0 != 0);
        let voters: Vec<_> = self.cast.people.iter().copied().filter(has_votes).collect();
        let proposer = match self.source.u8(8) {
            0 => self.cast.stranger,
            _ => self.source.of(&voters).filter(|voter| world.is_open(*voter))?,
        };
        Some(call(proposer, Action::Propose { calls, description }))
    }

    /// Takes a proposal a stage further, or lets its time run out.
    pub(super) fn next_proposal(&mut self, world: &World) -> Option<Step> {
        let at = usize::from(self.source.u8(4));
        let (calls, description) = self.proposed.get(at)?.clone();
        let description_hash = World::keccak(&description);
        let id = world.proposal_id(&calls, description_hash);
        let facts = world.proposal(id)?;
        let choice = self.source.u8(8);
        let till = |time: u64| self.pass(time.saturating_sub(world.now().0));
        let execution = call(self.cast.keeper, Action::Execute { calls, description_hash });
        Some(match (world.proposal_state(id)?, choice) {
            (ProposalState::Active, 0) => execution,
            (ProposalState::Active, 1..7) => {
                let ballot = Action::Vote { id: id.into(), support: u8::from(choice != 1) };
                let voters = self.cast.people.iter().copied().filter(|voter| world.is_open(*voter));
                let last = till(facts.executable_from.0);
                self.ahead.extend(voters.map(|voter| call(voter, ballot.clone())));
                self.ahead.push_back(last);
                self.ahead.pop_front()?
            }
            (ProposalState::Active, _) => till(facts.voting_ends.0 + 1),
            (ProposalState::Queued, 1..) => till(facts.executable_from.0),
            (ProposalState::Succeeded, 0) => till(facts.executable_until.0 + 1),
            // Executing once more shows that it is done once.
            (ProposalState::Queued | ProposalState::Succeeded, _) | (_, 0) => execution,
            _ => return None,
        })
    }

    /// A settings message with its target. Most values are close to the present ones, so that the pool lives on.
    fn setting(&mut self, world: &World) -> Option<(Address, Vec<u8>)> {
        let (site, (offers, proposals)) = (world.site(), world.settings());
        let Cast { guardian, custodian, arbiter, keeper, stranger, .. } = self.cast;
        let contributions = |name, words: &[Hash32]| (site.attestations, message(Contract::Attestations, name, words));
        let own = |name, words: &[Hash32]| (site.escrow, message(Contract::Escrow, name, words));
        Some(match self.source.u8(16) {
            0 => {
                let from = usize::from(self.source.u8(3));
                let count = usize::from(self.source.u8(4)) + usize::from(self.source.u8(8) != 0);
                let attesters: Vec<_> = self.cast.attesters.iter().skip(from).take(count).map(Address::word).collect();
                let threshold = self.source.u8(3) + u8::from(self.source.u8(8) != 0);
                let head = [64u64.word(), threshold.word(), u64::try_from(attesters.len()).ok()?.word()];
                let words = [head.as_slice(), &attesters].concat();
                contributions("setAttesters", &words)
            }
            1 => {
                let cap = 400 + 200 * u64::from(self.source.u8(8));
                contributions("setDailyWeightCap", &[cap.word()])
            }
            2 => {
                let guardian = self.source.of(&[guardian, keeper])?;
                contributions("setGuardian", &[guardian.word()])
            }
            3 => {
                let member = self.source.of(&self.cast.people)?;
                let deadline = Timestamp(world.now().0 + 400);
                let signatures = world.sign_revocation(member, deadline);
                let length = u64::try_from(signatures.len()).ok()?;
                let words = [member.word(), deadline.word(), 96u64.word(), length.word()];
                let (target, mut data) = contributions("revoke", &words);
                data.extend(signatures);
                data.resize((data.len() - 4).next_multiple_of(32) + 4, 0);
                (target, data)
            }
            4 => {
                let settings = VotingSettings {
                    voting_period_s: 80 + u64::from(self.source.u8(40)),
                    quorum_bps: 500 + self.source.u16(2_000),
                    quorum_min: Points(self.source.u8(40).into()),
                    approval_bps: 4_990 + self.source.u16(1_000),
                    proposal_threshold_bps: self.source.u16(1_001),
                };
                (site.votes, message(Contract::Votes, "setVoting", &settings.words()))
            }
            5..7 => {
                let settings = OfferSettings {
                    listing_fee: Amount(LISTING_FEE + u128::from(self.source.u8(3))),
                    reserve_per_million: Amount(self.source.u16(2_000).into()),
                    fee_bps: Bps::of(self.source.u16(1_300)),
                    tip_bps: Bps::of(self.source.u16(800)),
                    cohort_min: u32::from(self.source.u8(2)) + u32::from(self.source.u8(16) != 0),
                    opt_out_s: 40 + u64::from(self.source.u8(20)),
                    ruling_s: offers.ruling_s + u64::from(self.source.u8(5)),
                    ..offers
                };
                own("setOfferSettings", &settings.words())
            }
            7 => {
                let settings = ProposalSettings { timelock_s: self.source.u8(80).into(), ..proposals };
                own("setProposalSettings", &settings.words())
            }
            8 => own("setGuardian", &[self.source.of(&[guardian, keeper])?.word()]),
            9 => own("addCustodian", &[self.source.of(&[custodian, stranger])?.word()]),
            10 => own("removeCustodian", &[self.source.of(&[stranger, keeper])?.word()]),
            11 => own("addArbiter", &[self.source.of(&[arbiter, custodian])?.word()]),
            12 => own("removeArbiter", &[self.source.of(&[custodian, keeper])?.word()]),
            13 => {
                // A base amount that `escrow` holds, or does not.
                let currency = self.cast.token.filter(|_| self.source.u8(4) != 0).unwrap_or_default();
                let words = [currency.word(), Amount(u128::from(self.source.u8(5) == 0)).word()];
                own("allowCurrency", &words)
            }
            14 if self.source.u8(4) == 0 => own("disallowCurrency", &[self.currency(world).word()]),
            _ => {
                let currency = self.currency(world);
                let treasury = world.credit_in(currency, Address::ZERO).0;
                let amount = match self.source.u8(4) {
                    0 => treasury + 1,
                    1 => treasury,
                    _ => treasury / 2,
                };
                let words = [currency.word(), Amount(amount).word(), self.address(world)?.word()];
                own("spendTreasury", &words)
            }
        })
    }
}

/// Calldata of a settings message whose arguments are words.
fn message(of: Contract, name: &str, words: &[Hash32]) -> Vec<u8> {
    let message = SettingsMessage::find(of, name).expect("a settings message");
    [message.selector.as_slice(), words.as_flattened()].concat()
}
