//! Registered resources and their ACLs.

use std::collections::BTreeMap;

use super::super::walk::{Path, Walk};
use super::parts::{label, labels, level_items, principal, resource, shown, timestamp, values};
use crate::document::Spanned;
use crate::document::definition::{AclEntry, AclSubject, Registered};
use crate::model::Key;
use crate::wire::api;

/// Reads a registered resource.
pub(super) fn registered(sent: api::RegisteredResource, path: &Path<'_>, walk: &mut Walk) -> Registered {
    let api::RegisteredResource { title, description, parents, attributes, acl } = sent;
    let parents = walk.set(parents, &path.field("parents"), |walk, sent, path| {
        let at = walk.place(path);
        Some(Spanned::new(at, resource(Some(sent), path, walk)?))
    });
    let attributes = values(attributes, &path.field("attributes"), walk);
    let mut entries = BTreeMap::new();
    let list = path.field("acl");
    for (number, sent) in acl.into_iter().enumerate() {
        let path = list.item(number);
        let at = walk.place(&path);
        if let Some((subject, entry)) = acl_entry(sent, &path, walk)
            && entries.insert(subject, Spanned::new(at, entry)).is_some()
        {
            walk.twice(&path.field("subject"));
        }
    }
    Registered { label: shown(title, description), parents, attributes, acl: entries }
}

/// Reads an entry of an ACL, with whom it names.
pub(super) fn acl_entry(
    sent: api::AclEntry,
    path: &Path<'_>,
    walk: &mut Walk,
) -> Option<(AclSubject, AclEntry)> {
    let api::AclEntry { subject: whom, levels, deny, expires_at } = sent;
    let whom = subject(whom, &path.field("subject"), walk);
    if levels.is_empty() && deny.is_empty() {
        walk.malformed(path, "an ACL entry needs `levels` or `deny`");
    }
    let entry = AclEntry {
        levels: labels(levels, &path.field("levels"), walk),
        deny: level_items(deny, &path.field("deny"), walk),
        expires_at: timestamp(expires_at, &path.field("expires_at"), walk),
    };
    Some((whom?, entry))
}

/// Reads whom an entry names.
pub(super) fn subject(sent: Option<api::AclSubject>, path: &Path<'_>, walk: &mut Walk) -> Option<AclSubject> {
    use api::acl_subject::Kind;

    let Some(api::AclSubject { kind }) = sent else {
        walk.missing(path);
        return None;
    };
    match kind {
        None => {
            walk.missing(&path.field("kind"));
            None
        }
        Some(Kind::Principal(sent)) => {
            named_principal(sent, &path.field("principal"), walk).map(AclSubject::Principal)
        }
        Some(Kind::Role(id)) => label(id, &path.field("role"), walk).map(AclSubject::Role),
        Some(Kind::Group(id)) => label(id, &path.field("group"), walk).map(AclSubject::Group),
        Some(Kind::Everyone(api::Everyone {})) => Some(AclSubject::Everyone),
        Some(Kind::Anyone(api::Anyone {})) => Some(AclSubject::Anyone),
    }
}

/// Reads a principal that stands where a role or a group could. In a document
/// `group:berlin` is the group there, so a principal of such a type could not be
/// written down.
pub(super) fn named_principal(sent: api::PrincipalRef, path: &Path<'_>, walk: &mut Walk) -> Option<Key> {
    let key = principal(Some(sent), path, walk)?;
    if matches!(key.kind(), "role" | "group") {
        walk.malformed(&path.field("type"), "a role or a group is no principal");
        return None;
    }
    Some(key)
}
