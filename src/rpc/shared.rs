//! What the services of all listeners share: the policy, the clock, the limits,
//! and what is counted.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tokio::time::Instant;
use tonic::Status;

use super::Limits;
use super::apart::Apart;
use super::deadline::Deadline;
use super::load::Places;
use super::refusal::Refusal;
use crate::clock::Clock;
use crate::lifecycle::Freshness;
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::wire::status;

/// What the services of all listeners share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) freshness: Freshness,
    /// Tells this process from others that count the revisions of a directory.
    pub(crate) origin: u64,
    /// Calls in flight, of all connections.
    pub(super) calls: Places,
    /// Calls that wait for a revision.
    pub(super) waiters: Places,
    /// Calls in flight, of all connections to admin listeners.
    pub(super) admin_calls: Places,
    /// Where lists are answered.
    pub(super) apart: Apart,
}

impl Shared {
    /// Nothing in force, nothing counted; of a policy that is as fresh.
    pub(crate) fn new(clock: Clock, limits: Limits, freshness: Freshness) -> Self {
        let metrics = Arc::new(Metrics::of(freshness.clone()));
        let calls = Places::new(metrics.calls_in_flight().clone(), limits.load.calls);
        let waiters = Places::new(metrics.revision_waiters().clone(), limits.revisions.waiters);
        let admin_calls = Places::new(metrics.admin_calls_in_flight().clone(), limits.load.calls);
        Self {
            store: Arc::new(Store::default()),
            clock,
            limits,
            metrics,
            freshness,
            // A number that another process is not likely to draw: the seed of this
            // process's hash maps.
            origin: RandomState::new().hash_one(()),
            calls,
            waiters,
            admin_calls,
            apart: Apart::new(),
        }
    }

    /// Lends the snapshot in force, if there is one that may be answered from.
    pub(super) fn lend<T>(&self, answer: impl FnOnce(&Snapshot) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let lent = self.store.read(|snapshot| {
            if self.freshness.too_old() { Err(Refusal::PolicyStale) } else { answer(snapshot) }
        });
        lent.unwrap_or(Err(Refusal::NoSnapshot))
    }

    /// Waits until what is in force is as new as a caller wants it.
    pub(super) async fn reach(&self, wanted: Revision, deadline: Deadline) -> Result<(), Refusal> {
        let Some(_place) = self.waiters.take() else {
            return Err(Refusal::Overloaded { limit: "revision_waiters" });
        };
        let until = deadline.in_time().min(Instant::now() + self.limits.revisions.wait);
        if self.store.wait_for(wanted, until).await {
            return Ok(());
        }
        let installed = self.store.revision().unwrap_or_default();
        Err(Refusal::RevisionNotReached { wanted, installed })
    }

    /// Counts a refusal, and tells it to the caller.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Status {
        self.count(refusal);
        status::status(refusal)
    }

    /// Counts a refusal: the limits that it is about, and callers that may not.
    pub(super) fn count(&self, refusal: &Refusal) {
        refusal.limits().for_each(|limit| self.metrics.limit_hit(limit));
        if matches!(refusal, Refusal::NoIdentity | Refusal::CallerNotAllowed(_)) {
            self.metrics.caller_refused();
        }
    }
}
