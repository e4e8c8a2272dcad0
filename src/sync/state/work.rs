//! What is handed to whoever writes, and what they hand on.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::watch;

use super::base;
use super::codec::Codec;
use super::names::{Kind, Name};
use super::storage::Storage;
use crate::model::{Digest, Revision};
use crate::sync::keep::Kept;

/// When a new base is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// Logs shorter than this are long enough for no base.
    pub(super) least: u64,
    /// Logs longer than the base divided by this are too long.
    pub(super) part: u64,
    /// Logs of more sets take too long to read.
    pub(super) sets: usize,
    /// More logs are not begun.
    pub(super) logs: usize,
    /// Logs that are longer, because no base can be written, are not gone on with.
    pub(super) most: u64,
}

/// Something that was put in force.
#[derive(Debug)]
pub(super) enum Item<S> {
    /// A set, and what stands for all that was held then.
    Set(Arc<S>, Digest, Waiting),
    /// What can be had by a base only.
    Whole(Waiting),
}

/// Somebody who waits for a revision to be kept.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) revision: Revision,
    pub(super) ticket: watch::Sender<Kept>,
}

/// What is in force, and which sets have led there.
#[derive(Clone, Debug)]
pub(super) struct Newest<W> {
    pub(super) whole: W,
    pub(super) recent: Vec<(Revision, Digest)>,
}

/// A base to be written.
#[derive(Debug)]
pub(super) struct Job<S, K: Codec> {
    pub(super) storage: Arc<S>,
    pub(super) codec: Arc<K>,
    pub(super) newest: Newest<K::Whole>,
    pub(super) number: u64,
}

/// How far keeping has come.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// The newest revision on disk.
    pub durable: Option<Revision>,
    /// Why a newer one is not there, if something is wrong.
    pub trouble: Option<String>,
    /// How often something could not be written.
    pub failures: u64,
}

impl Default for Growth {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { least: MIB, part: 4, sets: 8_000, logs: 64, most: 512 * MIB }
    }
}

impl<S: Storage, K: Codec> Job<S, K> {
    /// Writes the base, under the name of what is not finished.
    ///
    /// # Errors
    ///
    /// Those of the disk; that it was told to stop.
    pub(super) fn run(&self, stop: &AtomicBool) -> io::Result<u64> {
        let Newest { whole, recent } = &self.newest;
        base::write(self.storage.as_ref(), self.codec.as_ref(), self.name(), whole, recent, stop)
    }

    /// Its name when it is finished.
    pub(super) const fn name(&self) -> Name {
        Name { kind: Kind::Base, number: self.number }
    }
}
