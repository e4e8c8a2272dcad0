//! Content as canonical bytes, for digests: equal where the content is equal.
//!
//! Lists whose order says nothing are taken in order of their bytes; where
//! something stands is no part of it. Every text and list has its length before
//! it, so that two contents never run together into the same bytes.

use super::change::ChangeSet;
use crate::model::Digest;

impl ChangeSet {
    /// Stands for what the set says: its revisions and its changes, in order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(format!("{self:?}").as_bytes())
    }
}
