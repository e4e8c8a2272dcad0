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
mod levels;
mod model;
mod patterns;
mod report;
mod roles;
mod tenant;
mod types;
mod values;

pub(super) use report::sort;

use super::checked::Checked;
use super::definition::{Policy, Test};
use super::diagnostic::{Diagnostic, Severity};
use super::limits::PolicyLimits;
use super::place::Spanned;
use catalogue::Catalogue;
use report::Report;
use tenant::Ground;

/// Checks a policy, and tests against it. Values take their declared types.
///
/// A document may name a tenant or an app that could not be read; `all_read`
/// says that there is none such.
pub(super) fn check(
    mut policy: Policy,
    tests: &mut [Spanned<Test>],
    all_read: bool,
    limits: &PolicyLimits,
) -> (Option<Checked>, Vec<Diagnostic>) {
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
    let ground = Ground { catalogue: &catalogue, programs: &programs, gates: &gates, apps, all_read, limits };
    let mut members: usize = 0;
    for (id, tenant) in &mut *tenants {
        let at = tenant.at;
        tenant::check_values(&catalogue, id, &mut tenant.value, limits, &mut report);
        forms::check_tenant(tenant, &mut report);
        tenant::check(ground, id, at, tenant, &mut report);
        let before = members;
        members = members.saturating_add(tenant.members.len());
        if before <= limits.members && members > limits.members {
            report.fault(at, format!("the members of all tenants exceed the limit of {}", limits.members));
        }
    }
    for test in tests {
        expectations::check(&catalogue, tenants, apps, all_read, &mut test.value, &mut report);
    }
    let diagnostics = report.finish();
    let sound = !diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Fault);
    (sound.then(|| Checked::new(policy, programs)), diagnostics)
}
