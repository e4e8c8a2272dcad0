//! A snapshot and changes to the next snapshot, or to everything that is wrong.

use std::collections::BTreeSet;

use super::Snapshot;
use crate::document::{Change, Place, PolicyLimits, Spanned};
use crate::model::Revision;

/// What is asked of changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// What a policy may hold.
    pub limits: PolicyLimits,
    /// A tenant that is put whole and has faults is left out, instead of all being
    /// refused.
    pub quarantine: bool,
}

/// What came of changes that have no fault.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The next snapshot.
    pub snapshot: Snapshot,
    /// What is doubtful, and the faults of tenants that were left out.
    pub warnings: Vec<Told>,
    /// Members that may do something, or more, that they might not before.
    pub widened: usize,
    /// Members that may no longer do something, or less.
    pub narrowed: usize,
    /// What may have changed.
    pub touched: Touched,
}

/// What changes may have changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Touched {
    /// The model or an app, and so every tenant.
    Everything,
    /// These tenants.
    Tenants(BTreeSet<String>),
}

/// Something wrong with changes, or doubtful.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// Where.
    pub at: At,
    /// What, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Where something is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum At {
    /// In the whole.
    Whole,
    /// In a change: its number in the set, from 1, is the place's source, and what
    /// the rest of the place means is known to whoever made the change.
    Change(Place),
    /// In the document of a change that puts the model.
    Document {
        /// The change's number in the set, from 1.
        change: u32,
        /// From 1.
        line: u32,
        /// In characters, from 1.
        column: u32,
    },
    /// In what was held before: `tenants[acme].members[user:mia]`.
    Held(String),
}

/// A whole policy that arrives in pieces.
#[derive(Debug)]
pub struct Load {
    revision: Revision,
    rules: Rules,
}

impl Snapshot {
    /// Applies changes, in order: all of them, or none.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn apply(
        &self,
        revision: Revision,
        changes: Vec<Spanned<Change>>,
        rules: &Rules,
    ) -> Result<Applied, Vec<Told>> {
        let _ = (revision, changes, rules);
        Err(Vec::new())
    }
}

impl Load {
    /// Begins a whole policy.
    #[must_use]
    pub fn begin(revision: Revision, rules: Rules) -> Self {
        Self { revision, rules }
    }

    /// Takes the next piece: the first begins with the model; a piece may name only
    /// roles and groups that it or an earlier one brings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it. Then the load is of no use any more.
    pub fn take(&mut self, changes: Vec<Spanned<Change>>) -> Result<(), Vec<Told>> {
        let _ = (changes, self.revision, self.rules);
        Err(Vec::new())
    }

    /// How many tenants have come, those left out included.
    #[must_use]
    pub fn tenants(&self) -> usize {
        0
    }

    /// Ends the policy; `held` is what it takes the place of.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the whole.
    pub fn finish(self, held: Option<&Snapshot>) -> Result<Applied, Vec<Told>> {
        let _ = held;
        Err(Vec::new())
    }
}
