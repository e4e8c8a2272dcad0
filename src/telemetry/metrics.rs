//! What the process counts of itself, for Prometheus.
//!
//! Everything counted is an atomic made at the start, so counting takes no lock
//! and finds nothing by name. No label ever holds an id of a tenant, a principal
//! or a resource.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::model::Revision;
use crate::snapshot::Size;

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    epoch: Gauge<i64, AtomicI64>,
    number: Gauge<i64, AtomicI64>,
    tenants: Gauge<i64, AtomicI64>,
    members: Gauge<i64, AtomicI64>,
    resources: Gauge<i64, AtomicI64>,
    swaps: Counter<u64, AtomicU64>,
    refusals: Counter<u64, AtomicU64>,
    faulty: Gauge<i64, AtomicI64>,
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("sidegate");
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::<i64, AtomicI64>::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let epoch = gauge("policy_revision_epoch", "Epoch of the policy in force");
        let number = gauge("policy_revision_number", "Number, within its epoch, of the policy in force");
        let tenants = gauge("policy_tenants", "Tenants of the policy in force");
        let members = gauge("policy_members", "Members of all tenants");
        let resources = gauge("policy_resources", "Registered resources of all tenants");
        let faulty =
            gauge("policy_source_faulty", "1 while the source of policy holds what was refused, 0 otherwise");
        let swaps = Counter::<u64, AtomicU64>::default();
        registry.register("policy_swaps", "Policies put in force", swaps.clone());
        let refusals = Counter::<u64, AtomicU64>::default();
        registry.register("policy_refusals", "Policies refused, the last good one kept", refusals.clone());
        Self { registry, epoch, number, tenants, members, resources, swaps, refusals, faulty }
    }

    /// A policy was put in force.
    pub fn policy_in_force(&self, revision: Revision, size: Size) {
        let set = |gauge: &Gauge<i64, AtomicI64>, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        set(&self.epoch, revision.epoch);
        set(&self.number, revision.number);
        set(&self.tenants, count(size.tenants));
        set(&self.members, count(size.members));
        set(&self.resources, count(size.resources));
        self.swaps.inc();
    }

    /// The source of policy holds what is in force, or what was found wanting.
    pub fn policy_source_is_faulty(&self, faulty: bool) {
        self.faulty.set(i64::from(faulty));
    }

    /// A policy was refused, and the last good one kept.
    pub fn policy_refused(&self) {
        self.refusals.inc();
    }

    /// Everything counted, in OpenMetrics text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail; half a page would be taken for the whole.
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
        }
        text
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn what_is_in_force_is_shown() {
        let metrics = Metrics::new();
        let size = Size { tenants: 2, members: 7, resources: 3, apps: 1 };
        metrics.policy_in_force(Revision::new(1, 42), size);
        metrics.policy_source_is_faulty(true);
        let text = metrics.render();
        for line in [
            "sidegate_policy_revision_number 42",
            "sidegate_policy_members 7",
            "sidegate_policy_source_faulty 1",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line} in\n{text}");
        }
        assert_eq!(metrics.swaps.inner().load(Ordering::Relaxed), 1);
    }
}
