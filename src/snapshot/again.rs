//! What was in force, in force again.

use super::Snapshot;
use super::apply::{Applied, Touched};
use crate::model::Revision;

impl Snapshot {
    /// The same content as the next revision, in place of what is held.
    #[must_use]
    pub fn again(&self, held: &Self, revision: Revision) -> Applied {
        let _ = held;
        Applied {
            snapshot: Self { revision, ..self.clone() },
            warnings: Vec::new(),
            widened: 0,
            narrowed: 0,
            touched: Touched::Everything,
        }
    }
}
