//! Logs: to standard error, as text for people or JSON for collectors.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::exit::Failure;
use super::out::Out;

/// What to log, and how.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `sidegate=debug,warn`.
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "SIDEGATE_LOG_LEVEL")]
    log_level: String,

    /// How to log; without it, as text to a terminal and else as JSON.
    #[arg(long, value_enum, env = "SIDEGATE_LOG_FORMAT")]
    log_format: Option<LogFormat>,
}

/// How to log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// For collectors.
    Json,
}

/// Starts logging.
pub(super) fn start(args: &Args, out: &Out) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&args.log_level)
        .map_err(|error| Failure::usage(format!("`--log-level {}`: {error}", args.log_level)))?;
    let format = args.log_format.unwrap_or(match std::io::stderr().is_terminal() {
        true => LogFormat::Text,
        false => LogFormat::Json,
    });
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => logs.with_ansi(out.colored_messages()).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| Failure::usage(format!("cannot start logging: {error}")))
}
