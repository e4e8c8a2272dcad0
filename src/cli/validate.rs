//! `sidegate validate`: every fault and warning of a directory.
//!
//! What a load only tolerates, so as not to lock out what already works, counts
//! as a fault here.

use std::path::PathBuf;

use serde_json::json;

use super::Format;
use super::banner::Summary;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Read, counted, faults_counted};
use crate::document::{self, Located, Severity};

/// The arguments of `validate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The policy directory: model.yaml, tenants/, apps/, tests/.
    #[arg(value_name = "DIR", env = "SIDEGATE_POLICY")]
    directory: PathBuf,
}

/// Prints every fault and warning.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let Read { sources, mut loaded } = policy::read(&args.directory, Part::Everything)?;
    for told in &mut loaded.diagnostics {
        if told.severity == Severity::Tolerated {
            told.severity = Severity::Fault;
        }
    }
    let diagnostics = &loaded.diagnostics;
    let faults = policy::faults(diagnostics);
    let warnings = diagnostics.len().saturating_sub(faults);
    let valid = faults == 0 && loaded.checked.is_some();
    let summary = loaded.checked.as_ref().map(|checked| Summary::of(checked.policy()));
    match out.format {
        Format::Json => {
            let told: Vec<Located> =
                diagnostics.iter().map(|told| document::locate(told, &sources)).collect();
            out.json(&json!({
                "valid": valid,
                "faults": faults,
                "warnings": warnings,
                "diagnostics": told,
                "summary": summary.map(|summary| summary.json(loaded.tests.len())),
            }));
        }
        Format::Text => {
            for told in diagnostics {
                out.line(document::render(told, &sources, out.colored()).trim_end());
            }
            let counts = format!("{}, {}", faults_counted(faults), counted(warnings, "warning", "warnings"));
            match summary.filter(|_| valid) {
                Some(summary) => {
                    let good = out.paint(Tone::Good, "valid");
                    let tests = counted(loaded.tests.len(), "test document", "test documents");
                    out.line(format_args!("{good}: {summary}, {tests}; {counts}"));
                }
                None => {
                    let bad = out.paint(Tone::Bad, "not valid");
                    out.line(format_args!("{bad}: {counts}"));
                }
            }
        }
    }
    Ok(Exit::good_if(valid))
}
