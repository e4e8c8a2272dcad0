//! What Cedar says of two applications of its examples, by their own policies and entities, about everybody,
//! everything and every context that matters.
//!
//! Owns `oracle/recorded`, which `tests/it/third_party/cedar.rs` holds Sidegate against. The examples are read from
//! beside the checkout (`../shared/fixtures`), or from where `SIDEGATE_FIXTURES` says; where they are absent, the run says
//! so. `SIDEGATE_BLESS=1` writes anew what is recorded.

use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, Schema};
use serde_json::{Value, json};

struct Application {
    source: &'static str,
    folder: &'static str,
    policies: &'static str,
    schema: &'static str,
    entities: &'static str,
    /// Types of principals, and one that no entity names.
    principals: &'static [&'static str],
    stranger: &'static str,
    /// What may be done to what.
    actions: &'static [(&'static str, &'static [&'static str])],
    contexts: &'static [&'static str],
}

const APPLICATIONS: [Application; 2] = [
    Application {
        source: "cedar-document-cloud",
        folder: "document_cloud",
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
    },
    Application {
        source: "cedar-photoapp",
        folder: "PhotoApp",
        policies: "photoapp.cedar",
        schema: "photoapp.cedarschema",
        entities: "photoapp.cedarentities.json",
        principals: &["PhotoApp::User"],
        stranger: "PhotoApp::User::\"nobody\"",
        actions: &[("Photo", &["viewPhoto", "editPhoto", "deletePhoto"])],
        contexts: &["{}", r#"{ "judgingSession": true }"#, r#"{ "judgingSession": false }"#],
    },
];

#[test]
fn what_is_recorded_is_what_cedar_says() {
    let Some(fixtures) = fixtures() else { return };
    for application in &APPLICATIONS {
        let said = application.asked(&fixtures.join("cedar-examples").join(application.folder));
        let said = json!({ "requests": said });
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("recorded/{}.json", application.source));
        if std::env::var_os("SIDEGATE_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(&path, format!("{said:#}\n")).expect("written");
        }
        let recorded = fs::read_to_string(&path).expect("recorded");
        let recorded: Value = serde_json::from_str(&recorded).expect("JSON");
        assert_eq!(recorded, said, "{}: Cedar says otherwise", path.display());
    }
}

/// Where the data of others lies. A folder that somebody names must be there.
fn fixtures() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SIDEGATE_FIXTURES") {
        return Some(PathBuf::from(named));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    let found = folder.is_dir();
    if !found {
        println!("skipped: no fixtures at {}", folder.display());
    }
    found.then_some(folder)
}

impl Application {
    /// Every question about the entities that the schema lets be asked, with Cedar's
    /// answer. Only questions are held against the schema: the entities do not keep to it.
    fn asked(&self, folder: &Path) -> Vec<Value> {
        let read = |name: &str| fs::read_to_string(folder.join(name)).expect("readable");
        let policies = PolicySet::from_str(&read(self.policies)).expect("policies");
        let (schema, _) = Schema::from_cedarschema_str(&read(self.schema)).expect("a schema");
        let entities = Entities::from_json_str(&read(self.entities), None).expect("entities");
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
        let mut asked = Vec::new();
        for (kind, actions) in self.actions {
            for what in named(&[&format!("{namespace}{kind}")]) {
                for (who, action) in
                    people.iter().flat_map(|who| actions.iter().map(move |action| (who, action)))
                {
                    let action = format!("{namespace}Action::\"{action}\"");
                    for context in self.contexts {
                        let uid = |text: &str| EntityUid::from_str(text).expect("a uid");
                        let context: Value = serde_json::from_str(context).expect("JSON");
                        let given = Context::from_json_value(context.clone(), None).expect("a context");
                        let Ok(request) =
                            Request::new(uid(who), uid(&action), uid(&what), given, Some(&schema))
                        else {
                            continue;
                        };
                        let answer = Authorizer::new().is_authorized(&request, &policies, &entities);
                        asked.push(json!({
                            "principal": who,
                            "action": action,
                            "resource": what,
                            "context": context,
                            "allow": answer.decision() == Decision::Allow,
                        }));
                    }
                }
            }
        }
        asked
    }
}
