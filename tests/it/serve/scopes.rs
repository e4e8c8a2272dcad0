//! What a listener answers: which questions, about which tenants.

use sidegate::app::{ListenAddress, Listener, Running};
use sidegate::client::v1::{self, list_allowed_request::Query};
use sidegate::rpc::{ListenerScope, Question};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::support::{Client, channel, config, principal, question, resource, started};

/// A sidecar with one listener of a scope, and a client of it.
async fn at(scope: ListenerScope) -> (Running, Client) {
    let mut config = config();
    config.listeners = vec![Listener { scope, ..config.listeners[0].clone() }];
    started(config).await
}

/// What a refusal says is not answered here.
fn not_answered(answer: Result<(), Status>) -> Option<String> {
    let status = answer.err()?;
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("{status:?}"));
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::PermissionDenied, "ERROR_REASON_NOT_ALLOWED_HERE")
    );
    Some(info.metadata["question"].clone())
}

fn check() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

fn batch() -> v1::BatchCheckRequest {
    let item = v1::BatchCheckItem {
        resource: Some(resource("inbox:i1")),
        actions: vec!["view".to_owned()],
        ..v1::BatchCheckItem::default()
    };
    v1::BatchCheckRequest {
        tenant: "acme".to_owned(),
        principal: Some(principal("user:ana")),
        items: vec![item],
        ..v1::BatchCheckRequest::default()
    }
}

fn list(query: Query) -> v1::ListAllowedRequest {
    let by_name = matches!(query, Query::Principals(_));
    v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal: (!by_name).then(|| principal("user:ana")),
        query: Some(query),
        ..v1::ListAllowedRequest::default()
    }
}

fn actions() -> v1::ListAllowedRequest {
    let resource = Some(resource("inbox:i1"));
    list(Query::Actions(v1::ActionsQuery { resource, ..v1::ActionsQuery::default() }))
}

fn principals() -> v1::ListAllowedRequest {
    let (action, resource) = ("view".to_owned(), Some(resource("inbox:i1")));
    list(Query::Principals(v1::PrincipalsQuery { action, resource, ..v1::PrincipalsQuery::default() }))
}

/// What of everything that can be asked is not answered, in a fixed order.
async fn all(client: &mut Client) -> Vec<Option<String>> {
    let explained = v1::CheckRequest { explain: true, ..check() };
    let batch_explained = v1::BatchCheckRequest { explain: true, ..batch() };
    vec![
        not_answered(client.check(check()).await.map(drop)),
        not_answered(client.check(explained).await.map(drop)),
        not_answered(client.batch_check(batch()).await.map(drop)),
        not_answered(client.batch_check(batch_explained).await.map(drop)),
        not_answered(client.list_allowed(actions()).await.map(drop)),
        not_answered(client.list_allowed(principals()).await.map(drop)),
    ]
}

fn told(questions: [&str; 6]) -> Vec<Option<String>> {
    questions.map(|question| (!question.is_empty()).then(|| question.to_owned())).into()
}

#[tokio::test]
async fn a_question_that_is_not_allowed_is_refused_by_name() {
    for (allow, expected) in [
        (vec![], ["check", "check", "batch", "batch", "list", "principals"]),
        (vec![Question::Check], ["", "explain", "batch", "batch", "list", "principals"]),
        (vec![Question::Batch, Question::Explain], ["check", "check", "", "", "list", "principals"]),
        (vec![Question::Explain], ["check", "check", "batch", "batch", "list", "principals"]),
        (vec![Question::List], ["check", "check", "batch", "batch", "", "principals"]),
        (vec![Question::Principals], ["check", "check", "batch", "batch", "list", ""]),
        (Question::ALL.to_vec(), ["", "", "", "", "", ""]),
    ] {
        let scope = ListenerScope { tenants: None, allow: allow.iter().copied().collect() };
        let (_running, mut client) = at(scope).await;
        assert_eq!(all(&mut client).await, told(expected), "{allow:?}");
        // What it can do is told to everyone.
        client.get_capabilities(v1::GetCapabilitiesRequest {}).await.unwrap();
    }
}

#[tokio::test]
async fn another_tenant_is_refused_whether_it_exists_or_not() {
    let tenants = Some(["other".to_owned()].into());
    let (_running, mut client) = at(ListenerScope { tenants, ..ListenerScope::everything() }).await;
    assert_eq!(all(&mut client).await, told(["tenant"; 6]));
    for tenant in ["nowhere", "", "a/b"] {
        let elsewhere = v1::CheckRequest { tenant: tenant.to_owned(), ..check() };
        assert_eq!(not_answered(client.check(elsewhere).await.map(drop)), Some("tenant".to_owned()));
    }
    let known = v1::CheckRequest { tenant: "other".to_owned(), ..check() };
    assert_eq!(not_answered(client.check(known).await.map(drop)), None);

    let tenants = Some(["acme".to_owned(), "other".to_owned()].into());
    let (_running, mut client) = at(ListenerScope { tenants, ..ListenerScope::everything() }).await;
    assert_eq!(all(&mut client).await, told([""; 6]));
}

#[tokio::test]
async fn whoever_may_not_ask_learns_of_no_fault() {
    let tenants = Some(["other".to_owned()].into());
    let (_running, mut client) = at(ListenerScope { tenants, ..ListenerScope::everything() }).await;
    let faulty = v1::CheckRequest { principal: None, ..check() };
    assert_eq!(not_answered(client.check(faulty).await.map(drop)), Some("tenant".to_owned()));
}

#[tokio::test]
async fn s04_what_others_can_reach_answers_neither_who_nor_why() {
    let folder = tempfile::tempdir().unwrap();
    let socket = ListenAddress::Unix(folder.path().join("s"));
    let mut config = config();
    config.listeners =
        ["0.0.0.0:0".parse().unwrap(), "127.0.0.1:0".parse().unwrap(), socket].map(Listener::at).into();
    let (running, _client) = started(config).await;
    let ListenAddress::Tcp(everywhere) = &running.addresses()[0] else { panic!("no address") };
    let by_loopback = ListenAddress::Tcp(([127, 0, 0, 1], everywhere.port()).into());
    // What counts is what it is bound to, not by which way one comes.
    let mut client = Client::new(channel(&by_loopback).await);
    assert_eq!(all(&mut client).await, told(["", "explain", "", "explain", "", "principals"]));
    for address in &running.addresses()[1..] {
        let mut client = Client::new(channel(address).await);
        assert_eq!(all(&mut client).await, told([""; 6]), "{address}");
    }
}
