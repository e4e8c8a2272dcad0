//! From texts to a checked policy: read every document, check the whole.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{self as checks, Found};
use super::checked::Checked;
use super::definition::{Policy, Test};
use super::diagnostic::{Diagnostic, Severity};
use super::limits::PolicyLimits;
use super::place::{Place, Spanned};
pub use super::read::Identity;
use super::read::{self, Collected};
use super::source::Sources;

/// What came of loading a set of sources.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The policy; `None` when anything is a fault.
    pub checked: Option<Checked>,
    /// The test documents that could be read.
    pub tests: Vec<Spanned<Test>>,
    /// What each source says that it is, by its number.
    pub documents: BTreeMap<u32, Identity>,
    /// The sources that have a fault, also where it is one of many that are not
    /// told; 0 for a fault that no source has.
    pub at_fault: BTreeSet<u32>,
    /// Everything to tell, in the order of the sources and of their lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a set of sources. Every fault of every source is told.
#[must_use]
pub fn load(sources: &Sources, limits: &PolicyLimits) -> Loaded {
    load_without(sources, &BTreeSet::new(), limits)
}

/// The same for all sources but those left out, by number.
#[must_use]
pub fn load_without(sources: &Sources, left_out: &BTreeSet<u32>, limits: &PolicyLimits) -> Loaded {
    let Collected { policy, has_model, has_unread, mut tests, documents, faults } =
        read::read(sources, left_out);
    let mut diagnostics = faults;
    let mut checked = None;
    let mut at_fault = BTreeSet::new();
    if has_model {
        let found = checks::check(policy, &mut tests, !has_unread, limits);
        checked = found.checked;
        at_fault = found.at_fault;
        // What does not fit its form is not told again for what it says.
        let told: BTreeSet<Place> = diagnostics.iter().map(|diagnostic| diagnostic.at).collect();
        diagnostics.extend(found.diagnostics.into_iter().filter(|diagnostic| !told.contains(&diagnostic.at)));
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
    let faults = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Fault);
    at_fault.extend(faults.map(|fault| fault.at.source));
    if !at_fault.is_empty() {
        checked = None;
    }
    let is_model = |number: &u32| {
        documents.get(number).is_some_and(|identity| identity.kind == Some(super::shape::Kind::Model))
    };
    let document =
        sources.iter().find(|(number, _)| is_model(number)).map(|(_, source)| source.text.as_str());
    let checked = checked.map(|checked| checked.read_from(document.unwrap_or_default()));
    Loaded { checked, tests, documents, at_fault, diagnostics }
}

/// Checks definitions, wherever they came from.
#[must_use]
pub fn check(policy: Policy, limits: &PolicyLimits) -> (Option<Checked>, Vec<Diagnostic>) {
    let Found { checked, diagnostics, .. } = checks::check(policy, &mut [], true, limits);
    (checked, diagnostics)
}
