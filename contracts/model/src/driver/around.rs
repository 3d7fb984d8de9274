//! What nobody but the contracts may call, pauses, and what the chain around the contracts does.

use chorus_core::types::{Amount, BallotId, Points, Timestamp};

use super::{Driver, Step, call};
use crate::{action::Action, cast::CHAIN_UNIT, world::World};

impl Driver {
    /// A message between sister contracts, sent by somebody else.
    pub(super) fn sisters_message(&mut self, world: &World) -> Option<Step> {
        let member = self.cast.stranger;
        let (id, soon) = (BallotId([1; 32]), Timestamp(world.now().0 + 9));
        let action = match self.source.u8(10) {
            0 => Action::Mirror { changes: [&member.0[..], &1u32.to_be_bytes()].concat() },
            1 => Action::OpenBallot { id, proposer: member },
            2 => Action::OpenProposal { id, proposer: member },
            3 => Action::SetVoting { settings: self.cast.pool(world.now(), *world.site()).voting },
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
        Some(call(self.caller(world)?, action))
    }

    pub(super) fn pause(&mut self, world: &World) -> Option<Step> {
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
        Some(call(caller, action))
    }

    pub(super) fn close(&mut self, world: &World) -> Option<Step> {
        Some(Step::Close(self.person(world)?))
    }

    pub(super) fn open(&mut self, world: &World) -> Option<Step> {
        let person = self.source.of(&self.cast.people)?;
        (!world.is_open(person)).then_some(Step::Open(person))
    }

    pub(super) fn donate(&mut self, world: &World) -> Option<Step> {
        let amount = Amount(CHAIN_UNIT * u128::from(self.source.u8(u8::MAX)));
        Some(call(self.cast.stranger, Action::Donate { currency: self.currency(world), amount }))
    }

    pub(super) fn wait(&mut self, _: &World) -> Option<Step> {
        Some(match self.source.u8(40) {
            0..29 => self.source.u8(3).into(),
            29..38 => self.source.u8(60).into(),
            _ => u64::from(self.source.u16(40 * 24)) * 3_600,
        })
        .map(|seconds| self.pass(seconds))
    }
}
