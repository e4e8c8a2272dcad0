//! Places of a tenant's frame, to be set anew.
//!
//! A definition that is kept outlives the text or the set that its places are in.

use super::{Entry, Map, Params, Role, Tenant, When};
use crate::document::place::{Place, Spanned};

impl Tenant {
    /// Sets every place in the tenant, members, resources and installs left out.
    pub fn relocate(&mut self, set: &mut impl FnMut(&mut Place)) {
        if let Some(plan) = &mut self.plan {
            set(&mut plan.at);
        }
        for role in self.roles.values_mut() {
            set(&mut role.at);
            role.value.relocate(set);
        }
        for group in self.groups.values_mut() {
            set(&mut group.at);
            all(&mut group.value.members, set);
            all(&mut group.value.roles, set);
        }
        for switches in self.role_restrictions.values_mut() {
            set(&mut switches.at);
            params(&mut switches.value, set);
        }
    }
}

impl Role {
    fn relocate(&mut self, set: &mut impl FnMut(&mut Place)) {
        for Entry { at, permissions, except, when } in &mut self.allow {
            set(at);
            all(permissions, set);
            all(except, set);
            match when {
                When::Always => {}
                When::Expression(expression) => set(&mut expression.at),
                When::Conditions(names) => all(names, set),
            }
        }
        all(&mut self.extends, set);
        all(&mut self.no_sections, set);
        if let Some(authority) = &mut self.authority {
            set(&mut authority.at);
        }
    }
}

fn params(switches: &mut Map<Params>, set: &mut impl FnMut(&mut Place)) {
    for params in switches.values_mut() {
        set(&mut params.at);
        for value in params.value.values_mut() {
            set(&mut value.at);
        }
    }
}

fn all<T>(list: &mut [Spanned<T>], set: &mut impl FnMut(&mut Place)) {
    for item in list {
        set(&mut item.at);
    }
}
