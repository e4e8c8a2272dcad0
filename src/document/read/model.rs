//! Reads Model documents.

use super::node::{
    boolean, integer, items, label, level_items, map, names, patterns, permissions, spanned_text, value_type,
};
use crate::document::definition::{
    AttributeType, Condition, Entry, Expression, Feature, Level, Map, Model, OverrideMode, Plan, Precedence,
    PrincipalAttribute, PrincipalType, Reserved, ResourceType, Restriction, RestrictionMode, Retired, Role,
    Scope, ScopeCover, Section, When,
};
use crate::document::place::Spanned;
use crate::document::yaml::{Body, Core, Node, offsets};
use crate::model::Pattern;

/// Reads a model. `source` is the text that the tree was composed from.
pub(super) fn model(node: &Node, source: &str) -> Model {
    Model {
        name: node.get("name").and_then(Node::text).unwrap_or_default().to_owned(),
        label: label(node),
        principals: map(node.get("principals"), |node| Some(principal(node))),
        resources: map(node.get("resources"), |node| Some(resource(node))),
        context: attributes(node.get("context")),
        sections: map(node.get("sections"), |node| {
            Some(Section { label: label(node), permissions: patterns(node.get("permissions")) })
        }),
        roles: map(node.get("roles"), |node| Some(role(node, source))),
        conditions: map(node.get("conditions"), |node| Some(condition(node, source))),
        restrictions: map(node.get("restrictions"), |node| Some(restriction(node, source))),
        plans: map(node.get("plans"), |node| Some(plan(node))),
        features: map(node.get("features"), |node| Some(feature(node))),
        authorities: names(node.get("authorities")),
        scopes: map(node.get("scopes"), |node| Some(scope(node, source))),
        reserved: node.get("reserved").map(reserved).unwrap_or_default(),
        retired: node.get("retired").map(retired).unwrap_or_default(),
    }
}

fn principal(node: &Node) -> PrincipalType {
    let attribute = |node: &Node| {
        Some(PrincipalAttribute {
            label: label(node),
            value_type: value_type(node)?,
            from_request: node.get("source").and_then(Node::text) == Some("request"),
        })
    };
    PrincipalType {
        label: label(node),
        attributes: map(node.get("attributes"), attribute),
        roles_from_request: boolean(node.get("roles_from_request")),
    }
}

fn attributes(node: Option<&Node>) -> Map<AttributeType> {
    map(node, |node| Some(AttributeType { label: label(node), value_type: value_type(node)? }))
}

fn resource(node: &Node) -> ResourceType {
    let precedence = node.get("acl").and_then(|acl| acl.get("precedence")?.text());
    ResourceType {
        label: label(node),
        actions: names(node.get("actions")),
        attributes: attributes(node.get("attributes")),
        parents: names(node.get("parents")),
        requires: permissions(node.get("requires")),
        levels: map(node.get("levels"), |node| Some(level(node))),
        precedence: if precedence == Some("union") { Precedence::Union } else { Precedence::Principal },
        hidden_without: node.get("hidden_without").and_then(spanned_text),
    }
}

fn level(node: &Node) -> Level {
    let items = if matches!(node.body, Body::List(_)) { Some(node) } else { node.get("permissions") };
    Level { label: label(node), includes: names(node.get("includes")), permissions: level_items(items) }
}

fn role(node: &Node, source: &str) -> Role {
    Role {
        label: label(node),
        allow: entries(node.get("allow"), source),
        extends: names(node.get("extends")),
        no_sections: Vec::new(),
        authority: node.get("authority").and_then(spanned_text),
    }
}

fn entries(node: Option<&Node>, source: &str) -> Vec<Entry> {
    let entry = |node: &Node| {
        let when = node.get("when").map(|node| expression(node, source));
        entry(node, when.map_or(When::Always, When::Expression))
    };
    items(node, entry).into_iter().map(|entry| entry.value).collect()
}

/// An entry: a pattern, or a map whose `when` has been read already.
pub(super) fn entry(node: &Node, when: When) -> Option<Entry> {
    let permissions = match node.text() {
        Some(text) => vec![Spanned::new(node.at, Pattern::parse(text).ok()?)],
        // Without permissions the rest says nothing.
        None => patterns(Some(node.get("permissions")?)),
    };
    Some(Entry { at: node.at, permissions, except: patterns(node.get("except")), when })
}

/// An expression. Of what is none only the place is read: then it is empty, at
/// a place where that has been told.
fn expression(node: &Node, source: &str) -> Expression {
    match &node.body {
        Body::Scalar(scalar) if scalar.core == Core::String => {
            Expression { at: node.at, text: scalar.text.clone(), offsets: offsets(node, scalar, source) }
        }
        _ => Expression { at: node.at, ..Expression::default() },
    }
}

fn condition(node: &Node, source: &str) -> Condition {
    let text = node.get("expression").unwrap_or(node);
    Condition { label: label(node), expression: expression(text, source) }
}

fn restriction(node: &Node, source: &str) -> Restriction {
    Restriction {
        label: label(node),
        permissions: patterns(node.get("permissions")),
        params: attributes(node.get("params")),
        allow_when: expression(node.get("allow_when").unwrap_or(node), source),
        exempt_roles: names(node.get("exempt_roles")),
        always: boolean(node.get("always")),
    }
}

fn plan(node: &Node) -> Plan {
    let word = |key| node.get(key).and_then(Node::text);
    Plan {
        label: label(node),
        custom_roles: node.get("custom_roles").and_then(integer).and_then(|count| u32::try_from(count).ok()),
        member_overrides: match word("member_overrides") {
            Some("narrow_only") => OverrideMode::NarrowOnly,
            Some("off") => OverrideMode::Off,
            _ => OverrideMode::On,
        },
        member_restrictions: match word("member_restrictions") {
            Some("off") => RestrictionMode::Off,
            _ => RestrictionMode::On,
        },
        features: names(node.get("features")),
    }
}

fn feature(node: &Node) -> Feature {
    let permissions = if matches!(node.body, Body::List(_)) { Some(node) } else { node.get("permissions") };
    Feature { label: label(node), permissions: patterns(permissions) }
}

fn scope(node: &Node, source: &str) -> Scope {
    let covers = match node.get("modes") {
        Some(modes) => ScopeCover::Modes(map(Some(modes), |node| Some(entries(Some(node), source)))),
        None => ScopeCover::Allow(entries(node.get("allow"), source)),
    };
    Scope {
        label: label(node),
        group: node.get("group").and_then(Node::text).map(str::to_owned),
        authority: node.get("authority").and_then(spanned_text),
        covers,
    }
}

fn reserved(node: &Node) -> Reserved {
    Reserved { permissions: patterns(node.get("permissions")), roles: names(node.get("roles")) }
}

fn retired(node: &Node) -> Retired {
    Retired {
        permissions: permissions(node.get("permissions")),
        roles: names(node.get("roles")),
        restrictions: names(node.get("restrictions")),
        levels: names(node.get("levels")),
        scopes: names(node.get("scopes")),
        plans: names(node.get("plans")),
    }
}
