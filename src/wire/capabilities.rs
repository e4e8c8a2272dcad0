//! The limits in force, written as a message.

use super::{answer, api};
use crate::decide::RequestLimits;
use crate::model::Revision;
use crate::rpc::Limits;

/// Writes what the sidecar can do.
pub(crate) fn capabilities(limits: &Limits, revision: Option<Revision>) -> api::GetCapabilitiesResponse {
    api::GetCapabilitiesResponse {
        limits: Some(written(limits)),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: revision.map(answer::revision),
    }
}

fn written(limits: &Limits) -> api::Limits {
    let RequestLimits {
        id_bytes,
        text_bytes,
        attributes,
        attribute_bytes,
        list_values,
        roles,
        parents,
        scopes,
    } = limits.question;
    api::Limits {
        check_request_bytes: count(limits.check_request_bytes),
        batch_request_bytes: count(limits.batch_request_bytes),
        batch_checks: count(limits.batch_checks),
        list_request_bytes: count(limits.list_request_bytes),
        response_bytes: count(limits.response_bytes),
        id_bytes: count(id_bytes),
        text_bytes: count(text_bytes),
        attributes: count(attributes),
        attribute_bytes: count(attribute_bytes),
        list_values: count(list_values),
        roles: count(roles),
        parents: count(parents),
        scopes: count(scopes),
        concurrent_streams: limits.connection.concurrent_streams,
        header_list_bytes: limits.connection.header_list_bytes,
    }
}

/// A limit beyond what the field can say is told as the most it can.
fn count(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX)
}
