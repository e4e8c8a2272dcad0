//! What is kept of policy beyond this process, and what was kept by the one before.
//!
//! Here is only what the two sides say to one another: whoever applies pushes
//! hands over what is in force, and is told later whether it is on disk.

use std::sync::Arc;

use tokio::sync::watch;

use crate::document::ChangeSet;
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;

/// How many of the sets that have led to what is held are remembered.
pub const RECENT: usize = 1024;

/// Keeps what has been put in force. It never waits for a disk.
pub trait Keep: Send {
    /// A change set with a base has been put in force, and led to `after`.
    fn set(&mut self, set: &Arc<ChangeSet>, after: &Snapshot) -> Ticket;

    /// A whole has been put in force. `recent` is which sets have led there, the
    /// newest last: their revisions, and what stands for them.
    fn whole(&mut self, after: &Snapshot, recent: &[(Revision, Digest)]) -> Ticket;

    /// Tells, whenever it is asked, how far keeping has come.
    fn gauge(&self) -> Box<dyn Fn() -> HowFar + Send + Sync>;
}

/// How far keeping has come.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HowFar {
    /// The newest revision that is kept.
    pub durable: Option<Revision>,
    /// Why a newer one is not, if something is wrong.
    pub trouble: Option<String>,
}

/// Tells when something is on disk.
#[derive(Clone, Debug)]
pub struct Ticket(watch::Receiver<Kept>);

/// How far something has come on its way to the disk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kept {
    /// Not there yet.
    Pending,
    /// There.
    Durable,
    /// It did not get there, or will not: why.
    Failed(String),
}

/// What was kept by the process before.
#[derive(Debug)]
pub struct Recovered {
    /// The newest that is whole.
    pub snapshot: Snapshot,
    /// What was in force before it, as far as it is known, the oldest first.
    pub history: Vec<Snapshot>,
    /// Which sets have led there, the newest last.
    pub recent: Vec<(Revision, Digest)>,
}

/// Nothing is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Ticket {
    /// A ticket, and what tells it.
    #[must_use]
    pub fn new(kept: Kept) -> (watch::Sender<Kept>, Self) {
        let (told, ticket) = watch::channel(kept);
        (told, Self(ticket))
    }

    /// How far it has come.
    #[must_use]
    pub fn now(&self) -> Kept {
        self.0.borrow().clone()
    }

    /// Waits until it has come to an end.
    pub async fn end(&mut self) -> Kept {
        match self.0.wait_for(|kept| *kept != Kept::Pending).await {
            Ok(kept) => kept.clone(),
            Err(_) => Kept::Failed("the sidecar is stopping".to_owned()),
        }
    }
}

impl Keep for Nowhere {
    fn set(&mut self, _set: &Arc<ChangeSet>, _after: &Snapshot) -> Ticket {
        nowhere()
    }

    fn whole(&mut self, _after: &Snapshot, _recent: &[(Revision, Digest)]) -> Ticket {
        nowhere()
    }

    fn gauge(&self) -> Box<dyn Fn() -> HowFar + Send + Sync> {
        Box::new(|| HowFar { durable: None, trouble: Some(NOWHERE.to_owned()) })
    }
}

const NOWHERE: &str = "there is no state directory";

fn nowhere() -> Ticket {
    Ticket::new(Kept::Failed(NOWHERE.to_owned())).1
}
