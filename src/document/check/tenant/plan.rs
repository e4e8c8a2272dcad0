//! A tenant's plan, and what it sets aside.

use super::{Subject, holders};
use crate::document::check::report::Report;
use crate::document::definition::{OverrideMode, Plan, RestrictionMode};
use crate::document::place::Place;

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    let model = subject.catalogue.model;
    let Some(named) = &subject.tenant.plan else {
        if !model.plans.is_empty() {
            report
                .fault(subject.at, format!("the tenant `{}` needs a plan: the model has plans", subject.id));
        }
        return;
    };
    if let Some(plan) = model.plans.get(&named.value) {
        custom_roles(subject, named.at, &named.value, plan, report);
        dormant(subject, named.at, &named.value, plan, report);
    } else if subject.catalogue.retired.plans.contains(named.as_str()) {
        report.retired(named.at, subject.id, "plan", &named.value);
    } else if model.plans.is_empty() {
        report.fault(named.at, "the model has no plans, so a tenant names none");
    } else {
        report.unknown(named.at, "plan", &named.value, model.plans.keys().map(String::as_str));
    }
}

fn custom_roles(subject: Subject<'_>, at: Place, name: &str, plan: &Plan, report: &mut Report) {
    let roles = &subject.tenant.roles;
    let allowed = plan.custom_roles.and_then(|allowed| usize::try_from(allowed).ok());
    if let Some(allowed) = allowed.filter(|allowed| roles.len() > *allowed) {
        let names: Vec<String> = roles.keys().take(100).map(|role| format!("`{role}`")).collect();
        let roles_word = if allowed == 1 { "role" } else { "roles" };
        report.tolerate(
            at,
            format!(
                "the plan `{name}` allows {allowed} custom {roles_word}, and there are {}: {}",
                roles.len(),
                names.join(", ")
            ),
        );
    }
}

fn dormant(subject: Subject<'_>, at: Place, name: &str, plan: &Plan, report: &mut Report) {
    let members = || subject.rows.members.values();
    let overridden = members()
        .filter(|member| match plan.member_overrides {
            OverrideMode::On => false,
            OverrideMode::NarrowOnly => !member.overrides.allow.is_empty(),
            OverrideMode::Off => !member.overrides.allow.is_empty() || !member.overrides.deny.is_empty(),
        })
        .count();
    if overridden > 0 {
        let what =
            if plan.member_overrides == OverrideMode::Off { "overrides" } else { "overrides that allow" };
        let mut message = format!("the plan `{name}` sets aside the {what} of {}", people(overridden));
        let denied = members().filter(|member| !member.overrides.deny.is_empty()).count();
        if plan.member_overrides == OverrideMode::Off && denied > 0 {
            message = format!("{message}, which widens access for {}", people(denied));
        }
        report.warn(at, message, None);
    }
    if plan.member_restrictions == RestrictionMode::Off {
        let restricted = members().filter(|member| !member.restrictions.is_empty()).count();
        if restricted > 0 {
            let message = format!(
                "the plan `{name}` sets aside the restrictions of {}, which widens access",
                people(restricted)
            );
            report.warn(at, message, None);
        }
        let switched = subject.tenant.role_restrictions.iter().filter(|(_, switches)| !switches.is_empty());
        let roles: Vec<&str> = switched.map(|(role, _)| role.as_str()).collect();
        if !roles.is_empty() {
            let count = roles.len();
            let named = if count == 1 { "1 role".to_owned() } else { format!("{count} roles") };
            let effect = match holders::count(subject, roles.into_iter()) {
                0 => "which no member holds".to_owned(),
                held => format!("which widens access for {}", people(held)),
            };
            let message = format!("the plan `{name}` sets aside the restrictions of {named}, {effect}");
            report.warn(at, message, None);
        }
    }
}

fn people(count: usize) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}
