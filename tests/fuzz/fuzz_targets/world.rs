//! Bytes become steps of a pool's life; after each one every invariant holds.
#![no_main]

use chorus_model::{Driver, cast::Cast, live};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(broken) = live(Driver::over(Cast::model(), bytes), 200) {
        panic!("{broken}");
    }
});
