//! From texts to a checked policy: read every document, check the whole.

use std::collections::BTreeSet;

use super::check::{self as checks};
use super::checked::Checked;
use super::definition::{Policy, Test};
use super::diagnostic::{Diagnostic, Severity};
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

/// The limits on what a policy may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PolicyLimits {
    /// Roles given to a member.
    pub roles_a_member: usize,
    /// Groups of a tenant that one member is in.
    pub groups_a_member: usize,
    /// How deep groups and roles nest.
    pub nesting: usize,
    /// Parents of a resource.
    pub parents: usize,
    /// How deep resources sit in one another.
    pub depth: usize,
    /// Custom roles of a tenant.
    pub custom_roles: usize,
    /// ACL entries of a resource.
    pub acl_entries: usize,
    /// Nodes of a condition, named conditions written out.
    pub condition_nodes: usize,
    /// Members of all tenants.
    pub members: usize,
}

impl Default for PolicyLimits {
    fn default() -> Self {
        Self {
            roles_a_member: 32,
            groups_a_member: 1024,
            nesting: 16,
            parents: 16,
            depth: 16,
            custom_roles: 1000,
            acl_entries: 10_000,
            condition_nodes: 256,
            members: 2_000_000,
        }
    }
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
