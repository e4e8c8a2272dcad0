//! Everything that is tested from outside: one binary, so that it links once.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod cli;
mod corpus;
mod faults;
mod grpc;
mod live;
mod python;
mod schemas;
mod serving;
mod structure;
mod support;
