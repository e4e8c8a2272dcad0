//! Check: one question, one answer.

use super::answer::{answer, as_new_as, basis, fits};
use super::limits::Limits;
use super::refusal::Refusal;
use crate::decide::{Request, admit};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::wire::{self, api, question};

/// Answers a Check from one snapshot, at one instant.
pub(super) fn check(
    snapshot: &Snapshot,
    now: Timestamp,
    limits: &Limits,
    request: &api::CheckRequest,
) -> Result<api::CheckResponse, Refusal> {
    let asked = question::check(request).map_err(Refusal::Fields)?;
    as_new_as(snapshot, asked.at_least)?;
    let caller = admit::caller(snapshot, &asked.call, &limits.question);
    let caller = caller.map_err(Refusal::Fields)?;
    let target = admit::target(snapshot, &caller, &asked.target, &limits.question);
    let target = target.map_err(Refusal::Fields)?;
    let permission = admit::action(snapshot, &target, asked.action);
    let permission = permission.map_err(|fault| Refusal::Fields(vec![fault]))?;

    let request = Request { caller: &caller, target: &target, permission };
    let answer = answer(snapshot, request, now, asked.explain);
    let response = wire::answer::check(answer, basis(snapshot, asked.call.tenant));
    fits(response, limits.response())
}
