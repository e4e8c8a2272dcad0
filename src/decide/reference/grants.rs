//! Permission patterns, and what grants: role entries, overrides, ACLs.
//!
//! Owns step 6. Nothing covers a permission that the model does not declare,
//! so a retired one is covered by nothing.

use std::collections::BTreeSet;

use super::Case;
use super::who::{ANYONE, Actor, EVERYONE};
use crate::decide::Reason;
use crate::document::definition::{Entry, Member, OverrideMode, Plan, RestrictionMode, Role, When};
use crate::document::place::Spanned;
use crate::model::Pattern;

/// An entry that covers the permission, and whether it holds.
pub(super) struct Covering<'a> {
    pub(super) owner: String,
    pub(super) when: &'a When,
    pub(super) holds: Option<bool>,
}

impl<'a> Case<'a> {
    /// Whether the model declares the permission.
    pub(super) fn is_declared(&self) -> bool {
        let kind = self.policy.model.resources.get(self.target.kind);
        kind.is_some_and(|kind| kind.actions.iter().any(|action| action.value == self.action))
    }

    /// Whether any of the patterns covers the permission.
    pub(super) fn matched(&self, patterns: &[Spanned<Pattern>]) -> bool {
        let (asked, asked_action) = (self.target.kind, self.action);
        self.is_declared()
            && patterns.iter().any(|pattern| match &pattern.value {
                Pattern::All => true,
                Pattern::Exact { kind, action } => **kind == *asked && **action == *asked_action,
                Pattern::Type(kind) => **kind == *asked,
                Pattern::Action(action) => **action == *asked_action,
                Pattern::Section(id) => self.matched(&self.policy.model.sections[&**id].permissions),
            })
    }

    /// Whether tenant data may not give the permission away.
    pub(super) fn is_reserved(&self) -> bool {
        self.matched(&self.policy.model.reserved.permissions)
    }

    /// Whether an entry covers the permission.
    pub(super) fn entry_covers(&self, entry: &Entry) -> bool {
        self.matched(&entry.permissions) && !self.matched(&entry.except)
    }

    /// The tenant's plan; that of a retired one has the defaults.
    pub(super) fn plan(&self) -> Plan {
        let plan = self.tenant.plan.as_ref().and_then(|plan| self.policy.model.plans.get(&plan.value));
        plan.map(|plan| plan.value.clone()).unwrap_or_default()
    }

    /// Whether tenant switches of restrictions are in force.
    pub(super) fn switches_hold(&self) -> bool {
        self.plan().member_restrictions == RestrictionMode::On
    }

    /// The stored member, if the principal is one.
    pub(super) fn member(&self) -> Option<&'a Member> {
        match self.actor() {
            Actor::Member(member) => member,
            Actor::App(..) | Actor::Stranger => None,
        }
    }

    /// Whether an override denies.
    pub(super) fn override_deny(&self) -> bool {
        self.plan().member_overrides != OverrideMode::Off
            && self.member().is_some_and(|member| self.matched(&member.overrides.deny))
    }

    fn override_grant(&self) -> bool {
        self.plan().member_overrides == OverrideMode::On
            && !self.is_reserved()
            && self.member().is_some_and(|member| self.matched(&member.overrides.allow))
    }

    /// The entries of held roles that cover the permission, by role.
    pub(super) fn role_entries(&self) -> Vec<Covering<'a>> {
        self.held().iter().flat_map(|id| self.entries_of(id)).collect()
    }

    /// The entries of one role that cover the permission. Those of a custom
    /// role leave reserved permissions out.
    pub(super) fn entries_of(&self, id: &str) -> Vec<Covering<'a>> {
        let (entries, built_in): (&'a [Entry], bool) = match id {
            EVERYONE | ANYONE => {
                let role = self.policy.model.roles.get(id);
                (role.map(|role| role.allow.as_slice()).unwrap_or_default(), true)
            }
            _ => match self.role(id) {
                Some((Role { allow, .. }, built_in)) => (allow, built_in),
                None => (&[], true),
            },
        };
        let covering = entries.iter().filter(|entry| self.entry_covers(entry));
        covering
            .filter(|_| built_in || !self.is_reserved())
            .map(|entry| Covering { owner: id.to_owned(), when: &entry.when, holds: self.holds(&entry.when) })
            .collect()
    }

    /// What grants the permission, the best reason first.
    pub(super) fn grant(&self) -> Option<(Reason, String)> {
        let entries = self.role_entries();
        let role = |covering: &Covering<'_>| (Reason::RoleGrant, format!("role:{}", covering.owner));
        let unconditional = entries.iter().find(|covering| *covering.when == When::Always);
        if let Some(covering) = unconditional {
            return Some(role(covering));
        }
        if let Some(covering) = entries.iter().find(|covering| covering.holds == Some(true)) {
            return Some(role(covering));
        }
        if self.override_grant() {
            return Some((Reason::OverrideGrant, "override".to_owned()));
        }
        self.acl_grant().map(|cause| (Reason::AclGrant, cause))
    }

    /// The missing attributes of those entries that are unknown.
    pub(super) fn missing_of(&self, entries: &[Covering<'_>]) -> Vec<String> {
        let unknown = entries.iter().filter(|covering| covering.holds.is_none());
        let missing: BTreeSet<String> =
            unknown.flat_map(|covering| self.missing(None, &self.texts(covering.when))).collect();
        missing.into_iter().collect()
    }
}
