//! `sidegate push`: a policy directory, brought to a sidecar that takes pushes.
//!
//! The directory is held against what the sidecar holds, and only what differs is
//! sent, made against the revision that was looked at: if another push comes between,
//! the sidecar refuses this one. Nothing is sent of a directory that does not
//! validate.

mod plan;

use std::path::PathBuf;

use serde_json::{Value, json};

use super::Format;
use super::admin;
use super::exit::{Exit, Failure};
use super::out::{Out, Tone};
use super::policy::counted;
use super::remote::{self, NoAnswer};
use crate::wire::policy::heard::{Fault, Outcome};
use crate::wire::policy::push_requests;
use plan::{Plan, Wanted};

/// What to know, for `--help`.
pub(super) const AFTER: &str = "\
What differs is sent as one change set, applied whole or not at all. The whole policy is sent if the
sidecar holds none, if it is of another epoch, or if more differs than one set may hold.

  sidegate push policy --to 127.0.0.1:7701 --dry-run
  sidegate push policy --to sidegate.internal:7701 --ca ca.pem --cert deployer.pem --key deployer.key

Exit codes: 0 in force, or nothing to change; 1 the directory does not validate, or the sidecar found
faults; 2 wrong usage, or not taken from whom asks; 3 the directory cannot be read, or the sidecar not
reached.";

/// The arguments of `push`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The policy directory.
    #[arg(value_name = "DIR", env = "SIDEGATE_POLICY")]
    directory: PathBuf,

    #[command(flatten)]
    admin: admin::Args,

    /// Print the changes, one a line, and send nothing.
    #[arg(long)]
    dry_run: bool,

    /// The epoch to push in; without it that of what is held, or 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    epoch: Option<u64>,

    /// Push the whole policy, whatever is held.
    #[arg(long)]
    whole: bool,

    /// Let the whole policy have less than half of the tenants that are held.
    #[arg(long)]
    shrink: bool,
}

/// Pushes.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    let wanted = Wanted::read(&args.directory, out)?;
    match args.push(&wanted, out) {
        Ok(exit) => Ok(exit),
        Err(NoAnswer::Refused(refused)) => Ok(remote::refuse(&refused, out)),
        Err(NoAnswer::Failed(failure)) => Err(failure),
    }
}

impl Args {
    fn push(&self, wanted: &Wanted, out: &Out) -> Result<Exit, NoAnswer> {
        let admin = self.admin.connect().map_err(NoAnswer::Failed)?;
        let Some(plan) = plan::plan(self, wanted, &admin)? else {
            unchanged(self.admin.address(), self.dry_run, out);
            return Ok(Exit::Good);
        };
        if self.dry_run {
            dry(&plan, self.admin.address(), out);
            return Ok(Exit::Good);
        }
        let outcome = admin.push(push_requests(&plan.header, false, &plan.changes))?;
        let name = |fault: &Fault| plan.named(&fault.path);
        tell(&outcome, &format!("pushed {}", plan.size()), &name, out);
        Ok(Exit::good_if(outcome.done))
    }
}

/// Tells that there is nothing to do.
fn unchanged(address: &str, dry_run: bool, out: &Out) {
    match out.format {
        Format::Json if dry_run => out.json(&json!({ "outcome": "UNCHANGED", "changes": [] })),
        Format::Json => out.json(&json!({ "outcome": "UNCHANGED" })),
        Format::Text => out.line(format_args!("nothing to change: `{address}` holds this policy")),
    }
}

/// Tells what would be sent.
fn dry(plan: &Plan, address: &str, out: &Out) {
    let changes: Vec<String> = plan.changes.iter().map(ToString::to_string).collect();
    match out.format {
        Format::Json => out.json(&json!({
            "outcome": "DRY_RUN",
            "whole": plan.header.base.is_none(),
            "revision": plan.header.revision.to_string(),
            "base_revision": plan.header.base.map(|base| base.to_string()),
            "changes": changes,
        })),
        Format::Text => {
            for change in changes {
                out.line(change);
            }
            let size = plan.size();
            out.message(format_args!(
                "{size} would bring `{address}` to revision {}; nothing was sent",
                plan.header.revision
            ));
        }
    }
}

/// Tells what came of a push or a rollback; `did` is what was asked, in the past
/// tense, and `name` says what a path is about, if more can be said than the path.
pub(super) fn tell(outcome: &Outcome, did: &str, name: &dyn Fn(&Fault) -> Option<String>, out: &Out) {
    let Outcome {
        done,
        word,
        revision,
        durable,
        not_durable,
        faults,
        warnings,
        widened,
        narrowed,
        digest,
        quarantined,
    } = outcome;
    let revision = revision.map(|revision| revision.to_string());
    if out.format == Format::Json {
        out.json(&json!({
            "outcome": word,
            "revision": revision,
            "durable": durable,
            "not_durable": not_durable,
            "faults": faults.iter().map(fault_json).collect::<Vec<_>>(),
            "warnings": warnings.iter().map(fault_json).collect::<Vec<_>>(),
            "widened": widened,
            "narrowed": narrowed,
            "digest": digest,
            "quarantined": quarantined,
        }));
        return;
    }
    for (told, kind) in [(faults, "fault"), (warnings, "warning")] {
        for fault in told {
            out.message(fault_text(fault, kind, name));
        }
    }
    for tenant in quarantined {
        out.message(format_args!("warning: the tenant `{tenant}` is left out, because it has faults"));
    }
    let revision = revision.unwrap_or_else(|| "none".to_owned());
    if *done {
        let good = out.paint(Tone::Good, did);
        let more = counted_members(*widened, "may do more");
        let less = counted_members(*narrowed, "may do less");
        let disk = match (durable, not_durable.as_str()) {
            (true, _) => ", on disk".to_owned(),
            (false, "") => String::new(),
            (false, why) => format!(", not on disk: {why}"),
        };
        out.line(format_args!("{good}: revision {revision}{disk}; {more}, {less}"));
    } else {
        let bad = out.paint(Tone::Bad, word.to_lowercase());
        let faults = counted(faults.len(), "fault", "faults");
        out.line(format_args!("{bad}: {faults}; still in force is revision {revision}"));
    }
}

fn counted_members(count: u64, what: &str) -> String {
    format!("{} {what}", counted(usize::try_from(count).unwrap_or(usize::MAX), "member", "members"))
}

fn fault_text(fault: &Fault, kind: &str, name: &dyn Fn(&Fault) -> Option<String>) -> String {
    let Fault { path, message, help, line, column } = fault;
    let place = if *line > 0 { format!(":{line}:{column}") } else { String::new() };
    let named = name(fault).map(|name| format!(" ({name})")).unwrap_or_default();
    let help = if help.is_empty() { String::new() } else { format!("\n  help: {help}") };
    let path = if path.is_empty() { String::new() } else { format!("{path}{place}{named}: ") };
    format!("{kind}: {path}{message}{help}")
}

fn fault_json(fault: &Fault) -> Value {
    let Fault { path, message, help, line, column } = fault;
    json!({ "path": path, "message": message, "help": help, "line": line, "column": column })
}
