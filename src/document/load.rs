//! From texts to a checked policy: read every document, check the whole.

use std::collections::BTreeSet;

use super::check::{self as checks};
use super::checked::Checked;
use super::definition::{Policy, Test};
use super::diagnostic::{Diagnostic, Severity};
use super::limits::PolicyLimits;
use super::place::{Place, Spanned};
use super::read::{self, Collected};
use super::source::Sources;

/// What came of loading a set of sources.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The policy; `None` when anything is a fault.
    pub checked: Option<Checked>,
    /// The test documents that could be read.
    pub tests: Vec<Spanned<Test>>,
    /// Everything to tell, in the order of the sources and of their lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a set of sources. Every fault of every source is told.
#[must_use]
pub fn load(sources: &Sources, limits: &PolicyLimits) -> Loaded {
    let Collected { policy, has_model, has_unread, mut tests, faults } = read::read(sources);
    let mut diagnostics = faults;
    let mut checked = None;
    if has_model {
        let (sound, found) = checks::check(policy, &mut tests, !has_unread, limits);
        checked = sound;
        // What does not fit its form is not told again for what it says.
        let told: BTreeSet<Place> = diagnostics.iter().map(|diagnostic| diagnostic.at).collect();
        diagnostics.extend(found.into_iter().filter(|diagnostic| !told.contains(&diagnostic.at)));
    } else if !has_unread {
        // Without a model nothing can be told of the rest. If a source could
        // not be read, that is why, and has been told.
        diagnostics.push(Diagnostic {
            at: Place::NOWHERE,
            severity: Severity::Fault,
            message: "there is no model".to_owned(),
            help: Some("a policy needs one document of `kind: Model`".to_owned()),
        });
    }
    checks::sort(&mut diagnostics);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Fault) {
        checked = None;
    }
    Loaded { checked, tests, diagnostics }
}

/// Checks definitions, wherever they came from.
#[must_use]
pub fn check(policy: Policy, limits: &PolicyLimits) -> (Option<Checked>, Vec<Diagnostic>) {
    checks::check(policy, &mut [], true, limits)
}
