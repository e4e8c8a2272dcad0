//! `sidegate mutate`, hidden: which single changes of a policy no test notices.
//!
//! It is how the examples of this repository are held to their word; see
//! `scripts/mutate-examples`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Format;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::{self, Part, Policy};
use crate::document::PolicyLimits;
use crate::testing;
use crate::testing::mutation::{self, Outcome, Tally};

/// The arguments of `mutate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Policy directories.
    #[arg(value_name = "DIR", required = true)]
    directories: Vec<PathBuf>,
}

/// Tries every mutant of every directory.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let mut survived = 0_usize;
    let mut told = Vec::new();
    for directory in &args.directories {
        let Policy { checked, tests, snapshot, .. } = policy::load(directory, Part::Everything, out)?;
        if testing::any_fails(&snapshot, &checked, &tests) {
            let message = format!("`{}` fails its tests as it stands", directory.display());
            return Err(Failure { message, exit: Exit::Bad });
        }
        let outcome = mutation::run(&checked, &tests, &PolicyLimits::default());
        survived = survived.saturating_add(outcome.survivors.len());
        match out.format {
            Format::Json => told.push(as_json(directory, &outcome)),
            Format::Text => print(directory, &outcome, out),
        }
    }
    if out.format == Format::Json {
        out.json(&json!({ "survived": survived, "directories": told }));
    }
    Ok(Exit::good_if(survived == 0))
}

fn print(directory: &Path, outcome: &Outcome, out: &Out) {
    out.line(format_args!("{}", directory.display()));
    for (kind, tally) in &outcome.tallies {
        out.line(format_args!("  {:<28} {}", kind.name(), counts(*tally)));
    }
    out.line(format_args!("  {:<28} {}", "all", counts(outcome.total())));
    for survivor in &outcome.survivors {
        let bad = out.paint(Tone::Bad, "survived");
        out.line(format_args!("  {bad}: {}: {}", survivor.kind.name(), survivor.change));
    }
}

fn counts(tally: Tally) -> String {
    let Tally { killed, refused, survived } = tally;
    format!(
        "{:>5} tried, {killed:>5} killed, {refused:>4} refused at load, {survived:>4} survived",
        tally.tried()
    )
}

fn as_json(directory: &Path, outcome: &Outcome) -> Value {
    let counts = |tally: Tally| {
        json!({
            "tried": tally.tried(), "killed": tally.killed,
            "refused": tally.refused, "survived": tally.survived,
        })
    };
    let kinds: serde_json::Map<String, Value> =
        outcome.tallies.iter().map(|(kind, tally)| (kind.name().to_owned(), counts(*tally))).collect();
    let survivors: Vec<Value> = outcome
        .survivors
        .iter()
        .map(|survivor| json!({ "kind": survivor.kind.name(), "change": survivor.change }))
        .collect();
    json!({
        "directory": directory.to_string_lossy(),
        "total": counts(outcome.total()), "kinds": kinds, "survivors": survivors,
    })
}
