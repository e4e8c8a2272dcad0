//! The engine's answers in the judge's words, so that the two can be compared.
//!
//! Owns the way from an owned question to the engine's answer, asked in every way there is; nothing is judged here.

use std::collections::BTreeSet;

use super::question::Question;
use super::{Answer, Faults};
use crate::decide::{Caller, FieldFault, Request, RequestLimits, admit, check, explain, missing_attributes};
use crate::document::definition::Policy;
use crate::document::{PolicyLimits, Severity, check as check_policy};
#[cfg(test)]
use crate::document::{Source, Sources, load};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;

/// The engine's answer, every name resolved afresh.
pub(crate) fn answer(snapshot: &Snapshot, question: &Question, now: Timestamp) -> Result<Answer, Faults> {
    let call = question.call();
    let caller = admit::caller(snapshot, &call, &RequestLimits::default()).map_err(told)?;
    answer_to(snapshot, &caller, question, now)
}

/// The engine's answer to a caller that is resolved.
pub(super) fn answer_to(
    snapshot: &Snapshot,
    caller: &Caller<'_>,
    question: &Question,
    now: Timestamp,
) -> Result<Answer, Faults> {
    let target = question.target();
    let target = admit::target(snapshot, caller, &target, &RequestLimits::default()).map_err(told)?;
    let permission = admit::action(snapshot, &target, &question.action).map_err(|fault| told(vec![fault]))?;
    let request = Request { caller, target: &target, permission };
    let decision = check(snapshot, request, now);
    assert_eq!(decision, check(snapshot, request, now), "the same request, asked twice");
    let (explained, _) = explain(snapshot, request, now);
    assert_eq!(decision, explained, "an explanation tells another decision");
    Ok(Answer {
        reason: decision.reason,
        cause: decision.cause.to_string(),
        hidden: decision.hidden,
        missing: missing_attributes(snapshot, request, now),
    })
}

fn told(faults: Vec<FieldFault>) -> Faults {
    faults.into_iter().map(|fault| (fault.field, fault.kind)).collect()
}

/// Whether two answers are the same. Faults are sets.
pub(crate) fn agree(a: &Result<Answer, Faults>, b: &Result<Answer, Faults>) -> bool {
    let set = |faults: &Faults| -> BTreeSet<String> {
        faults.iter().map(|(field, kind)| format!("{field} {kind:?}")).collect()
    };
    match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(a), Err(b)) => set(a) == set(b),
        _ => false,
    }
}

/// A snapshot of a policy, or what checking says of it.
pub(crate) fn compile(policy: &Policy) -> Result<Snapshot, String> {
    let (checked, diagnostics) = check_policy(policy.clone(), &PolicyLimits::default());
    match checked {
        Some(checked) => Ok(Snapshot::compile(&checked, Revision::new(1, 1))),
        None => {
            let faults = diagnostics.into_iter().filter(|told| told.severity == Severity::Fault);
            let faults: Vec<String> = faults.map(|fault| fault.message).collect();
            Err(format!("checking refuses the world: {}", faults.join("; ")))
        }
    }
}

/// The policy that documents make.
#[cfg(test)]
pub(crate) fn documents(texts: &[&str]) -> Policy {
    let source =
        |(number, text): (usize, &&str)| Source { path: format!("{number}.yaml"), text: (*text).to_owned() };
    let sources = Sources::new(texts.iter().enumerate().map(source).collect());
    let loaded = load(&sources, &PolicyLimits::default());
    let faults =
        || loaded.diagnostics.iter().map(|told| told.message.as_str()).collect::<Vec<_>>().join("; ");
    loaded.checked.as_ref().unwrap_or_else(|| panic!("{}", faults())).policy().clone()
}
