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

    /// Sets the places of a frame that nothing has changed.
    pub(super) fn relocate(&mut self, frame: &mut def::Tenant) {
        if let Some(plan) = &mut frame.plan {
            plan.at = self.place("", String::new());
        }
        let mut only = def::Tenant::default();
        for (id, role) in std::mem::take(&mut frame.roles) {
            let at = self.place("roles", id.clone());
            only.roles.insert(id, role);
            only.relocate(&mut |place| *place = at);
            frame.roles.append(&mut only.roles);
        }
        for (id, group) in std::mem::take(&mut frame.groups) {
            let at = self.place("groups", id.clone());
            only.groups.insert(id, group);
            only.relocate(&mut |place| *place = at);
            frame.groups.append(&mut only.groups);
        }
        for (role, on) in std::mem::take(&mut frame.role_restrictions) {
            let at = self.place("role_restrictions", role.clone());
            only.role_restrictions.insert(role, on);
            only.relocate(&mut |place| *place = at);
            frame.role_restrictions.append(&mut only.role_restrictions);
        }
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

/// All of a tenant as the draft leaves it, and the names of what was held. `model` is
/// what its rows are of.
pub(super) fn whole(draft: Settled<'_>, model: &Model) -> (def::Tenant, Held) {
    let Settled { base, frame, rows, deleted, mut held, .. } = draft;
    let mut tenant = frame.unwrap_or_else(|| {
        let mut frame = base.map(|base| base.frame.source.as_ref().clone()).unwrap_or_default();
        held.relocate(&mut frame);
        frame
    });
    let def::Tenant { members, resources, installs, .. } = rows;
    let Some(base) = base else {
        return (def::Tenant { members, resources, installs, ..tenant }, held);
    };
    for (kind, id, row) in base.members.iter() {
        let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
        if !members.contains_key(&key) && !deleted.members.contains(&key) {
            let at = held.place("members", key.to_string());
            tenant.members.insert(key, placed_member(content::member(model, row), at));
        }
    }
    for (kind, id, row) in base.resources.iter() {
        let Ok(key) = Key::new(content::type_name(model, kind), id) else { continue };
        if !resources.contains_key(&key) && !deleted.resources.contains(&key) {
            let at = held.place("resources", key.to_string());
            tenant.resources.insert(key, placed_resource(content::resource(model, row), at));
        }
    }
    for (kind, id, row) in base.installs.iter() {
        let Ok(key) = Key::new(content::principal_name(model, kind), id) else { continue };
        if !installs.contains_key(&key) && !deleted.installs.contains(&key) {
            let at = held.place("installs", key.to_string());
            let mut install = content::install(model, row);
            place_map(&mut install.granted, at);
            place_map(&mut install.attributes, at);
            tenant.installs.insert(key, Spanned::new(at, install));
        }
    }
    tenant.members.extend(members);
    tenant.resources.extend(resources);
    tenant.installs.extend(installs);
    (tenant, held)
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
