//! Explanations, written as messages.

use super::api;
use crate::decide::{Explanation, Finding, FindingOutcome, Step, StepOutcome};

/// Writes an explanation.
pub(crate) fn explanation(told: Explanation) -> api::Explanation {
    let Explanation { steps, ignored } = told;
    api::Explanation { steps: steps.into_iter().map(step).collect(), ignored }
}

fn step(told: Step) -> api::Step {
    let Step { number, title, outcome, findings } = told;
    let outcome = match outcome {
        StepOutcome::Passed => api::StepOutcome::Passed,
        StepOutcome::Denied => api::StepOutcome::Denied,
        StepOutcome::NotReached => api::StepOutcome::NotReached,
        StepOutcome::NotAsked => api::StepOutcome::NotAsked,
    };
    api::Step {
        number: number.into(),
        title: title.into_owned(),
        outcome: outcome.into(),
        findings: findings.into_iter().map(finding).collect(),
    }
}

fn finding(told: Finding) -> api::Finding {
    let Finding { subject, outcome, condition, values, note } = told;
    let outcome = match outcome {
        FindingOutcome::Holds => api::FindingOutcome::Holds,
        FindingOutcome::Fails => api::FindingOutcome::Fails,
        FindingOutcome::Unknown => api::FindingOutcome::Unknown,
        FindingOutcome::Dormant => api::FindingOutcome::Dormant,
        FindingOutcome::Exempt => api::FindingOutcome::Exempt,
    };
    let values = values.into_iter().map(|(name, value)| api::FindingValue { name, value }).collect();
    api::Finding { subject, outcome: outcome.into(), condition, values, note }
}
