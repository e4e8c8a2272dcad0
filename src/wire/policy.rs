//! Change sets and what is held, as messages: `PolicyService`'s half of the wire.
//!
//! `read` makes changes of messages, `header` what they are made against; `write`
//! is the reverse, for whoever sends or keeps changes, and `faults` tells what the
//! core says about changes in the words of the messages. `told` answers what is held, and `heard` reads
//! such answers; `send` makes the messages of a push.
//!
//! Invariants:
//!
//! 1. *Whole or not at all.* What cannot be read is a fault with its path, and then
//!    nothing of the message is handed on.
//! 2. *Written is read.* Whatever was read and is written again reads as the same.
//! 3. *A place is a count.* Places count what a conversion meets, so that a million
//!    changes are read without making a path; `walk` says how a place becomes one.
//!
//! Whether names exist, and who may change what, is asked elsewhere.

mod faults;
mod header;
pub(crate) mod heard;
mod read;
mod send;
#[cfg(test)]
mod tests;
pub(crate) mod told;
mod walk;
mod write;

pub(crate) use faults::{faults, path_of};
pub(crate) use header::{Pushed, read_header};
pub(crate) use read::read_changes;
pub(crate) use send::{DELTA_BYTES, DELTA_CHANGES, change_named, push_requests, weight};
pub(in crate::wire) use walk::shown;
pub(in crate::wire) use write::content::{
    write_app, write_install, write_member, write_registered, write_tenant,
};
pub(crate) use write::{write_change, write_header};
pub(in crate::wire) use write::{write_principal, write_resource};
