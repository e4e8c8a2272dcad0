//! What the types of definitions allow and no document can say.
//!
//! Definitions may come from elsewhere than YAML. That identifiers are well
//! formed and lists free of repeats is left to whoever makes them.

use super::report::Report;
use crate::document::definition::{App, Entry, KeyMap, Model, ScopeCover, Tenant, When};
use crate::document::place::Place;

/// Checks the forms of a model.
pub(super) fn check_model(model: &Model, report: &mut Report) {
    let of_roles = model.roles.values().flat_map(|role| &role.allow);
    let scopes = model.scopes.values();
    let of_scopes = scopes.clone().flat_map(|scope| match &scope.covers {
        ScopeCover::Allow(entries) => vec![entries],
        ScopeCover::Modes(modes) => modes.values().map(|mode| &mode.value).collect(),
    });
    for entry in of_roles.chain(of_scopes.flatten()) {
        if matches!(entry.when, When::Conditions(_)) {
            report.fault(entry.at, "the `when` of a model is an expression");
        }
    }
    for scope in scopes {
        if matches!(&scope.covers, ScopeCover::Modes(modes) if modes.is_empty()) {
            unless_read(scope.at, "the modes of a scope are empty", report);
        }
    }
}

/// Checks the forms of a tenant: above all, that there is no code in it.
pub(super) fn check_tenant(tenant: &Tenant, report: &mut Report) {
    for role in tenant.roles.values() {
        if let Some(authority) = &role.authority {
            report.fault(authority.at, "a custom role has no authority of its own");
        }
        for entry in &role.allow {
            check_when(entry, report);
        }
    }
}

fn check_when(entry: &Entry, report: &mut Report) {
    match &entry.when {
        When::Always => {}
        When::Conditions(names) if !names.is_empty() => {}
        When::Conditions(_) => report.fault(entry.at, "the list of conditions is empty"),
        When::Expression(_) => report.fault(entry.at, "the `when` of a tenant names conditions of the model"),
    }
}

/// Checks the forms of apps.
pub(super) fn check_apps(apps: &KeyMap<App>, report: &mut Report) {
    for app in apps.values() {
        for request in app.requests.values().filter(|request| request.justification.trim().is_empty()) {
            unless_read(request.at, "a request needs a justification", report);
        }
    }
}

/// What a source says wrongly has been told by whoever read it.
fn unless_read(at: Place, message: &str, report: &mut Report) {
    if at == Place::NOWHERE {
        report.fault(at, message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::definition::{Expression, Policy, Role};
    use crate::document::place::Spanned;
    use crate::document::{PolicyLimits, check};

    #[test]
    fn no_code_in_a_tenant() {
        let when = When::Expression(Expression { text: "true".to_owned(), ..Expression::default() });
        let role = Role { allow: vec![Entry { when, ..Entry::default() }], ..Role::default() };
        let mut tenant = Tenant { id: "acme".to_owned(), ..Tenant::default() };
        tenant.roles.insert("night".to_owned(), Spanned::nowhere(role));
        let mut policy = Policy::default();
        policy.tenants.insert("acme".to_owned(), Spanned::nowhere(tenant));
        let (checked, told) = check(policy, &PolicyLimits::default());
        assert!(checked.is_none());
        let told: Vec<&str> = told.iter().map(|told| told.message.as_str()).collect();
        assert_eq!(told, ["the `when` of a tenant names conditions of the model"]);
    }
}
