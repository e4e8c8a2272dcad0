//! Everything compiled and indexed, immutable, with one revision.
//!
//! Architecture invariants:
//!
//! 1. *One snapshot, one answer.* Everything a decision needs hangs off the
//!    snapshot; there is no cache beside it, so there is nothing to invalidate.
//! 2. *Compiling cannot fail.* It takes a [`Checked`] policy.
//! 3. *Shared, not copied.* A changed snapshot shares with the one it came
//!    from every tenant, and within a tenant every leaf of rows, that the
//!    change did not touch.
//!
//! It deliberately lacks a clock: what depends on time is stored with the
//! instant at which it changes.

pub mod apply;
mod build;
pub mod content;
pub mod describe;
mod digest;
pub(crate) mod index;
pub(crate) mod model;
pub(crate) mod order;
pub(crate) mod permissions;
pub(crate) mod reach;
pub(crate) mod role;
pub(crate) mod table;
pub(crate) mod tenant;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use permissions::PermissionIx;

use self::model::Model;
use self::order::Order;
use self::table::{Item, Table};
use self::tenant::{App, Tenant};
use crate::document::Checked;
use crate::model::{Digest, Revision};

/// A whole policy, ready to decide. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Snapshot {
    revision: Revision,
    /// That of the last change of the model or an app.
    shared_revision: Revision,
    /// Stands for all of it.
    digest: Digest,
    model: Arc<Model>,
    /// By id.
    tenants: Table<Arc<Tenant>>,
    tenant_order: Order,
    /// By principal type and id.
    apps: Table<Arc<App>>,
    /// Tenants left out because their documents have faults.
    quarantined: Arc<BTreeSet<Box<str>>>,
    size: Size,
}

/// How much a snapshot holds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Size {
    /// Tenants.
    pub tenants: usize,
    /// Members of all tenants.
    pub members: usize,
    /// Registered resources of all tenants.
    pub resources: usize,
    /// Apps.
    pub apps: usize,
}

impl Snapshot {
    /// Compiles a checked policy.
    #[must_use]
    pub fn compile(checked: &Checked, revision: Revision) -> Self {
        let policy = checked.policy();
        let model = build::model(checked, revision);
        let apps = policy
            .apps
            .iter()
            .filter_map(|(key, app)| {
                let kind = model.principal_type_names.get(key.kind())?;
                Some(Item { kind: kind.0, text: key.id(), row: build::app(&model, app, revision) })
            })
            .collect();
        let shared = Common { model: Arc::new(model), apps: Table::build(apps), revision };
        Self::assemble(checked, revision, shared, |_| None)
    }

    /// Compiles the policy that comes after this one, with the same model and the
    /// same apps. A tenant that is `unchanged`, by id, is taken over as it is, its
    /// revision included; every other is compiled anew.
    ///
    /// Whether anything changed is the caller's to know: a snapshot keeps no texts.
    #[must_use]
    pub fn compile_after(
        &self,
        checked: &Checked,
        revision: Revision,
        unchanged: impl Fn(&str) -> bool,
    ) -> Self {
        let kept = |id: &str| if unchanged(id) { self.tenants.get(0, id) } else { None };
        let shared = Common {
            model: Arc::clone(&self.model),
            apps: self.apps.clone(),
            revision: self.shared_revision,
        };
        Self::assemble(checked, revision, shared, |id| kept(id).map(|(_, tenant)| Arc::clone(tenant)))
    }

    /// Puts a snapshot together, compiling each tenant that is not `kept`.
    fn assemble(
        checked: &Checked,
        revision: Revision,
        Common { model, apps, revision: shared_revision }: Common,
        kept: impl Fn(&str) -> Option<Arc<Tenant>>,
    ) -> Self {
        let compiled = |id, def| kept(id).unwrap_or_else(|| Arc::new(build::tenant(&model, def, revision)));
        let tenants: Vec<Item<'_, Arc<Tenant>>> = checked
            .policy()
            .tenants
            .iter()
            .map(|(id, def)| Item { kind: 0, text: id, row: compiled(id, def) })
            .collect();
        let size = Size {
            tenants: tenants.len(),
            members: tenants.iter().map(|item| item.row.members.len()).sum(),
            resources: tenants.iter().map(|item| item.row.resources.len()).sum(),
            apps: apps.len(),
        };
        let tenant_order = Order::build(tenants.iter().map(|item| (0, item.text)).collect());
        let of_apps = apps.iter().map(|(.., app)| digest::app(&app.source.id, &app.source));
        let of_tenants = tenants.iter().map(|item| digest::tenant(item.text, item.row.digest));
        let digest = of_apps.chain(of_tenants).fold(digest::model(&model.source.document), Digest::with);
        let tenants = Table::build(tenants);
        let quarantined = Arc::default();
        Self { revision, shared_revision, digest, model, tenants, tenant_order, apps, quarantined, size }
    }

    /// The same, knowing of tenants that were left out because their documents
    /// have faults. A tenant that it has is not one of them.
    #[must_use]
    pub fn quarantining<'a>(self, tenants: impl IntoIterator<Item = &'a str>) -> Self {
        let left_out: BTreeSet<Box<str>> =
            tenants.into_iter().filter(|id| self.tenant(id).is_none()).map(Box::from).collect();
        let rest = self.quarantined.iter().fold(self.digest, |sum, id| sum.without(digest::quarantined(id)));
        let digest = left_out.iter().fold(rest, |sum, id| sum.with(digest::quarantined(id)));
        Self { quarantined: Arc::new(left_out), digest, ..self }
    }

    /// The tenants that were left out because their documents have faults, in
    /// order.
    pub fn quarantined(&self) -> impl ExactSizeIterator<Item = &str> {
        self.quarantined.iter().map(AsRef::as_ref)
    }

    /// Whether a tenant is one of those.
    pub(crate) fn is_quarantined(&self, tenant: &str) -> bool {
        self.quarantined.contains(tenant)
    }

    /// The revision of everything.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The revision of the last change to a tenant, the model or an app.
    #[must_use]
    pub fn tenant_revision(&self, tenant: &str) -> Option<Revision> {
        self.tenant(tenant).map(|tenant| tenant.revision.max(self.shared_revision))
    }

    /// How much it holds.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// The model.
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// A tenant.
    pub(crate) fn tenant(&self, id: &str) -> Option<&Tenant> {
        self.tenants.get(0, id).map(|(_, tenant)| tenant.as_ref())
    }

    /// An app.
    pub(crate) fn app(&self, kind: index::PrincipalTypeIx, id: &str) -> Option<&App> {
        self.apps.get(kind.0, id).map(|(_, app)| app.as_ref())
    }
}

/// What all tenants have in common.
#[derive(Debug)]
struct Common {
    model: Arc<Model>,
    apps: Table<Arc<App>>,
    /// That of its last change.
    revision: Revision,
}

#[cfg(test)]
mod tests;
