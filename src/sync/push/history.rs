//! What was put in force: the last ones whole, to be rolled back to, and of more
//! of them what stands for the sets that led there, to know a repeated one by.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Touched;

/// The sets that are remembered.
const REMEMBERED: usize = 1024;

/// What was put in force, the newest last.
#[derive(Debug)]
pub(super) struct History {
    past: VecDeque<Past>,
    /// The most of them.
    most: usize,
    sets: VecDeque<(Revision, Digest)>,
}

/// Something that was put in force.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub(super) snapshot: Snapshot,
    pub(super) touched: Arc<Touched>,
}

impl History {
    /// Nothing yet; of what will be, `most` are held whole.
    pub(super) const fn new(most: usize) -> Self {
        Self { past: VecDeque::new(), most, sets: VecDeque::new() }
    }

    /// Something is held.
    pub(super) fn hold(&mut self, snapshot: Snapshot, touched: Touched) {
        self.past.push_back(Past { snapshot, touched: Arc::new(touched) });
        while self.past.len() > self.most {
            self.past.pop_front();
        }
    }

    /// A set led to a revision.
    pub(super) fn remember(&mut self, revision: Revision, digest: Digest) {
        self.sets.push_back((revision, digest));
        while self.sets.len() > REMEMBERED {
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
