//! List questions, answered by the engine's own lists, whole.
//!
//! What is in an answer is noted as a question of its own, so that a list touches
//! cells as the checks would that it stands for.

use std::collections::BTreeSet;

use super::answer::{Answer, asked};
use super::question::{self, about, bare};
use super::{Failure, Run, Scene};
use crate::decide::list::{self, PageLimit, PrincipalKey, Stopped, Subject};
use crate::decide::{self, Call, Extent, FieldFault, KeyRef, Request, Target, admit};
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
        // Noted one by one; what the list says is compared.
        for action in policy.model.resources.get(target.kind).into_iter().flat_map(|ty| &ty.actions) {
            self.ask(call, &target, &action.value, scene.now);
        }
        let got = self.extents(scene, call, &target, None).map(|extents| {
            let allowed = extents.into_iter().filter(|(_, extent)| *extent == Extent::Always);
            joined(allowed.map(|(action, _)| action).collect::<BTreeSet<String>>())
        });
        let expected: BTreeSet<&str> = expect.iter().map(|action| action.value.as_str()).collect();
        let asked = asked(call, &target, "what with");
        self.compare(scene, asked, &joined(&expected), got);
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
            self.ask(call, &target, action, scene.now);
            let got = self.extents(scene, call, &target, Some(action)).map(|extents| {
                extents.into_iter().map(|(_, extent)| word(extent)).collect::<Vec<_>>().join(", ")
            });
            self.compare(scene, asked(call, &target, action), &expected.value, got);
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
        let got = match candidates {
            Some(candidates) => {
                let targets = candidates.iter().map(|one| question::target(one));
                let targets: Vec<Target<'_>> = targets.collect();
                let kept: Result<Vec<String>, String> = targets
                    .iter()
                    .filter_map(|target| {
                        self.if_allowed(scene, (call, target, action), about(target)).transpose()
                    })
                    .collect();
                kept
            }
            None => self.registered(scene, call, (kind, action)),
        };
        let asked = format!(
            "where may `{}:{}` {permission}?",
            call.principal.key.kind,
            call.principal.key.id,
            permission = permission.value
        );
        let mut expected: Vec<String> = expect.iter().map(|key| key.value.to_string()).collect();
        if candidates.is_none() {
            // Only candidates have an order of their own.
            expected.sort();
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
        let target = question::target(resource);
        let asked = format!("who may {action} `{}`?", about(&target));
        let listed = self.who_may(scene, &target, action);
        let expected: BTreeSet<String> = expect.iter().map(|key| key.value.to_string()).collect();
        let got = listed.clone().map(|(known, _)| joined(&known));
        self.compare(scene, asked.clone(), &joined(&expected), got);
        if let Some(anyone) = anyone {
            let got = listed.map(|(_, anyone)| anyone.to_string());
            self.compare(scene, format!("{asked} (anyone)"), &anyone.to_string(), got);
        }
    }

    /// What may be done with a target: one action, or every one of its type.
    fn extents(
        &self,
        scene: Scene<'_>,
        call: &Call<'_>,
        target: &Target<'_>,
        action: Option<&str>,
    ) -> Result<Vec<(String, Extent)>, String> {
        let snapshot = self.snapshot;
        let caller = admit::caller(snapshot, call, &self.limits).map_err(refused)?;
        let target = admit::target(snapshot, &caller, target, &self.limits).map_err(refused)?;
        let actions = match action {
            Some(action) => {
                let permission = admit::action(snapshot, &target, action);
                vec![(action, permission.map_err(|fault| refused(vec![fault]))?)]
            }
            None => admit::every_action(snapshot, &target),
        };
        let extent = |permission| {
            list::extent(snapshot, Request { caller: &caller, target: &target, permission }, scene.now)
        };
        Ok(actions.into_iter().map(|(action, permission)| (action.to_owned(), extent(permission))).collect())
    }

    /// The registered resources of a type that it may be done to, in order.
    fn registered(
        &mut self,
        scene: Scene<'_>,
        call: &Call<'_>,
        (kind, action): (&str, &str),
    ) -> Result<Vec<String>, String> {
        let snapshot = self.snapshot;
        let ids = {
            let caller = admit::caller(snapshot, call, &self.limits).map_err(refused)?;
            let permission = admit::permission(snapshot, kind, action, &self.limits).map_err(refused)?;
            let subject = Subject { caller: &caller, permission, now: scene.now };
            list::registered(snapshot, subject, None, WHOLE, &mut || true).map_err(|Stopped| stopped())?.items
        };
        for id in &ids {
            self.ask(call, &bare(KeyRef { kind, id }), action, scene.now);
        }
        Ok(ids.into_iter().map(|id| format!("{kind}:{id}")).collect())
    }

    /// Who may do it, sorted by their text, and whether anyone else may.
    fn who_may(
        &mut self,
        scene: Scene<'_>,
        target: &Target<'_>,
        action: &str,
    ) -> Result<(BTreeSet<String>, bool), String> {
        let (snapshot, policy) = (self.snapshot, self.policy);
        let (known, anyone) = {
            let call = question::call_by(scene, &policy.model, decide::Asker::default());
            let caller = admit::anonymous(snapshot, &call, &self.limits).map_err(refused)?;
            let target = admit::target(snapshot, &caller, target, &self.limits).map_err(refused)?;
            let permission = admit::action(snapshot, &target, action);
            let permission = permission.map_err(|fault| refused(vec![fault]))?;
            let types =
                admit::principal_types(snapshot, std::iter::empty(), &self.limits).map_err(refused)?;
            let subject = Subject { caller: &caller, permission, now: scene.now };
            let page = list::principals(snapshot, subject, &target, &types, (None, WHOLE), &mut || true);
            let known = page.map_err(|Stopped| stopped())?.items;
            (known, list::anyone(snapshot, subject, &target, &types))
        };
        for PrincipalKey { kind, id } in &known {
            let by = decide::Asker { key: KeyRef { kind, id }, ..decide::Asker::default() };
            self.ask(&question::call_by(scene, &policy.model, by), target, action, scene.now);
        }
        let known = known.into_iter().map(|PrincipalKey { kind, id }| format!("{kind}:{id}"));
        Ok((known.collect(), anyone))
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

/// A list in one page.
const WHOLE: PageLimit = PageLimit { answers: usize::MAX, decisions: usize::MAX };

const fn word(extent: Extent) -> &'static str {
    match extent {
        Extent::Always => "ALWAYS",
        Extent::Never => "NEVER",
        Extent::Conditional => "CONDITIONAL",
    }
}

fn refused(faults: Vec<FieldFault>) -> String {
    Answer::Refused(faults).told()
}

/// Nobody stops a list of a test.
fn stopped() -> String {
    "the list was stopped".to_owned()
}

fn joined<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<T> = items.into_iter().collect();
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ")
}
