//! What an app would be shown to ask for: the permissions that each scope it
//! requests unlocks. A question to the definitions; nothing is decided.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::{Permission, covered, expand};
use super::{Failure, Run};
use crate::document::Spanned;
use crate::document::definition::{App, AppCase, Entry, Model, ScopeCover, ScopeRequest};
use crate::model::Pattern;

impl Run<'_> {
    /// Holds an app's requests against what is expected: the same scopes, and
    /// for each the same permissions.
    pub(super) fn app(&mut self, case: &AppCase) {
        let policy = self.policy;
        let unlocked = policy.apps.get(&case.app.value).map(|app| unlocked(&policy.model, app));
        let asked = format!("what does `{}` ask for?", case.app.value);
        let failure = |expected: String, got: String| {
            let (asked, at) = (asked.clone(), case.at);
            move || Failure { at, why: None, asked, expected, got, explanation: None }
        };
        let Some(unlocked) = unlocked else {
            self.judge(false, failure("an app".to_owned(), "there is no such app".to_owned()));
            return;
        };
        let unexpected: Vec<&str> =
            unlocked.keys().copied().filter(|scope| !case.expect.contains_key(*scope)).collect();
        self.judge(
            unexpected.is_empty(),
            failure("no other scope".to_owned(), format!("also `{}`", unexpected.join("`, `"))),
        );
        for (scope, expected) in &case.expect {
            let expected_set = spelled_out(&policy.model, &expected.value);
            let got: Option<BTreeSet<String>> =
                unlocked.get(scope.as_str()).map(|set| set.iter().map(ToString::to_string).collect());
            let met = got.as_ref() == Some(&expected_set);
            self.judge(met, || Failure {
                at: expected.at,
                why: None,
                asked: asked.clone(),
                expected: format!("`{scope}`: {}", listed(&expected_set)),
                got: got.as_ref().map_or_else(|| "the scope is not requested".to_owned(), listed),
                explanation: None,
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

/// The permissions a list of patterns means; one that means none stands for itself.
fn spelled_out(model: &Model, patterns: &[Spanned<Pattern>]) -> BTreeSet<String> {
    let spell = |pattern: &Spanned<Pattern>| {
        let covered = expand(model, std::slice::from_ref(pattern));
        if covered.is_empty() {
            vec![pattern.to_string()]
        } else {
            covered.iter().map(ToString::to_string).collect()
        }
    };
    patterns.iter().flat_map(spell).collect()
}

fn listed(set: &BTreeSet<String>) -> String {
    if set.is_empty() {
        return "nothing".to_owned();
    }
    set.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
