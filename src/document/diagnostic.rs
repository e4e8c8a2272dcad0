//! What is wrong, or doubtful, with a document, and where.

use super::place::Place;

/// Something to tell the author of a document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Where.
    pub at: Place,
    /// How bad it is.
    pub severity: Severity,
    /// What, in lower case and without a full stop.
    pub message: String,
    /// What to do about it: the nearest known name, the expected form.
    pub help: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Loads, with a word of warning.
    Warning,
    /// Loads with a warning, because refusing would lock out what already
    /// works; `validate` calls it a fault.
    Tolerated,
    /// Does not load.
    Fault,
}

impl Severity {
    /// As it is told. What is tolerated is told as a warning; whoever does not
    /// tolerate it makes it a [`Severity::Fault`] first.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning | Self::Tolerated => "warning",
            Self::Fault => "fault",
        }
    }
}
