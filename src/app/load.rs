//! A policy directory, loaded: read, checked, compiled, and told in the log.

use std::path::Path;

use crate::document::{Diagnostic, PolicyLimits, Position, Severity, Sources, load};
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
    let sources = policy_dir::read_policy(directory)?;
    let loaded = load(&sources, limits);
    log_diagnostics(&sources, &loaded.diagnostics);
    let Some(checked) = loaded.checked else {
        return Err(LoadError::Faults { sources, diagnostics: loaded.diagnostics });
    };
    Ok(Snapshot::compile(&checked, Revision::new(0, 1)))
}

/// Tells diagnostics in the log, a line each.
pub fn log_diagnostics(sources: &Sources, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        let told = one_line(sources, diagnostic);
        match diagnostic.severity {
            Severity::Fault => tracing::error!("{told}"),
            Severity::Warning | Severity::Tolerated => tracing::warn!("{told}"),
        }
    }
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
