//! BatchCheck: as many Checks, on one snapshot, each item for itself.

use sidegate::client::v1;
use tonic::Code;
use tonic_types::RpcStatusExt;

use crate::support::{Client, attribute, config, principal, question, resource, started, text, told};

fn item(id: &str, key: &str, actions: &[&str]) -> v1::BatchCheckItem {
    v1::BatchCheckItem {
        id: id.to_owned(),
        resource: Some(resource(key)),
        actions: actions.iter().map(|&action| action.to_owned()).collect(),
        principal: None,
    }
}

fn batch(who: Option<&str>, items: Vec<v1::BatchCheckItem>) -> v1::BatchCheckRequest {
    v1::BatchCheckRequest {
        tenant: "acme".to_owned(),
        principal: who.map(principal),
        items,
        ..v1::BatchCheckRequest::default()
    }
}

async fn answered(client: &mut Client, request: v1::BatchCheckRequest) -> Vec<v1::BatchCheckItemResult> {
    client.batch_check(request).await.unwrap().into_inner().items
}

/// The reason and the field of an item's error.
fn error(item: &v1::BatchCheckItemResult) -> (i32, String, String) {
    let status = item.error.clone().unwrap();
    assert!(item.results.is_empty(), "{item:?}");
    let details = status.get_error_details();
    let reason = details.error_info().unwrap().reason.clone();
    (status.code, reason, details.bad_request().unwrap().field_violations[0].field.clone())
}

#[tokio::test]
async fn a_batch_is_a_map_of_checks() {
    let (_running, mut client) = started(config()).await;
    let actions = ["view", "send", "assign", "view"];
    let assigned =
        v1::Resource { attributes: attribute("assignee", text("tom")), ..resource("conversation:c2") };
    let resources = [resource("conversation:c1"), assigned, resource("conversation")];
    for who in ["user:ana", "user:tom", "user:sam", "user:eva", "user:zoe", "plugin:crm-sync"] {
        for explain in [false, true] {
            let items = resources.iter().map(|about| v1::BatchCheckItem {
                resource: Some(about.clone()),
                ..item("", "conversation", &actions)
            });
            let request = v1::BatchCheckRequest { explain, ..batch(Some(who), items.collect()) };
            let response = client.batch_check(request).await.unwrap().into_inner();
            assert_eq!(response.items.len(), resources.len());
            for (item, about) in response.items.iter().zip(&resources) {
                assert_eq!(item.results.len(), actions.len());
                for (result, action) in item.results.iter().zip(actions) {
                    let request = v1::CheckRequest {
                        resource: Some(about.clone()),
                        explain,
                        ..question(who, action, "conversation")
                    };
                    let check = client.check(request).await.unwrap().into_inner();
                    let as_check = v1::CheckResponse {
                        decision: result.decision,
                        reason: result.reason,
                        cause: result.cause.clone(),
                        hidden: result.hidden,
                        missing_attributes: result.missing_attributes.clone(),
                        revision: response.revision,
                        tenant_revision: response.tenant_revision,
                        explanation: result.explanation.clone(),
                    };
                    assert_eq!(result.action, action);
                    assert_eq!(as_check, check, "{who} {action} {about:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn order_and_ids_are_the_callers() {
    let (_running, mut client) = started(config()).await;
    let items = ["b", "a", "", "b"].map(|id| item(id, "inbox:i1", &["view"]));
    let ids: Vec<String> = answered(&mut client, batch(Some("user:ana"), items.into()))
        .await
        .into_iter()
        .map(|item| item.id)
        .collect();
    assert_eq!(ids, ["b", "a", "", "b"]);
    assert!(answered(&mut client, batch(Some("user:ana"), Vec::new())).await.is_empty());
}

#[tokio::test]
async fn a_bad_item_is_its_own_error() {
    let (_running, mut client) = started(config()).await;
    let mut no_kind = item("", "conversation:c1", &["view"]);
    no_kind.resource.as_mut().unwrap().attributes = attribute("assignee", v1::Value { kind: None });
    let items = vec![
        item("", "inbox:i1", &["view"]),
        item("", "letter:l1", &["view"]),
        item("", "inbox:i1", &["view", "burn"]),
        item("", "inbox:i1", &[]),
        v1::BatchCheckItem { resource: None, ..item("", "inbox:i1", &["view"]) },
        no_kind,
        v1::BatchCheckItem { principal: Some(principal("robot:r1")), ..item("", "inbox:i1", &["view"]) },
        item(&"x".repeat(257), "inbox:i1", &["view"]),
        item("", "inbox:i1", &["view"]),
    ];
    let answers = answered(&mut client, batch(Some("user:ana"), items)).await;
    let expected = [
        (1, "UNKNOWN_RESOURCE_TYPE", "items[1].resource.type"),
        (2, "UNKNOWN_ACTION", "items[2].actions[1]"),
        (3, "FIELD_MISSING", "items[3].actions"),
        (4, "FIELD_MISSING", "items[4].resource"),
        (5, "FIELD_MISSING", "items[5].resource.attributes.assignee"),
        (6, "UNKNOWN_PRINCIPAL_TYPE", "items[6].principal.type"),
        (7, "FIELD_OVER_LIMIT", "items[7].id"),
    ];
    for (index, reason, field) in expected {
        let expected = (Code::InvalidArgument.into(), format!("ERROR_REASON_{reason}"), field.to_owned());
        assert_eq!(error(&answers[index]), expected);
    }
    for index in [0, 8] {
        assert_eq!(answers[index].error, None);
        assert_eq!(answers[index].results[0].decision(), v1::Decision::Allow);
    }
}

#[tokio::test]
async fn an_item_may_name_its_own_principal() {
    let (_running, mut client) = started(config()).await;
    let asked_by = |who: &str| v1::BatchCheckItem {
        principal: Some(principal(who)),
        ..item("", "conversation:c1", &["assign"])
    };
    let plain = item("", "conversation:c1", &["assign"]);

    let mixed = vec![plain.clone(), asked_by("user:ana"), plain.clone()];
    let allowed: Vec<bool> = answered(&mut client, batch(Some("user:tom"), mixed))
        .await
        .iter()
        .map(|item| item.results[0].decision() == v1::Decision::Allow)
        .collect();
    assert_eq!(allowed, [false, true, false]);

    let everyone_named = vec![asked_by("user:tom"), asked_by("user:ana")];
    assert_eq!(answered(&mut client, batch(None, everyone_named)).await.len(), 2);

    let one_unnamed = batch(None, vec![asked_by("user:ana"), plain]);
    let refused = client.batch_check(one_unnamed).await.unwrap_err();
    assert_eq!(told(&refused), (Code::InvalidArgument, "FIELD_MISSING".to_owned(), "principal".to_owned()));
}

#[tokio::test]
async fn an_app_beside_via_is_the_items_error() {
    let (_running, mut client) = started(config()).await;
    let request = v1::BatchCheckRequest {
        via: Some(v1::Via::default()),
        ..batch(
            Some("user:ana"),
            vec![
                item("", "inbox:i1", &["view"]),
                v1::BatchCheckItem {
                    principal: Some(principal("plugin:crm-sync")),
                    ..item("", "inbox:i1", &["view"])
                },
            ],
        )
    };
    let answers = answered(&mut client, request).await;
    assert_eq!(answers[0].error, None);
    assert_eq!(error(&answers[1]).1, "ERROR_REASON_APP_WITH_VIA");
}

#[tokio::test]
async fn what_is_wrong_with_the_call_is_the_calls_error() {
    let (_running, mut client) = started(config()).await;
    let items = || {
        vec![v1::BatchCheckItem { principal: Some(principal("user:ana")), ..item("", "inbox:i1", &["view"]) }]
    };
    let cases = [
        (v1::BatchCheckRequest { tenant: "a/b".to_owned(), ..batch(None, items()) }, "tenant"),
        (v1::BatchCheckRequest { tenant: "a/b".to_owned(), ..batch(None, Vec::new()) }, "tenant"),
        (batch(Some("robot:r1"), items()), "principal.type"),
        (
            v1::BatchCheckRequest {
                context: attribute("ip_country", v1::Value { kind: None }),
                ..batch(None, items())
            },
            "context.ip_country",
        ),
    ];
    for (request, field) in cases {
        let refused = client.batch_check(request).await.unwrap_err();
        assert_eq!(told(&refused).2, field);
    }
}
