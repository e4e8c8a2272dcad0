//! Questions as messages.

use std::collections::BTreeMap;

use crate::client::v1;
use crate::decide::reference::question::{Question, Sent};
use crate::model::{Timestamp, Value};

/// A list with what a question says of who asks.
pub(in crate::rpc) fn request(
    question: &Question,
    query: v1::list_allowed_request::Query,
) -> v1::ListAllowedRequest {
    let (kind, id) = question.principal.clone();
    v1::ListAllowedRequest {
        tenant: question.tenant.clone(),
        principal: Some(v1::Principal {
            r#type: kind,
            id,
            roles: question.roles.clone(),
            attributes: attributes(&question.attributes),
        }),
        context: attributes(&question.context),
        via: question.via.as_ref().map(|via| v1::Via {
            app: via.app.clone().map(|(r#type, id)| v1::PrincipalRef { r#type, id }),
            scopes: via
                .scopes
                .iter()
                .map(|(scope, modes)| v1::ViaScope { scope: scope.clone(), modes: modes.clone() })
                .collect(),
            all_scopes: via.all_scopes,
        }),
        query: Some(query),
        ..v1::ListAllowedRequest::default()
    }
}

/// What a question is about.
pub(in crate::rpc) fn resource(question: &Question) -> v1::Resource {
    let parents = question.parents.iter().cloned();
    v1::Resource {
        r#type: question.kind.clone(),
        id: question.id.clone(),
        attributes: attributes(&question.resource),
        parents: parents.map(|(r#type, id)| v1::ResourceRef { r#type, id }).collect(),
    }
}

/// The registered resources of a type.
pub(in crate::rpc) fn registered(kind: &str, action: &str) -> v1::list_allowed_request::Query {
    resources(kind, action, v1::resources_query::Source::Registered(v1::RegisteredResources {}))
}

/// Resources sent along.
pub(in crate::rpc) fn candidates(
    kind: &str,
    action: &str,
    sent: Vec<v1::Resource>,
) -> v1::list_allowed_request::Query {
    resources(
        kind,
        action,
        v1::resources_query::Source::Candidates(v1::CandidateResources { resources: sent }),
    )
}

fn resources(
    kind: &str,
    action: &str,
    source: v1::resources_query::Source,
) -> v1::list_allowed_request::Query {
    v1::list_allowed_request::Query::Resources(v1::ResourcesQuery {
        r#type: kind.to_owned(),
        action: action.to_owned(),
        source: Some(source),
    })
}

pub(in crate::rpc) fn attributes(sent: &Sent) -> BTreeMap<String, v1::Value> {
    sent.iter().map(|(name, sent)| (name.clone(), v1::Value { kind: Some(value(sent)) })).collect()
}

fn value(value: &Value) -> v1::value::Kind {
    use v1::value::Kind;
    match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Int(value) => Kind::IntValue(*value),
        Value::String(value) => Kind::StringValue(value.clone()),
        Value::Timestamp(at) => Kind::TimestampValue(timestamp(*at)),
        Value::StringList(values) => Kind::StringList(v1::StringList { values: values.clone() }),
        Value::IntList(values) => Kind::IntList(v1::IntList { values: values.clone() }),
    }
}

fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.seconds(), nanos: at.nanos().try_into().unwrap() }
}
