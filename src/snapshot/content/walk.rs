//! What a snapshot holds, in order and from anywhere on.

use super::{MemberRow, Profile, install, member, resource};
use crate::document::Spanned;
use crate::document::definition::{Install, Registered, Tenant as Definition};
use crate::model::Key;
use crate::snapshot::Snapshot;
use crate::snapshot::order::Order;

impl Snapshot {
    /// Tenants in order of id, from the first after `previous` on.
    pub fn tenants_after(&self, previous: Option<&str>) -> impl Iterator<Item = &str> {
        self.tenant_order.after(0, previous)
    }

    /// The members of a tenant in order, from the first after `previous` on.
    pub fn members_after(&self, tenant: &str, previous: Option<&Key>) -> impl Iterator<Item = MemberRow> {
        let principals = self.model.principal_kinds().map(|(kind, name)| (kind.0, name));
        let tenant = self.tenant(tenant);
        keys(tenant.map(|tenant| &tenant.orders.members), principals, previous).filter_map(
            move |(kind, key)| {
                let (_, row) = tenant?.members.get(kind, key.id())?;
                Some(MemberRow { key, profile: Profile::of(row), content: member(&self.model, row) })
            },
        )
    }

    /// The registered resources of a tenant in order, from the first after
    /// `previous` on.
    pub fn resources_after(
        &self,
        tenant: &str,
        previous: Option<&Key>,
    ) -> impl Iterator<Item = (Key, Registered)> {
        let types = (0..).zip(self.model.types.iter().map(|row| &*row.name));
        let tenant = self.tenant(tenant);
        keys(tenant.map(|tenant| &tenant.orders.resources), types, previous).filter_map(move |(kind, key)| {
            let (_, row) = tenant?.resources.get(kind, key.id())?;
            Some((key, resource(&self.model, row)))
        })
    }

    /// The installs of a tenant in order, from the first after `previous` on.
    pub fn installs_after(
        &self,
        tenant: &str,
        previous: Option<&Key>,
    ) -> impl Iterator<Item = (Key, Install)> {
        let principals = self.model.principal_kinds().map(|(kind, name)| (kind.0, name));
        let tenant = self.tenant(tenant);
        keys(tenant.map(|tenant| &tenant.orders.installs), principals, previous).filter_map(
            move |(kind, key)| {
                let (_, row) = tenant?.installs.get(kind, key.id())?;
                Some((key, install(&self.model, row)))
            },
        )
    }

    /// All of a tenant as it was put.
    #[must_use]
    pub fn tenant_content(&self, tenant: &str) -> Option<Definition> {
        let frame = self.frame(tenant)?.clone();
        Some(Definition {
            members: self
                .members_after(tenant, None)
                .map(|row| (row.key, Spanned::nowhere(row.content)))
                .collect(),
            resources: self
                .resources_after(tenant, None)
                .map(|(key, content)| (key, Spanned::nowhere(content)))
                .collect(),
            installs: self
                .installs_after(tenant, None)
                .map(|(key, content)| (key, Spanned::nowhere(content)))
                .collect(),
            ..frame
        })
    }
}

/// Keys of kinds that come in order of name, from the first after `previous` on.
fn keys<'a>(
    order: Option<&'a Order>,
    kinds: impl Iterator<Item = (u32, &'a str)>,
    previous: Option<&Key>,
) -> impl Iterator<Item = (u32, Key)> {
    let previous = previous.cloned();
    let from = previous.as_ref().map(|key| key.kind().to_owned());
    kinds.filter(move |(_, name)| from.as_deref().is_none_or(|from| *name >= from)).flat_map(
        move |(kind, name)| {
            let after = previous.as_ref().filter(|key| key.kind() == name).map(Key::id);
            let ids = order.map(|order| order.after(kind, after)).into_iter().flatten();
            ids.filter_map(move |id| Some((kind, Key::new(name, id).ok()?)))
        },
    )
}
