//! What must hold of every decision, whatever the policy says.
//!
//! Owns one test for each law, named after its number. Where a law says that
//! two worlds answer alike, answers are compared whole, causes included.

use std::collections::BTreeMap;

use super::{agree, answer, answer_to, compile, difference};
use crate::decide::reference::build::{at, attribute, cel, entry_when, key, map, names, patterns, role};
use crate::decide::reference::question::Question;
use crate::decide::reference::reference;
use crate::decide::reference::who::ANYONE;
use crate::decide::reference::world::{World, ask};
use crate::decide::{RequestLimits, admit};
use crate::document::definition::*;
use crate::model::{Timestamp, Value, ValueType};
use crate::snapshot::Snapshot;

/// The worlds that laws are held against: other ones than elsewhere.
fn worlds(count: u64) -> impl Iterator<Item = World> {
    (1_000_000..1_000_000 + count).map(World::generate)
}

#[test]
fn i01_the_order_of_lists_is_nothing() {
    for world in worlds(60) {
        let snapshot = compiled(&world.policy);
        let turned = compiled(&turn(&world.policy));
        for asked in ask(&world, 50) {
            let (question, now) = (&asked.question, asked.now);
            assert_same(&world, question, answer(&snapshot, question, now), answer(&turned, question, now));
        }
    }
}

#[test]
fn i02_what_is_not_there_is_denied() {
    let empty = compiled(&Policy::default());
    for world in worlds(60) {
        for asked in ask(&world, 20) {
            let (question, now) = (&asked.question, asked.now);
            let denied = |policy: &Policy, what: &str| {
                let Ok(snapshot) = compile(policy) else { return };
                if let Ok(answer) = answer(&snapshot, question, now) {
                    let by_anyone = answer.cause.ends_with(ANYONE);
                    assert!(!answer.reason.allows() || by_anyone, "seed {}: {what}: {answer:?}", world.seed);
                }
            };
            assert!(!answer(&empty, question, now).is_ok_and(|answer| answer.reason.allows()));
            let without = |change: &dyn Fn(&mut Policy, &mut Tenant)| {
                let mut policy = world.policy.clone();
                if let Some(mut tenant) = policy.tenants.remove(&question.tenant) {
                    change(&mut policy, &mut tenant.value);
                    policy.tenants.insert(question.tenant.clone(), tenant);
                }
                policy
            };
            let mut less = world.policy.clone();
            less.tenants.remove(&question.tenant);
            denied(&less, "no tenant");
            let is_app = world.policy.apps.keys().any(|key| *key.kind() == *question.principal.0);
            if question.roles.is_empty() && !is_app {
                denied(&without(&|_, tenant| tenant.members.clear()), "no member");
            }
            let mut less = without(&|_, tenant| tenant.installs.clear());
            less.apps.clear();
            for tenant in less.tenants.values_mut() {
                tenant.value.installs.clear();
            }
            if is_app || question.via.as_ref().is_some_and(|via| via.app.is_some()) {
                denied(&less, "no app");
            }
        }
    }
}

/// What one grant or one restriction says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Says {
    True,
    False,
    Unknown,
}

/// The rule in six lines: what restricts, or may restrict, wins over what
/// grants; what only may grant does not.
fn allowed(sequence: &[(bool, Says)]) -> bool {
    let restricted = |(grants, says): &(bool, Says)| !grants && *says != Says::False;
    let granted = |(grants, says): &(bool, Says)| *grants && *says == Says::True;
    !sequence.iter().any(restricted) && sequence.iter().any(granted)
}

#[test]
fn i04_every_short_sequence_of_grants_and_restrictions() {
    let snapshot = compiled(&sequences());
    let kinds =
        [true, false].map(|grants| [Says::True, Says::False, Says::Unknown].map(|says| (grants, says)));
    let kinds = kinds.concat();
    let (mut asked, mut level) = (0, vec![Vec::new()]);
    for _ in 0..=6 {
        for sequence in &level {
            let decided = answer(&snapshot, &asking(sequence), Timestamp::default()).expect("no fault");
            assert_eq!(decided.reason.allows(), allowed(sequence), "{sequence:?}: {decided:?}");
            asked += 1;
        }
        let longer = |sequence: &Vec<(bool, Says)>| {
            let sequence = sequence.clone();
            kinds.iter().map(move |kind| [sequence.clone(), vec![*kind]].concat()).collect::<Vec<_>>()
        };
        level = level.iter().flat_map(longer).collect();
    }
    assert_eq!(asked, 55_987);
}

/// A member for each way to mix grants and restrictions: `gr` holds the first
/// role and has the second restriction.
fn sequences() -> Policy {
    let mut mixes = vec![String::new()];
    for place in 0..mixes.len() + 126 {
        let mix = mixes[place].clone();
        if mix.len() < 6 {
            mixes.extend(["g", "r"].map(|one| format!("{mix}{one}")));
        }
    }
    let member = |mix: &str| {
        let places =
            |what| mix.chars().enumerate().filter(move |(_, one)| *one == what).map(|(place, _)| place);
        let given = places('g').map(|place| at(GivenRole { role: format!("g{place}"), expires_at: None }));
        let restrictions = map(places('r').map(|place| (format!("r{place}"), Params::new())));
        Member { roles: given.collect(), restrictions, ..Member::default() }
    };
    let restriction = |place: usize| Restriction {
        permissions: patterns(["thing:do"]),
        allow_when: cel(format!("!resource.a{place}")),
        ..Restriction::default()
    };
    let grants = |place: usize| Role {
        allow: vec![entry_when(&["thing:do"], &format!("resource.a{place}"))],
        ..Role::default()
    };
    let thing = ResourceType {
        actions: names(["do"]),
        attributes: map((0..6).map(|place| (format!("a{place}"), attribute(ValueType::Bool)))),
        ..ResourceType::default()
    };
    let members = mixes.iter().map(|mix| (key(&format!("user:_{mix}")), at(member(mix)))).collect();
    let model = Model {
        principals: map([("user", PrincipalType::default())]),
        resources: map([("thing", thing)]),
        roles: map((0..6).map(|place| (format!("g{place}"), grants(place)))),
        restrictions: map((0..6).map(|place| (format!("r{place}"), restriction(place)))),
        ..Model::default()
    };
    let tenant = Tenant { id: "t".into(), members, ..Tenant::default() };
    Policy { model, tenants: map([("t", tenant)]), apps: KeyMap::new() }
}

/// The question of a sequence. Unknown is null at even places, else unsent.
fn asking(sequence: &[(bool, Says)]) -> Question {
    let mix: String = sequence.iter().map(|(grants, _)| if *grants { 'g' } else { 'r' }).collect();
    let value = |(place, (_, says)): (usize, &(bool, Says))| {
        let value = match says {
            Says::True => Value::Bool(true),
            Says::False => Value::Bool(false),
            Says::Unknown if place % 2 == 0 => Value::Null,
            Says::Unknown => return None,
        };
        Some((format!("a{place}"), value))
    };
    Question {
        tenant: "t".into(),
        principal: ("user".into(), format!("_{mix}")),
        kind: "thing".into(),
        action: "do".into(),
        resource: sequence.iter().enumerate().filter_map(value).collect(),
        ..Question::default()
    }
}

#[test]
fn i05_a_caller_resolved_once_is_answered_as_if_it_were_many() {
    for world in worlds(40) {
        let snapshot = compiled(&world.policy);
        let questions = ask(&world, 40);
        for one in questions.iter().step_by(8) {
            let call = one.question.call();
            let Ok(caller) = admit::caller(&snapshot, &call, &RequestLimits::default()) else { continue };
            for other in &questions {
                let Question { kind, id, resource, parents, action, .. } = other.question.clone();
                let question = Question { kind, id, resource, parents, action, ..one.question.clone() };
                let batched = answer_to(&snapshot, &caller, &question, one.now);
                let target = question.target();
                let judged = reference(&world.policy, &call, &target, &question.action, one.now);
                assert!(agree(&judged, &batched), "{}", difference(&world, &question, one.now));
                assert_same(&world, &question, answer(&snapshot, &question, one.now), batched);
            }
        }
    }
}

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

#[test]
fn i18_what_is_unrelated_changes_nothing() {
    for world in worlds(80) {
        let snapshot = compiled(&world.policy);
        let more = compiled(&with_unrelated(&world.policy));
        for asked in ask(&world, 40) {
            let (question, now) = (&asked.question, asked.now);
            assert_same(&world, question, answer(&snapshot, question, now), answer(&more, question, now));
        }
    }
}

/// With a role nobody holds, a restriction nobody has, and a member, a group
/// and a resource that nobody asks about.
fn with_unrelated(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.model.roles.insert("0".into(), at(role(&["*"])));
    let never =
        Restriction { permissions: patterns(["*"]), allow_when: cel("false"), ..Restriction::default() };
    policy.model.restrictions.insert("0".into(), at(never));
    for tenant in policy.tenants.values_mut().map(|tenant| &mut tenant.value) {
        let given = vec![at(GivenRole { role: "0".into(), expires_at: None })];
        let restrictions = map([("0", Params::new())]);
        let member = Member { roles: given, restrictions, ..Member::default() };
        tenant.members.insert(key("user:0"), at(member));
        let members = vec![at(GroupMember::Principal(key("user:0")))];
        tenant.groups.insert("0".into(), at(Group { members, roles: names(["0"]), ..Group::default() }));
        tenant.roles.insert("00".into(), at(Role { extends: names(["0"]), ..Role::default() }));
        tenant.role_restrictions.insert("0".into(), at(map([("0", Params::new())])));
        tenant.resources.insert(key("area:0"), at(Registered::default()));
    }
    policy
}

/// With every list whose order means nothing turned round.
fn turn(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for role in policy.model.roles.values_mut() {
        role.value.allow.reverse();
        role.value.extends.reverse();
    }
    for kind in policy.model.resources.values_mut() {
        kind.value.actions.reverse();
        kind.value.parents.reverse();
        kind.value.levels.values_mut().for_each(|level| level.value.permissions.reverse());
    }
    for tenant in policy.tenants.values_mut().map(|tenant| &mut tenant.value) {
        tenant.members.values_mut().for_each(|member| member.value.roles.reverse());
        tenant.groups.values_mut().for_each(|group| group.value.members.reverse());
        tenant.resources.values_mut().for_each(|resource| resource.value.parents.reverse());
        tenant.roles.values_mut().for_each(|role| role.value.extends.reverse());
    }
    policy
}

fn compiled(policy: &Policy) -> Snapshot {
    compile(policy).unwrap_or_else(|refusal| panic!("{refusal}"))
}

type Told = Result<crate::decide::reference::Answer, crate::decide::reference::Faults>;

#[track_caller]
fn assert_same(world: &World, question: &Question, a: Told, b: Told) {
    assert!(agree(&a, &b), "seed {}: {question:?}\n{a:?}\n{b:?}", world.seed);
}
