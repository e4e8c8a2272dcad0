//! Long work, apart from what serves connections.
//!
//! A list may take tens of milliseconds, and a check must not wait for it: lists
//! are read, answered and written on threads of their own, few of them, and behind
//! all others. That alone is not enough. A scheduler lets a thread that it has
//! chosen run for milliseconds before one that wakes, however much less it counts;
//! so the work rests between short steps, and whoever waits for the core gets it.
//! Whoever gives up waiting (its deadline, its connection) stops the work at the
//! next rest.
//!
//! Work waits in order for a thread. What may wait is bounded by the calls that
//! may be in flight: work that is given up before it has begun is freed at once.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, available_parallelism};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::refusal::Refusal;

/// How much rather the system runs other threads of the process: the most
/// there is.
const NICE: i32 = 19;
/// How long the work may go on without a rest.
const STEP: Duration = Duration::from_micros(250);
/// How long a rest is at least; the system's timers make it some tens of
/// microseconds more.
const REST: Duration = Duration::from_micros(1);

/// Where long work is done.
#[derive(Debug)]
pub(super) struct Apart(Sender<Work>);

/// A piece of work, until it is done or given up.
type Work = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// Whether anybody still waits for the work, and when it last rested.
#[derive(Debug)]
pub(super) struct Wanted {
    still: Arc<AtomicBool>,
    rested: Cell<Instant>,
}

/// Tells the work that nobody waits any more, and frees it if it has not begun:
/// what it holds must not outlive the call, whose place in the limits is free.
struct Waiting(Arc<AtomicBool>, Work);

impl Apart {
    /// Threads for half of the machine's cores. A thread that the system does not
    /// give is one less; without any, nothing is done apart and all is refused.
    pub(super) fn new() -> Self {
        let (sender, receiver) = channel::<Work>();
        let receiver = Arc::new(Mutex::new(receiver));
        let cores = available_parallelism().map_or(1, usize::from);
        for _ in 0..(cores / 2).max(1) {
            let receiver = Arc::clone(&receiver);
            let started = thread::Builder::new().name("sidegate-lists".to_owned()).spawn(move || {
                // Where the system does not know of it, all threads are alike.
                let _ = rustix::process::setpriority_process(None, NICE);
                while let Some(work) = next(&receiver) {
                    if let Some(work) = take(&work) {
                        // What a panic left half done is dropped with it.
                        let _ = catch_unwind(AssertUnwindSafe(work));
                    }
                }
            });
            if let Err(error) = started {
                tracing::warn!("no thread for lists: {error}");
            }
        }
        Self(sender)
    }

    /// Does a piece of work, and waits for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Wanted) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let wanted = Arc::new(AtomicBool::new(true));
        let still = Arc::clone(&wanted);
        let (tell, told) = oneshot::channel();
        let job = move || {
            let wanted = Wanted { still: wanted, rested: Cell::new(Instant::now()) };
            if wanted.still() {
                // It may have been given up in the meantime.
                let _ = tell.send(work(&wanted));
            }
        };
        let work: Work = Arc::new(Mutex::new(Some(Box::new(job))));
        let _waiting = Waiting(still, Arc::clone(&work));
        // Without a thread, and when the work panics, nobody tells anything.
        let _ = self.0.send(work);
        told.await.unwrap_or(Err(Refusal::Internal))
    }
}

/// The next piece of work; `None` when there will be none.
fn next(receiver: &Mutex<Receiver<Work>>) -> Option<Work> {
    // A poisoned lock guards nothing that could be half done.
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Wanted {
    /// Whether anybody still waits. To be asked often: here the work rests.
    pub(super) fn still(&self) -> bool {
        if self.rested.get().elapsed() >= STEP {
            thread::sleep(REST);
            self.rested.set(Instant::now());
        }
        self.still.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
        drop(take(&self.1));
    }
}

fn take(work: &Work) -> Option<Box<dyn FnOnce() + Send>> {
    work.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn f33_work_that_nobody_waits_for_is_told_so() {
        let apart = Apart::new();
        let (began, begun) = tokio::sync::oneshot::channel();
        let (ended, end) = channel();
        let work = apart.run(move |wanted| {
            began.send(()).unwrap();
            while wanted.still() {
                std::thread::yield_now();
            }
            ended.send(()).unwrap();
            Ok(())
        });
        let mut work = Box::pin(work);
        tokio::select! {
            _ = &mut work => panic!("it ends only when nobody waits"),
            begun = begun => begun.unwrap(),
        }
        drop(work);
        tokio::task::spawn_blocking(move || end.recv().unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn work_that_is_given_up_before_it_begins_is_freed() {
        let apart = Apart::new();
        let threads = available_parallelism().map_or(1, usize::from);
        let (end, ended) = channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        // Every thread has something to do until it is told.
        let busy: Vec<_> = (0..threads)
            .map(|_| {
                let ended = Arc::clone(&ended);
                Box::pin(apart.run(move |_| {
                    let _ = ended.lock().unwrap().recv();
                    Ok(())
                }))
            })
            .collect();
        let mut busy = busy;
        for work in &mut busy {
            assert!(futures_poll(work).is_pending());
        }
        let held = Arc::new(());
        let work = Arc::clone(&held);
        let mut waiting = Box::pin(apart.run(move |_| {
            drop(work);
            Ok(())
        }));
        assert!(futures_poll(&mut waiting).is_pending());
        assert_eq!(Arc::strong_count(&held), 2);
        drop(waiting);
        assert_eq!(Arc::strong_count(&held), 1);
        drop(end);
    }

    /// Asks a future once.
    fn futures_poll<F: Future + Unpin>(future: &mut F) -> std::task::Poll<F::Output> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::Pin::new(future).poll(&mut context)
    }

    #[tokio::test]
    async fn f34_a_panic_is_a_refusal_and_its_thread_goes_on() {
        let apart = Apart::new();
        let threads = available_parallelism().map_or(1, usize::from);
        for _ in 0..=threads {
            let refused = apart.run(|_| -> Result<(), Refusal> { panic!("on purpose") }).await;
            assert_eq!(refused, Err(Refusal::Internal));
        }
        assert_eq!(apart.run(|_| Ok(7)).await, Ok(7));
    }
}
