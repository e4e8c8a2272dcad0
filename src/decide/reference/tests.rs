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

use census::Census;

use super::compare::{agree, answer, answer_to, compile, documents};
use super::question::Question;
use super::reference;
use super::world::{World, ask};
use crate::document::definition::Policy;
use crate::model::Timestamp;

/// Questions a world.
const QUESTIONS: usize = 100;

#[test]
fn engine_agrees_with_reference() {
    let asked = std::env::var("SIDEGATE_PROPERTY_REQUESTS").ok().and_then(|text| text.parse().ok());
    // The door refuses some 1.4 % of them: more than 100,000 are decided.
    let worlds = asked.unwrap_or(102_000_u64).div_ceil(100);
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
