//! A tenant's attributes and parameters, given their declared types.

use crate::document::check::catalogue::{Catalogue, HELD_BY_ALL};
use crate::document::check::report::Report;
use crate::document::check::values;
use crate::document::definition::{Map, Params, PrincipalType, Tenant};
use crate::document::limits::PolicyLimits;
use crate::model::Value;

/// Checks every value of a tenant, and gives each its declared type.
pub(in crate::document::check) fn check(
    catalogue: &Catalogue<'_>,
    id: &str,
    tenant: &mut Tenant,
    limits: &PolicyLimits,
    report: &mut Report,
) {
    check_sizes(tenant, limits, report);
    let model = catalogue.model;
    for (key, member) in &mut tenant.members {
        if let Some(principal) = model.principals.get(key.kind()) {
            check_principal(key.kind(), &mut member.value.attributes, principal, report);
        }
        check_switches(catalogue, id, &mut member.value.restrictions, report);
    }
    for (key, install) in &mut tenant.installs {
        if let Some(principal) = model.principals.get(key.kind()) {
            check_principal(key.kind(), &mut install.value.attributes, principal, report);
        }
    }
    for (key, resource) in &mut tenant.resources {
        if let Some(kind) = model.resources.get(key.kind()) {
            let built_in: Vec<String> = resource
                .value
                .attributes
                .keys()
                .filter(|name| Catalogue::built_in_attribute(key.kind(), name).is_some())
                .cloned()
                .collect();
            for name in built_in {
                if let Some(value) = resource.value.attributes.get(&name) {
                    report.fault(value.at, format!("`{name}` is built in: the sidecar knows it by itself"));
                }
            }
            let declared = |name: &str| {
                let built_in = || Catalogue::built_in_attribute(key.kind(), name);
                kind.attributes.get(name).map(|attribute| attribute.value_type).or_else(built_in)
            };
            let owner = format!("the resource type `{}`", key.kind());
            let known = kind.attributes.keys().map(String::as_str);
            values::check(&mut resource.value.attributes, &owner, declared, known, report);
        }
    }
    check_role_restrictions(catalogue, id, tenant, report);
}

/// Checks that no stored value is over a limit.
fn check_sizes(tenant: &Tenant, limits: &PolicyLimits, report: &mut Report) {
    let Tenant { members, resources, installs, role_restrictions, .. } = tenant;
    let switched = members.values().map(|member| &member.restrictions);
    let switched = switched.chain(role_restrictions.values().map(|switches| &switches.value));
    let params = switched.flat_map(|switches| switches.values().map(|params| &params.value));
    let attributes = members.values().map(|member| &member.attributes);
    let attributes = attributes.chain(resources.values().map(|resource| &resource.attributes));
    let attributes = attributes.chain(installs.values().map(|install| &install.attributes));
    for (name, value) in attributes.chain(params).flatten() {
        values::check_size(name, value, limits, report);
    }
}

fn check_principal(kind: &str, attributes: &mut Map<Value>, principal: &PrincipalType, report: &mut Report) {
    let declared = |name: &str| principal.attributes.get(name).map(|attribute| attribute.value_type);
    let owner = format!("the principal type `{kind}`");
    values::check(attributes, &owner, declared, principal.attributes.keys().map(String::as_str), report);
}

fn check_role_restrictions(catalogue: &Catalogue<'_>, id: &str, tenant: &mut Tenant, report: &mut Report) {
    let Tenant { roles, role_restrictions, .. } = tenant;
    for (role, switches) in role_restrictions {
        let built_in = &catalogue.model.roles;
        let exists =
            HELD_BY_ALL.contains(&role.as_str()) || built_in.contains_key(role) || roles.contains_key(role);
        if !exists && catalogue.retired.roles.contains(role.as_str()) {
            report.retired(switches.at, id, "role", role);
        } else if !exists {
            report.unknown(
                switches.at,
                "role",
                role,
                built_in.keys().chain(roles.keys()).map(String::as_str),
            );
        }
        check_switches(catalogue, id, &mut switches.value, report);
    }
}

fn check_switches(catalogue: &Catalogue<'_>, id: &str, switches: &mut Map<Params>, report: &mut Report) {
    for (name, params) in switches {
        let Some(restriction) = catalogue.model.restrictions.get(name) else {
            if catalogue.retired.restrictions.contains(name.as_str()) {
                report.retired(params.at, id, "restriction", name);
            } else {
                let known = catalogue.model.restrictions.keys().map(String::as_str);
                report.unknown(params.at, "restriction", name, known);
            }
            continue;
        };
        if restriction.always {
            let message = format!("the restriction `{name}` is always in force; it is not switched on");
            report.fault(params.at, message);
        } else {
            let at = params.at;
            values::check_params(name, at, &mut params.value, &restriction.params, report);
        }
    }
}
