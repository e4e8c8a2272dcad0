//! The work bound: what a decision costs is what the question is about.
//!
//! Owns the bound. Steps are counted in test builds alone (`model::work`): a role, a
//! group, an access list entry, a restriction, a scope, a node of a condition looked
//! at, and every row that a table compares on its way to one.

use super::answer;
use super::laws::{compiled, worlds};
use crate::decide::reference::build::{at, key};
use crate::decide::reference::question::Question;
use crate::decide::reference::world::{Asked, ask};
use crate::decide::{RequestLimits, admit, check};
use crate::document::definition::*;
use crate::model::work;
use crate::snapshot::Snapshot;

/// Steps for each thing that a decision may have to look at.
const FACTOR: u64 = 2;

#[test]
fn i21_steps_are_bounded_by_what_bears_on_the_question() {
    let (mut most, mut counted) = (0, 0);
    for world in worlds(100) {
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 40) {
            let Some(steps) = steps(&snapshot, &asked) else { continue };
            let things = things(&world.policy, &asked.question);
            let bound = FACTOR * things;
            assert!(steps <= bound, "seed {}: {steps} steps for {things}: {:?}", world.seed, asked.question);
            most = most.max(steps * 100 / things);
            counted += 1;
        }
    }
    println!("{counted} decisions, at most {most} steps for a hundred things");
    assert!(counted > 3_000 && most > 50, "{counted} {most}");
}

/// The same tenant with so many more members, groups and resources.
#[test]
fn i21_a_hundred_times_the_members_is_the_same_work() {
    for seed in [1_000_001, 1_000_004, 1_000_007] {
        let world = crate::decide::reference::world::World::generate(seed);
        let small = compiled(&crowded(&world.policy, 1_000));
        let large = compiled(&crowded(&world.policy, 100_000));
        let (mut few, mut many) = (0, 0);
        for asked in ask(&world, 60) {
            let (question, now) = (&asked.question, asked.now);
            assert_eq!(answer(&small, question, now), answer(&large, question, now), "seed {seed}");
            few += steps(&small, &asked).unwrap_or(0);
            many += steps(&large, &asked).unwrap_or(0);
        }
        println!("seed {seed}: {few} steps among 1,000 members, {many} among 100,000");
        assert!(few > 1_000 && many <= few * 2 && few <= many * 2, "seed {seed}: {few}, {many}");
    }
}

fn steps(snapshot: &Snapshot, asked: &Asked) -> Option<u64> {
    let (call, target) = (asked.question.call(), asked.question.target());
    let before = work::done();
    let limits = RequestLimits::default();
    let admitted = admit::question(snapshot, &call, &target, &asked.question.action, &limits).ok()?;
    std::hint::black_box(check(snapshot, admitted.request(), asked.now));
    Some(work::done() - before)
}

/// How much there is that could bear on a question: what is sent, roles, groups,
/// entries, restrictions, switches, scopes, what the resource may sit in, with their
/// conditions; of members and resources the one that is meant, whose entries count.
fn things(policy: &Policy, question: &Question) -> u64 {
    let model = &policy.model;
    let tenant = policy.tenants.get(&question.tenant).map(|tenant| &tenant.value);
    let entries = |entries: &[Entry]| entries.iter().map(weight).sum::<usize>() + 1;
    let mut things = 20 + question.context.len() + question.resource.len() + question.attributes.len();
    things += question.roles.len() + question.parents.len();
    things += model.roles.values().map(|role| entries(&role.allow)).sum::<usize>();
    things += model.restrictions.values().map(|it| it.allow_when.text.len() / 4 + 1).sum::<usize>() * 2;
    for scope in model.scopes.values() {
        things += match &scope.value.covers {
            ScopeCover::Allow(all) => entries(all),
            ScopeCover::Modes(modes) => modes.values().map(|mode| entries(&mode.value)).sum(),
        };
    }
    if let Some(tenant) = tenant {
        things += tenant.roles.values().map(|role| entries(&role.allow)).sum::<usize>();
        things += tenant.groups.len() + tenant.role_restrictions.len();
        let above = |key: &crate::model::Key| ["area", "area1", "doc"].contains(&key.kind());
        let asked = |key: &crate::model::Key| Some(key.id()) == question.id.as_deref();
        things += tenant.resources.iter().filter(|(key, _)| above(key) || asked(key)).count();
    }
    // Gates and what hides ask steps again.
    let kind = model.resources.get(&question.kind);
    let gates = model.resources.values().map(|kind| kind.requires.len()).sum::<usize>();
    let again = 1 + gates + usize::from(kind.is_some_and(|kind| kind.hidden_without.is_some()));
    u64::try_from(things * again).expect("small")
}

fn weight(entry: &Entry) -> usize {
    match &entry.when {
        When::Always => 1,
        When::Expression(expression) => 1 + expression.text.len() / 4,
        When::Conditions(names) => 1 + names.len() * 16,
    }
}

/// With so many more members, each of whom a group and a resource's list name too.
fn crowded(policy: &Policy, count: u32) -> Policy {
    let mut policy = policy.clone();
    for tenant in policy.tenants.values_mut().map(|tenant| &mut tenant.value) {
        for number in 0..count {
            tenant.members.insert(key(&format!("user:crowd{number}")), at(Member::default()));
        }
        for number in 0..count / 10 {
            tenant.resources.insert(key(&format!("area:crowd{number}")), at(Registered::default()));
        }
    }
    policy
}

#[test]
fn i21_steps_are_counted() {
    let before = work::done();
    work::step();
    assert_eq!(work::done() - before, 1);
}
