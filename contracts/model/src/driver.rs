//! Plays a pool: out of bytes or a seed, whatever anybody may do next, sensible or not.
//!
//! Property tests, fuzzers and the parity run against the contracts' code all have their steps from here. Whatever is
//! added to [`Action`] is added to [`CHOICES`], and all of them try it.

mod around;
mod contributions;
mod offers;
mod picks;
mod proposals;
mod signed;
mod source;
mod votes;

use std::collections::VecDeque;

use chorus_core::types::Address;

use crate::{
    action::Action,
    cast::{ALL_PURPOSES, Cast, contribution},
    outcome::{Outcome, Refused},
    world::World,
};
use source::Source;

/// What happens next.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every step is a call")]
pub enum Step {
    /// Somebody calls.
    Call {
        /// The caller; an account that exists.
        caller: Address,
        /// The message, or what happens on the chain.
        action: Action,
    },
    /// A person's account ceases to exist.
    Close(Address),
    /// It exists again.
    Open(Address),
}

impl Step {
    /// Makes the step.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn play(&self, world: &mut World) -> Result<Outcome, Refused> {
        match self {
            Self::Call { caller, action } => return world.apply(*caller, action),
            Self::Close(account) => world.close(*account),
            Self::Open(account) => world.open(*account),
        }
        Ok(Outcome::Done)
    }
}

fn call(caller: Address, action: Action) -> Step {
    Step::Call { caller, action }
}

/// How often a kind of step is tried, and the function that makes it.
type Choice = (u8, fn(&mut Driver, &World) -> Option<Step>);

/// Every kind of step.
const CHOICES: &[Choice] = &[
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

/// Makes steps. It looks at the world so that many are accepted; its source alone decides what it makes of a world.
#[derive(Clone, Debug)]
pub struct Driver {
    source: Source,
    cast: Cast,
    /// The weights of those who join first.
    opening: VecDeque<u32>,
    /// Steps that are to follow the last one.
    ahead: VecDeque<Step>,
    /// Signed acts of late, to be handed in again.
    signed: VecDeque<Action>,
    /// Proposals of late, to be voted on and executed.
    proposed: VecDeque<proposals::Proposed>,
}

impl Driver {
    /// A driver that makes steps out of `bytes` until they are used up. Any bytes will do.
    pub fn over(cast: Cast, bytes: &[u8]) -> Self {
        Self::new(cast, Source::Bytes(bytes.iter().copied().collect()))
    }

    /// A driver that makes steps without end.
    pub fn seeded(cast: Cast, seed: u64) -> Self {
        Self::new(cast, Source::Seed(seed))
    }

    fn new(cast: Cast, source: Source) -> Self {
        let (ahead, signed, proposed) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
        Self { source, cast, opening: [60, 40, 1].into(), ahead, signed, proposed }
    }

    /// The next step in this world, or `None` when the source is used up.
    pub fn step(&mut self, world: &World) -> Option<Step> {
        if let Some(weight) = self.opening.pop_front() {
            return self.join(world, weight);
        }
        loop {
            if let Some(step) = self.ahead.pop_front() {
                return Some(step);
            }
            if self.source.is_over() {
                return None;
            }
            if let Some(step) = self.choose()(self, world) {
                return Some(step);
            }
        }
    }

    /// One of the first members joins; when all have, a second passes, so that they have votes.
    fn join(&mut self, world: &World, weight: u32) -> Option<Step> {
        let at = 2usize.saturating_sub(self.opening.len());
        let member = self.cast.people.get(at).copied()?;
        if self.opening.is_empty() {
            self.ahead.push_back(self.pass(1));
        }
        let contribution = contribution(world.now(), member, weight);
        let signatures = world.sign(member, &contribution);
        Some(call(member, Action::Attest { contribution, purposes: ALL_PURPOSES, signatures }))
    }

    /// One of [`CHOICES`], each as often as it says.
    fn choose(&mut self) -> fn(&mut Self, &World) -> Option<Step> {
        let all: u8 = CHOICES.iter().map(|(often, _)| often).sum();
        let mut choice = self.source.u8(all);
        for (often, make) in CHOICES {
            match choice.checked_sub(*often) {
                Some(rest) => choice = rest,
                None => return *make,
            }
        }
        |_, _| None
    }

    fn pass(&self, seconds: u64) -> Step {
        call(self.cast.stranger, Action::Wait { seconds })
    }
}
