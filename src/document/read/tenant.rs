//! Reads Tenant documents.

use std::collections::BTreeMap;

use super::model::entry;
use super::node::{
    boolean, items, key, key_map, keys, label, level_items, map, names, one_or_more, patterns, spanned_text,
    timestamp, values,
};
use crate::document::definition::{
    AclEntry, AclSubject, Entry, GivenRole, GrantedModes, Group, GroupMember, Install, Member, Overrides,
    Registered, Role, Tenant, When,
};
use crate::document::place::Spanned;
use crate::document::yaml::{Body, Node, Pair};
use crate::model::Pattern;

/// Reads a tenant.
pub(super) fn tenant(node: &Node) -> Tenant {
    Tenant {
        id: node.get("id").and_then(Node::text).unwrap_or_default().to_owned(),
        label: label(node),
        plan: node.get("plan").and_then(spanned_text),
        roles: map(node.get("roles"), |node| Some(role(node))),
        groups: map(node.get("groups"), |node| Some(group(node))),
        members: key_map(node.get("members"), member),
        resources: key_map(node.get("resources"), registered),
        installs: key_map(node.get("installs"), install),
        role_restrictions: map(node.get("role_restrictions"), |node| {
            Some(map(Some(node), |node| Some(values(Some(node)))))
        }),
    }
}

fn role(node: &Node) -> Role {
    let listed = node.get("sections").map(Node::pairs).unwrap_or_default();
    let none = listed.iter().filter(|pair| pair.value.text() == Some("none"));
    let sections = listed.iter().filter_map(section);
    let entries = items(node.get("allow"), |node| entry(node, when(node.get("when"))));
    Role {
        label: label(node),
        allow: sections.chain(entries.into_iter().map(|entry| entry.value)).collect(),
        extends: names(node.get("extends")),
        no_sections: none.map(|pair| Spanned::new(pair.key.at, pair.key.value.clone())).collect(),
        authority: None,
    }
}

/// `inbox: full` is an entry of `section/inbox`; `inbox: none` is nothing.
fn section(pair: &Pair) -> Option<Entry> {
    if pair.value.text() != Some("full") {
        return None;
    }
    let pattern = Pattern::parse(&format!("section/{}", pair.key.value)).ok()?;
    Some(Entry { at: pair.key.at, permissions: vec![Spanned::new(pair.key.at, pattern)], ..Entry::default() })
}

fn when(node: Option<&Node>) -> When {
    let names = one_or_more(node);
    if names.is_empty() { When::Always } else { When::Conditions(names) }
}

fn group(node: &Node) -> Group {
    let member = |node: &Node| {
        let key = key(node)?;
        Some(if key.kind() == "group" {
            GroupMember::Group(key.id().to_owned())
        } else {
            GroupMember::Principal(key)
        })
    };
    Group { label: label(node), members: items(node.get("members"), member), roles: names(node.get("roles")) }
}

fn member(node: &Node) -> Member {
    let given = |node: &Node| {
        let role = node.text().or_else(|| node.get("role")?.text())?;
        Some(GivenRole { role: role.to_owned(), expires_at: timestamp(node.get("expires_at")) })
    };
    let overrides =
        |node: &Node| Overrides { allow: patterns(node.get("allow")), deny: patterns(node.get("deny")) };
    Member {
        label: label(node),
        roles: items(node.get("roles"), given),
        attributes: values(node.get("attributes")),
        overrides: node.get("overrides").map(overrides).unwrap_or_default(),
        restrictions: map(node.get("restrictions"), |node| Some(values(Some(node)))),
        expires_at: timestamp(node.get("expires_at")),
        suspended: boolean(node.get("suspended")),
    }
}

fn registered(node: &Node) -> Registered {
    let acl = node.get("acl").map(Node::pairs).unwrap_or_default();
    let read = |pair: &Pair| {
        Some((AclSubject::parse(&pair.key)?, Spanned::new(pair.key.at, acl_entry(&pair.value)?)))
    };
    Registered {
        label: label(node),
        parents: keys(node.get("parents")),
        attributes: values(node.get("attributes")),
        acl: acl.iter().filter_map(read).collect::<BTreeMap<_, _>>(),
    }
}

fn acl_entry(node: &Node) -> Option<AclEntry> {
    let levels = match &node.body {
        Body::Map(_) => node.get("level"),
        Body::List(_) => Some(node),
        Body::Scalar(_) => node.text().map(|_| node),
        Body::Broken => None,
    };
    if levels.is_none() && !matches!(node.body, Body::Map(_)) {
        return None;
    }
    Some(AclEntry {
        levels: one_or_more(levels),
        deny: level_items(node.get("deny")),
        expires_at: timestamp(node.get("expires_at")),
    })
}

fn install(node: &Node) -> Install {
    let granted = |node: &Node| {
        Some(if node.text() == Some("all") {
            GrantedModes::All
        } else {
            GrantedModes::Modes(names(Some(node)))
        })
    };
    Install { granted: map(node.get("granted"), granted), attributes: values(node.get("attributes")) }
}
