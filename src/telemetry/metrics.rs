//! What the process counts of itself, for Prometheus.
//!
//! Everything counted is an atomic made at the start, so counting takes no lock
//! and finds nothing by name. No label ever holds an id of a tenant, a principal
//! or a resource.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tonic::Code;

use super::silence::Silence;
use super::words::{CODES, Ignored, LIMITS, Pushed, Rpc};
use crate::decide::Reason;
use crate::lifecycle::Freshness;
use crate::model::Revision;
use crate::snapshot::Size;

type Counter = counter::Counter<u64, AtomicU64>;
/// A number that goes up and down.
pub(crate) type Gauge = gauge::Gauge<i64, AtomicI64>;
/// Names of labels and their values.
type Labels<const N: usize> = [(&'static str, &'static str); N];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    epoch: Gauge,
    number: Gauge,
    tenants: Gauge,
    members: Gauge,
    resources: Gauge,
    swaps: Counter,
    refusals: Counter,
    faulty: Gauge,
    quarantined: Gauge,
    /// By what became of them.
    pushes: Vec<Counter>,
    /// By method, then by reason.
    decisions: [Vec<Counter>; 3],
    /// By method, then by code.
    calls: [Vec<Counter>; Rpc::ALL.len()],
    /// By limit, in the order of [`LIMITS`].
    limits: Vec<Counter>,
    ignored: Vec<Counter>,
    accept_errors: Counter,
    handshake_failures: Counter,
    certificate_failures: Counter,
    admin_refused: Counter,
    admin_insecure: Gauge,
    persist_failed: Counter,
    connections: Gauge,
    admin_connections: Gauge,
    calls_in_flight: Gauge,
    revision_waiters: Gauge,
    admin_calls_in_flight: Gauge,
}

impl Metrics {
    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Freshness::default())
    }

    /// Nothing counted yet, of a policy that is as fresh.
    pub(crate) fn of(freshness: Freshness) -> Self {
        let mut registry = Registry::with_prefix("sidegate");
        registry.register_collector(Box::new(Silence(freshness)));
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The sidecar itself", version);
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
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
        let quarantined =
            gauge("policy_quarantined_tenants", "Tenants left out and denied, for the faults of their files");
        let connections = gauge("connections", "Connections of the data plane");
        let calls_in_flight = gauge("calls_in_flight", "Calls of the data plane in flight");
        let revision_waiters =
            gauge("revision_waiters", "Calls that wait for the policy to be as new as they want it");
        let admin_insecure = gauge("admin_insecure", "Admin listeners that let anybody do everything");
        let admin_connections = gauge("admin_connections", "Connections of admin listeners");
        let admin_calls_in_flight = gauge("admin_calls_in_flight", "Calls of admin listeners in flight");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, counter.clone());
            counter
        };
        let swaps = counter("policy_swaps", "Policies put in force");
        let refusals = counter("policy_refusals", "Policies refused, the last good one kept");
        let persist_failed =
            counter("policy_persist_failures", "Times that policy could not be kept on disk");
        let accept_errors = counter("accept_errors", "Connections that the system would not hand over");
        let handshake_failures = counter(
            "handshake_failures",
            "Connections whose handshake failed, such as for a bad certificate",
        );
        let certificate_failures = counter(
            "certificate_reload_failures",
            "Changed certificates that were bad, the last good ones kept",
        );
        let admin_refused = counter("admin_calls_refused", "Calls of admin listeners refused for who called");

        let made = family(&mut registry, "pushes", "Pushes, by what became of them");
        let pushes = Pushed::ALL.map(|outcome| made([("outcome", outcome.name())])).into();
        let made = family(&mut registry, "decisions", "Decisions made");
        let decisions = [Rpc::Check, Rpc::Batch, Rpc::List].map(|rpc| {
            let series = Reason::ALL.into_iter().map(|reason| {
                let decision = if reason.allows() { "ALLOW" } else { "DENY" };
                made([("rpc", rpc.name()), ("decision", decision), ("reason", reason.name())])
            });
            series.collect()
        });
        let made = family(&mut registry, "calls", "Calls that have ended");
        let calls = Rpc::ALL.map(|rpc| {
            CODES.into_iter().map(|(_, code)| made([("rpc", rpc.name()), ("code", code)])).collect()
        });
        let made = family(&mut registry, "limit_hit", "Limits reached");
        let limits = LIMITS.map(|limit| made([("limit", limit)])).into();
        let made = family(&mut registry, "ignored", "What was sent and ignored, because nothing declares it");
        let ignored = Ignored::ALL.map(|what| made([("what", what.name())])).into();
        Self {
            registry,
            epoch,
            number,
            tenants,
            members,
            resources,
            swaps,
            refusals,
            faulty,
            quarantined,
            pushes,
            decisions,
            calls,
            limits,
            ignored,
            accept_errors,
            handshake_failures,
            certificate_failures,
            admin_refused,
            admin_insecure,
            persist_failed,
            connections,
            admin_connections,
            calls_in_flight,
            revision_waiters,
            admin_calls_in_flight,
        }
    }

    /// A policy was put in force.
    pub fn policy_in_force(&self, revision: Revision, size: Size) {
        let set = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        set(&self.tenants, count(size.tenants));
        set(&self.members, count(size.members));
        set(&self.resources, count(size.resources));
        self.swaps.inc();
        set(&self.epoch, revision.epoch);
        // The last: whoever sees it sees the rest.
        set(&self.number, revision.number);
    }

    /// The source of policy holds what is in force, or what was found wanting.
    pub fn policy_source_is_faulty(&self, faulty: bool) {
        self.faulty.set(i64::from(faulty));
    }

    /// So many tenants were left out of what is in force.
    pub fn tenants_are_quarantined(&self, count: usize) {
        self.quarantined.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// A policy was refused, and the last good one kept.
    pub fn policy_refused(&self) {
        self.refusals.inc();
    }

    /// What is in force could not be kept for the next start.
    pub(crate) fn persist_failed(&self) {
        self.persist_failed.inc();
    }

    /// Something came of a push.
    pub fn pushed(&self, outcome: Pushed) {
        if let Some(counter) = self.pushes.get(outcome as usize) {
            counter.inc();
        }
    }

    /// A decision was made.
    pub fn decided(&self, rpc: Rpc, reason: Reason) {
        self.decided_many(rpc, reason, 1);
    }

    /// As many decisions were made.
    pub fn decided_many(&self, rpc: Rpc, reason: Reason, decisions: u64) {
        let of_rpc = self.decisions.get(rpc as usize);
        if let Some(counter) = of_rpc.and_then(|of_rpc| of_rpc.get(reason as usize)) {
            counter.inc_by(decisions);
        }
    }

    /// A call has ended.
    pub(crate) fn called(&self, rpc: Rpc, code: Code) {
        let of_rpc = self.calls.get(rpc as usize);
        let place = usize::try_from(i32::from(code)).ok();
        if let Some(counter) = of_rpc.zip(place).and_then(|(of_rpc, place)| of_rpc.get(place)) {
            counter.inc();
        }
    }

    /// A limit was reached; one that no caller can reach is not counted.
    pub fn limit_hit(&self, limit: &str) {
        let place = LIMITS.iter().position(|known| *known == limit);
        if let Some(counter) = place.and_then(|place| self.limits.get(place)) {
            counter.inc();
        }
    }

    /// What a question has sent that means nothing, by its paths.
    pub fn ignored(&self, paths: &[String]) {
        for path in paths {
            if let Some(counter) = self.ignored.get(Ignored::at(path) as usize) {
                counter.inc();
            }
        }
    }

    /// The system would not hand over a connection.
    pub(crate) fn accept_failed(&self) {
        self.accept_errors.inc();
    }

    /// A handshake failed.
    pub(crate) fn handshake_failed(&self) {
        self.handshake_failures.inc();
    }

    /// Certificates have changed and are bad.
    pub(crate) fn certificates_not_renewed(&self) {
        self.certificate_failures.inc();
    }

    /// A call was refused for who called.
    pub(crate) fn caller_refused(&self) {
        self.admin_refused.inc();
    }

    /// A listener lets anybody do everything.
    pub(crate) fn insecure_listener(&self) {
        self.admin_insecure.inc();
    }

    /// Connections of admin listeners, for whoever counts them.
    pub(crate) const fn admin_connections(&self) -> &Gauge {
        &self.admin_connections
    }

    /// Calls of admin listeners in flight, for whoever counts them.
    pub(crate) const fn admin_calls_in_flight(&self) -> &Gauge {
        &self.admin_calls_in_flight
    }

    /// Connections of the data plane, for whoever counts them.
    pub(crate) const fn connections(&self) -> &Gauge {
        &self.connections
    }

    /// Calls in flight, for whoever counts them.
    pub(crate) const fn calls_in_flight(&self) -> &Gauge {
        &self.calls_in_flight
    }

    /// Calls that wait for a revision, for whoever counts them.
    pub(crate) const fn revision_waiters(&self) -> &Gauge {
        &self.revision_waiters
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

/// Makes the series of a family, each once, at the start.
fn family<const N: usize>(
    registry: &mut Registry,
    name: &str,
    help: &str,
) -> impl Fn(Labels<N>) -> Counter + use<N> {
    let family = Family::<Labels<N>, Counter>::default();
    registry.register(name, help, family.clone());
    move |labels| family.get_or_create_owned(&labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(metrics: &Metrics, line: &str) {
        let text = metrics.render();
        assert!(text.lines().any(|shown| shown == line), "{line} in\n{text}");
    }

    #[test]
    fn what_is_in_force_is_shown() {
        let metrics = Metrics::new();
        let size = Size { tenants: 2, members: 7, resources: 3, apps: 1 };
        metrics.policy_in_force(Revision::new(1, 42), size);
        metrics.policy_source_is_faulty(true);
        for line in [
            "sidegate_policy_revision_number 42",
            "sidegate_policy_members 7",
            "sidegate_policy_source_faulty 1",
            "sidegate_policy_swaps_total 1",
        ] {
            shows(&metrics, line);
        }
    }

    #[test]
    fn everything_is_counted_where_it_belongs() {
        let metrics = Metrics::new();
        metrics.decided(Rpc::Batch, Reason::Restricted);
        metrics.decided_many(Rpc::List, Reason::RoleGrant, 20);
        metrics.called(Rpc::Other, Code::Unimplemented);
        metrics.limit_hit("calls");
        metrics.pushed(Pushed::NeedFull);
        metrics.ignored(&["via.scopes[0]".to_owned(), "context.a".to_owned(), "context.b".to_owned()]);
        let version = env!("CARGO_PKG_VERSION");
        for line in [
            r#"sidegate_decisions_total{rpc="BatchCheck",decision="DENY",reason="RESTRICTED"} 1"#,
            r#"sidegate_decisions_total{rpc="ListAllowed",decision="ALLOW",reason="ROLE_GRANT"} 20"#,
            r#"sidegate_decisions_total{rpc="Check",decision="ALLOW",reason="ROLE_GRANT"} 0"#,
            r#"sidegate_calls_total{rpc="other",code="UNIMPLEMENTED"} 1"#,
            r#"sidegate_limit_hit_total{limit="calls"} 1"#,
            r#"sidegate_pushes_total{outcome="need_full"} 1"#,
            "sidegate_policy_stale 1",
            r#"sidegate_ignored_total{what="scope"} 1"#,
            r#"sidegate_ignored_total{what="attribute"} 2"#,
            &format!(r#"sidegate_build_info{{version="{version}"}} 1"#),
        ] {
            shows(&metrics, line);
        }
        assert!(metrics.render().ends_with("# EOF\n"));
    }
}
