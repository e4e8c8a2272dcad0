//! What the mutations need to know of the policy as it was: what wide patterns
//! cover, and what each role could be given on top.

use std::collections::{BTreeMap, BTreeSet};

use super::super::permissions::{self, Permission, covered};
use crate::document::Spanned;
use crate::document::definition::{Model, Policy, Role, Tenant, When};
use crate::model::Pattern;

/// Facts about the policy before any change.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// What each pattern covers that is not exact.
    wide: BTreeMap<Pattern, Vec<Pattern>>,
    /// The same without what is reserved, as tenant data sees it.
    wide_for_tenants: Option<Box<Catalogue>>,
    /// By tenant (none for a built-in role) and role: the permissions that it
    /// does not grant unconditionally, by itself or through what it extends.
    addable: BTreeMap<(Option<String>, String), Vec<Pattern>>,
}

impl Catalogue {
    /// Collects the facts.
    pub(super) fn of(policy: &Policy) -> Self {
        let model = &policy.model;
        let reserved = permissions::expand(model, &model.reserved.permissions);
        let tenants = Self { wide: wide(model, &reserved), wide_for_tenants: None, addable: BTreeMap::new() };
        Self {
            wide: wide(model, &BTreeSet::new()),
            wide_for_tenants: Some(Box::new(tenants)),
            addable: addable(policy),
        }
    }

    /// The same facts as far as tenant data can give permissions away.
    pub(super) fn for_tenants(&self) -> &Self {
        self.wide_for_tenants.as_deref().unwrap_or(self)
    }

    /// What a pattern covers; nothing for an exact one, which cannot get narrower.
    pub(super) fn wide(&self, pattern: &Pattern) -> &[Pattern] {
        self.wide.get(pattern).map_or(&[], Vec::as_slice)
    }

    /// Whether a pattern covers a permission.
    pub(super) fn covers(&self, pattern: &Pattern, permission: &Pattern) -> bool {
        pattern == permission || self.wide(pattern).contains(permission)
    }

    /// What a role could be given on top.
    pub(super) fn addable(&self, tenant: Option<&str>, role: &str) -> &[Pattern] {
        let key = (tenant.map(ToOwned::to_owned), role.to_owned());
        self.addable.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The actions of a type.
    pub(super) fn actions(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.wide(&Pattern::Type(kind.into())).iter().filter_map(|permission| match permission {
            Pattern::Exact { action, .. } => Some(action.as_ref()),
            _ => None,
        })
    }
}

fn exact(permission: Permission<'_>) -> Pattern {
    Pattern::Exact { kind: permission.kind.into(), action: permission.action.into() }
}

fn wide(model: &Model, without: &BTreeSet<Permission<'_>>) -> BTreeMap<Pattern, Vec<Pattern>> {
    let everything = permissions::all(model);
    let types = everything.iter().map(|permission| Pattern::Type(permission.kind.into()));
    let actions = everything.iter().map(|permission| Pattern::Action(permission.action.into()));
    let sections = model.sections.keys().map(|id| Pattern::Section(id.as_str().into()));
    let patterns: BTreeSet<Pattern> = types.chain(actions).chain(sections).chain([Pattern::All]).collect();
    patterns
        .into_iter()
        .map(|pattern| {
            let covered = permissions::expand(model, &[Spanned::nowhere(pattern.clone())]);
            let covered = covered.into_iter().filter(|permission| !without.contains(permission));
            (pattern, covered.map(exact).collect())
        })
        .collect()
}

fn addable(policy: &Policy) -> BTreeMap<(Option<String>, String), Vec<Pattern>> {
    let model = &policy.model;
    let everything = permissions::all(model);
    let built_in = model.roles.iter().map(|(id, role)| (None, None, id, role));
    let custom = policy.tenants.iter().flat_map(|(tenant, facts)| {
        facts.roles.iter().map(move |(id, role)| (Some(tenant.clone()), Some(&facts.value), id, role))
    });
    built_in
        .chain(custom)
        .map(|(tenant, facts, id, role)| {
            let granted = granted(model, facts, &role.value, &mut BTreeSet::from([id.as_str()]));
            let rest = everything.iter().copied().filter(|permission| !granted.contains(permission));
            ((tenant, id.clone()), rest.map(exact).collect())
        })
        .collect()
}

fn granted<'p>(
    model: &'p Model,
    tenant: Option<&'p Tenant>,
    role: &'p Role,
    seen: &mut BTreeSet<&'p str>,
) -> BTreeSet<Permission<'p>> {
    let always = role.allow.iter().filter(|entry| entry.when == When::Always);
    let mut granted: BTreeSet<Permission<'p>> = always.flat_map(|entry| covered(model, entry)).collect();
    for name in &role.extends {
        let extended = model.roles.get(&name.value).or_else(|| tenant?.roles.get(&name.value));
        if let Some(extended) = extended
            && seen.insert(&name.value)
        {
            granted.extend(self::granted(model, tenant, &extended.value, seen));
        }
    }
    granted
}
