//! `sidegate healthcheck`: whether a sidecar serves, for exec probes and scripts.

use std::time::Duration;

use serde_json::json;
use tonic::Code;

use super::Format;
use super::door::patience;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::remote::{NoAnswer, Remote};

/// What the codes mean here.
pub(super) const AFTER: &str = "Exit codes: 0 serving; 1 not serving; 2 wrong usage; 3 cannot be reached.";

/// The arguments of `healthcheck`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The sidecar.
    #[arg(
        long,
        value_name = "HOST:PORT|unix:PATH",
        default_value_t = crate::app::DEFAULT_LISTENER.to_string(),
        env = "SIDEGATE_TO"
    )]
    to: String,

    /// How long it may take to answer.
    #[arg(long, value_name = "DURATION", value_parser = patience, default_value = "1s")]
    timeout: Duration,
}

/// Asks.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let serving = match Remote::connect(&args.to, args.timeout)?.serves() {
        Ok(serving) => serving,
        // It knows of no such service any more: it is stopping.
        Err(NoAnswer::Refused(refused)) if refused.code == Code::NotFound => false,
        Err(NoAnswer::Refused(refused)) => {
            // What answers probes speaks no gRPC, and is easily taken for what does.
            let message = format!(
                "`{}` answered {}: {} (is it where questions are answered, not probes?)",
                args.to, refused.name, refused.message
            );
            return Err(Failure::unreachable(message));
        }
        Err(NoAnswer::Failed(failure)) => return Err(failure),
    };
    let (word, tone) = if serving { ("serving", Tone::Good) } else { ("not serving", Tone::Bad) };
    match out.format {
        Format::Json => out.json(&json!({ "status": word })),
        Format::Text => out.line(out.paint(tone, word)),
    }
    Ok(Exit::good_if(serving))
}
