//! Long work, apart from what serves connections.
//!
//! A list may take tens of milliseconds, and a check must not wait for it: lists
//! are read, answered and written on threads of their own, few of them, which the
//! system runs when the threads that serve connections leave it time. Whoever
//! gives up waiting (its deadline, its connection) stops the work at the next of
//! its steps.
//!
//! Work waits in order for a thread. How much may wait is bounded by the calls
//! that may be in flight.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, available_parallelism};

use tokio::sync::oneshot;

use super::refusal::Refusal;

/// How much rather the system runs other threads of the process: half of the way
/// from the usual to the last.
const NICE: i32 = 10;

/// Where long work is done.
#[derive(Debug)]
pub(super) struct Apart(Sender<Work>);

type Work = Box<dyn FnOnce() + Send>;

/// Whether anybody still waits for the work.
#[derive(Debug)]
pub(super) struct Wanted(Arc<AtomicBool>);

/// Tells the work that nobody waits any more.
struct Waiting(Arc<AtomicBool>);

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
                    // What a panic left half done is dropped with it.
                    let _ = catch_unwind(AssertUnwindSafe(work));
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
        let _waiting = Waiting(Arc::clone(&wanted));
        let wanted = Wanted(wanted);
        let (tell, told) = oneshot::channel();
        let job = move || {
            if wanted.still() {
                // It may have been given up in the meantime.
                let _ = tell.send(work(&wanted));
            }
        };
        // Without a thread, and when the work panics, nobody tells anything.
        let _ = self.0.send(Box::new(job));
        told.await.unwrap_or(Err(Refusal::Internal))
    }
}

/// The next piece of work; `None` when there will be none.
fn next(receiver: &Mutex<Receiver<Work>>) -> Option<Work> {
    // A poisoned lock guards nothing that could be half done.
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

impl Wanted {
    /// Whether anybody still waits.
    pub(super) fn still(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
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
