//! Registered resources: what they sit in, and who may do what on them.

use super::{Named, Subject};
use crate::document::check::graph::Graph;
use crate::document::check::levels;
use crate::document::check::report::Report;
use crate::document::definition::{AclEntry, AclSubject, Registered, ResourceType};
use crate::document::place::{Place, Spanned};
use crate::model::Key;

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    for (key, resource) in &subject.rows.resources {
        let Some(kind) = subject.catalogue.resource(key.kind()) else {
            let known = subject.catalogue.model.resources.keys().map(String::as_str);
            report.unknown(resource.at, "resource type", key.kind(), known);
            continue;
        };
        check_parents(subject, key, resource, kind, report);
        check_acl(subject, key, resource, kind, report);
    }
}

fn check_parents(
    subject: Subject<'_>,
    key: &Key,
    resource: &Spanned<Registered>,
    kind: &ResourceType,
    report: &mut Report,
) {
    let limit = subject.ground.limits.parents;
    subject.over_limit(resource.at, resource.parents.len(), limit, "parents", report);
    for parent in &resource.parents {
        if !kind.parents.iter().any(|allowed| allowed.value == parent.kind()) {
            let allowed: Vec<String> =
                kind.parents.iter().map(|allowed| format!("`{}`", allowed.value)).collect();
            let help = if allowed.is_empty() {
                format!("the model lists no `parents` for `{}`", key.kind())
            } else {
                format!("the model lists {} as `parents`", allowed.join(", "))
            };
            report.fault_with(
                parent.at,
                format!("`{}` does not sit in `{}`", key.kind(), parent.kind()),
                help,
            );
        } else if !exists(subject, parent) {
            let message = format!("there is no resource `{}`", parent.value);
            report.fault_with(parent.at, message, "register it under `resources`");
        }
    }
}

/// Whether the tenant has a resource, registered or built in.
fn exists(subject: Subject<'_>, key: &Key) -> bool {
    let (tenant, rows, around) = (subject.tenant, subject.rows, subject.ground.around);
    let by_key = |id: &str| Key::parse(id).ok();
    let is_member = |key: &Key| rows.members.contains_key(key) || around.has_member(key);
    let is_install = |key: &Key| rows.installs.contains_key(key) || around.has_install(key);
    rows.resources.contains_key(key)
        || around.has_resource(key)
        || match key.kind() {
            "member" => by_key(key.id()).is_some_and(|member| is_member(&member)),
            "app" => by_key(key.id()).is_some_and(|app| is_install(&app)),
            "role" => matches!(subject.role(key.id()), Named::Known | Named::HeldByAll),
            "group" => tenant.groups.contains_key(key.id()),
            _ => false,
        }
}

fn check_acl(
    subject: Subject<'_>,
    key: &Key,
    resource: &Spanned<Registered>,
    kind: &ResourceType,
    report: &mut Report,
) {
    let limit = subject.ground.limits.acl_entries;
    subject.over_limit(resource.at, resource.acl.len(), limit, "ACL entries of a resource", report);
    for (whom, entry) in &resource.acl {
        check_subject(subject, whom, entry.at, report);
        check_entry(subject, key, entry, kind, report);
    }
}

fn check_subject(subject: Subject<'_>, whom: &AclSubject, at: Place, report: &mut Report) {
    match whom {
        AclSubject::Everyone | AclSubject::Anyone => {}
        AclSubject::Principal(key) => subject.principal_type(at, key.kind(), report),
        AclSubject::Group(id) => {
            let groups = &subject.tenant.groups;
            if !groups.contains_key(id) {
                report.unknown(at, "group", id, groups.keys().map(String::as_str));
            }
        }
        AclSubject::Role(id) => match subject.role(id) {
            Named::Known => {}
            Named::Retired => report.retired(at, subject.id, "role", id),
            Named::HeldByAll => report.fault(at, format!("write `{id}` for all of them, without `role:`")),
            Named::Unknown => report.unknown(at, "role", id, subject.role_names()),
        },
    }
}

fn check_entry(
    subject: Subject<'_>,
    key: &Key,
    entry: &Spanned<AclEntry>,
    kind: &ResourceType,
    report: &mut Report,
) {
    if entry.levels.is_empty() && entry.deny.is_empty() {
        report.fault(entry.at, "an ACL entry needs `level` or `deny`");
    }
    for level in entry.levels.iter().filter(|level| !kind.levels.contains_key(&level.value)) {
        if subject.catalogue.retired.levels.contains(level.as_str()) {
            report.retired(level.at, subject.id, "level", level);
        } else {
            report.unknown(level.at, "level", level, kind.levels.keys().map(String::as_str));
        }
    }
    levels::check_deny(subject.catalogue, subject.id, key.kind(), &entry.deny, report);
}

/// Resources sit in one another without a circle, and not too deep.
pub(super) fn check_nesting(subject: Subject<'_>, report: &mut Report) {
    let mut graph: Graph<&Key> = Graph::new();
    for (key, resource) in subject.rows.resources.iter().filter(|(_, resource)| !resource.parents.is_empty())
    {
        for parent in &resource.parents {
            graph.edge(key, &parent.value, parent.at);
        }
    }
    let walk = graph.walk();
    for cycle in &walk.cycles {
        report.fault(cycle.at, format!("the parents of resources form a cycle: {}", cycle.names()));
    }
    let limit = subject.ground.limits.depth;
    for (key, depth) in graph.depths(&walk) {
        if depth == limit.saturating_add(2)
            && let Some(resource) = subject.rows.resources.get(key)
        {
            report.fault(resource.at, format!("`{key}` sits deeper than the limit of {limit}"));
        }
    }
}
