//! A whole tenant put together of a draft and of what was held, with places by
//! which what was held is told.

use super::draft::Settled;
use super::told::HELD;
use crate::document::definition::{self as def, Member, Registered};
use crate::document::{Place, Spanned};
use crate::model::Key;
use crate::snapshot::content;
use crate::snapshot::model::Model;

/// Numbers the parts of what was held, to be told by name.
#[derive(Debug)]
pub(super) struct Held {
    tenant: String,
    names: Vec<(&'static str, String)>,
}

impl Held {
    pub(super) fn of(tenant: &str) -> Self {
        Self { tenant: tenant.to_owned(), names: Vec::new() }
    }

    /// A place for a part.
    fn place(&mut self, kind: &'static str, name: String) -> Place {
        let start = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push((kind, name));
        Place { source: HELD, start, end: start }
    }

    /// A part by its number: `tenants[acme].members[user:mia]`.
    pub(super) fn name(&self, number: u32) -> String {
        let part = usize::try_from(number).ok().and_then(|number| self.names.get(number));
        let tenant = &self.tenant;
        match part {
            Some((kind, name)) if !kind.is_empty() => format!("tenants[{tenant}].{kind}[{name}]"),
            _ => format!("tenants[{tenant}]"),
        }
    }
}

/// All of a tenant as the draft leaves it. `model` is what its rows are of.
pub(super) fn whole(draft: Settled<'_>, model: &Model, held: &mut Held) -> def::Tenant {
    let own = held.place("", String::new());
    let changed = draft.frame.is_some();
    let mut tenant = match (draft.frame.clone(), draft.base) {
        (Some(frame), _) => frame,
        (None, Some(base)) => base.frame.source.as_ref().clone(),
        (None, None) => def::Tenant::default(),
    };
    if changed {
        // Parts that were not put by the set stand nowhere.
        tenant.relocate(&mut |place| {
            if place.source == 0 {
                *place = own;
            }
        });
    } else {
        relocate_held(&mut tenant, held);
    }
    let Some(base) = draft.base else {
        return def::Tenant {
            members: draft.rows.members,
            resources: draft.rows.resources,
            installs: draft.rows.installs,
            ..tenant
        };
    };
    for (kind, id, row) in base.members.iter() {
        let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
        if !draft.touches_member(&key) {
            let at = held.place("members", key.to_string());
            tenant.members.insert(key, placed_member(content::member(model, row), at));
        }
    }
    for (kind, id, row) in base.resources.iter() {
        let Ok(key) = Key::new(content::type_name(model, kind), id) else { continue };
        if !draft.touches_resource(&key) {
            let at = held.place("resources", key.to_string());
            tenant.resources.insert(key, placed_resource(content::resource(model, row), at));
        }
    }
    for (kind, id, row) in base.installs.iter() {
        let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
        if !draft.touches_install(&key) {
            let at = held.place("installs", key.to_string());
            let mut install = content::install(model, row);
            place_map(&mut install.granted, at);
            place_map(&mut install.attributes, at);
            tenant.installs.insert(key, Spanned::new(at, install));
        }
    }
    tenant.members.extend(draft.rows.members);
    tenant.resources.extend(draft.rows.resources);
    tenant.installs.extend(draft.rows.installs);
    tenant
}

/// Sets the places of a frame that nothing has changed.
fn relocate_held(frame: &mut def::Tenant, held: &mut Held) {
    if let Some(plan) = &mut frame.plan {
        plan.at = held.place("", String::new());
    }
    let mut only = def::Tenant::default();
    for (id, role) in std::mem::take(&mut frame.roles) {
        let at = held.place("roles", id.clone());
        only.roles.insert(id, role);
        only.relocate(&mut |place| *place = at);
        frame.roles.append(&mut only.roles);
    }
    for (id, group) in std::mem::take(&mut frame.groups) {
        let at = held.place("groups", id.clone());
        only.groups.insert(id, group);
        only.relocate(&mut |place| *place = at);
        frame.groups.append(&mut only.groups);
    }
    for (role, on) in std::mem::take(&mut frame.role_restrictions) {
        let at = held.place("role_restrictions", role.clone());
        only.role_restrictions.insert(role, on);
        only.relocate(&mut |place| *place = at);
        frame.role_restrictions.append(&mut only.role_restrictions);
    }
}

pub(super) fn placed_member(mut member: Member, at: Place) -> Spanned<Member> {
    let def::Overrides { allow, deny } = &mut member.overrides;
    for pattern in allow.iter_mut().chain(deny) {
        pattern.at = at;
    }
    for given in &mut member.roles {
        given.at = at;
    }
    place_map(&mut member.attributes, at);
    for params in member.restrictions.values_mut() {
        params.at = at;
        place_map(&mut params.value, at);
    }
    Spanned::new(at, member)
}

pub(super) fn placed_resource(mut resource: Registered, at: Place) -> Spanned<Registered> {
    for parent in &mut resource.parents {
        parent.at = at;
    }
    place_map(&mut resource.attributes, at);
    for entry in resource.acl.values_mut() {
        entry.at = at;
        for level in &mut entry.value.levels {
            level.at = at;
        }
        for item in &mut entry.value.deny {
            item.at = at;
        }
    }
    Spanned::new(at, resource)
}

fn place_map<T>(map: &mut def::Map<T>, at: Place) {
    for value in map.values_mut() {
        value.at = at;
    }
}
