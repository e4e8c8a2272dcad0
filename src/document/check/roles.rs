//! Built-in roles.

use super::catalogue::{Catalogue, HELD_BY_ALL};
use super::graph::Graph;
use super::patterns::{self, Lister};
use super::report::Report;
use crate::document::definition::NameList;
use crate::document::limits::PolicyLimits;
use crate::document::place::Spanned;

/// Checks the roles of the model.
pub(super) fn check(catalogue: &Catalogue<'_>, limits: &PolicyLimits, report: &mut Report) {
    let model = catalogue.model;
    let mut graph = Graph::new();
    for (name, role) in &model.roles {
        graph.node(name.as_str());
        if catalogue.retired.roles.contains(name.as_str()) {
            report.fault(role.at, format!("the role `{name}` is declared, and retired too"));
        }
        for entry in &role.allow {
            patterns::check_entry(catalogue, Lister::Model, entry, report);
        }
        check_authority(catalogue, role.authority.as_ref(), report);
        if HELD_BY_ALL.contains(&name.as_str())
            && let Some(first) = role.extends.first()
        {
            report.fault(first.at, format!("`{name}` extends nothing"));
            continue;
        }
        for extended in &role.extends {
            if HELD_BY_ALL.contains(&extended.as_str()) {
                report.fault(
                    extended.at,
                    format!("`{}` cannot be extended: it is held anyway", extended.value),
                );
            } else if model.roles.contains_key(&extended.value) {
                graph.edge(name.as_str(), extended.as_str(), extended.at);
            } else {
                unknown(catalogue, extended, report);
            }
        }
    }
    let walk = graph.walk();
    for cycle in &walk.cycles {
        report.fault(cycle.at, format!("the roles form a cycle: {}", cycle.names()));
    }
    for (name, depth) in graph.depths(&walk) {
        if depth == limits.nesting.saturating_add(1)
            && let Some(role) = model.roles.get(name)
        {
            report.fault(
                role.at,
                format!("the role `{name}` nests deeper than the limit of {}", limits.nesting),
            );
        }
    }
}

/// Checks that an authority is declared.
pub(super) fn check_authority(
    catalogue: &Catalogue<'_>,
    authority: Option<&Spanned<String>>,
    report: &mut Report,
) {
    let declared = &catalogue.model.authorities;
    if let Some(authority) = authority
        && !declared.iter().any(|known| known.value == authority.value)
    {
        report.unknown(authority.at, "authority", authority, declared.iter().map(|known| known.as_str()));
    }
}

/// Checks a list of built-in roles. `everyone` and `anyone` are among them
/// only where that means something.
pub(super) fn check_list(
    catalogue: &Catalogue<'_>,
    roles: &NameList,
    with_held_by_all: bool,
    report: &mut Report,
) {
    for role in roles {
        let held_by_all = HELD_BY_ALL.contains(&role.as_str());
        if held_by_all && !with_held_by_all {
            report.fault(role.at, format!("`{}` cannot stand here", role.value));
        } else if !held_by_all && !catalogue.model.roles.contains_key(&role.value) {
            unknown(catalogue, role, report);
        }
    }
}

/// Tells that the model names a role that it does not have.
fn unknown(catalogue: &Catalogue<'_>, role: &Spanned<String>, report: &mut Report) {
    if catalogue.retired.roles.contains(role.as_str()) {
        report.fault(role.at, format!("the role `{}` is retired", role.value));
        return;
    }
    let known = catalogue.model.roles.keys().map(String::as_str);
    report.unknown(role.at, "role", role, known.filter(|name| !HELD_BY_ALL.contains(name)));
}
