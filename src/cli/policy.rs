//! A policy directory, loaded for a command.

use std::fmt;
use std::path::Path;

use serde_json::json;

use super::Format;
use super::exit::{Exit, Failure};
use super::out::Out;
use crate::app::LoadError;
use crate::document::definition::Test;
use crate::document::{
    self, Checked, Diagnostic, Located, Place, PolicyLimits, Position, Severity, Sources, Spanned,
};
use crate::model::Revision;
use crate::policy_dir;
use crate::snapshot::Snapshot;

/// A directory that was read, whatever is in it.
#[derive(Debug)]
pub(super) struct Read {
    /// The texts.
    pub(super) sources: Sources,
    /// What came of them.
    pub(super) loaded: document::Loaded,
}

/// A directory that loads.
#[derive(Debug)]
pub(super) struct Policy {
    /// The texts.
    pub(super) sources: Sources,
    /// The definitions.
    pub(super) checked: Checked,
    /// The tests.
    pub(super) tests: Vec<Spanned<Test>>,
    /// The policy, ready to decide.
    pub(super) snapshot: Snapshot,
}

/// How much of a directory a command looks at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// What decisions rest on. A faulty test does not stand in its way.
    Policy,
    /// Its tests too.
    Everything,
}

/// Reads a directory.
pub(super) fn read(directory: &Path, part: Part) -> Result<Read, Failure> {
    let sources = match part {
        Part::Policy => policy_dir::read_policy(directory),
        Part::Everything => policy_dir::read(directory),
    };
    let sources = sources.map_err(|error| unreadable(&error))?;
    let loaded = document::load(&sources, &PolicyLimits::default());
    Ok(Read { sources, loaded })
}

/// Loads a directory; prints its faults if it does not load.
pub(super) fn load(directory: &Path, part: Part, out: &Out) -> Result<Policy, Failure> {
    let Read { sources, loaded } = read(directory, part)?;
    let Some(checked) = loaded.checked else {
        return Err(faulty(directory, &sources, &loaded.diagnostics, out));
    };
    let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
    Ok(Policy { sources, checked, tests: loaded.tests, snapshot })
}

/// Says why a directory was refused.
pub(super) fn refused(directory: &Path, error: LoadError, out: &Out) -> Failure {
    match error {
        LoadError::Faults { unread, sources, diagnostics } => {
            for fault in unread {
                out.message(fault);
            }
            faulty(directory, &sources, &diagnostics, out)
        }
        error => unreadable(&error),
    }
}

/// Prints the faults of a directory that does not load.
pub(super) fn faulty(directory: &Path, sources: &Sources, diagnostics: &[Diagnostic], out: &Out) -> Failure {
    let faults = diagnostics.iter().filter(|told| told.severity == Severity::Fault);
    if out.format == Format::Json {
        let told: Vec<Located> = faults.clone().map(|fault| document::locate(fault, sources)).collect();
        out.json(&json!({ "error": { "code": "POLICY_NOT_LOADED", "diagnostics": told } }));
    } else {
        for fault in faults.clone() {
            out.message(document::render(fault, sources, out.colored_messages()).trim_end());
        }
    }
    let message = format!("`{}` does not load: {}", directory.display(), faults_counted(faults.count()));
    Failure { message, exit: Exit::Unreachable }
}

fn unreadable(error: &impl fmt::Display) -> Failure {
    Failure::unreachable(error.to_string())
}

/// `file:line:col` of a place.
pub(super) fn place_text(sources: &Sources, at: Place) -> String {
    match sources.position(at) {
        Some(Position { path, line, column }) => format!("{path}:{line}:{column}"),
        None => "nowhere".to_owned(),
    }
}

/// How many of the diagnostics are faults.
pub(super) fn faults(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|told| told.severity == Severity::Fault).count()
}

/// `1 fault`, `2 faults`.
pub(super) fn faults_counted(count: usize) -> String {
    counted(count, "fault", "faults")
}

/// A number and its noun.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
