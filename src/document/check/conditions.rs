//! Every expression of a model, compiled.
//!
//! Named conditions come first, each after those it uses. A named condition
//! may meet any resource; an entry or a restriction meets those that its
//! permissions are about, so it may name only what one of them declares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalogue::{Catalogue, Permission};
use super::graph::Graph;
use super::report::Report;
use crate::condition::{self, AttributeNames, Program, Scope};
use crate::document::checked::{Owner, Programs};
use crate::document::definition::{Entry, Expression, ScopeCover, When};
use crate::document::limits::PolicyLimits;
use crate::document::place::Place;
use crate::model::ValueType;

/// Attributes with their types; `None` for one that has two.
type Types<'a> = BTreeMap<&'a str, Option<ValueType>>;

/// Compiles every expression. What does not compile is a fault, and missing
/// from the result.
pub(super) fn compile(catalogue: &Catalogue<'_>, limits: &PolicyLimits, report: &mut Report) -> Programs {
    let names = AttributeNames::new(attribute_names(catalogue));
    let mut compiler = Compiler {
        catalogue,
        names: &names,
        principal: principal_types(catalogue),
        context: context_types(catalogue),
        conditions: BTreeMap::new(),
        by_owner: BTreeMap::new(),
        node_limit: limits.condition_nodes,
        report,
    };
    compiler.named();
    compiler.owned();
    let by_owner = compiler.by_owner;
    Programs { names, by_owner }
}

struct Compiler<'a, 'r> {
    catalogue: &'a Catalogue<'a>,
    names: &'r AttributeNames,
    principal: Types<'a>,
    context: Types<'a>,
    conditions: BTreeMap<String, Option<Arc<Program>>>,
    by_owner: BTreeMap<Owner, Arc<Program>>,
    node_limit: usize,
    report: &'r mut Report,
}

impl<'a> Compiler<'a, '_> {
    fn named(&mut self) {
        let conditions = &self.catalogue.model.conditions;
        let mut graph = Graph::new();
        for (name, condition) in conditions {
            graph.node(name.as_str());
            for (used, start, end) in condition::references(&condition.expression.text) {
                if let Some((used, _)) = conditions.get_key_value(&used) {
                    graph.edge(name.as_str(), used.as_str(), condition.expression.place(start, end));
                }
            }
        }
        let walk = graph.walk();
        let mut circular = BTreeSet::new();
        for cycle in &walk.cycles {
            self.report.fault(cycle.at, format!("the conditions form a cycle: {}", cycle.names()));
            circular.extend(cycle.path.iter().copied());
        }
        let everything =
            resource_types(self.catalogue, self.catalogue.model.resources.keys().map(String::as_str));
        // Whatever cannot be ordered is known, and faulty.
        self.conditions = conditions.keys().map(|name| (name.clone(), None)).collect();
        for name in walk.order.iter().filter(|name| !circular.contains(*name)) {
            if let Some(condition) = conditions.get(*name) {
                let program = self.compile(&condition.expression, everything.clone(), None);
                if let Some(program) = &program {
                    self.by_owner.insert(Owner::Condition((*name).to_owned()), Arc::clone(program));
                }
                self.conditions.insert((*name).to_owned(), program);
            }
        }
    }

    fn owned(&mut self) {
        let model = self.catalogue.model;
        for (role, definition) in &model.roles {
            for (index, entry) in definition.allow.iter().enumerate() {
                self.entry(entry, || Owner::Role { role: role.clone(), entry: index });
            }
        }
        for (name, restriction) in &model.restrictions {
            let met = self.catalogue.cover(&restriction.permissions);
            let params = restriction.params.iter().map(|(name, ty)| (name.as_str(), ty.value_type)).collect();
            let resource = self.met(&met);
            if let Some(program) = self.compile(&restriction.allow_when, resource, Some(params)) {
                self.by_owner.insert(Owner::Restriction(name.clone()), program);
            }
        }
        for (scope, definition) in &model.scopes {
            match &definition.covers {
                ScopeCover::Allow(entries) => {
                    for (index, entry) in entries.iter().enumerate() {
                        self.entry(entry, || Owner::Scope { scope: scope.clone(), mode: None, entry: index });
                    }
                }
                ScopeCover::Modes(modes) => {
                    for (mode, entries) in modes {
                        for (index, entry) in entries.iter().enumerate() {
                            let mode = Some(mode.clone());
                            self.entry(entry, || Owner::Scope { scope: scope.clone(), mode, entry: index });
                        }
                    }
                }
            }
        }
    }

    fn entry(&mut self, entry: &Entry, owner: impl FnOnce() -> Owner) {
        if let When::Expression(expression) = &entry.when {
            let resource = self.met(&self.catalogue.cover_entry(entry));
            if let Some(program) = self.compile(expression, resource, None) {
                self.by_owner.insert(owner(), program);
            }
        }
    }

    /// The resource attributes that a condition over these permissions meets.
    /// Over none it meets any: then something else is wrong, and is told.
    fn met(&self, permissions: &BTreeSet<Permission<'a>>) -> Types<'a> {
        if permissions.is_empty() {
            return resource_types(self.catalogue, self.catalogue.model.resources.keys().map(String::as_str));
        }
        resource_types(self.catalogue, permissions.iter().map(|(kind, _)| *kind))
    }

    fn compile(
        &mut self,
        expression: &Expression,
        resource: Types<'a>,
        params: Option<BTreeMap<&'a str, ValueType>>,
    ) -> Option<Arc<Program>> {
        // What a source leaves out has been told by whoever read it.
        if expression.text.trim().is_empty() && expression.at != Place::NOWHERE {
            return None;
        }
        let scope = Scope {
            names: self.names,
            principal: self.principal.clone(),
            resource,
            context: self.context.clone(),
            app: self.principal.clone(),
            params,
            conditions: &self.conditions,
            node_limit: self.node_limit,
        };
        match condition::compile(&expression.text, &scope) {
            Ok(program) => Some(Arc::new(program)),
            Err(faults) => {
                for fault in faults {
                    let at = expression.place(fault.start, fault.end);
                    match fault.help {
                        Some(help) => self.report.fault_with(at, fault.message, help),
                        None => self.report.fault(at, fault.message),
                    }
                }
                None
            }
        }
    }
}

fn attribute_names<'a>(catalogue: &Catalogue<'a>) -> BTreeSet<&'a str> {
    let model = catalogue.model;
    let principals = model.principals.values().flat_map(|principal| principal.attributes.keys());
    let resources = model.resources.values().flat_map(|resource| resource.attributes.keys());
    let declared = principals.chain(resources).chain(model.context.keys());
    declared.map(String::as_str).chain(["roles", "builtin", "reserved"]).collect()
}

fn principal_types<'a>(catalogue: &Catalogue<'a>) -> Types<'a> {
    let mut types = Types::new();
    for principal in catalogue.model.principals.values() {
        for (name, attribute) in &principal.attributes {
            declare(&mut types, name, attribute.value_type);
        }
    }
    types
}

fn context_types<'a>(catalogue: &Catalogue<'a>) -> Types<'a> {
    catalogue
        .model
        .context
        .iter()
        .map(|(name, attribute)| (name.as_str(), Some(attribute.value_type)))
        .collect()
}

fn resource_types<'a>(catalogue: &Catalogue<'a>, kinds: impl Iterator<Item = &'a str>) -> Types<'a> {
    let mut types = Types::new();
    for kind in kinds.collect::<BTreeSet<&str>>() {
        let Some(resource) = catalogue.resource(kind) else { continue };
        for (name, attribute) in &resource.attributes {
            declare(&mut types, name, attribute.value_type);
        }
        for name in ["roles", "builtin", "reserved"] {
            if let Some(ty) = Catalogue::built_in_attribute(kind, name) {
                declare(&mut types, name, ty);
            }
        }
    }
    types
}

fn declare<'a>(types: &mut Types<'a>, name: &'a str, ty: ValueType) {
    types.entry(name).and_modify(|known| *known = known.filter(|known| *known == ty)).or_insert(Some(ty));
}
