//! What is told of a load in the log: a line for each fault and warning.

use super::load::LoadError;
use crate::document::{Diagnostic, Position, Severity, Sources};
use crate::policy_dir::FileFault;

/// The most lines that are told of one load; a policy may have a million faults.
const MOST: usize = 200;

/// A line of the log.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Line {
    pub(super) fault: bool,
    pub(super) text: String,
}

impl Line {
    /// What could not be read.
    pub(super) fn of_file(fault: &FileFault) -> Self {
        Self { fault: true, text: fault.to_string() }
    }

    /// Diagnostics, a line each.
    pub(super) fn of(diagnostics: &[Diagnostic], sources: &Sources) -> Vec<Self> {
        let line = |told: &Diagnostic| Self {
            fault: told.severity == Severity::Fault,
            text: one_line(sources, told),
        };
        diagnostics.iter().map(line).collect()
    }

    /// Everything that a policy was refused for.
    pub(super) fn of_refusal(error: &LoadError) -> Vec<Self> {
        match error {
            LoadError::Unreadable(error) => error.faults().iter().map(Self::of_file).collect(),
            LoadError::Faults { unread, sources, diagnostics } => {
                let mut lines: Vec<Self> = unread.iter().map(Self::of_file).collect();
                lines.extend(Self::of(diagnostics, sources).into_iter().filter(|line| line.fault));
                lines
            }
            LoadError::NoTenants { .. } => Vec::new(),
        }
    }
}

/// Writes lines into the log.
pub(super) fn tell(lines: &[Line]) {
    for Line { fault, text } in lines.iter().take(MOST) {
        if *fault {
            tracing::error!("{text}");
        } else {
            tracing::warn!("{text}");
        }
    }
    let more = lines.len().saturating_sub(MOST);
    if more > 0 {
        tracing::warn!("{more} more are not told here; `sidegate validate` tells them all");
    }
}

/// A diagnostic in one line: `path:line:column: message (help)`.
fn one_line(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let Diagnostic { at, severity: _, message, help } = diagnostic;
    let place =
        sources.position(*at).map(|Position { path, line, column }| format!("{path}:{line}:{column}: "));
    let help = help.as_ref().map(|help| format!(" ({help})"));
    format!("{}{message}{}", place.unwrap_or_default(), help.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Place, Source};

    #[test]
    fn a_diagnostic_says_where() {
        let text = "a: 1\nb: x\n".to_owned();
        let sources = Sources::new(vec![Source { path: "model.yaml".to_owned(), text }]);
        let diagnostic = |at, help: Option<&str>| Diagnostic {
            at,
            severity: Severity::Fault,
            message: "no such key".to_owned(),
            help: help.map(str::to_owned),
        };
        let at = Place { source: 1, start: 8, end: 9 };
        let expected = "model.yaml:2:4: no such key (did you mean `b`?)";
        assert_eq!(one_line(&sources, &diagnostic(at, Some("did you mean `b`?"))), expected);
        assert_eq!(one_line(&sources, &diagnostic(Place::NOWHERE, None)), "no such key");
    }
}
