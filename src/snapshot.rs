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

mod again;
pub mod apply;
mod build;
pub mod content;
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
use self::table::{Item, Table};
use self::tenant::{App, Tenant};
use crate::document::Checked;
use crate::document::definition;
use crate::model::{Key, Revision};

/// A whole policy, ready to decide. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Snapshot {
    revision: Revision,
    model: Arc<Model>,
    /// By id.
    tenants: Table<Arc<Tenant>>,
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
        let model = build::model(checked);
        let apps = policy
            .apps
            .iter()
            .filter_map(|(key, app)| {
                let kind = model.principal_type_names.get(key.kind())?;
                Some(Item { kind: kind.0, text: key.id(), row: build::app(&model, app) })
            })
            .collect();
        let (model, apps) = (Arc::new(model), Table::build(apps));
        Self::assemble(checked, revision, (model, apps), |_| None)
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
        let shared = (Arc::clone(&self.model), self.apps.clone());
        Self::assemble(checked, revision, shared, |id| kept(id).map(|(_, tenant)| Arc::clone(tenant)))
    }

    /// Puts a snapshot together, compiling each tenant that is not `kept`.
    fn assemble(
        checked: &Checked,
        revision: Revision,
        (model, apps): (Arc<Model>, Table<Arc<App>>),
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
            apps: checked.policy().apps.len(),
        };
        let tenants = Table::build(tenants);
        Self { revision, model, tenants, apps, quarantined: Arc::default(), size }
    }

    /// The same, knowing of tenants that were left out because their documents
    /// have faults. A tenant that it has is not one of them.
    #[must_use]
    pub fn quarantining<'a>(self, tenants: impl IntoIterator<Item = &'a str>) -> Self {
        let left_out = tenants.into_iter().filter(|id| self.tenant(id).is_none()).map(Box::from).collect();
        Self { quarantined: Arc::new(left_out), ..self }
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
        self.tenant(tenant).map(|tenant| tenant.revision)
    }

    /// How much it holds.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// A snapshot with one tenant put in or put in place of the one it had.
    ///
    /// The definition must come of a policy that was checked with this
    /// snapshot's model; names it does not have are taken for retired ones.
    #[must_use]
    pub fn with_tenant(&self, def: &definition::Tenant, revision: Revision) -> Self {
        self.with(&def.id, build::tenant(&self.model, def, revision), revision)
    }

    /// A snapshot with one member of a tenant replaced, its groups as they
    /// were; `None` when there is no such member.
    #[must_use]
    pub fn with_member(
        &self,
        tenant: &str,
        key: &Key,
        def: &definition::Member,
        revision: Revision,
    ) -> Option<Self> {
        let changed = build::replace_member(&self.model, self.tenant(tenant)?, key, def, revision)?;
        Some(self.with(tenant, changed, revision))
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

    fn with(&self, id: &str, tenant: Tenant, revision: Revision) -> Self {
        let (members, resources) =
            self.tenant(id).map_or((0, 0), |old| (old.members.len(), old.resources.len()));
        let minus_plus = |all: usize, old: usize, new: usize| all.saturating_sub(old).saturating_add(new);
        let size = Size {
            members: minus_plus(self.size.members, members, tenant.members.len()),
            resources: minus_plus(self.size.resources, resources, tenant.resources.len()),
            ..self.size
        };
        let tenants = self.tenants.with(Item { kind: 0, text: id, row: Arc::new(tenant) });
        let mut quarantined = Arc::clone(&self.quarantined);
        if quarantined.contains(id) {
            Arc::make_mut(&mut quarantined).remove(id);
        }
        Self {
            revision,
            quarantined,
            tenants: tenants.clone(),
            size: Size { tenants: tenants.len(), ..size },
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests;
