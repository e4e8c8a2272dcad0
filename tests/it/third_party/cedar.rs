//! Two applications of Cedar's examples. Their requests are few, so Cedar itself is
//! asked besides, from their own policies and entities, about everybody, everything
//! and every context that matters.

use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};
use serde_json::Value;
use sidegate::client::v1;

use super::doors::{Case, Doors};
use super::fixtures::{Fixtures, pairs, text};
use super::message::attributes;
use super::table::Tally;
use crate::support::{principal, resource};

struct Application {
    source: &'static str,
    folder: &'static str,
    tenant: &'static str,
    policies: &'static str,
    schema: &'static str,
    entities: &'static str,
    /// Types of principals, and one that no entity names.
    principals: &'static [&'static str],
    stranger: &'static str,
    /// What may be done to what.
    actions: &'static [(&'static str, &'static [&'static str])],
    contexts: &'static [&'static str],
    /// How many questions that makes.
    questions: usize,
}

const APPLICATIONS: [Application; 2] = [
    Application {
        source: "cedar-document-cloud",
        folder: "document_cloud",
        tenant: "drive",
        policies: "policies.cedar",
        schema: "policies.cedarschema",
        entities: "entities.json",
        principals: &["User"],
        stranger: "Public::\"public\"",
        actions: &[
            ("Drive", &["CreateDocument", "CreateGroup"]),
            ("Group", &["ModifyGroup", "DeleteGroup"]),
            (
                "Document",
                &[
                    "ViewDocument",
                    "ModifyDocument",
                    "DeleteDocument",
                    "EditIsPrivate",
                    "AddToShareACL",
                    "EditPublicAccess",
                ],
            ),
        ],
        contexts: &[r#"{ "is_authenticated": true }"#, r#"{ "is_authenticated": false }"#],
        questions: 86,
    },
    Application {
        source: "cedar-photoapp",
        folder: "PhotoApp",
        tenant: "photoapp",
        policies: "photoapp.cedar",
        schema: "photoapp.cedarschema",
        entities: "photoapp.cedarentities.json",
        principals: &["PhotoApp::User"],
        stranger: "PhotoApp::User::\"nobody\"",
        actions: &[("Photo", &["viewPhoto", "editPhoto", "deletePhoto"])],
        contexts: &["{}", r#"{ "judgingSession": true }"#, r#"{ "judgingSession": false }"#],
        questions: 100,
    },
];

pub(super) async fn run(fixtures: &Fixtures) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for application in &APPLICATIONS {
        let folder = format!("cedar-examples/{}", application.folder);
        let mut cases = Vec::new();
        for (answer, expected) in [("ALLOW", true), ("DENY", false)] {
            for file in fixtures.files(&format!("{folder}/{answer}")) {
                let request = fixtures.json(&format!("{folder}/{answer}/{file}"));
                let [who, action, what] = ["principal", "action", "resource"].map(|key| text(&request, key));
                cases.push(Case {
                    name: format!("{answer}/{file}"),
                    request: application.question(who, action, what, &request),
                    expected,
                });
            }
        }
        let mut doors = Doors::open(application.source).await;
        let wrong = doors.judge(&cases).await;

        let all = application.asked_of_cedar(
            &fixtures.text(&format!("{folder}/{}", application.policies)),
            &fixtures.text(&format!("{folder}/{}", application.schema)),
            &fixtures.text(&format!("{folder}/{}", application.entities)),
        );
        assert_eq!(all.len(), application.questions);
        let other = doors.judge(&all).await;
        let other: Vec<_> =
            all.iter().zip(other).filter_map(|(case, wrong)| Some((&case.name, wrong?))).collect();
        assert!(other.is_empty(), "{}: {other:#?}", application.source);

        let cases = cases.into_iter().map(|case| case.name).zip(wrong).collect();
        tallies.push(Tally { source: application.source, cases, lists: doors.lists() });
    }
    tallies
}

impl Application {
    fn question(&self, who: &str, action: &str, what: &str, request: &Value) -> v1::CheckRequest {
        v1::CheckRequest {
            tenant: self.tenant.to_owned(),
            principal: Some(principal(&key(who))),
            action: key(action).split_once(':').unwrap().1.to_owned(),
            resource: Some(resource(&key(what))),
            context: attributes(&pairs(request, "context")),
            ..v1::CheckRequest::default()
        }
    }

    /// Every question about the entities that the schema lets be asked, with Cedar's
    /// answer. Only questions are held against the schema: the entities do not keep to it.
    fn asked_of_cedar(&self, policies: &str, schema: &str, entities: &str) -> Vec<Case> {
        let policies = PolicySet::from_str(policies).unwrap();
        let (schema, _) = Schema::from_cedarschema_str(schema).unwrap();
        let entities = Entities::from_json_str(entities, None).unwrap();
        let named = |types: &[&str]| -> Vec<String> {
            let mut named: Vec<String> = entities
                .iter()
                .map(|entity| entity.uid())
                .filter(|uid| types.contains(&uid.type_name().to_string().as_str()))
                .map(|uid| uid.to_string())
                .collect();
            named.sort();
            named
        };
        let namespace =
            self.principals[0].rsplit_once("::").map_or_else(String::new, |(name, _)| format!("{name}::"));
        let people = [named(self.principals), vec![self.stranger.to_owned()]].concat();
        let mut cases = Vec::new();
        for (kind, actions) in self.actions {
            for what in named(&[&format!("{namespace}{kind}")]) {
                for (who, action) in
                    people.iter().flat_map(|who| actions.iter().map(move |action| (who, action)))
                {
                    let action = format!("{namespace}Action::\"{action}\"");
                    for context in self.contexts {
                        let uid = |text: &str| EntityUid::from_str(text).unwrap();
                        let given = Context::from_json_str(context, None).unwrap();
                        let Ok(request) =
                            Request::new(uid(who), uid(&action), uid(&what), given, Some(&schema))
                        else {
                            continue;
                        };
                        let answer = Authorizer::new().is_authorized(&request, &policies, &entities);
                        let request =
                            serde_json::json!({ "context": serde_json::from_str::<Value>(context).unwrap() });
                        cases.push(Case {
                            name: format!("{who} {action} {what} {context}"),
                            request: self.question(who, &action, &what, &request),
                            expected: answer.decision() == Decision::Allow,
                        });
                    }
                }
            }
        }
        cases
    }
}

/// `PhotoApp::User::"JaneDoe"` as `User:JaneDoe`.
fn key(uid: &str) -> String {
    let (kind, id) = uid.split_once("::\"").unwrap();
    let kind = kind.rsplit("::").next().unwrap();
    format!("{kind}:{}", id.strip_suffix('"').unwrap())
}
