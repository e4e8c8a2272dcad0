//! See `change_sets` in src/fuzzing.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::change_sets(data));
