//! Limits: at the limit it is answered, one above it is refused by name.

use std::collections::BTreeMap;

use prost::Message;
use sidegate::app::Config;
use sidegate::client::v1;
use tonic::Code;
use tonic_types::StatusExt;

use crate::support::{Client, attribute, channel, config, question, started, text, told};

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "conversation:c1")
}

fn batch(checks: usize) -> v1::BatchCheckRequest {
    let item = v1::BatchCheckItem {
        resource: asked().resource,
        actions: vec!["view".to_owned()],
        ..v1::BatchCheckItem::default()
    };
    let v1::CheckRequest { tenant, principal, .. } = asked();
    v1::BatchCheckRequest { tenant, principal, items: vec![item; checks], ..v1::BatchCheckRequest::default() }
}

fn with(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = config();
    change(&mut config);
    config
}

/// The refusal names the limit and its size.
#[track_caller]
fn assert_over(status: &tonic::Status, code: Code, reason: &str, limit: &str, bytes: usize) {
    let details = status.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!((status.code(), told(status).1.as_str()), (code, reason));
    assert_eq!((metadata["limit"].as_str(), metadata["limit_bytes"].clone()), (limit, bytes.to_string()));
}

#[tokio::test]
async fn a_request_may_be_as_large_as_its_method_takes() {
    let bytes = asked().encoded_len();
    let (_running, mut client) = started(with(|config| config.limits.check_request_bytes = bytes)).await;
    client.check(asked()).await.unwrap();
    let larger = v1::CheckRequest { explain: true, ..asked() };
    let status = client.check(larger).await.unwrap_err();
    assert_over(&status, Code::InvalidArgument, "REQUEST_TOO_LARGE", "check_request_bytes", bytes);

    let bytes = batch(2).encoded_len();
    let (_running, mut client) = started(with(|config| config.limits.batch_request_bytes = bytes)).await;
    client.batch_check(batch(2)).await.unwrap();
    let status = client.batch_check(batch(3)).await.unwrap_err();
    assert_over(&status, Code::InvalidArgument, "REQUEST_TOO_LARGE", "batch_request_bytes", bytes);
}

#[tokio::test]
async fn each_method_has_its_own_size() {
    let (_running, mut client) = started(config()).await;
    let padded = |bytes: usize| attribute("ip_country", text(&"x".repeat(bytes)));

    let check = v1::CheckRequest { context: padded(256 * 1024), ..asked() };
    let status = client.check(check).await.unwrap_err();
    assert_over(&status, Code::InvalidArgument, "REQUEST_TOO_LARGE", "check_request_bytes", 262_144);

    // The same in a batch is read, and then refused for its attribute.
    let readable = v1::BatchCheckRequest { context: padded(256 * 1024), ..batch(1) };
    assert_eq!(told(&client.batch_check(readable).await.unwrap_err()).1, "FIELD_OVER_LIMIT");
    let too_large = v1::BatchCheckRequest { context: padded(1024 * 1024), ..batch(1) };
    let status = client.batch_check(too_large).await.unwrap_err();
    assert_over(&status, Code::InvalidArgument, "REQUEST_TOO_LARGE", "batch_request_bytes", 1_048_576);

    let list = v1::ListAllowedRequest { context: padded(4096 * 1024), ..v1::ListAllowedRequest::default() };
    let status = client.list_allowed(list).await.unwrap_err();
    assert_over(&status, Code::InvalidArgument, "REQUEST_TOO_LARGE", "list_request_bytes", 4_194_304);
}

#[tokio::test]
async fn a_batch_holds_a_thousand_questions() {
    let (_running, mut client) = started(config()).await;
    let response = client.batch_check(batch(1000)).await.unwrap().into_inner();
    assert_eq!(response.items.len(), 1000);

    let refused = (Code::InvalidArgument, "FIELD_OVER_LIMIT".to_owned(), "items".to_owned());
    assert_eq!(told(&client.batch_check(batch(1001)).await.unwrap_err()), refused);
    let mut one_item = batch(1);
    one_item.items[0].actions = vec!["view".to_owned(); 1001];
    assert_eq!(told(&client.batch_check(one_item).await.unwrap_err()), refused);
    let mut no_action = batch(1001);
    no_action.items.iter_mut().for_each(|item| item.actions.clear());
    assert_eq!(told(&client.batch_check(no_action).await.unwrap_err()), refused);
}

#[tokio::test]
async fn a_response_is_not_cut_off_but_refused() {
    let (_running, mut client) = started(config()).await;
    let bytes = client.batch_check(batch(3)).await.unwrap().into_inner().encoded_len();
    let (_running, mut client) = started(with(|config| config.limits.response_bytes = bytes)).await;
    client.batch_check(batch(3)).await.unwrap();
    let status = client.batch_check(batch(4)).await.unwrap_err();
    assert_over(&status, Code::ResourceExhausted, "RESPONSE_TOO_LARGE", "response_bytes", bytes);
}

#[tokio::test]
async fn what_is_no_message_of_the_method_is_refused() {
    let (running, _client) = started(config()).await;
    let mut raw = tonic::client::Grpc::new(channel(&running.addresses()[0]).await);
    raw.ready().await.unwrap();
    // A number where a Check has its tenant's text.
    let request = tonic::Request::new(v1::Revision { epoch: 1, number: 1 });
    let path = "/sidegate.v1.AuthorizationService/Check".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<v1::Revision, v1::CheckResponse>::default();
    let status = raw.unary(request, path, codec).await.unwrap_err();
    assert_eq!(told(&status), (Code::InvalidArgument, "REQUEST_UNREADABLE".to_owned(), String::new()));
}

/// Changes a question twice, up to a limit and beyond.
async fn check(client: &mut Client, what: &str, limit: usize, change: impl Fn(&mut v1::CheckRequest, usize)) {
    let mut request = asked();
    change(&mut request, limit);
    if let Err(status) = client.check(request).await {
        panic!("{what} at {limit}: {status:?}");
    }
    let mut request = asked();
    change(&mut request, limit + 1);
    match client.check(request).await {
        Ok(response) => panic!("{what} above {limit}: {response:?}"),
        Err(status) => assert_eq!(told(&status).1, "FIELD_OVER_LIMIT", "{what}: {status:?}"),
    }
}

#[tokio::test]
async fn a_question_may_carry_so_much() {
    let (_running, mut client) = started(config()).await;
    let c = &mut client;
    let names = |count: usize| (0..count).map(|number| format!("n{number}")).collect::<Vec<String>>();
    let list = |values: Vec<String>| v1::Value {
        kind: Some(v1::value::Kind::StringList(v1::StringList { values })),
    };

    check(c, "a principal's id", 256, |r, n| r.principal.as_mut().unwrap().id = "x".repeat(n)).await;
    check(c, "a resource's id", 256, |r, n| r.resource.as_mut().unwrap().id = Some("x".repeat(n))).await;
    check(c, "a tenant", 256, |r, n| r.tenant = "x".repeat(n)).await;
    check(c, "a text", 4096, |r, n| r.context = attribute("ip_country", text(&"x".repeat(n)))).await;
    check(c, "attributes", 256, |r, n| {
        r.context = names(n).into_iter().map(|name| (name, text("x"))).collect::<BTreeMap<_, _>>();
    })
    .await;
    check(c, "a list", 1024, |r, n| {
        r.resource.as_mut().unwrap().attributes = attribute("tags", list(names(n)))
    })
    .await;
    check(c, "asserted roles", 32, |r, n| {
        r.principal = Some(v1::Principal { roles: names(n), ..crate::support::principal("guest:g1") });
    })
    .await;
    check(c, "parents", 16, |r, n| {
        let inbox = |id| v1::ResourceRef { r#type: "inbox".to_owned(), id };
        r.resource.as_mut().unwrap().parents = names(n).into_iter().map(inbox).collect();
    })
    .await;
    check(c, "scopes", 256, |r, n| {
        let scope = |scope| v1::ViaScope { scope, modes: Vec::new() };
        r.via = Some(v1::Via { scopes: names(n).into_iter().map(scope).collect(), ..v1::Via::default() });
    })
    .await;
}

#[tokio::test]
async fn the_limits_in_force_are_told() {
    let (_running, mut client) = started(with(|config| config.limits.batch_checks = 7)).await;
    let told = client.get_capabilities(v1::GetCapabilitiesRequest {}).await.unwrap().into_inner();
    let limits = told.limits.unwrap();
    assert_eq!((limits.batch_checks, limits.check_request_bytes, limits.id_bytes), (7, 262_144, 256));
    assert_eq!(told.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(told.revision, Some(v1::Revision { epoch: 0, number: 1 }));
}
