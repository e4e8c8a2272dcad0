//! One tenant against the model and the apps.

mod groups;
mod holders;
mod installs;
mod members;
mod plan;
mod resources;
mod roles;
mod values;

pub(super) use values::check as check_values;

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, HELD_BY_ALL, Permission};
use super::report::Report;
use crate::document::checked::Programs;
use crate::document::definition::{App, KeyMap, Tenant};
use crate::document::limits::PolicyLimits;
use crate::document::place::Place;

/// What a tenant is checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// The model.
    pub catalogue: &'a Catalogue<'a>,
    /// Its conditions.
    pub programs: &'a Programs,
    /// Its gates.
    pub gates: &'a BTreeSet<Permission<'a>>,
    /// The apps.
    pub apps: &'a KeyMap<App>,
    /// Whether there may be no others, in documents that could not be read.
    pub all_read: bool,
    /// The limits.
    pub limits: &'a PolicyLimits,
}

/// A tenant on that ground.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    ground: Ground<'a>,
    catalogue: &'a Catalogue<'a>,
    tenant: &'a Tenant,
    id: &'a str,
    at: Place,
}

/// Checks a tenant; its values are checked apart.
pub(super) fn check(ground: Ground<'_>, id: &str, at: Place, tenant: &Tenant, report: &mut Report) {
    let subject = Subject { ground, catalogue: ground.catalogue, tenant, id, at };
    plan::check(subject, report);
    roles::check(subject, report);
    groups::check(subject, report);
    members::check(subject, report);
    resources::check(subject, report);
    installs::check(subject, report);
}

/// A role that is named.
enum Named {
    Known,
    Retired,
    HeldByAll,
    Unknown,
}

impl<'a> Subject<'a> {
    fn role(self, name: &str) -> Named {
        if HELD_BY_ALL.contains(&name) {
            Named::HeldByAll
        } else if self.catalogue.model.roles.contains_key(name) || self.tenant.roles.contains_key(name) {
            Named::Known
        } else if self.catalogue.retired.roles.contains(name) {
            Named::Retired
        } else {
            Named::Unknown
        }
    }

    /// Checks a role that is given; `everyone` and `anyone` are held anyway.
    fn given_role(self, at: Place, name: &str, report: &mut Report) {
        match self.role(name) {
            Named::Known => {}
            Named::Retired => report.retired(at, self.id, "role", name),
            Named::HeldByAll => report.fault(at, format!("`{name}` cannot be given: it is held anyway")),
            Named::Unknown => report.unknown(at, "role", name, self.role_names()),
        }
    }

    fn role_names(self) -> impl Iterator<Item = &'a str> {
        let names = self.catalogue.model.roles.keys().chain(self.tenant.roles.keys());
        names.map(String::as_str).filter(|name| !HELD_BY_ALL.contains(name))
    }

    fn principal_type(self, at: Place, kind: &str, report: &mut Report) {
        let known = &self.catalogue.model.principals;
        if !known.contains_key(kind) {
            report.unknown(at, "principal type", kind, known.keys().map(String::as_str));
        }
    }

    fn over_limit(self, at: Place, count: usize, limit: usize, what: &str, report: &mut Report) {
        if count > limit {
            report.fault(at, format!("{count} {what} exceed the limit of {limit}"));
        }
    }
}
