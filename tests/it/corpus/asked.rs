//! From an expectation of a test document to a message, and from the answer
//! back to what the document would write.

use sidegate::client::v1;
use sidegate::document::definition::{
    Asker, Expected, Map, Model, Outcome, ScopeCover, Setting, Target, Test, Via,
};
use sidegate::model::{Key, Pattern, Timestamp, Value};

/// A question, and the answer it must get.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: v1::CheckRequest,
    pub(super) why: Option<String>,
    expected: Expected,
}

/// An answer, in the words of a test document.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Answer {
    Decided { allowed: bool, reason: String, cause: String, hidden: bool },
    Refused(String),
}

impl Asked {
    /// Whether an answer is the expected one.
    pub(super) fn expects(&self, got: &Answer) -> bool {
        let Expected { at: _, outcome, reason, cause, hidden } = &self.expected;
        match got {
            Answer::Refused(code) => {
                *outcome == Outcome::Error && reason.as_ref().is_none_or(|expected| expected == code)
            }
            Answer::Decided { allowed, reason: why, cause: from, hidden: absent } => {
                *outcome == (if *allowed { Outcome::Allow } else { Outcome::Deny })
                    && reason.as_ref().is_none_or(|expected| expected == why)
                    && cause.as_ref().is_none_or(|expected| expected == from)
                    && hidden.is_none_or(|expected| expected == *absent)
            }
        }
    }

    /// The question as an item of a batch.
    pub(super) fn item(&self) -> v1::BatchCheckItem {
        v1::BatchCheckItem {
            resource: self.request.resource.clone(),
            actions: vec![self.request.action.clone()],
            ..v1::BatchCheckItem::default()
        }
    }
}

/// Every table cell and case of a document, with its instant.
pub(super) fn asked(model: &Model, test: &Test) -> Vec<(Timestamp, Asked)> {
    let mut all = Vec::new();
    let mut push = |setting: &Setting, who: &Asker, action: &str, target: &Target, expected: &Expected| {
        let request = v1::CheckRequest {
            tenant: test.tenant.value.clone(),
            principal: Some(principal(who)),
            action: action.to_owned(),
            resource: Some(resource(target)),
            context: attributes(&setting.context),
            via: setting.via.as_ref().map(|via| acting(model, via)),
            ..v1::CheckRequest::default()
        };
        let asked = Asked { request, why: setting.why.clone(), expected: expected.clone() };
        all.push((setting.instant.unwrap_or(test.at), asked));
    };
    for table in &test.tables {
        for (permission, cells) in &table.rows {
            let Pattern::Exact { kind, action } = &permission.value else {
                panic!("a row is one permission")
            };
            let target = Target { kind: kind.to_string(), ..table.resource.clone().unwrap_or_default() };
            for ((_, who), expected) in table.columns.iter().zip(cells) {
                push(&table.setting, who, action, &target, expected);
            }
        }
    }
    for case in &test.cases {
        for (action, expected) in &case.expect {
            push(&case.setting, &case.principal, action, &case.resource, expected);
        }
    }
    all
}

/// What came of a Check.
pub(super) fn answer(result: Result<v1::CheckResponse, tonic::Status>) -> Answer {
    match result {
        Ok(response) => {
            decided(response.decision(), response.reason(), response.cause.as_ref(), response.hidden)
        }
        Err(status) => refused(status.code()),
    }
}

/// What came of an item with one action.
pub(super) fn item_answer(item: v1::BatchCheckItemResult) -> Answer {
    if let Some(error) = item.error {
        return refused(tonic::Code::from_i32(error.code));
    }
    let [result] = item.results.as_slice() else { panic!("one action, one result: {item:?}") };
    decided(result.decision(), result.reason(), result.cause.as_ref(), result.hidden)
}

fn decided(decision: v1::Decision, reason: v1::Reason, cause: Option<&v1::Cause>, hidden: bool) -> Answer {
    assert_ne!(decision, v1::Decision::Unspecified, "an answer that is none");
    let reason = reason.as_str_name().trim_start_matches("REASON_").to_owned();
    let cause = cause.map(text).unwrap_or_default();
    Answer::Decided { allowed: decision == v1::Decision::Allow, reason, cause, hidden }
}

fn refused(code: tonic::Code) -> Answer {
    assert_eq!(code, tonic::Code::InvalidArgument, "no question of the corpus may fail otherwise");
    Answer::Refused("INVALID_ARGUMENT".to_owned())
}

/// A cause as test documents write it.
fn text(cause: &v1::Cause) -> String {
    let resource = cause.resource.as_ref().map(|key| format!("{}:{}", key.r#type, key.id));
    match (resource, cause.entry.as_str(), cause.id.as_str()) {
        (Some(key), "", _) => format!("{}:{key}", cause.kind),
        (Some(key), entry, _) => format!("{}:{key}/{entry}", cause.kind),
        (None, _, "") => cause.kind.clone(),
        (None, _, id) => format!("{}:{id}", cause.kind),
    }
}

fn principal(who: &Asker) -> v1::Principal {
    v1::Principal {
        r#type: who.key.kind().to_owned(),
        id: who.key.id().to_owned(),
        roles: who.roles.iter().map(|role| role.value.clone()).collect(),
        attributes: attributes(&who.attributes),
    }
}

fn resource(target: &Target) -> v1::Resource {
    v1::Resource {
        r#type: target.kind.clone(),
        id: target.id.clone(),
        attributes: attributes(&target.attributes),
        parents: target.parents.iter().map(|parent| reference(parent)).collect(),
    }
}

fn reference(key: &Key) -> v1::ResourceRef {
    v1::ResourceRef { r#type: key.kind().to_owned(), id: key.id().to_owned() }
}

fn acting(model: &Model, via: &Via) -> v1::Via {
    let scopes = via.scopes.iter().map(|(scope, modes)| v1::ViaScope {
        scope: scope.clone(),
        modes: match (&modes.value, model.scopes.get(scope).map(|known| &known.value.covers)) {
            (Some(listed), _) => listed.iter().map(|mode| mode.value.clone()).collect(),
            // `all` of a scope with modes is each of them.
            (None, Some(ScopeCover::Modes(all))) => all.keys().cloned().collect(),
            (None, _) => Vec::new(),
        },
    });
    v1::Via {
        app: via
            .app
            .as_ref()
            .map(|app| v1::PrincipalRef { r#type: app.kind().to_owned(), id: app.id().to_owned() }),
        scopes: scopes.collect(),
        all_scopes: via.all_scopes,
    }
}

fn attributes(map: &Map<Value>) -> std::collections::BTreeMap<String, v1::Value> {
    map.iter().map(|(name, value)| (name.clone(), v1::Value { kind: Some(kind(&value.value)) })).collect()
}

fn kind(value: &Value) -> v1::value::Kind {
    use v1::value::Kind;
    match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Int(value) => Kind::IntValue(*value),
        Value::String(value) => Kind::StringValue(value.clone()),
        Value::Timestamp(at) => Kind::TimestampValue(prost_types::Timestamp {
            seconds: at.seconds(),
            nanos: i32::try_from(at.nanos()).unwrap(),
        }),
        Value::StringList(values) => Kind::StringList(v1::StringList { values: values.clone() }),
        Value::IntList(values) => Kind::IntList(v1::IntList { values: values.clone() }),
    }
}
