//! One question answered, and held against what a document expects.

use super::question::about;
use super::{Depth, Run};
use crate::decide::{self, Call, Explanation, FieldFault, Reason, Target};
use crate::document::definition::{Expected, Outcome};
use crate::model::Timestamp;

/// What the door or the engine said.
#[derive(Debug)]
pub(super) enum Answer {
    /// The engine decided.
    Decided {
        reason: Reason,
        cause: String,
        hidden: bool,
        /// Only where somebody wants to know.
        explanation: Option<Explanation>,
    },
    /// The door refused the question.
    Refused(Vec<FieldFault>),
}

/// The code of every refusal at the door.
const REFUSED: &str = "INVALID_ARGUMENT";

impl Run<'_> {
    /// Asks one question, and notes what it touched.
    pub(super) fn ask(
        &mut self,
        call: &Call<'_>,
        target: &Target<'_>,
        action: &str,
        now: Timestamp,
    ) -> Answer {
        let answer = self.decide((call, target, action), now, self.depth);
        if let Answer::Decided { reason, explanation: Some(story), .. } = &answer {
            self.report.coverage.touch(self.policy, (call, target.kind, action, now), (*reason, story));
        }
        answer
    }

    /// Answers one question, noting nothing.
    pub(super) fn decide(
        &self,
        (call, target, action): (&Call<'_>, &Target<'_>, &str),
        now: Timestamp,
        depth: Depth,
    ) -> Answer {
        let admitted = match decide::admit::question(self.snapshot, call, target, action, &self.limits) {
            Ok(admitted) => admitted,
            Err(faults) => return Answer::Refused(faults),
        };
        let request = admitted.request();
        let decision = decide::check(self.snapshot, request, now);
        Answer::Decided {
            reason: decision.reason,
            cause: decision.cause.to_string(),
            hidden: decision.hidden,
            explanation: match depth {
                Depth::Story => Some(decide::explain(self.snapshot, request, now).1),
                Depth::Verdict => None,
            },
        }
    }
}

impl Answer {
    /// Whether it is what was expected, in everything that was said.
    pub(super) fn meets(&self, expected: &Expected) -> bool {
        match (self, expected.outcome) {
            (Self::Refused(_), Outcome::Error) => {
                expected.reason.as_deref().is_none_or(|code| code == REFUSED)
            }
            (Self::Decided { reason, cause, hidden, .. }, Outcome::Allow | Outcome::Deny) => {
                reason.allows() == (expected.outcome == Outcome::Allow)
                    && expected.reason.as_deref().is_none_or(|name| name == reason.name())
                    && expected.cause.as_ref().is_none_or(|text| text == cause)
                    && expected.hidden.is_none_or(|wanted| wanted == *hidden)
            }
            _ => false,
        }
    }

    /// The answer for people.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Decided { reason, cause, hidden, .. } => {
                let verdict = if reason.allows() { "allow" } else { "deny" };
                let detail =
                    [Some(cause.as_str()).filter(|text| !text.is_empty()), hidden.then_some("hidden")];
                spell(verdict, Some(reason.name()), detail)
            }
            Self::Refused(faults) => {
                let faults: Vec<String> =
                    faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message)).collect();
                format!("error {REFUSED} ({})", faults.join("; "))
            }
        }
    }

    /// The story of the decision, if there is one.
    pub(super) fn into_story(self) -> Option<Explanation> {
        match self {
            Self::Decided { explanation, .. } => explanation,
            Self::Refused(_) => None,
        }
    }
}

/// An expectation for people.
pub(super) fn wanted(expected: &Expected) -> String {
    let verdict = match expected.outcome {
        Outcome::Allow => "allow",
        Outcome::Deny => "deny",
        Outcome::Error => "error",
    };
    let hidden = expected.hidden.map(|hidden| if hidden { "hidden" } else { "not hidden" });
    spell(verdict, expected.reason.as_deref(), [expected.cause.as_deref(), hidden])
}

/// A question for people.
pub(super) fn asked(call: &Call<'_>, target: &Target<'_>, action: &str) -> String {
    let key = call.principal.key;
    let mut text = format!("may `{}:{}` {action} `{}`", key.kind, key.id, about(target));
    match &call.via {
        Some(decide::Via { app: Some(app), .. }) => {
            text.push_str(&format!(" via `{}:{}`", app.kind, app.id));
        }
        Some(_) => text.push_str(" with a token"),
        None => {}
    }
    text.push_str(&format!(" in `{}`?", call.tenant));
    text
}

fn spell(verdict: &str, reason: Option<&str>, detail: [Option<&str>; 2]) -> String {
    let mut text = verdict.to_owned();
    if let Some(reason) = reason {
        text.push(' ');
        text.push_str(reason);
    }
    let detail: Vec<&str> = detail.into_iter().flatten().collect();
    if !detail.is_empty() {
        text.push_str(&format!(" ({})", detail.join(", ")));
    }
    text
}
