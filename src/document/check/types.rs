//! Principal types and resource types of a model.

use super::catalogue::{BUILT_IN_TYPES, Catalogue};
use super::graph::Graph;
use super::levels;
use super::patterns::{self, Lister};
use super::report::Report;
use crate::document::definition::ResourceType;
use crate::model::Pattern;

/// What every principal has.
const OF_PRINCIPALS: [&str; 5] = ["type", "id", "key", "roles", "groups"];

/// What every resource has.
const OF_RESOURCES: [&str; 3] = ["type", "id", "key"];

/// Checks every type of the model.
pub(super) fn check(catalogue: &Catalogue<'_>, report: &mut Report) {
    for (name, principal) in &catalogue.model.principals {
        if BUILT_IN_TYPES.contains(&name.as_str()) {
            let message = format!("`{name}` is a built-in resource type and cannot be a principal type");
            report.fault_with(principal.at, message, "name it otherwise, such as `user` or `plugin`");
        }
        for (attribute, declared) in &principal.attributes {
            if OF_PRINCIPALS.contains(&attribute.as_str()) {
                report.fault(declared.at, format!("`{attribute}` is built in: every principal has it"));
            }
        }
    }
    for (name, resource) in &catalogue.model.resources {
        check_resource(catalogue, name, resource, report);
    }
    check_parents(catalogue, report);
    check_gates(catalogue, report);
}

fn check_resource(catalogue: &Catalogue<'_>, name: &str, resource: &ResourceType, report: &mut Report) {
    for (attribute, declared) in &resource.attributes {
        if OF_RESOURCES.contains(&attribute.as_str()) {
            report.fault(declared.at, format!("`{attribute}` is built in: every resource has it"));
        }
        if Catalogue::built_in_attribute(name, attribute).is_some() {
            report.fault(declared.at, format!("`{attribute}` is built in: every `{name}` has it"));
        }
    }
    for parent in &resource.parents {
        if catalogue.resource(parent).is_none() {
            report.unknown(
                parent.at,
                "resource type",
                parent,
                catalogue.model.resources.keys().map(String::as_str),
            );
        }
    }
    patterns::check(catalogue, Lister::Model, &resource.requires, report);
    for gate in resource.requires.iter().filter(|gate| !matches!(gate.value, Pattern::Exact { .. })) {
        report.fault(gate.at, format!("a gate is one permission, and `{}` is a pattern", gate.value));
    }
    if let Some(action) = &resource.hidden_without
        && !catalogue.has(name, action)
    {
        let known = resource.actions.iter().map(|action| action.as_str());
        report.unknown(action.at, "action", action, known);
    }
    for action in &resource.actions {
        if catalogue.retired.permissions.contains(&(name, action.as_str())) {
            report.fault(
                action.at,
                format!("the permission `{name}:{}` is declared, and retired too", action.value),
            );
        }
    }
    levels::check(catalogue, name, resource, report);
}

/// Types may sit in one another in a circle only if the circle is one type.
fn check_parents(catalogue: &Catalogue<'_>, report: &mut Report) {
    let mut graph = Graph::new();
    for (name, resource) in &catalogue.model.resources {
        graph.node(name.as_str());
        for parent in resource.parents.iter().filter(|parent| parent.value != *name) {
            graph.edge(name.as_str(), parent.as_str(), parent.at);
        }
    }
    for cycle in graph.walk().cycles {
        report.fault(cycle.at, format!("the parents of types form a cycle: {}", cycle.names()));
    }
}

/// A gate is asked with the gates of its own type, so they may form no circle.
fn check_gates(catalogue: &Catalogue<'_>, report: &mut Report) {
    let mut graph = Graph::new();
    for (name, resource) in &catalogue.model.resources {
        graph.node(name.as_str());
        for gate in &resource.requires {
            if let Pattern::Exact { kind, .. } = &gate.value {
                graph.edge(name.as_str(), kind, gate.at);
            }
        }
    }
    for cycle in graph.walk().cycles {
        report.fault(cycle.at, format!("the gates of types form a cycle: {}", cycle.names()));
    }
}
