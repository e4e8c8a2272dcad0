//! Everything that is tested from outside: one binary, so that it links once.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod admin;
mod cli;
mod corpus;
mod deploy;
mod docs;
mod faults;
mod grpc;
mod live;
mod node;
mod push;
mod push_example;
mod python;
mod raw;
mod reliability;
mod schemas;
mod serve;
mod serving;
mod structure;
mod support;
mod third_party;
mod traps;
