//! The schema: types of entities and actions, and what a request must carry.
//!
//! Owns which names are Sidegate's own: the namespace `Sidegate`, and in
//! principals, resources and the context one record `sidegate`.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::names::Names;
use super::text::{name, permission, quoted};
use crate::document::definition::Policy;
use crate::model::{Pattern, ValueType};

/// The attribute that is Sidegate's own.
pub(super) const OWN: &str = "sidegate";

const HEAD: &str = "\
// Written by `sidegate export cedar`. docs/cedar.md says what each attribute is.

namespace Sidegate {
  entity Tenant = { features?: Set<String> };
  entity Role in [Role] = { roles: Set<String> };
  entity CustomRole in [CustomRole, Role] = { roles: Set<String> };
  entity Group in [Group, CustomRole, Role] = {
    groups: Set<String>,
    roles: Set<String>,
    strangers: Set<String>,
  };
  type Part = { mode: String, scope: String };
  type Via = { all: Bool, scopes: Set<Part> };
  type Principal = {
    allowed: Set<String>,
    barred?: String,
    denied: Set<String>,
    install?: Install,
    null: Set<String>,
    restrictions: Set<String>,
  };
  type Resource = { null: Set<String> };
  type Request = {
    app?: Install,
    now: datetime,
    null: Set<String>,
    tenant: Tenant,
    via?: Via,
  };
";

/// Writes the schema.
pub(super) fn schema(policy: &Policy, names: &Names<'_>) -> String {
    let model = &policy.model;
    let mut out = String::from(HEAD);
    // Writing to a text cannot fail.
    let _ = writeln!(
        out,
        "  entity Install = {{\n    sidegate: {{ scopes: Set<Part> }},\n    id: String,\n    key: String,"
    );
    for (attribute, value_type) in names.app_attributes() {
        if let Some(value_type) = value_type {
            let _ = writeln!(out, "    {}?: {},", name(attribute), cedar_type(value_type));
        }
    }
    out.push_str("  };\n  type Context = {\n    sidegate: Request,\n");
    optional(&mut out, model.context.iter().map(|(name, it)| (name.as_str(), it.value_type)));
    out.push_str("  };\n}\n\nnamespace Principal {\n");
    for (kind, it) in &model.principals {
        let _ = writeln!(
            out,
            "  entity {kind} in [Sidegate::Group, Sidegate::CustomRole, Sidegate::Role] = {{\n    \
             sidegate: Sidegate::Principal,\n    type: String,\n    id: String,\n    key: String,\n    \
             roles: Set<String>,\n    groups: Set<String>,"
        );
        optional(&mut out, it.attributes.iter().map(|(name, it)| (name.as_str(), it.value_type)));
        out.push_str("  };\n");
    }
    out.push_str("}\n\nnamespace Resource {\n");
    for kind in kinds(policy) {
        let declared = model.resources.get(kind);
        let parents: Vec<&str> =
            declared.iter().flat_map(|it| &it.parents).map(|parent| parent.value.as_str()).collect();
        let above = if parents.is_empty() { String::new() } else { format!(" in [{}]", parents.join(", ")) };
        let _ = writeln!(
            out,
            "  entity {kind}{above} = {{\n    sidegate: Sidegate::Resource,\n    id?: String,\n    key?: String,"
        );
        for (attribute, value_type) in built_in(kind) {
            let _ = writeln!(out, "    {attribute}?: {},", cedar_type(*value_type));
        }
        let attributes = declared.iter().flat_map(|it| &it.attributes);
        let attributes = attributes.filter(|(name, _)| !built_in(kind).iter().any(|(own, _)| own == name));
        optional(&mut out, attributes.map(|(name, it)| (name.as_str(), it.value_type)));
        out.push_str("  };\n");
    }
    out.push_str("}\n");
    actions(&mut out, policy);
    out
}

fn actions(out: &mut String, policy: &Policy) {
    let principals: Vec<String> =
        policy.model.principals.keys().map(|kind| format!("Principal::{kind}")).collect();
    if principals.is_empty() {
        return;
    }
    for (kind, action) in permissions(policy) {
        let _ = write!(
            out,
            "\naction {} appliesTo {{\n  principal: [{}],\n  resource: [Resource::{kind}],\n  \
             context: Sidegate::Context,\n}};\n",
            quoted(&permission(&kind, &action)),
            principals.join(", ")
        );
    }
}

fn optional<'a>(out: &mut String, attributes: impl Iterator<Item = (&'a str, ValueType)>) {
    for (attribute, value_type) in attributes {
        let _ = writeln!(out, "    {}?: {},", name(attribute), cedar_type(value_type));
    }
}

/// The attributes that Sidegate itself says of a resource type.
pub(super) fn built_in(kind: &str) -> &'static [(&'static str, ValueType)] {
    match kind {
        "member" | "group" => &[("roles", ValueType::StringList)],
        "role" => {
            &[("roles", ValueType::StringList), ("builtin", ValueType::Bool), ("reserved", ValueType::Bool)]
        }
        _ => &[],
    }
}

/// Every resource type that can be asked about, those that are gone included.
fn kinds(policy: &Policy) -> BTreeSet<&str> {
    let gone = policy.model.retired.permissions.iter().filter_map(|pattern| match &pattern.value {
        Pattern::Exact { kind, .. } => Some(&**kind),
        _ => None,
    });
    policy.model.resources.keys().map(String::as_str).chain(gone).collect()
}

/// Every permission that can be asked about, retired ones included.
fn permissions(policy: &Policy) -> BTreeSet<(String, String)> {
    let mut found = super::cover::declared(&policy.model);
    found.extend(policy.model.retired.permissions.iter().filter_map(|pattern| match &pattern.value {
        Pattern::Exact { kind, action } => Some((kind.to_string(), action.to_string())),
        _ => None,
    }));
    found
}

const fn cedar_type(of: ValueType) -> &'static str {
    match of {
        ValueType::Bool => "Bool",
        ValueType::Int => "Long",
        ValueType::String => "String",
        ValueType::Timestamp => "datetime",
        ValueType::StringList => "Set<String>",
        ValueType::IntList => "Set<Long>",
    }
}
