//! Check: an answer says what was decided, why, and on what it rests.

use sidegate::client::v1::{self, Decision, Reason};

use crate::support::{attribute, config, question, started, text};

const REVISION: v1::Revision = v1::Revision { epoch: 0, number: 1 };

/// A decision in one line: `ALLOW ROLE_GRANT role:admin`.
async fn decided(request: v1::CheckRequest) -> String {
    let (_running, mut client) = started(config()).await;
    let response = client.check(request).await.unwrap().into_inner();
    let hidden = if response.hidden { " hidden" } else { "" };
    let cause =
        response.cause.as_ref().map(|cause| format!(" {}:{}", cause.kind, cause.id)).unwrap_or_default();
    let decision = response.decision().as_str_name().trim_start_matches("DECISION_");
    let reason = response.reason().as_str_name().trim_start_matches("REASON_");
    format!("{decision} {reason}{cause}{hidden}")
}

#[tokio::test]
async fn allowed_denied_and_hidden() {
    let own = v1::CheckRequest {
        resource: Some(v1::Resource {
            attributes: attribute("assignee", text("tom")),
            ..crate::support::resource("conversation:c1")
        }),
        ..question("user:tom", "send", "conversation:c1")
    };
    assert_eq!(decided(own).await, "ALLOW ROLE_GRANT role:agent");
    let anyones = question("user:ana", "assign", "conversation:c1");
    assert_eq!(decided(anyones).await, "ALLOW ROLE_GRANT role:admin");
    let not_granted = question("user:tom", "assign", "conversation:c1");
    assert_eq!(decided(not_granted).await, "DENY NOT_GRANTED");
    let stranger = question("user:zoe", "view", "conversation:c1");
    assert_eq!(decided(stranger).await, "DENY UNKNOWN_PRINCIPAL");
    let expired = question("user:eva", "view", "conversation:c1");
    assert_eq!(decided(expired).await, "DENY EXPIRED member:");
}

#[tokio::test]
async fn an_answer_names_its_revision() {
    let (_running, mut client) = started(config()).await;
    let known = client.check(question("user:ana", "view", "inbox")).await.unwrap().into_inner();
    assert_eq!(known.revision, Some(REVISION));
    assert_eq!(known.tenant_revision, Some(REVISION));

    let elsewhere =
        v1::CheckRequest { tenant: "nowhere".to_owned(), ..question("user:ana", "view", "inbox") };
    let unknown = client.check(elsewhere).await.unwrap().into_inner();
    assert_eq!((unknown.decision(), unknown.reason()), (Decision::Deny, Reason::UnknownTenant));
    assert_eq!(unknown.revision, Some(REVISION));
    assert_eq!(unknown.tenant_revision, None);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let (_running, mut client) = started(config()).await;
    let response = client.check(question("user:tom", "send", "conversation:c1")).await.unwrap().into_inner();
    assert_eq!(response.reason(), Reason::MissingAttribute);
    assert_eq!(response.missing_attributes, ["resource.assignee"]);
}

#[tokio::test]
async fn an_explanation_comes_when_asked_for() {
    let (_running, mut client) = started(config()).await;
    let request = question("user:tom", "view", "conversation:c1");
    let plain = client.check(request.clone()).await.unwrap().into_inner();
    assert_eq!(plain.explanation, None);

    let asked = v1::CheckRequest { explain: true, ..request };
    let explained = client.check(asked).await.unwrap().into_inner();
    let explanation = explained.explanation.clone().unwrap();
    let numbers: Vec<u32> = explanation.steps.iter().map(|step| step.number).collect();
    assert_eq!(numbers, (1..=9).collect::<Vec<u32>>());
    assert!(explanation.steps.iter().all(|step| step.outcome() != v1::StepOutcome::Unspecified));
    assert_eq!(v1::CheckResponse { explanation: None, ..explained }, plain);
}

#[tokio::test]
async fn via_an_app_no_more_than_its_scopes() {
    let via = |scope: &str, mode: &str| v1::Via {
        app: Some(v1::PrincipalRef { r#type: "plugin".to_owned(), id: "crm-sync".to_owned() }),
        scopes: vec![v1::ViaScope { scope: scope.to_owned(), modes: vec![mode.to_owned()] }],
        all_scopes: false,
    };
    let through = |action: &str, via| v1::CheckRequest {
        via: Some(via),
        ..question("user:ana", action, "conversation:c1")
    };
    assert_eq!(decided(through("view", via("chats", "read"))).await, "ALLOW ROLE_GRANT role:admin");
    assert_eq!(decided(through("send", via("chats", "write"))).await, "DENY SCOPE_NOT_GRANTED app: hidden");
    let itself = question("plugin:crm-sync", "view", "conversation:c1");
    assert_eq!(decided(itself).await, "ALLOW SCOPE_GRANT scope:chats");
}
