//! Explanations for programs, field by field as the gRPC API names them.

use serde_json::{Value, json};

use super::story::{finding_word, step_word};
use crate::decide::{Explanation, Finding, Step};

/// An explanation.
pub(super) fn explanation(story: &Explanation) -> Value {
    let Explanation { steps, ignored } = story;
    json!({ "steps": steps.iter().map(step).collect::<Vec<_>>(), "ignored": ignored })
}

fn step(step: &Step) -> Value {
    let Step { number, title, outcome, findings } = step;
    json!({
        "number": number,
        "title": title,
        "outcome": step_word(*outcome),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    let Finding { subject, outcome, condition, values, note } = finding;
    let values: Vec<Value> =
        values.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({
        "subject": subject,
        "outcome": finding_word(*outcome),
        "condition": condition,
        "values": values,
        "note": note,
    })
}
