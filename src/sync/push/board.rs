//! What is told of pushes to whoever asks: what can be rolled back to, and how much
//! of what is in force is on disk.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::history::Past;
use crate::model::{Digest, Revision};
use crate::snapshot::apply::Touched;
use crate::sync::keep::{HowFar, Kept, Ticket};

/// What is told of pushes.
pub struct Board {
    told: Mutex<Told>,
    how_far: Box<dyn Fn() -> HowFar + Send + Sync>,
}

#[derive(Debug, Default)]
struct Told {
    past: Arc<[Revisited]>,
    /// Of what is in force; none of what was recovered.
    ticket: Option<(Revision, Ticket)>,
    /// The newest that was ever held when the process began.
    once: Option<Revision>,
}

/// A revision that can be rolled back to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revisited {
    /// The revision.
    pub revision: Revision,
    /// Stands for everything that was held then.
    pub digest: Digest,
    /// What it may have changed.
    pub touched: Arc<Touched>,
}

/// How much of what is in force is on disk.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Durable {
    /// The newest that is.
    pub revision: Option<Revision>,
    /// Why the newest is not; empty if it is.
    pub why_not: String,
}

impl Board {
    pub(super) fn new(how_far: Box<dyn Fn() -> HowFar + Send + Sync>) -> Self {
        Self { told: Mutex::default(), how_far }
    }

    /// What can be rolled back to, the newest first.
    #[must_use]
    pub fn past(&self) -> Arc<[Revisited]> {
        Arc::clone(&self.told().past)
    }

    /// The newest revision that was ever held, if that is newer than what is.
    #[must_use]
    pub fn lost(&self, held: Option<Revision>) -> Option<Revision> {
        self.told().once.filter(|once| Some(*once) > held)
    }

    /// So new a revision was held once.
    pub(super) fn was_held(&self, once: Option<Revision>) {
        self.told().once = once;
    }

    /// How much is on disk of what is held.
    #[must_use]
    pub fn durable(&self, held: Option<Revision>) -> Durable {
        let HowFar { durable, trouble } = (self.how_far)();
        // Whoever was told that it is on disk must not hear otherwise.
        let told = self.told().ticket.clone().filter(|(_, ticket)| ticket.now() == Kept::Durable);
        let revision = durable.max(told.map(|(revision, _)| revision));
        let why_not = if revision >= held {
            String::new()
        } else {
            trouble.unwrap_or_else(|| "it is on its way".to_owned())
        };
        Durable { revision, why_not }
    }

    /// What can be rolled back to has changed.
    pub(super) fn show<'a>(&self, past: impl Iterator<Item = &'a Past>) {
        let revisited = |past: &Past| Revisited {
            revision: past.snapshot.revision(),
            digest: past.snapshot.digest(),
            touched: Arc::clone(&past.touched),
        };
        self.told().past = past.map(revisited).collect();
    }

    /// Something is on its way to the disk.
    pub(super) fn keeps(&self, revision: Revision, ticket: Ticket) {
        self.told().ticket = Some((revision, ticket));
    }

    /// The ticket of something that was put in force at a revision. What is newer holds
    /// what is older.
    pub(super) fn ticket(&self, revision: Option<Revision>) -> Option<Ticket> {
        if revision <= (self.how_far)().durable {
            return Some(Ticket::new(Kept::Durable).1);
        }
        self.told().ticket.as_ref().map(|(_, ticket)| ticket.clone())
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Each change is one assignment; nothing can be half done.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("told", &self.told).finish_non_exhaustive()
    }
}
