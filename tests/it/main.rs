//! The integration tests: one binary, one module a subject.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on ends")]

mod cli;
