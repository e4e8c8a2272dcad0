#![no_main]
//! state_files
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::state_files(data));
