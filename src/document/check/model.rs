//! The rest of a model: sections, restrictions, plans, features, scopes, what
//! is reserved and what is retired.

use super::catalogue::{Catalogue, HELD_BY_ALL};
use super::patterns::{self, Lister};
use super::report::Report;
use super::roles;
use crate::condition;
use crate::document::definition::{Map, NameList, ScopeCover};
use crate::model::Pattern;

/// Checks everything of a model but its types, its roles and its expressions.
pub(super) fn check(catalogue: &Catalogue<'_>, report: &mut Report) {
    sections(catalogue, report);
    restrictions(catalogue, report);
    plans(catalogue, report);
    scopes(catalogue, report);
    for (name, condition) in
        catalogue.model.conditions.iter().filter(|(name, _)| condition::is_reserved(name))
    {
        report.fault(condition.at, format!("`{name}` is a word of expressions and cannot name a condition"));
    }
    let reserved = &catalogue.model.reserved;
    patterns::check(catalogue, Lister::Model, &reserved.permissions, report);
    roles::check_list(catalogue, &reserved.roles, false, report);
    retired(catalogue, report);
}

fn sections(catalogue: &Catalogue<'_>, report: &mut Report) {
    for section in catalogue.model.sections.values() {
        for pattern in &section.permissions {
            if matches!(pattern.value, Pattern::Section(_)) {
                report.fault(pattern.at, "a section holds no other section");
            } else {
                patterns::check(catalogue, Lister::Model, std::slice::from_ref(pattern), report);
            }
        }
    }
}

fn restrictions(catalogue: &Catalogue<'_>, report: &mut Report) {
    let retired = &catalogue.retired.restrictions;
    for (name, restriction) in &catalogue.model.restrictions {
        declared_once(retired.contains(name.as_str()), restriction.at, "restriction", name, report);
        patterns::check(catalogue, Lister::Model, &restriction.permissions, report);
        roles::check_list(catalogue, &restriction.exempt_roles, true, report);
        if restriction.always
            && let Some(param) = restriction.params.values().next()
        {
            let message = format!("the restriction `{name}` is always in force, so it has no parameters");
            report.fault_with(param.at, message, "no switch could give them; leave out `always` or `params`");
        }
    }
}

fn plans(catalogue: &Catalogue<'_>, report: &mut Report) {
    let model = catalogue.model;
    for (name, plan) in &model.plans {
        declared_once(catalogue.retired.plans.contains(name.as_str()), plan.at, "plan", name, report);
        for feature in plan.features.iter().filter(|feature| !model.features.contains_key(&feature.value)) {
            report.unknown(feature.at, "feature", feature, model.features.keys().map(String::as_str));
        }
    }
    for feature in model.features.values() {
        patterns::check(catalogue, Lister::Model, &feature.permissions, report);
    }
}

fn scopes(catalogue: &Catalogue<'_>, report: &mut Report) {
    for (name, scope) in &catalogue.model.scopes {
        declared_once(catalogue.retired.scopes.contains(name.as_str()), scope.at, "scope", name, report);
        roles::check_authority(catalogue, scope.authority.as_ref(), report);
        let entries: Vec<_> = match &scope.covers {
            ScopeCover::Allow(entries) => entries.iter().collect(),
            ScopeCover::Modes(modes) => modes.values().flat_map(|mode| &mode.value).collect(),
        };
        for entry in entries {
            patterns::check_entry(catalogue, Lister::Model, entry, report);
        }
    }
}

fn retired(catalogue: &Catalogue<'_>, report: &mut Report) {
    let retired = &catalogue.model.retired;
    for pattern in
        retired.permissions.iter().filter(|pattern| !matches!(pattern.value, Pattern::Exact { .. }))
    {
        report.fault(pattern.at, format!("one permission is retired, and `{}` is a pattern", pattern.value));
    }
    for role in retired.roles.iter().filter(|role| HELD_BY_ALL.contains(&role.as_str())) {
        report.fault(role.at, format!("`{}` cannot be retired", role.value));
    }
}

fn declared_once(
    retired: bool,
    at: crate::document::place::Place,
    kind: &str,
    name: &str,
    report: &mut Report,
) {
    if retired {
        report.fault(at, format!("the {kind} `{name}` is declared, and retired too"));
    }
}

/// The modes of a scope; `None` for a scope without modes.
pub(super) fn modes(cover: &ScopeCover) -> Option<&Map<Vec<crate::document::definition::Entry>>> {
    match cover {
        ScopeCover::Allow(_) => None,
        ScopeCover::Modes(modes) => Some(modes),
    }
}

/// Checks modes against those of a scope.
pub(super) fn check_modes(catalogue: &Catalogue<'_>, scope: &str, modes: &NameList, report: &mut Report) {
    let Some(declared) = catalogue.model.scopes.get(scope) else { return };
    for mode in modes {
        match self::modes(&declared.covers) {
            None => report.fault(mode.at, format!("the scope `{scope}` has no modes")),
            Some(known) if known.contains_key(&mode.value) => {}
            Some(known) => report.unknown(mode.at, "mode", mode, known.keys().map(String::as_str)),
        }
    }
}
