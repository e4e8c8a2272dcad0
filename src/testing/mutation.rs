//! Mutation: does the suite notice when a policy says something else?
//!
//! Each mutant is the policy with one single change ([`Kind`]). A suite is
//! good when every mutant fails a test. A mutant that does not even load, or
//! that `validate` would call faulty, counts as caught, and is told apart.
//!
//! Deliberately absent: changes of two things at once, changes of test
//! documents, and changes of names. A raised limit on custom roles is absent
//! too: no question can tell it, since only adding a role is refused.

mod app;
mod catalogue;
mod model;
mod pick;
mod tenant;

use std::collections::BTreeMap;

pub use pick::{Kind, Mutant};

use crate::document::definition::{Policy, Test};
use crate::document::{self, Checked, Diagnostic, PolicyLimits, Severity, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use catalogue::Catalogue;
use pick::Pick;

/// What became of a mutant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fate {
    /// A test failed.
    Killed,
    /// It does not load, or `validate` finds a fault that was not there.
    Refused,
    /// Nothing noticed.
    Survived,
}

/// What became of all mutants of one kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Failed a test.
    pub killed: usize,
    /// Refused before any test.
    pub refused: usize,
    /// Not noticed.
    pub survived: usize,
}

/// What became of all mutants of a policy.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// By kind.
    pub tallies: BTreeMap<Kind, Tally>,
    /// Those that nothing noticed.
    pub survivors: Vec<Mutant>,
}

impl Tally {
    /// How many mutants there were.
    #[must_use]
    pub const fn tried(self) -> usize {
        self.killed.saturating_add(self.refused).saturating_add(self.survived)
    }
}

impl Outcome {
    /// All kinds together.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.tallies.values().fold(Tally::default(), |sum, tally| Tally {
            killed: sum.killed.saturating_add(tally.killed),
            refused: sum.refused.saturating_add(tally.refused),
            survived: sum.survived.saturating_add(tally.survived),
        })
    }

    fn note(&mut self, mutant: Mutant, fate: Fate) {
        let tally = self.tallies.entry(mutant.kind).or_default();
        let count = match fate {
            Fate::Killed => &mut tally.killed,
            Fate::Refused => &mut tally.refused,
            Fate::Survived => &mut tally.survived,
        };
        *count = count.saturating_add(1);
        if fate == Fate::Survived {
            self.survivors.push(mutant);
        }
    }
}

/// Makes every mutant of a policy, one after another, and tries each.
#[must_use]
pub fn run(checked: &Checked, tests: &[Spanned<Test>], limits: &PolicyLimits) -> Outcome {
    let policy = checked.policy();
    let before = tolerated(&document::check(policy.clone(), limits).1);
    let mut outcome = Outcome::default();
    for (mutant, changed) in mutants(policy) {
        let fate = fate(changed, tests, limits, before);
        outcome.note(mutant, fate);
    }
    outcome
}

/// Every single change of a policy, with the policy so changed.
pub fn mutants(policy: &Policy) -> impl Iterator<Item = (Mutant, Policy)> {
    let catalogue = Catalogue::of(policy);
    // One walk both counts and changes: the nth walk changes the nth place it comes by.
    (0..).map_while(move |nth| {
        let mut changed = policy.clone();
        let mut pick = Pick::nth(nth);
        model::walk(&mut pick, &catalogue, &mut changed);
        tenant::walk(&mut pick, &catalogue, &changed.model.plans, &mut changed.tenants);
        app::walk(&mut pick, &catalogue, &mut changed.apps);
        pick.into_mutant().map(|mutant| (mutant, changed))
    })
}

fn fate(policy: Policy, tests: &[Spanned<Test>], limits: &PolicyLimits, before: usize) -> Fate {
    let (checked, diagnostics) = document::check(policy, limits);
    let Some(checked) = checked else { return Fate::Refused };
    let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
    if super::any_fails(&snapshot, &checked, tests) {
        Fate::Killed
    } else if tolerated(&diagnostics) > before {
        Fate::Refused
    } else {
        Fate::Survived
    }
}

fn tolerated(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Tolerated).count()
}
