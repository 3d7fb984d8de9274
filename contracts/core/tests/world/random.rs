//! Random lives of a small pool: after each step every invariant holds, and a refused step has changed nothing.

use chorus_core::world::driver::{Cast, Driver};
use chorus_core::world::live;
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn i01_to_i19_t17_t22_t33_t36_every_invariant_holds_after_every_step(bytes in prop::collection::vec(any::<u8>(), 1..600)) {
        if let Err(broken) = live(Driver::over(Cast::model(), &bytes), 120) {
            return Err(TestCaseError::fail(broken));
        }
    }
}

#[test]
fn random_lives_meet_every_status_and_most_steps_are_accepted() {
    let (mut met, mut accepted, mut steps) = (BTreeSet::new(), 0, 0);
    for seed in 0..60 {
        let life = live(Driver::seeded(Cast::model(), seed), 120).unwrap();
        met.extend(life.met);
        accepted += life.accepted;
        steps += life.steps;
    }
    assert_eq!(met.len(), 10, "{met:?}");
    assert!(accepted * 3 > steps, "{accepted} of {steps}");
    println!("{accepted} of {steps} steps were accepted");
}
