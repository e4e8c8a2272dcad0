//! What limits a grant: restrictions (step 8) and scopes (step 9).
//!
//! Owns which restrictions are in force and which parts of which scopes.

use super::Case;
use super::grants::Covering;
use super::who::Actor;
use crate::document::definition::{Entry, GrantedModes, Params, Restriction, ScopeCover, ScopeRequest};
use crate::model::Key;

/// A scope, and a mode if it has modes.
pub(super) type Part = (String, Option<String>);

/// A restriction in force that covers the permission, and whether it lets it
/// through.
pub(super) struct InForce<'a> {
    pub(super) id: String,
    pub(super) restriction: &'a Restriction,
    pub(super) params: Option<&'a Params>,
    pub(super) holds: Option<bool>,
}

impl<'a> Case<'a> {
    /// The restrictions in force that cover the permission, by id.
    pub(super) fn restrictions(&self) -> Vec<InForce<'a>> {
        let held = self.held();
        let mut found = Vec::new();
        for (id, restriction) in &self.policy.model.restrictions {
            let exempt = restriction.exempt_roles.iter().any(|role| held.contains(&role.value));
            if exempt || !self.matched(&restriction.permissions) {
                continue;
            }
            let mut switches: Vec<Option<&'a Params>> = Vec::new();
            if restriction.always {
                switches.push(None);
            } else if self.switches_hold() {
                let own = self.member().and_then(|member| member.restrictions.get(id));
                let by_role = held.iter().filter_map(|role| self.tenant.role_restrictions.get(role)?.get(id));
                switches.extend(own.into_iter().chain(by_role).map(|params| Some(&params.value)));
            }
            for params in switches {
                let holds = self.truth(params, &restriction.allow_when.text);
                found.push(InForce { id: id.clone(), restriction: &restriction.value, params, holds });
            }
        }
        found
    }

    /// The entries of scopes in force that cover the permission, by scope.
    pub(super) fn scope_entries(&self) -> Vec<Covering<'a>> {
        let mut found = Vec::new();
        for (scope, mode) in self.parts_in_force() {
            let entries: &'a [Entry] = match (&self.policy.model.scopes[&scope].value.covers, &mode) {
                (ScopeCover::Allow(entries), _) => entries,
                (ScopeCover::Modes(modes), Some(mode)) => &modes[mode].value,
                (ScopeCover::Modes(_), None) => &[],
            };
            for entry in entries.iter().filter(|entry| self.entry_covers(entry)) {
                let holds = self.holds(&entry.when);
                found.push(Covering { owner: scope.clone(), when: &entry.when, holds });
            }
        }
        found
    }

    /// How high the principal's authority is: the highest of its roles'.
    pub(super) fn authority(&self) -> usize {
        let held = self.held();
        let authorities = held.iter().filter_map(|id| self.policy.model.roles.get(id)?.authority.as_ref());
        authorities.map(|authority| self.rank(&authority.value)).max().unwrap_or(0)
    }

    /// How high an authority a scope asks for.
    pub(super) fn asked_authority(&self, scope: &str) -> usize {
        let authority = self.policy.model.scopes[scope].authority.as_ref();
        authority.map_or(0, |authority| self.rank(&authority.value))
    }

    fn rank(&self, authority: &str) -> usize {
        let known = &self.policy.model.authorities;
        known.iter().position(|known| known.value == authority).expect("checked")
    }

    /// The parts of scopes in force, sorted.
    fn parts_in_force(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = match (self.actor(), self.via) {
            (Actor::App(..), _) => self.held_parts(&self.key()),
            (_, None) => Vec::new(),
            (_, Some(via)) => match via.app {
                None => self.listed_parts(),
                Some(app) => {
                    let held = self.held_parts(&Key::new(app.kind, app.id).expect("the door"));
                    let listed = self.listed_parts();
                    held.into_iter().filter(|part| via.all_scopes || listed.contains(part)).collect()
                }
            },
        };
        parts.sort();
        parts.dedup();
        parts
    }

    /// What an install gives: granted and requested, if the app is approved.
    fn held_parts(&self, app: &Key) -> Vec<Part> {
        let Some(install) = self.install(app) else { return Vec::new() };
        let requests = &self.policy.apps[app].requests;
        let mut parts = Vec::new();
        for (scope, granted) in &install.granted {
            let (Some(known), Some(ScopeRequest { modes: requested, .. })) =
                (self.policy.model.scopes.get(scope), requests.get(scope).map(|request| &request.value))
            else {
                continue;
            };
            let ScopeCover::Modes(modes) = &known.covers else {
                parts.push((scope.clone(), None));
                continue;
            };
            for mode in modes.keys() {
                let is_granted = match &granted.value {
                    GrantedModes::All => true,
                    GrantedModes::Modes(granted) => granted.iter().any(|granted| granted.value == *mode),
                };
                if is_granted && requested.iter().any(|requested| requested.value == *mode) {
                    parts.push((scope.clone(), Some(mode.clone())));
                }
            }
        }
        parts
    }

    /// What the request lists and the model has.
    fn listed_parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for listed in self.via.iter().flat_map(|via| &via.scopes) {
            match self.policy.model.scopes.get(listed.scope).map(|scope| &scope.covers) {
                Some(ScopeCover::Allow(_)) if listed.modes.is_empty() => {
                    parts.push((listed.scope.to_owned(), None));
                }
                Some(ScopeCover::Modes(modes)) => {
                    let known = listed.modes.iter().filter(|mode| modes.contains_key(**mode));
                    parts.extend(known.map(|mode| (listed.scope.to_owned(), Some((*mode).to_owned()))));
                }
                Some(ScopeCover::Allow(_)) | None => {}
            }
        }
        parts
    }
}
