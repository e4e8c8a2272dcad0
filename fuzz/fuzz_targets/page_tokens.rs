//! See `page_tokens` in src/fuzzing.rs.
#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::page_tokens(data));
