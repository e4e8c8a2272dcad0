//! Everything compiled and indexed, immutable, with one revision.

use crate::document::Checked;
use crate::model::Revision;

/// A permission's place in the model's table.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PermissionIx(pub u32);

/// A whole policy, ready to decide.
#[derive(Clone, Debug)]
pub struct Snapshot {
    revision: Revision,
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
    pub fn compile(_checked: &Checked, revision: Revision) -> Self {
        Self { revision }
    }

    /// The revision of everything.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The revision of the last change to a tenant, the model or an app.
    #[must_use]
    pub const fn tenant_revision(&self, _tenant: &str) -> Option<Revision> {
        Some(self.revision)
    }

    /// How much it holds.
    #[must_use]
    pub const fn size(&self) -> Size {
        Size { tenants: 0, members: 0, resources: 0, apps: 0 }
    }
}
