//! Four stores of OpenFGA's samples. Only what a question needs is read: checks,
//! lists, and those tuples that say in which tenant a question belongs.
//!
//! Each row of a check, and each list, is a case.

use serde_json::Value;
use sidegate::client::v1;

use super::doors::{Case, Doors, note};
use super::fixtures::{Fixtures, items, pairs, text, texts};
use super::table::Tally;
use crate::support::{principal, resource};

/// A store and the type whose objects are tenants here.
const STORES: [(&str, &str); 4] = [
    ("custom-roles", "org"),
    ("multitenant-rbac", "organization"),
    ("slack", "workspace"),
    ("entitlements", "organization"),
];

struct Store {
    tenants: &'static str,
    /// User, relation, object.
    tuples: Vec<[String; 3]>,
}

pub(super) async fn run(fixtures: &Fixtures) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for (name, tenants) in STORES {
        let file = fixtures.yaml(&format!("openfga-sample-stores/{name}/store.fga.yaml"));
        let tuple = |tuple: &Value| ["user", "relation", "object"].map(|key| text(tuple, key).to_owned());
        let store = Store { tenants, tuples: items(&file, "tuples").iter().map(tuple).collect() };
        let source = super::table::SOURCES.iter().map(|source| source.name);
        let source = source.into_iter().find(|source| source.strip_prefix("openfga-") == Some(name)).unwrap();
        let mut doors = Doors::open(source).await;
        let tests = items(&file, "tests");

        let checks: Vec<Case> = tests.iter().flat_map(|test| store.checks(test)).collect();
        let wrong = doors.judge(&checks).await;
        let mut cases: Vec<_> = checks.into_iter().map(|case| case.name).zip(wrong).collect();
        for test in tests {
            cases.extend(store.objects(&mut doors, test).await);
            cases.extend(store.users(&mut doors, test).await);
        }
        tallies.push(Tally { source, cases, lists: doors.lists() });
    }
    tallies
}

impl Store {
    fn checks(&self, test: &Value) -> Vec<Case> {
        let mut cases = Vec::new();
        for check in items(test, "check") {
            let (user, object) = (text(check, "user"), text(check, "object"));
            for (relation, expected) in pairs(check, "assertions") {
                cases.push(Case {
                    name: format!("{user} {relation} {object}"),
                    request: self.question(user, relation, object),
                    expected: expected.as_bool().unwrap(),
                });
            }
        }
        cases
    }

    /// `list_objects`: all that somebody may do something to.
    async fn objects(&self, doors: &mut Doors, test: &Value) -> Vec<(String, Option<String>)> {
        let mut cases = Vec::new();
        for list in items(test, "list_objects") {
            let (user, kind) = (text(list, "user"), text(list, "type"));
            for (relation, expected) in pairs(list, "assertions") {
                let expected = sorted(texts(expected));
                let mut wrong = None;
                // Any object of the type leads to the question.
                let request = self.question(user, relation, &expected[0]);
                let listed = if kind == FEATURE {
                    let allowed = doors.actions(&request).await.into_iter().filter(|(_, allowed)| *allowed);
                    Some(allowed.map(|(action, _)| format!("{FEATURE}:{action}")).collect())
                } else {
                    doors.registered(&request).await
                };
                note(&mut wrong, "the list of objects", listed.as_ref() == Some(&expected));
                // Each object of the type that there is, as a question of its own.
                let objects = self.objects_of(kind);
                assert!(expected.iter().all(|object| objects.contains(object)));
                let each: Vec<Case> = objects
                    .iter()
                    .map(|object| Case {
                        name: object.clone(),
                        request: self.question(user, relation, object),
                        expected: expected.contains(object),
                    })
                    .collect();
                let first = doors.judge(&each).await.into_iter().flatten().next();
                cases.push((format!("{user} {relation} every {kind}"), wrong.or(first)));
            }
        }
        cases
    }

    /// `list_users`: all who may do something to an object.
    async fn users(&self, doors: &mut Doors, test: &Value) -> Vec<(String, Option<String>)> {
        let mut cases = Vec::new();
        for list in items(test, "list_users") {
            let object = text(list, "object");
            assert_eq!(list["user_filter"], serde_json::json!([{ "type": "user" }]));
            for (relation, expected) in pairs(list, "assertions") {
                let expected = sorted(texts(&expected["users"]));
                let mut wrong = None;
                let mut request = self.question(&expected[0], relation, object);
                // Where objects are of no tenant, each tenant has users who may.
                let tenants = if is_feature(object) { doors.tenants() } else { vec![request.tenant.clone()] };
                let mut listed = Vec::new();
                for tenant in tenants {
                    request.tenant = tenant;
                    match doors.principals(&request).await {
                        Some(principals) => listed.extend(principals),
                        None => note(&mut wrong, "a list of principals", false),
                    }
                }
                listed.sort();
                note(&mut wrong, "the list of users", listed == expected);
                let users = self.objects_of("user");
                assert!(expected.iter().all(|user| users.contains(user)));
                let each: Vec<Case> = users
                    .iter()
                    .map(|user| Case {
                        name: user.clone(),
                        request: self.question(user, relation, object),
                        expected: expected.contains(user),
                    })
                    .collect();
                let first = doors.judge(&each).await.into_iter().flatten().next();
                cases.push((format!("every user {relation} {object}"), wrong.or(first)));
            }
        }
        cases
    }

    /// "Has the user this relation to the object?", as it is asked here.
    fn question(&self, user: &str, relation: &str, object: &str) -> v1::CheckRequest {
        let (kind, id) = object.split_once(':').unwrap();
        let of_tenant = if is_feature(object) { user } else { object };
        let (action, about) = match kind {
            FEATURE => (id, FEATURE.to_owned()),
            // A type is a word.
            _ => (relation, format!("{}:{id}", kind.replace('-', "_"))),
        };
        v1::CheckRequest {
            tenant: self.tenant(of_tenant),
            principal: Some(principal(user)),
            action: action.to_owned(),
            resource: Some(resource(&about)),
            ..v1::CheckRequest::default()
        }
    }

    /// The tenant that something belongs to: the nearest by the tuples. A user
    /// stands on their left, what belongs to something on their right.
    fn tenant(&self, thing: &str) -> String {
        let (kind, id) = thing.split_once(':').unwrap();
        if kind == self.tenants {
            return id.to_owned();
        }
        let above = self.tuples.iter().find_map(|[user, relation, object]| {
            let is_set = user.contains('#');
            match kind {
                "user" => (user == thing && relation == "member" && object.starts_with(self.tenants))
                    .then_some(object),
                _ => (object == thing && !is_set && !user.starts_with("user:")).then_some(user),
            }
        });
        self.tenant(above.unwrap_or_else(|| panic!("{thing} belongs to nothing")))
    }

    /// Every object of a type that a tuple names.
    fn objects_of(&self, kind: &str) -> Vec<String> {
        let named = self.tuples.iter().flat_map(|[user, _, object]| [user, object]);
        let mut objects: Vec<String> = named
            .filter(|key| key.split_once(':').unwrap().0 == kind && !key.contains('#'))
            .cloned()
            .collect();
        objects.sort();
        objects.dedup();
        objects
    }
}

/// The type of what plans open: each of its objects is an action here.
const FEATURE: &str = "feature";

fn is_feature(object: &str) -> bool {
    object.split_once(':').unwrap().0 == FEATURE
}

fn sorted(texts: Vec<&str>) -> Vec<String> {
    let mut sorted: Vec<String> = texts.into_iter().map(str::to_owned).collect();
    sorted.sort();
    sorted
}
