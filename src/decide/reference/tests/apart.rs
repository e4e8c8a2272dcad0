//! What has nothing to do with a question does not bear on its answer: other
//! tenants, and whatever in the same tenant nobody asks about.
//!
//! Owns the edits that must not be felt.

use std::collections::BTreeMap;

use super::deltas::spoiled;
use super::laws::{assert_same, compiled, worlds};
use super::{answer, compile};
use crate::decide::reference::build::{at, cel, entry, key, map, names, patterns, role};
use crate::decide::reference::who::ANYONE;
use crate::decide::reference::world::{Rng, ask};
use crate::document::definition::*;
use crate::document::{Change, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Rules;

#[test]
fn i16_tenants_do_not_touch_one_another() {
    for world in worlds(150).filter(|world| world.policy.tenants.len() > 1) {
        let snapshot = compiled(&world.policy);
        let alone: BTreeMap<&String, Snapshot> = world
            .policy
            .tenants
            .keys()
            .map(|id| {
                let mut policy = world.policy.clone();
                policy.tenants.retain(|other, _| other == id);
                (id, compiled(&policy))
            })
            .collect();
        for asked in ask(&world, 40) {
            let (question, now) = (&asked.question, asked.now);
            let Some(alone) = alone.get(&question.tenant) else { continue };
            assert_same(&world, question, answer(&snapshot, question, now), answer(alone, question, now));
        }
    }
}

/// The others are taken apart, and then made twins of the one that is asked about,
/// in the very snapshot that is asked.
#[test]
fn i16_no_edit_of_another_tenant_is_felt() {
    let rules = Rules { lenient: true, ..Rules::default() };
    let mut edited = 0;
    for world in worlds(120).filter(|world| world.policy.tenants.len() > 1) {
        let before = compiled(&world.policy);
        let mut rng = Rng::new(world.seed ^ 0x16);
        let questions = ask(&world, 40);
        for (id, own) in &world.policy.tenants {
            let others = world.policy.tenants.keys().filter(|other| *other != id);
            let mut less = spoiled(&world.policy, &mut rng);
            less.tenants.insert(id.clone(), own.clone());
            let twins = others.map(|other| Tenant { id: other.clone(), ..own.value.clone() });
            let twins: Vec<_> =
                twins.map(|twin| Spanned::nowhere(Change::PutTenant(Box::new(twin)))).collect();
            let applied = before.apply(Revision::new(1, 2), twins, &rules);
            let edits = [compile(&less).ok(), applied.ok().map(|applied| applied.snapshot)];
            for after in edits.into_iter().flatten() {
                edited += 1;
                for asked in questions.iter().filter(|asked| asked.question.tenant == *id) {
                    let (question, now) = (&asked.question, asked.now);
                    let (was, is) = (answer(&before, question, now), answer(&after, question, now));
                    assert_same(&world, question, was, is);
                }
            }
        }
    }
    assert!(edited > 200, "only {edited} edits");
}

/// A member of one tenant, asked about in another, is a stranger there.
#[test]
fn i16_a_member_of_one_tenant_gets_nothing_in_another() {
    let (mut crossed, mut lost) = (0, 0);
    for world in worlds(200).filter(|world| world.policy.tenants.len() > 1) {
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 40) {
            let home = &asked.question;
            let is_app = world.policy.apps.keys().any(|key| *key.kind() == *home.principal.0);
            for (id, tenant) in &world.policy.tenants {
                let here = tenant.members.keys().any(|key| {
                    (key.kind(), key.id()) == (home.principal.0.as_str(), home.principal.1.as_str())
                });
                if *id == home.tenant || here || is_app || !home.roles.is_empty() {
                    continue;
                }
                let mut away = home.clone();
                away.tenant.clone_from(id);
                let Ok(answered) = answer(&snapshot, &away, asked.now) else { continue };
                let by_anyone = answered.cause.ends_with(ANYONE);
                assert!(!answered.reason.allows() || by_anyone, "seed {}: {away:?}", world.seed);
                crossed += 1;
                let was = asked.judged.as_ref().is_ok_and(|judged| judged.answer.reason.allows());
                lost += usize::from(was && !answered.reason.allows());
            }
        }
    }
    assert!(crossed > 500 && lost > 150, "{crossed} {lost}");
}

/// Ids before, between and after all others.
const UNRELATED: [&str; 4] = ["0", "aa", "m", "zz"];

#[test]
fn i18_what_is_unrelated_changes_nothing() {
    for world in worlds(50) {
        let snapshot = compiled(&world.policy);
        let questions = ask(&world, 40);
        for id in UNRELATED {
            let more = compiled(&with_unrelated(&world.policy, id));
            for asked in &questions {
                let (question, now) = (&asked.question, asked.now);
                assert_same(&world, question, answer(&snapshot, question, now), answer(&more, question, now));
            }
        }
    }
}

/// With a type, a scope, a feature, an app and a role that nobody has, a
/// restriction that is switched on for them alone, and a member, a group and a
/// resource that nobody asks about.
fn with_unrelated(policy: &Policy, id: &str) -> Policy {
    let mut policy = policy.clone();
    let model = &mut policy.model;
    let thing = ResourceType { actions: names(["poke"]), ..ResourceType::default() };
    model.resources.insert(format!("t{id}"), at(thing));
    let poke = format!("t{id}:poke");
    model.roles.insert(id.into(), at(role(&["*"])));
    let never =
        Restriction { permissions: patterns(["*"]), allow_when: cel("false"), ..Restriction::default() };
    model.restrictions.insert(id.into(), at(never));
    let covers = ScopeCover::Allow(vec![entry(&["*"], &[], When::Always)]);
    model.scopes.insert(format!("{id}:every"), at(Scope { covers, ..Scope::default() }));
    if !model.plans.is_empty() {
        let feature = Feature { permissions: patterns([&poke]), ..Feature::default() };
        model.features.insert(id.into(), at(feature));
        let plan = Plan { features: names([id]), ..Plan::default() };
        model.plans.insert(id.into(), at(plan));
    }
    let asks = ScopeRequest { modes: NameList::new(), justification: "to be there".into() };
    let app = App {
        id: key(&format!("plugin:{id}")),
        label: Label::default(),
        requests: map([(format!("{id}:every"), asks)]),
        review: Review::Approved,
    };
    policy.apps.insert(app.id.clone(), at(app));
    for tenant in policy.tenants.values_mut().map(|tenant| &mut tenant.value) {
        let who = key(&format!("user:{id}"));
        let given = vec![at(GivenRole { role: id.into(), expires_at: None })];
        let restrictions = map([(id, Params::new())]);
        let member = Member { roles: given, restrictions, ..Member::default() };
        tenant.members.insert(who.clone(), at(member));
        let members = vec![at(GroupMember::Principal(who))];
        tenant.groups.insert(id.into(), at(Group { members, roles: names([id]), ..Group::default() }));
        tenant.roles.insert(format!("{id}0"), at(Role { extends: names([id]), ..Role::default() }));
        tenant.role_restrictions.insert(id.into(), at(map([(id, Params::new())])));
        tenant.resources.insert(key(&format!("area:{id}")), at(Registered::default()));
    }
    policy
}
