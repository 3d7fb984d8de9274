//! Random lives of a small pool: after each step every invariant holds, and a refused step has changed nothing.

use chorus_core::world::driver::{Cast, Driver};
use chorus_core::world::{Life, live};
use proptest::prelude::*;

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
fn random_lives_meet_every_status_every_action_and_most_errors() {
    let mut all = Life::default();
    for seed in 0..60 {
        all.add(live(Driver::seeded(Cast::model(), seed), 200).unwrap());
    }
    println!("{} steps\naccepted: {:?}\nrefused: {:?}", all.steps, all.accepted, all.refused);
    assert_eq!(all.met.len(), 10, "{:?}", all.met);
    assert!(all.accepted.values().sum::<usize>() * 3 > all.steps, "{} steps", all.steps);
    // All but messages between sister contracts, which nobody else may send, and settings that are parts of proposals.
    assert!(all.accepted.len() >= 37, "{}", all.accepted.len());
    assert!(all.refused.len() >= 48, "{}", all.refused.len());
}
