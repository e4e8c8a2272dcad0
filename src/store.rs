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
//! 5. *In force, then told.* Who waits for a revision is woken when every read
//!    finds it.
//!
//! A call reads the store once and answers everything from what it read. A
//! second read could see another revision, and the two together give an answer
//! that no policy ever gave. Hence [`Store::read`] lends the snapshot to a
//! closure: the closure cannot await, and there is no snapshot to keep.

mod cell;

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use self::cell::Cell;
use crate::model::Revision;
use crate::snapshot::Snapshot;

/// Holds the snapshot in force.
#[derive(Debug, Default)]
pub struct Store {
    current: Cell<Snapshot>,
    /// Orders installers among themselves; readers never take it.
    installing: Mutex<()>,
    /// The revision in force, for those who wait for one; no other reader looks here.
    installed: watch::Sender<Option<Revision>>,
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
        self.installed.send_replace(Some(offered));
        Ok(())
    }

    /// Lends the snapshot in force to `f`; `None` before there is one.
    pub fn read<T>(&self, f: impl FnOnce(&Snapshot) -> T) -> Option<T> {
        self.current.read(f)
    }

    /// Waits until what is in force is as new as `revision`, or until the time is
    /// up. Returns whether it is.
    pub async fn wait_for(&self, revision: Revision, until: Instant) -> bool {
        let mut installed = self.installed.subscribe();
        let as_new = installed.wait_for(|installed| *installed >= Some(revision));
        // The sender lives as long as the store, so it ends by coming true or never.
        timeout_at(until, as_new).await.is_ok_and(|seen| seen.is_ok())
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
    #[tokio::test(start_paused = true)]
    async fn i11_who_waits_for_a_revision_is_woken_when_it_is_in_force() {
        let store = Store::default();
        let checked = policy();
        let soon = || Instant::now() + std::time::Duration::from_secs(1);
        let wanted = Revision::new(1, 2);
        assert!(!store.wait_for(wanted, soon()).await, "nothing is in force");
        store.install(Snapshot::compile(&checked, Revision::new(1, 1))).unwrap();
        let mut waiting = std::pin::pin!(store.wait_for(wanted, soon()));
        tokio::select! {
            biased;
            _ = &mut waiting => panic!("older is not as new"),
            () = std::future::ready(()) => {}
        }
        store.install(Snapshot::compile(&checked, Revision::new(2, 1))).unwrap();
        assert!(waiting.await, "a higher epoch is newer, whatever its number");
        assert!(store.wait_for(wanted, Instant::now()).await, "what is in force is not waited for");
    }
}
