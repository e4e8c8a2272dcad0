//! Another judge: Cedar, by other people, that exported policies are decided by.
//!
//! Owns the tests that hold the engine and the export against one another.
//! `ask` puts a question as docs/cedar.md says, from what was exported alone;
//! `engine` is Cedar; `worlds` asks about generated policies, `corpus` about
//! those of `examples` and `tests/policies`; `bites` shows that a wrong answer
//! is noticed. Only tests are built with it.

mod ask;
mod bites;
mod corpus;
mod engine;
mod worlds;

use crate::decide::reference::question::Question;
use crate::decide::{Request, RequestLimits, admit, check};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;

/// Whether the engine allows; `None` for a question that the door refuses.
fn engine_allows(snapshot: &Snapshot, question: &Question, now: Timestamp) -> Option<bool> {
    let (call, target) = (question.call(), question.target());
    let limits = RequestLimits::default();
    let caller = admit::caller(snapshot, &call, &limits).ok()?;
    let target = admit::target(snapshot, &caller, &target, &limits).ok()?;
    let permission = admit::action(snapshot, &target, &question.action).ok()?;
    let request = Request { caller: &caller, target: &target, permission };
    Some(check(snapshot, request, now).reason.allows())
}
