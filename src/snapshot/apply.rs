//! A snapshot and changes to the next snapshot, or to everything that is wrong.
//!
//! Changes are first folded into drafts, one for each tenant that they touch; then
//! each draft is checked and compiled. What no draft touches is shared with the
//! snapshot before, row by row.
//!
//! Invariants:
//!
//! 1. *Whole or not at all.* With one fault there is no next snapshot.
//! 2. *The end counts.* Within a set, parts may come in any order; what is judged is
//!    what they leave.
//! 3. *One way.* A whole policy that arrives in pieces is nothing and changes to it;
//!    what it comes to is what loading it at once comes to.

mod again;
mod around;
mod compare;
mod compile;
mod draft;
mod edit;
mod load;
mod held;
mod judge;
mod next;
mod references;
mod restore;
mod told;

use std::collections::BTreeSet;

pub use load::Load;
pub use restore::{Restore, Run, read_model};
pub use told::{At, Told};

use super::Snapshot;
use crate::document::{Change, PolicyLimits, Spanned};
use crate::model::Revision;

/// What is asked of changes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// What a policy may hold.
    pub limits: PolicyLimits,
    /// A tenant that is put whole and has faults is left out, instead of all being
    /// refused.
    pub quarantine: bool,
    /// What a customer could not do, such as having more custom roles than the plan
    /// allows, is only told: what is put is known to have been in force.
    pub lenient: bool,
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

impl Snapshot {
    /// Applies changes, in order: all of them, or none. Whether they may be applied
    /// to this snapshot is the caller's to know.
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
        let drafts = edit::fold(self, changes, rules, false)?;
        next::next(self, revision, drafts, rules)
    }
}

#[cfg(test)]
mod tests;
