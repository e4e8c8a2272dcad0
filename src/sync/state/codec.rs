//! What is kept, told as bytes and made of them: the line between files and
//! policy.

use std::io;

use crate::model::{Digest, Revision};
use crate::wire::kept::{BaseHeader, LoggedSet};

/// Knows what is kept.
pub(super) trait Codec: Send + Sync + 'static {
    /// All that is held at a revision. Cloning shares.
    type Whole: Clone + Send + Sync + 'static;
    /// What leads from one whole to the next.
    type Set: Send + Sync + 'static;

    /// The revision of everything.
    fn revision(whole: &Self::Whole) -> Revision;

    /// Stands for everything that is held.
    fn digest(whole: &Self::Whole) -> Digest;

    /// Tenants that were left out, in order.
    fn quarantined(whole: &Self::Whole) -> Vec<String>;

    /// Tells a whole in pieces: equal ones in equal pieces.
    ///
    /// # Errors
    ///
    /// Those of `sink`, at once.
    fn tell(&self, whole: &Self::Whole, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;

    /// Makes a whole of its pieces; `next` has none any more at the end, and where the
    /// file cannot be read on. Then nothing comes of it.
    ///
    /// # Errors
    ///
    /// Why there is no whole of them.
    fn load(
        &self,
        header: &BaseHeader,
        next: &mut dyn FnMut() -> Option<Vec<u8>>,
    ) -> Result<Self::Whole, String>;

    /// About how many rows a set has.
    fn size(set: &Self::Set) -> usize;

    /// Stands for a set.
    fn stands_for(set: &Self::Set) -> Digest;

    /// What is logged of a set that has led to what `held` stands for.
    fn log(&self, set: &Self::Set, held: Digest) -> LoggedSet;

    /// Applies a set.
    ///
    /// # Errors
    ///
    /// Why it cannot be applied.
    fn apply(&self, whole: &Self::Whole, set: &LoggedSet) -> Result<Self::Whole, String>;
}
