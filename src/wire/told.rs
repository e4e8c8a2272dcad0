//! Responses and errors, read as answers: what a sidecar tells the command line.
//!
//! A word that this build does not know is passed on as such where people read
//! it, and denies where something hangs on it.

use std::borrow::Cow;

use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::api;
use crate::decide::{Explanation, Finding, FindingOutcome, Step, StepOutcome};
use crate::model::Revision;

/// The answer to one question.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) allowed: bool,
    /// As people spell it: `ROLE_GRANT`.
    pub(crate) reason: String,
    /// As it is printed: `role:admin`. Empty for none.
    pub(crate) cause: String,
    pub(crate) hidden: bool,
    pub(crate) missing: Vec<String>,
    pub(crate) story: Option<Explanation>,
    pub(crate) revision: Option<Revision>,
    pub(crate) tenant_revision: Option<Revision>,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) listed: Listed,
    /// Where the list goes on; empty if it does not.
    pub(crate) next: String,
    pub(crate) revision: Option<Revision>,
    pub(crate) tenant_revision: Option<Revision>,
}

/// What is listed, each with its type and id.
#[derive(Clone, Debug)]
pub(crate) enum Listed {
    /// Actions with `ALWAYS`, `NEVER` or `CONDITIONAL`.
    Actions(Vec<(String, &'static str)>),
    Resources(Vec<(String, String)>),
    Principals {
        known: Vec<(String, String)>,
        anyone: bool,
    },
}

impl Listed {
    /// Adds the next page of the same list; `false` if it is of another kind.
    pub(crate) fn append(&mut self, more: Self) -> bool {
        match (self, more) {
            (Self::Actions(items), Self::Actions(more)) => items.extend(more),
            (Self::Resources(keys), Self::Resources(more)) => keys.extend(more),
            (Self::Principals { known, anyone }, Self::Principals { known: more, anyone: same }) => {
                known.extend(more);
                *anyone = same;
            }
            _ => return false,
        }
        true
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) code: Code,
    /// The code as it is spelled: `INVALID_ARGUMENT`.
    pub(crate) name: String,
    pub(crate) message: String,
    /// The fields at fault, each with what is wrong.
    pub(crate) fields: Vec<(String, String)>,
    /// How many more there are.
    pub(crate) more: usize,
    /// The question that this listener does not answer, if that is why.
    pub(crate) not_here: Option<String>,
}

/// The response says nothing that can be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unreadable;

/// Reads the response to a Check.
pub(crate) fn check(response: api::CheckResponse) -> Result<Answer, Unreadable> {
    let api::CheckResponse {
        decision,
        reason,
        cause,
        hidden,
        missing_attributes,
        revision,
        tenant_revision,
        explanation,
    } = response;
    let reason = match api::Reason::try_from(reason) {
        Ok(reason) => reason.as_str_name().trim_start_matches("REASON_").to_owned(),
        Err(_) => format!("REASON_{reason}"),
    };
    Ok(Answer {
        allowed: decision == i32::from(api::Decision::Allow),
        reason,
        cause: cause.as_ref().map(cause_text).unwrap_or_default(),
        hidden,
        missing: missing_attributes,
        story: explanation.map(story).transpose()?,
        revision: revision.map(read_revision),
        tenant_revision: tenant_revision.map(read_revision),
    })
}

/// Reads a page of a list.
pub(crate) fn list(response: api::ListAllowedResponse) -> Result<Page, Unreadable> {
    use api::list_allowed_response::Answer;

    let api::ListAllowedResponse { answer, complete, next_page_token, revision, tenant_revision } = response;
    if complete != next_page_token.is_empty() {
        return Err(Unreadable);
    }
    let listed = match answer {
        Some(Answer::Actions(api::ActionsAnswer { items })) => {
            let items = items
                .into_iter()
                .map(|api::ActionAllowed { action, result }| Ok((action, result_word(result)?)));
            Listed::Actions(items.collect::<Result<_, _>>()?)
        }
        Some(Answer::Resources(api::ResourcesAnswer { resources })) => {
            let keys = resources.into_iter().map(|api::ResourceRef { r#type, id }| (r#type, id));
            Listed::Resources(keys.collect())
        }
        Some(Answer::Principals(api::PrincipalsAnswer { principals, anyone })) => {
            let keys = principals.into_iter().map(|api::PrincipalRef { r#type, id }| (r#type, id));
            Listed::Principals { known: keys.collect(), anyone }
        }
        // Nobody asks for a filter.
        Some(Answer::Filter(_)) | None => return Err(Unreadable),
    };
    Ok(Page {
        listed,
        next: next_page_token,
        revision: revision.map(read_revision),
        tenant_revision: tenant_revision.map(read_revision),
    })
}

/// Reads an error.
pub(crate) fn refused(status: &Status) -> Refused {
    let details = status.get_error_details();
    let metadata = details.error_info().map(|info| &info.metadata);
    let fields: Vec<(String, String)> = details
        .bad_request()
        .map(|bad| &bad.field_violations[..])
        .unwrap_or_default()
        .iter()
        .map(|fault| (fault.field.clone(), fault.description.clone()))
        .collect();
    let told = metadata.and_then(|metadata| metadata.get("faults")?.parse::<usize>().ok());
    Refused {
        code: status.code(),
        name: code_name(status.code()),
        message: status.message().to_owned(),
        more: told.unwrap_or_default().saturating_sub(fields.len()),
        fields,
        not_here: (status.code() == Code::PermissionDenied)
            .then(|| metadata.and_then(|metadata| metadata.get("question").cloned()))
            .flatten(),
    }
}

/// A cause as the proto says it is printed.
pub(super) fn cause_text(cause: &api::Cause) -> String {
    let api::Cause { kind, id, resource, entry } = cause;
    let resource = resource.as_ref().map(|key| format!("{}:{}", key.r#type, key.id)).unwrap_or_default();
    match kind.as_str() {
        "member" | "override" | "token" => kind.clone(),
        "acl" => format!("{kind}:{resource}/{entry}"),
        "app" => format!("{kind}:{resource}"),
        _ => format!("{kind}:{id}"),
    }
}

/// Reads a revision.
pub(super) const fn read_revision(api::Revision { epoch, number }: api::Revision) -> Revision {
    Revision::new(epoch, number)
}

fn result_word(result: i32) -> Result<&'static str, Unreadable> {
    match api::ListResult::try_from(result) {
        Ok(api::ListResult::Always) => Ok("ALWAYS"),
        Ok(api::ListResult::Never) => Ok("NEVER"),
        Ok(api::ListResult::Conditional) => Ok("CONDITIONAL"),
        Ok(api::ListResult::Unspecified) | Err(_) => Err(Unreadable),
    }
}

fn story(told: api::Explanation) -> Result<Explanation, Unreadable> {
    let api::Explanation { steps, ignored } = told;
    Ok(Explanation { steps: steps.into_iter().map(step).collect::<Result<_, _>>()?, ignored })
}

fn step(told: api::Step) -> Result<Step, Unreadable> {
    let api::Step { number, title, outcome, findings } = told;
    let outcome = match api::StepOutcome::try_from(outcome) {
        Ok(api::StepOutcome::Passed) => StepOutcome::Passed,
        Ok(api::StepOutcome::Denied) => StepOutcome::Denied,
        Ok(api::StepOutcome::NotReached) => StepOutcome::NotReached,
        Ok(api::StepOutcome::NotAsked) => StepOutcome::NotAsked,
        Ok(api::StepOutcome::Unspecified) | Err(_) => return Err(Unreadable),
    };
    Ok(Step {
        number: u8::try_from(number).map_err(|_| Unreadable)?,
        title: Cow::Owned(title),
        outcome,
        findings: findings.into_iter().map(finding).collect::<Result<_, _>>()?,
    })
}

fn finding(told: api::Finding) -> Result<Finding, Unreadable> {
    let api::Finding { subject, outcome, condition, values, note } = told;
    let outcome = match api::FindingOutcome::try_from(outcome) {
        Ok(api::FindingOutcome::Holds) => FindingOutcome::Holds,
        Ok(api::FindingOutcome::Fails) => FindingOutcome::Fails,
        Ok(api::FindingOutcome::Unknown) => FindingOutcome::Unknown,
        Ok(api::FindingOutcome::Dormant) => FindingOutcome::Dormant,
        Ok(api::FindingOutcome::Exempt) => FindingOutcome::Exempt,
        Ok(api::FindingOutcome::Unspecified) | Err(_) => return Err(Unreadable),
    };
    let values = values.into_iter().map(|api::FindingValue { name, value }| (name, value)).collect();
    Ok(Finding { subject, outcome, condition, values, note })
}

/// `InvalidArgument` as the protocol spells it: `INVALID_ARGUMENT`.
fn code_name(code: Code) -> String {
    let mut name = String::new();
    for (at, c) in format!("{code:?}").chars().enumerate() {
        if at > 0 && c.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(c.to_ascii_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_as_in_the_protocol() {
        for (code, name) in [
            (Code::Ok, "OK"),
            (Code::InvalidArgument, "INVALID_ARGUMENT"),
            (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            (Code::Unavailable, "UNAVAILABLE"),
        ] {
            assert_eq!(code_name(code), name);
        }
    }

    #[test]
    fn what_is_not_said_is_no_permission() {
        for decision in [0, 1, 3, i32::MAX] {
            let response = api::CheckResponse { decision, ..api::CheckResponse::default() };
            assert!(!check(response).unwrap().allowed, "{decision}");
        }
        let newer = api::CheckResponse { decision: 2, reason: 4711, ..api::CheckResponse::default() };
        let answer = check(newer).unwrap();
        assert!(answer.allowed);
        assert_eq!(answer.reason, "REASON_4711");
    }

    #[test]
    fn a_page_without_an_answer_is_none() {
        assert_eq!(list(api::ListAllowedResponse::default()).unwrap_err(), Unreadable);
    }
}
