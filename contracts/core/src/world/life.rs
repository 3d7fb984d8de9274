//! A life: all steps that a driver makes, and after each of them everything that must hold.

use super::driver::{Cast, Driver};
use super::{Action, Site, World};
use crate::offer::Status;
use crate::types::{Address, MemberNumber, Timestamp};
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;

/// What a life came to.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// Statuses of offers that were met.
    pub met: BTreeSet<Status>,
    /// Steps there were.
    pub steps: usize,
    /// Steps that were accepted.
    pub accepted: usize,
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
        life.steps += 1;
        let (before, logged) = (world.fingerprint(), world.log().len());
        match step.play(&mut world) {
            Ok(_) => life.accepted += 1,
            Err(refused) if world.fingerprint() != before || world.log().len() != logged => {
                return Err(format!("F01 {refused:?} changed something"));
            }
            Err(_) => {}
        }
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
