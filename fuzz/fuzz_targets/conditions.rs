#![no_main]
//! conditions
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::conditions(data));
