//! Definitions, written as messages.
//!
//! Taken apart field by field, as messages are: a new field of a definition does not
//! compile until someone has said where it goes.

use std::collections::BTreeMap;

use super::{write_principal, write_resource};
use crate::document::Spanned;
use crate::document::definition::{
    AclEntry, AclSubject, App, Entry, Expression, GivenRole, GrantedModes, Group, GroupMember, Install,
    KeyMap, Label, Map, Member, Overrides, Params, Registered, Review, Role, ScopeRequest, Tenant, When,
};
use crate::model::{Key, Timestamp, Value};
use crate::wire::{api, ask};

/// Writes a tenant with all that it has; its id goes where it is named.
pub(crate) fn write_tenant(tenant: &Tenant) -> api::Tenant {
    let Tenant {
        id: _,
        label: Label { title, description },
        plan,
        roles,
        groups,
        members,
        resources,
        installs,
        role_restrictions,
    } = tenant;
    let switched = |switched: &Map<Params>| api::RoleRestrictions { restrictions: write_switches(switched) };
    api::Tenant {
        title: title.clone(),
        description: description.clone(),
        plan: plan.as_ref().map(|plan| plan.value.clone()),
        roles: map(roles, write_role),
        groups: map(groups, write_group),
        members: list(members, |key, member| api::TenantMember {
            member: Some(write_principal(key)),
            content: Some(write_member(member)),
        }),
        resources: list(resources, |key, resource| api::TenantResource {
            resource: Some(write_resource(key)),
            content: Some(write_registered(resource)),
        }),
        installs: list(installs, |key, install| api::TenantInstall {
            app: Some(write_principal(key)),
            content: Some(write_install(install)),
        }),
        role_restrictions: map(role_restrictions, switched),
    }
}

/// Writes a custom role.
pub(crate) fn write_role(role: &Role) -> api::Role {
    // Custom roles have no authority of their own.
    let Role { label: Label { title, description }, allow, extends, no_sections, authority: _ } = role;
    api::Role {
        title: title.clone(),
        description: description.clone(),
        allow: allow.iter().map(write_entry).collect(),
        extends: texts(extends),
        no_sections: texts(no_sections),
    }
}

fn write_entry(entry: &Entry) -> api::RoleEntry {
    let Entry { at: _, permissions, except, when } = entry;
    let when = match when {
        When::Always => Vec::new(),
        When::Conditions(names) => texts(names),
        // Only a model has one. As the name that it is not, it is refused by whoever
        // reads it; left out, it would grant always.
        When::Expression(Expression { at: _, text, offsets: _ }) => vec![format!("({text})")],
    };
    api::RoleEntry { permissions: texts(permissions), except: texts(except), when }
}

/// Writes a group.
pub(crate) fn write_group(group: &Group) -> api::Group {
    use api::group_member::Kind;

    let Group { label: Label { title, description }, members, roles } = group;
    let member = |member: &Spanned<GroupMember>| api::GroupMember {
        kind: Some(match &member.value {
            GroupMember::Principal(key) => Kind::Principal(write_principal(key)),
            GroupMember::Group(id) => Kind::Group(id.clone()),
        }),
    };
    api::Group {
        title: title.clone(),
        description: description.clone(),
        members: members.iter().map(member).collect(),
        roles: texts(roles),
    }
}

/// Writes a member.
pub(crate) fn write_member(member: &Member) -> api::Member {
    let Member {
        label: Label { title, description },
        roles,
        attributes,
        overrides: Overrides { allow, deny },
        restrictions,
        expires_at,
        suspended,
    } = member;
    let given = |Spanned { at: _, value: GivenRole { role, expires_at } }: &Spanned<GivenRole>| {
        api::GivenRole { role: role.clone(), expires_at: instant(*expires_at) }
    };
    api::Member {
        title: title.clone(),
        description: description.clone(),
        roles: roles.iter().map(given).collect(),
        attributes: values(attributes),
        override_allow: texts(allow),
        override_deny: texts(deny),
        restrictions: write_switches(restrictions),
        expires_at: instant(*expires_at),
        suspended: *suspended,
    }
}

/// Writes switched restrictions with their parameters.
pub(super) fn write_switches(switched: &Map<Params>) -> BTreeMap<String, api::RestrictionParams> {
    map(switched, |params| api::RestrictionParams { params: values(params) })
}

/// Writes a registered resource.
pub(crate) fn write_registered(registered: &Registered) -> api::RegisteredResource {
    let Registered { label: Label { title, description }, parents, attributes, acl } = registered;
    api::RegisteredResource {
        title: title.clone(),
        description: description.clone(),
        parents: parents.iter().map(|parent| write_resource(&parent.value)).collect(),
        attributes: values(attributes),
        acl: acl.iter().map(|(subject, entry)| write_acl_entry(subject, &entry.value)).collect(),
    }
}

/// Writes an entry of an ACL.
pub(super) fn write_acl_entry(subject: &AclSubject, entry: &AclEntry) -> api::AclEntry {
    let AclEntry { levels, deny, expires_at } = entry;
    api::AclEntry {
        subject: Some(write_acl_subject(subject)),
        levels: texts(levels),
        deny: texts(deny),
        expires_at: instant(*expires_at),
    }
}

/// Writes whom an entry names.
pub(super) fn write_acl_subject(subject: &AclSubject) -> api::AclSubject {
    use api::acl_subject::Kind;

    api::AclSubject {
        kind: Some(match subject {
            AclSubject::Everyone => Kind::Everyone(api::Everyone {}),
            AclSubject::Anyone => Kind::Anyone(api::Anyone {}),
            AclSubject::Role(id) => Kind::Role(id.clone()),
            AclSubject::Group(id) => Kind::Group(id.clone()),
            AclSubject::Principal(key) => Kind::Principal(write_principal(key)),
        }),
    }
}

/// Writes an app; its key goes where it is named.
pub(crate) fn write_app(app: &App) -> api::App {
    let App { id: _, label: Label { title, description }, requests, review } = app;
    let request = |ScopeRequest { modes, justification }: &ScopeRequest| api::ScopeRequest {
        modes: texts(modes),
        justification: justification.clone(),
    };
    let review = match review {
        Review::Pending => api::Review::Pending,
        Review::Approved => api::Review::Approved,
        Review::Rejected => api::Review::Rejected,
    };
    api::App {
        title: title.clone(),
        description: description.clone(),
        requests: map(requests, request),
        review: review.into(),
    }
}

/// Writes an install.
pub(crate) fn write_install(install: &Install) -> api::Install {
    let Install { granted, attributes } = install;
    let scope = |granted: &GrantedModes| match granted {
        GrantedModes::All => api::GrantedScope { all: true, modes: Vec::new() },
        GrantedModes::Modes(modes) => api::GrantedScope { all: false, modes: texts(modes) },
    };
    api::Install { granted: map(granted, scope), attributes: values(attributes) }
}

fn values(values: &Map<Value>) -> BTreeMap<String, api::Value> {
    map(values, |value| api::Value { kind: Some(ask::value(value.as_ref())) })
}

fn instant(instant: Option<Timestamp>) -> Option<prost_types::Timestamp> {
    instant.map(ask::timestamp)
}

fn texts<T: ToString>(items: &[Spanned<T>]) -> Vec<String> {
    items.iter().map(|item| item.value.to_string()).collect()
}

fn map<T, M>(items: &Map<T>, write: impl Fn(&T) -> M) -> BTreeMap<String, M> {
    items.iter().map(|(id, item)| (id.clone(), write(&item.value))).collect()
}

fn list<T, M>(items: &KeyMap<T>, write: impl Fn(&Key, &T) -> M) -> Vec<M> {
    items.iter().map(|(key, item)| write(key, &item.value)).collect()
}
