//! Acts that people sign and others hand in: in time, late, altered, again, or in batches.

use chorus_core::{
    attestations::{MemberAct, Submission},
    escrow::{Request, RequestKind},
    offer::Status,
    types::{Address, Timestamp},
};

use super::{Driver, Step, call};
use crate::{action::Action, world::World};

/// How many signed acts are remembered.
const REMEMBERED: usize = 8;

impl Driver {
    /// A signed act of a person, who needs no account: they send nothing themselves.
    pub(super) fn relay(&mut self, world: &World) -> Option<Step> {
        let member = self.source.of(&self.cast.people)?;
        let action = match self.source.u8(6) {
            0..3 => self.signed_contribution(world, member)?,
            3 => self.signed_purposes(world, member),
            4 => self.signed_withdrawal(world, member),
            _ => self.signed_leaving(world, member)?,
        };
        self.remember(&action);
        Some(call(self.caller(world)?, action))
    }

    /// Hands in once more what was signed some time ago.
    pub(super) fn replay(&mut self, world: &World) -> Option<Step> {
        let index = usize::from(self.source.u8(8));
        let action = self.signed.get(index)?.clone();
        Some(call(self.caller(world)?, action))
    }

    pub(super) fn remember(&mut self, action: &Action) {
        self.signed.push_front(action.clone());
        self.signed.truncate(REMEMBERED);
    }

    /// The last second at which a signature is good: mostly in a minute, at times now or a second ago.
    pub(super) fn deadline(&mut self, world: &World) -> Timestamp {
        match self.source.u8(24) {
            0 => Timestamp(world.now().0 - 1),
            1 => world.now(),
            _ => Timestamp(world.now().0 + 60),
        }
    }

    /// Mostly the member themself.
    pub(super) fn signer(&mut self, member: Address) -> Address {
        match self.source.u8(16) {
            0 => self.source.of(&self.cast.people).unwrap_or(member),
            _ => member,
        }
    }

    /// Mostly leaves a signature as it is; at times damages it.
    pub(super) fn damage(&mut self, signature: &mut Vec<u8>) {
        match self.source.u8(32) {
            0 => signature.truncate(64),
            1 => signature.push(0),
            2 => signature.clear(),
            // In the middle of one number or the other, so that it stays in range.
            3 => signature.iter_mut().skip(50).take(1).for_each(|byte| *byte ^= 1),
            4 => signature.iter_mut().skip(10).take(1).for_each(|byte| *byte ^= 1),
            5 => signature.iter_mut().skip(64).take(1).for_each(|v| *v ^= 27 ^ 28),
            _ => {}
        }
    }

    fn signed_contribution(&mut self, world: &World, member: Address) -> Option<Action> {
        let (contribution, mut purposes, signatures) = self.attested(world, member)?;
        let signer = self.signer(member);
        let act = world.contribution_act(member, &contribution, purposes);
        let mut member_signature = world.sign_act(signer, &act);
        self.damage(&mut member_signature);
        if self.source.u8(16) == 0 {
            // A purpose more than the member signed for.
            purposes |= 1;
        }
        Some(Action::AttestFor { member, contribution, purposes, signatures, member_signature })
    }

    fn signed_purposes(&mut self, world: &World, member: Address) -> Action {
        let (mut purposes, deadline, signer) = (self.purposes(), self.deadline(world), self.signer(member));
        let mut signature =
            world.sign_act(signer, &world.member_act(member, MemberAct::SetPurposes(purposes), deadline));
        self.damage(&mut signature);
        if self.source.u8(16) == 0 {
            purposes |= 1;
        }
        Action::SetPurposesFor { member, purposes, deadline, signature }
    }

    fn signed_withdrawal(&mut self, world: &World, member: Address) -> Action {
        let (deadline, signer) = (self.deadline(world), self.signer(member));
        let mut signature = world.sign_act(signer, &world.member_act(member, MemberAct::Withdraw, deadline));
        self.damage(&mut signature);
        Action::WithdrawFor { member, deadline, signature }
    }

    fn signed_leaving(&mut self, world: &World, member: Address) -> Option<Action> {
        let sale = self.some_sale(world)?;
        let (deadline, signer) = (self.deadline(world), self.signer(member));
        let mut signature = world.sign_act(signer, &world.member_act(member, MemberAct::Leave(sale), deadline));
        self.damage(&mut signature);
        Some(Action::LeaveFor { member, sale, deadline, signature })
    }

    /// A batch of contributions, one of which may be cut short.
    pub(super) fn relay_many(&mut self, world: &World) -> Option<Step> {
        let mut batch = Vec::new();
        for _ in 0..self.source.u8(4) + 1 {
            let member = self.source.of(&self.cast.people)?;
            let Action::AttestFor { member, contribution, purposes, signatures, member_signature } =
                self.signed_contribution(world, member)?
            else {
                return None;
            };
            let member_signature = Some(member_signature.as_slice());
            Submission { member, contribution, purposes, signatures: &signatures, member_signature }.pack(&mut batch);
        }
        match self.source.u8(16) {
            0 => batch.truncate(batch.len().saturating_sub(usize::from(self.source.u8(u8::MAX)))),
            1 => batch.push(self.source.u8(u8::MAX)),
            _ => {}
        }
        let action = Action::AttestMany { batch };
        self.remember(&action);
        Some(call(self.caller(world)?, action))
    }

    /// Somebody asks `escrow` for their money, by signature.
    pub(super) fn request(&mut self, world: &World) -> Option<Step> {
        let account = self.source.of(&self.cast.people)?;
        let kind = match self.source.u8(2) {
            0 => RequestKind::Claim(self.offer_in(world, &[Status::Settling])?),
            _ => RequestKind::WithdrawCredit(self.currency(world)),
        };
        let (to, deadline, signer) = (self.address(world)?, self.deadline(world), self.signer(account));
        let mut request = Request { kind, account, to, deadline };
        let mut signature = world.sign_act(signer, &world.request_act(&request));
        self.damage(&mut signature);
        if self.source.u8(16) == 0 {
            request.to = self.cast.stranger;
        }
        let action = Action::Relay { request, signature };
        self.remember(&action);
        Some(call(self.caller(world)?, action))
    }
}
