//! List questions, answered by one decision after another.
//!
//! The engine's own lists will replace this. Until then what may be done with
//! a type as a whole is approximated from the decision on the type alone, on
//! the safe side: `CONDITIONAL` may be said where a closer look knew better,
//! never the reverse. That works because a condition that is known with every
//! attribute unsent stays what it is whatever the attributes are.

mod universe;
mod whole_type;

use std::collections::BTreeSet;

use super::answer::{Answer, asked};
use super::question::{self, about, bare, key_ref};
use super::{Failure, Run, Scene};
use crate::decide::{self, Call, KeyRef, Target};
use crate::document::Spanned;
use crate::document::definition::{self as def, ListCase, ListQuery, Map, NameList};
use crate::model::{Key, Pattern};

impl Run<'_> {
    /// Asks a list question.
    pub(super) fn list(&mut self, scene: Scene<'_>, list: &ListCase) {
        if self.over() {
            return;
        }
        let model = &self.policy.model;
        let call = list.principal.as_ref().map(|who| question::call(scene, model, who));
        match (&list.query, call) {
            (ListQuery::Actions { resource, expect }, Some(call)) => {
                self.actions(scene, &call, resource, expect)
            }
            (ListQuery::TypeActions { resource, expect }, Some(call)) => {
                self.type_actions(scene, &call, resource, expect);
            }
            (ListQuery::Resources { permission, candidates, expect }, Some(call)) => {
                self.resources(scene, &call, permission, (candidates.as_deref(), expect));
            }
            (ListQuery::Principals { permission, resource, expect, anyone }, _) => {
                self.principals(scene, permission, resource, (expect, *anyone));
            }
            (_, None) => self.compare(scene, "who asks?".to_owned(), "a principal", Ok("none".to_owned())),
        }
    }

    fn actions(&mut self, scene: Scene<'_>, call: &Call<'_>, resource: &def::Target, expect: &NameList) {
        let target = question::target(resource);
        let policy = self.policy;
        let actions = policy.model.resources.get(target.kind).into_iter().flat_map(|ty| &ty.actions);
        let got: Result<BTreeSet<&str>, String> = actions
            .map(|action| action.value.as_str())
            .filter_map(|action| self.if_allowed(scene, (call, &target, action), action).transpose())
            .collect();
        let expected: BTreeSet<&str> = expect.iter().map(|action| action.value.as_str()).collect();
        let asked = asked(call, &target, "what with");
        self.compare(scene, asked, &joined(&expected), got.map(|got| joined(&got)));
    }

    fn type_actions(
        &mut self,
        scene: Scene<'_>,
        call: &Call<'_>,
        resource: &def::Target,
        expect: &Map<String>,
    ) {
        let target = question::target(resource);
        for (action, expected) in expect {
            let got = self.word(scene, call, &target, action);
            self.compare(scene, asked(call, &target, action), &expected.value, got.map(str::to_owned));
        }
    }

    fn resources(
        &mut self,
        scene: Scene<'_>,
        call: &Call<'_>,
        permission: &Spanned<Pattern>,
        (candidates, expect): (Option<&[def::Target]>, &[Spanned<Key>]),
    ) {
        let Pattern::Exact { kind, action } = &permission.value else { return };
        let registered = universe::resources(self.policy, scene.tenant, kind);
        let targets: Vec<Target<'_>> = match candidates {
            Some(candidates) => candidates.iter().map(|one| question::target(one)).collect(),
            None => registered.iter().map(|id| bare(KeyRef { kind, id })).collect(),
        };
        let got: Result<Vec<String>, String> = targets
            .iter()
            .filter_map(|target| self.if_allowed(scene, (call, target, action), about(target)).transpose())
            .collect();
        let asked = format!(
            "where may `{}:{}` {permission}?",
            call.principal.key.kind,
            call.principal.key.id,
            permission = permission.value
        );
        let mut expected: Vec<String> = expect.iter().map(|key| key.value.to_string()).collect();
        let mut got = got;
        if candidates.is_none() {
            // Only candidates have an order; what is registered is a set.
            expected.sort();
            if let Ok(got) = &mut got {
                got.sort();
            }
        }
        self.compare(scene, asked, &joined(&expected), got.map(|got| joined(&got)));
    }

    fn principals(
        &mut self,
        scene: Scene<'_>,
        permission: &Spanned<Pattern>,
        resource: &def::Target,
        (expect, anyone): (&[Spanned<Key>], Option<bool>),
    ) {
        let Pattern::Exact { action, .. } = &permission.value else { return };
        let policy = self.policy;
        let target = question::target(resource);
        let via = scene.setting.via.is_some();
        let got: Result<BTreeSet<String>, String> = universe::principals(policy, scene.tenant, via)
            .into_iter()
            .filter_map(|key| {
                let call = question::call_by(scene, &policy.model, asker(key_ref(key)));
                self.if_allowed(scene, (&call, &target, action), key.to_string()).transpose()
            })
            .collect();
        let expected: BTreeSet<String> = expect.iter().map(|key| key.value.to_string()).collect();
        let asked = format!("who may {action} `{}`?", about(&target));
        self.compare(scene, asked.clone(), &joined(&expected), got.map(|got| joined(&got)));
        if let Some(anyone) = anyone {
            let (kind, id) = universe::stranger(policy, scene.tenant);
            let call = question::call_by(scene, &policy.model, asker(KeyRef { kind, id: &id }));
            let got = self.if_allowed(scene, (&call, &target, action), ()).map(|allowed| allowed.is_some());
            self.compare(
                scene,
                format!("{asked} (anyone)"),
                &anyone.to_string(),
                got.map(|got| got.to_string()),
            );
        }
    }

    /// `item` if the question is answered with an allow; what is wrong with it
    /// if the door refuses it.
    fn if_allowed<T>(
        &mut self,
        scene: Scene<'_>,
        (call, target, action): (&Call<'_>, &Target<'_>, &str),
        item: T,
    ) -> Result<Option<T>, String> {
        match self.ask(call, target, action, scene.now) {
            Answer::Decided { reason, .. } => Ok(reason.allows().then_some(item)),
            refused @ Answer::Refused(_) => Err(refused.told()),
        }
    }

    fn compare(&mut self, scene: Scene<'_>, asked: String, expected: &str, got: Result<String, String>) {
        let met = got.as_deref() == Ok(expected);
        self.judge(met, || Failure {
            at: scene.setting.at,
            why: scene.setting.why.clone(),
            asked,
            expected: expected.to_owned(),
            got: got.unwrap_or_else(|refusal| refusal),
            explanation: None,
        });
    }
}

fn asker(key: KeyRef<'_>) -> decide::Asker<'_> {
    decide::Asker { key, ..decide::Asker::default() }
}

fn joined<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}
