//! Step 6: does anything grant it?

use std::sync::Arc;

use super::acl;
use super::admit::Who;
use super::decision::{Cause, Reason};
use super::explanation::FindingOutcome;
use super::facts::{Context, View};
use super::watch::Watch;
use crate::condition::{Program, Tri};
use crate::document::definition::OverrideMode;
use crate::model::work;
use crate::snapshot::PermissionIx;

/// What grants it, or why nothing does.
pub(super) fn grant<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(Reason, Cause<'a>), (Reason, Cause<'a>)> {
    let by_role = role_grant(context, permission, watch);
    if let Ok(id) = by_role {
        return Ok((Reason::RoleGrant, Cause::Role(id)));
    }
    if override_grant(context, permission, watch) {
        return Ok((Reason::OverrideGrant, Cause::Override));
    }
    if let Some(cause) = acl::grant(context, permission) {
        watch.saw(|| (cause.to_string(), FindingOutcome::Holds, None));
        return Ok((Reason::AclGrant, cause));
    }
    match by_role {
        Err(Short { unknown: Some(id), .. }) => Err((Reason::MissingAttribute, Cause::Role(id))),
        Err(Short { failed: Some(id), .. }) => Err((Reason::ConditionFalse, Cause::Role(id))),
        _ => Err((Reason::NotGranted, Cause::None)),
    }
}

/// All conditions together; true when there are none.
pub(super) fn all(when: &[Arc<Program>], facts: &View<'_, '_>) -> Tri {
    Tri::all(when.iter().map(|program| facts.evaluate(program)))
}

/// The roles that fell short, each the least of its kind.
struct Short<'a> {
    unknown: Option<&'a str>,
    failed: Option<&'a str>,
}

/// The role that grants: one without a condition before one with, then the
/// least by id, which is the order that roles are walked in.
fn role_grant<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<&'a str, Short<'a>> {
    let roles = context.roles;
    if roles.always(permission)
        && let Some(role) =
            roles.iter().map(|(_, role)| role).find(|role| role.grant.always.contains(permission))
    {
        watch.saw(|| (format!("role:{}", role.id), FindingOutcome::Holds, None));
        return Ok(&role.id);
    }
    let mut short = Short { unknown: None, failed: None };
    if !roles.sometimes(permission) {
        return Err(short);
    }
    let facts = context.view();
    for (_, role) in roles.iter() {
        for entry in role.grant.conditional(permission) {
            work::step();
            let outcome = all(&entry.when, &facts);
            watch.weighed(|| format!("role:{}", role.id), &entry.when, &facts, outcome);
            match outcome {
                Tri::True => return Ok(&role.id),
                Tri::Unknown => short.unknown = short.unknown.or(Some(&role.id)),
                Tri::False => short.failed = short.failed.or(Some(&role.id)),
            }
        }
    }
    Err(short)
}

fn override_grant<W: Watch>(context: &Context<'_>, permission: PermissionIx, watch: &mut W) -> bool {
    let Who::Member { row: Some(member), .. } = context.caller.who else { return false };
    if !member.overrides.as_ref().is_some_and(|overrides| overrides.allow.contains(permission)) {
        return false;
    }
    let on = context.tenant.frame.overrides == OverrideMode::On;
    watch.saw(|| {
        if on {
            ("override".to_owned(), FindingOutcome::Holds, None)
        } else {
            ("override".to_owned(), FindingOutcome::Dormant, Some("the plan sets it aside".to_owned()))
        }
    });
    on
}
