//! From one policy to another: the changes that bring one where the other is.
//!
//! Invariants:
//!
//! 1. *Complete.* What is held with the changes applied is what is wanted.
//! 2. *Small.* What is equal is not put again; lists whose order says nothing are
//!    equal in any order. A part that has changed is put whole, but of an ACL only
//!    the entries that have.
//! 3. *In order.* What is named is put before what names it, and deleted after. A
//!    delete refuses references: if it has any, the two policies were not what they
//!    were said to be.
//!
//! It deliberately lacks tests: they stay with whoever wrote them.

use std::collections::BTreeMap;

use super::canonical::{Bytes, Canonical};
use super::change::{Change, References, TenantChange};
use super::definition::{App, KeyMap, Policy, Registered, Tenant};
use super::place::Spanned;
use crate::model::Key;

/// What is held, as far as it may differ from what is wanted.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The text of the model's document.
    pub model: String,
    /// Every app.
    pub apps: KeyMap<App>,
    /// Every tenant by id.
    pub tenants: BTreeMap<String, Was>,
}

/// What is held of a tenant.
#[derive(Clone, Debug)]
pub enum Was {
    /// What is wanted.
    Wanted,
    /// This.
    Known(Box<Tenant>),
    /// Something that nobody can tell, such as one that is left out for its faults.
    Unknown,
}

/// The changes that make what is wanted of what is held. `model` is the text of the
/// wanted model.
#[must_use]
pub fn changes(held: &Held, wanted: &Policy, model: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    if held.model != model {
        changes.push(Change::PutModel(model.to_owned()));
    }
    let new = wanted.apps.iter().filter(|(key, app)| !is_as(held.apps.get(*key), app));
    changes.extend(new.map(|(_, app)| Change::PutApp(Box::new(app.value.clone()))));
    let gone = held.tenants.keys().filter(|id| !wanted.tenants.contains_key(*id));
    changes.extend(gone.map(|id| Change::DeleteTenant(id.clone())));
    let goes = |key: &Key| held.apps.contains_key(key) && !wanted.apps.contains_key(key);
    for (id, tenant) in &wanted.tenants {
        match held.tenants.get(id) {
            Some(Was::Wanted) => {}
            Some(Was::Known(old)) => changes.extend(tenant_changes(old, tenant, &goes)),
            Some(Was::Unknown) | None => changes.push(put_tenant(tenant)),
        }
    }
    changes.extend(held.apps.keys().filter(|key| goes(key)).cloned().map(Change::DeleteApp));
    changes
}

/// The changes that bring the whole of a policy, in the order of a whole load.
pub fn whole<'a>(policy: &'a Policy, model: &str) -> impl Iterator<Item = Change> + use<'a> {
    let apps = policy.apps.values().map(|app| Change::PutApp(Box::new(app.value.clone())));
    let tenants = policy.tenants.values().map(|tenant| put_tenant(tenant));
    std::iter::once(Change::PutModel(model.to_owned())).chain(apps).chain(tenants)
}

/// The tenant that changes bring: one put whole, and parts put to it; `None` if they
/// are not that.
#[must_use]
pub fn brought(changes: impl IntoIterator<Item = Change>) -> Option<Tenant> {
    let mut changes = changes.into_iter();
    let Some(Change::PutTenant(mut tenant)) = changes.next() else { return None };
    for change in changes {
        match change {
            Change::InTenant(id, change) if id == tenant.id => match change {
                TenantChange::PutMember(key, it) => {
                    tenant.members.insert(key, Spanned::nowhere(*it));
                }
                TenantChange::PutResource(key, it) => {
                    tenant.resources.insert(key, Spanned::nowhere(*it));
                }
                TenantChange::PutInstall(key, it) => {
                    tenant.installs.insert(key, Spanned::nowhere(it));
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    Some(*tenant)
}

/// A tenant in pieces, for one that is too large to be put in one: first without
/// members, resources and installs, then a change for each of those.
pub fn pieces(tenant: &Tenant) -> impl Iterator<Item = Change> + '_ {
    let inside = |change| Change::InTenant(tenant.id.clone(), change);
    let members = tenant.members.iter();
    let members = members.map(|(key, it)| TenantChange::PutMember(key.clone(), Box::new(it.value.clone())));
    let resources = tenant.resources.iter();
    let resources =
        resources.map(|(key, it)| TenantChange::PutResource(key.clone(), Box::new(it.value.clone())));
    let installs = tenant.installs.iter();
    let installs = installs.map(|(key, it)| TenantChange::PutInstall(key.clone(), it.value.clone()));
    let frame = Change::PutTenant(Box::new(frame(tenant)));
    std::iter::once(frame).chain(members.chain(resources).chain(installs).map(inside))
}

fn put_tenant(tenant: &Tenant) -> Change {
    Change::PutTenant(Box::new(tenant.clone()))
}

/// A tenant without members, resources and installs.
fn frame(tenant: &Tenant) -> Tenant {
    let Tenant { id, label, plan, roles, groups, members: _, resources: _, installs: _, role_restrictions } =
        tenant;
    Tenant {
        id: id.clone(),
        label: label.clone(),
        plan: plan.clone(),
        roles: roles.clone(),
        groups: groups.clone(),
        role_restrictions: role_restrictions.clone(),
        ..Tenant::default()
    }
}

/// The changes of one tenant, less the installs of apps that go with the app.
fn tenant_changes(old: &Tenant, new: &Tenant, goes: &dyn Fn(&Key) -> bool) -> Vec<Change> {
    let Tenant { id, label, plan, roles, groups, members, resources, installs, role_restrictions } = new;
    if *label != old.label {
        // There is no smaller change that has it.
        return vec![put_tenant(new)];
    }
    let mut put = Vec::new();
    let mut deleted = Vec::new();
    if *plan != old.plan {
        put.push(plan.clone().map_or(TenantChange::DeletePlan, TenantChange::PutPlan));
    }
    compare(&old.roles, roles, &mut put, &mut deleted, |id, role| {
        role.map_or(TenantChange::DeleteRole(id.clone(), References::Refuse), |role| {
            TenantChange::PutRole(id.clone(), Box::new(role.clone()))
        })
    });
    compare(&old.groups, groups, &mut put, &mut deleted, |id, group| {
        group.map_or(TenantChange::DeleteGroup(id.clone(), References::Refuse), |group| {
            TenantChange::PutGroup(id.clone(), group.clone())
        })
    });
    compare(&old.members, members, &mut put, &mut deleted, |key, member| {
        member.map_or(TenantChange::DeleteMember(key.clone(), References::Refuse), |member| {
            TenantChange::PutMember(key.clone(), Box::new(member.clone()))
        })
    });
    resource_changes(&old.resources, resources, &mut put, &mut deleted);
    let staying: KeyMap<_> = old
        .installs
        .iter()
        .filter(|(key, _)| !goes(key))
        .map(|(key, it)| (key.clone(), it.clone()))
        .collect();
    compare(&staying, installs, &mut put, &mut deleted, |key, install| {
        install.map_or(TenantChange::DeleteInstall(key.clone()), |install| {
            TenantChange::PutInstall(key.clone(), install.clone())
        })
    });
    compare(&old.role_restrictions, role_restrictions, &mut put, &mut deleted, |role, switched| {
        switched.map_or(TenantChange::DeleteRoleRestrictions(role.clone()), |switched| {
            TenantChange::PutRoleRestrictions(role.clone(), switched.clone())
        })
    });
    // Those that name come after those that are named, so they go first.
    deleted.reverse();
    put.into_iter().chain(deleted).map(|change| Change::InTenant(id.clone(), change)).collect()
}

/// What to put of a map, and what to delete; `change` makes one of either.
fn compare<K: Ord, T: Canonical>(
    old: &BTreeMap<K, Spanned<T>>,
    new: &BTreeMap<K, Spanned<T>>,
    put: &mut Vec<TenantChange>,
    deleted: &mut Vec<TenantChange>,
    change: impl Fn(&K, Option<&T>) -> TenantChange,
) {
    let differing = new.iter().filter(|(key, content)| !is_as(old.get(*key), content));
    put.extend(differing.map(|(key, content)| change(key, Some(&content.value))));
    let gone = old.keys().filter(|key| !new.contains_key(key));
    deleted.extend(gone.map(|key| change(key, None)));
}

/// Changes of registered resources: of one of which only the ACL differs, the entries
/// that do, unless those are all of them.
fn resource_changes(
    old: &KeyMap<Registered>,
    new: &KeyMap<Registered>,
    put: &mut Vec<TenantChange>,
    deleted: &mut Vec<TenantChange>,
) {
    for (key, content) in new.iter().filter(|(key, content)| !is_as(old.get(*key), content)) {
        match old.get(key).and_then(|old| acl_changes(key, old, content)) {
            Some((mut entries, mut gone)) => {
                put.append(&mut entries);
                deleted.append(&mut gone);
            }
            None => put.push(TenantChange::PutResource(key.clone(), Box::new(content.value.clone()))),
        }
    }
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    deleted.extend(gone.map(|key| TenantChange::DeleteResource(key.clone(), References::Refuse)));
}

/// The entries to put and those to delete; `None` if more than the ACL differs, or
/// there is nothing of the ACL to keep.
fn acl_changes(
    key: &Key,
    old: &Registered,
    new: &Registered,
) -> Option<(Vec<TenantChange>, Vec<TenantChange>)> {
    let but_acl = |of: &Registered| Registered { acl: BTreeMap::new(), ..of.clone() };
    let kept = new.acl.iter().filter(|(whom, entry)| is_as(old.acl.get(*whom), entry)).count();
    if kept == 0 || !same(&but_acl(old), &but_acl(new)) {
        return None;
    }
    let differing = new.acl.iter().filter(|(whom, entry)| !is_as(old.acl.get(*whom), entry));
    let put = differing
        .map(|(whom, entry)| TenantChange::PutAclEntry(key.clone(), whom.clone(), entry.value.clone()));
    let gone = old.acl.keys().filter(|whom| !new.acl.contains_key(*whom));
    let gone = gone.map(|whom| TenantChange::DeleteAclEntry(key.clone(), whom.clone()));
    Some((put.collect(), gone.collect()))
}

/// Whether what was there, if anything, is as what is wanted.
fn is_as<T: Canonical>(old: Option<&Spanned<T>>, new: &Spanned<T>) -> bool {
    old.is_some_and(|old| same(&old.value, &new.value))
}

fn same<T: Canonical>(one: &T, other: &T) -> bool {
    let digest = |it: &T| {
        let mut bytes = Bytes::default();
        it.write(&mut bytes);
        bytes.digest()
    };
    digest(one) == digest(other)
}

#[cfg(test)]
mod tests;
