//! What was put in force: the last ones whole, to be rolled back to, and of more
//! of them what stands for the sets that led there, to know a repeated one by.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::document::definition::Tenant;
use crate::document::{Change, Spanned};
use crate::model::{Digest, Revision};
use crate::snapshot::apply::Touched;
use crate::snapshot::{Size, Snapshot};
use crate::sync::keep::RECENT;

/// What was put in force, the newest last.
#[derive(Debug)]
pub(super) struct History {
    past: VecDeque<Past>,
    /// The most of them.
    most: usize,
    /// What all of them but the newest share with nobody, at most, in rows.
    rows: usize,
    sets: VecDeque<(Revision, Digest)>,
}

/// Something that was put in force.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) snapshot: Snapshot,
    pub(super) touched: Arc<Touched>,
    /// What it does not share with the one before, at most.
    rows: usize,
}

/// The rows that may be held of what was, besides twice as many as are in force. Wholes
/// share nothing with one another: a hundred of them would be a hundred times the
/// memory.
const ROWS: usize = 500_000;

/// How many rows a snapshot has.
pub(super) fn rows_of(snapshot: &Snapshot) -> usize {
    let Size { tenants, members, resources, apps } = snapshot.size();
    [tenants, members, resources, apps].into_iter().fold(0, usize::saturating_add)
}

/// How many rows changes bring, at most.
pub(super) fn rows_brought(held: &Snapshot, changes: &[Spanned<Change>]) -> usize {
    let rows = changes.iter().map(|change| match &change.value {
        // Everything is compiled anew.
        Change::PutModel(_) => rows_of(held),
        Change::PutTenant(tenant) => {
            let Tenant { members, resources, installs, .. } = tenant.as_ref();
            [members.len(), resources.len(), installs.len(), 1].into_iter().fold(0, usize::saturating_add)
        }
        // What all members have in common is in every row.
        Change::InTenant(id, change) if !change.is_of_one_row() => {
            let (members, resources) = held.tenant_size(id).unwrap_or_default();
            members.saturating_add(resources).saturating_add(1)
        }
        Change::DeleteTenant(_) | Change::InTenant(..) | Change::PutApp(_) | Change::DeleteApp(_) => 1,
    });
    rows.fold(0, usize::saturating_add)
}

impl History {
    /// Nothing yet; of what will be, `most` are held whole.
    pub(super) const fn new(most: usize) -> Self {
        Self { past: VecDeque::new(), most, rows: 0, sets: VecDeque::new() }
    }

    /// Something is held, with so many rows that it does not share.
    pub(super) fn hold(&mut self, snapshot: Snapshot, touched: Touched, rows: usize) {
        let most = ROWS.saturating_add(rows_of(&snapshot).saturating_mul(2));
        self.rows = self.rows.saturating_add(rows);
        self.past.push_back(Past { snapshot, touched: Arc::new(touched), rows });
        while self.past.len() > self.most || (self.past.len() > 1 && self.rows > most) {
            let Some(forgotten) = self.past.pop_front() else { break };
            self.rows = self.rows.saturating_sub(forgotten.rows);
        }
    }

    /// A set led to a revision.
    pub(super) fn remember(&mut self, revision: Revision, digest: Digest) {
        self.sets.push_back((revision, digest));
        while self.sets.len() > RECENT {
            self.sets.pop_front();
        }
    }

    /// What stands for the set that led to a revision, if it is remembered.
    pub(super) fn set(&self, revision: Revision) -> Option<Digest> {
        // Most that is asked for is new, and then the newest tells.
        let newest = self.sets.back()?;
        if newest.0 < revision {
            return None;
        }
        self.sets.iter().rev().find(|(known, _)| *known == revision).map(|(_, digest)| *digest)
    }

    /// The sets that are remembered.
    pub(super) fn sets(&self) -> Vec<(Revision, Digest)> {
        self.sets.iter().copied().collect()
    }

    /// What was in force at a revision, if it is held.
    pub(super) fn at(&self, revision: Revision) -> Option<&Snapshot> {
        let found = self.past.iter().rev().find(|past| past.snapshot.revision() == revision)?;
        Some(&found.snapshot)
    }

    /// Everything that is held, the newest first.
    pub(super) fn past(&self) -> impl Iterator<Item = &Past> {
        self.past.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyLimits, Source, Sources, load};

    #[test]
    fn what_is_held_of_the_past_is_bounded_by_what_it_weighs_too() {
        let text = "sidegate: v1\nkind: Model\nname: least\n".to_owned();
        let sources = Sources::new(vec![Source { path: "model.yaml".to_owned(), text }]);
        let checked = load(&sources, &PolicyLimits::default()).checked.unwrap();
        let held = |rows: usize, times: u64| {
            let mut history = History::new(100);
            for number in 1..=times {
                let snapshot = Snapshot::compile(&checked, Revision::new(1, number));
                history.hold(snapshot, Touched::Everything, rows);
            }
            history.past().count()
        };
        assert_eq!(held(1, 99), 99);
        assert_eq!(held(1, 300), 100);
        assert_eq!(held(ROWS / 50, 300), 50);
        assert_eq!(held(ROWS, 300), 1);
        assert_eq!(held(ROWS * 10, 300), 1, "what is in force is held whatever it weighs");
    }
}
