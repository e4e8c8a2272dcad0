//! The threads of a state directory, and what they share with whoever hands over.
//!
//! One thread writes logs and decides; bases are written by a thread of their own,
//! behind all others. Handing over takes a lock that is never held while anything
//! is written, so it waits for no disk. What waits has a bound: when too much
//! does, the sets are let go of, and a base of the newest will have to do.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::time::Instant;

use super::codec::Codec;
use super::engine::Engine;
use super::recover::Good;
use super::replay::keep;
use super::storage::Storage;
use super::work::{Item, Job, Newest, Standing, Waiting};
use crate::model::{Digest, Revision};
use crate::sync::keep::{Kept, RECENT, Ticket};
use crate::telemetry::Metrics;

/// Rows of the sets that may wait for the disk.
const ROWS: usize = 200_000;

/// Sets that may wait for the disk.
const SETS: usize = 4096;

/// Tickets that may wait for the disk.
const TICKETS: usize = 65_536;

/// How far writing a base stands behind everything else.
const NICE: i32 = 19;

/// What is shared by the threads and whoever hands over.
pub(super) struct Shared<S, K: Codec> {
    inbox: Mutex<Inbox<S, K>>,
    bell: Condvar,
    standing: Mutex<Standing>,
    /// A base that is being written is not wanted any more.
    stop: AtomicBool,
}

/// Writes what is handed over.
pub(super) struct Worker<S: Storage, K: Codec> {
    shared: Arc<Shared<S, K>>,
    engine: Engine<S, K>,
    storage: Arc<S>,
    metrics: Arc<Metrics>,
    /// When something that failed is tried again, and which failure that was.
    again: Option<Instant>,
    failures: u64,
}

/// A base, and how many bytes it has.
type Written<S, K> = (Arc<Job<S, K>>, io::Result<u64>);

struct Inbox<S, K: Codec> {
    items: Vec<Item<K::Set>>,
    /// How many of them are sets, and how many rows those have.
    sets: (usize, usize),
    newest: Option<K::Whole>,
    recent: VecDeque<(Revision, Digest)>,
    written: Option<Written<S, K>>,
    closing: bool,
    ended: bool,
}

impl<S: Storage, K: Codec> Shared<S, K> {
    /// Nothing waits; `good` is what is in force.
    pub(super) fn new(good: Option<&Good<K::Whole>>) -> Arc<Self> {
        let inbox = Inbox {
            items: Vec::new(),
            sets: (0, 0),
            newest: good.map(|good| good.whole.clone()),
            recent: good.map(|good| good.recent.clone()).unwrap_or_default(),
            written: None,
            closing: false,
            ended: false,
        };
        Arc::new(Self {
            inbox: Mutex::new(inbox),
            bell: Condvar::new(),
            standing: Mutex::default(),
            stop: AtomicBool::new(false),
        })
    }

    /// A set was put in force.
    pub(super) fn set(&self, set: &Arc<K::Set>, after: &K::Whole) -> Ticket {
        let (revision, held, stands_for) = (K::revision(after), K::digest(after), K::stands_for(set));
        let item = |waiting| Item::Set(Arc::clone(set), held, waiting);
        self.hand_over(after, K::size(set), item, |known| keep(known, (revision, stands_for), RECENT))
    }

    /// A whole was put in force.
    pub(super) fn whole(&self, after: &K::Whole, recent: &[(Revision, Digest)]) -> Ticket {
        self.hand_over(after, 0, Item::Whole, |known| {
            known.clear();
            recent.iter().for_each(|one| keep(known, *one, RECENT));
        })
    }

    /// How far it has come.
    pub(super) fn standing(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what waits, and ends. Whether it did so in time.
    pub(super) fn close(&self, at_most: Duration) -> bool {
        let mut inbox = self.inbox();
        inbox.closing = true;
        self.bell.notify_all();
        let waited = self.bell.wait_timeout_while(inbox, at_most, |inbox| !inbox.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }

    fn hand_over(
        &self,
        after: &K::Whole,
        rows: usize,
        item: impl FnOnce(Waiting) -> Item<K::Set>,
        remember: impl FnOnce(&mut VecDeque<(Revision, Digest)>),
    ) -> Ticket {
        let (tell, ticket) = Ticket::new(Kept::Pending);
        let mut inbox = self.inbox();
        let before = inbox.newest.replace(after.clone());
        remember(&mut inbox.recent);
        if inbox.ended || inbox.closing {
            tell.send_replace(Kept::Failed("the sidecar is stopping".to_owned()));
        } else if inbox.items.len() >= TICKETS {
            // The next that is taken does not lead on, and so is kept by a base.
            tell.send_replace(Kept::Failed("the disk does not keep up".to_owned()));
        } else {
            let item = item(Waiting { revision: K::revision(after), ticket: tell });
            let (sets, all) = inbox.sets;
            let one = usize::from(matches!(item, Item::Set(..)));
            inbox.sets = (sets.saturating_add(one), all.saturating_add(rows));
            inbox.items.push(item);
            if inbox.sets.0 > SETS || inbox.sets.1 > ROWS {
                inbox.let_go();
            }
        }
        drop(inbox);
        self.bell.notify_all();
        // Freed without the lock.
        drop(before);
        ticket
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox<S, K>> {
        // Nothing that panics is done under the lock.
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S, K: Codec> Inbox<S, K> {
    /// Lets go of the sets, and keeps the tickets.
    fn let_go(&mut self) {
        self.sets = (0, 0);
        let items = std::mem::take(&mut self.items);
        self.items = items
            .into_iter()
            .map(|item| match item {
                Item::Set(_, _, waiting) | Item::Whole(waiting) => Item::Whole(waiting),
            })
            .collect();
    }
}

impl<S: Storage, K: Codec> Worker<S, K> {
    /// Starts the thread.
    ///
    /// # Errors
    ///
    /// The system gives none.
    pub(super) fn start(
        shared: &Arc<Shared<S, K>>,
        engine: Engine<S, K>,
        storage: &Arc<S>,
        metrics: &Arc<Metrics>,
    ) -> io::Result<()> {
        let mut worker = Self {
            shared: Arc::clone(shared),
            engine,
            storage: Arc::clone(storage),
            metrics: Arc::clone(metrics),
            again: None,
            failures: 0,
        };
        worker.publish();
        let ending = Ending(Arc::clone(shared));
        thread::Builder::new().name("sidegate-state".to_owned()).spawn(move || {
            // The worker, and with it the directory's lock, is let go of before that is told.
            let (_ending, mut worker) = (ending, worker);
            worker.run();
        })?;
        Ok(())
    }

    fn run(&mut self) {
        let mut items = Vec::new();
        let mut written: Option<Written<S, K>> = None;
        loop {
            if let Some((job, result)) = written.take() {
                self.engine.written(&job, result);
                self.publish();
            }
            self.engine.take(std::mem::take(&mut items));
            let patience_is_over = self.again.is_some_and(|again| again <= Instant::now());
            if patience_is_over {
                self.again = None;
            }
            if self.engine.wants_base(patience_is_over)
                && let Some(newest) = self.newest()
            {
                let job = self.engine.job(newest);
                self.write(Arc::new(job));
            }
            self.publish();
            let mut inbox = self.wait();
            items = std::mem::take(&mut inbox.items);
            inbox.sets = (0, 0);
            written = inbox.written.take();
            let writing = self.engine.is_writing() && written.is_none();
            let ends = inbox.closing && items.is_empty() && !writing;
            drop(inbox);
            let stopped = self.shared.stop.load(Ordering::Relaxed);
            if ends && (stopped || written.is_none()) {
                return;
            }
        }
    }

    /// Waits until there is something to do.
    fn wait(&self) -> MutexGuard<'_, Inbox<S, K>> {
        let idle = |inbox: &mut Inbox<S, K>| {
            let writing = self.engine.is_writing();
            if inbox.closing && writing && !self.engine.is_awaited() {
                self.shared.stop.store(true, Ordering::Relaxed);
            }
            inbox.items.is_empty() && inbox.written.is_none() && (writing || !inbox.closing)
        };
        let (bell, inbox) = (&self.shared.bell, self.shared.inbox());
        match self.again {
            None => bell.wait_while(inbox, idle).unwrap_or_else(PoisonError::into_inner),
            Some(again) => {
                let left = again.saturating_duration_since(Instant::now());
                bell.wait_timeout_while(inbox, left, idle).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }

    fn newest(&self) -> Option<Newest<K::Whole>> {
        let inbox = self.shared.inbox();
        let recent = inbox.recent.iter().copied().collect();
        Some(Newest { whole: inbox.newest.clone()?, recent })
    }

    /// Has a base written by a thread of its own.
    fn write(&self, job: Arc<Job<S, K>>) {
        let (shared, own) = (Arc::clone(&self.shared), Arc::clone(&job));
        let started = thread::Builder::new().name("sidegate-base".to_owned()).spawn(move || {
            // Where the system does not know of it, all threads are alike.
            let _ = rustix::process::setpriority_process(None, NICE);
            let result = catch_unwind(AssertUnwindSafe(|| own.run(&shared.stop)));
            let result = result.unwrap_or_else(|_| Err(io::Error::other("writing it has panicked")));
            shared.inbox().written = Some((own, result));
            shared.bell.notify_all();
        });
        if let Err(error) = started {
            self.shared.inbox().written = Some((job, Err(error)));
        }
    }

    /// Says how far it has come, and then tells whoever waits for that.
    fn publish(&mut self) {
        let place = self.storage.place();
        self.engine.told().iter().for_each(|told| told.tell(&place));
        let standing = self.engine.standing().clone();
        while self.failures < standing.failures {
            self.failures = self.failures.saturating_add(1);
            self.metrics.persist_failed();
            self.again = None;
        }
        self.again = self.engine.patience().map(|wait| self.again.unwrap_or_else(|| Instant::now() + wait));
        *self.shared.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
        self.engine.answer();
    }
}

/// Tells everybody that the thread has ended, however it did.
struct Ending<S: Storage, K: Codec>(Arc<Shared<S, K>>);

impl<S: Storage, K: Codec> Drop for Ending<S, K> {
    fn drop(&mut self) {
        let mut inbox = self.0.inbox();
        inbox.ended = true;
        // Whoever waits is told by this that it will not be.
        let items = std::mem::take(&mut inbox.items);
        drop(inbox);
        drop(items);
        self.0.bell.notify_all();
    }
}

#[cfg(test)]
mod tests;
