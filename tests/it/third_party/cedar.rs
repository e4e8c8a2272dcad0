//! Two applications of Cedar's examples. Their requests are few, so questions about everybody, everything and
//! every context that matters are asked besides. What Cedar says to those, from the applications' own policies and
//! entities, is recorded in `oracle/recorded`; `oracle/tests/recorded.rs` holds it against Cedar.

use std::fs;
use std::path::Path;

use serde_json::Value;
use sidegate::client::v1;

use super::doors::{Case, Doors};
use super::fixtures::{Fixtures, items, pairs, text};
use super::message::attributes;
use super::table::Tally;
use crate::support::{principal, resource};

struct Application {
    source: &'static str,
    folder: &'static str,
    tenant: &'static str,
    /// How many questions are recorded.
    questions: usize,
}

const APPLICATIONS: [Application; 2] = [
    Application { source: "cedar-document-cloud", folder: "document_cloud", tenant: "drive", questions: 86 },
    Application { source: "cedar-photoapp", folder: "PhotoApp", tenant: "photoapp", questions: 100 },
];

pub(super) async fn run(fixtures: &Fixtures) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for application in &APPLICATIONS {
        let folder = format!("cedar-examples/{}", application.folder);
        let mut cases = Vec::new();
        for (answer, expected) in [("ALLOW", true), ("DENY", false)] {
            for file in fixtures.files(&format!("{folder}/{answer}")) {
                let request = fixtures.json(&format!("{folder}/{answer}/{file}"));
                cases.push(application.case(format!("{answer}/{file}"), &request, expected));
            }
        }
        let mut doors = Doors::open(application.source).await;
        let wrong = doors.judge(&cases).await;

        let all = application.recorded();
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
    /// A request of Cedar's, as its examples write one, and what is to be answered.
    fn case(&self, name: String, request: &Value, expected: bool) -> Case {
        let [who, action, what] = ["principal", "action", "resource"].map(|key| text(request, key));
        let request = v1::CheckRequest {
            tenant: self.tenant.to_owned(),
            principal: Some(principal(&key(who))),
            action: key(action).split_once(':').unwrap().1.to_owned(),
            resource: Some(resource(&key(what))),
            context: attributes(&pairs(request, "context")),
            ..v1::CheckRequest::default()
        };
        Case { name, request, expected }
    }

    fn recorded(&self) -> Vec<Case> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle/recorded");
        let recorded = fs::read_to_string(folder.join(format!("{}.json", self.source))).unwrap();
        let recorded: Value = serde_json::from_str(&recorded).unwrap();
        let cases = items(&recorded, "requests").iter();
        cases
            .map(|request| self.case(request.to_string(), request, request["allow"].as_bool().unwrap()))
            .collect()
    }
}

/// `PhotoApp::User::"JaneDoe"` as `User:JaneDoe`.
fn key(uid: &str) -> String {
    let (kind, id) = uid.split_once("::\"").unwrap();
    let kind = kind.rsplit("::").next().unwrap();
    format!("{kind}:{}", id.strip_suffix('"').unwrap())
}
