//! What is said of a whole type holds of each resource of it.
//!
//! This is as far as filters go in this build: three words, and not yet a condition
//! that an application could put to its database.

use super::*;
use crate::document::definition::{Expression, ScopeCover, When};

/// Seeds of other worlds than elsewhere.
const FIRST: u64 = 3_500_000;

#[test]
fn i08_what_is_said_of_a_type_holds_of_each_resource() {
    let mut tally = Tally::default();
    for seed in FIRST..FIRST + 90 {
        let world = World::generate(seed);
        let snapshot = compiled(&world.policy, Revision::new(1, 1));
        for asked in ask(&world, 12) {
            let rng = Rng::new(seed);
            let mut case =
                Case { world: &world, snapshot: &snapshot, question: &asked.question, now: asked.now, rng };
            if asked.judged.is_ok() {
                case.whole_type(&mut tally);
            }
        }
    }
    let Tally { extents, .. } = &tally;
    let all: usize = extents.values().sum();
    for outcome in ["Always", "Never", "Conditional"] {
        assert!(extents.get(outcome).is_some_and(|count| *count * 20 > all), "{extents:?}");
    }
}

/// Where neither a condition nor an access list could tell resources apart, the answer
/// is one of the two that need no look at any.
#[test]
fn i08_where_nothing_can_depend_nothing_is_conditional() {
    let (mut always, mut never) = (0, 0);
    for seed in FIRST..FIRST + 60 {
        let mut world = World::generate(seed);
        blind(&mut world.policy);
        let policy = world.policy.clone();
        let snapshot = compiled(&policy, Revision::new(1, 1));
        for asked in ask(&world, 8) {
            let rng = Rng::new(seed);
            let mut question = asked.question.clone();
            question.id = None;
            assert!(!universe::may_depend(&policy, &question.tenant));
            if asked.judged.is_err() {
                continue;
            }
            let case = Case { world: &world, snapshot: &snapshot, question: &question, now: asked.now, rng };
            let query = v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
                resource: Some(resource(&question)),
                actions: Vec::new(),
            });
            for (action, extent) in walks::extents(&case.page(request(&question, query), 20_000)) {
                let mut one = question.clone();
                one.id = Some("x".to_owned());
                let allowed = case.allows(&one.call(), &one.target(), &action);
                assert_eq!(
                    extent,
                    if allowed { Extent::Always } else { Extent::Never },
                    "seed {seed}: {action}"
                );
                if allowed { always += 1 } else { never += 1 }
            }
        }
    }
    assert!(always > 20 && never > 20, "{always} {never}");
}

/// Leaves neither an access list nor a condition that reads a resource.
fn blind(policy: &mut Policy) {
    let tenants = policy.tenants.values_mut();
    tenants.flat_map(|tenant| tenant.value.resources.values_mut()).for_each(|row| row.value.acl.clear());
    let model = &mut policy.model;
    let roles = model.roles.values_mut().flat_map(|role| &mut role.value.allow);
    let scopes = model.scopes.values_mut().flat_map(|scope| match &mut scope.value.covers {
        ScopeCover::Allow(entries) => entries.iter_mut().collect::<Vec<_>>(),
        ScopeCover::Modes(modes) => modes.values_mut().flat_map(|entries| entries.value.iter_mut()).collect(),
    });
    for entry in roles.chain(scopes) {
        entry.when = When::Always;
    }
    let say = |expression: &mut Expression| {
        expression.text = "principal.id != \"A\"".to_owned();
        expression.offsets.clear();
    };
    model.conditions.values_mut().for_each(|condition| say(&mut condition.value.expression));
    model.restrictions.values_mut().for_each(|restriction| say(&mut restriction.value.allow_when));
}
