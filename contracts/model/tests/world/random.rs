//! Random lives of a small pool: after each step every invariant holds, and a refused step has changed nothing.

use std::{fs, path::Path};

use chorus_model::{Driver, Life, cast::Cast, live, play_damaged};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    /// Shows I01, I02, I03, I04, I05, I06, I07, I08, I09, I10, I11, I12, I13, I14, I15, I16, I17, I18, I19, T17.
    /// Shows T22, T33, T36, F01, T06.
    #[test]
    fn every_invariant_holds_after_every_step(bytes in prop::collection::vec(any::<u8>(), 1..600)) {
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
    // All except messages between sister contracts, which nobody else may send, and settings, which proposals make.
    assert!(all.accepted.len() >= 37, "{}", all.accepted.len());
    assert!(all.refused.len() >= 48, "{}", all.refused.len());
}

/// The inputs that fuzzing kept because they reach something new; see `scripts/fuzz`.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus").join(target);
    let found: Vec<_> = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(found.len() >= 20, "{target}: {}", found.len());
    found
}

#[test]
fn what_fuzzing_found_keeps_the_invariants() {
    for bytes in corpus("world") {
        live(Driver::over(Cast::model(), &bytes), 200).unwrap();
    }
}

#[test]
fn t30_t50_damaged_bytes_are_refused_or_keep_the_invariants() {
    for bytes in corpus("bytes") {
        play_damaged(&bytes).unwrap();
    }
}
