//! Contributions and consent, and what the DAO sets for them.

use chorus_core::{
    attestations::Contribution,
    types::{Address, Points, Timestamp, Weight},
};

use super::{Driver, Step, call};
use crate::{action::Action, cast::contribution, world::World};

impl Driver {
    pub(super) fn attest(&mut self, world: &World) -> Option<Step> {
        let member = self.person(world)?;
        let (contribution, purposes, signatures) = self.attested(world, member)?;
        Some(call(member, Action::Attest { contribution, purposes, signatures }))
    }

    /// A contribution for a member, with purposes and the attesters' signatures. Something may be wrong with it.
    pub(super) fn attested(&mut self, world: &World, member: Address) -> Option<(Contribution, u16, Vec<u8>)> {
        // Mostly the member's own source account.
        let source = if self.source.u8(5) == 0 { self.source.of(&self.cast.people)? } else { member };
        let weight = u32::from(self.source.u8(100)) + 1;
        let mut contribution = contribution(world.now(), source, weight);
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

    pub(super) fn set_purposes(&mut self, world: &World) -> Option<Step> {
        let purposes = self.purposes();
        Some(call(self.person(world)?, Action::SetPurposes { purposes }))
    }

    pub(super) fn withdraw(&mut self, world: &World) -> Option<Step> {
        Some(call(self.person(world)?, Action::Withdraw))
    }

    pub(super) fn leave(&mut self, world: &World) -> Option<Step> {
        let sale = self.some_sale(world)?;
        Some(call(self.person(world)?, Action::Leave { sale }))
    }

    /// A setting of contributions, as `escrow` calls it and as others try to.
    pub(super) fn settings(&mut self, world: &World) -> Option<Step> {
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
        Some(call(self.escrow_or_other(world)?, action))
    }

    /// Mostly `escrow`: others call its messages in vain.
    pub(super) fn escrow_or_other(&mut self, world: &World) -> Option<Address> {
        match self.source.u8(4) {
            1.. if self.cast.contracts_call => Some(world.site().escrow),
            _ => self.caller(world),
        }
    }

    pub(super) fn revoke(&mut self, world: &World) -> Option<Step> {
        let member = self.source.of(&self.cast.people)?;
        let deadline = Timestamp((world.now().0 + 5).saturating_sub(self.source.u8(8).into()));
        let mut signatures = world.sign_revocation(member, deadline);
        if self.source.u8(8) == 0 {
            signatures.truncate(65);
        }
        Some(call(self.escrow_or_other(world)?, Action::Revoke { member, deadline, signatures }))
    }
}
