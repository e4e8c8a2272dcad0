#![no_main]
//! requests
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::requests(data));
