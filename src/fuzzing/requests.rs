//! Requests of the data plane. The first byte says which; the rest are the bytes of its message. Laws:
//!
//! 1. Whatever the bytes are, there is an answer or a refusal; a refusal has a code that is none of ours being at
//!    fault, and fits into headers.
//! 2. An item of a batch has answers or an error, never both; only a reason that allows allows.
//! 3. A Check, the same with an explanation, a BatchCheck of it, and one whose items say who asks, are one answer.
//! 4. A field that is not known changes no answer.
//! 5. A list is what checks leave, and its pages are the whole of it.

mod lists;

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message;
use tonic::Code;

use super::{Came, scene};
use crate::rpc::fuzzing::Plane;
use crate::rpc::refusal::Refusal;
use crate::wire::{api, status};

/// The most bytes of a status, as the headers have it.
const STATUS_BYTES: usize = 8192;

/// A field that no message here has: number 2047, the number 1.
const UNKNOWN: [u8; 3] = [0xf8, 0x7f, 1];

pub(super) static PLANE: LazyLock<Plane> = LazyLock::new(|| Plane::new(scene::now()));

pub(super) fn run(data: &[u8]) -> Came {
    let Some((which, bytes)) = data.split_first() else { return Came::Nowhere };
    match which % 3 {
        0 => check(bytes),
        1 => batch(bytes),
        _ => list(bytes),
    }
}

fn check(bytes: &[u8]) -> Came {
    let Ok(request) = api::CheckRequest::decode(bytes) else { return Came::Nowhere };
    let answer = asked(&request);
    let more = [bytes, &UNKNOWN].concat();
    let more = api::CheckRequest::decode(more.as_slice()).expect("a message with a field more");
    assert_eq!(asked(&more), answer, "with a field that is not known");
    answer.map_or(Came::Read, |_| Came::Whole)
}

fn batch(bytes: &[u8]) -> Came {
    let Ok(request) = api::BatchCheckRequest::decode(bytes) else { return Came::Nowhere };
    let response = match PLANE.batch(scene::snapshot(), &request) {
        Ok(response) => response,
        Err(refusal) => return refused(&refusal),
    };
    assert_eq!(response.items.len(), request.items.len());
    let mut came = Came::Read;
    for (item, result) in request.items.iter().zip(&response.items) {
        assert_eq!(item.id, result.id);
        if let Some(error) = &result.error {
            assert!(
                error.code != 0 && result.results.is_empty(),
                "an item with answers and an error: {result:?}"
            );
            continue;
        }
        came = Came::Whole;
        let actions: Vec<&String> = result.results.iter().map(|result| &result.action).collect();
        assert_eq!(actions, item.actions.iter().collect::<Vec<_>>());
        for result in &result.results {
            sound(result);
            let single = api::CheckRequest {
                tenant: request.tenant.clone(),
                principal: item.principal.clone().or_else(|| request.principal.clone()),
                action: result.action.clone(),
                resource: item.resource.clone(),
                context: request.context.clone(),
                via: request.via.clone(),
                at_least_revision: request.at_least_revision,
                explain: request.explain,
            };
            let single = PLANE.check(scene::snapshot(), &single).expect("an item that was answered");
            assert_eq!(as_result(&result.action, single), *result, "a Check of an item");
        }
    }
    came
}

fn list(bytes: &[u8]) -> Came {
    match PLANE.list(scene::snapshot(), &Bytes::copy_from_slice(bytes)) {
        Err(Refusal::RequestUnreadable) => Came::Nowhere,
        Err(refusal) => refused(&refusal),
        Ok(_) => {
            let request = api::ListAllowedRequest::decode(bytes).expect("what was answered");
            lists::judge(request);
            Came::Whole
        }
    }
}

/// The answer to a Check, if there is one, after it was asked in every way.
pub(super) fn asked(request: &api::CheckRequest) -> Option<api::ActionResult> {
    let plain = one(request, request.explain);
    let explained = one(request, !request.explain);
    let batch = batched(request, false);
    let in_item = batched(request, true);
    let Some(mut plain) = plain else {
        assert_eq!(
            (explained, batch, in_item),
            (None, None, None),
            "answered in one way, refused in another"
        );
        return None;
    };
    sound(&plain);
    let mut explained = explained.expect("refused with an explanation");
    assert!(
        plain.explanation.is_some() == request.explain && explained.explanation.is_some() != request.explain
    );
    assert_eq!(batch.as_ref(), Some(&plain), "a BatchCheck of it");
    assert_eq!(in_item.as_ref(), Some(&plain), "a BatchCheck whose item says who asks");
    explained.explanation = None;
    plain.explanation = None;
    assert_eq!(explained, plain, "with and without an explanation");
    Some(plain)
}

fn one(request: &api::CheckRequest, explain: bool) -> Option<api::ActionResult> {
    let request = api::CheckRequest { explain, ..request.clone() };
    match PLANE.check(scene::snapshot(), &request) {
        Ok(response) => Some(as_result(&request.action, response)),
        Err(refusal) => {
            refused(&refusal);
            None
        }
    }
}

fn batched(request: &api::CheckRequest, in_item: bool) -> Option<api::ActionResult> {
    let request = request.clone();
    let item = api::BatchCheckItem {
        id: "i".to_owned(),
        resource: request.resource,
        actions: vec![request.action],
        principal: if in_item { request.principal.clone() } else { None },
    };
    let batch = api::BatchCheckRequest {
        tenant: request.tenant,
        principal: if in_item { None } else { request.principal },
        context: request.context,
        via: request.via,
        at_least_revision: request.at_least_revision,
        explain: request.explain,
        items: vec![item],
    };
    match PLANE.batch(scene::snapshot(), &batch) {
        Ok(response) => response.items.into_iter().flat_map(|item| item.results).next(),
        Err(refusal) => {
            refused(&refusal);
            None
        }
    }
}

/// The result for one action, as a batch would have it.
fn as_result(action: &str, response: api::CheckResponse) -> api::ActionResult {
    let api::CheckResponse {
        decision,
        reason,
        cause,
        hidden,
        missing_attributes,
        revision: _,
        tenant_revision: _,
        explanation,
    } = response;
    let action = action.to_owned();
    api::ActionResult { action, decision, reason, cause, hidden, missing_attributes, explanation }
}

/// Whether a result allows.
pub(super) fn allows(result: &api::ActionResult) -> bool {
    result.decision() == api::Decision::Allow
}

/// An answer allows only for a reason that does, and then nothing is missing or hidden.
fn sound(result: &api::ActionResult) {
    use api::Reason;

    let grant = matches!(
        result.reason(),
        Reason::RoleGrant | Reason::OverrideGrant | Reason::AclGrant | Reason::ScopeGrant
    );
    assert_eq!(allows(result), grant, "{result:?}");
    assert!(!grant || (!result.hidden && result.missing_attributes.is_empty()), "{result:?}");
    assert!(result.reason() != Reason::Unspecified && result.decision() != api::Decision::Unspecified);
    let missing = result.reason() == Reason::MissingAttribute;
    assert_eq!(missing, !result.missing_attributes.is_empty(), "{result:?}");
}

/// A refusal is the caller's to mend, and can be told.
pub(super) fn refused(refusal: &Refusal) -> Came {
    let status = status::status(refusal);
    let may = [Code::InvalidArgument, Code::FailedPrecondition, Code::Unimplemented, Code::ResourceExhausted];
    let told = may.contains(&status.code()) || matches!(status.code(), Code::Aborted | Code::Unavailable);
    assert!(told, "{status:?}");
    if let Refusal::Fields(faults) = refusal {
        assert!(!faults.is_empty() && status.code() == Code::InvalidArgument, "{status:?}");
    }
    // Percent-encoded at worst, and in base 64.
    let bytes = status.message().len().saturating_mul(3).saturating_add(status.details().len() / 3 * 4);
    assert!(bytes < STATUS_BYTES, "a status of {bytes} bytes");
    Came::Read
}
