//! Conditions that mean less than they seem to: warnings about a model.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, Permission, exact};
use super::report::Report;
use crate::condition::{self, Path, Program};
use crate::document::checked::{Owner, Programs};
use crate::document::definition::{Expression, ScopeCover, When};
use crate::document::place::Place;

/// Warns of what is doubtful about the conditions of a model.
pub(super) fn check(catalogue: &Catalogue<'_>, programs: &Programs, report: &mut Report) {
    principal_ids(catalogue, programs, report);
    let gates = gates(catalogue);
    for (role, definition) in &catalogue.model.roles {
        for (index, entry) in definition.allow.iter().enumerate() {
            let owner = Owner::Role { role: role.clone(), entry: index };
            let (When::Expression(when), Some(program)) = (&entry.when, programs.by_owner.get(&owner)) else {
                continue;
            };
            gate(
                &gates,
                &catalogue.cover_entry(entry),
                when.at,
                program,
                "the entry may never grant it there",
                report,
            );
        }
    }
    for (name, restriction) in &catalogue.model.restrictions {
        if let Some(program) = programs.by_owner.get(&Owner::Restriction(name.clone())) {
            let covered = catalogue.cover(&restriction.permissions);
            let at = restriction.allow_when.at;
            gate(
                &gates,
                &covered,
                at,
                program,
                "the restriction may close it for whoever it is in force for",
                report,
            );
        }
    }
}

/// Every permission that is a gate of some type.
pub(super) fn gates<'a>(catalogue: &Catalogue<'a>) -> BTreeSet<Permission<'a>> {
    catalogue
        .model
        .resources
        .values()
        .flat_map(|resource| resource.requires.iter().filter_map(exact))
        .collect()
}

/// Warns if a condition covers a gate and reads what a gate is asked without.
pub(super) fn gate(
    gates: &BTreeSet<Permission<'_>>,
    covered: &BTreeSet<Permission<'_>>,
    at: Place,
    program: &Program,
    consequence: &str,
    report: &mut Report,
) {
    let Some((kind, action)) = gates.intersection(covered).next() else { return };
    let mention = program
        .mentions()
        .iter()
        .find(|mention| matches!(mention.path, Path::Resource(_) | Path::ResourceId | Path::ResourceKey));
    if let Some(mention) = mention {
        let message = format!(
            "the gate `{kind}:{action}` is asked of no particular resource, so `{}` is not known: {consequence}",
            mention.name
        );
        report.warn(at, message, None);
    }
}

/// Where a model has several principal types, an id alone is not a principal.
fn principal_ids(catalogue: &Catalogue<'_>, programs: &Programs, report: &mut Report) {
    if catalogue.model.principals.len() < 2 {
        return;
    }
    for (owner, expression) in expressions(catalogue) {
        let Some(program) = programs.by_owner.get(&owner) else { continue };
        // What a named condition reads is told where that is written.
        let named = condition::references(&expression.text).iter().any(|(name, ..)| {
            let used = programs.by_owner.get(&Owner::Condition(name.clone()));
            used.is_some_and(|used| reads_principal_id(used))
        });
        if !named && reads_principal_id(program) {
            report.warn(
                principal_id_place(expression),
                "the model has several principal types, and two of them may have the same id",
                Some("compare `principal.key`"),
            );
        }
    }
}

fn reads_principal_id(program: &Program) -> bool {
    program.mentions().iter().any(|mention| mention.path == Path::PrincipalId)
}

fn principal_id_place(expression: &Expression) -> Place {
    const NAME: &str = "principal.id";
    let found = expression.text.find(NAME).and_then(|start| {
        let end = start.checked_add(NAME.len())?;
        Some((u32::try_from(start).ok()?, u32::try_from(end).ok()?))
    });
    found.map_or(expression.at, |(start, end)| expression.place(start, end))
}

/// Every expression of a model with its owner.
fn expressions<'a>(catalogue: &Catalogue<'a>) -> BTreeMap<Owner, &'a Expression> {
    let model = catalogue.model;
    let mut all = BTreeMap::new();
    let of = |when: &'a When| match when {
        When::Expression(expression) => Some(expression),
        When::Always | When::Conditions(_) => None,
    };
    for (name, condition) in &model.conditions {
        all.insert(Owner::Condition(name.clone()), &condition.expression);
    }
    for (name, restriction) in &model.restrictions {
        all.insert(Owner::Restriction(name.clone()), &restriction.allow_when);
    }
    for (role, definition) in &model.roles {
        for (entry, definition) in definition.allow.iter().enumerate() {
            let owner = Owner::Role { role: role.clone(), entry };
            all.extend(of(&definition.when).map(|expression| (owner, expression)));
        }
    }
    for (scope, definition) in &model.scopes {
        let lists: Vec<(Option<&String>, &'a [_])> = match &definition.covers {
            ScopeCover::Allow(entries) => vec![(None, entries.as_slice())],
            ScopeCover::Modes(modes) => {
                modes.iter().map(|(mode, entries)| (Some(mode), entries.value.as_slice())).collect()
            }
        };
        for (mode, entries) in lists {
            for (entry, definition) in entries.iter().enumerate() {
                let owner = Owner::Scope { scope: scope.clone(), mode: mode.cloned(), entry };
                let definition: &'a crate::document::definition::Entry = definition;
                all.extend(of(&definition.when).map(|expression| (owner, expression)));
            }
        }
    }
    all
}
