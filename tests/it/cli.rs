//! The command line as its users meet it: the real binary, its output, its exit codes.

pub(crate) mod config;
mod examples;
mod export;
mod fake;
mod init;
mod list;
mod push;
mod question;
mod remote;
pub(crate) mod running;
mod serve;
mod small;
mod testing;
mod validate;

use running::{run, run_with};
