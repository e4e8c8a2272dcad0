#![no_main]
//! page_tokens
libfuzzer_sys::fuzz_target!(|data: &[u8]| sidegate::fuzzing::page_tokens(data));
