//! What the process says of itself: logs, on standard error, and what it counts.
//!
//! Nothing here is about a question or a decision: that is told to whoever asked,
//! and to nobody else. Faults of policy quote the words of the policy.

mod metrics;
mod silence;
mod words;

pub(crate) use metrics::Gauge;
pub use metrics::Metrics;
pub use words::{Pushed, Rpc};

use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("`{filter}` is not a log filter: {reason}")]
    Filter {
        /// The filter as given.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Logging was set up before.
    #[error("logging is already set up")]
    AlreadySetUp,
}

/// Sets up logging for the process.
///
/// `filter` is a level (`debug`) or tracing directives (`info,h2=warn`); without
/// one, the environment's `RUST_LOG`; without that, `info`.
///
/// # Errors
///
/// [`TelemetryError`] if the filter is none, or if this is called twice.
pub fn init(format: LogFormat, filter: Option<&str>) -> Result<(), TelemetryError> {
    let of_environment = std::env::var(EnvFilter::DEFAULT_ENV).ok();
    let filter = filter.or(of_environment.as_deref()).unwrap_or("info");
    // What the watcher of files cannot do it tells us as well, and we tell it in our
    // words; in its own it complains of watches that went with their folders.
    let parsed = EnvFilter::try_new(format!("notify=off,{filter}"))
        .map_err(|error| TelemetryError::Filter { filter: filter.to_owned(), reason: error.to_string() })?;
    let coloured =
        io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let logs = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(io::stderr)
        .with_ansi(coloured)
        .with_target(false);
    match format {
        LogFormat::Text => logs.finish().try_init(),
        LogFormat::Json => logs.json().flatten_event(true).finish().try_init(),
    }
    .map_err(|_| TelemetryError::AlreadySetUp)
}

/// Whether a text is a level, or directives. A word alone must be a level: it
/// would otherwise be taken for a module, and turn everything else off.
///
/// # Errors
///
/// [`TelemetryError::Filter`]
pub fn check_level(level: &str) -> Result<(), TelemetryError> {
    let refused = |reason: String| TelemetryError::Filter { filter: level.to_owned(), reason };
    if level.chars().all(char::is_alphanumeric) {
        let known = LEVELS.iter().any(|known| level.eq_ignore_ascii_case(known));
        return if known { Ok(()) } else { Err(refused(format!("expected one of {}", LEVELS.join(", ")))) };
    }
    EnvFilter::try_new(level).map(|_| ()).map_err(|error| refused(error.to_string()))
}

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("expected `text` or `json`".to_owned()),
        }
    }
}
