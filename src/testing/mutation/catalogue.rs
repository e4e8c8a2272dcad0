//! What the mutations need to know of the policy as it was: what wide patterns
//! cover, and what each role could be given on top.

use std::collections::{BTreeMap, BTreeSet};

use super::super::permissions::{self, Permission, covered};
use crate::document::Spanned;
use crate::document::definition::{Entry, Member, Model, Policy, Role, ScopeCover, Tenant, When};
use crate::model::{Key, Pattern};

/// Facts about the policy before any change.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    /// What each pattern covers that is not exact.
    wide: BTreeMap<Pattern, Vec<Pattern>>,
    /// The same without what is reserved, as tenant data sees it.
    wide_for_tenants: Option<Box<Self>>,
    /// By tenant (none for a built-in role) and role: the permissions that it
    /// does not grant unconditionally, by itself or through what it extends.
    addable: BTreeMap<(Option<String>, String), Vec<Pattern>>,
    /// What `everyone` and `anyone` grant unconditionally.
    everyones: Vec<Pattern>,
    anyones: Vec<Pattern>,
    /// Sections that the model itself mentions.
    sections: BTreeSet<Box<str>>,
    features: Vec<String>,
    installed: BTreeSet<Key>,
    has_overrides: bool,
    has_switches: bool,
}

impl Catalogue {
    /// Collects the facts.
    pub(super) fn of(policy: &Policy) -> Self {
        let model = &policy.model;
        let reserved = permissions::expand(model, &model.reserved.permissions);
        let tenants = || policy.tenants.values();
        let members = || tenants().flat_map(|tenant| tenant.members.values());
        let overrides =
            |member: &Member| !member.overrides.allow.is_empty() || !member.overrides.deny.is_empty();
        let by_role = tenants().any(|tenant| !tenant.role_restrictions.is_empty());
        Self {
            wide: wide(model, &BTreeSet::new()),
            wide_for_tenants: Some(Box::new(Self { wide: wide(model, &reserved), ..Self::default() })),
            addable: addable(policy),
            everyones: [granted_by(model, "everyone"), granted_by(model, "anyone")].concat(),
            anyones: granted_by(model, "anyone"),
            sections: sections(model),
            features: model.features.keys().cloned().collect(),
            installed: tenants().flat_map(|tenant| tenant.installs.keys().cloned()).collect(),
            has_overrides: members().any(|member| overrides(member)),
            has_switches: by_role || members().any(|member| !member.restrictions.is_empty()),
        }
    }

    /// What every holder of a role has all the same, with the same cause: the
    /// least role is cited, and one that sorts before `everyone` would be.
    pub(super) fn anyway(&self, tenant: Option<&str>, role: &str) -> &[Pattern] {
        match (tenant, role) {
            (None, "everyone") => &self.anyones,
            (_, role) if role < "everyone" => &[],
            _ => &self.everyones,
        }
    }

    /// Whether the model itself mentions a section.
    pub(super) fn in_model(&self, section: &str) -> bool {
        self.sections.contains(section)
    }

    /// Every feature of the model.
    pub(super) fn features(&self) -> impl Iterator<Item = &String> {
        self.features.iter()
    }

    /// Whether any tenant has installed an app.
    pub(super) fn installed(&self, app: &Key) -> bool {
        self.installed.contains(app)
    }

    /// Whether any member has an override.
    pub(super) const fn has_overrides(&self) -> bool {
        self.has_overrides
    }

    /// Whether any tenant has switched a restriction on.
    pub(super) const fn has_switches(&self) -> bool {
        self.has_switches
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
    let everyones = [granted_by(model, "everyone"), granted_by(model, "anyone")].concat();
    let built_in = model.roles.iter().map(|(id, role)| (None, None, id, role));
    let custom = policy.tenants.iter().flat_map(|(tenant, facts)| {
        facts.roles.iter().map(move |(id, role)| (Some(tenant.clone()), Some(&facts.value), id, role))
    });
    built_in
        .chain(custom)
        .map(|(tenant, facts, id, role)| {
            let granted = granted(model, facts, &role.value, &mut BTreeSet::from([id.as_str()]));
            let rest =
                everything.iter().copied().filter(|permission| !granted.contains(permission)).map(exact);
            let shared = tenant.is_none() && is_shared(id);
            let anyway = if shared || id.as_str() < "everyone" { &[][..] } else { &everyones };
            let rest = rest.filter(|permission| !anyway.contains(permission)).collect();
            ((tenant, id.clone()), rest)
        })
        .collect()
}

fn is_shared(role: &str) -> bool {
    matches!(role, "everyone" | "anyone")
}

fn granted_by(model: &Model, role: &str) -> Vec<Pattern> {
    let Some(found) = model.roles.get(role) else { return Vec::new() };
    granted(model, None, &found.value, &mut BTreeSet::new()).into_iter().map(exact).collect()
}

fn sections(model: &Model) -> BTreeSet<Box<str>> {
    let of_entry = |entry: &Entry| entry.permissions.iter().chain(&entry.except).cloned().collect::<Vec<_>>();
    let roles = model.roles.values().flat_map(|role| &role.allow).flat_map(of_entry);
    let scopes = model.scopes.values().flat_map(|scope| match &scope.covers {
        ScopeCover::Allow(entries) => entries.iter().flat_map(of_entry).collect::<Vec<_>>(),
        ScopeCover::Modes(modes) => modes.values().flat_map(|mode| mode.iter()).flat_map(of_entry).collect(),
    });
    let restrictions = model.restrictions.values().flat_map(|restriction| restriction.permissions.clone());
    let features = model.features.values().flat_map(|feature| feature.permissions.clone());
    roles
        .chain(scopes)
        .chain(restrictions)
        .chain(features)
        .chain(model.reserved.permissions.clone())
        .filter_map(|pattern| match pattern.value {
            Pattern::Section(id) => Some(id),
            _ => None,
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
