//! The order of a decision, step by step. The only place that knows it.
//!
//! The first step that settles the matter gives decision, reason and cause.
//! docs/semantics.md has the same order as a table, for people.

use super::acl;
use super::admit::{AdmittedTarget, Caller, Who};
use super::decision::{Cause, Decision, Reason};
use super::explanation::FindingOutcome;
use super::facts::{Bound, Context};
use super::grants;
use super::restrict;
use super::scope;
use super::watch::{Silent, Watch};
use crate::document::definition::OverrideMode;
use crate::model::Timestamp;
use crate::snapshot::{PermissionIx, Snapshot};

/// How a question was settled, and by which step; an allow by the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settled<'a> {
    pub(super) reason: Reason,
    pub(super) cause: Cause<'a>,
    pub(super) step: u8,
}

/// A reason, its cause, and the step it belongs to.
type Denial<'a> = (u8, Reason, Cause<'a>);

/// Decides, telling `watch` of every step.
pub(super) fn decide<'a, W: Watch>(
    snapshot: &'a Snapshot,
    (caller, target): (&'a Caller<'a>, &'a AdmittedTarget<'a>),
    permission: PermissionIx,
    now: Timestamp,
    watch: &mut W,
) -> (Decision<'a>, u8) {
    let settled = settle(snapshot, (caller, target), permission, now, watch);
    let hidden = !settled.reason.allows()
        && settled.step >= 4
        && target.id.is_some()
        && hiding_action(snapshot, target).is_some_and(|action| {
            action == permission
                || !settle(snapshot, (caller, target), action, now, &mut Silent).reason.allows()
        });
    (Decision { reason: settled.reason, cause: settled.cause, hidden }, settled.step)
}

/// Whether it is allowed about every resource of the target's type that fits what
/// was sent of one, as far as `bound` tells.
pub(super) fn allowed_of_all<'a>(
    snapshot: &'a Snapshot,
    (caller, target): (&'a Caller<'a>, &'a AdmittedTarget<'a>),
    permission: PermissionIx,
    now: Timestamp,
    bound: Bound,
) -> bool {
    caller.tenant.is_some_and(|tenant| {
        let context = Context::new(snapshot.model(), tenant, caller, target, now).bounded(bound);
        steps(&context, permission, &mut Silent).is_ok()
    })
}

fn hiding_action(snapshot: &Snapshot, target: &AdmittedTarget<'_>) -> Option<PermissionIx> {
    snapshot.model().kind(target.kind).and_then(|row| row.hidden_without)
}

fn settle<'a, W: Watch>(
    snapshot: &'a Snapshot,
    (caller, target): (&'a Caller<'a>, &'a AdmittedTarget<'a>),
    permission: PermissionIx,
    now: Timestamp,
    watch: &mut W,
) -> Settled<'a> {
    watch.step(1);
    let Some(tenant) = caller.tenant else {
        let reason = if caller.tenant_is_invalid { Reason::TenantInvalid } else { Reason::UnknownTenant };
        return Settled { reason, cause: Cause::None, step: 1 };
    };
    let context = Context::new(snapshot.model(), tenant, caller, target, now);
    match steps(&context, permission, watch) {
        Ok((reason, cause)) => Settled { reason, cause, step: 9 },
        Err((step, reason, cause)) => Settled { reason, cause, step },
    }
}

/// Steps 2 to 9.
fn steps<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(Reason, Cause<'a>), Denial<'a>> {
    watch.step(2);
    known(context, permission)?;
    watch.step(3);
    active(context)?;
    if matches!(context.caller.who, Who::App(_)) {
        return itself(context, permission, watch);
    }
    let grant = access(context, permission, watch)?;
    watch.step(9);
    scope::via(context, permission, watch).map_err(at(9))?;
    Ok(grant)
}

/// Steps 4, 5, 8 and 9, for an app acting for itself: its scopes are all it has.
fn itself<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(Reason, Cause<'a>), Denial<'a>> {
    unopposed(context, permission, watch)?;
    // A retired permission is one that nothing covers, for an app too.
    if context.model.permission(permission).is_none_or(|row| row.retired) {
        return Err((6, Reason::NotGranted, Cause::None));
    }
    watch.step(8);
    restrict::restriction(context, permission, watch).map_err(at(8))?;
    watch.step(9);
    scope::itself(context, permission, watch).map_err(at(9))
}

/// Steps 4 to 8, for a principal that is known and active. Gates are asked
/// through here too; a bare type has no ACLs of its own and none above it.
fn access<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(Reason, Cause<'a>), Denial<'a>> {
    unopposed(context, permission, watch)?;
    watch.step(6);
    let grant = grants::grant(context, permission, watch).map_err(at(6))?;
    watch.step(7);
    gates(context, permission, watch)?;
    watch.step(8);
    restrict::restriction(context, permission, watch).map_err(at(8))?;
    Ok(grant)
}

/// Step 2: a member or an app of the tenant, or `anyone` covers it.
fn known<'a>(context: &Context<'a>, permission: PermissionIx) -> Result<(), Denial<'a>> {
    match context.caller.who {
        Who::Member { .. } | Who::App(_) => Ok(()),
        Who::AbsentApp => Err((2, Reason::AppNotInstalled, Cause::App(context.caller.key))),
        Who::Stranger => {
            let by_role = context.roles.always(permission) || context.roles.sometimes(permission);
            if by_role || acl::anyone_covers(context, permission) {
                Ok(())
            } else {
                Err((2, Reason::UnknownPrincipal, Cause::None))
            }
        }
    }
}

/// Step 3: neither suspended nor expired.
fn active<'a>(context: &Context<'a>) -> Result<(), Denial<'a>> {
    let Who::Member { row: Some(member), .. } = context.caller.who else { return Ok(()) };
    let Some(extra) = &member.extra else { return Ok(()) };
    if extra.suspended {
        return Err((3, Reason::Suspended, Cause::Member));
    }
    match extra.expires_at {
        Some(instant) if context.now >= instant => Err((3, Reason::Expired, Cause::Member)),
        _ => Ok(()),
    }
}

/// Steps 4 and 5: neither the plan nor anyone stands against it.
fn unopposed<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), Denial<'a>> {
    watch.step(4);
    features(context, permission, watch)?;
    watch.step(5);
    denied(context, permission, watch)
}

/// Step 4: the plan has every feature that the permission needs.
fn features<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), Denial<'a>> {
    let needed = context.model.permission(permission).map_or(&[] as &[_], |row| &row.features);
    for feature in needed {
        let id: &'a str = context.model.features.get(feature.at()).map_or("", |id| id);
        let has = context.tenant.frame.has_feature(*feature);
        watch.saw(|| {
            let outcome = if has { FindingOutcome::Holds } else { FindingOutcome::Fails };
            (format!("feature:{id}"), outcome, None)
        });
        if !has {
            return Err((4, Reason::PlanFeature, Cause::Feature(id)));
        }
    }
    Ok(())
}

/// Step 5: no override and no ACL denies it.
fn denied<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), Denial<'a>> {
    if let Who::Member { row: Some(member), .. } = context.caller.who
        && let Some(overrides) = &member.overrides
        && overrides.deny.contains(permission)
    {
        let on = context.tenant.frame.overrides != OverrideMode::Off;
        watch.saw(|| {
            if on {
                ("override".to_owned(), FindingOutcome::Holds, None)
            } else {
                ("override".to_owned(), FindingOutcome::Dormant, Some("the plan sets it aside".to_owned()))
            }
        });
        if on {
            return Err((5, Reason::OverrideDeny, Cause::Override));
        }
    }
    match acl::deny(context, permission) {
        None => Ok(()),
        Some(cause) => {
            watch.saw(|| (cause.to_string(), FindingOutcome::Holds, None));
            Err((5, Reason::AclDeny, cause))
        }
    }
}

/// Step 7: every gate of the resource type is open. The model has no cycle of
/// gates, so this ends.
fn gates<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), Denial<'a>> {
    let model = context.model;
    let kind = model.permission(permission).and_then(|row| model.kind(row.kind));
    for gate in kind.map_or(&[] as &[_], |kind| &kind.requires) {
        let Some(row) = model.permission(*gate) else { continue };
        let bare = AdmittedTarget::bare(model, row.kind);
        let open = access(&context.about(&bare), *gate, &mut Silent).is_ok();
        let (kind, action) = (model.kind_name(row.kind), &*row.action);
        watch.saw(|| {
            let outcome = if open { FindingOutcome::Holds } else { FindingOutcome::Fails };
            (format!("gate:{kind}:{action}"), outcome, None)
        });
        if !open {
            return Err((7, Reason::GateClosed, Cause::Gate { kind, action }));
        }
    }
    Ok(())
}

/// Adds the step to a denial.
fn at<'a>(step: u8) -> impl Fn((Reason, Cause<'a>)) -> Denial<'a> {
    move |(reason, cause)| (step, reason, cause)
}
