#![no_main]
//! engine
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::engine(data));
