//! A policy directory, loaded: read, checked, compiled, and told in the log.

use std::path::Path;

use crate::document::{Diagnostic, PolicyLimits, Severity, Sources, load};
use crate::model::Revision;
use crate::policy_dir::{self, ReadError};
use crate::snapshot::Snapshot;

/// Why a policy directory could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Its files could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Its documents have faults.
    #[error("{}", self.summary())]
    Faults {
        /// The texts, for showing the faults in.
        sources: Sources,
        /// Everything to tell, warnings included.
        diagnostics: Vec<Diagnostic>,
    },
}

/// Loads a policy directory as the first revision of this process.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_directory(directory: &Path, limits: &PolicyLimits) -> Result<Snapshot, LoadError> {
    let sources = policy_dir::read(directory)?;
    let loaded = load(&sources, limits);
    for diagnostic in &loaded.diagnostics {
        let told = one_line(&sources, diagnostic);
        match diagnostic.severity {
            Severity::Fault => tracing::error!("{told}"),
            Severity::Warning | Severity::Tolerated => tracing::warn!("{told}"),
        }
    }
    let Some(checked) = loaded.checked else {
        return Err(LoadError::Faults { sources, diagnostics: loaded.diagnostics });
    };
    Ok(Snapshot::compile(&checked, Revision::new(0, 1)))
}

impl LoadError {
    fn summary(&self) -> String {
        match self {
            Self::Unreadable(error) => error.to_string(),
            Self::Faults { diagnostics, .. } => {
                let faults = diagnostics.iter().filter(|told| told.severity == Severity::Fault).count();
                let noun = if faults == 1 { "fault" } else { "faults" };
                format!("the policy has {faults} {noun}")
            }
        }
    }
}

/// A diagnostic in one line: `path:line:column: message (help)`.
fn one_line(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let Diagnostic { at, severity: _, message, help } = diagnostic;
    let mut line = match sources.of(*at) {
        Some(source) => {
            let (row, column) = row_and_column(&source.text, at.start);
            format!("{}:{row}:{column}: {message}", source.path)
        }
        None => message.clone(),
    };
    if let Some(help) = help {
        line.push_str(" (");
        line.push_str(help);
        line.push(')');
    }
    line
}

/// Row and column of a byte, both from 1; the column counts characters.
fn row_and_column(text: &str, byte: u32) -> (usize, usize) {
    let before = usize::try_from(byte).ok().and_then(|end| text.get(..end)).unwrap_or(text);
    let row = before.matches('\n').count().saturating_add(1);
    let column = before.chars().rev().take_while(|char| *char != '\n').count().saturating_add(1);
    (row, column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Place, Source};

    #[test]
    fn a_diagnostic_says_where_in_characters() {
        let text = "a: 1\nné: x\n".to_owned();
        let sources = Sources::new(vec![Source { path: "model.yaml".to_owned(), text }]);
        let diagnostic = |at, help: Option<&str>| Diagnostic {
            at,
            severity: Severity::Fault,
            message: "no such key".to_owned(),
            help: help.map(str::to_owned),
        };
        let at = Place { source: 1, start: 10, end: 11 };
        let expected = "model.yaml:2:5: no such key (did you mean `b`?)";
        assert_eq!(one_line(&sources, &diagnostic(at, Some("did you mean `b`?"))), expected);
        assert_eq!(one_line(&sources, &diagnostic(Place::NOWHERE, None)), "no such key");
    }
}
