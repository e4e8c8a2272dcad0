//! A snapshot's place in the control plane's history.

use std::fmt;

/// `epoch.number`, ordered by epoch, then number.
///
/// A source that is restored from a backup comes back with a higher epoch, so
/// that the greater of two revisions is always the newer. A directory is
/// epoch 0, counted from 1 in each process.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Revision {
    /// Grows when the source's numbering starts again.
    pub epoch: u64,
    /// Grows with each change within an epoch.
    pub number: u64,
}

impl Revision {
    /// Makes a revision of its two parts.
    #[must_use]
    pub const fn new(epoch: u64, number: u64) -> Self {
        Self { epoch, number }
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.number)
    }
}
