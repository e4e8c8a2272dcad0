//! The CRM of the Cerbos tutorial, in the four stages that have tests.
//!
//! Its tests say who each principal is, and each is asked twice: in a tenant that
//! knows nobody, with the roles said, and in one that stores them, with no roles.
//! Both must answer as expected.

use serde_json::Value;
use sidegate::client::v1;

use super::doors::{Case, Doors};
use super::fixtures::{Fixtures, items, pairs, text, texts};
use super::message::attributes;
use super::table::Tally;
use crate::support::principal;

/// Folders of the tutorial, and the policies that answer them.
const STAGES: [(&str, &str); 4] = [
    ("05-testing-policies", "cerbos-05"),
    ("06-adding-conditions", "cerbos-06"),
    ("07-derived-roles", "cerbos-07"),
    ("08-principal-policies", "cerbos-08"),
];

pub(super) async fn run(fixtures: &Fixtures) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for (folder, source) in STAGES {
        let folder = format!("cerbos-tutorial/{folder}/tests");
        let cases: Vec<Case> = fixtures
            .files(&folder)
            .iter()
            .flat_map(|file| suite(file, &fixtures.yaml(&format!("{folder}/{file}"))))
            .collect();
        let stored: Vec<Case> = cases.iter().cloned().map(stored).collect();
        let mut doors = Doors::open(source).await;
        let told = doors.judge(&cases).await;
        let known = doors.judge(&stored).await;
        let both = told.into_iter().zip(known).map(|(told, known)| told.or(known));
        let cases = cases.into_iter().map(|case| case.name).zip(both).collect();
        tallies.push(Tally { source, cases, lists: doors.lists() });
    }
    tallies
}

/// The same question in the tenant that knows the principal.
fn stored(mut case: Case) -> Case {
    "stored".clone_into(&mut case.request.tenant);
    case.request.principal.as_mut().unwrap().roles.clear();
    case
}

/// Every question of a file: each principal, resource and action of a test. What
/// is not said to be allowed is expected to be denied.
fn suite(file: &str, suite: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    for test in items(suite, "tests") {
        let input = &test["input"];
        for who in texts(&input["principals"]) {
            for what in texts(&input["resources"]) {
                let row = |row: &&Value| row["principal"] == who && row["resource"] == what;
                let expected = items(test, "expected").iter().find(row);
                for action in texts(&input["actions"]) {
                    let effect = expected.map_or("EFFECT_DENY", |row| text(&row["actions"], action));
                    cases.push(Case {
                        name: format!("{file} {who} {action} {what}"),
                        request: question(&suite["principals"][who], action, &suite["resources"][what]),
                        expected: match effect {
                            "EFFECT_ALLOW" => true,
                            "EFFECT_DENY" => false,
                            other => panic!("{other}"),
                        },
                    });
                }
            }
        }
    }
    cases
}

fn question(who: &Value, action: &str, what: &Value) -> v1::CheckRequest {
    v1::CheckRequest {
        tenant: "tokens".to_owned(),
        principal: Some(v1::Principal {
            roles: texts(&who["roles"]).into_iter().map(str::to_owned).collect(),
            attributes: attributes(&pairs(who, "attr")),
            ..principal(&format!("user:{}", text(who, "id")))
        }),
        action: action.to_owned(),
        resource: Some(v1::Resource {
            r#type: text(what, "kind").to_owned(),
            // One without an id is about the type alone.
            id: what["id"].as_str().map(str::to_owned),
            attributes: attributes(&pairs(what, "attr")),
            ..v1::Resource::default()
        }),
        ..v1::CheckRequest::default()
    }
}
