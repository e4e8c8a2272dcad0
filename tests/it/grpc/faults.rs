//! Every fault of a field has a code, a path and a reason.

use sidegate::client::v1;
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Client, attribute, config, principal, question, resource, started, told};

/// Changes a good question, and says which field is then at fault and why.
async fn check(
    client: &mut Client,
    why: &str,
    change: impl FnOnce(&mut v1::CheckRequest),
    field: &str,
    reason: &str,
) {
    let mut request = question("user:ana", "view", "conversation:c1");
    change(&mut request);
    let status = match client.check(request).await {
        Ok(response) => panic!("{why}: answered with {response:?}"),
        Err(status) => status,
    };
    assert_eq!(
        told(&status),
        (Code::InvalidArgument, reason.to_owned(), field.to_owned()),
        "{why}: {status:?}"
    );
}

fn value(kind: v1::value::Kind) -> v1::Value {
    v1::Value { kind: Some(kind) }
}

fn instant(seconds: i64) -> v1::Value {
    value(v1::value::Kind::TimestampValue(prost_types::Timestamp { seconds, nanos: 0 }))
}

fn app() -> v1::PrincipalRef {
    v1::PrincipalRef { r#type: "plugin".to_owned(), id: "crm-sync".to_owned() }
}

#[tokio::test]
#[rustfmt::skip] // One row, one line: the columns are the point.
async fn every_fault_has_a_path_and_a_reason() {
    use v1::value::Kind;

    let (_running, mut client) = started(config()).await;
    let c = &mut client;
    let about = |r: &mut v1::CheckRequest, name: &str, value| r.resource.as_mut().unwrap().attributes = attribute(name, value);
    let parent = |r: &mut v1::CheckRequest, kind: &str| r.resource.as_mut().unwrap().parents = vec![v1::ResourceRef { r#type: kind.to_owned(), id: "x".to_owned() }];
    let mode = |r: &mut v1::CheckRequest| r.via = Some(v1::Via { app: Some(app()), scopes: vec![v1::ViaScope { scope: "chats".to_owned(), modes: vec![] }], all_scopes: false });

    check(c, "no principal",            |r| r.principal = None,                                       "principal",                    "FIELD_MISSING").await;
    check(c, "no resource",             |r| r.resource = None,                                        "resource",                     "FIELD_MISSING").await;
    check(c, "no tenant",               |r| r.tenant.clear(),                                         "tenant",                       "FIELD_MISSING").await;
    check(c, "no kind",                 |r| about(r, "assignee", v1::Value { kind: None }),           "resource.attributes.assignee", "FIELD_MISSING").await;
    check(c, "no null",                 |r| about(r, "assignee", value(Kind::NullValue(1))),          "resource.attributes.assignee", "FIELD_MALFORMED").await;
    check(c, "after the year 9999",     |r| about(r, "due", instant(253_402_300_800)),                "resource.attributes.due",      "FIELD_MALFORMED").await;
    check(c, "a tenant with a slash",   |r| r.tenant = "a/b".to_owned(),                              "tenant",                       "FIELD_MALFORMED").await;
    check(c, "an id that is empty",     |r| r.resource.as_mut().unwrap().id = Some(String::new()),    "resource.id",                  "FIELD_MALFORMED").await;
    check(c, "an id that is too long",  |r| r.principal.as_mut().unwrap().id = "x".repeat(257),       "principal.id",                 "FIELD_OVER_LIMIT").await;
    check(c, "a principal type unknown",|r| r.principal.as_mut().unwrap().r#type = "usr".to_owned(),  "principal.type",               "UNKNOWN_PRINCIPAL_TYPE").await;
    check(c, "a resource type unknown", |r| r.resource = Some(resource("letter:l1")),                 "resource.type",                "UNKNOWN_RESOURCE_TYPE").await;
    check(c, "an action unknown",       |r| r.action = "burn".to_owned(),                             "action",                       "UNKNOWN_ACTION").await;
    check(c, "an int for a string",     |r| about(r, "assignee", value(Kind::IntValue(1))),           "resource.attributes.assignee", "WRONG_TYPE").await;
    check(c, "an int for a context",    |r| r.context = attribute("ip_country", value(Kind::IntValue(1))), "context.ip_country",      "WRONG_TYPE").await;
    check(c, "a parent not allowed",    |r| parent(r, "conversation"),                                "resource.parents[0].type",     "PARENT_NOT_ALLOWED").await;
    check(c, "roles of a user",         |r| r.principal.as_mut().unwrap().roles = vec!["admin".to_owned()], "principal.roles",        "ROLES_NOT_ACCEPTED").await;
    check(c, "a scope without mode",    mode,                                                         "via.scopes[0].modes",          "MODE_MISSING").await;
    check(c, "an app beside via",       |r| { r.principal = Some(crate::support::principal("plugin:crm-sync")); r.via = Some(v1::Via::default()); }, "via", "APP_WITH_VIA").await;
    check(c, "all scopes of a token",   |r| r.via = Some(v1::Via { app: None, scopes: vec![], all_scopes: true }), "via.all_scopes",  "ALL_SCOPES_WITHOUT_APP").await;
}

#[tokio::test]
async fn several_faults_are_told_together() {
    let (_running, mut client) = started(config()).await;
    let mut request = question("user:ana", "view", "conversation:c1");
    request.context = attribute("ip_country", v1::Value { kind: None });
    request.resource.as_mut().unwrap().attributes = attribute("assignee", v1::Value { kind: None });
    let status = client.check(request).await.unwrap_err();
    let details = status.get_error_details();
    let faults = &details.bad_request().unwrap().field_violations;
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["resource.attributes.assignee", "context.ip_country"]);
    assert!(faults.iter().all(|fault| fault.reason == "ERROR_REASON_FIELD_MISSING"), "{faults:?}");
    assert_eq!(status.message(), "`resource.attributes.assignee`: kind is missing; and 1 more");
    assert_eq!(details.error_info().unwrap().metadata["faults"], "2");
}

#[tokio::test]
async fn who_asks_what_about_which_is_told_at_once() {
    let (_running, mut client) = started(config()).await;
    let mut request = question("usr:ana", "view", "conversation:c1");
    "viw".clone_into(&mut request.action);
    request.resource.as_mut().unwrap().id = Some(String::new());
    assert_eq!(fields(&mut client, request).await, ["principal.type", "resource.id", "action"]);

    let nothing = v1::CheckRequest::default();
    assert_eq!(fields(&mut client, nothing).await, ["principal", "resource", "tenant", "action"]);

    let mut request = question("user:ana", "viw", "conversation:c1");
    "a:b".clone_into(&mut request.tenant);
    request.resource.as_mut().unwrap().attributes = attribute("assignee", v1::Value { kind: None });
    assert_eq!(fields(&mut client, request).await, ["resource.attributes.assignee", "tenant", "action"]);
}

/// The fields at fault, in the order told.
async fn fields(client: &mut Client, request: v1::CheckRequest) -> Vec<String> {
    let details = client.check(request).await.unwrap_err().get_error_details();
    let faults = &details.bad_request().unwrap().field_violations;
    faults.iter().map(|fault| fault.field.clone()).collect()
}

#[tokio::test]
async fn a_directory_has_no_revision_to_wait_for() {
    let (_running, mut client) = started(config()).await;
    let request = v1::CheckRequest {
        at_least_revision: Some(v1::Revision { epoch: 0, number: 1 }),
        ..question("user:ana", "view", "conversation:c1")
    };
    let (code, reason, _) = told(&client.check(request).await.unwrap_err());
    assert_eq!((code, reason.as_str()), (Code::FailedPrecondition, "REVISION_NOT_COMPARABLE"));
}

#[tokio::test]
async fn what_is_wrong_with_a_list_is_told() {
    let (_running, mut client) = started(config()).await;
    let nothing = client.list_allowed(v1::ListAllowedRequest::default()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument);

    let of = |source| v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal: Some(principal("user:ana")),
        query: Some(v1::list_allowed_request::Query::Resources(v1::ResourcesQuery {
            r#type: "inbox".to_owned(),
            action: "view".to_owned(),
            source: Some(source),
        })),
        ..v1::ListAllowedRequest::default()
    };
    let filter = of(v1::resources_query::Source::Filter(v1::ResourceFilter::default()));
    let status = client.list_allowed(filter).await.unwrap_err();
    assert_eq!(told(&status), (Code::Unimplemented, "NOT_IMPLEMENTED".to_owned(), String::new()));

    let registered = of(v1::resources_query::Source::Registered(v1::RegisteredResources {}));
    let bad_token = v1::ListAllowedRequest { page_token: "bad".to_owned(), ..registered };
    let status = client.list_allowed(bad_token).await.unwrap_err();
    let malformed = "FIELD_MALFORMED".to_owned();
    assert_eq!(told(&status), (Code::InvalidArgument, malformed, "page_token".to_owned()));
}
