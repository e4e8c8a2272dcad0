//! What conditions read, and where it stands in a request to Cedar.
//!
//! Owns value, null and unsent: a value is an attribute, a null is a name in the
//! set `sidegate.null` beside it, and what is neither is unsent. A stored
//! attribute of a principal is never unsent, so it needs no name there.

use std::collections::BTreeSet;

use super::cond::Cond;
use super::condition::instant_value;
use super::operators::Refused;
use super::term::{self, Set, Term, Tri, Value};
use super::text::{attribute, name as word};
use crate::document::definition::{Model, Params, Policy, ScopeCover};
use crate::model::{self, ValueType};

/// The names of one policy.
pub(super) struct Names<'a> {
    pub(super) model: &'a Model,
    roles: BTreeSet<String>,
    groups: BTreeSet<String>,
}

/// What a condition meets where it is asked.
#[derive(Clone, Copy)]
pub(super) struct Meets<'a> {
    /// The resource type.
    pub(super) kind: &'a str,
    /// Only the type: nothing is known of a resource. So gates are asked.
    pub(super) alone: bool,
    /// The parameters of the switch, written out.
    pub(super) params: Option<&'a Params>,
}

/// Where an attribute stands.
struct At {
    /// It has a value.
    value: Cond,
    /// It is null.
    null: Cond,
    /// The Cedar expression that reads it.
    code: String,
    value_type: ValueType,
    names: Option<term::Names>,
}

impl<'a> Names<'a> {
    pub(super) fn new(policy: &'a Policy) -> Self {
        let model = &policy.model;
        let tenants = policy.tenants.values();
        let roles = model.roles.keys().chain(tenants.clone().flat_map(|tenant| tenant.roles.keys()));
        let roles = roles.filter(|id| *id != "everyone" && *id != "anyone").cloned().collect();
        let groups = tenants.flat_map(|tenant| tenant.groups.keys()).cloned().collect();
        Self { model, roles, groups }
    }

    /// Every name of a kind, in any tenant.
    pub(super) fn every(&self, names: term::Names) -> Vec<String> {
        let names = match names {
            term::Names::Roles => &self.roles,
            term::Names::Groups => &self.groups,
        };
        names.iter().cloned().collect()
    }

    /// `root.name`
    pub(super) fn read(&self, root: &str, name: &str, meets: Meets<'_>) -> Result<Term, Refused> {
        if (root, name) == ("resource", "type") {
            return Ok(Term::known(Value::Text(meets.kind.to_owned())));
        }
        if root == "params" {
            let value = meets.params.and_then(|params| params.get(name)).ok_or("this name")?;
            return literal(&value.value);
        }
        let Some(At { value, null: _, code, value_type, names }) = self.at(root, name, meets) else {
            return Ok(Term::UNKNOWN);
        };
        Ok(match value_type {
            ValueType::Bool => {
                let is = Cond::text(code);
                Term::Bool(Tri {
                    yes: Cond::all([value.clone(), is.clone()]),
                    no: Cond::all([value, is.negated()]),
                })
            }
            ValueType::Int => Term::when(value, Value::IntOf(code)),
            ValueType::String => Term::when(value, Value::TextOf(code)),
            ValueType::Timestamp => Term::when(value, Value::Instant(code)),
            ValueType::StringList | ValueType::IntList => Term::when(value, Value::Set(Set { code, names })),
        })
    }

    /// `has(root.name)`
    pub(super) fn has(&self, root: &str, name: &str, meets: Meets<'_>) -> Tri {
        match (root, name) {
            ("resource", "type") => return Tri::constant(true),
            ("params", _) => {
                let value = meets.params.and_then(|params| params.get(name));
                return Tri::constant(value.is_some_and(|value| value.value != model::Value::Null));
            }
            _ => {}
        }
        match self.at(root, name, meets) {
            Some(At { value, null, .. }) => Tri { yes: value, no: null },
            None if self.is_null(root, name, meets) => Tri::constant(false),
            None => Tri::UNKNOWN,
        }
    }

    /// Where it stands; `None` for what no request to Cedar has.
    fn at(&self, root: &str, name: &str, meets: Meets<'_>) -> Option<At> {
        match root {
            "principal" => self.of_principal(name),
            "resource" if meets.alone => None,
            "resource" => self.of_resource(meets.kind, name),
            "context" => {
                let value_type = self.model.context.get(name)?.value_type;
                Some(At::sent("context", name, value_type))
            }
            "app" => self.of_app(name),
            _ => None,
        }
    }

    /// Whether what stands nowhere is null, and not unsent.
    fn is_null(&self, root: &str, name: &str, meets: Meets<'_>) -> bool {
        let id = matches!(name, "id" | "key");
        root != "resource" || !id && self.of_resource(meets.kind, name).is_none()
    }

    fn of_principal(&self, name: &str) -> Option<At> {
        let built_in = match name {
            "type" | "id" | "key" => Some((ValueType::String, None)),
            "roles" => Some((ValueType::StringList, Some(term::Names::Roles))),
            "groups" => Some((ValueType::StringList, Some(term::Names::Groups))),
            _ => None,
        };
        let code = attribute("principal", name);
        if let Some((value_type, names)) = built_in {
            return Some(At { value: Cond::True, null: Cond::False, code, value_type, names });
        }
        let declared = |kind: &crate::document::definition::PrincipalType| {
            kind.attributes.get(name).map(|it| (it.value_type, it.from_request))
        };
        let kinds: Vec<_> = self.model.principals.iter().map(|(id, kind)| (id, declared(kind))).collect();
        let (value_type, _) = kinds.iter().find_map(|(_, declared)| *declared)?;
        let value = Cond::text(format!("principal has {}", word(name)));
        let sent = kinds.iter().filter(|(_, declared)| declared.is_some_and(|(_, sent)| sent));
        let sent: Vec<Cond> =
            sent.map(|(id, _)| Cond::text(format!("principal is Principal::{id}"))).collect();
        let stored = match sent.len() {
            0 => value.clone().negated(),
            all if all == kinds.len() => Cond::False,
            _ => Cond::all([Cond::any(sent.clone()).negated(), value.clone().negated()]),
        };
        let named = if sent.is_empty() { Cond::False } else { null_in("principal", name) };
        Some(At { value, null: Cond::any([stored, named]), code, value_type, names: None })
    }

    fn of_resource(&self, kind: &str, name: &str) -> Option<At> {
        let (value_type, names) = match (kind, name) {
            (_, "id" | "key") => (ValueType::String, None),
            ("member" | "role" | "group", "roles") => (ValueType::StringList, Some(term::Names::Roles)),
            ("role", "builtin" | "reserved") => (ValueType::Bool, None),
            _ => (self.model.resources.get(kind)?.attributes.get(name)?.value_type, None),
        };
        let mut at = At { names, ..At::sent("resource", name, value_type) };
        if matches!(name, "id" | "key") {
            at.null = Cond::False;
        }
        Some(at)
    }

    fn of_app(&self, name: &str) -> Option<At> {
        let some = Cond::text("context.sidegate has app");
        let code = attribute("context.sidegate.app", name);
        let (value, value_type) = match name {
            "id" | "key" => (some, ValueType::String),
            _ => {
                let value_type = self.app_attributes().into_iter().find(|(known, _)| *known == name)?.1?;
                let has = Cond::text(format!("context.sidegate.app has {}", word(name)));
                (Cond::all([some, has]), value_type)
            }
        };
        Some(At { null: value.clone().negated(), value, code, value_type, names: None })
    }

    /// Attributes that installs can have, by name; without a type where types
    /// of principals do not agree on it. No condition reads such a one.
    pub(super) fn app_attributes(&self) -> Vec<(&str, Option<ValueType>)> {
        let mut found: Vec<(&str, Option<ValueType>)> = Vec::new();
        for (name, declared) in self.model.principals.values().flat_map(|kind| &kind.attributes) {
            let value_type = Some(declared.value_type);
            match found.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) if *known != value_type => *known = None,
                Some(_) => {}
                None => found.push((name, value_type)),
            }
        }
        found
    }

    /// What a part of a scope is covered by: its mode, and its entries.
    pub(super) fn parts(covers: &ScopeCover) -> Vec<(&str, &[crate::document::definition::Entry])> {
        match covers {
            ScopeCover::Allow(entries) => vec![("", entries.as_slice())],
            ScopeCover::Modes(modes) => {
                modes.iter().map(|(mode, entries)| (mode.as_str(), entries.value.as_slice())).collect()
            }
        }
    }
}

impl At {
    /// An attribute that a request may send, or leave out.
    fn sent(of: &str, name: &str, value_type: ValueType) -> Self {
        Self {
            value: Cond::text(format!("{of} has {}", word(name))),
            null: null_in(of, name),
            code: attribute(of, name),
            value_type,
            names: None,
        }
    }
}

fn null_in(of: &str, name: &str) -> Cond {
    Cond::text(format!("{of}.sidegate.null.contains({})", super::text::quoted(name)))
}

/// A stored value, written out.
fn literal(value: &model::Value) -> Result<Term, Refused> {
    Ok(Term::known(match value {
        model::Value::Null => return Ok(Term::UNKNOWN),
        model::Value::Bool(value) => return Ok(Term::Bool(Tri::constant(*value))),
        model::Value::Int(value) => Value::Int(*value),
        model::Value::String(text) => Value::Text(text.clone()),
        model::Value::Timestamp(at) => instant_value(*at)?,
        model::Value::StringList(items) => {
            Value::Items(items.iter().map(|item| Term::known(Value::Text(item.clone()))).collect())
        }
        model::Value::IntList(items) => {
            Value::Items(items.iter().map(|item| Term::known(Value::Int(*item))).collect())
        }
    }))
}
