//! What is said of a push.

use super::super::keep::Ticket;
use crate::decide::FieldFault;
use crate::document::Part;
use crate::model::{Digest, Revision};
use crate::snapshot::apply::Told;

/// What came of a push that was looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verdict {
    /// What became of it.
    pub outcome: Outcome,
    /// The revision of the set that is in force; of one that is not, the revision
    /// that is held.
    pub revision: Option<Revision>,
    /// Stands for everything that is held.
    pub digest: Option<Digest>,
    /// Everything that is wrong with it. None unless it is faulty.
    pub faults: Vec<Told>,
    /// What is doubtful about it.
    pub warnings: Vec<Told>,
    /// Members that may do something, or more, that they might not before.
    pub widened: usize,
    /// Members that may no longer do something, or less.
    pub narrowed: usize,
    /// Tenants that it brought and that were left out for their faults.
    pub quarantined: Vec<String>,
}

/// What became of a push that was looked at.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Outcome {
    /// It is in force.
    Applied,
    /// It had been applied before.
    Repeated,
    /// It would be applied.
    Valid,
    /// It has faults.
    Faulty,
}

/// Why a push was not looked at, whatever it says.
///
/// Exhaustive on purpose, as it is on the wire.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refused {
    /// A field of its header is at fault: `revision`.
    Header(FieldFault),
    /// Another set was applied with its revision.
    Conflict {
        /// Its revision.
        revision: Revision,
    },
    /// It is not newer than what is held.
    Stale {
        /// What is held.
        held: Revision,
    },
    /// It was made against something else than what is held.
    NeedFull {
        /// What is held.
        held: Option<Revision>,
    },
    /// A part is not where its maker believes it to be.
    PartChanged {
        /// The part.
        part: Part,
        /// Where it is; `None`: there is no such part.
        revision: Option<Revision>,
    },
    /// The whole would have less than half of the tenants that are held.
    Shrinks {
        /// Tenants that are held.
        held: usize,
        /// Tenants that there would be.
        offered: usize,
    },
    /// A newer whole took its place while it was waiting.
    Superseded,
    /// What it goes back to is not held.
    NotHeld,
    /// There is more to do than is taken on at a time.
    Overloaded {
        /// The limit's name.
        limit: &'static str,
    },
    /// A fault of ours.
    Internal,
}

/// A verdict, and what tells when it is on disk.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// What came of it.
    pub verdict: Verdict,
    /// Of what is in force since; none before anything has been put in force.
    pub ticket: Option<Ticket>,
}

impl Verdict {
    /// What is said of a push that changes nothing.
    pub(super) fn of(outcome: Outcome, revision: Option<Revision>, digest: Option<Digest>) -> Self {
        Self {
            outcome,
            revision,
            digest,
            faults: Vec::new(),
            warnings: Vec::new(),
            widened: 0,
            narrowed: 0,
            quarantined: Vec::new(),
        }
    }
}
