//! Step 8: does every restriction in force let it through?

use super::admit::Who;
use super::decision::{Cause, Reason};
use super::explanation::FindingOutcome;
use super::facts::{Context, View};
use super::watch::Watch;
use crate::condition::Tri;
use crate::document::definition::RestrictionMode;
use crate::model::{Value, work};
use crate::snapshot::PermissionIx;
use crate::snapshot::index::RestrictionIx;
use crate::snapshot::tenant::{Frame, Switch};

/// The restriction that stands in the way, if one does: one that is false
/// before one that is unknown, then the least by id.
pub(super) fn restriction<'a, W: Watch>(
    context: &Context<'a>,
    permission: PermissionIx,
    watch: &mut W,
) -> Result<(), (Reason, Cause<'a>)> {
    let mut failed: Option<RestrictionIx> = None;
    let mut unknown: Option<RestrictionIx> = None;
    for (ix, params, on) in switched_on(context) {
        work::step();
        let Some(row) = context.model.restrictions.get(ix.at()) else { continue };
        if !row.covers.contains(permission) {
            continue;
        }
        let subject = || format!("restriction:{}", row.id);
        if !on {
            watch.saw(|| (subject(), FindingOutcome::Dormant, Some("the plan sets it aside".to_owned())));
            continue;
        }
        if row.exempt.iter().any(|role| context.roles.holds(*role)) {
            watch.saw(|| (subject(), FindingOutcome::Exempt, None));
            continue;
        }
        let facts = View { context, params };
        let outcome = facts.evaluate(&row.allow_when);
        watch.weighed(subject, std::slice::from_ref(&row.allow_when), &facts, outcome);
        match outcome {
            Tri::True => {}
            Tri::False => failed = Some(failed.map_or(ix, |least| least.min(ix))),
            Tri::Unknown => unknown = Some(unknown.map_or(ix, |least| least.min(ix))),
        }
    }
    let (reason, ix) = match (failed, unknown) {
        (Some(ix), _) => (Reason::Restricted, ix),
        (None, Some(ix)) => (Reason::MissingAttribute, ix),
        (None, None) => return Ok(()),
    };
    let id = context.model.restrictions.get(ix.at()).map_or("", |row| &*row.id);
    Err((reason, Cause::Restriction(id)))
}

/// Every restriction that is always on or was switched on, with the params of
/// the switch, and whether the plan leaves it in force.
fn switched_on<'a>(context: &Context<'a>) -> impl Iterator<Item = (RestrictionIx, &'a [Value], bool)> {
    let frame: &'a Frame = &context.tenant.frame;
    let on = frame.restrictions == RestrictionMode::On;
    let member: &'a [Switch] = match context.caller.who {
        Who::Member { row: Some(member), .. } => {
            member.switches.as_ref().map_or(&[], |switches| &switches.live)
        }
        _ => &[],
    };
    let none = frame.role_switches.is_empty();
    let by_role = context.roles.iter().take_while(move |_| !none).flat_map(|(ix, _)| frame.switches_of(ix));
    let switches = member.iter().chain(by_role).map(move |switch| (switch.restriction, &*switch.params, on));
    context.model.always.iter().map(|ix| (*ix, &[] as &[Value], true)).chain(switches)
}
