//! Damages batches, signatures, terms and calls of the DAO: accepted or refused, every invariant holds after them.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = chorus_model::play_damaged(bytes) {
        panic!("{broken}");
    }
});
