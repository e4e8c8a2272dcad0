//! Deny by default: whatever a question names and is not there, denies.
//!
//! Owns two ways to be missing: something is taken out of the policy, or the
//! question names something that never was in it. A resource need not be
//! registered, so taking its row away is none of them (docs/semantics.md, "Whose
//! facts"). Where the role `anyone` or an access list's `anyone` covers what is
//! asked, a stranger passes: those allows are told apart by their cause.

use super::laws::{compiled, worlds};
use super::{answer, compile};
use crate::decide::reference::question::Question;
use crate::decide::reference::who::ANYONE;
use crate::decide::reference::world::ask;
use crate::document::definition::{Policy, Tenant};
use crate::snapshot::Snapshot;

/// How often something was taken away from a question that had been allowed.
#[derive(Default)]
struct Tally(std::collections::BTreeMap<&'static str, usize>);

#[test]
fn i02_what_is_taken_away_is_denied() {
    let empty = compiled(&Policy::default());
    let mut tally = Tally::default();
    for world in worlds(40) {
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 12) {
            let (question, now) = (&asked.question, asked.now);
            let allows =
                |snapshot: &Snapshot| answer(snapshot, question, now).is_ok_and(|it| it.reason.allows());
            assert!(!allows(&empty), "an empty policy allows");
            let allowed = allows(&snapshot);
            let mut denied = |policy: &Policy, what: &'static str| {
                let Ok(snapshot) = compile(policy) else { return };
                if let Ok(answer) = answer(&snapshot, question, now) {
                    let by_anyone = answer.cause.ends_with(ANYONE);
                    assert!(!answer.reason.allows() || by_anyone, "seed {}: {what}: {answer:?}", world.seed);
                    *tally.0.entry(what).or_default() += usize::from(allowed && !answer.reason.allows());
                }
            };
            let without = |change: &dyn Fn(&mut Tenant)| {
                let mut policy = world.policy.clone();
                policy
                    .tenants
                    .get_mut(&question.tenant)
                    .into_iter()
                    .for_each(|tenant| change(&mut tenant.value));
                policy
            };
            let mut less = world.policy.clone();
            less.tenants.remove(&question.tenant);
            denied(&less, "tenant");
            let is_app = world.policy.apps.keys().any(|key| *key.kind() == *question.principal.0);
            if question.roles.is_empty() && !is_app {
                denied(&without(&|tenant| tenant.members.clear()), "member");
            }
            if is_app || question.via.as_ref().is_some_and(|via| via.app.is_some()) {
                denied(&without(&|tenant| tenant.installs.clear()), "install");
                let mut less = world.policy.clone();
                less.apps.clear();
                less.tenants.values_mut().for_each(|tenant| tenant.value.installs.clear());
                denied(&less, "app");
            }
        }
    }
    for what in ["tenant", "member", "install", "app"] {
        assert!(tally.0.get(what).is_some_and(|count| *count > 8), "{what}: {:?}", tally.0);
    }
}

#[test]
fn i02_what_never_was_there_is_denied_or_refused() {
    const NONE: &str = "never-was";
    type Spoil = fn(&mut Question) -> bool;
    let ways: [(&str, Spoil); 9] = [
        ("tenant", |it| set(&mut it.tenant)),
        ("principal type", |it| set(&mut it.principal.0)),
        ("principal", |it| it.roles.is_empty() && set(&mut it.principal.1)),
        ("resource type", |it| set(&mut it.kind)),
        ("action", |it| set(&mut it.action)),
        ("via app", |it| it.via.as_mut().and_then(|via| via.app.as_mut()).is_some_and(|(_, id)| set(id))),
        ("via app type", |it| {
            it.via.as_mut().and_then(|via| via.app.as_mut()).is_some_and(|(kind, _)| set(kind))
        }),
        ("scopes", |it| {
            let Some(via) = &mut it.via else { return false };
            let listed = !via.scopes.is_empty() && !via.all_scopes;
            via.scopes = vec![(NONE.to_owned(), Vec::new())];
            listed
        }),
        ("parent type", |it| it.parents.iter_mut().any(|(kind, _)| set(kind))),
    ];
    fn set(text: &mut String) -> bool {
        *text = NONE.to_owned();
        true
    }
    let mut tally = Tally::default();
    for world in worlds(150) {
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 30) {
            let allowed = asked.judged.as_ref().is_ok_and(|judged| judged.answer.reason.allows());
            for (what, spoil) in ways {
                let mut question = asked.question.clone();
                if !spoil(&mut question) {
                    continue;
                }
                let told = answer(&snapshot, &question, asked.now);
                let by_anyone = told.as_ref().is_ok_and(|answer| answer.cause.ends_with(ANYONE));
                let allows = told.as_ref().is_ok_and(|answer| answer.reason.allows());
                assert!(
                    !allows || (by_anyone && what == "principal"),
                    "seed {}: {what}: {told:?}",
                    world.seed
                );
                *tally.0.entry(what).or_default() += usize::from(allowed && !allows);
            }
        }
    }
    for (what, _) in ways {
        assert!(tally.0.get(what).is_some_and(|count| *count > 20), "{what}: {:?}", tally.0);
    }
}
