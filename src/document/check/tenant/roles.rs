//! Custom roles.

use super::{Named, Subject};
use crate::document::check::catalogue::{HELD_BY_ALL, exact};
use crate::document::check::doubts;
use crate::document::check::graph::Graph;
use crate::document::check::patterns::{self, Lister};
use crate::document::check::report::Report;
use crate::document::checked::Owner;
use crate::document::definition::{Entry, Role, When};
use crate::document::place::{Place, Spanned};
use crate::model::Pattern;

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    let roles = &subject.tenant.roles;
    if roles.is_empty() {
        return;
    }
    subject.over_limit(subject.at, roles.len(), subject.ground.limits.custom_roles, "custom roles", report);
    for (name, role) in roles {
        check_name(subject, name, role.at, report);
        for entry in &role.allow {
            check_entry(subject, entry, report);
        }
        let sections = &subject.catalogue.model.sections;
        for section in role.no_sections.iter().filter(|section| !sections.contains_key(&section.value)) {
            report.unknown(section.at, "section", section, sections.keys().map(String::as_str));
        }
    }
    check_extends(subject, report);
}

fn check_name(subject: Subject<'_>, name: &str, at: Place, report: &mut Report) {
    if HELD_BY_ALL.contains(&name) || subject.catalogue.model.roles.contains_key(name) {
        report.fault(at, format!("the role `{name}` is built in; a tenant cannot redefine it"));
    } else if subject.catalogue.retired.roles.contains(name) {
        report.fault(at, format!("the built-in role `{name}` is retired; a custom role needs another name"));
    }
}

fn check_entry(subject: Subject<'_>, entry: &Entry, report: &mut Report) {
    patterns::check_entry(subject.catalogue, Lister::Tenant(subject.id), entry, report);
    check_reserved(subject, "a custom role", &entry.permissions, report);
    let When::Conditions(names) = &entry.when else { return };
    for name in names {
        let conditions = &subject.catalogue.model.conditions;
        if !conditions.contains_key(&name.value) {
            report.unknown(name.at, "condition", name, conditions.keys().map(String::as_str));
        }
        if let Some(program) = subject.ground.programs.by_owner.get(&Owner::Condition(name.value.clone())) {
            let covered = subject.catalogue.cover_entry(entry);
            doubts::gate(
                subject.ground.gates,
                &covered,
                name.at,
                program,
                "the entry may never grant it there",
                report,
            );
        }
    }
}

/// Checks that no pattern names a reserved permission exactly.
pub(super) fn check_reserved(
    subject: Subject<'_>,
    who: &str,
    patterns: &[Spanned<Pattern>],
    report: &mut Report,
) {
    for pattern in patterns {
        if let Some((kind, action)) = exact(pattern)
            && subject.catalogue.is_reserved(kind, action)
        {
            report.fault(pattern.at, format!("`{kind}:{action}` is reserved: {who} cannot grant it"));
        }
    }
}

fn check_extends(subject: Subject<'_>, report: &mut Report) {
    let graph = graph(subject, report);
    let walk = graph.walk();
    for cycle in walk
        .cycles
        .iter()
        .filter(|cycle| cycle.path.iter().any(|name| subject.tenant.roles.contains_key(*name)))
    {
        report.fault(cycle.at, format!("the roles form a cycle: {}", cycle.names()));
    }
    let limit = subject.ground.limits.nesting;
    for (name, depth) in graph.depths(&walk) {
        if depth == limit.saturating_add(1)
            && let Some(role) = subject.tenant.roles.get(name)
        {
            report.fault(role.at, format!("the role `{name}` nests deeper than the limit of {limit}"));
        }
    }
    let reserved = &subject.catalogue.model.reserved.roles;
    if reserved.is_empty() {
        return;
    }
    for (name, role) in &subject.tenant.roles {
        for extended in &role.extends {
            let reached = graph.reach(extended.as_str());
            if let Some(role) = reserved.iter().find(|role| reached.contains(role.as_str())) {
                let message = if role.value == extended.value {
                    format!(
                        "the role `{}` is reserved: the custom role `{name}` cannot extend it",
                        role.value
                    )
                } else {
                    format!(
                        "the custom role `{name}` cannot extend `{}`, which extends the reserved role `{}`",
                        extended.value, role.value
                    )
                };
                report.fault(extended.at, message);
            }
        }
    }
}

/// Who extends whom, built-in roles included.
fn graph<'a>(subject: Subject<'a>, report: &mut Report) -> Graph<&'a str> {
    let mut graph = Graph::new();
    let model = &subject.catalogue.model.roles;
    let add = |graph: &mut Graph<&'a str>, name: &'a str, role: &'a Spanned<Role>| {
        graph.node(name);
        for extended in &role.extends {
            graph.edge(name, extended.as_str(), extended.at);
        }
    };
    for (name, role) in model {
        add(&mut graph, name, role);
    }
    for (name, role) in subject.tenant.roles.iter().filter(|(name, _)| !model.contains_key(*name)) {
        add(&mut graph, name, role);
        for extended in &role.extends {
            match subject.role(extended) {
                Named::Known => {}
                Named::Retired => report.retired(extended.at, subject.id, "role", extended),
                Named::HeldByAll => {
                    report.fault(
                        extended.at,
                        format!("`{}` cannot be extended: it is held anyway", extended.value),
                    );
                }
                Named::Unknown => report.unknown(extended.at, "role", extended, subject.role_names()),
            }
        }
    }
    graph
}
