#![no_main]
//! documents
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::documents(data));
