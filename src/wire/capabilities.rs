//! The limits in force, written as a message.

use std::time::Duration;

use super::{answer, api};
use crate::decide::RequestLimits;
use crate::model::Revision;
use crate::rpc::limits::{ConnectionLimits, Deadlines, Drain, Limits, LoadLimits, RevisionLimits};

/// Writes what the sidecar can do.
pub(crate) fn capabilities(limits: &Limits, revision: Option<Revision>) -> api::GetCapabilitiesResponse {
    api::GetCapabilitiesResponse {
        limits: Some(written(limits)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: revision.map(answer::revision),
    }
}

fn written(limits: &Limits) -> api::Limits {
    let Limits {
        question,
        check_request_bytes,
        batch_request_bytes,
        batch_checks,
        list_request_bytes,
        candidates,
        page_size,
        page_decisions,
        response_bytes,
        deadlines,
        load,
        connection,
        // No caller of the data plane can reach them.
        push: _,
        revisions,
        drain,
    } = limits;
    let RequestLimits {
        id_bytes,
        text_bytes,
        attributes,
        attribute_bytes,
        list_values,
        roles,
        parents,
        scopes,
    } = question;
    let Deadlines { call, call_most, list, list_most } = deadlines;
    let LoadLimits { connections, calls } = load;
    let ConnectionLimits {
        calls: connection_calls,
        concurrent_streams,
        header_list_bytes,
        // A matter of HTTP/2 alone: no call is refused for it.
        frame_bytes: _,
        stream_window_bytes,
        connection_window_bytes,
        pending_accept_resets,
        local_resets,
        keepalive,
        keepalive_timeout,
        // Of admin listeners alone.
        handshake: _,
        preface,
        idle,
    } = connection;
    let RevisionLimits { wait, waiters, ahead } = revisions;
    let Drain { keep_serving, finish } = drain;
    api::Limits {
        check_request_bytes: count(*check_request_bytes),
        batch_request_bytes: count(*batch_request_bytes),
        batch_checks: count(*batch_checks),
        list_request_bytes: count(*list_request_bytes),
        response_bytes: count(*response_bytes),
        id_bytes: count(*id_bytes),
        text_bytes: count(*text_bytes),
        attributes: count(*attributes),
        attribute_bytes: count(*attribute_bytes),
        list_values: count(*list_values),
        roles: count(*roles),
        parents: count(*parents),
        scopes: count(*scopes),
        concurrent_streams: *concurrent_streams,
        header_list_bytes: *header_list_bytes,
        candidates: count(*candidates),
        page_size: count(*page_size),
        page_decisions: count(*page_decisions),
        connections: count(*connections),
        calls: count(*calls),
        connection_calls: count(*connection_calls),
        deadline_ms: milliseconds(*call),
        deadline_most_ms: milliseconds(*call_most),
        list_deadline_ms: milliseconds(*list),
        list_deadline_most_ms: milliseconds(*list_most),
        stream_window_bytes: *stream_window_bytes,
        connection_window_bytes: *connection_window_bytes,
        pending_accept_resets: count(*pending_accept_resets),
        local_resets: count(*local_resets),
        keepalive_ms: milliseconds(*keepalive),
        keepalive_timeout_ms: milliseconds(*keepalive_timeout),
        preface_ms: milliseconds(*preface),
        idle_ms: milliseconds(*idle),
        drain_keep_serving_ms: milliseconds(*keep_serving),
        drain_finish_ms: milliseconds(*finish),
        revision_wait_ms: milliseconds(*wait),
        revision_waiters: count(*waiters),
        revision_ahead_wait: *ahead,
    }
}

fn milliseconds(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}

/// A limit beyond what the field can say is told as the most it can.
fn count(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}
