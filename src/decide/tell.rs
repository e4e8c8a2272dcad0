//! The story of a decision: the steps as they went, and those never reached.

use std::borrow::Cow;

use super::Request;
use super::admit::{Acting, Who};
use super::decision::Decision;
use super::explanation::{Explanation, Step, StepOutcome};
use super::steps;
use super::watch::Story;
use crate::model::Timestamp;
use crate::snapshot::Snapshot;

const TITLES: [(u8, &str); 9] = [
    (1, "the tenant exists"),
    (2, "the principal is known"),
    (3, "the principal is active"),
    (4, "the plan has the features"),
    (5, "nothing denies it"),
    (6, "something grants it"),
    (7, "the gates are open"),
    (8, "every restriction lets it through"),
    (9, "the scopes allow it"),
];

/// Decides, and tells every step.
pub(super) fn explain<'a>(
    snapshot: &'a Snapshot,
    request: Request<'a>,
    now: Timestamp,
) -> (Decision<'a>, Explanation) {
    let mut story = Story::default();
    let Request { caller, target, permission } = request;
    let (decision, last) = steps::decide(snapshot, (caller, target), permission, now, &mut story);
    let asked = |number: u8| match (caller.who, caller.acting) {
        (Who::App(_), _) => !matches!(number, 6 | 7),
        (_, Acting::Itself) => number != 9,
        _ => true,
    };
    let steps = TITLES
        .into_iter()
        .map(|(number, title)| {
            let findings = story.steps.iter_mut().find(|(step, _)| *step == number);
            let findings = findings.map(|(_, findings)| std::mem::take(findings)).unwrap_or_default();
            let outcome = if !decision.allowed() && number == last {
                StepOutcome::Denied
            } else if number > last {
                StepOutcome::NotReached
            } else if asked(number) {
                StepOutcome::Passed
            } else {
                StepOutcome::NotAsked
            };
            Step { number, title: Cow::Borrowed(title), outcome, findings }
        })
        .collect();
    let ignored = caller.ignored().iter().chain(target.ignored()).cloned().collect();
    (decision, Explanation { steps, ignored })
}
