//! The one place where an error becomes a gRPC status.
//!
//! Every status of this API made here carries an `ErrorInfo` with a reason of the public
//! enum, and a `BadRequest` when fields are at fault.
//!
//! A status travels in headers, and most clients refuse headers above 8 KiB. So
//! what is told is bounded: long texts are clipped, and when there are too many
//! faults the first ones are told and all are counted.

mod push;

use std::collections::HashMap;
use std::fmt::Write;

use prost::Message;
use tonic::{Code, Status};
use tonic_types::{BadRequest, ErrorDetail, ErrorInfo, FieldViolation, StatusExt};

use super::api::ErrorReason;
use crate::decide::{FaultKind, FieldFault};
use crate::rpc::May;
use crate::rpc::refusal::{ByteLimit, Lacking, Refusal};

/// The domain of every reason.
const DOMAIN: &str = "sidegate.dev";
/// The most bytes of a path or of a description.
const TEXT_BYTES: usize = 320;
/// The most bytes of all faults of one status.
const FAULT_BYTES: usize = 3072;
/// What a fault takes besides its texts, at most.
const FRAME_BYTES: usize = 12;

/// Renders a refusal for the caller.
pub(crate) fn status(refusal: &Refusal) -> Status {
    let Told { code, reason, message, metadata, violations } = tell(refusal);
    let metadata: HashMap<String, String> =
        metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let info = ErrorDetail::from(ErrorInfo::new(reason.as_str_name(), DOMAIN, metadata));
    let mut details = vec![info];
    if !violations.is_empty() {
        details.push(BadRequest::new(violations).into());
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one maker of statuses")]
    Status::with_error_details_vec(code, message, details)
}

/// What health says of a service that is not here. It has no details: the standard
/// services promise none.
pub(crate) fn unknown_service() -> Status {
    #[expect(clippy::disallowed_methods, reason = "this is the one maker of statuses")]
    Status::not_found("no such service here")
}

/// What is said of a method that no service here has: as little as a generated service
/// says.
pub(crate) fn no_such_method() -> Status {
    #[expect(clippy::disallowed_methods, reason = "this is the one maker of statuses")]
    Status::unimplemented("")
}

/// Renders a refusal as a message, for an item of a batch.
pub(crate) fn item_status(refusal: &Refusal) -> tonic_types::Status {
    let status = status(refusal);
    // The details of a gRPC status are this very message, encoded.
    tonic_types::Status::decode(status.details()).unwrap_or_else(|_| tonic_types::Status {
        code: status.code().into(),
        message: status.message().to_owned(),
        details: Vec::new(),
    })
}

/// All that a status says.
struct Told {
    code: Code,
    reason: ErrorReason,
    message: String,
    metadata: Vec<(&'static str, String)>,
    violations: Vec<FieldViolation>,
}

impl Told {
    /// A code and a reason, and nothing else.
    const fn plain(code: Code, reason: ErrorReason, message: String) -> Self {
        Self { code, reason, message, metadata: Vec::new(), violations: Vec::new() }
    }
}

/// The table from refusals to codes and reasons.
fn tell(refusal: &Refusal) -> Told {
    let plain = Told::plain;
    match refusal {
        Refusal::Fields(faults) => tell_faults(faults),
        Refusal::RequestTooLarge(limit) => Told {
            metadata: named(limit),
            ..plain(
                Code::InvalidArgument,
                ErrorReason::RequestTooLarge,
                format!("the request is over the limit `{}` of {} bytes", limit.name, limit.bytes),
            )
        },
        Refusal::RequestUnreadable => plain(
            Code::InvalidArgument,
            ErrorReason::RequestUnreadable,
            "the request is not a message of the method's type".to_owned(),
        ),
        Refusal::ResponseTooLarge(limit) => Told {
            metadata: named(limit),
            ..plain(
                Code::ResourceExhausted,
                ErrorReason::ResponseTooLarge,
                format!(
                    "the response would be over the limit `{}` of {} bytes: ask less at once",
                    limit.name, limit.bytes
                ),
            )
        },
        Refusal::NoSnapshot => {
            plain(Code::Unavailable, ErrorReason::NoSnapshot, "there is no policy yet".to_owned())
        }
        Refusal::RevisionNotReached { wanted, installed } => Told {
            metadata: vec![("wanted", wanted.to_string()), ("installed", installed.to_string())],
            ..plain(
                Code::Unavailable,
                ErrorReason::RevisionNotReached,
                format!("the policy is at revision {installed}, not yet at {wanted}"),
            )
        },
        Refusal::PolicyStale => plain(
            Code::Unavailable,
            ErrorReason::PolicyStale,
            "the source of policy has been silent for longer than the sidecar answers without it".to_owned(),
        ),
        Refusal::RevisionNotComparable => plain(
            Code::FailedPrecondition,
            ErrorReason::RevisionNotComparable,
            "`at_least_revision` means nothing here: the policy comes from a directory, \
             whose revisions are counted anew in each process"
                .to_owned(),
        ),
        Refusal::NotImplemented { method } => plain(
            Code::Unimplemented,
            ErrorReason::NotImplemented,
            format!("{method} is not answered by this build"),
        ),
        Refusal::TenantChanged => plain(
            Code::Aborted,
            ErrorReason::TenantChanged,
            "the tenant has changed since `page_token` was made: start the list again".to_owned(),
        ),
        Refusal::Overloaded { limit } => Told {
            metadata: vec![("limit", (*limit).to_owned())],
            ..plain(
                Code::ResourceExhausted,
                ErrorReason::Overloaded,
                format!("the limit `{limit}` is reached: retry later"),
            )
        },
        Refusal::DeadlineExceeded => {
            plain(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, "the time is up".to_owned())
        }
        Refusal::QuestionNotAllowed { question } => Told {
            metadata: vec![("question", (*question).to_owned())],
            ..plain(
                Code::PermissionDenied,
                ErrorReason::NotAllowedHere,
                format!("this listener does not answer `{question}`"),
            )
        },
        Refusal::TenantNotAllowed => Told {
            metadata: vec![("question", "tenant".to_owned())],
            ..plain(
                Code::PermissionDenied,
                ErrorReason::NotAllowedHere,
                "this listener answers nothing about this tenant".to_owned(),
            )
        },
        Refusal::Push(refused) => push::tell(refused),
        Refusal::NotPushedHere => plain(
            Code::FailedPrecondition,
            ErrorReason::NotPushedHere,
            "policy comes from a directory here, and not by push".to_owned(),
        ),
        Refusal::NotHeld { what } => {
            plain(Code::NotFound, ErrorReason::NotHeld, format!("there is no such {what}"))
        }
        Refusal::CutOff => plain(
            Code::Cancelled,
            ErrorReason::RequestUnreadable,
            "the rest of the call did not come".to_owned(),
        ),
        Refusal::NoIdentity => plain(
            Code::Unauthenticated,
            ErrorReason::NoIdentity,
            "the connection says nothing of who calls".to_owned(),
        ),
        Refusal::CallerNotAllowed(lacking) => tell_lacking(*lacking),
        Refusal::Internal => {
            plain(Code::Internal, ErrorReason::Internal, "a fault of the sidecar's own".to_owned())
        }
    }
}

fn tell_lacking(lacking: Lacking) -> Told {
    let (may, message) = match lacking {
        Lacking::Identity => (None, "the caller is not one that may call here".to_owned()),
        Lacking::May(may) => (Some(may.name()), format!("the caller may not change `{}`", may.name())),
        Lacking::Tenant => (Some(May::Tenants.name()), "this is not one of the caller's tenants".to_owned()),
        Lacking::Everything => {
            (Some("model,apps,tenants"), "only a caller that may change everything may do this".to_owned())
        }
    };
    Told {
        code: Code::PermissionDenied,
        reason: ErrorReason::CallerNotAllowed,
        message,
        metadata: may.map(|may| ("may", may.to_owned())).into_iter().collect(),
        violations: Vec::new(),
    }
}

fn tell_faults(faults: &[FieldFault]) -> Told {
    let mut violations = Vec::new();
    let mut room = FAULT_BYTES;
    for FieldFault { field, kind, message, limit: _ } in faults {
        let violation = FieldViolation {
            field: clipped(field, TEXT_BYTES),
            description: clipped(message, TEXT_BYTES),
            reason: fault_reason(*kind).as_str_name().to_owned(),
            localized_message: None,
        };
        let texts = [&violation.field, &violation.description, &violation.reason];
        let bytes = texts.map(String::len).into_iter().fold(FRAME_BYTES, usize::saturating_add);
        let Some(left) = room.checked_sub(bytes) else { break };
        room = left;
        violations.push(violation);
    }

    let mut message = String::new();
    if let Some(first) = violations.first() {
        message = format!("`{}`: {}", first.field, first.description);
    }
    if let Some(more @ 1..) = faults.len().checked_sub(1) {
        // Writing to a string cannot fail.
        let _ = write!(message, "; and {more} more");
    }
    Told {
        code: Code::InvalidArgument,
        reason: faults.first().map_or(ErrorReason::FieldMalformed, |first| fault_reason(first.kind)),
        message,
        metadata: vec![("faults", faults.len().to_string())],
        violations,
    }
}

const fn fault_reason(kind: FaultKind) -> ErrorReason {
    match kind {
        FaultKind::Missing => ErrorReason::FieldMissing,
        FaultKind::Malformed => ErrorReason::FieldMalformed,
        FaultKind::OverLimit => ErrorReason::FieldOverLimit,
        FaultKind::UnknownPrincipalType => ErrorReason::UnknownPrincipalType,
        FaultKind::UnknownResourceType => ErrorReason::UnknownResourceType,
        FaultKind::UnknownAction => ErrorReason::UnknownAction,
        FaultKind::WrongType => ErrorReason::WrongType,
        FaultKind::ParentNotAllowed => ErrorReason::ParentNotAllowed,
        FaultKind::RolesNotAccepted => ErrorReason::RolesNotAccepted,
        FaultKind::ModeMissing => ErrorReason::ModeMissing,
        FaultKind::AppWithVia => ErrorReason::AppWithVia,
        FaultKind::AllScopesWithoutApp => ErrorReason::AllScopesWithoutApp,
    }
}

fn named(limit: &ByteLimit) -> Vec<(&'static str, String)> {
    vec![("limit", limit.name.to_owned()), ("limit_bytes", limit.bytes.to_string())]
}

/// At most the first `bytes` of a text, cut between characters.
fn clipped(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut kept: String = text
        .char_indices()
        .take_while(|(at, char)| at.saturating_add(char.len_utf8()) <= bytes.saturating_sub('…'.len_utf8()))
        .map(|(_, char)| char)
        .collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(field: &str) -> FieldFault {
        FieldFault::missing(field)
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(clipped("naïve", 6), "naïve");
        assert_eq!(clipped("naïve", 5), "na…");
        assert_eq!(clipped("abcdef", 5), "ab…");
    }

    #[test]
    fn a_status_stays_small_whatever_is_wrong() {
        let long = "ü".repeat(100_000);
        for faults in [vec![fault(&long); 3], vec![fault("context.a"); 100_000]] {
            let status = status(&Refusal::Fields(faults.clone()));
            // In headers, a byte of the details takes 4/3 and one of the message up
            // to 3, so this is below 7 KiB.
            assert!(status.message().len() < 700, "{}", status.message().len());
            assert!(status.details().len() < 3600, "{}", status.details().len());
            let told = status.get_error_details();
            assert!(!told.bad_request().unwrap().field_violations.is_empty());
            let counted = told.error_info().unwrap().metadata.get("faults").cloned();
            assert_eq!(counted, Some(faults.len().to_string()));
        }
    }

    #[test]
    fn an_item_is_told_what_a_call_is_told() {
        let refusal = Refusal::Fields(vec![fault("items[0].resource"), fault("items[0].actions")]);
        let status = status(&refusal);
        let item = item_status(&refusal);
        assert_eq!(item.code, i32::from(status.code()));
        assert_eq!(item.message, "`items[0].resource`: must be set; and 1 more");
        assert_eq!(item.message, status.message());
        assert_eq!(item.details.len(), 2);
    }
}
