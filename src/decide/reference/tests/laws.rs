//! What must hold of every decision, whatever the policy says.
//!
//! Owns one test for each law, named after its number. Where a law says that
//! two worlds answer alike, answers are compared whole, causes included.

use super::{agree, answer, answer_to, compile, difference};
use crate::decide::reference::build::{at, attribute, cel, entry_when, key, map, names, patterns};
use crate::decide::reference::question::Question;
use crate::decide::reference::reference;
use crate::decide::reference::world::{World, ask};
use crate::decide::{RequestLimits, admit};
use crate::document::definition::*;
use crate::model::{Timestamp, Value, ValueType};
use crate::snapshot::Snapshot;

/// The worlds that laws are held against: other ones than elsewhere.
pub(super) fn worlds(count: u64) -> impl Iterator<Item = World> {
    (1_000_000..1_000_000 + count).map(World::generate)
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

pub(super) fn compiled(policy: &Policy) -> Snapshot {
    compile(policy).unwrap_or_else(|refusal| panic!("{refusal}"))
}

pub(super) type Told = Result<crate::decide::reference::Answer, crate::decide::reference::Faults>;

#[track_caller]
pub(super) fn assert_same(world: &World, question: &Question, a: Told, b: Told) {
    assert!(agree(&a, &b), "seed {}: {question:?}\n{a:?}\n{b:?}", world.seed);
}
