//! What holds the engine against another one, by other people, that exported policies are decided by.
//!
//! Owns the questions and the comparison; `oracle/`, a package of its own, owns the other engine, so that nothing of it
//! is built with a sidecar or its tests. `ask` puts a question as docs/cedar.md says, from what was exported alone;
//! `worlds` asks about generated policies, `corpus` about those of `examples` and `tests/policies`; `bites` shows that a
//! wrong answer is noticed.
//!
//! It is compiled for the feature `fuzzing` alone. Each function panics at a difference, and otherwise returns what is
//! to be told of the run. It deliberately lacks a judge.

#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "whoever judges may panic")]

mod ask;
mod bites;
mod corpus;
mod worlds;

pub use ask::{Put, Uid};

use crate::export::cedar::Export;

/// An engine that decides what `sidegate export cedar` writes.
pub trait Judge: Sized {
    /// Reads an export.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn read(export: &Export) -> Result<Self, String>;

    /// What strict validation has to say against the policies.
    fn validate(&self) -> Vec<String>;

    /// Whether a question is allowed.
    ///
    /// # Errors
    ///
    /// Whatever keeps any policy from being evaluated.
    fn allows(&self, put: &Put) -> Result<bool, Unanswered>;
}

/// Why a judge has no answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Unanswered {
    /// The hierarchy goes round, which Cedar refuses.
    Circle,
    /// Anything else.
    Failed(String),
}

/// Decides questions about generated worlds until so many were decided, and compares.
///
/// # Panics
///
/// At a difference; if a policy is not strictly valid; if questions or worlds tell too little.
#[must_use]
pub fn generated_worlds<J: Judge>(wanted: usize) -> String {
    worlds::run::<J>(wanted)
}

/// Decides what the test documents of `examples` and `tests/policies` expect.
///
/// # Panics
///
/// At an answer that is not the expected one; if other things are refused than those listed.
#[must_use]
pub fn expected_answers<J: Judge>() -> String {
    corpus::run::<J>()
}

/// Does 18 things wrongly.
///
/// # Panics
///
/// If one of them is not noticed.
pub fn wrongs<J: Judge>() {
    bites::run::<J>();
}
