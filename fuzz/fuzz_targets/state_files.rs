//! See `state_files` in src/fuzzing.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::state_files(data));
