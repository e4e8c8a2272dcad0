//! From the JSON of others to messages.

use std::collections::BTreeMap;

use serde_json::Value;
use sidegate::client::v1;
use v1::value::Kind;

use super::fixtures::pairs;

/// A question of AuthZEN. What is missing stays missing, or empty, for the server
/// to refuse; `action.properties` are context.
pub(super) fn question(tenant: &str, body: &Value) -> v1::CheckRequest {
    let mut context = attributes(&pairs(body, "context"));
    context.extend(attributes(&pairs(&body["action"], "properties")));
    v1::CheckRequest {
        tenant: tenant.to_owned(),
        principal: principal(&body["subject"]),
        action: or_empty(&body["action"], "name"),
        resource: resource(&body["resource"]),
        context,
        ..v1::CheckRequest::default()
    }
}

fn principal(subject: &Value) -> Option<v1::Principal> {
    subject.as_object()?;
    Some(v1::Principal {
        r#type: or_empty(subject, "type"),
        id: or_empty(subject, "id"),
        roles: Vec::new(),
        attributes: attributes(&pairs(subject, "properties")),
    })
}

/// AuthZEN has no questions about a type alone: an id that is missing is sent as an
/// empty one, and not left out.
fn resource(resource: &Value) -> Option<v1::Resource> {
    resource.as_object()?;
    Some(v1::Resource {
        r#type: or_empty(resource, "type"),
        id: Some(or_empty(resource, "id")),
        attributes: attributes(&pairs(resource, "properties")),
        parents: Vec::new(),
    })
}

fn or_empty(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

pub(super) fn attributes(pairs: &[(&str, &Value)]) -> BTreeMap<String, v1::Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), self::value(value))).collect()
}

fn value(json: &Value) -> v1::Value {
    let kind = match json {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(number) => Kind::IntValue(number.as_i64().unwrap()),
        Value::String(text) => Kind::StringValue(text.clone()),
        other => panic!("there is no attribute like {other}"),
    };
    v1::Value { kind: Some(kind) }
}
