//! Long work, apart from what serves connections.
//!
//! A list may take tens of milliseconds, and a check must not wait for it: lists
//! are answered on threads of their own, few at a time, and the threads that
//! serve connections go on. Whoever gives up waiting (its deadline, its
//! connection) stops the work at the next of its steps.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// Where long work is done.
#[derive(Debug)]
pub(super) struct Apart {
    /// As many at a time; the others wait, in order, as long as their deadlines let
    /// them.
    places: Semaphore,
}

/// Whether anybody still waits for the work.
#[derive(Debug)]
pub(super) struct Wanted(Arc<AtomicBool>);

/// Tells the work that nobody waits any more.
struct Waiting(Arc<AtomicBool>);

impl Apart {
    /// Room for work on half of the machine's cores.
    pub(super) fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self { places: Semaphore::new((cores / 2).max(1)) }
    }

    /// Does a piece of work, and waits for it.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Wanted) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let wanted = Arc::new(AtomicBool::new(true));
        let _waiting = Waiting(Arc::clone(&wanted));
        // It is never closed; if it were, nothing could be done.
        let _place = self.places.acquire().await.map_err(|_| Refusal::Internal)?;
        let done = tokio::task::spawn_blocking(move || work(&Wanted(wanted))).await;
        // A panic of the work ends its call alone.
        done.unwrap_or(Err(Refusal::Internal))
    }
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
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn f33_work_that_nobody_waits_for_is_told_so() {
        let apart = Apart::new();
        let (began, begun) = tokio::sync::oneshot::channel();
        let (ended, end) = mpsc::channel();
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
    async fn f34_a_panic_is_a_refusal_and_its_place_is_free_again() {
        let apart = Apart::new();
        let most = apart.places.available_permits();
        let refused = apart.run(|_| -> Result<(), Refusal> { panic!("on purpose") }).await;
        assert_eq!(refused, Err(Refusal::Internal));
        assert_eq!(apart.run(|_| Ok(7)).await, Ok(7));
        assert_eq!(apart.places.available_permits(), most);
    }
}
