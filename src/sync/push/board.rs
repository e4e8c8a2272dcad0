//! What is told of pushes to whoever asks: what can be rolled back to, and how much
//! of what is in force is on disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::history::Past;
use crate::model::{Digest, Revision};
use crate::snapshot::apply::Touched;
use crate::sync::keep::{Kept, Ticket};

/// What is told of pushes.
#[derive(Debug, Default)]
pub struct Board(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    past: Arc<[Revisited]>,
    /// The newest that is known to be on disk.
    durable: Option<Revision>,
    /// What is on its way there, the newest last. Of what has failed, the newest.
    tickets: VecDeque<(Revision, Ticket)>,
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
    /// What can be rolled back to, the newest first.
    #[must_use]
    pub fn past(&self) -> Arc<[Revisited]> {
        Arc::clone(&self.told().past)
    }

    /// How much is on disk.
    #[must_use]
    pub fn durable(&self) -> Durable {
        let mut told = self.told();
        told.look();
        let why_not = told.tickets.back().map(|(_, ticket)| match ticket.now() {
            Kept::Durable => String::new(),
            Kept::Pending => "not yet".to_owned(),
            Kept::Failed(why) => why,
        });
        Durable { revision: told.durable, why_not: why_not.unwrap_or_default() }
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
        let mut told = self.told();
        told.tickets.push_back((revision, ticket));
        told.look();
    }

    /// The ticket of what is in force.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.told().tickets.back().map(|(_, ticket)| ticket.clone())
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        // Each change is one assignment; nothing can be half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Told {
    /// Looks which tickets have come to an end. What is newer holds what is older, so
    /// of those that have, only the newest is of interest.
    fn look(&mut self) {
        let newest = self.tickets.len().saturating_sub(1);
        let mut at = 0;
        let durable = &mut self.durable;
        self.tickets.retain(|(revision, ticket)| {
            let kept = ticket.now();
            if kept == Kept::Durable {
                *durable = (*durable).max(Some(*revision));
            }
            at += 1;
            kept == Kept::Pending || at > newest
        });
    }
}
