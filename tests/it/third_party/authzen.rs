//! The interop scenarios of AuthZEN, todo and search; the certification has a
//! file of its own.

use serde_json::Value;
use sidegate::client::v1;

use super::certification;
use super::doors::{Case, Doors, note};
use super::fixtures::{Fixtures, items, text};
use super::message::question;
use super::table::Tally;
use crate::support::{attribute, principal, resource, text as value};

pub(super) async fn run(fixtures: &Fixtures) -> Vec<Tally> {
    vec![certification::run(fixtures).await, todo(fixtures).await, search(fixtures).await]
}

/// Single evaluations, and batches as AuthZEN has them.
async fn todo(fixtures: &Fixtures) -> Tally {
    let source = "authzen-todo";
    let file = fixtures.json("authzen/todo-decisions-1_0-02.json");
    let mut doors = Doors::open(source).await;
    let case = |body: &Value, expected: &Value| Case {
        name: format!("{} {} {}", body["subject"]["id"], body["action"]["name"], body["resource"]),
        request: question("todos", body),
        expected: expected.as_bool().unwrap(),
    };
    let singles: Vec<Case> = items(&file, "evaluation")
        .iter()
        .map(|evaluation| case(&evaluation["request"], &evaluation["expected"]))
        .collect();
    let wrong = doors.judge(&singles).await;
    let mut cases: Vec<_> = singles.into_iter().map(|case| case.name).zip(wrong).collect();
    for (number, batch) in items(&file, "evaluations").iter().enumerate() {
        let bodies = certification::evaluations(&batch["request"]);
        let expected: Vec<bool> =
            items(batch, "expected").iter().map(|item| item["decision"].as_bool().unwrap()).collect();
        let mut wrong = None;
        let decided = certification::batch(&mut doors, "todos", &bodies).await.unwrap();
        note(&mut wrong, "the batch", decided == expected);
        let each: Vec<Case> =
            bodies.iter().zip(&expected).map(|(body, expected)| case(body, &(*expected).into())).collect();
        let first = doors.judge(&each).await.into_iter().flatten().next();
        cases.push((format!("batch {number}"), wrong.or(first)));
    }
    Tally { source, cases, lists: doors.lists() }
}

/// The scenario's people and records.
struct Library {
    users: Vec<Value>,
    records: Vec<Value>,
}

const ACTIONS: [&str; 3] = ["view", "edit", "delete"];

impl Library {
    /// The scenario's six sentences, for the searches whose results nobody wrote
    /// down. Those that somebody did are compared with both.
    fn may(user: &Value, action: &str, record: &Value) -> bool {
        let owns = record["owner"] == user["id"];
        let manager = user["role"] == "manager";
        let same_department = record["department"] == user["department"];
        match action {
            "view" => owns || same_department || manager,
            "edit" => owns || manager && same_department,
            "delete" => owns,
            other => panic!("{other}"),
        }
    }

    fn all(&self, keep: impl Fn(&Value, &str, &Value) -> bool) -> Vec<Case> {
        let mut cases = Vec::new();
        for (user, record) in self.users.iter().flat_map(|user| self.records.iter().map(move |r| (user, r))) {
            for action in ACTIONS.into_iter().filter(|action| keep(user, action, record)) {
                cases.push(Case {
                    name: format!("{} {action} {}", user["id"], record["id"]),
                    request: Self::question(text(user, "id"), action, &record["id"].to_string()),
                    expected: Self::may(user, action, record),
                });
            }
        }
        cases
    }

    fn question(user: &str, action: &str, record: &str) -> v1::CheckRequest {
        v1::CheckRequest {
            tenant: "library".to_owned(),
            principal: Some(principal(&format!("user:{user}"))),
            action: action.to_owned(),
            resource: Some(resource(&format!("record:{record}"))),
            ..v1::CheckRequest::default()
        }
    }
}

/// Resource searches, whose results the fixture has; then all subject and action
/// searches, whose results follow from the scenario's sentences.
async fn search(fixtures: &Fixtures) -> Tally {
    let source = "authzen-search";
    let rows = |path: &str| fixtures.json(path).as_array().unwrap().clone();
    let library =
        Library { users: rows("authzen/search-users.json"), records: rows("authzen/search-records.json") };
    let file = fixtures.json("authzen/search-resource-results.json");
    let mut doors = Doors::open(source).await;
    let mut cases = Vec::new();
    for search in items(&file, "evaluation") {
        let body = &search["request"];
        let (who, action) = (text(&body["subject"], "id"), text(&body["action"], "name"));
        let expected: Vec<String> = items(&search["expected"], "results")
            .iter()
            .map(|found| format!("{}:{}", text(found, "type"), text(found, "id")))
            .collect();
        let mut wrong = None;
        let listed = doors.registered(&question("library", body)).await;
        note(&mut wrong, "the search", listed.as_ref() == Some(&expected));
        let of_search = library.all(|user, asked, _| user["id"] == who && asked == action);
        let first = doors.judge(&of_search).await.into_iter().flatten().next();
        let found = of_search.iter().filter(|case| case.expected).map(|case| {
            let resource = case.request.resource.as_ref().unwrap();
            format!("{}:{}", resource.r#type, resource.id())
        });
        note(&mut wrong, "what the sentences give", found.collect::<Vec<_>>() == expected);
        note(&mut wrong, "the records sent along", sent_along(&mut doors, &library, who, action).await);
        cases.push((format!("{who} {action}"), wrong.or(first)));
    }
    let all = library.all(|_, _, _| true);
    assert_eq!(all.len(), 360);
    let wrong: Vec<String> = doors.judge(&all).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    searches(&mut doors, &library).await;
    Tally { source, cases, lists: doors.lists() }
}

/// Whether the records, described by whoever asks, are listed as those registered.
async fn sent_along(doors: &mut Doors, library: &Library, who: &str, action: &str) -> bool {
    let described = |record: &Value| {
        let mut attributes = attribute("owner", value(text(record, "owner")));
        attributes.extend(attribute("department", value(text(record, "department"))));
        v1::Resource { attributes, ..resource(&format!("record:{}", record["id"])) }
    };
    let records: Vec<v1::Resource> = library.records.iter().map(described).collect();
    let request = Library::question(who, action, "101");
    let listed = doors.candidates(&request, &records).await;
    listed == doors.registered(&request).await
}

/// Every subject search and every action search, each result as a whole.
async fn searches(doors: &mut Doors, library: &Library) {
    for record in &library.records {
        let id = record["id"].to_string();
        for action in ACTIONS {
            let found = doors.principals(&Library::question("alice", action, &id)).await.unwrap();
            let may = library.users.iter().filter(|user| Library::may(user, action, record));
            let expected: Vec<String> = may.map(|user| format!("user:{}", text(user, "id"))).collect();
            assert_eq!(found, expected, "who may {action} {id}");
        }
        for user in &library.users {
            let who = text(user, "id");
            let found = doors.actions(&Library::question(who, "view", &id)).await;
            for (action, allowed) in found {
                assert_eq!(allowed, Library::may(user, &action, record), "{who} {action} {id}");
            }
        }
    }
}
