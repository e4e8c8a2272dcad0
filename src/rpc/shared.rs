//! What the services of all listeners share: the policy, the clock, the limits,
//! and what is counted.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tonic::Status;

use super::Limits;
use super::apart::Apart;
use super::load::Places;
use super::refusal::Refusal;
use crate::clock::Clock;
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
    /// Tells this process from others that count the revisions of a directory.
    pub(crate) origin: u64,
    /// Calls in flight, of all connections.
    pub(super) calls: Places,
    /// Calls in flight, of all connections to admin listeners.
    pub(super) admin_calls: Places,
    /// Where lists are answered.
    pub(super) apart: Apart,
}

impl Shared {
    /// Nothing in force, nothing counted.
    pub(crate) fn new(clock: Clock, limits: Limits) -> Self {
        let metrics = Arc::new(Metrics::new());
        let calls = Places::new(metrics.calls_in_flight().clone(), limits.load.calls);
        let admin_calls = Places::new(metrics.admin_calls_in_flight().clone(), limits.load.calls);
        Self {
            store: Arc::new(Store::default()),
            clock,
            limits,
            metrics,
            // A number that another process is not likely to draw: the seed of this
            // process's hash maps.
            origin: RandomState::new().hash_one(()),
            calls,
            admin_calls,
            apart: Apart::new(),
        }
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
