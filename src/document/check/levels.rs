//! Levels of a resource type, and the items that levels and denies list.

use super::catalogue::Catalogue;
use super::graph::Graph;
use super::report::Report;
use crate::document::definition::ResourceType;
use crate::document::nearest::nearest;
use crate::document::place::{Place, Spanned};
use crate::model::LevelItem;

/// Checks the levels of one resource type. A retired level is one that a type
/// no longer has; another may still have one of that name.
pub(super) fn check(catalogue: &Catalogue<'_>, kind: &str, resource: &ResourceType, report: &mut Report) {
    let mut graph = Graph::new();
    for (name, level) in &resource.levels {
        graph.node(name.as_str());
        for included in &level.includes {
            if resource.levels.contains_key(&included.value) {
                graph.edge(name.as_str(), included.as_str(), included.at);
            } else {
                report.unknown(included.at, "level", included, resource.levels.keys().map(String::as_str));
            }
        }
        for item in &level.permissions {
            match check_item(catalogue, kind, item) {
                Item::Right => {}
                Item::Retired(name) => report.fault(item.at, format!("the permission `{name}` is retired")),
                Item::Wrong(message, help) => tell(item.at, message, help, report),
            }
        }
    }
    for cycle in graph.walk().cycles {
        report.fault(cycle.at, format!("the levels of `{kind}` form a cycle: {}", cycle.names()));
    }
}

/// Checks the deny of an ACL entry on a resource of type `kind`.
pub(super) fn check_deny(
    catalogue: &Catalogue<'_>,
    tenant: &str,
    kind: &str,
    items: &[Spanned<LevelItem>],
    report: &mut Report,
) {
    for item in items {
        match check_item(catalogue, kind, item) {
            Item::Right => {}
            Item::Retired(name) => report.retired(item.at, tenant, "permission", &name),
            Item::Wrong(message, help) => tell(item.at, message, help, report),
        }
    }
}

enum Item {
    Right,
    Retired(String),
    Wrong(String, Option<String>),
}

fn check_item(catalogue: &Catalogue<'_>, kind: &str, item: &LevelItem) -> Item {
    match item {
        LevelItem::Own(action) => check_action(catalogue, kind, action),
        LevelItem::OwnAll => check_any(catalogue, kind),
        LevelItem::Below { kind: below, action } if only_retired(catalogue, below) => {
            if catalogue.retired.permissions.contains(&(below, action)) {
                Item::Retired(format!("{below}:{action}"))
            } else {
                Item::Wrong(format!("there is no permission `{below}:{action}`"), None)
            }
        }
        LevelItem::Below { kind: below, action } => match check_below(catalogue, kind, below) {
            Some(wrong) => wrong,
            None => check_action(catalogue, below, action),
        },
        LevelItem::BelowAll(below) => {
            check_below(catalogue, kind, below).unwrap_or_else(|| check_any(catalogue, below))
        }
    }
}

fn check_action(catalogue: &Catalogue<'_>, kind: &str, action: &str) -> Item {
    if catalogue.has(kind, action) {
        return Item::Right;
    }
    if catalogue.retired.permissions.contains(&(kind, action)) {
        return Item::Retired(format!("{kind}:{action}"));
    }
    let known = catalogue.resource(kind).map(|resource| resource.actions.as_slice()).unwrap_or_default();
    let help = nearest(action, known.iter().map(|action| action.as_str()));
    Item::Wrong(format!("the type `{kind}` has no action `{action}`"), help)
}

fn check_any(catalogue: &Catalogue<'_>, kind: &str) -> Item {
    match catalogue.resource(kind) {
        Some(resource) if resource.actions.is_empty() => {
            Item::Wrong(format!("the type `{kind}` has no action"), None)
        }
        _ => Item::Right,
    }
}

/// Whether a type is known by its retired permissions alone.
fn only_retired(catalogue: &Catalogue<'_>, kind: &str) -> bool {
    let mut retired = catalogue.retired.permissions.iter();
    catalogue.resource(kind).is_none() && retired.any(|(retired, _)| *retired == kind)
}

/// Whether resources of type `below` can be below ones of type `kind`.
fn check_below(catalogue: &Catalogue<'_>, kind: &str, below: &str) -> Option<Item> {
    if catalogue.can_be_below(below, kind) {
        return None;
    }
    if catalogue.resource(below).is_none() {
        let help = nearest(below, catalogue.model.resources.keys().map(String::as_str));
        return Some(Item::Wrong(format!("there is no resource type `{below}`"), help));
    }
    let help = if below == kind {
        "for the resource itself, write the action alone".to_owned()
    } else {
        format!("the type `{below}` does not list `{kind}` or a type below it under `parents`")
    };
    Some(Item::Wrong(format!("no `{below}` is ever below a resource of type `{kind}`"), Some(help)))
}

fn tell(at: Place, message: String, help: Option<String>, report: &mut Report) {
    match help {
        Some(help) => report.fault_with(at, message, help),
        None => report.fault(at, message),
    }
}
