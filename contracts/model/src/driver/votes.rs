//! Delegations and votes, by call and by signature.

use chorus_core::{
    eip712::Signature,
    packing::SignedVote,
    types::{Address, BallotId},
    votes::Delegation,
};

use super::{Driver, Step, call};
use crate::{action::Action, world::World};

impl Driver {
    pub(super) fn delegate(&mut self, world: &World) -> Option<Step> {
        let to = self.address(world)?;
        Some(call(self.person(world)?, Action::Delegate { to }))
    }

    pub(super) fn vote(&mut self, world: &World) -> Option<Step> {
        let (id, support) = (self.some_ballot(world)?, self.source.u8(4));
        Some(call(self.person(world)?, Action::Vote { id, support }))
    }

    pub(super) fn vote_with_reason(&mut self, world: &World) -> Option<Step> {
        let (id, support) = (self.some_ballot(world)?, self.source.u8(4));
        let words = if self.source.u8(8) == 0 { 257 } else { self.source.u8(70).into() };
        let action = Action::VoteWithReason { id, support, reason: "w".repeat(words) };
        Some(call(self.person(world)?, action))
    }

    /// A vote and its signature, which sometimes is somebody else's, is over another vote, or is cut off.
    pub(super) fn ballot(&mut self, world: &World, id: BallotId) -> Option<(Address, u8, Vec<u8>)> {
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

    pub(super) fn vote_by_sig(&mut self, world: &World) -> Option<Step> {
        let id = self.some_ballot(world)?;
        let (voter, support, signature) = self.ballot(world, id)?;
        Some(call(self.caller(world)?, Action::VoteBySig { id, support, voter, signature }))
    }

    pub(super) fn votes_by_sig(&mut self, world: &World) -> Option<Step> {
        let id = self.some_ballot(world)?;
        let mut ballots = Vec::new();
        for _ in 0..self.source.u8(5) {
            let (voter, support, signature) = self.ballot(world, id)?;
            SignedVote { voter, support, signature: &signature }.pack(&mut ballots);
        }
        if self.source.u8(16) == 0 {
            ballots.pop();
        }
        Some(call(self.caller(world)?, Action::VotesBySig { id, ballots }))
    }

    /// A signed delegation, handed in by ERC-5805's message or by our own.
    pub(super) fn delegate_signed(&mut self, world: &World) -> Option<Step> {
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
        Some(call(self.caller(world)?, action))
    }
}
