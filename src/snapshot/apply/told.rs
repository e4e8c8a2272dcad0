//! What is wrong with changes, and where.

use crate::document::{Diagnostic, Place, Severity, Sources};

/// Something wrong with changes, or doubtful.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// Where.
    pub at: At,
    /// What, in lower case and without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Where something is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum At {
    /// In the whole.
    Whole,
    /// In a change: its number in the set, from 1, is the place's source, and what
    /// the rest of the place means is known to whoever made the change.
    Change(Place),
    /// In the document of a change that puts the model.
    Document {
        /// The change's number in the set, from 1.
        change: u32,
        /// From 1.
        line: u32,
        /// In characters, from 1.
        column: u32,
    },
    /// In what was held before: `tenants[acme].members[user:mia]`.
    Held(String),
}

/// The source of places in what was held before, which no change has. Then `start`
/// is a number that [`super::held::Held`] gave out.
pub(super) const HELD: u32 = u32::MAX;

impl Told {
    /// A fault of a change.
    pub(super) fn of(at: Place, message: impl Into<String>) -> Self {
        Self { at: At::Change(at), message: message.into(), help: None }
    }

    /// A fault of the whole.
    pub(super) fn whole(message: impl Into<String>) -> Self {
        Self { at: At::Whole, message: message.into(), help: None }
    }

    /// Of what checking found; `held` names places in what was held before.
    pub(super) fn found(found: Diagnostic, held: impl Fn(u32) -> String) -> Self {
        let Diagnostic { at, severity: _, message, help } = found;
        let at = match at.source {
            0 => At::Whole,
            HELD => At::Held(held(at.start)),
            _ => At::Change(at),
        };
        Self { at, message, help }
    }

    /// Of what checking found in what was held.
    pub(super) fn in_held(found: Diagnostic, name: String) -> Self {
        let Diagnostic { at: _, severity: _, message, help } = found;
        Self { at: At::Held(name), message, help }
    }

    /// Of what reading the document of a change found.
    pub(super) fn in_document(found: &Diagnostic, sources: &Sources, change: u32) -> Self {
        let at = sources.position(found.at).map_or(
            At::Change(Place { source: change, start: 0, end: 0 }),
            |position| At::Document {
                change,
                line: u32::try_from(position.line).unwrap_or(u32::MAX),
                column: u32::try_from(position.column).unwrap_or(u32::MAX),
            },
        );
        Self { at, message: found.message.clone(), help: found.help.clone() }
    }
}

/// Parts findings into faults and the rest.
pub(super) fn part(found: Vec<Diagnostic>) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
    found.into_iter().partition(|found| found.severity == Severity::Fault)
}
