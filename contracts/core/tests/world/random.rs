//! Random lives of a small pool: after each step every invariant holds, and a refused step has changed nothing.

use crate::stage::*;
use chorus_core::offer::Status;
use chorus_core::types::MemberNumber;
use chorus_core::world::driver::{Cast, Driver};
use chorus_core::world::{Action, Site, World};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn world_of_cast(cast: &Cast) -> World {
    let mut world = World::new(&cast.pool(pool().deployed_at, Site::MODEL)).unwrap();
    cast.enter(&mut world);
    world
}

/// What a life came to.
#[derive(Default)]
struct Life {
    /// Statuses of offers that were met.
    met: BTreeSet<Status>,
    steps: usize,
    accepted: usize,
}

/// Plays at most `limit` steps and then brings every offer to its end.
fn play(mut driver: Driver, limit: usize) -> Result<Life, String> {
    let mut world = world_of_cast(&Cast::model());
    let mut life = Life::default();
    while life.steps < limit
        && let Some(step) = driver.step(&world)
    {
        life.steps += 1;
        let before = world.fingerprint();
        match step.play(&mut world) {
            Ok(_) => life.accepted += 1,
            Err(refused) if world.fingerprint() != before => return Err(format!("F01 {refused:?} changed something")),
            Err(_) => {}
        }
        world.check_invariants().map_err(|broken| format!("{broken} (after {step:?})"))?;
        life.met.extend(world.offers().iter().filter_map(|id| world.status(*id)));
    }
    finish(&mut world)?;
    Ok(life)
}

/// T33: time and one caller, who may do only what anybody may, bring every offer to an end.
fn finish(world: &mut World) -> Result<(), String> {
    for _ in 0..10 {
        for offer in world.offers() {
            for action in [
                Action::Seal { offer },
                Action::Refund { offer },
                Action::Distribute { offer, from: MemberNumber(0), count: 512 },
            ] {
                // What is not due is refused.
                let _ = world.apply(KEEPER, &action);
            }
        }
        let _ = world.apply(KEEPER, &Action::Wait { seconds: 75 });
    }
    let open = |id: &_| !matches!(world.status(*id), Some(Status::Refunded | Status::Paid));
    match world.offers().into_iter().find(open) {
        Some(id) => Err(format!("T33 no end: {:?}", world.offer(id))),
        None => world.check_invariants(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn i01_to_i19_t17_t22_t33_t36_every_invariant_holds_after_every_step(bytes in prop::collection::vec(any::<u8>(), 1..600)) {
        if let Err(broken) = play(Driver::over(Cast::model(), &bytes), 120) {
            return Err(TestCaseError::fail(broken));
        }
    }
}

#[test]
fn random_lives_meet_every_status_and_most_steps_are_accepted() {
    let (mut met, mut accepted, mut steps) = (BTreeSet::new(), 0, 0);
    for seed in 0..60 {
        let life = play(Driver::seeded(Cast::model(), seed), 120).unwrap();
        met.extend(life.met);
        accepted += life.accepted;
        steps += life.steps;
    }
    assert_eq!(met.len(), 10, "{met:?}");
    assert!(accepted * 3 > steps, "{accepted} of {steps}");
    println!("{accepted} of {steps} steps were accepted");
}
