#![no_main]
//! change_sets
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::change_sets(data));
