//! `sidegate serve`: the sidecar.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use serde_json::json;

use super::Format;
use super::banner::{Summary, check_line};
use super::door::span;
use super::exit::{Exit, Failure};
use super::out::Out;
use super::policy::{self, counted};
use crate::app::{
    self, Config, ListenAddress, Loaded, Renewal, Signal, SignalWatch, Source, StartError, Stop,
};
use crate::config::{self, ConfigError, Configuration, Overrides, Probes, Staleness};
use crate::document::{self, Located};
use crate::model::Revision;
use crate::sync::Bell;
use crate::telemetry::{self, LogFormat};

/// What stands below the flags of `serve`.
pub(super) const AFTER: &str = "\
Every setting, limits included, can be given in a file (docs/configuration.md); `sidegate schema
config` has its keys. A flag goes before its variable, the variable before the file, the file
before what is built in. Durations are written `250ms`, `5s`, `5m` or `1h`.

Exit codes: 0 stopped when told to; 2 the command or the configuration is wrong; 3 the policy does
not load, or an address cannot be listened at.";

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The configuration file; without it `sidegate.yaml`, if there is one here.
    #[arg(long, value_name = "FILE", env = "SIDEGATE_CONFIG")]
    config: Option<PathBuf>,

    /// The policy directory: model.yaml, tenants/, apps/.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_POLICY")]
    policy: Option<PathBuf>,

    /// Where policy comes from: `dir`, the policy directory, or `push`. [default: dir]
    #[arg(long, value_name = "SOURCE", env = "SIDEGATE_SOURCE")]
    source: Option<Source>,

    /// Where to keep what was pushed, to start from.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_STATE_DIR")]
    state_dir: Option<PathBuf>,

    /// For how long the source may be silent before nothing is answered. [default: off]
    #[arg(long, value_name = "DURATION|off", env = "SIDEGATE_MAX_STALENESS")]
    max_staleness: Option<Staleness>,

    /// Where policy is pushed and read; may be repeated. Replaces the admin listeners of the file.
    #[arg(long, value_name = "unix:PATH|ADDR:PORT", value_delimiter = ',', env = "SIDEGATE_ADMIN_LISTEN")]
    admin_listen: Vec<ListenAddress>,

    /// Let whoever reaches a loopback address of --admin-listen do everything.
    #[arg(
        long,
        value_name = "true|false",
        value_parser = BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        env = "SIDEGATE_ADMIN_INSECURE"
    )]
    admin_insecure: Option<bool>,

    /// Where to answer; may be repeated. Replaces the listeners of the file. [default: 127.0.0.1:7700]
    #[arg(long, value_name = "ADDR:PORT|unix:PATH", value_delimiter = ',', env = "SIDEGATE_LISTEN")]
    listen: Vec<ListenAddress>,

    /// Where to answer probes and metrics, or `off`. [default: 127.0.0.1:7703]
    #[arg(long, value_name = "ADDR:PORT|off", env = "SIDEGATE_PROBE_LISTEN")]
    probe_listen: Option<Probes>,

    /// Deny everything to a tenant with faults, instead of refusing the whole policy.
    #[arg(
        long,
        value_name = "true|false",
        value_parser = BoolishValueParser::new(),
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        env = "SIDEGATE_QUARANTINE"
    )]
    quarantine: Option<bool>,

    /// How long to go on serving once told to stop. [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = span, env = "SIDEGATE_DRAIN_KEEP_SERVING")]
    drain_keep_serving: Option<Duration>,

    /// How long calls in flight then have left. [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = span, env = "SIDEGATE_DRAIN_FINISH")]
    drain_finish: Option<Duration>,

    /// How often to look at the policy directory, whatever the system tells of changes. [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = span, env = "SIDEGATE_WATCH_POLL")]
    watch_poll: Option<Duration>,

    /// What to log: `error`, `warn`, `info`, `debug`, or directives such as `info,h2=warn`;
    /// where nothing says so `RUST_LOG`, or else `info`.
    #[arg(long, value_name = "LEVEL", env = "SIDEGATE_LOG_LEVEL")]
    log_level: Option<String>,

    /// How to log: `text` or `json`. [default: text]
    #[arg(long, value_name = "FORMAT", env = "SIDEGATE_LOG_FORMAT")]
    log_format: Option<LogFormat>,

    /// Print the configuration as it comes out of everything, as a file, and serve nothing.
    #[arg(long)]
    print_config: bool,
}

/// Serves until told to stop.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let configuration =
        config::read(args.config.as_deref(), args.overrides()).map_err(|error| refuse(error, out))?;
    if args.print_config {
        match out.format {
            Format::Json => out.json(&config::json(&configuration)),
            Format::Text => out.line(config::yaml(&configuration).trim_end()),
        }
        return Ok(Exit::Good);
    }
    let Configuration { app: config, log } = configuration;
    telemetry::init(log.format, Some(&log.level))
        .map_err(|error| Failure::usage(format!("logging: {error}")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("cannot start: {error}")))?;
    // Before anything takes time: a signal while policy loads waits until it has.
    let signals = {
        let _here = runtime.enter();
        SignalWatch::new()
            // Then any of them ends it, at once.
            .map_err(|error| tracing::warn!("cannot listen for signals: {error}"))
            .ok()
    };
    let loaded = match config.source {
        Source::Dir => Some(app::load(&config).map_err(|error| policy::refused(&config.policy, error, out))?),
        Source::Push => None,
    };
    let ended = runtime.block_on(serve(loaded, config, signals, out));
    // Whatever is still being worked on is for nobody any more.
    runtime.shutdown_background();
    ended
}

impl Args {
    fn overrides(&self) -> Overrides {
        let Self {
            config: _,
            policy,
            source,
            state_dir,
            max_staleness,
            admin_listen,
            admin_insecure,
            listen,
            probe_listen,
            quarantine,
            drain_keep_serving,
            drain_finish,
            watch_poll,
            log_level,
            log_format,
            print_config: _,
        } = self;
        Overrides {
            policy: policy.clone(),
            source: *source,
            state_dir: state_dir.clone(),
            max_staleness: *max_staleness,
            admin: admin_listen.clone(),
            admin_insecure: *admin_insecure,
            listen: listen.clone(),
            probes: *probe_listen,
            quarantine: *quarantine,
            watch_poll: *watch_poll,
            drain_keep_serving: *drain_keep_serving,
            drain_finish: *drain_finish,
            log_level: log_level.clone(),
            log_format: *log_format,
            log_fallback: std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty()),
        }
    }
}

/// Tells every fault of the configuration.
fn refuse(error: ConfigError, out: &Out) -> Failure {
    let message = error.to_string();
    match error {
        ConfigError::Faults { sources, diagnostics } => {
            if out.format == Format::Json {
                let told: Vec<Located> =
                    diagnostics.iter().map(|fault| document::locate(fault, &sources)).collect();
                out.json(&json!({ "error": { "code": "CONFIGURATION_INVALID", "diagnostics": told } }));
            } else {
                for fault in &diagnostics {
                    out.message(document::render(fault, &sources, out.colored_messages()).trim_end());
                }
            }
        }
        ConfigError::Unreadable { .. } => {
            if out.format == Format::Json {
                out.json(&json!({ "error": { "code": "CONFIGURATION_INVALID", "message": message } }));
            }
        }
    }
    Failure::usage(message)
}

/// What was kept of a policy that is pushed.
fn kept(held: Option<Revision>) -> String {
    match held {
        Some(revision) => format!("holding revision {revision} as it was kept, and waiting for pushes"),
        None => "waiting for policy to be pushed".to_owned(),
    }
}

async fn serve(
    loaded: Option<Loaded>,
    config: Config,
    signals: Option<SignalWatch>,
    out: &Out,
) -> Result<Exit, Failure> {
    // Asked before the policy is given away, and printed once it is in force.
    let about = loaded.as_ref().map(|loaded| about(loaded, &config));
    let started = match loaded {
        Some(loaded) => app::start(&config, loaded).await,
        None => app::listen(&config).await,
    };
    let running = started.map_err(|error| match error {
        StartError::Tls { .. } | StartError::Unprotected { .. } => Failure::usage(error.to_string()),
        other => Failure::unreachable(other.to_string()),
    })?;
    let (told, line) = about.unwrap_or_else(|| (vec![kept(running.installer().store().revision())], None));
    for line in told {
        out.line(line);
    }
    for address in running.addresses() {
        out.line(format_args!("listening on {address}"));
    }
    for address in running.admin_addresses() {
        out.line(format_args!("answering admin calls on {address}"));
    }
    if let Some(address) = running.probe_address() {
        out.line(format_args!("answering probes on {address}"));
    }
    if let Some(line) = line {
        out.line(format_args!("ask it something:\n  {line}"));
    }

    if let Some(signals) = signals {
        tokio::spawn(heed(signals, running.stop_handle(), running.bell(), running.renewal()));
    }
    running.wait().await.map_err(|error| Failure::unreachable(error.to_string()))?;
    Ok(Exit::Good)
}

/// What was loaded, and a command to try it with.
fn about(loaded: &Loaded, config: &Config) -> (Vec<String>, Option<String>) {
    let (policy, snapshot) = (loaded.policy(), loaded.snapshot());
    let mut told = vec![format!("loaded `{}`: {}", config.policy.display(), Summary::of(policy))];
    let quarantined: Vec<String> = snapshot.quarantined().map(|id| format!("`{id}`")).collect();
    if !quarantined.is_empty() {
        let (count, ids) = (counted(quarantined.len(), "tenant", "tenants"), quarantined.join(", "));
        told.push(format!("left out for their faults, and denied everything: {count}, {ids}"));
    }
    (told, check_line(policy, snapshot, &config.policy, config.clock.now()))
}

/// Does what the process is told by signals.
async fn heed(mut signals: SignalWatch, stop: Stop, bell: Option<Bell>, renewal: Renewal) {
    let mut told = false;
    loop {
        match signals.next().await {
            Signal::Stop if !std::mem::replace(&mut told, true) => stop.stop(),
            Signal::Stop | Signal::StopNow => stop.stop_now(),
            Signal::Reload => {
                tracing::info!("told to look at the policy and the certificates");
                bell.iter().for_each(Bell::ring);
                renewal.ring();
            }
        }
    }
}
