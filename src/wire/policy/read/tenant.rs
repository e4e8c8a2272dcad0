//! Tenants, their roles and their groups.

use super::super::walk::{Path, Walk};
use super::app::install;
use super::member::{member, switches};
use super::parts::{Form, label, labels, map, names, patterns, principal, resource, shown};
use super::resources::{named_principal, registered};
use crate::document::Spanned;
use crate::document::definition::{Entry, Group, GroupMember, KeyMap, Map, Params, Role, Tenant, When};
use crate::model::Key;
use crate::wire::api;

/// Reads a tenant; `None` without an id.
pub(super) fn tenant(
    sent: api::Tenant,
    id: Option<String>,
    path: &Path<'_>,
    walk: &mut Walk,
) -> Option<Tenant> {
    let api::Tenant {
        title,
        description,
        plan,
        roles,
        groups,
        members,
        resources,
        installs,
        role_restrictions,
    } = sent;
    let plan = plan.and_then(|plan| {
        let path = path.field("plan");
        let at = walk.place(&path);
        Some(Spanned::new(at, label(plan, &path, walk)?))
    });
    let roles =
        map(roles, &path.field("roles"), walk, Form::Label, |sent, path, walk| Some(role(sent, path, walk)));
    let groups = map(groups, &path.field("groups"), walk, Form::Label, |sent, path, walk| {
        Some(group(sent, path, walk))
    });
    let members = keyed(members, &path.field("members"), walk, |sent, path, walk| {
        let api::TenantMember { member: who, content } = sent;
        let key = principal(who, &path.field("member"), walk);
        (key, member(content.unwrap_or_default(), &path.field("content"), walk))
    });
    let resources = keyed(resources, &path.field("resources"), walk, |sent, path, walk| {
        let api::TenantResource { resource: which, content } = sent;
        let key = resource(which, &path.field("resource"), walk);
        (key, registered(content.unwrap_or_default(), &path.field("content"), walk))
    });
    let installs = keyed(installs, &path.field("installs"), walk, |sent, path, walk| {
        let api::TenantInstall { app, content } = sent;
        let key = principal(app, &path.field("app"), walk);
        (key, install(content.unwrap_or_default(), &path.field("content"), walk))
    });
    let role_restrictions: Map<Map<Params>> =
        map(role_restrictions, &path.field("role_restrictions"), walk, Form::Label, |sent, path, walk| {
            let api::RoleRestrictions { restrictions } = sent;
            Some(switches(restrictions, &path.field("restrictions"), walk))
        });
    Some(Tenant {
        id: id?,
        label: shown(title, description),
        plan,
        roles,
        groups,
        members,
        resources,
        installs,
        role_restrictions,
    })
}

/// Reads a list of things with their keys, each named once.
fn keyed<S, T>(
    sent: Vec<S>,
    path: &Path<'_>,
    walk: &mut Walk,
    read: impl Fn(S, &Path<'_>, &mut Walk) -> (Option<Key>, T),
) -> KeyMap<T> {
    let mut map = KeyMap::new();
    for (number, sent) in sent.into_iter().enumerate() {
        let path = path.item(number);
        let at = walk.place(&path);
        if let (Some(key), value) = read(sent, &path, walk)
            && map.insert(key, Spanned::new(at, value)).is_some()
        {
            walk.twice(&path);
        }
    }
    map
}

/// Reads a custom role.
pub(super) fn role(sent: api::Role, path: &Path<'_>, walk: &mut Walk) -> Role {
    let api::Role { title, description, allow, extends, no_sections } = sent;
    Role {
        label: shown(title, description),
        allow: walk.list(allow, &path.field("allow"), |walk, sent, path| Some(entry(sent, path, walk))),
        extends: labels(extends, &path.field("extends"), walk),
        no_sections: labels(no_sections, &path.field("no_sections"), walk),
        // What only built-in roles have.
        authority: None,
    }
}

fn entry(sent: api::RoleEntry, path: &Path<'_>, walk: &mut Walk) -> Entry {
    let api::RoleEntry { permissions, except, when } = sent;
    let at = walk.place(path);
    if permissions.is_empty() {
        walk.missing(&path.field("permissions"));
    }
    let permissions = patterns(permissions, &path.field("permissions"), walk);
    let except = patterns(except, &path.field("except"), walk);
    let when = names(when, &path.field("when"), walk);
    // A condition that cannot be read is a fault, so an empty list here is one that
    // was sent empty.
    let when = if when.is_empty() { When::Always } else { When::Conditions(when) };
    Entry { at, permissions, except, when }
}

/// Reads a group.
pub(super) fn group(sent: api::Group, path: &Path<'_>, walk: &mut Walk) -> Group {
    let api::Group { title, description, members, roles } = sent;
    Group {
        label: shown(title, description),
        members: walk.set(members, &path.field("members"), |walk, sent, path| {
            let at = walk.place(path);
            Some(Spanned::new(at, group_member(sent, path, walk)?))
        }),
        roles: labels(roles, &path.field("roles"), walk),
    }
}

fn group_member(sent: api::GroupMember, path: &Path<'_>, walk: &mut Walk) -> Option<GroupMember> {
    use api::group_member::Kind;

    let api::GroupMember { kind } = sent;
    match kind {
        None => {
            walk.missing(&path.field("kind"));
            None
        }
        Some(Kind::Principal(sent)) => {
            named_principal(sent, &path.field("principal"), walk).map(GroupMember::Principal)
        }
        Some(Kind::Group(id)) => label(id, &path.field("group"), walk).map(GroupMember::Group),
    }
}
