//! What looks on while a decision is made.
//!
//! The steps are written once. Deciding runs them with [`Silent`], which costs
//! nothing; telling what is missing and telling the whole story run the same
//! steps with somebody taking notes. So they can never disagree.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::explanation::{Finding, FindingOutcome};
use super::facts::View;
use crate::condition::{Facts, Program, Tri};
use crate::model::{Fact, List, Names, ValueRef};

/// Looks on while a decision is made.
pub(super) trait Watch {
    /// A step begins.
    fn step(&mut self, number: u8);

    /// The step looked at something without a condition.
    fn saw(&mut self, what: impl FnOnce() -> (String, FindingOutcome, Option<String>));

    /// The step evaluated the conditions of something.
    fn weighed(
        &mut self,
        subject: impl FnOnce() -> String,
        when: &[Arc<Program>],
        facts: &View<'_, '_>,
        outcome: Tri,
    );
}

/// Takes no notes.
pub(super) struct Silent;

/// Notes the attributes that unknown conditions of the last step lack.
#[derive(Default)]
pub(super) struct Missing {
    pub(super) names: BTreeSet<String>,
}

/// Notes everything, step by step.
#[derive(Default)]
pub(super) struct Story {
    pub(super) steps: Vec<(u8, Vec<Finding>)>,
}

impl Watch for Silent {
    fn step(&mut self, _: u8) {}
    fn saw(&mut self, _: impl FnOnce() -> (String, FindingOutcome, Option<String>)) {}
    fn weighed(&mut self, _: impl FnOnce() -> String, _: &[Arc<Program>], _: &View<'_, '_>, _: Tri) {}
}

impl Watch for Missing {
    fn step(&mut self, _: u8) {
        self.names.clear();
    }

    fn saw(&mut self, _: impl FnOnce() -> (String, FindingOutcome, Option<String>)) {}

    fn weighed(
        &mut self,
        _: impl FnOnce() -> String,
        when: &[Arc<Program>],
        facts: &View<'_, '_>,
        outcome: Tri,
    ) {
        if outcome != Tri::Unknown {
            return;
        }
        for program in when.iter().filter(|program| program.evaluate(facts) == Tri::Unknown) {
            for mention in program.mentions() {
                let missing = match facts.fact(mention.path) {
                    Fact::Value(_) => false,
                    // `has()` answers null; only an unsent attribute stumps it.
                    Fact::Null => !mention.only_in_has,
                    Fact::Unsent => true,
                };
                if missing {
                    self.names.insert(mention.name.to_string());
                }
            }
        }
    }
}

impl Watch for Story {
    fn step(&mut self, number: u8) {
        self.steps.push((number, Vec::new()));
    }

    fn saw(&mut self, what: impl FnOnce() -> (String, FindingOutcome, Option<String>)) {
        let (subject, outcome, note) = what();
        self.push(Finding { subject, outcome, condition: None, values: Vec::new(), note });
    }

    fn weighed(
        &mut self,
        subject: impl FnOnce() -> String,
        when: &[Arc<Program>],
        facts: &View<'_, '_>,
        outcome: Tri,
    ) {
        let texts: Vec<&str> = when.iter().map(|program| program.text()).collect();
        let mut values: Vec<(String, String)> = when
            .iter()
            .flat_map(|program| program.mentions())
            .map(|mention| (mention.name.to_string(), shown(facts.fact(mention.path))))
            .collect();
        values.sort();
        values.dedup();
        self.push(Finding {
            subject: subject(),
            outcome: match outcome {
                Tri::True => FindingOutcome::Holds,
                Tri::False => FindingOutcome::Fails,
                Tri::Unknown => FindingOutcome::Unknown,
            },
            condition: (!texts.is_empty()).then(|| texts.join("  and  ")),
            values,
            note: None,
        });
    }
}

impl Story {
    fn push(&mut self, finding: Finding) {
        if let Some((_, findings)) = self.steps.last_mut() {
            findings.push(finding);
        }
    }
}

/// A fact as people read it, in the spelling of a condition.
fn shown(fact: Fact<'_>) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.escape_debug());
    let list = |items: Vec<String>| format!("[{}]", items.join(", "));
    match fact {
        Fact::Null => "null".to_owned(),
        Fact::Unsent => "unsent".to_owned(),
        Fact::Value(ValueRef::Bool(value)) => value.to_string(),
        Fact::Value(ValueRef::Int(value)) => value.to_string(),
        Fact::Value(ValueRef::Text(text)) => quoted(&text.to_string()),
        Fact::Value(ValueRef::Timestamp(at)) => at.to_string(),
        Fact::Value(ValueRef::List(List::Strings(texts))) => {
            list(texts.iter().map(|text| quoted(text)).collect())
        }
        Fact::Value(ValueRef::List(List::Ints(ints))) => list(ints.iter().map(ToString::to_string).collect()),
        Fact::Value(ValueRef::List(List::Names(names))) => list(all(names).map(quoted).collect()),
    }
}

fn all(names: &dyn Names) -> impl Iterator<Item = &str> {
    std::iter::successors(names.after(None), |name| names.after(Some(name)))
}
