//! `sidegate serve`: the sidecar.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;

use super::banner::{Summary, check_line};
use super::exit::{Exit, Failure};
use super::out::Out;
use super::policy::{self, counted};
use crate::app::{self, Config, ListenAddress, Listener, Loaded};
use crate::telemetry::{self, LogFormat};

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The policy directory: model.yaml, tenants/, apps/.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_POLICY")]
    policy: PathBuf,

    /// Leave out tenants whose files have faults, and deny them everything, instead of
    /// refusing the whole policy.
    #[arg(long, value_parser = BoolishValueParser::new(), env = "SIDEGATE_QUARANTINE")]
    quarantine: bool,

    /// Where to answer; may be repeated.
    #[arg(
        long,
        value_name = "ADDR:PORT|unix:PATH",
        default_values_t = [app::DEFAULT_LISTENER],
        value_delimiter = ',',
        env = "SIDEGATE_LISTEN"
    )]
    listen: Vec<ListenAddress>,

    /// What to log: `error`, `warn`, `info`, `debug`, or directives such as `info,h2=warn`;
    /// without it `RUST_LOG`, or else `info`.
    #[arg(long, value_name = "LEVEL", env = "SIDEGATE_LOG_LEVEL")]
    log_level: Option<String>,

    /// How to log: `text` or `json`.
    #[arg(long, value_name = "FORMAT", default_value = "text", env = "SIDEGATE_LOG_FORMAT")]
    log_format: LogFormat,
}

/// Serves until told to stop.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    telemetry::init(args.log_format, args.log_level.as_deref())
        .map_err(|error| Failure::usage(format!("logging: {error}")))?;
    let config = Config {
        quarantine: args.quarantine,
        listeners: args.listen.iter().cloned().map(Listener::at).collect(),
        ..Config::new(&args.policy)
    };
    let loaded = app::load(&config).map_err(|error| policy::refused(&config.policy, error, out))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::unreachable(format!("cannot start: {error}")))?;
    runtime.block_on(serve(loaded, config, out))
}

async fn serve(loaded: Loaded, config: Config, out: &Out) -> Result<Exit, Failure> {
    // Asked before the policy is given away, and printed once it is in force.
    let (policy, snapshot) = (loaded.policy(), loaded.snapshot());
    let line = check_line(policy, snapshot, &config.policy, config.clock.now());
    let summary = Summary::of(policy);
    let quarantined: Vec<String> = snapshot.quarantined().map(|id| format!("`{id}`")).collect();
    let directory = config.policy.display();
    let running =
        app::start(&config, loaded).await.map_err(|error| Failure::unreachable(error.to_string()))?;

    out.line(format_args!("loaded `{directory}`: {summary}"));
    if !quarantined.is_empty() {
        let (count, ids) = (counted(quarantined.len(), "tenant", "tenants"), quarantined.join(", "));
        out.line(format_args!("left out for their faults, and denied everything: {count}, {ids}"));
    }
    for address in running.addresses() {
        out.line(format_args!("listening on {address}"));
    }
    if let Some(line) = line {
        out.line(format_args!("ask it something:\n  {line}"));
    }

    let stop = running.stop_handle();
    tokio::spawn(async move {
        match app::terminated().await {
            Ok(()) => stop.stop(),
            // Then only the strongest signal ends it, which needs no handling.
            Err(error) => tracing::warn!("cannot listen for signals: {error}"),
        }
    });
    running.wait().await.map_err(|error| Failure::unreachable(error.to_string()))?;
    Ok(Exit::Good)
}
