//! Seeds of requests: who may what, in every way there is to ask, of the fixed policy.

use std::collections::BTreeMap;

use prost::Message;

use crate::wire::api;
use crate::wire::api::list_allowed_request::Query;
use crate::wire::api::resources_query::Source;
use crate::wire::api::value::Kind;

fn value(kind: Kind) -> api::Value {
    api::Value { kind: Some(kind) }
}

fn text(text: &str) -> api::Value {
    value(Kind::StringValue(text.to_owned()))
}

fn sent(attributes: Vec<(&str, api::Value)>) -> BTreeMap<String, api::Value> {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn who(kind: &str, id: &str) -> api::Principal {
    api::Principal { r#type: kind.to_owned(), id: id.to_owned(), ..api::Principal::default() }
}

fn what(kind: &str, id: &str) -> api::Resource {
    let id = (!id.is_empty()).then(|| id.to_owned());
    api::Resource { r#type: kind.to_owned(), id, ..api::Resource::default() }
}

fn via(app: Option<&str>, scopes: &[(&str, &[&str])], all_scopes: bool) -> api::Via {
    api::Via {
        app: app.map(|id| api::PrincipalRef { r#type: "plugin".to_owned(), id: id.to_owned() }),
        scopes: scopes
            .iter()
            .map(|(scope, modes)| api::ViaScope {
                scope: (*scope).to_owned(),
                modes: modes.iter().map(|mode| (*mode).to_owned()).collect(),
            })
            .collect(),
        all_scopes,
    }
}

fn context() -> BTreeMap<String, api::Value> {
    let day = prost_types::Timestamp { seconds: 1_778_000_000, nanos: 5 };
    sent(vec![
        ("ip", text("a")),
        ("hour", value(Kind::IntValue(9))),
        ("on", value(Kind::BoolValue(true))),
        ("day", value(Kind::TimestampValue(day))),
    ])
}

fn full() -> api::Resource {
    let watchers = api::StringList { values: vec!["ana".to_owned(), "ben".to_owned()] };
    let codes = api::IntList { values: vec![1, -1, i64::MAX] };
    let due = prost_types::Timestamp { seconds: 0, nanos: 0 };
    api::Resource {
        attributes: sent(vec![
            ("owner", text("ben")),
            ("size", value(Kind::IntValue(i64::MAX))),
            ("locked", value(Kind::NullValue(0))),
            ("watchers", value(Kind::StringList(watchers))),
            ("codes", value(Kind::IntList(codes))),
            ("due", value(Kind::TimestampValue(due))),
        ]),
        parents: vec![api::ResourceRef { r#type: "folder".to_owned(), id: "f".to_owned() }],
        ..what("doc", "new")
    }
}

fn check(principal: api::Principal, action: &str, resource: api::Resource) -> api::CheckRequest {
    api::CheckRequest {
        tenant: "acme".to_owned(),
        principal: Some(principal),
        action: action.to_owned(),
        resource: Some(resource),
        ..api::CheckRequest::default()
    }
}

fn checks() -> Vec<(&'static str, api::CheckRequest)> {
    let agent = api::Principal {
        roles: vec!["writer".to_owned(), "own".to_owned(), "nope".to_owned()],
        attributes: sent(vec![("region", text("eu"))]),
        ..who("agent", "bot")
    };
    let newer = api::Revision { epoch: 3, number: 8 };
    let plain = |principal, action, resource| check(principal, action, resource);
    vec![
        ("admin", plain(who("user", "ana"), "edit", what("doc", "d"))),
        ("acl-deny", plain(who("user", "ben"), "edit", what("doc", "d"))),
        ("acl-grant", plain(who("user", "cyd"), "edit", what("folder", "f"))),
        ("override", plain(who("user", "cyd"), "edit", what("page", "p"))),
        ("suspended", plain(who("user", "dan"), "view", what("doc", "d"))),
        ("expired", plain(who("user", "eve"), "view", what("doc", "d"))),
        ("restricted", plain(who("user", "fay"), "edit", what("page", "p"))),
        ("stranger", plain(who("user", "zoe"), "view", what("page", "p"))),
        ("gate", plain(who("user", "zoe"), "open", what("vault", "v"))),
        ("plan", plain(who("user", "ben"), "sign", what("doc", "d"))),
        ("condition", plain(who("user", "ben"), "print", full())),
        ("unsent", plain(who("user", "fay"), "share", what("doc", "d"))),
        ("whole-type", plain(who("user", "ben"), "view", what("doc", ""))),
        ("asserted", plain(agent, "edit", full())),
        ("app", plain(who("plugin", "sync"), "view", what("doc", "d"))),
        ("app-not-installed", plain(who("plugin", "idle"), "view", what("doc", "d"))),
        (
            "context",
            api::CheckRequest { context: context(), ..check(who("user", "ben"), "edit", what("page", "p")) },
        ),
        (
            "via-app",
            api::CheckRequest {
                via: Some(via(Some("sync"), &[], true)),
                ..check(who("user", "ana"), "view", full())
            },
        ),
        (
            "via-token",
            api::CheckRequest {
                via: Some(via(None, &[("docs:sign", &[]), ("modal", &["write"])], false)),
                explain: true,
                context: context(),
                ..check(who("user", "ben"), "edit", full())
            },
        ),
        (
            "newer",
            api::CheckRequest { at_least_revision: Some(newer), ..check(who("user", "ana"), "view", full()) },
        ),
        (
            "no-tenant",
            api::CheckRequest { tenant: "nowhere".to_owned(), ..check(who("user", "ana"), "view", full()) },
        ),
        ("faulty", check(who("robot", ""), "fly", what("doc", "d"))),
        ("member", plain(who("user", "ana"), "view", what("member", "user:ben"))),
    ]
}

fn batches() -> Vec<(&'static str, api::BatchCheckRequest)> {
    let item = |id: &str, resource, actions: &[&str], principal| api::BatchCheckItem {
        id: id.to_owned(),
        resource: Some(resource),
        actions: actions.iter().map(|action| (*action).to_owned()).collect(),
        principal,
    };
    let batch = |principal, items| api::BatchCheckRequest {
        tenant: "acme".to_owned(),
        principal,
        items,
        context: context(),
        ..api::BatchCheckRequest::default()
    };
    let two = || {
        vec![
            item("1", what("doc", "d"), &["view", "edit", "share"], None),
            item("2", full(), &["view", "sign"], Some(who("user", "ben"))),
        ]
    };
    let mut faulty = two();
    faulty.push(item("3", what("doc", ""), &["fly"], None));
    faulty.push(item("4", what("tree", "x"), &[], None));
    let each = vec![item("", what("page", "p"), &["view"], Some(who("user", "fay")))];
    let told = api::BatchCheckRequest { explain: true, ..batch(Some(who("user", "cyd")), two()) };
    vec![
        ("two", batch(Some(who("user", "cyd")), two())),
        ("told", told),
        ("some-faulty", batch(Some(who("user", "cyd")), faulty)),
        ("each-says-who", batch(None, each)),
        ("nobody", batch(None, two())),
    ]
}

fn lists() -> Vec<(String, api::ListAllowedRequest)> {
    let list = |principal: Option<api::Principal>, query| api::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal,
        context: context(),
        page_size: 1,
        query: Some(query),
        ..api::ListAllowedRequest::default()
    };
    let resources = |kind: &str, action: &str, source| {
        Query::Resources(api::ResourcesQuery {
            r#type: kind.to_owned(),
            action: action.to_owned(),
            source: Some(source),
        })
    };
    let mut lists = Vec::new();
    for id in ["ana", "ben", "cyd", "zoe"] {
        let who = || Some(who("user", id));
        let actions =
            |resource| Query::Actions(api::ActionsQuery { resource: Some(resource), actions: Vec::new() });
        let candidates = vec![what("doc", "d"), full(), what("doc", "d"), what("doc", "x")];
        let candidates = Source::Candidates(api::CandidateResources { resources: candidates });
        lists.push((format!("actions-{id}"), list(who(), actions(full()))));
        lists.push((format!("actions-of-type-{id}"), list(who(), actions(what("doc", "")))));
        let registered = Source::Registered(api::RegisteredResources {});
        lists.push((format!("registered-{id}"), list(who(), resources("doc", "view", registered))));
        lists.push((format!("candidates-{id}"), list(who(), resources("doc", "share", candidates))));
    }
    for (action, types) in [("view", vec![]), ("edit", vec!["user".to_owned()])] {
        let resource = Some(what("page", "p"));
        let query = Query::Principals(api::PrincipalsQuery { action: action.to_owned(), resource, types });
        lists.push((format!("principals-{action}"), list(None, query)));
    }
    lists
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let seed = |which: u8, name: String, message: Vec<u8>| (name, [&[which], message.as_slice()].concat());
    let checks = checks().into_iter().map(|(name, it)| seed(0, format!("check-{name}"), it.encode_to_vec()));
    let batches =
        batches().into_iter().map(|(name, it)| seed(1, format!("batch-{name}"), it.encode_to_vec()));
    let lists = lists().into_iter().map(|(name, it)| seed(2, format!("list-{name}"), it.encode_to_vec()));
    checks.chain(batches).chain(lists).collect()
}
