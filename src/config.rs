//! The configuration of `sidegate serve`: flags over variables over a file over
//! what is built in.
//!
//! [`read`] lays the layers over one another, and tells every fault at once: of
//! the file with its place, of a flag with its name. [`yaml`] writes what came
//! of it as a file that reads back to the same.
//!
//! Invariants:
//!
//! 1. *One table.* The keys of the file are those of `document/shape/config.rs`;
//!    no reader knows another one, and a test sets every one of them.
//! 2. *Nothing is passed over.* An unknown key, a key that stands twice, a value
//!    out of range and a variable that is empty are faults.
//!
//! Flags and variables are told apart by nobody here: the command line merges
//! them. Nothing here listens, and nothing here reads a policy.

mod admin;
mod check;
mod file;
mod print;
mod slot;

pub use print::{json, yaml};

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::app::{self, ListenAddress, Listener, Source};
use crate::document::duration;
use crate::document::{Diagnostic, Place, Severity, Sources};
use crate::telemetry::LogFormat;

/// The file that is read where none is named, if it is there.
pub const DEFAULT_FILE: &str = "sidegate.yaml";

/// What `serve` is told.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// What the sidecar is made of.
    pub app: app::Config,
    /// What it logs.
    pub log: Log,
}

/// What is logged, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Log {
    /// A level, or directives.
    pub level: String,
    /// How a line is written.
    pub format: LogFormat,
}

/// What the command line and the environment say; `None` is nothing.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--policy`
    pub policy: Option<PathBuf>,
    /// `--source`
    pub source: Option<Source>,
    /// `--state-dir`
    pub state_dir: Option<PathBuf>,
    /// `--max-staleness`
    pub max_staleness: Option<Staleness>,
    /// `--admin-listen`; empty is nothing.
    pub admin: Vec<ListenAddress>,
    /// `--admin-insecure`
    pub admin_insecure: Option<bool>,
    /// `--listen`; empty is nothing.
    pub listen: Vec<ListenAddress>,
    /// `--probe-listen`
    pub probes: Option<Probes>,
    /// `--quarantine`
    pub quarantine: Option<bool>,
    /// `--watch-poll`
    pub watch_poll: Option<Duration>,
    /// `--drain-keep-serving`
    pub drain_keep_serving: Option<Duration>,
    /// `--drain-finish`
    pub drain_finish: Option<Duration>,
    /// `--log-level`
    pub log_level: Option<String>,
    /// `--log-format`
    pub log_format: Option<LogFormat>,
    /// What is logged where nothing else says so: `RUST_LOG`.
    pub log_fallback: Option<String>,
}

/// For how long the source of policy may be silent, written `5m` or `off`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Staleness(pub Option<Duration>);

/// Where probes and metrics are answered, written `ADDR:PORT` or `off`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Probes(pub Option<SocketAddr>);

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        reason: io::Error,
    },
    /// It says something wrong.
    #[error("the configuration has {}", counted(diagnostics.len()))]
    Faults {
        /// The file, for showing faults in.
        sources: Sources,
        /// Every fault.
        diagnostics: Vec<Diagnostic>,
    },
}

/// Reads the configuration: `overrides` over `file`, or over [`DEFAULT_FILE`] if
/// it is there, over what is built in.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read(file: Option<&Path>, overrides: Overrides) -> Result<Configuration, ConfigError> {
    let sources = texts(file)?;
    let mut faults = Vec::new();
    let (mut settings, mut places) = file::read(&sources, &mut faults);
    check::overrides(&overrides, &mut faults);
    settings.override_with(overrides, &mut places);
    check::check(&settings, &places, &mut faults);
    if !faults.is_empty() {
        faults.sort_by_key(|fault| (fault.at.source, fault.at.start));
        return Err(ConfigError::Faults { sources, diagnostics: faults });
    }
    let Settings { app, log_level, log_format, log_fallback } = settings;
    let level = log_level.or(log_fallback).unwrap_or_else(|| "info".to_owned());
    Ok(Configuration { app, log: Log { level, format: log_format } })
}

/// The layers so far.
#[derive(Clone, Debug)]
struct Settings {
    /// The policy directory is empty until one is named.
    app: app::Config,
    log_level: Option<String>,
    log_format: LogFormat,
    log_fallback: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        let app = app::Config::new(PathBuf::new());
        Self { app, log_level: None, log_format: LogFormat::default(), log_fallback: None }
    }
}

impl Settings {
    /// What is overridden no longer stands in the file.
    fn override_with(&mut self, overrides: Overrides, places: &mut file::Places) {
        let Overrides {
            policy,
            source,
            state_dir,
            max_staleness,
            admin: admin_addresses,
            // Whether it had to be given has been looked at.
            admin_insecure: _,
            listen,
            probes,
            quarantine,
            watch_poll,
            drain_keep_serving,
            drain_finish,
            log_level,
            log_format,
            log_fallback,
        } = overrides;
        let app = &mut self.app;
        let given = [
            ("policy", policy.is_some()),
            ("state_dir", state_dir.is_some()),
            ("max_staleness", max_staleness.is_some()),
            ("source", source.is_some()),
            ("probes", probes.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            places.remove(key);
        }
        lay(&mut app.policy, policy);
        lay(&mut app.source, source);
        lay(&mut app.state_dir, state_dir.map(Some));
        lay(&mut app.max_staleness, max_staleness.map(|Staleness(most)| most));
        if !admin_addresses.is_empty() {
            app.admin = admin_addresses.into_iter().map(admin::of_flag).collect();
            places.retain(|key, _| !key.starts_with("admin."));
        }
        if !listen.is_empty() {
            app.listeners = listen.into_iter().map(Listener::at).collect();
            places.retain(|key, _| !key.starts_with("listeners."));
        }
        lay(&mut app.probes, probes.map(|Probes(address)| address));
        lay(&mut app.quarantine, quarantine);
        lay(&mut app.watch.poll, watch_poll);
        lay(&mut app.limits.drain.keep_serving, drain_keep_serving);
        lay(&mut app.limits.drain.finish, drain_finish);
        self.log_level = log_level.or(self.log_level.take());
        lay(&mut self.log_format, log_format);
        self.log_fallback = log_fallback;
    }
}

fn lay<T>(under: &mut T, over: Option<T>) {
    if let Some(over) = over {
        *under = over;
    }
}

/// The text of the file; none if none is named and there is none by default.
fn texts(file: Option<&Path>) -> Result<Sources, ConfigError> {
    let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let shown = path.to_string_lossy().into_owned();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Sources::new(vec![crate::document::Source { path: shown, text }])),
        // Only a file that nobody asked for may be missing.
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => Ok(Sources::default()),
        Err(reason) => Err(ConfigError::Unreadable { path: shown, reason }),
    }
}

fn fault(at: Place, message: impl Into<String>, help: Option<&str>) -> Diagnostic {
    Diagnostic { at, severity: Severity::Fault, message: message.into(), help: help.map(str::to_owned) }
}

fn counted(faults: usize) -> String {
    format!("{faults} {}", if faults == 1 { "fault" } else { "faults" })
}

impl FromStr for Probes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        text.parse()
            .map(|address| Self(Some(address)))
            .map_err(|_| format!("`{text}` is not an address, expected `ADDR:PORT` or `off`"))
    }
}

impl FromStr for Staleness {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        duration::parse(text)
            .map(|span| Self(Some(span)))
            .ok_or_else(|| "expected a duration such as `5m`, or `off`".to_owned())
    }
}
