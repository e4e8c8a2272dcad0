//! Explanations for people: every step in order, and under it what it looked at.

use super::out::{Out, Tone};
use crate::decide::{Explanation, Finding, FindingOutcome, Step, StepOutcome};

/// Prints an explanation.
pub(super) fn print(story: &Explanation, out: &Out) {
    for line in lines(story, out) {
        out.line(line);
    }
}

/// An explanation, line by line.
pub(super) fn lines(story: &Explanation, out: &Out) -> Vec<String> {
    story.steps.iter().flat_map(|step| step_lines(step, out)).collect()
}

/// How a step came out, in a word or two.
pub(super) const fn step_word(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Passed => "passed",
        StepOutcome::Denied => "denied",
        StepOutcome::NotReached => "not reached",
        StepOutcome::NotAsked => "not asked",
    }
}

/// What came of a finding, in a word or three.
pub(super) const fn finding_word(outcome: FindingOutcome) -> &'static str {
    match outcome {
        FindingOutcome::Holds => "holds",
        FindingOutcome::Fails => "does not hold",
        FindingOutcome::Unknown => "unknown",
        FindingOutcome::Dormant => "dormant",
        FindingOutcome::Exempt => "exempt",
    }
}

fn step_lines(step: &Step, out: &Out) -> Vec<String> {
    let text = format!("{}. {}: {}", step.number, step.title, step_word(step.outcome));
    let head = match step.outcome {
        StepOutcome::Denied => out.paint(Tone::Bad, text),
        StepOutcome::NotReached | StepOutcome::NotAsked => out.paint(Tone::Faint, text),
        StepOutcome::Passed => text,
    };
    let mut lines = vec![head];
    lines.extend(step.findings.iter().flat_map(finding_lines));
    lines
}

fn finding_lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("   {} {}", finding.subject, finding_word(finding.outcome))];
    if let Some(note) = &finding.note {
        lines.push(format!("     {note}"));
    }
    if let Some(condition) = &finding.condition {
        lines.push(format!("     if {condition}"));
    }
    lines.extend(finding.values.iter().map(|(name, value)| format!("     {name} = {value}")));
    lines
}
