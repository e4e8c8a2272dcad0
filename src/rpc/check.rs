//! Check: one question, one answer.

use super::answer::{answer, as_new_as, basis, fits};
use super::limits::Limits;
use super::refusal::{Refusal, absorb};
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
    let (asked, mut faults) = question::check(request);
    if faults.is_empty() {
        // Before admission: what an older policy does not know may be no fault.
        as_new_as(snapshot, asked.at_least)?;
    }
    let admitted = admit::question(snapshot, &asked.call, &asked.target, asked.action, &limits.question);
    let admitted = match admitted {
        Ok(admitted) if faults.is_empty() => admitted,
        Ok(_) => return Err(Refusal::Fields(faults)),
        Err(more) => {
            absorb(&mut faults, more);
            return Err(Refusal::Fields(faults));
        }
    };
    let answer = answer(snapshot, admitted.request(), now, asked.explain);
    let response = wire::answer::check(answer, basis(snapshot, asked.call.tenant));
    fits(response, limits.response())
}
