//! Definitions against one another: names exist, nothing is circular, values
//! and conditions have types.
//!
//! Every check reports and goes on. A check that needs what another found
//! faulty skips it in silence: one mistake is told once.

mod apps;
mod catalogue;
mod conditions;
mod doubts;
mod expectations;
mod forms;
mod graph;
pub mod inspect;
mod levels;
mod model;
mod patterns;
mod report;
mod roles;
mod tenant;
mod types;
mod values;

pub(super) use report::sort;

use std::collections::BTreeSet;

use super::checked::Checked;
use super::definition::{KeyMap, Policy, Test};
use super::diagnostic::Diagnostic;
use super::limits::PolicyLimits;
use super::place::{Place, Spanned};
use catalogue::Catalogue;
use report::Report;
use tenant::Ground;

/// What checking found.
#[derive(Debug)]
pub(super) struct Found {
    /// The policy; `None` when anything is a fault.
    pub checked: Option<Checked>,
    /// The sources that have a fault; 0 for a fault that no source has.
    pub at_fault: BTreeSet<u32>,
    /// Everything to tell.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks a policy, and tests against it. Values take their declared types.
///
/// A document may name a tenant or an app that could not be read; `all_read`
/// says that there is none such.
pub(super) fn check(
    mut policy: Policy,
    tests: &mut [Spanned<Test>],
    all_read: bool,
    limits: &PolicyLimits,
) -> Found {
    let mut report = Report::default();
    let Policy { model, tenants, apps } = &mut policy;
    let catalogue = Catalogue::new(model);
    forms::check_model(model, &mut report);
    forms::check_apps(apps, &mut report);
    types::check(&catalogue, &mut report);
    roles::check(&catalogue, limits, &mut report);
    model::check(&catalogue, &mut report);
    let programs = conditions::compile(&catalogue, limits, &mut report);
    doubts::check(&catalogue, &programs, &mut report);
    apps::check(&catalogue, apps, &mut report);
    let gates = doubts::gates(&catalogue);
    let around: &KeyMap<_> = apps;
    let ground =
        Ground { catalogue: &catalogue, programs: &programs, gates: &gates, around, all_read, limits };
    let mut members: usize = 0;
    for (id, tenant) in &mut *tenants {
        let at = tenant.at;
        tenant::check_values(&catalogue, id, &mut tenant.value, limits, &mut report);
        forms::check_tenant(tenant, &mut report);
        tenant::check(ground, id, at, tenant, &mut report);
        let before = members;
        members = members.saturating_add(tenant.members.len());
        if before <= limits.members && members > limits.members {
            // No tenant's own fault: leaving out the one that happens to come last
            // would not mend it.
            report.fault(
                Place::NOWHERE,
                format!("the members of all tenants exceed the limit of {}", limits.members),
            );
        }
    }
    for test in tests {
        expectations::check(&catalogue, tenants, apps, all_read, &mut test.value, &mut report);
    }
    let at_fault = report.at_fault().clone();
    let diagnostics = report.finish();
    let checked = at_fault.is_empty().then(|| Checked::new(policy, programs));
    Found { checked, at_fault, diagnostics }
}
