//! The steps of a decision, each as Cedar conditions.
//!
//! Owns what of the model and the tenants speaks for or against a permission,
//! as conditions that the policies and the gates are made of. Nothing here
//! writes policies.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::cond::Cond;
use super::cover::{self, Permission};
use super::names::{Meets, Names};
use super::term::Tri;
use super::text::{own, permission, quoted};
use super::who::{Here, Known};
use crate::document::Diagnostic;
use crate::document::definition::{
    Entry, Expression, Map, OverrideMode, Params, Plan, Policy, Restriction, RestrictionMode, Tenant, When,
};
use crate::document::place::Spanned;
use crate::model::{Pattern, Timestamp};

/// A policy, and what is worked out of it once.
pub(super) struct Steps<'a> {
    pub(super) policy: &'a Policy,
    pub(super) now: Timestamp,
    pub(super) names: Names<'a>,
    pub(super) reserved: BTreeSet<Permission>,
    /// What some member's override gives, and what one takes.
    pub(super) allowed: BTreeSet<Permission>,
    pub(super) denied: BTreeSet<Permission>,
    /// The switches of restrictions, by label.
    pub(super) switches: BTreeMap<String, Switch<'a>>,
    pub(super) refused: RefCell<Vec<Diagnostic>>,
}

/// One way in which a restriction is switched on.
pub(super) struct Switch<'a> {
    pub(super) id: &'a str,
    pub(super) restriction: &'a Restriction,
    pub(super) params: Option<&'a Params>,
    /// For whom it is on.
    pub(super) for_whom: Vec<Cond>,
}

/// A role that grants.
pub(super) struct Granting<'a> {
    pub(super) id: &'a str,
    pub(super) tenant: Option<&'a str>,
    pub(super) entries: &'a [Entry],
}

impl<'a> Steps<'a> {
    pub(super) fn new(policy: &'a Policy, now: Timestamp) -> Self {
        let mut steps = Self {
            policy,
            now,
            names: Names::new(policy),
            reserved: cover::reserved(&policy.model),
            allowed: BTreeSet::new(),
            denied: BTreeSet::new(),
            switches: BTreeMap::new(),
            refused: RefCell::default(),
        };
        for here in steps.tenants() {
            for (key, member) in &here.tenant.members {
                if !here.is_app(key) {
                    steps.allowed.extend(steps.overrides(here.tenant, &member.overrides.allow, true));
                    steps.denied.extend(steps.overrides(here.tenant, &member.overrides.deny, false));
                }
            }
        }
        steps.find_switches();
        steps
    }

    /// Every tenant.
    pub(super) fn tenants(&self) -> Vec<Here<'a>> {
        let (policy, now) = (self.policy, self.now);
        policy.tenants.values().map(|tenant| Here { policy, tenant: &tenant.value, now }).collect()
    }

    /// The plan of a tenant; that of a retired one has the defaults.
    pub(super) fn plan(&self, tenant: &Tenant) -> Plan {
        let plan = tenant.plan.as_ref().and_then(|plan| self.policy.model.plans.get(&plan.value));
        plan.map(|plan| plan.value.clone()).unwrap_or_default()
    }

    /// What overrides do under the tenant's plan.
    pub(super) fn overrides(
        &self,
        tenant: &Tenant,
        list: &[Spanned<Pattern>],
        allow: bool,
    ) -> BTreeSet<Permission> {
        let holds = match self.plan(tenant).member_overrides {
            OverrideMode::On => true,
            OverrideMode::NarrowOnly => !allow,
            OverrideMode::Off => false,
        };
        let mut found = if holds { cover::patterns(&self.policy.model, list) } else { BTreeSet::new() };
        found.retain(|permission| !allow || !self.reserved.contains(permission));
        found
    }

    fn find_switches(&mut self) {
        for (id, restriction) in self.policy.model.restrictions.iter().filter(|(_, it)| it.always) {
            let switch =
                Switch { id, restriction: &restriction.value, params: None, for_whom: vec![Cond::True] };
            self.switches.insert(id.clone(), switch);
        }
        for here in self.tenants() {
            for (key, member) in &here.tenant.members {
                if !here.is_app(key) {
                    for (label, id, params) in self.labels(here.tenant, &member.restrictions) {
                        let named = format!("principal.sidegate.restrictions.contains({})", quoted(&label));
                        self.switch(label, id, params, Cond::text(named));
                    }
                }
            }
            for (role, switches) in &here.tenant.role_restrictions {
                let Some(holds) = Self::holds(here, role) else { continue };
                for (label, id, params) in self.labels(here.tenant, switches) {
                    self.switch(label, id, params, holds.clone());
                }
            }
        }
    }

    fn switch(&mut self, label: String, id: &'a str, params: &'a Params, on: Cond) {
        let Some(restriction) = self.policy.model.restrictions.get(id) else { return };
        let new =
            || Switch { id, restriction: &restriction.value, params: Some(params), for_whom: Vec::new() };
        let switch = self.switches.entry(label).or_insert_with(new);
        if !switch.for_whom.contains(&on) {
            switch.for_whom.push(on);
        }
    }

    /// Switches that count, each with the label that stands for it and its
    /// parameters. No id has a colon, so no two have one label.
    pub(super) fn labels<'t>(
        &self,
        tenant: &Tenant,
        switches: &'t Map<Params>,
    ) -> Vec<(String, &'t str, &'t Params)> {
        if self.plan(tenant).member_restrictions == RestrictionMode::Off {
            return Vec::new();
        }
        let switchable = |id: &str| self.policy.model.restrictions.get(id).is_some_and(|it| !it.always);
        let counting = switches.iter().filter(|(id, _)| switchable(id));
        let label = |(id, params): (&'t String, &'t Spanned<Params>)| {
            let said: Vec<String> =
                params.iter().map(|(name, value)| format!("{name}={}", shown(&value.value))).collect();
            let label = if said.is_empty() { id.clone() } else { format!("{id}: {}", said.join(", ")) };
            (label, id.as_str(), &params.value)
        };
        counting.map(label).collect()
    }

    /// That the principal holds a role in a tenant; `None` for a role that is not.
    pub(super) fn holds(here: Here<'_>, role: &str) -> Option<Cond> {
        let tenant = Cond::text(format!("context.sidegate.tenant == {}", own("Tenant", &here.tenant.id)));
        Some(match role {
            "anyone" => tenant,
            "everyone" => Cond::all([tenant, holds_built_in("everyone")]),
            _ => match here.role(role)? {
                Known::BuiltIn(_) => Cond::all([tenant, holds_built_in(role)]),
                Known::Custom(_) => Cond::text(format!("principal in {}", here.role_text(role)?)),
            },
        })
    }

    /// Every role that grants something, built-in ones first.
    pub(super) fn roles(&self) -> Vec<Granting<'a>> {
        let mut found: Vec<Granting<'a>> = Vec::new();
        for (id, role) in &self.policy.model.roles {
            found.push(Granting { id, tenant: None, entries: &role.allow });
        }
        for here in self.tenants() {
            for (id, role) in &here.tenant.roles {
                if matches!(here.role(id), Some(Known::Custom(_))) {
                    found.push(Granting { id, tenant: Some(&here.tenant.id), entries: &role.value.allow });
                }
            }
        }
        found
    }

    /// What an entry of a role covers.
    pub(super) fn covered(&self, role: &Granting<'_>, entry: &Entry) -> BTreeSet<Permission> {
        let mut covered = cover::entry(&self.policy.model, entry);
        covered.retain(|permission| role.tenant.is_none() || !self.reserved.contains(permission));
        covered
    }

    /// When an entry holds.
    pub(super) fn when(&self, when: &When, kind: &str, alone: bool) -> Tri {
        let meets = Meets { kind, alone, params: None };
        self.names.when(when, meets, &mut self.refused.borrow_mut())
    }

    fn expression(&self, of: &Expression, kind: &str, alone: bool, params: Option<&Params>) -> Tri {
        let meets = Meets { kind, alone, params };
        self.names.expression(of, meets, &mut self.refused.borrow_mut())
    }

    /// Steps 4 to 8 of a gate: what must hold for it to be open.
    pub(super) fn open(&self, gate: &Permission) -> Cond {
        let (kind, action) = gate;
        let name = quoted(&permission(kind, action));
        let model = &self.policy.model;
        let mut parts = Vec::new();
        if !model.plans.is_empty() {
            let needed = model
                .features
                .iter()
                .filter(|(_, it)| cover::patterns(model, &it.permissions).contains(gate));
            parts.extend(needed.map(|(id, _)| has_feature(id)));
        }
        if self.denied.contains(gate) {
            parts.push(Cond::text(format!("!(principal.sidegate.denied.contains({name}))")));
        }
        let mut grants = Vec::new();
        for role in self.roles() {
            for entry in role.entries {
                if self.covered(&role, entry).contains(gate) {
                    grants.push(Cond::all([role.held(), self.when(&entry.when, kind, true).yes]));
                }
            }
        }
        if self.allowed.contains(gate) {
            grants.push(Cond::text(format!("principal.sidegate.allowed.contains({name})")));
        }
        parts.push(Cond::any(grants));
        parts.extend(self.gates(kind).iter().map(|gate| self.open(gate)));
        for switch in self.switches.values() {
            if cover::patterns(model, &switch.restriction.permissions).contains(gate) {
                let through = self.through(switch, kind, true);
                parts.push(Cond::any([switch.on().negated(), through]));
            }
        }
        Cond::all(parts)
    }

    /// The gates of a resource type.
    pub(super) fn gates(&self, kind: &str) -> Vec<Permission> {
        let gates = self.policy.model.resources.get(kind).map(|kind| kind.requires.as_slice());
        let gates = gates.unwrap_or_default().iter().filter_map(|gate| match &gate.value {
            Pattern::Exact { kind, action } => Some((kind.to_string(), action.to_string())),
            _ => None,
        });
        gates.collect()
    }

    /// When a restriction lets through whom it is switched on for.
    pub(super) fn through(&self, switch: &Switch<'_>, kind: &str, alone: bool) -> Cond {
        let exempt = switch.restriction.exempt_roles.iter().map(|role| match role.value.as_str() {
            "anyone" => Cond::True,
            id => holds_built_in(id),
        });
        let allowed = self.expression(&switch.restriction.allow_when, kind, alone, switch.params).yes;
        Cond::any(exempt.chain([allowed]))
    }
}

impl Switch<'_> {
    /// That it is on for the principal.
    pub(super) fn on(&self) -> Cond {
        Cond::any(self.for_whom.clone())
    }
}

impl Granting<'_> {
    /// What follows `principal` in the head of a policy.
    pub(super) fn head(&self) -> String {
        match self.tenant {
            Some(tenant) => format!("in {}", own("CustomRole", &super::text::within(tenant, self.id))),
            None if self.id == "anyone" => String::new(),
            None => format!("in {}", own("Role", self.id)),
        }
    }

    /// That the principal holds it.
    fn held(&self) -> Cond {
        match self.head() {
            head if head.is_empty() => Cond::True,
            head => Cond::text(format!("principal {head}")),
        }
    }
}

/// That the principal holds a built-in role.
pub(super) fn holds_built_in(id: &str) -> Cond {
    Cond::text(format!("principal in {}", own("Role", id)))
}

/// That the tenant's plan has a feature.
pub(super) fn has_feature(id: &str) -> Cond {
    Cond::all([
        Cond::text("context.sidegate.tenant has features"),
        Cond::text(format!("context.sidegate.tenant.features.contains({})", quoted(id))),
    ])
}

fn shown(value: &crate::model::Value) -> String {
    use crate::model::Value;

    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Timestamp(at) => at.to_string(),
        Value::StringList(items) => format!("{items:?}"),
        Value::IntList(items) => format!("{items:?}"),
    }
}
