//! The snapshot in force.
//!
//! This module owns the only mutable policy state in the process: one pointer.
//! Readers take it without a lock and without waiting; whoever brings policy
//! replaces it whole. Nothing here parses, compiles, decides or logs.
//!
//! Invariants:
//!
//! 1. *Never half.* What a reader sees was compiled whole.
//! 2. *Never back.* Revisions only grow, whatever order snapshots arrive in.
//! 3. *Never nothing again.* Once a snapshot is installed there is always one.
//! 4. *Never freed by a call.* What was replaced is freed on a thread of its own.
//!
//! A call reads the store once and answers everything from what it read. A
//! second read could see another revision, and the two together give an answer
//! that no policy ever gave. Hence [`Store::read`] lends the snapshot to a
//! closure: the closure cannot await, and there is no snapshot to keep.

mod cell;

use std::sync::{Mutex, PoisonError};

use self::cell::Cell;
use crate::model::Revision;
use crate::snapshot::Snapshot;

/// Holds the snapshot in force.
#[derive(Debug, Default)]
pub struct Store {
    current: Cell<Snapshot>,
    /// Orders installers among themselves; readers never take it.
    installing: Mutex<()>,
}

/// Why a snapshot was not installed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InstallError {
    /// It is not newer than what is in force.
    #[error("revision {offered} is not newer than {installed}")]
    Stale {
        /// Its revision.
        offered: Revision,
        /// The revision in force.
        installed: Revision,
    },
}

impl Store {
    /// Puts `next` in force.
    ///
    /// # Errors
    ///
    /// [`InstallError::Stale`] if `next` is not newer than what is in force; then
    /// nothing changes.
    pub fn install(&self, next: Snapshot) -> Result<(), InstallError> {
        // A poisoned lock guards no data, so there is nothing to distrust.
        let _turn = self.installing.lock().unwrap_or_else(PoisonError::into_inner);
        let offered = next.revision();
        if let Some(installed) = self.revision()
            && offered <= installed
        {
            return Err(InstallError::Stale { offered, installed });
        }
        self.current.replace(next);
        Ok(())
    }

    /// Lends the snapshot in force to `f`; `None` before there is one.
    pub fn read<T>(&self, f: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        self.current.read(f)
    }

    /// The revision in force; `None` before there is one.
    #[must_use]
    pub fn revision(&self) -> Option<Revision> {
        self.read(Snapshot::revision)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Checked, PolicyLimits, Source, Sources, load};

    fn policy() -> Checked {
        let text = "sidegate: v1\nkind: Model\nname: least\n".to_owned();
        let sources = Sources::new(vec![Source { path: "model.yaml".to_owned(), text }]);
        load(&sources, &PolicyLimits::default()).checked.unwrap()
    }

    #[test]
    fn an_empty_store_lends_nothing() {
        assert_eq!(Store::default().read(|_| ()), None);
        assert_eq!(Store::default().revision(), None);
    }

    /// Installs revisions one after the other; true where it was installed.
    #[track_caller]
    fn check(offered: &[(u64, u64)], expected: &[bool]) {
        let store = Store::default();
        let mut highest = None;
        for (&(epoch, number), &taken) in offered.iter().zip(expected) {
            let revision = Revision::new(epoch, number);
            let outcome = store.install(Snapshot::compile(&policy(), revision));
            assert_eq!(outcome.is_ok(), taken, "{revision}: {outcome:?}");
            highest = highest.max(Some(revision));
            assert_eq!(store.revision(), highest, "after {revision}");
        }
    }

    #[test]
    fn revisions_never_go_back() {
        check(&[(0, 1), (0, 2), (0, 3)], &[true, true, true]);
        check(&[(0, 2), (0, 2), (0, 1)], &[true, false, false]);
        check(&[(1, 1), (0, 9), (1, 2)], &[true, false, true]);
        check(&[(0, 9), (1, 0)], &[true, true]);
    }
}
