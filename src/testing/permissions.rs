//! What patterns cover, by plain sets over the model.
//!
//! The engine has bitsets for this. A test runner that shared them could not
//! notice when they are wrong.

use std::collections::BTreeSet;
use std::fmt;

use crate::document::Spanned;
use crate::document::definition::{Entry, Model};
use crate::model::Pattern;

/// One permission of a model.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Permission<'m> {
    /// The resource type.
    pub(crate) kind: &'m str,
    /// The action.
    pub(crate) action: &'m str,
}

impl fmt::Display for Permission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.action)
    }
}

/// Every permission of the model.
pub(crate) fn all(model: &Model) -> BTreeSet<Permission<'_>> {
    model
        .resources
        .iter()
        .flat_map(|(kind, ty)| {
            ty.actions.iter().map(move |action| Permission { kind, action: &action.value })
        })
        .collect()
}

/// What an entry covers: its patterns without its exceptions.
pub(crate) fn covered<'m>(model: &'m Model, entry: &Entry) -> BTreeSet<Permission<'m>> {
    let mut covered = expand(model, &entry.permissions);
    for gone in expand(model, &entry.except) {
        covered.remove(&gone);
    }
    covered
}

/// What a list of patterns covers.
pub(crate) fn expand<'m>(model: &'m Model, patterns: &[Spanned<Pattern>]) -> BTreeSet<Permission<'m>> {
    let everything = all(model);
    patterns.iter().flat_map(|pattern| matching(model, &everything, pattern)).collect()
}

fn matching<'m>(
    model: &'m Model,
    everything: &BTreeSet<Permission<'m>>,
    pattern: &Pattern,
) -> BTreeSet<Permission<'m>> {
    let pick =
        |fits: &dyn Fn(&Permission<'m>) -> bool| everything.iter().copied().filter(|p| fits(p)).collect();
    match pattern {
        Pattern::All => everything.clone(),
        Pattern::Type(kind) => pick(&|permission| permission.kind == kind.as_ref()),
        Pattern::Action(action) => pick(&|permission| permission.action == action.as_ref()),
        Pattern::Exact { kind, action } => {
            pick(&|permission| permission.kind == kind.as_ref() && permission.action == action.as_ref())
        }
        // A section holds no other section, so this goes one level deep.
        Pattern::Section(id) => model.sections.get(id.as_ref()).map_or_else(BTreeSet::new, |section| {
            section.permissions.iter().flat_map(|item| matching(model, everything, item)).collect()
        }),
    }
}
