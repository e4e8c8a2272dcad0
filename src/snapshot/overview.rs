//! What roles come to, who holds them, and what apps ask for: for people who look
//! at a policy, not for decisions.

use std::collections::HashMap;
use std::sync::Arc;

use super::Snapshot;
use super::index::{PartIx, RoleIx};
use super::model::{Model, ScopeModes};
use super::permissions::PermissionSet;
use super::role::Role;
use super::tenant::{Frame, Standing};
use crate::document::definition as def;
use crate::model::{Key, Timestamp};

/// A role of a tenant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleView<'s> {
    /// Its id.
    pub id: &'s str,
    /// It is the model's.
    pub builtin: bool,
    /// Tenant data may not give away what it has.
    pub reserved: bool,
    /// Its title.
    pub title: Option<&'s str>,
    /// Roles that it extends by itself.
    pub extends: Vec<&'s str>,
    /// The permissions that it grants without a condition, with those that it extends,
    /// sorted.
    pub grants: Vec<String>,
    /// The permissions that it grants on conditions only, sorted.
    pub grants_on_conditions: Vec<String>,
    /// A custom role as it was put.
    pub content: Option<&'s def::Role>,
}

/// What a member holds at an instant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Held<'s> {
    /// Its roles, with those of groups and all they extend, but `everyone` and
    /// `anyone`; sorted.
    pub roles: Vec<&'s str>,
    /// The groups that it is in, at any depth; sorted.
    pub groups: Vec<&'s str>,
}

/// A scope that an app asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unlocked<'s> {
    /// The scope's name.
    pub id: &'s str,
    /// Its group, for people.
    pub group: Option<&'s str>,
    /// Why the app asks for it.
    pub justification: &'s str,
    /// What each mode that it asks for unlocks, sorted; a scope without modes has one
    /// with an empty name.
    pub modes: Vec<(&'s str, Vec<String>)>,
    /// The authority that whoever uses it must have.
    pub authority: Option<&'s str>,
}

impl Snapshot {
    /// The roles of a tenant in order of id, `everyone` and `anyone` left out.
    #[must_use]
    pub fn roles_of(&self, tenant: &str) -> Vec<RoleView<'_>> {
        let Some(tenant) = self.tenant(tenant) else { return Vec::new() };
        let (model, frame) = (&*self.model, &*tenant.frame);
        let mut views: Vec<RoleView<'_>> =
            numbered(model, frame).map(|(ix, role)| view(model, frame, ix, role)).collect();
        views.sort_by_key(|view| view.id);
        views
    }

    /// Whether a tenant has a role that members can hold, built-in or its own.
    #[must_use]
    pub fn has_role(&self, tenant: &str, role: &str) -> bool {
        let ix = self.tenant(tenant).and_then(|tenant| tenant.frame.find_role(&self.model, role));
        ix.is_some_and(|ix| ix != self.model.everyone && ix != self.model.anyone)
    }

    /// How many members of a tenant hold each role at an instant. `go_on` is asked now
    /// and then whether anybody still wants to know; `None` if not.
    pub fn holders(
        &self,
        tenant: &str,
        now: Timestamp,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<HashMap<&str, usize>> {
        let mut holders = HashMap::new();
        let Some(tenant) = self.tenant(tenant) else { return Some(holders) };
        // Most members stand like many others.
        let mut standings: HashMap<usize, (&Standing, usize)> = HashMap::new();
        for (at, (.., member)) in tenant.members.iter().enumerate() {
            if at % 256 == 0 && !go_on() {
                return None;
            }
            let standing = &member.standing;
            standings.entry(Arc::as_ptr(standing).addr()).or_insert((standing, 0)).1 += 1;
        }
        for (standing, members) in standings.into_values() {
            for ix in &standing.at(now).roles.roles {
                if let Some(role) = tenant.frame.role(&self.model, *ix) {
                    *holders.entry(&*role.id).or_insert(0) += members;
                }
            }
        }
        Some(holders)
    }

    /// What a member of a tenant holds at an instant; `None` if it is none.
    #[must_use]
    pub fn held_by(&self, tenant: &str, member: &Key, now: Timestamp) -> Option<Held<'_>> {
        let model = &*self.model;
        let kind = model.principal_type_names.get(member.kind())?;
        let tenant = self.tenant(tenant)?;
        let (_, row) = tenant.members.get(kind.0, member.id())?;
        let standing = row.standing.at(now);
        let held = standing.roles.roles.iter().filter(|ix| **ix != model.everyone && **ix != model.anyone);
        let role = |ix: &RoleIx| tenant.frame.role(model, *ix).map(|role| &*role.id);
        let groups = standing.groups.iter();
        Some(Held {
            roles: held.filter_map(role).collect(),
            groups: groups.filter_map(|ix| tenant.frame.groups.get(ix.at())).map(|group| &*group.id).collect(),
        })
    }

    /// The scopes that an app asks for, in order of name. Those that the model no
    /// longer has are left out.
    #[must_use]
    pub fn unlocked<'s>(&'s self, app: &'s def::App) -> Vec<Unlocked<'s>> {
        let model = &*self.model;
        let scopes = &model.source.checked.policy().model.scopes;
        let unlocked = app.requests.iter().filter_map(|(id, request)| {
            let (scope, names) = (scopes.get(id)?, model.part_names.get(id.as_str())?);
            let modes = match names {
                ScopeModes::Plain(part) => vec![("", unlocks(model, *part))],
                ScopeModes::Modes(parts) => request
                    .modes
                    .iter()
                    .filter_map(|mode| parts.get_key_value(mode.as_str()))
                    .map(|(mode, part)| (&**mode, unlocks(model, *part)))
                    .collect(),
            };
            Some(Unlocked {
                id,
                group: scope.group.as_deref(),
                justification: &request.justification,
                modes,
                authority: scope.authority.as_ref().map(|authority| authority.as_str()),
            })
        });
        unlocked.collect()
    }
}

/// Every role of a tenant with its number, but `everyone` and `anyone`.
fn numbered<'s>(model: &'s Model, frame: &'s Frame) -> impl Iterator<Item = (RoleIx, &'s Role)> {
    let all = model.roles.len().saturating_add(frame.roles.len());
    (0..all)
        .map(RoleIx::of)
        .filter(|ix| *ix != model.everyone && *ix != model.anyone)
        .filter_map(|ix| Some((ix, frame.role(model, ix)?)))
}

fn view<'s>(model: &'s Model, frame: &'s Frame, ix: RoleIx, role: &'s Role) -> RoleView<'s> {
    let builtin = model.source.checked.policy().model.roles.get(&*role.id);
    let own = frame.source.roles.get(&*role.id).filter(|_| builtin.is_none());
    let content = own.or(builtin);
    let mut sometimes = role.closure.sometimes.clone();
    sometimes.subtract(&role.closure.always);
    let id = |ix: &RoleIx| frame.role(model, *ix).map(|role| &*role.id);
    RoleView {
        id: &role.id,
        builtin: ix.0 < frame.builtin_roles,
        reserved: model.reserved_roles.contains(&ix),
        title: content.and_then(|content| content.label.title.as_deref()),
        extends: role.extends.iter().filter_map(id).collect(),
        grants: names(model, &role.closure.always),
        grants_on_conditions: names(model, &sometimes),
        content: own.map(|own| &own.value),
    }
}

/// What a part of a scope unlocks, on whatever conditions.
fn unlocks(model: &Model, part: PartIx) -> Vec<String> {
    let Some(part) = model.parts.get(part.at()) else { return Vec::new() };
    let mut all = part.grant.always.clone();
    all.union(&part.grant.sometimes);
    names(model, &all)
}

/// Permissions as they are written, sorted.
fn names(model: &Model, set: &PermissionSet) -> Vec<String> {
    let held = model.numbered().filter(|(ix, row)| !row.retired && set.contains(*ix));
    let mut names: Vec<String> =
        held.map(|(_, row)| format!("{}:{}", model.kind_name(row.kind), row.action)).collect();
    names.sort_unstable();
    names
}
