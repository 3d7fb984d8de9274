//! Steps of the DAO's own calls, and of what `escrow` pays by signature or takes in tokens.

use super::{Driver, Step, act};
use crate::abi::Word as _;
use crate::escrow::{ALLOWED, ProposalState, Request, RequestKind, Target};
use crate::hash::{Hash32, Keccak as _, Software};
use crate::types::{Address, Amount, OfferId};
use crate::world::{Action, Site, World};
use alloc::vec::Vec;

impl Driver {
    /// Native money, or the token if there is one.
    pub(super) fn currency(&mut self) -> Address {
        match self.cast.token {
            Some(token) if self.source.u8(2) == 0 => token,
            _ => Address::ZERO,
        }
    }

    /// Somebody brings what somebody else signed to be paid, mostly as it was signed.
    pub(super) fn request(&mut self, world: &World) -> Option<Step> {
        let account = self.source.of(&self.cast.people)?;
        let (kind, about) = match self.source.u8(2) {
            0 => (RequestKind::Claim, self.some_offer(world).0),
            _ => (RequestKind::WithdrawCredit, self.currency().word()),
        };
        let (deadline, signer) = (self.deadline(world), self.signer(account));
        let mut request = Request { kind, account, about, to: self.address(world)?, deadline };
        let mut signature = world.sign_act(signer, &world.request_act(&request));
        self.hurt(&mut signature);
        if self.source.u8(16) == 0 {
            request.to = self.cast.stranger;
        }
        let action = Action::Relay { request, signature };
        self.remember(&action);
        Some(act(self.caller(world)?, action))
    }

    pub(super) fn approve(&mut self, world: &World) -> Option<Step> {
        let (currency, caller) = (self.cast.token?, self.caller(world)?);
        let amount = Amount(if self.source.u8(4) == 0 { self.source.u128() >> 60 } else { super::FUNDS });
        Some(act(caller, Action::Approve { currency, amount }))
    }

    /// A settings call of `escrow`'s own or of a sister contract, mostly within bounds.
    fn setting(&mut self, world: &World) -> Option<(Address, Vec<u8>)> {
        let Site { attestations, votes, escrow, .. } = *world.site();
        let allowed = self.source.of(&ALLOWED)?;
        let target = match allowed.target {
            Target::Attestations => attestations,
            Target::Votes => votes,
            Target::Escrow => escrow,
        };
        let super::Cast { custodian, arbiter, keeper, guardian, stranger, .. } = self.cast;
        let somebody = self.source.of(&[custodian, arbiter, keeper, guardian, stranger])?.word();
        let currency = self.cast.token.unwrap_or_default().word();
        let settings = world.settings().0;
        let small = u64::from(self.source.u8(100));
        let words: &[Hash32] = match allowed.name {
            // Their lists, and an account that would have to be revoked, are other steps of the driver.
            "setAttesters" | "revoke" => return None,
            "setDailyWeightCap" => &[(500 + small).word()],
            "setVoting" => &[(50 + small).word(), (small * 20).word(), 10u64.word(), 5_000u64.word(), 100u64.word()],
            "setProposalSettings" => &[(10 + small).word(), (10 + small).word()],
            "setOfferSettings" => &[
                settings.listing_fee.word(),
                small.word(),
                (small * 20).word(),
                settings.tip.get().word(),
                1u64.word(),
                (small + 1).word(),
                settings.period_min_s.word(),
                settings.period_max_s.word(),
                (small + 100).word(),
            ],
            "allowCurrency" => &[currency, 0u64.word()],
            "disallowCurrency" => &[currency],
            "spendTreasury" => &[self.currency().word(), small.word(), somebody],
            _ => &[somebody],
        };
        let mut call = [&allowed.selector, words.as_flattened()].concat();
        match self.source.u8(32) {
            0 => call.push(0),
            1 => call.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            _ => {}
        }
        Some((target, call))
    }

    pub(super) fn propose(&mut self, world: &World) -> Option<Step> {
        let count = match self.source.u8(16) {
            0 => 9,
            other => 1 + other % 3,
        };
        let calls = (0..count).filter_map(|_| self.setting(world)).collect();
        let description = [self.source.u8(u8::MAX)].into();
        let proposer = self.person(world)?;
        let action = Action::Propose { calls, description };
        self.proposed.push_back(action.clone());
        Some(act(proposer, action))
    }

    /// Takes the oldest proposal a stage further, or lets its time run out.
    pub(super) fn next_of_proposal(&mut self, world: &World) -> Option<Step> {
        let Some(Action::Propose { calls, description }) = self.proposed.front().cloned() else { return None };
        let description_hash = Software::keccak(&description);
        let id = world.proposal_id(&calls, description_hash);
        let stranger = self.cast.stranger;
        let execution = act(self.cast.keeper, Action::Execute { calls, description_hash });
        let (Some(facts), Some(state)) = (world.proposal(id), world.proposal_state(id)) else {
            // It was refused.
            self.proposed.pop_front();
            return None;
        };
        let choice = self.source.u8(6);
        let till = |at: u64| act(stranger, Action::Wait { seconds: at.saturating_sub(world.now().0) });
        Some(match (state, choice) {
            (ProposalState::Active, 0..4) => {
                let (id, support) = (OfferId(id.0), u8::from(choice != 0));
                let voters = self.cast.people.iter().copied().filter(|voter| world.is_open(*voter));
                self.ahead.extend(voters.map(|voter| act(voter, Action::Vote { id, support })));
                self.ahead.push_back(till(facts.executable_from.0));
                self.ahead.pop_front()?
            }
            (ProposalState::Active | ProposalState::Queued, 4) => till(facts.executable_from.0),
            (ProposalState::Succeeded, 4) => till(facts.executable_until.0 + 1),
            (ProposalState::Active | ProposalState::Queued | ProposalState::Succeeded, _) => execution,
            (ProposalState::Defeated | ProposalState::Expired | ProposalState::Executed, _) => {
                self.proposed.pop_front();
                execution
            }
        })
    }
}
