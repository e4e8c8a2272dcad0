//! Whom a command asks: a policy directory, or a sidecar that runs.
//!
//! Exactly one of the two. A flag goes before a variable, so that whoever has
//! one in the environment can still ask the other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::exit::Failure;
use crate::document::duration;
use crate::model::Timestamp;

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Ask a policy directory.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_POLICY", allow_hyphen_values = true)]
    policy: Option<PathBuf>,

    /// Ask a sidecar that runs.
    #[arg(long, value_name = "HOST:PORT|unix:PATH", env = "SIDEGATE_TO")]
    to: Option<String>,

    /// How long a sidecar may take to answer.
    #[arg(long, value_name = "DURATION", value_parser = patience, default_value = "2s", env = "SIDEGATE_TIMEOUT")]
    timeout: Duration,

    /// Decide as of this instant, instead of now. Not with --to.
    #[arg(long, value_name = "RFC3339", value_parser = instant, env = "SIDEGATE_AT")]
    at: Option<Timestamp>,
}

/// Who is asked.
#[derive(Clone, Copy, Debug)]
pub(super) enum Door<'a> {
    /// This directory, as of an instant or now.
    Directory(&'a Path, Option<Timestamp>),
    /// The sidecar at this address, which may take so long.
    Sidecar(&'a str, Duration),
}

impl Args {
    /// Who is asked; `matches` say which flag was given and which variable.
    pub(super) fn door(&self, matches: &ArgMatches) -> Result<Door<'_>, Failure> {
        let given = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
        let directory = |path| Ok(Door::Directory(path, self.at));
        let sidecar = |address| {
            if self.at.is_some() {
                return Err(Failure::usage("a sidecar decides as of now: `--at` goes with `--policy`"));
            }
            Ok(Door::Sidecar(address, self.timeout))
        };
        match (&self.policy, &self.to) {
            (None, None) => Err(Failure::usage("whom to ask? give `--policy DIR` or `--to ADDR`")),
            (Some(path), None) => directory(path),
            (None, Some(address)) => sidecar(address),
            (Some(path), Some(address)) => match (given("policy"), given("to")) {
                (true, false) => directory(path),
                (false, true) => sidecar(address),
                (true, true) => Err(Failure::usage("ask a directory or a sidecar: `--policy` or `--to`")),
                (false, false) => Err(Failure::usage(
                    "both SIDEGATE_POLICY and SIDEGATE_TO are set: give `--policy` or `--to`",
                )),
            },
        }
    }
}

/// Reads an instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "expected an instant such as `2026-12-24T00:00:00Z`".to_owned())
}

/// How long to wait for an answer: long enough that there can be one.
pub(super) fn patience(text: &str) -> Result<Duration, String> {
    match span(text)? {
        Duration::ZERO => Err("nothing is answered in no time: at least `1ms`".to_owned()),
        patience => Ok(patience),
    }
}

/// Reads a duration.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| "expected a duration such as `5s` or `250ms`".to_owned())
}
