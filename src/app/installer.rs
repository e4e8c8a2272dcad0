//! Puts policy in force.

use std::sync::Arc;

use crate::lifecycle::{Freshness, Lifecycle};
use crate::snapshot::Snapshot;
use crate::store::{InstallError, Store};
use crate::sync::Sink;
use crate::telemetry::Metrics;

/// Puts policy in force, from anywhere and without waiting: in the store, in what
/// is counted, and in what health says.
#[derive(Clone, Debug)]
pub struct Installer {
    pub(super) store: Arc<Store>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) lifecycle: Lifecycle,
    pub(super) freshness: Freshness,
}

impl Installer {
    /// Puts a snapshot in force; from then on health says `SERVING`, unless the
    /// sidecar is stopping.
    ///
    /// # Errors
    ///
    /// [`InstallError`] if what is in force is as new; then nothing changes.
    pub fn install(&self, snapshot: Snapshot) -> Result<(), InstallError> {
        let (revision, size) = (snapshot.revision(), snapshot.size());
        let quarantined = snapshot.quarantined().len();
        self.store.install(snapshot)?;
        self.metrics.tenants_are_quarantined(quarantined);
        self.metrics.policy_in_force(revision, size);
        self.lifecycle.policy_in_force();
        tracing::info!(
            %revision,
            tenants = size.tenants,
            members = size.members,
            resources = size.resources,
            apps = size.apps,
            "policy in force"
        );
        Ok(())
    }

    /// The snapshot in force.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

impl Sink for Installer {
    fn install(&self, snapshot: Snapshot) -> Result<(), InstallError> {
        Self::install(self, snapshot)
    }

    fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    fn heard(&self) {
        self.freshness.heard();
    }
}
