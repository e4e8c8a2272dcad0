//! Check: one question, one answer.

use super::answer::{answer, as_new_as, basis, fits};
use super::limits::Limits;
use super::refusal::Refusal;
use crate::decide::admit;
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
    let admitted = admit::question(snapshot, &asked.call, &asked.target, asked.action, &limits.question);
    let admitted = admitted.map_err(Refusal::Fields)?;
    let answer = answer(snapshot, admitted.request(), now, asked.explain);
    let response = wire::answer::check(answer, basis(snapshot, asked.call.tenant));
    fits(response, limits.response())
}
