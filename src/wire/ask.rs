//! Questions, written as requests: what the command line puts to a sidecar.
//!
//! The reverse of `question`: whoever reads what is written here gets back the
//! question word for word.

use std::collections::BTreeMap;

use super::api;
use crate::decide::{Asker, Attributes, Call, KeyRef, Target, Via, ViaScope};
use crate::model::{List, Timestamp, ValueRef};

/// What a list is of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ListOf<'a> {
    /// What the caller may do to a resource, or to every one of a type.
    Actions(&'a Target<'a>),
    /// The registered resources of a type on which the caller may act.
    Registered { kind: &'a str, action: &'a str },
    /// Those of these.
    Candidates { kind: &'a str, action: &'a str, resources: &'a [Target<'a>] },
    /// Who may act on a resource; of all types if none is named.
    Principals { action: &'a str, target: &'a Target<'a>, types: &'a [String] },
}

/// Writes a Check.
pub(crate) fn check(call: &Call<'_>, target: &Target<'_>, action: &str, explain: bool) -> api::CheckRequest {
    let Call { tenant, principal, context, via: acting } = call;
    api::CheckRequest {
        tenant: (*tenant).to_owned(),
        principal: Some(asker(principal)),
        action: action.to_owned(),
        resource: Some(resource(target)),
        context: attributes(context),
        via: acting.as_ref().map(via),
        at_least_revision: None,
        explain,
    }
}

/// Writes the request for a page of a list. A list of principals has no principal
/// that asks.
pub(crate) fn list(
    call: &Call<'_>,
    of: ListOf<'_>,
    page_size: i32,
    page_token: String,
) -> api::ListAllowedRequest {
    use api::list_allowed_request::Query;
    use api::resources_query::Source;

    let Call { tenant, principal, context, via: acting } = call;
    let resources = |kind: &str, action: &str, source| {
        Query::Resources(api::ResourcesQuery {
            r#type: kind.to_owned(),
            action: action.to_owned(),
            source: Some(source),
        })
    };
    let query = match of {
        ListOf::Actions(target) => {
            Query::Actions(api::ActionsQuery { resource: Some(resource(target)), actions: Vec::new() })
        }
        ListOf::Registered { kind, action } => {
            resources(kind, action, Source::Registered(api::RegisteredResources {}))
        }
        ListOf::Candidates { kind, action, resources: sent } => {
            let sent = api::CandidateResources { resources: sent.iter().map(resource).collect() };
            resources(kind, action, Source::Candidates(sent))
        }
        ListOf::Principals { action, target, types } => Query::Principals(api::PrincipalsQuery {
            action: action.to_owned(),
            resource: Some(resource(target)),
            types: types.to_vec(),
        }),
    };
    api::ListAllowedRequest {
        tenant: (*tenant).to_owned(),
        principal: (!matches!(of, ListOf::Principals { .. })).then(|| asker(principal)),
        context: attributes(context),
        via: acting.as_ref().map(via),
        at_least_revision: None,
        page_size,
        page_token,
        query: Some(query),
    }
}

fn asker(asker: &Asker<'_>) -> api::Principal {
    let Asker { key: KeyRef { kind, id }, roles, attributes: sent } = asker;
    api::Principal {
        r#type: (*kind).to_owned(),
        id: (*id).to_owned(),
        roles: owned(roles),
        attributes: attributes(sent),
    }
}

fn resource(target: &Target<'_>) -> api::Resource {
    let Target { kind, id, attributes: sent, parents } = target;
    api::Resource {
        r#type: (*kind).to_owned(),
        id: id.map(str::to_owned),
        attributes: attributes(sent),
        parents: parents
            .iter()
            .map(|KeyRef { kind, id }| api::ResourceRef { r#type: (*kind).to_owned(), id: (*id).to_owned() })
            .collect(),
    }
}

fn via(via: &Via<'_>) -> api::Via {
    let Via { app, scopes, all_scopes } = via;
    api::Via {
        app: app.map(|KeyRef { kind, id }| api::PrincipalRef { r#type: kind.to_owned(), id: id.to_owned() }),
        scopes: scopes
            .iter()
            .map(|ViaScope { scope, modes }| api::ViaScope {
                scope: (*scope).to_owned(),
                modes: owned(modes),
            })
            .collect(),
        all_scopes: *all_scopes,
    }
}

fn attributes(sent: &Attributes<'_>) -> BTreeMap<String, api::Value> {
    sent.iter().map(|(name, sent)| ((*name).to_owned(), api::Value { kind: Some(value(*sent)) })).collect()
}

/// Writes a value; `None` is null.
pub(super) fn value(value: Option<ValueRef<'_>>) -> api::value::Kind {
    use api::value::Kind;

    match value {
        None => Kind::NullValue(0),
        Some(ValueRef::Bool(value)) => Kind::BoolValue(value),
        Some(ValueRef::Int(value)) => Kind::IntValue(value),
        Some(ValueRef::Text(text)) => Kind::StringValue(text.to_string()),
        Some(ValueRef::Timestamp(instant)) => Kind::TimestampValue(timestamp(instant)),
        Some(ValueRef::List(List::Strings(values))) => {
            Kind::StringList(api::StringList { values: values.to_vec() })
        }
        Some(ValueRef::List(List::Ints(values))) => Kind::IntList(api::IntList { values: values.to_vec() }),
        // Only a snapshot has one; as a list of texts it is sent whole.
        Some(ValueRef::List(List::Names(names))) => {
            let next = |name: &String| names.after(Some(name)).map(str::to_owned);
            let all = std::iter::successors(names.after(None).map(str::to_owned), next);
            Kind::StringList(api::StringList { values: all.collect() })
        }
    }
}

/// Writes an instant.
pub(super) fn timestamp(instant: Timestamp) -> prost_types::Timestamp {
    // Fewer than 1,000,000,000, which fits.
    let nanos = i32::try_from(instant.nanos()).unwrap_or_default();
    prost_types::Timestamp { seconds: instant.seconds(), nanos }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Text;
    use crate::wire::question;

    #[test]
    fn what_is_written_reads_back_word_for_word() {
        let texts = ["x".to_owned()];
        let values: Attributes<'_> = vec![
            ("a", None),
            ("b", Some(ValueRef::Bool(true))),
            ("c", Some(ValueRef::Int(-7))),
            ("d", Some(ValueRef::Text(Text::plain("t")))),
            ("e", Timestamp::parse("1969-12-24T00:00:00.25Z").map(ValueRef::Timestamp)),
            ("f", Some(ValueRef::List(List::Strings(&texts)))),
            ("g", Some(ValueRef::List(List::Ints(&[1, 2])))),
        ];
        let key = KeyRef { kind: "user", id: "a:b" };
        let via = Via {
            app: Some(key),
            scopes: vec![ViaScope { scope: "s", modes: vec!["read", "edit"] }],
            all_scopes: true,
        };
        let call = Call {
            tenant: "acme",
            principal: Asker { key, roles: vec!["guest"], attributes: values.clone() },
            context: values.clone(),
            via: Some(via),
        };
        let target = Target { kind: "note", id: Some("n1"), attributes: values, parents: vec![key] };
        let request = check(&call, &target, "view", true);
        let (read, faults) = question::check(&request);
        assert_eq!(faults, []);
        assert!(read.explain && read.action == "view" && read.at_least.is_none());
        assert_eq!(format!("{:?}", read.call), format!("{call:?}"));
        assert_eq!(format!("{:?}", read.target), format!("{target:?}"));
    }
}
