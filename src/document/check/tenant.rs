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
use crate::model::Key;

/// What a tenant is checked against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// The model.
    pub catalogue: &'a Catalogue<'a>,
    /// Its conditions.
    pub programs: &'a Programs,
    /// Its gates.
    pub gates: &'a BTreeSet<Permission<'a>>,
    /// What there is besides.
    pub around: &'a dyn Around,
    /// Whether there may be no others, in documents that could not be read.
    pub all_read: bool,
    /// The limits.
    pub limits: &'a PolicyLimits,
}

/// What a policy has beside what is checked.
pub trait Around: std::fmt::Debug {
    /// An app.
    fn app(&self, key: &Key) -> Option<&App>;
    /// Whether the tenant has such a member.
    fn has_member(&self, key: &Key) -> bool;
    /// Whether the tenant has installed such an app.
    fn has_install(&self, key: &Key) -> bool;
    /// Whether the tenant has registered such a resource.
    fn has_resource(&self, key: &Key) -> bool;
}

/// Apps, and nothing of the tenant but what is checked.
impl Around for KeyMap<App> {
    fn app(&self, key: &Key) -> Option<&App> {
        self.get(key).map(|app| &app.value)
    }

    fn has_member(&self, _: &Key) -> bool {
        false
    }

    fn has_install(&self, _: &Key) -> bool {
        false
    }

    fn has_resource(&self, _: &Key) -> bool {
        false
    }
}

/// A tenant on that ground.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    ground: Ground<'a>,
    catalogue: &'a Catalogue<'a>,
    /// The tenant, for all but what `rows` is for.
    tenant: &'a Tenant,
    /// Its members, resources and installs that are checked.
    rows: &'a Tenant,
    id: &'a str,
    at: Place,
}

/// Checks a tenant; its values are checked apart.
pub(super) fn check(ground: Ground<'_>, id: &str, at: Place, tenant: &Tenant, report: &mut Report) {
    let subject = Subject { ground, catalogue: ground.catalogue, tenant, rows: tenant, id, at };
    plan::check(subject, report);
    check_frame(subject, report);
    check_rows(subject, report);
    resources::check_nesting(subject, report);
}

/// Checks some rows of a tenant, and its frame if that has changed; but not its
/// plan, nor how resources sit in one another.
pub(super) fn check_part(
    ground: Ground<'_>,
    id: &str,
    (frame, changed): (&Tenant, bool),
    rows: &Tenant,
    report: &mut Report,
) {
    let at = Place::NOWHERE;
    let subject = Subject { ground, catalogue: ground.catalogue, tenant: frame, rows, id, at };
    if changed {
        check_frame(subject, report);
    }
    check_rows(subject, report);
}

/// Checks that resources sit in one another without a circle, and not too deep.
pub(super) fn check_nesting(ground: Ground<'_>, id: &str, rows: &Tenant, report: &mut Report) {
    let at = Place::NOWHERE;
    resources::check_nesting(
        Subject { ground, catalogue: ground.catalogue, tenant: rows, rows, id, at },
        report,
    );
}

fn check_frame(subject: Subject<'_>, report: &mut Report) {
    roles::check(subject, report);
    groups::check(subject, report);
}

fn check_rows(subject: Subject<'_>, report: &mut Report) {
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
