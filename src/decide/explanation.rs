//! Why a decision is what it is, told for people: every step in order, with
//! what it looked at.

use std::borrow::Cow;

/// The whole story of one decision.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Explanation {
    /// The steps in order, those not reached included.
    pub steps: Vec<Step>,
    /// What the question said and nothing declares: dotted attribute names,
    /// asserted roles, scopes.
    pub ignored: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Its number, 1 to 9 (docs/semantics.md).
    pub number: u8,
    /// What it asks, as a short phrase.
    pub title: Cow<'static, str>,
    /// How it came out.
    pub outcome: StepOutcome,
    /// What it looked at, in order.
    pub findings: Vec<Finding>,
}

/// How a step came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StepOutcome {
    /// It has nothing against it.
    Passed,
    /// It settled the matter: denied.
    Denied,
    /// An earlier step settled the matter.
    NotReached,
    /// It does not apply to who asks.
    NotAsked,
}

/// One thing a step looked at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// What, in the words of a cause: `role:member`, `override`.
    pub subject: String,
    /// What came of it.
    pub outcome: FindingOutcome,
    /// The text of its condition, if it has one.
    pub condition: Option<String>,
    /// The names the condition reads, with what was there.
    pub values: Vec<(String, String)>,
    /// More, for people.
    pub note: Option<String>,
}

/// What came of one thing a step looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FindingOutcome {
    /// It holds: the grant grants, the restriction lets through, the deny denies.
    Holds,
    /// It does not hold.
    Fails,
    /// It cannot be told: an attribute is null or unsent.
    Unknown,
    /// The plan sets it aside, or it has expired or been retired.
    Dormant,
    /// It does not touch this principal.
    Exempt,
}
