//! Check: one question, one answer.

use super::answer::{answer, as_new_as, basis, fits};
use super::refusal::{Refusal, absorb};
use super::shared::Shared;
use crate::decide::admit;
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::telemetry::Rpc;
use crate::wire::{self, api, question};

/// Answers a Check from one snapshot, at one instant.
pub(super) fn check(
    snapshot: &Snapshot,
    now: Timestamp,
    Shared { limits, metrics, .. }: &Shared,
    request: &api::CheckRequest,
) -> Result<api::CheckResponse, Refusal> {
    let (asked, mut faults) = question::check(request);
    if faults.is_empty() {
        // Before admission: what an older policy does not know may be no fault.
        as_new_as(snapshot, asked.at_least, &limits.revisions)?;
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
    let request = admitted.request();
    metrics.ignored(request.caller.ignored());
    metrics.ignored(request.target.ignored());
    let answer = answer(snapshot, request, now, asked.explain);
    metrics.decided(Rpc::Check, answer.decision.reason);
    let response = wire::answer::check(answer, basis(snapshot, asked.call.tenant));
    fits(response, limits.response())
}
