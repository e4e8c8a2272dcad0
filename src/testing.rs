//! The policy test runner: Test documents against a snapshot.
//!
//! [`run`] asks every question of every document through the same door and the
//! same engine as any other caller, and compares. It is pure: no files, no
//! clock, no output; a test document says the instant it asks at.

mod answer;
mod apps;
pub mod coverage;
mod held;
mod lists;
pub mod mutation;
mod permissions;
mod question;
mod tables;

pub use coverage::{Cell, Coverage};

use crate::decide::{Explanation, RequestLimits};
use crate::document::definition::{Policy, Setting, Test};
use crate::document::{Checked, Place, Spanned};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;

/// What came of a run.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report {
    /// Expectations that were met.
    pub passed: usize,
    /// Expectations that were not.
    pub failures: Vec<Failure>,
    /// What the questions touched. Empty for a run that only wants a verdict.
    pub coverage: Coverage,
}

/// An expectation that was not met.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Failure {
    /// Where the expectation stands.
    pub at: Place,
    /// The document's own words for it.
    pub why: Option<String>,
    /// What was asked, for people.
    pub asked: String,
    /// What the document expects.
    pub expected: String,
    /// What was answered.
    pub got: String,
    /// How the answer came about, where one decision gave it.
    pub explanation: Option<Explanation>,
}

/// Runs every test, and tells what failed, why, and what nothing touched.
#[must_use]
pub fn run(snapshot: &Snapshot, checked: &Checked, tests: &[Spanned<Test>]) -> Report {
    let mut run = Run::new(snapshot, checked.policy(), Depth::Story);
    run.report.coverage.expect_all(checked.policy());
    run.documents(tests);
    run.report
}

/// Whether any test fails. Stops at the first one, and tells nothing.
#[must_use]
pub fn any_fails(snapshot: &Snapshot, checked: &Checked, tests: &[Spanned<Test>]) -> bool {
    let mut run = Run::new(snapshot, checked.policy(), Depth::Verdict);
    run.documents(tests);
    !run.report.failures.is_empty()
}

/// How much a run tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Depth {
    /// Explanations and coverage, to the end.
    Story,
    /// The first failure ends it.
    Verdict,
}

/// A run under way.
#[derive(Debug)]
struct Run<'a> {
    snapshot: &'a Snapshot,
    policy: &'a Policy,
    depth: Depth,
    limits: RequestLimits,
    report: Report,
}

/// What the questions of one table, case or list have in common.
#[derive(Clone, Copy, Debug)]
struct Scene<'a> {
    tenant: &'a str,
    setting: &'a Setting,
    now: Timestamp,
}

impl<'a> Run<'a> {
    fn new(snapshot: &'a Snapshot, policy: &'a Policy, depth: Depth) -> Self {
        Self { snapshot, policy, depth, limits: RequestLimits::default(), report: Report::default() }
    }

    fn documents(&mut self, tests: &[Spanned<Test>]) {
        for test in tests {
            let scene = |setting| scene(test, setting);
            for table in &test.tables {
                self.table(scene(&table.setting), table);
            }
            for case in &test.cases {
                self.case(scene(&case.setting), case);
            }
            for list in &test.lists {
                self.list(scene(&list.setting), list);
            }
            for app in &test.apps {
                self.app(app);
            }
            if self.over() {
                return;
            }
        }
    }

    /// Whether nobody wants to know more.
    fn over(&self) -> bool {
        self.depth == Depth::Verdict && !self.report.failures.is_empty()
    }

    /// Counts one expectation.
    fn judge(&mut self, met: bool, failure: impl FnOnce() -> Failure) {
        if met {
            self.report.passed = self.report.passed.saturating_add(1);
        } else {
            self.report.failures.push(failure());
        }
    }
}

fn scene<'t>(test: &'t Test, setting: &'t Setting) -> Scene<'t> {
    Scene { tenant: &test.tenant.value, setting, now: setting.instant.unwrap_or(test.at) }
}

#[cfg(test)]
mod tests;
