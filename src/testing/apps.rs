//! What an app would be shown to ask for: the permissions that each scope it
//! requests unlocks. A question to the definitions; nothing is decided.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::{Permission, covered};
use super::{Failure, Run};
use crate::document::definition::{App, AppCase, Entry, Model, ScopeCover, ScopeRequest};

impl Run<'_> {
    /// Holds an app's requests against what is expected: the same scopes, and
    /// for each the same permissions.
    pub(super) fn app(&mut self, case: &AppCase) {
        let policy = self.policy;
        let failure = |at, expected, got| Failure {
            at,
            why: case.why.clone(),
            asked: format!("what does `{}` ask for?", case.app.value),
            expected,
            got,
            explanation: None,
        };
        let Some(app) = policy.apps.get(&case.app.value) else {
            let none = "there is no such app".to_owned();
            self.judge(false, || failure(case.app.at, "an app".to_owned(), none));
            return;
        };
        let unlocked = unlocked(&policy.model, app);
        for scope in unlocked.keys().filter(|scope| !case.expect.contains_key(**scope)) {
            self.judge(false, || failure(case.at, "no other scope".to_owned(), format!("also `{scope}`")));
        }
        for (scope, expected) in &case.expect {
            let wanted = expected.value.iter().map(|permission| permission.value.to_string()).collect();
            let got: Option<BTreeSet<String>> =
                unlocked.get(scope.as_str()).map(|set| set.iter().map(ToString::to_string).collect());
            self.judge(got.as_ref() == Some(&wanted), || {
                let got = got.as_ref().map_or_else(|| "the scope is not requested".to_owned(), listed);
                failure(expected.at, format!("`{scope}`: {}", listed(&wanted)), got)
            });
        }
    }
}

fn unlocked<'p>(model: &'p Model, app: &'p App) -> BTreeMap<&'p str, BTreeSet<Permission<'p>>> {
    app.requests.iter().map(|(scope, request)| (scope.as_str(), of_scope(model, scope, request))).collect()
}

fn of_scope<'p>(model: &'p Model, scope: &str, request: &ScopeRequest) -> BTreeSet<Permission<'p>> {
    let all = |entries: &[Entry]| entries.iter().flat_map(|entry| covered(model, entry)).collect();
    match model.scopes.get(scope).map(|known| &known.value.covers) {
        Some(ScopeCover::Allow(entries)) => all(entries),
        Some(ScopeCover::Modes(modes)) => request
            .modes
            .iter()
            .filter_map(|mode| modes.get(&mode.value))
            .flat_map(|entries| all(entries))
            .collect(),
        None => BTreeSet::new(),
    }
}

fn listed(set: &BTreeSet<String>) -> String {
    if set.is_empty() {
        return "nothing".to_owned();
    }
    set.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
