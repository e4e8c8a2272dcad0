//! The nine steps, each asked on its own.
//!
//! Owns their order, their reasons and their causes.

use std::collections::BTreeSet;

use super::who::{ANYONE, Actor};
use super::{Case, Denial};
use crate::decide::{Reason, Target};
use crate::model::{Key, Pattern};

/// Everything that would deny, in the order of the steps and, within a step,
/// of its reasons.
pub(super) fn denials(case: &Case<'_>) -> Vec<Denial> {
    let mut found = Vec::new();
    match case.actor() {
        Actor::App(..) => {
            membership(case, &mut found);
            plan(case, &mut found);
            denies(case, &mut found);
            retired(case, &mut found);
            restrictions(case, &mut found);
            own_scopes(case, &mut found);
        }
        Actor::Member(_) | Actor::Stranger => {
            membership(case, &mut found);
            membership_holds(case, &mut found);
            principal_steps(case, &mut found);
            if case.via.is_some() {
                scopes_in_use(case, &mut found);
            }
        }
    }
    found
}

/// The reason and cause of an allow, for a case that nothing denies.
pub(super) fn allowance(case: &Case<'_>) -> (Reason, String) {
    if matches!(case.actor(), Actor::App(..)) {
        let mut entries = case.scope_entries().into_iter();
        let scope = entries.find(|covering| covering.holds == Some(true)).expect("nothing denies");
        return (Reason::ScopeGrant, format!("scope:{}", scope.owner));
    }
    case.grant().expect("nothing denies")
}

/// Steps 4 to 8, which a gate asks too. (A gate asks step 3 as well, but that
/// is the same for every permission.)
fn principal_steps(case: &Case<'_>, found: &mut Vec<Denial>) {
    plan(case, found);
    denies(case, found);
    grants(case, found);
    gates(case, found);
    restrictions(case, found);
}

/// Step 2.
fn membership(case: &Case<'_>, found: &mut Vec<Denial>) {
    match case.actor() {
        Actor::App(None) => deny(found, 2, Reason::AppNotInstalled, format!("app:{}", case.key())),
        Actor::Stranger if case.entries_of(ANYONE).is_empty() && !case.acl_covers_anyone() => {
            deny(found, 2, Reason::UnknownPrincipal, "");
        }
        Actor::App(..) | Actor::Member(_) | Actor::Stranger => {}
    }
}

/// Step 3.
fn membership_holds(case: &Case<'_>, found: &mut Vec<Denial>) {
    let Some(member) = case.member() else { return };
    if member.suspended {
        deny(found, 3, Reason::Suspended, "member");
    }
    if member.expires_at.is_some_and(|end| end <= case.now) {
        deny(found, 3, Reason::Expired, "member");
    }
}

/// Step 4.
fn plan(case: &Case<'_>, found: &mut Vec<Denial>) {
    if case.policy.model.plans.is_empty() {
        return;
    }
    let has: BTreeSet<String> = case.plan().features.iter().map(|feature| feature.value.clone()).collect();
    let features = &case.policy.model.features;
    let missing = features.iter().find(|(id, needs)| case.matched(&needs.permissions) && !has.contains(*id));
    if let Some((id, _)) = missing {
        deny(found, 4, Reason::PlanFeature, format!("feature:{id}"));
    }
}

/// Step 5.
fn denies(case: &Case<'_>, found: &mut Vec<Denial>) {
    if case.override_deny() {
        deny(found, 5, Reason::OverrideDeny, "override");
    }
    if let Some(cause) = case.acl_deny() {
        deny(found, 5, Reason::AclDeny, cause);
    }
}

/// Step 6.
fn grants(case: &Case<'_>, found: &mut Vec<Denial>) {
    if case.grant().is_some() {
        return;
    }
    let entries = case.role_entries();
    if let Some(unknown) = entries.iter().find(|covering| covering.holds.is_none()) {
        let missing = case.missing_of(&entries);
        deny_for(found, 6, format!("role:{}", unknown.owner), missing);
    }
    if let Some(failed) = entries.iter().find(|covering| covering.holds == Some(false)) {
        deny(found, 6, Reason::ConditionFalse, format!("role:{}", failed.owner));
    }
    if entries.is_empty() {
        deny(found, 6, Reason::NotGranted, "");
    }
}

/// Step 6 for an app that acts for itself: only what is retired ends here.
fn retired(case: &Case<'_>, found: &mut Vec<Denial>) {
    if !case.is_declared() {
        deny(found, 6, Reason::NotGranted, "");
    }
}

/// Step 7.
fn gates(case: &Case<'_>, found: &mut Vec<Denial>) {
    let Some(kind) = case.policy.model.resources.get(case.target.kind) else { return };
    for gate in &kind.requires {
        let Pattern::Exact { kind, action } = &gate.value else { panic!("checked") };
        let target = Target { kind, ..Target::default() };
        let gate = Case { target: &target, action, gate: true, ..*case };
        let mut closed = Vec::new();
        principal_steps(&gate, &mut closed);
        if !closed.is_empty() {
            return deny(found, 7, Reason::GateClosed, format!("gate:{kind}:{action}"));
        }
    }
}

/// Step 8.
fn restrictions(case: &Case<'_>, found: &mut Vec<Denial>) {
    let in_force = case.restrictions();
    if let Some(closed) = in_force.iter().find(|one| one.holds == Some(false)) {
        deny(found, 8, Reason::Restricted, format!("restriction:{}", closed.id));
    }
    let unknown: Vec<_> = in_force.iter().filter(|one| one.holds.is_none()).collect();
    if let Some(least) = unknown.first() {
        let texts = |text: &str| [text.to_owned()];
        let missing =
            unknown.iter().flat_map(|one| case.missing(one.params, &texts(&one.restriction.allow_when.text)));
        let missing: BTreeSet<String> = missing.collect();
        deny_for(found, 8, format!("restriction:{}", least.id), missing.into_iter().collect());
    }
}

/// Step 9 for a principal that acts via an app or a token.
fn scopes_in_use(case: &Case<'_>, found: &mut Vec<Denial>) {
    let app = case.via.and_then(|via| via.app);
    let bearer = app.map_or("token".to_owned(), |app| format!("app:{}:{}", app.kind, app.id));
    if app.is_some_and(|app| case.install(&Key::new(app.kind, app.id).expect("the door")).is_none()) {
        return deny(found, 9, Reason::AppNotInstalled, bearer);
    }
    let entries = case.scope_entries();
    let authority = case.authority();
    let mut would_do = entries.iter().filter(|covering| covering.holds == Some(true));
    if would_do.clone().any(|covering| case.asked_authority(&covering.owner) <= authority) {
        return;
    }
    if let Some(too_high) = would_do.next() {
        deny(found, 9, Reason::AuthorityTooLow, format!("scope:{}", too_high.owner));
    }
    no_scope(case, &bearer, found);
}

/// Step 9 for an app that acts for itself. It gives no reserved permission.
fn own_scopes(case: &Case<'_>, found: &mut Vec<Denial>) {
    let bearer = format!("app:{}", case.key());
    if case.is_reserved() {
        return deny(found, 9, Reason::ScopeNotGranted, bearer);
    }
    if !case.scope_entries().iter().any(|covering| covering.holds == Some(true)) {
        no_scope(case, &bearer, found);
    }
}

/// The reasons that are left when no scope would do.
fn no_scope(case: &Case<'_>, bearer: &str, found: &mut Vec<Denial>) {
    let entries = case.scope_entries();
    if let Some(unknown) = entries.iter().find(|covering| covering.holds.is_none()) {
        let missing = case.missing_of(&entries);
        deny_for(found, 9, format!("scope:{}", unknown.owner), missing);
    }
    if entries.iter().all(|covering| covering.holds == Some(false)) {
        deny(found, 9, Reason::ScopeNotGranted, bearer);
    }
}

fn deny(found: &mut Vec<Denial>, step: u8, reason: Reason, cause: impl Into<String>) {
    found.push(Denial { step, reason, cause: cause.into(), missing: Vec::new() });
}

fn deny_for(found: &mut Vec<Denial>, step: u8, cause: String, missing: Vec<String>) {
    found.push(Denial { step, reason: Reason::MissingAttribute, cause, missing });
}
