//! The engine against the judge, over generated worlds.
//!
//! Owns the property tests. Nothing is sampled from a clock: a failure names
//! the seed of its world, and the same seed fails again.

mod absent;
mod apart;
mod census;
mod declared;
mod deltas;
mod laws;
mod monotone;
mod rename;
mod same;
mod shrink;
mod sound;
mod traps;
mod work;

use std::collections::BTreeSet;

use census::Census;

use super::question::Question;
use super::world::{World, ask};
use super::{Answer, Faults, reference};
use crate::decide::{Caller, FieldFault, Request, RequestLimits, admit, check, explain, missing_attributes};
use crate::document::definition::Policy;
use crate::document::{PolicyLimits, Severity, Source, Sources, check as check_policy, load};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;

/// Questions a world.
const QUESTIONS: usize = 100;

#[test]
fn engine_agrees_with_reference() {
    let asked = std::env::var("SIDEGATE_PROPERTY_REQUESTS").ok().and_then(|text| text.parse().ok());
    let worlds = asked.unwrap_or(100_000_u64).div_ceil(100);
    let mut census = Census::default();
    let mut differences = Vec::new();
    for seed in 0..worlds {
        if differences.len() == 5 {
            break;
        }
        let world = World::generate(seed);
        let snapshot = match compile(&world.policy) {
            Ok(snapshot) => snapshot,
            Err(refusal) => {
                differences.push(format!("seed {seed}: {refusal}"));
                continue;
            }
        };
        for asked in ask(&world, QUESTIONS) {
            let judged = asked.judged.clone().map(|judgement| judgement.answer);
            if !agree(&judged, &answer(&snapshot, &asked.question, asked.now)) {
                differences.push(difference(&world, &asked.question, asked.now));
                break;
            }
            census.count(&asked.judged);
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    println!("worlds of seeds 0..{worlds}");
    census.print();
    census.demand(u32::try_from(worlds / 1000).unwrap_or(u32::MAX) * 100);
}

/// The engine's answer, every name resolved afresh.
fn answer(snapshot: &Snapshot, question: &Question, now: Timestamp) -> Result<Answer, Faults> {
    let call = question.call();
    let caller = admit::caller(snapshot, &call, &RequestLimits::default()).map_err(told)?;
    answer_to(snapshot, &caller, question, now)
}

/// The engine's answer to a caller that is resolved.
fn answer_to(
    snapshot: &Snapshot,
    caller: &Caller<'_>,
    question: &Question,
    now: Timestamp,
) -> Result<Answer, Faults> {
    let target = question.target();
    let target = admit::target(snapshot, caller, &target, &RequestLimits::default()).map_err(told)?;
    let permission = admit::action(snapshot, &target, &question.action).map_err(|fault| told(vec![fault]))?;
    let request = Request { caller, target: &target, permission };
    let decision = check(snapshot, request, now);
    assert_eq!(decision, check(snapshot, request, now), "the same request, asked twice");
    let (explained, _) = explain(snapshot, request, now);
    assert_eq!(decision, explained, "an explanation tells another decision");
    Ok(Answer {
        reason: decision.reason,
        cause: decision.cause.to_string(),
        hidden: decision.hidden,
        missing: missing_attributes(snapshot, request, now),
    })
}

fn told(faults: Vec<FieldFault>) -> Faults {
    faults.into_iter().map(|fault| (fault.field, fault.kind)).collect()
}

/// Whether two answers are the same. Faults are sets.
fn agree(a: &Result<Answer, Faults>, b: &Result<Answer, Faults>) -> bool {
    let set = |faults: &Faults| -> BTreeSet<String> {
        faults.iter().map(|(field, kind)| format!("{field} {kind:?}")).collect()
    };
    match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(a), Err(b)) => set(a) == set(b),
        _ => false,
    }
}

fn compile(policy: &Policy) -> Result<Snapshot, String> {
    let (checked, diagnostics) = check_policy(policy.clone(), &PolicyLimits::default());
    match checked {
        Some(checked) => Ok(Snapshot::compile(&checked, Revision::new(1, 1))),
        None => {
            let faults = diagnostics.into_iter().filter(|told| told.severity == Severity::Fault);
            let faults: Vec<String> = faults.map(|fault| fault.message).collect();
            Err(format!("checking refuses the world: {}", faults.join("; ")))
        }
    }
}

/// The policy that documents make.
fn documents(texts: &[&str]) -> Policy {
    let source =
        |(number, text): (usize, &&str)| Source { path: format!("{number}.yaml"), text: (*text).to_owned() };
    let sources = Sources::new(texts.iter().enumerate().map(source).collect());
    let loaded = load(&sources, &PolicyLimits::default());
    let faults =
        || loaded.diagnostics.iter().map(|told| told.message.as_str()).collect::<Vec<_>>().join("; ");
    loaded.checked.as_ref().unwrap_or_else(|| panic!("{}", faults())).policy().clone()
}

/// The smallest world and question found in which the two differ.
fn difference(world: &World, question: &Question, now: Timestamp) -> String {
    let judge = |policy: &Policy, question: &Question| {
        reference(policy, &question.call(), &question.target(), &question.action, now)
    };
    let differ = |policy: &Policy, question: &Question| match compile(policy) {
        Ok(snapshot) => !agree(&judge(policy, question), &answer(&snapshot, question, now)),
        Err(_) => false,
    };
    let (policy, question) = shrink::shrink(world.policy.clone(), question.clone(), differ);
    let snapshot = compile(&policy).unwrap_or_else(|faults| panic!("{faults}"));
    let place = "at: Place { source: 0, start: 0, end: 0 }, ";
    let facts = format!("{policy:?}")
        .replace(place, "")
        .replace("label: Label { title: None, description: None }, ", "");
    let facts = facts.replace("Spanned ", "");
    format!(
        "seed {}\n{facts}\n{question:?} at {now}\njudge  {:?}\nengine {:?}",
        world.seed,
        judge(&policy, &question),
        answer(&snapshot, &question, now),
    )
}
