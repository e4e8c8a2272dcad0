//! Messages, read as changes.
//!
//! Each kind of change is taken apart here, and what it puts in the files below:
//! `parts` has what all of them are made of.
//!
//! The first thing that a change counts is the change itself; its place becomes the
//! path of what it names, for that is what most faults of a change as a whole are
//! about.

mod app;
mod member;
pub(super) mod parts;
mod resources;
mod tenant;

use super::walk::{Path, Walk};
use crate::decide::FieldFault;
use crate::document::{Change, References, Spanned, TenantChange};
use crate::wire::api;
use crate::wire::api::change::Kind;

use parts::{label, principal, resource};

/// Reads changes; `first` is the number in its set of the first of them, from 1.
/// Paths say `changes[0]` of the first change of a set.
///
/// # Errors
///
/// Everything in them that cannot be read, at most 1,000 faults.
pub(crate) fn read_changes(
    sent: Vec<api::Change>,
    first: u32,
) -> Result<Vec<Spanned<Change>>, Vec<FieldFault>> {
    let mut walk = Walk::default();
    let mut changes = Vec::with_capacity(sent.len());
    for (change, number) in sent.into_iter().zip(first..) {
        changes.extend(read_one(change, number, &mut walk));
    }
    walk.done(changes)
}

/// Reads the change of a number in its set.
pub(super) fn read_one(sent: api::Change, number: u32, walk: &mut Walk) -> Option<Spanned<Change>> {
    walk.begin(number);
    let root = Path::root("changes");
    let path = root.item(usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX));
    let api::Change { kind } = sent;
    match kind {
        Some(kind) => change(kind, &path, walk),
        None => {
            walk.missing(&path.field("kind"));
            None
        }
    }
}

fn change(sent: Kind, path: &Path<'_>, walk: &mut Walk) -> Option<Spanned<Change>> {
    match sent {
        Kind::PutModel(sent) => put_model(sent, &path.field("put_model"), walk),
        Kind::PutTenant(sent) => put_tenant(sent, &path.field("put_tenant"), walk),
        Kind::DeleteTenant(sent) => delete_tenant(sent, &path.field("delete_tenant"), walk),
        Kind::PutPlan(sent) => put_plan(sent, &path.field("put_plan"), walk),
        Kind::DeletePlan(api::DeletePlan { tenant }) => {
            inside(tenant, &path.field("delete_plan"), walk, |_, _| Some(TenantChange::DeletePlan))
        }
        Kind::PutRole(sent) => put_role(sent, &path.field("put_role"), walk),
        Kind::DeleteRole(sent) => delete_role(sent, &path.field("delete_role"), walk),
        Kind::PutGroup(sent) => put_group(sent, &path.field("put_group"), walk),
        Kind::DeleteGroup(sent) => delete_group(sent, &path.field("delete_group"), walk),
        Kind::PutMember(sent) => put_member(sent, &path.field("put_member"), walk),
        Kind::DeleteMember(sent) => delete_member(sent, &path.field("delete_member"), walk),
        Kind::PutResource(sent) => put_resource(sent, &path.field("put_resource"), walk),
        Kind::DeleteResource(sent) => delete_resource(sent, &path.field("delete_resource"), walk),
        Kind::PutAclEntry(sent) => put_acl_entry(sent, &path.field("put_acl_entry"), walk),
        Kind::DeleteAclEntry(sent) => delete_acl_entry(sent, &path.field("delete_acl_entry"), walk),
        Kind::PutApp(sent) => put_app(sent, &path.field("put_app"), walk),
        Kind::DeleteApp(sent) => delete_app(sent, &path.field("delete_app"), walk),
        Kind::PutInstall(sent) => put_install(sent, &path.field("put_install"), walk),
        Kind::DeleteInstall(sent) => delete_install(sent, &path.field("delete_install"), walk),
        Kind::PutRoleRestrictions(sent) => {
            put_role_restrictions(sent, &path.field("put_role_restrictions"), walk)
        }
        Kind::DeleteRoleRestrictions(sent) => {
            delete_role_restrictions(sent, &path.field("delete_role_restrictions"), walk)
        }
    }
}

type Read = Option<Spanned<Change>>;

fn put_model(sent: api::PutModel, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutModel { document } = sent;
    let path = path.field("document");
    let at = walk.place(&path);
    if document.is_empty() {
        walk.missing(&path);
    }
    Some(Spanned::new(at, Change::PutModel(document)))
}

fn put_tenant(sent: api::PutTenant, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutTenant { tenant, content } = sent;
    let at = walk.place(&path.field("tenant"));
    let id = label(tenant, &path.field("tenant"), walk);
    let content = tenant::tenant(content.unwrap_or_default(), id, &path.field("content"), walk)?;
    Some(Spanned::new(at, Change::PutTenant(Box::new(content))))
}

fn delete_tenant(sent: api::DeleteTenant, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteTenant { tenant } = sent;
    let path = path.field("tenant");
    let at = walk.place(&path);
    Some(Spanned::new(at, Change::DeleteTenant(label(tenant, &path, walk)?)))
}

fn put_app(sent: api::PutApp, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutApp { app, content } = sent;
    let at = walk.place(&path.field("app"));
    let id = principal(app, &path.field("app"), walk);
    let Some(content) = content else {
        walk.missing(&path.field("content"));
        return None;
    };
    let content = app::app(content, id, &path.field("content"), walk)?;
    Some(Spanned::new(at, Change::PutApp(Box::new(content))))
}

fn delete_app(sent: api::DeleteApp, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteApp { app } = sent;
    let path = path.field("app");
    let at = walk.place(&path);
    Some(Spanned::new(at, Change::DeleteApp(principal(app, &path, walk)?)))
}

/// Reads a change of a part of a tenant.
fn inside(
    tenant: String,
    path: &Path<'_>,
    walk: &mut Walk,
    read: impl FnOnce(&Path<'_>, &mut Walk) -> Option<TenantChange>,
) -> Read {
    let at = walk.place(path);
    let tenant = label(tenant, &path.field("tenant"), walk);
    let change = read(path, walk);
    Some(Spanned::new(at, Change::InTenant(tenant?, change?)))
}

fn put_plan(sent: api::PutPlan, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutPlan { tenant, plan } = sent;
    inside(tenant, path, walk, |path, walk| {
        let path = path.field("plan");
        let at = walk.place(&path);
        Some(TenantChange::PutPlan(Spanned::new(at, label(plan, &path, walk)?)))
    })
}

fn put_role(sent: api::PutRole, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutRole { tenant, role, content } = sent;
    inside(tenant, path, walk, |path, walk| {
        let id = label(role, &path.field("role"), walk);
        let content = tenant::role(content.unwrap_or_default(), &path.field("content"), walk);
        Some(TenantChange::PutRole(id?, Box::new(content)))
    })
}

fn delete_role(sent: api::DeleteRole, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteRole { tenant, role, references: named } = sent;
    inside(tenant, path, walk, |path, walk| {
        let id = label(role, &path.field("role"), walk);
        let named = references(named, path, walk);
        Some(TenantChange::DeleteRole(id?, named?))
    })
}

fn put_group(sent: api::PutGroup, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutGroup { tenant, group, content } = sent;
    inside(tenant, path, walk, |path, walk| {
        let id = label(group, &path.field("group"), walk);
        let content = tenant::group(content.unwrap_or_default(), &path.field("content"), walk);
        Some(TenantChange::PutGroup(id?, content))
    })
}

fn delete_group(sent: api::DeleteGroup, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteGroup { tenant, group, references: named } = sent;
    inside(tenant, path, walk, |path, walk| {
        let id = label(group, &path.field("group"), walk);
        let named = references(named, path, walk);
        Some(TenantChange::DeleteGroup(id?, named?))
    })
}

fn put_member(sent: api::PutMember, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutMember { tenant, member, content } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = principal(member, &path.field("member"), walk);
        let content = member::member(content.unwrap_or_default(), &path.field("content"), walk);
        Some(TenantChange::PutMember(key?, Box::new(content)))
    })
}

fn delete_member(sent: api::DeleteMember, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteMember { tenant, member, references: named } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = principal(member, &path.field("member"), walk);
        let named = references(named, path, walk);
        Some(TenantChange::DeleteMember(key?, named?))
    })
}

fn put_resource(sent: api::PutResource, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutResource { tenant, resource: which, content } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = resource(which, &path.field("resource"), walk);
        let content = resources::registered(content.unwrap_or_default(), &path.field("content"), walk);
        Some(TenantChange::PutResource(key?, Box::new(content)))
    })
}

fn delete_resource(sent: api::DeleteResource, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteResource { tenant, resource: which, references: named } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = resource(which, &path.field("resource"), walk);
        let named = references(named, path, walk);
        Some(TenantChange::DeleteResource(key?, named?))
    })
}

fn put_acl_entry(sent: api::PutAclEntry, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutAclEntry { tenant, resource: which, entry } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = resource(which, &path.field("resource"), walk);
        let Some(entry) = entry else {
            walk.missing(&path.field("entry"));
            return None;
        };
        let (subject, entry) = resources::acl_entry(entry, &path.field("entry"), walk)?;
        Some(TenantChange::PutAclEntry(key?, subject, entry))
    })
}

fn delete_acl_entry(sent: api::DeleteAclEntry, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteAclEntry { tenant, resource: which, subject } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = resource(which, &path.field("resource"), walk);
        let subject = resources::subject(subject, &path.field("subject"), walk);
        Some(TenantChange::DeleteAclEntry(key?, subject?))
    })
}

fn put_install(sent: api::PutInstall, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutInstall { tenant, app, content } = sent;
    inside(tenant, path, walk, |path, walk| {
        let key = principal(app, &path.field("app"), walk);
        let content = app::install(content.unwrap_or_default(), &path.field("content"), walk);
        Some(TenantChange::PutInstall(key?, content))
    })
}

fn delete_install(sent: api::DeleteInstall, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteInstall { tenant, app } = sent;
    inside(tenant, path, walk, |path, walk| {
        Some(TenantChange::DeleteInstall(principal(app, &path.field("app"), walk)?))
    })
}

fn put_role_restrictions(sent: api::PutRoleRestrictions, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::PutRoleRestrictions { tenant, role, restrictions } = sent;
    inside(tenant, path, walk, |path, walk| {
        let id = label(role, &path.field("role"), walk);
        let switched = member::switches(restrictions, &path.field("restrictions"), walk);
        Some(TenantChange::PutRoleRestrictions(id?, switched))
    })
}

fn delete_role_restrictions(sent: api::DeleteRoleRestrictions, path: &Path<'_>, walk: &mut Walk) -> Read {
    let api::DeleteRoleRestrictions { tenant, role } = sent;
    inside(tenant, path, walk, |path, walk| {
        Some(TenantChange::DeleteRoleRestrictions(label(role, &path.field("role"), walk)?))
    })
}

/// Reads what becomes of those that name what is deleted. A word of a newer version
/// may ask for less than this one would do.
fn references(sent: i32, path: &Path<'_>, walk: &mut Walk) -> Option<References> {
    match api::References::try_from(sent) {
        Ok(api::References::Unspecified | api::References::Refuse) => Some(References::Refuse),
        Ok(api::References::Remove) => Some(References::Remove),
        Err(_) => {
            walk.malformed(&path.field("references"), format!("{sent} is no value of References"));
            None
        }
    }
}
