//! When the source of policy was last heard of, and for how long it may be silent.
//!
//! Read by every call where a limit is set, so it is one atomic: no lock, and no
//! look at the clock without a limit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::Lifecycle;

/// When the source of policy was last heard of. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Freshness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    /// In milliseconds from then on, and one more; 0: never.
    heard: AtomicU64,
    /// For how long it may be silent.
    most: Option<Duration>,
    changed: Notify,
}

impl Default for Freshness {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Freshness {
    /// Nothing was heard yet. The source may be silent for so long, from now on.
    pub(crate) fn new(most: Option<Duration>) -> Self {
        let (began, heard) = (Instant::now(), AtomicU64::new(0));
        Self(Arc::new(Inner { began, heard, most, changed: Notify::new() }))
    }

    /// The source was heard of.
    pub(crate) fn heard(&self) {
        let millis = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.heard.store(millis.saturating_add(1), Ordering::Relaxed);
        self.0.changed.notify_one();
    }

    /// For how long it has been silent; `None` if it was not heard of at all.
    pub(crate) fn silent(&self) -> Option<Duration> {
        let heard = self.0.heard.load(Ordering::Relaxed).checked_sub(1)?;
        Some(self.0.began.elapsed().saturating_sub(Duration::from_millis(heard)))
    }

    /// For how long it has been silent, since the start if it was not heard of.
    pub(crate) fn silence(&self) -> Duration {
        self.silent().unwrap_or_else(|| self.0.began.elapsed())
    }

    /// Whether what is held may be old: the source was not heard of since the
    /// start, or not for longer than it may be silent.
    pub(crate) fn stale(&self) -> bool {
        self.silent().is_none() || self.too_old()
    }

    /// Whether the source has been silent for longer than it may be.
    pub(crate) fn too_old(&self) -> bool {
        self.0.most.is_some_and(|most| self.silence() > most)
    }

    /// Tells the lifecycle whenever it becomes too old, or is no longer. Does not
    /// end by itself.
    pub(crate) async fn watch(self, lifecycle: Lifecycle) {
        let Some(most) = self.0.most else { return };
        loop {
            // What is just as old as it may be is looked at again a little later.
            let left = most.saturating_sub(self.silence()) + Duration::from_millis(1);
            let too_old = self.too_old();
            if lifecycle.policy_is_too_old(too_old) {
                if too_old {
                    tracing::error!("the source of policy has been silent for too long: nothing is answered");
                } else {
                    tracing::info!("the source of policy was heard of again");
                }
            }
            if too_old {
                self.0.changed.notified().await;
            } else {
                sleep(left).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said after so many seconds: stale, too old, silent for.
    #[track_caller]
    fn check(freshness: &Freshness, expected: (bool, bool, Option<u64>)) {
        let silent = freshness.silent().map(|silent| silent.as_secs());
        assert_eq!((freshness.stale(), freshness.too_old(), silent), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn f02_it_is_stale_until_the_source_is_heard_of() {
        let forever = Freshness::default();
        check(&forever, (true, false, None));
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        check(&forever, (true, false, None));
        forever.heard();
        check(&forever, (false, false, Some(0)));
        tokio::time::advance(Duration::from_secs(1_000_000)).await;
        check(&forever, (false, false, Some(1_000_000)));
    }

    #[tokio::test(start_paused = true)]
    async fn f02_it_is_too_old_when_the_source_is_silent_for_longer_than_it_may() {
        let freshness = Freshness::new(Some(Duration::from_secs(10)));
        let lifecycle = Lifecycle::default();
        lifecycle.policy_in_force();
        let watching = tokio::spawn(freshness.clone().watch(lifecycle.clone()));
        tokio::time::advance(Duration::from_secs(10)).await;
        check(&freshness, (true, false, None));
        assert!(lifecycle.state().ready().is_ok(), "at the limit");
        tokio::time::sleep(Duration::from_millis(2)).await;
        check(&freshness, (true, true, None));
        assert!(lifecycle.state().ready().is_err(), "above it, counted from the start");
        freshness.heard();
        tokio::time::sleep(Duration::from_millis(1)).await;
        check(&freshness, (false, false, Some(0)));
        assert!(lifecycle.state().ready().is_ok(), "heard of");
        tokio::time::sleep(Duration::from_millis(10_010)).await;
        check(&freshness, (true, true, Some(10)));
        assert!(lifecycle.state().ready().is_err(), "silent again");
        watching.abort();
    }
}
