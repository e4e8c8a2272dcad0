//! `sidegate test`: runs the test documents of policy directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Policy, place_text};
use super::{Format, json, story};
use crate::document::Sources;
use crate::testing::{self, Cell, Report};

/// The arguments of `test`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Policy directories.
    #[arg(value_name = "DIR", required = true, env = "SIDEGATE_POLICY")]
    directories: Vec<PathBuf>,

    /// Fail when no test touches a role and a permission, or an outcome of a restriction.
    #[arg(long, env = "SIDEGATE_REQUIRE_COVERAGE")]
    require_coverage: bool,
}

/// Runs the tests, and tells what failed and what nothing touched.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let (mut passed, mut failed, mut untouched) = (0_usize, 0_usize, 0_usize);
    let mut told = Vec::new();
    for directory in &args.directories {
        let Policy { sources, checked, tests, snapshot, .. } =
            policy::load(directory, Part::Everything, out)?;
        if tests.is_empty() {
            out.message(format_args!("`{}` has no test documents", directory.display()));
        }
        let report = testing::run(&snapshot, &checked, &tests);
        passed = passed.saturating_add(report.passed);
        failed = failed.saturating_add(report.failures.len());
        untouched = untouched.saturating_add(report.coverage.untouched().count());
        match out.format {
            Format::Json => told.push(as_json(directory, &report, &sources)),
            Format::Text => print(directory, &report, &sources, out),
        }
    }
    let good = failed == 0 && (untouched == 0 || !args.require_coverage);
    match out.format {
        Format::Json => out.json(&json!({
            "passed": passed, "failed": failed, "untouched": untouched, "directories": told,
        })),
        Format::Text => out.line(format_args!("{passed} passed, {failed} failed")),
    }
    Ok(Exit::good_if(good))
}

fn print(directory: &Path, report: &Report, sources: &Sources, out: &Out) {
    for failure in &report.failures {
        let (at, bad) = (place_text(sources, failure.at), out.paint(Tone::Bad, "failed"));
        out.line(format_args!("{at}: {bad}: expected {}, got {}", failure.expected, failure.got));
        out.line(format_args!("  {}", failure.asked));
        if let Some(why) = &failure.why {
            out.line(format_args!("  why: {why}"));
        }
        for line in failure.explanation.iter().flat_map(|explained| story::lines(explained, out)) {
            out.line(format_args!("    {line}"));
        }
    }
    for line in grouped(report.coverage.untouched()) {
        out.line(format_args!("untouched: {line}"));
    }
    let untouched = report.coverage.untouched().count();
    let cells = report.coverage.cells();
    let coverage = if untouched == 0 {
        format!("every cell of {cells} touched")
    } else {
        format!("{untouched} of {cells} cells untouched")
    };
    let (directory, passed, failed) = (directory.display(), report.passed, report.failures.len());
    out.line(format_args!("{directory}: {passed} passed, {failed} failed, {coverage}"));
}

/// A line a role or restriction, with its untouched permissions or outcomes.
fn grouped<'c>(cells: impl Iterator<Item = &'c Cell>) -> Vec<String> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for cell in cells {
        let text = cell.to_string();
        // A cell reads `what: which`; a name may hold a colon, `: ` ends the last.
        let (what, which) = text.rsplit_once(": ").unwrap_or((&text, ""));
        groups.entry(what.to_owned()).or_default().push(which.to_owned());
    }
    groups.into_iter().map(|(what, which)| format!("{what}: {}", which.join(", "))).collect()
}

fn as_json(directory: &Path, report: &Report, sources: &Sources) -> Value {
    let failures: Vec<Value> = report
        .failures
        .iter()
        .map(|failure| {
            let at = sources.position(failure.at);
            json!({
                "path": at.map(|at| at.path),
                "line": at.map(|at| at.line),
                "column": at.map(|at| at.column),
                "why": failure.why,
                "asked": failure.asked,
                "expected": failure.expected,
                "got": failure.got,
                "explanation": failure.explanation.as_ref().map(json::explanation),
            })
        })
        .collect();
    let untouched: Vec<Value> = report.coverage.untouched().map(cell_as_json).collect();
    json!({
        "directory": directory.to_string_lossy(),
        "passed": report.passed,
        "failed": report.failures.len(),
        "failures": failures,
        "coverage": { "cells": report.coverage.cells(), "untouched": untouched },
    })
}

fn cell_as_json(cell: &Cell) -> Value {
    match cell {
        Cell::Role { tenant, role, permission } => {
            json!({ "tenant": tenant, "role": role, "permission": permission })
        }
        Cell::Restriction { restriction, lets_through } => {
            json!({ "restriction": restriction, "outcome": if *lets_through { "lets through" } else { "restricts" } })
        }
    }
}
