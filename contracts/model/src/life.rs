//! A life: all steps that a driver makes, and after each of them everything that must hold.

use super::driver::{Cast, Driver, Step};
use super::{Action, Outcome, Refused, Site, World};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use chorus_core::offer::Status;
use chorus_core::types::{Address, MemberNumber, Timestamp};
use core::fmt::Debug;

/// What a life came to.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Statuses of offers that were met.
    pub met: BTreeSet<Status>,
    /// Steps there were.
    pub steps: usize,
    /// Which actions were accepted, and how often.
    pub accepted: BTreeMap<String, usize>,
    /// Which errors were met, and how often.
    pub refused: BTreeMap<String, usize>,
}

impl Life {
    /// Takes note of what came of a step.
    pub fn note(&mut self, step: &Step, answer: &Result<Outcome, Refused>) {
        self.steps += 1;
        let (book, name) = match (answer, step) {
            (Ok(_), Step::Act { action, .. }) => (&mut self.accepted, name(action)),
            (Ok(_), _) => return,
            (Err(Refused::Rule(error)), _) => (&mut self.refused, name(error)),
            (Err(refused), _) => (&mut self.refused, name(refused)),
        };
        *book.entry(name).or_default() += 1;
    }

    /// Adds another life.
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

/// Noon of a day.
const BEGINNING: Timestamp = Timestamp(20_000 * 86_400 + 43_200);

/// Plays at most `limit` steps of `driver`, made for the model's cast, in a new pool, and then brings every offer to its end.
///
/// # Errors
/// The first thing that does not hold, as a sentence that begins with its number.
pub fn live(mut driver: Driver, limit: usize) -> Result<Life, String> {
    let cast = Cast::model();
    let mut world = World::new(&cast.pool(BEGINNING, Site::MODEL)).map_err(|error| format!("{error:?}"))?;
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
                // What is not due is refused.
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
