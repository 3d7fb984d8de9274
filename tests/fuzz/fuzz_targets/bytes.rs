//! Damaged batches, signatures, terms and calls of the DAO: refused or accepted, and every invariant holds.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = chorus_model::swallow(bytes) {
        panic!("{broken}");
    }
});
