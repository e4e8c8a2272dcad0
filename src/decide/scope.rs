//! Step 9, and an app acting for itself: does a scope in force cover it?

use super::admit::Acting;
use super::decision::{Cause, Reason};
use super::explanation::FindingOutcome;
use super::facts::Context;
use super::grants::all;
use super::question::KeyRef;
use super::watch::Watch;
use crate::condition::Tri;
use crate::model::work;
use crate::snapshot::PermissionIx;
use crate::snapshot::model::ScopePart;

/// Whether the scopes let a principal do it through an app or token.
pub(super) fn via<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), (Reason, Cause<'a>)> {
    let without = match context.caller.acting {
        Acting::Itself => return Ok(()),
        Acting::Token => Cause::Token,
        Acting::App { key, installed: false, .. } => return Err((Reason::AppNotInstalled, Cause::App(key))),
        Acting::App { key, .. } => Cause::App(key),
    };
    let authority = context.roles.authority();
    let mut too_low: Option<&'a str> = None;
    let mut unknown: Option<&'a str> = None;
    for (part, outcome) in covering(context, permission, watch) {
        match outcome {
            Tri::True if authority >= part.authority => return Ok(()),
            Tri::True => too_low = too_low.or(Some(&part.scope)),
            Tri::Unknown => unknown = unknown.or(Some(&part.scope)),
            Tri::False => {}
        }
    }
    Err(match (too_low, unknown) {
        (Some(scope), _) => (Reason::AuthorityTooLow, Cause::Scope(scope)),
        (None, Some(scope)) => (Reason::MissingAttribute, Cause::Scope(scope)),
        (None, None) => (Reason::ScopeNotGranted, without),
    })
}

/// Whether its scopes let an app do it for itself. Reserved permissions they
/// never do.
pub(super) fn itself<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(Reason, Cause<'a>), (Reason, Cause<'a>)> {
    let app: KeyRef<'a> = context.caller.key;
    if context.model.reserved.contains(permission) {
        let note = "reserved permissions are never an app's own";
        watch.saw(|| (format!("app:{}:{}", app.kind, app.id), FindingOutcome::Fails, Some(note.to_owned())));
        return Err((Reason::ScopeNotGranted, Cause::App(app)));
    }
    let mut unknown: Option<&'a str> = None;
    for (part, outcome) in covering(context, permission, watch) {
        match outcome {
            Tri::True => return Ok((Reason::ScopeGrant, Cause::Scope(&part.scope))),
            Tri::Unknown => unknown = unknown.or(Some(&part.scope)),
            Tri::False => {}
        }
    }
    Err(match unknown {
        Some(scope) => (Reason::MissingAttribute, Cause::Scope(scope)),
        None => (Reason::ScopeNotGranted, Cause::App(app)),
    })
}

/// The scope parts in force that cover the permission, in order of scope, with
/// what their conditions say.
fn covering<'a, 'w, W: Watch>(
    context: &'w Context<'a>,
    permission: PermissionIx,
    watch: &'w mut W,
) -> impl Iterator<Item = (&'a ScopePart, Tri)> + 'w {
    let parts = context.caller.parts.iter().filter_map(|ix| context.model.parts.get(ix.at()));
    let covers = move |part: &&'a ScopePart| {
        work::step();
        part.grant.always.contains(permission) || part.grant.sometimes.contains(permission)
    };
    parts.filter(covers).map(move |part| {
        if part.grant.always.contains(permission) {
            watch.saw(|| (format!("scope:{}", part.scope), FindingOutcome::Holds, None));
            return (part, Tri::True);
        }
        let facts = context.view();
        let mut best = Tri::False;
        for entry in part.grant.conditional(permission) {
            let outcome = all(&entry.when, &facts);
            watch.weighed(|| format!("scope:{}", part.scope), &entry.when, &facts, outcome);
            match outcome {
                Tri::True => return (part, Tri::True),
                Tri::Unknown => best = Tri::Unknown,
                Tri::False => {}
            }
        }
        (part, best)
    })
}
