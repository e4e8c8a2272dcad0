//! Which roles a principal holds, from the definitions alone (docs/semantics.md,
//! "Whose facts"). Coverage needs it for principals that a decision was about.

use std::collections::BTreeSet;

use super::question::key_ref;
use crate::decide::{Call, KeyRef};
use crate::document::definition::{GroupMember, Member, Model, NameList, Policy, Tenant};
use crate::model::{Key, Timestamp};

/// The roles the caller holds at an instant, `everyone` and `anyone` included.
pub(super) fn roles<'p>(policy: &'p Policy, call: &Call<'_>, now: Timestamp) -> BTreeSet<&'p str> {
    let mut held = BTreeSet::from(["anyone"]);
    let Some(tenant) = policy.tenants.get(call.tenant) else { return held };
    if policy.apps.keys().any(|app| same(app, call.principal.key)) {
        return held;
    }
    let asserted = asserted(&policy.model, tenant, call);
    let member = tenant.members.iter().find(|(key, _)| same(key, call.principal.key));
    if member.is_none() && asserted.is_empty() {
        return held;
    }
    held.insert("everyone");
    held.extend(asserted);
    held.extend(member.into_iter().flat_map(|(_, member)| own(member, now)));
    for group in groups(tenant, call.principal.key) {
        held.extend(tenant.groups.get(group).into_iter().flat_map(|group| names(&group.roles)));
    }
    extended(&policy.model, tenant, held)
}

/// Whether a key is the one that was asked about.
pub(super) fn same(key: &Key, asked: KeyRef<'_>) -> bool {
    key_ref(key) == asked
}

fn names(list: &NameList) -> impl Iterator<Item = &str> {
    list.iter().map(|name| name.value.as_str())
}

fn own(member: &Member, now: Timestamp) -> impl Iterator<Item = &str> {
    let current = member.roles.iter().filter(move |given| given.expires_at.is_none_or(|end| now < end));
    current.map(|given| given.role.as_str())
}

fn asserted<'p>(model: &'p Model, tenant: &'p Tenant, call: &Call<'_>) -> Vec<&'p str> {
    let taken = model.principals.get(call.principal.key.kind).is_some_and(|kind| kind.roles_from_request);
    let known = |asked: &&str| {
        let known = model.roles.get_key_value(*asked).map(|(id, _)| id.as_str());
        known
            .or_else(|| tenant.roles.get_key_value(*asked).map(|(id, _)| id.as_str()))
            .filter(|id| !matches!(*id, "everyone" | "anyone"))
    };
    if taken { call.principal.roles.iter().filter_map(known).collect() } else { Vec::new() }
}

/// The groups of a principal, at any depth.
fn groups<'p>(tenant: &'p Tenant, asked: KeyRef<'_>) -> BTreeSet<&'p str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    // Each round adds the groups that hold one found before; there are only so many groups.
    loop {
        let holds = |member: &GroupMember| match member {
            GroupMember::Principal(key) => same(key, asked),
            GroupMember::Group(inner) => found.contains(inner.as_str()),
        };
        let next: Vec<&str> = tenant
            .groups
            .iter()
            .filter(|(id, group)| !found.contains(id.as_str()) && group.members.iter().any(|m| holds(m)))
            .map(|(id, _)| id.as_str())
            .collect();
        if next.is_empty() {
            return found;
        }
        found.extend(next);
    }
}

/// Roles and all that they extend, at any depth, without those that exist no more.
fn extended<'p>(model: &'p Model, tenant: &'p Tenant, given: BTreeSet<&'p str>) -> BTreeSet<&'p str> {
    let mut held = BTreeSet::new();
    let mut open: Vec<&str> = given.into_iter().collect();
    while let Some(id) = open.pop() {
        let role = model.roles.get(id).or_else(|| tenant.roles.get(id));
        if (role.is_some() || matches!(id, "everyone" | "anyone")) && held.insert(id) {
            open.extend(role.into_iter().flat_map(|role| names(&role.extends)));
        }
    }
    held
}
