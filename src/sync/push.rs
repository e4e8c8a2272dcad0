//! Policy that is pushed: one thread that takes sets in the order in which they
//! come, and whoever hands them to it.
//!
//! `desk` says what becomes of a set, and knows no thread; this is the thread
//! around it, and the only one that puts pushed policy in force.
//!
//! Invariants:
//!
//! 1. *In order, together.* Of what waits, as much as is not too much is looked at
//!    one after the other and put in force at once. Each is answered on its own, and
//!    nobody before that.
//! 2. *In force, then kept, then told.* No disk is waited for here.
//! 3. *It goes on.* A panic over a set is that set's answer, and what is held is as
//!    before it.
//! 4. *Bounded.* What waits is counted, and one more is refused at once.

mod board;
mod desk;
mod history;
mod load;
mod rollback;
mod told;
mod verdict;
mod worker;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use board::{Board, Durable, Revisited};
pub use desk::Settings;
pub use rollback::Rollback;
pub use verdict::{Acknowledged, Outcome, Refused, Verdict};

use self::desk::{Desk, LoadId};
use self::worker::{Job, Worker};
use super::Sink;
use super::keep::{Keep, Recovered};
use crate::document::{Change, ChangeSet, Header, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;

/// Where pushes are handed in. Cloning gives another way to the same thread, which
/// ends with the last of them.
#[derive(Clone, Debug)]
pub struct Pusher {
    jobs: Sender<Job>,
    /// The places for pushes that wait, or are whole loads under way.
    places: Arc<Semaphore>,
    board: Arc<Board>,
}

/// A whole load under way. Dropped before its end, it is given up.
#[derive(Debug)]
pub struct Loading {
    id: LoadId,
    jobs: Sender<Job>,
    over: bool,
    _place: OwnedSemaphorePermit,
}

/// Where the answer to a push goes.
type Tell = oneshot::Sender<Result<Acknowledged, Refused>>;

impl Pusher {
    /// Puts in force what was kept by the process before, if anything was, and from
    /// then on what is pushed; `waiting` of them may wait at a time. `once` is the newest
    /// that was ever held: nothing older is taken.
    ///
    /// # Errors
    ///
    /// The system's, if it gives no thread.
    pub fn start(
        settings: Settings,
        waiting: usize,
        (recovered, once): (Option<Recovered>, Option<Revision>),
        keep: impl Keep + 'static,
        sink: impl Sink,
    ) -> io::Result<Self> {
        let desk = Desk::new(settings, recovered, once);
        let board = Arc::new(Board::new(keep.gauge()));
        board.show(desk.past());
        board.was_held(once);
        if let Some(held) = desk.held()
            && let Err(error) = sink.install(Snapshot::clone(held))
        {
            tracing::error!("what was kept of the policy was not taken: {error}");
        }
        let left_out: Vec<&str> = desk.held().into_iter().flat_map(Snapshot::quarantined).collect();
        if !left_out.is_empty() {
            let tenants = left_out.join(", ");
            tracing::warn!(tenants, "tenants left out, and denied everything until they are put whole again");
        }
        let (jobs, handed) = channel();
        let worker = Worker::new(desk, keep, sink, Arc::clone(&board));
        thread::Builder::new().name("sidegate-policy".to_owned()).spawn(move || worker.run(&handed))?;
        let places = Arc::new(Semaphore::new(waiting.min(Semaphore::MAX_PERMITS)));
        Ok(Self { jobs, places, board })
    }

    /// What is told of pushes.
    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Pushes a set that has a base. Given up, it is looked at all the same.
    ///
    /// # Errors
    ///
    /// Why it was not looked at.
    pub async fn push(&self, set: ChangeSet, rehearsed: bool) -> Result<Acknowledged, Refused> {
        let place = self.place()?;
        let (tell, told) = oneshot::channel();
        self.hand(Job::Set { set: Arc::new(set), rehearsed, tell, place });
        told.await.unwrap_or(Err(Refused::Internal))
    }

    /// Goes back to what a tenant, or everything, was.
    ///
    /// # Errors
    ///
    /// Why it was not looked at.
    pub async fn roll_back(&self, wanted: Rollback) -> Result<Acknowledged, Refused> {
        let place = self.place()?;
        let (tell, told) = oneshot::channel();
        self.hand(Job::RollBack { wanted, tell, place });
        told.await.unwrap_or(Err(Refused::Internal))
    }

    /// Begins a whole load.
    ///
    /// # Errors
    ///
    /// Why it is not looked at.
    pub async fn load(&self, header: Header, rehearsed: bool) -> Result<Loading, Refused> {
        let place = self.place()?;
        let (tell, told) = oneshot::channel();
        // A load that is opened for nobody is given up again by being dropped there.
        self.hand(Job::Open { header, rehearsed, jobs: self.jobs.clone(), place, tell });
        told.await.unwrap_or(Err(Refused::Internal))
    }

    fn place(&self) -> Result<OwnedSemaphorePermit, Refused> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| Refused::Overloaded { limit: "pushes_waiting" })
    }

    fn hand(&self, job: Job) {
        // The thread lives as long as there is anybody to hand it something. Were it
        // gone, the answer would be dropped with the job, which tells as much.
        let _ = self.jobs.send(job);
    }
}

impl Loading {
    const fn new(id: LoadId, jobs: Sender<Job>, place: OwnedSemaphorePermit) -> Self {
        Self { id, jobs, over: false, _place: place }
    }

    /// Brings the next piece, and waits until it has been looked at. Returns what came
    /// of the load if that has ended it.
    pub async fn bring(&mut self, changes: Vec<Spanned<Change>>) -> Option<Result<Acknowledged, Refused>> {
        let (tell, told) = oneshot::channel();
        let _ = self.jobs.send(Job::Piece { id: self.id, changes, tell });
        let ended = told.await.unwrap_or(Some(Err(Refused::Internal)));
        self.over |= ended.is_some();
        ended
    }

    /// Ends it, and waits for what comes of it.
    ///
    /// # Errors
    ///
    /// Why it was not looked at.
    pub async fn end(mut self) -> Result<Acknowledged, Refused> {
        let (tell, told) = oneshot::channel();
        self.over = true;
        let _ = self.jobs.send(Job::Close { id: self.id, tell });
        told.await.unwrap_or(Err(Refused::Internal))
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        if !self.over {
            let _ = self.jobs.send(Job::GiveUp { id: self.id });
        }
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
