//! A life of a pool: the steps that a driver makes, with a look after each of them at everything that must hold.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use chorus_core::{
    offer::Status,
    types::{Address, MemberNumber},
};

use crate::{
    action::Action,
    cast::{Cast, NOON},
    driver::{Driver, Step},
    outcome::{Outcome, Refused},
    pool::Site,
    world::World,
};

/// What was met in one life or in several.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// The statuses in which offers were seen.
    pub met: BTreeSet<Status>,
    /// How many steps there were.
    pub steps: usize,
    /// How often each action was accepted.
    pub accepted: BTreeMap<String, usize>,
    /// How often each error was met.
    pub refused: BTreeMap<String, usize>,
}

impl Life {
    /// Takes note of what came of a step.
    pub fn note(&mut self, step: &Step, answer: &Result<Outcome, Refused>) {
        self.steps += 1;
        let (counts, name) = match (answer, step) {
            (Ok(_), Step::Call { action, .. }) => (&mut self.accepted, name(action)),
            (Ok(_), _) => return,
            (Err(Refused::Rule(error)), _) => (&mut self.refused, name(error)),
            (Err(refused), _) => (&mut self.refused, name(refused)),
        };
        *counts.entry(name).or_default() += 1;
    }

    /// Adds what was met in another life.
    pub fn add(&mut self, other: Self) {
        let Self { met, steps, accepted, refused } = other;
        self.met.extend(met);
        self.steps += steps;
        for (all, more) in [(&mut self.accepted, accepted), (&mut self.refused, refused)] {
            for (name, count) in more {
                *all.entry(name).or_default() += count;
            }
        }
    }
}

/// The name of an enum's variant.
fn name(variant: &impl Debug) -> String {
    let text = format!("{variant:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().into()
}

/// Plays at most `limit` steps of a driver of the model's cast in a new pool, then brings every offer to its end.
///
/// # Errors
/// The first thing that does not hold, as a sentence that begins with its number.
pub fn live(mut driver: Driver, limit: usize) -> Result<Life, String> {
    let cast = Cast::model();
    let mut world = World::new(&cast.pool(NOON, Site::MODEL)).map_err(|error| format!("{error:?}"))?;
    cast.enter(&mut world);
    let mut life = Life::default();
    while life.steps < limit
        && let Some(step) = driver.step(&world)
    {
        let (before, logged) = (world.fingerprint(), world.log().len());
        let answer = step.play(&mut world);
        if answer.is_err() && (world.fingerprint() != before || world.log().len() != logged) {
            return Err(format!("F01 {answer:?} changed something"));
        }
        life.note(&step, &answer);
        world.check_invariants().map_err(|broken| format!("{broken} (after {step:?})"))?;
        life.met.extend(world.offers().iter().filter_map(|id| world.status(*id)));
    }
    finish(&mut world, cast.keeper)?;
    Ok(life)
}

/// T33: time and one caller, who does only what anybody may, bring every offer to an end.
fn finish(world: &mut World, keeper: Address) -> Result<(), String> {
    for _ in 0..10 {
        for offer in world.offers() {
            for action in [
                Action::Seal { offer },
                Action::Refund { offer },
                Action::Distribute { offer, from: MemberNumber(0), count: 512 },
            ] {
                // Whatever is not due is refused.
                let _ = world.apply(keeper, &action);
            }
        }
        let _ = world.apply(keeper, &Action::Wait { seconds: 75 });
    }
    let open = |id: &_| !matches!(world.status(*id), Some(Status::Refunded | Status::Paid));
    match world.offers().into_iter().find(open) {
        Some(id) => Err(format!("T33 no end: {:?}", world.offer(id))),
        None => world.check_invariants(),
    }
}
