//! Determinism: a snapshot and a question come to one answer, whoever asks, how
//! often, in whatever order things are written down.
//!
//! Owns the shuffling of policies and questions. What has an order that means
//! something (gates, authorities) keeps it.

use std::fmt::Write;

use super::laws::{assert_same, compiled, worlds};
use super::{answer, compile};
use crate::decide::reference::question::Question;
use crate::decide::reference::world::{Asked, Rng, World, ask};
use crate::decide::{RequestLimits, admit, check, explain};
use crate::document::definition::*;
use crate::snapshot::Snapshot;

/// Tells a process that this test has started to print and end.
const PRINT: &str = "SIDEGATE_I01_PRINT";

#[test]
fn i01_the_order_of_lists_is_nothing() {
    for world in worlds(60) {
        let mut rng = Rng::new(world.seed ^ 0x0de4);
        let snapshot = compiled(&world.policy);
        let turned = compiled(&shuffled(&world.policy, &mut rng));
        for asked in ask(&world, 50) {
            let (question, now) = (&asked.question, asked.now);
            let expected = answer(&snapshot, question, now);
            assert_same(&world, question, expected.clone(), answer(&turned, question, now));
            let other = turned_round(question, &mut rng);
            let told = answer(&turned, &other, now);
            // Paths of faults count places.
            let same = if expected.is_ok() { told == expected } else { told.is_err() };
            assert!(same, "seed {}: {other:?}\n{expected:?}\n{told:?}", world.seed);
        }
    }
}

#[test]
fn i01_a_thousand_times_and_from_many_threads_the_same() {
    let mut asked_in_all = 0;
    for world in worlds(10) {
        let snapshot = compiled(&world.policy);
        let questions = ask(&world, 4);
        let expected: Vec<String> = questions.iter().map(|asked| whole(&snapshot, asked)).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..250 {
                        for (asked, expected) in questions.iter().zip(&expected) {
                            assert_eq!(&whole(&snapshot, asked), expected, "seed {}", world.seed);
                        }
                    }
                });
            }
        });
        asked_in_all += questions.len();
    }
    assert_eq!(asked_in_all, 40, "each is asked a thousand times");
}

/// Every process seeds its hash maps anew. What is printed is a digest of answers,
/// explanations included.
#[test]
fn i01_another_process_says_the_same() {
    let said = digest();
    if std::env::var_os(PRINT).is_some() {
        println!("answers {said}");
        return;
    }
    for _ in 0..2 {
        let name = "decide::reference::tests::same::i01_another_process_says_the_same";
        let program = std::env::current_exe().expect("this program");
        let output = std::process::Command::new(program)
            .args([name, "--exact", "--nocapture"])
            .env(PRINT, "1")
            .output()
            .expect("it starts");
        let printed = String::from_utf8(output.stdout).expect("text");
        assert!(printed.contains(&format!("answers {said}")), "not {said}:\n{printed}");
    }
}

fn digest() -> String {
    let mut hasher = blake3::Hasher::new();
    for world in worlds(30) {
        let snapshot = compiled(&world.policy);
        for asked in ask(&world, 20) {
            hasher.update(whole(&snapshot, &asked).as_bytes());
        }
        hasher.update(snapshot.digest().to_string().as_bytes());
    }
    hasher.finalize().to_string()
}

/// All that can be said of a question.
fn whole(snapshot: &Snapshot, asked: &Asked) -> String {
    let mut text = String::new();
    let question = &asked.question;
    let (call, target) = (question.call(), question.target());
    match admit::question(snapshot, &call, &target, &question.action, &RequestLimits::default()) {
        Err(faults) => write!(text, "{faults:?}"),
        Ok(admitted) => {
            let request = admitted.request();
            write!(
                text,
                "{:?} {:?}",
                check(snapshot, request, asked.now),
                explain(snapshot, request, asked.now)
            )
        }
    }
    .expect("room");
    text
}

/// The same question, its lists in another order.
fn turned_round(question: &Question, rng: &mut Rng) -> Question {
    let mut other = question.clone();
    rng.shuffle(&mut other.roles);
    rng.shuffle(&mut other.attributes);
    rng.shuffle(&mut other.context);
    rng.shuffle(&mut other.resource);
    rng.shuffle(&mut other.parents);
    if let Some(via) = &mut other.via {
        rng.shuffle(&mut via.scopes);
        via.scopes.iter_mut().for_each(|(_, modes)| rng.shuffle(modes));
    }
    other
}

/// The same policy, every list whose order means nothing in another order.
pub(super) fn shuffled(policy: &Policy, rng: &mut Rng) -> Policy {
    let mut policy = policy.clone();
    let model = &mut policy.model;
    model.roles.values_mut().for_each(|role| in_role(&mut role.value, rng));
    for kind in model.resources.values_mut().map(|kind| &mut kind.value) {
        rng.shuffle(&mut kind.actions);
        rng.shuffle(&mut kind.parents);
        for level in kind.levels.values_mut() {
            rng.shuffle(&mut level.value.permissions);
            rng.shuffle(&mut level.value.includes);
        }
    }
    model.sections.values_mut().for_each(|section| rng.shuffle(&mut section.value.permissions));
    model.features.values_mut().for_each(|feature| rng.shuffle(&mut feature.value.permissions));
    model.plans.values_mut().for_each(|plan| rng.shuffle(&mut plan.value.features));
    for restriction in model.restrictions.values_mut() {
        rng.shuffle(&mut restriction.value.permissions);
        rng.shuffle(&mut restriction.value.exempt_roles);
    }
    for scope in model.scopes.values_mut() {
        match &mut scope.value.covers {
            ScopeCover::Allow(entries) => in_entries(entries, rng),
            ScopeCover::Modes(modes) => modes.values_mut().for_each(|mode| in_entries(&mut mode.value, rng)),
        }
    }
    rng.shuffle(&mut model.reserved.permissions);
    rng.shuffle(&mut model.reserved.roles);
    rng.shuffle(&mut model.retired.permissions);
    for app in policy.apps.values_mut() {
        app.value.requests.values_mut().for_each(|request| rng.shuffle(&mut request.value.modes));
    }
    policy.tenants.values_mut().for_each(|tenant| in_tenant(&mut tenant.value, rng));
    policy
}

fn in_tenant(tenant: &mut Tenant, rng: &mut Rng) {
    tenant.roles.values_mut().for_each(|role| in_role(&mut role.value, rng));
    for group in tenant.groups.values_mut() {
        rng.shuffle(&mut group.value.members);
        rng.shuffle(&mut group.value.roles);
    }
    for member in tenant.members.values_mut() {
        rng.shuffle(&mut member.value.roles);
        rng.shuffle(&mut member.value.overrides.allow);
        rng.shuffle(&mut member.value.overrides.deny);
    }
    for resource in tenant.resources.values_mut() {
        rng.shuffle(&mut resource.value.parents);
        for entry in resource.value.acl.values_mut() {
            rng.shuffle(&mut entry.value.levels);
            rng.shuffle(&mut entry.value.deny);
        }
    }
    for granted in tenant.installs.values_mut().flat_map(|install| install.value.granted.values_mut()) {
        if let GrantedModes::Modes(modes) = &mut granted.value {
            rng.shuffle(modes);
        }
    }
}

fn in_role(role: &mut Role, rng: &mut Rng) {
    in_entries(&mut role.allow, rng);
    rng.shuffle(&mut role.extends);
}

fn in_entries(entries: &mut [Entry], rng: &mut Rng) {
    rng.shuffle(entries);
    for entry in entries {
        rng.shuffle(&mut entry.permissions);
        rng.shuffle(&mut entry.except);
        if let When::Conditions(names) = &mut entry.when {
            rng.shuffle(names);
        }
    }
}

#[test]
fn i01_shuffling_changes_something() {
    let changed = worlds(60).filter(|world: &World| {
        let other = shuffled(&world.policy, &mut Rng::new(world.seed));
        assert!(compile(&other).is_ok());
        other != world.policy
    });
    assert!(changed.count() > 50, "hardly a policy has a list to be shuffled");
}
