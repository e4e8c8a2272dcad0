//! Traps that other systems fell into, each under its number, with the reference
//! evaluator as the judge (docs/reliability.md has the table).
//!
//! Owns what the traps share: asking both, and tenants written as text.

mod changes;
mod examples;
mod matrix;
mod sizes;

use super::{agree, answer, compile, documents};
use crate::decide::reference::question::Question;
use crate::decide::reference::{Answer, reference};
use crate::document::definition::Policy;
use crate::model::Timestamp;
use crate::snapshot::Snapshot;

/// A policy and what it compiles to.
struct Both {
    policy: Policy,
    snapshot: Snapshot,
}

impl Both {
    fn of(texts: &[&str]) -> Self {
        let policy = documents(texts);
        let snapshot = compile(&policy).unwrap_or_else(|refusal| panic!("{refusal}"));
        Self { policy, snapshot }
    }

    /// What both answer.
    #[track_caller]
    fn ask(&self, question: &Question) -> Answer {
        let now = Timestamp::parse("2026-06-01T12:00:00Z").expect("an instant");
        let judged = reference(&self.policy, &question.call(), &question.target(), &question.action, now);
        let told = answer(&self.snapshot, question, now);
        assert!(agree(&judged, &told), "{question:?}\njudge  {judged:?}\nengine {told:?}");
        told.unwrap_or_else(|faults| panic!("{faults:?}: {question:?}"))
    }

    #[track_caller]
    fn allows(&self, question: &Question) -> bool {
        self.ask(question).reason.allows()
    }
}

/// A question of a user about a resource, `type:id` or a type alone.
fn by(tenant: &str, user: &str, action: &str, resource: &str) -> Question {
    let (kind, id) = resource.split_once(':').map_or((resource, None), |(kind, id)| (kind, Some(id)));
    Question {
        tenant: tenant.into(),
        principal: ("user".into(), user.into()),
        kind: kind.into(),
        id: id.map(str::to_owned),
        action: action.into(),
        ..Question::default()
    }
}

/// Every choice of at most so many.
fn choices(from: &[&'static str], most: usize) -> Vec<Vec<&'static str>> {
    let every = 0..1_u32 << from.len();
    let chosen =
        |set: u32| from.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1).map(|(_, it)| *it);
    every.map(|set| chosen(set).collect::<Vec<_>>()).filter(|chosen| chosen.len() <= most).collect()
}
