//! How policy arrives.
//!
//! A source reads policy, has it checked and compiled, and brings what is sound
//! to whoever installs it. There is one source so far, a directory.
//!
//! Invariants:
//!
//! 1. *Whole or not at all.* A policy with a fault is refused as it stands, and
//!    the last good one stays in force. Nothing is ever taken for an empty policy:
//!    what is missing is a fault.
//! 2. *Told once.* A refusal is logged when it is new, with every fault in it, and
//!    its end is logged too.
//! 3. *Off the workers.* Reading, checking and compiling happen on a thread of the
//!    source's own.
//!
//! `load` and `keeper` are pure: they are handed texts and say what to do. `dir`
//! and `watcher` are the ones that look at the world. Nothing here listens or
//! answers.

mod dir;
pub mod keep;
mod keeper;
mod load;
pub mod push;
pub mod state;
mod told;
mod watcher;

use std::time::Duration;

pub use dir::{Bell, Following, Loaded, Sink};
pub use load::{LoadError, Rules};

/// How a policy directory is watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Watch {
    /// How often it is looked at, whatever the system tells of changes.
    pub poll: Duration,
    /// How long nothing may have changed before it is read, so that a file is not
    /// read while it is being written.
    pub settle: Duration,
    /// Whether to have the system tell of changes. Without, they are noticed when
    /// it is looked at next.
    pub events: bool,
}

impl Default for Watch {
    fn default() -> Self {
        Self { poll: Duration::from_secs(10), settle: Duration::from_millis(100), events: true }
    }
}
