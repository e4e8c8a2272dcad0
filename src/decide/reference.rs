//! The judge: a second evaluator, written from the specification alone, that
//! the engine is held against.
//!
//! Every step of the decision is computed on its own, over the definitions as
//! they were written, whether or not an earlier step denies; the first denial
//! is the answer. Invariants:
//!
//! 1. *Independent.* It shares with the engine only definitions, keys and the
//!    words of questions and answers. It never reads a snapshot or a program.
//! 2. *Obvious before fast.* Sets and loops over text; nothing is indexed, and
//!    nothing is remembered but parsed expressions.
//!
//! It has no explanation, no list and no counter. It may panic on a policy
//! that checking would have refused. Tests and fuzzing have it; a sidecar does not.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "whoever judges may panic")]
#![cfg_attr(not(test), expect(dead_code, reason = "fuzzing needs less of it than the tests"))]

mod acl;
mod build;
mod cel;
pub(crate) mod compare;
mod door;
mod facts;
mod grants;
mod limits;
pub(crate) mod question;
mod steps;
mod value;
mod who;
pub(crate) mod world;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;

use super::{Call, FaultKind, Reason, Target, Via};
use crate::document::definition::{Policy, Tenant};
use crate::model::Timestamp;

/// What is wrong with a question, by field path.
pub(crate) type Faults = Vec<(String, FaultKind)>;

/// An answer as a caller sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Answer {
    /// Why.
    pub(crate) reason: Reason,
    /// The text of what settled it.
    pub(crate) cause: String,
    /// Whether the resource must be said not to exist.
    pub(crate) hidden: bool,
    /// The missing attributes, sorted.
    pub(crate) missing: Vec<String>,
}

/// One thing that by itself would deny.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Denial {
    /// The step, 1 to 9.
    pub(crate) step: u8,
    /// The reason it would give.
    pub(crate) reason: Reason,
    /// The cause it would give.
    pub(crate) cause: String,
    /// The attributes it would call missing.
    pub(crate) missing: Vec<String>,
}

/// An answer, and everything that would have denied, in order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Judgement {
    /// The answer.
    pub(crate) answer: Answer,
    /// All denials. The first, if any, is the answer.
    pub(crate) denials: Vec<Denial>,
}

/// One question about one permission, in a tenant that exists.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    policy: &'a Policy,
    tenant: &'a Tenant,
    call: &'a Call<'a>,
    /// Through what the principal acts.
    via: Option<&'a Via<'a>>,
    target: &'a Target<'a>,
    action: &'a str,
    now: Timestamp,
    /// Whether the permission is asked as a gate: ACLs play no part.
    gate: bool,
}

/// Answers a question, or tells the faults of the first part that has any: the
/// call, then the target, then the action.
pub(crate) fn reference(
    policy: &Policy,
    call: &Call<'_>,
    target: &Target<'_>,
    action: &str,
    now: Timestamp,
) -> Result<Answer, Faults> {
    judge(policy, call, target, action, now).map(|judgement| judgement.answer)
}

/// What an expression comes to for a question; `None` is unknown.
pub(crate) fn truth(
    policy: &Policy,
    call: &Call<'_>,
    target: &Target<'_>,
    now: Timestamp,
    text: &str,
) -> Option<bool> {
    let tenant = &policy.tenants[call.tenant];
    let via = call.via.as_ref();
    Case { policy, tenant, call, via, target, action: "", now, gate: false }.truth(None, text)
}

/// Answers a question and tells what else would have denied.
pub(crate) fn judge(
    policy: &Policy,
    call: &Call<'_>,
    target: &Target<'_>,
    action: &str,
    now: Timestamp,
) -> Result<Judgement, Faults> {
    door::admit(policy, call, target, action)?;
    let Some(tenant) = policy.tenants.get(call.tenant) else {
        let denial =
            Denial { step: 1, reason: Reason::UnknownTenant, cause: String::new(), missing: Vec::new() };
        return Ok(Judgement { answer: denied(&denial, false), denials: vec![denial] });
    };
    let via = call.via.as_ref();
    let case = Case { policy, tenant, call, via, target, action, now, gate: false };
    let denials = steps::denials(&case);
    let answer = match denials.first() {
        Some(first) => denied(first, first.step >= 4 && hides(&case)),
        None => {
            let (reason, cause) = steps::allowance(&case);
            Answer { reason, cause, hidden: false, missing: Vec::new() }
        }
    };
    Ok(Judgement { answer, denials })
}

fn denied(denial: &Denial, hidden: bool) -> Answer {
    let Denial { step: _, reason, cause, missing } = denial.clone();
    Answer { reason, cause, hidden, missing }
}

/// Whether a denial of this case hides the resource: it is a particular one,
/// and the action without which it is hidden is denied too.
fn hides(case: &Case<'_>) -> bool {
    let Some(kind) = case.policy.model.resources.get(case.target.kind) else { return false };
    let Some(without) = &kind.hidden_without else { return false };
    case.target.id.is_some() && !steps::denials(&Case { action: without, ..*case }).is_empty()
}
