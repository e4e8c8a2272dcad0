//! The policies of `examples` and `tests/policies`, decided by Cedar.
//!
//! Owns the list of what those policies say that Cedar cannot. Every other one
//! is exported, and Cedar must give every answer that its test documents expect.

use std::collections::BTreeMap;
use std::path::Path;

use super::ask::{Asker, can_be_put};
use super::{Judge, Unanswered};
use crate::decide::reference::question::{Question, Sent, Through};
use crate::document::definition::{
    Asker as Principal, Expected, Map, Model, Outcome, ScopeCover, Setting, Target, Test, Via,
};
use crate::document::{Loaded, PolicyLimits, Spanned, load, locate};
use crate::export::cedar::export;
use crate::model::{Pattern, Timestamp, Value};
use crate::policy_dir::{self, corpus};

/// What is refused, by directory: where, and what.
const REFUSED: [(&str, &[&str]); 4] = [
    (
        "absence",
        &[
            "model.yaml:78:45: Cedar cannot say `timestamp()` of a text that is not written out",
            "model.yaml:121:66: Cedar cannot say `timestamp()` of a text that is not written out",
        ],
    ),
    (
        "builtin-types",
        &["model.yaml:39:15: Cedar cannot say the `size()` of a list, but for whether it is empty"],
    ),
    ("identity", &["model.yaml:32:56: Cedar cannot say the `size()` of a text, but for whether it is empty"]),
    ("roles", &["model.yaml:52:46: Cedar cannot say lists compared as a whole"]),
];

/// A question and whether it is to be allowed.
type Expectation = (Question, bool);

pub(super) fn run<J: Judge>() -> String {
    let (mut agreed, mut refused, mut finer, mut circles) = (0, Vec::new(), 0, 0);
    for directory in corpus::directories() {
        let name = directory.file_name().expect("a name").to_str().expect("plain").to_owned();
        let sources = policy_dir::read(&directory).expect("readable");
        let Loaded { checked, tests, .. } = load(&sources, &PolicyLimits::default());
        let checked = checked.expect("valid");
        let model = &checked.policy().model;
        for (now, expectations) in by_instant(model, &tests) {
            let export = match export(&checked, now) {
                Ok(export) => export,
                Err(told) => {
                    let told = told.iter().map(|told| {
                        let at = locate(told, &sources);
                        let (path, line) = (at.path.unwrap_or_default(), at.line.unwrap_or_default());
                        let file = Path::new(&path)
                            .strip_prefix(&directory)
                            .map_or(path.clone(), |path| path.display().to_string());
                        format!("{file}:{line}:{}: {}", at.column.unwrap_or_default(), at.message)
                    });
                    refused.push((name, told.collect::<Vec<_>>()));
                    break;
                }
            };
            let cedar = J::read(&export).unwrap_or_else(|error| panic!("{name}: {error}"));
            let told = cedar.validate();
            assert!(told.is_empty(), "{name}: {told:#?}");
            let asker = Asker::new(model, &export.entities);
            for (question, allow) in expectations {
                if !can_be_put(&question) {
                    finer += 1;
                    continue;
                }
                let said = cedar.allows(&asker.put(&question, now));
                if said == Err(Unanswered::Circle) {
                    circles += 1;
                    continue;
                }
                assert_eq!(said, Ok(allow), "{name}, at {now}: {question:#?}");
                agreed += 1;
            }
        }
    }
    assert!(finer + circles <= 10, "too many questions cannot be put");
    let listed: Vec<(String, Vec<String>)> = REFUSED
        .iter()
        .map(|(name, told)| ((*name).to_owned(), told.iter().map(|told| (*told).to_owned()).collect()))
        .collect();
    assert_eq!(refused, listed);
    assert!(agreed > 2_500, "only {agreed} expectations were compared");
    format!(
        "Cedar agrees on {agreed} expectations\n\
         {finer} send instants finer than a millisecond, {circles} parents that make a circle"
    )
}

fn by_instant(model: &Model, tests: &[Spanned<Test>]) -> BTreeMap<Timestamp, Vec<Expectation>> {
    let mut found: BTreeMap<Timestamp, Vec<Expectation>> = BTreeMap::new();
    for Spanned { value: test, .. } in tests {
        let mut add = |setting: &Setting, question: Question, expected: &Expected| {
            let now = setting.instant.unwrap_or(test.at);
            if expected.outcome != Outcome::Error {
                let allow = expected.outcome == Outcome::Allow;
                found.entry(now).or_default().push((question, allow));
            }
        };
        for table in &test.tables {
            for (permission, cells) in &table.rows {
                let Pattern::Exact { kind, action } = &permission.value else { panic!("exact") };
                for ((_, principal), expected) in table.columns.iter().zip(cells) {
                    let alone = Target { kind: kind.to_string(), ..Target::default() };
                    let target = table.resource.as_ref().unwrap_or(&alone);
                    let question = question(model, &test.tenant, &table.setting, principal, target, action);
                    add(&table.setting, question, expected);
                }
            }
        }
        for case in &test.cases {
            for (action, expected) in &case.expect {
                let question =
                    question(model, &test.tenant, &case.setting, &case.principal, &case.resource, action);
                add(&case.setting, question, expected);
            }
        }
    }
    found
}

fn question(
    model: &Model,
    tenant: &str,
    setting: &Setting,
    principal: &Principal,
    target: &Target,
    action: &str,
) -> Question {
    let key = &principal.key.value;
    Question {
        tenant: tenant.to_owned(),
        principal: (key.kind().to_owned(), key.id().to_owned()),
        roles: principal.roles.iter().map(|role| role.value.clone()).collect(),
        attributes: sent(&principal.attributes),
        context: sent(&setting.context),
        via: setting.via.as_ref().map(|via| through(model, via)),
        kind: target.kind.clone(),
        id: target.id.clone(),
        resource: sent(&target.attributes),
        parents: target.parents.iter().map(|key| (key.kind().to_owned(), key.id().to_owned())).collect(),
        action: action.to_owned(),
    }
}

fn sent(attributes: &Map<Value>) -> Sent {
    attributes.iter().map(|(name, value)| (name.clone(), value.value.clone())).collect()
}

fn through(model: &Model, via: &Via) -> Through {
    let modes = |scope: &str| match model.scopes.get(scope).map(|scope| &scope.value.covers) {
        Some(ScopeCover::Modes(modes)) => modes.keys().cloned().collect(),
        Some(ScopeCover::Allow(_)) | None => Vec::new(),
    };
    let scopes = via.scopes.iter().map(|(scope, listed)| {
        let listed = match &listed.value {
            Some(listed) => listed.iter().map(|mode| mode.value.clone()).collect(),
            None => modes(scope),
        };
        (scope.clone(), listed)
    });
    Through {
        app: via.app.as_ref().map(|app| (app.kind().to_owned(), app.id().to_owned())),
        scopes: scopes.collect(),
        all_scopes: via.all_scopes,
    }
}
