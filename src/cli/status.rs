//! `sidegate status`: what a sidecar holds, and how it came.

use std::time::Duration;

use serde_json::json;

use super::Format;
use super::admin;
use super::exit::{Exit, Failure};
use super::out::Out;
use super::remote::{self, NoAnswer};
use crate::document::duration;
use crate::model::Revision;
use crate::wire::policy::heard::Status;

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    admin: admin::Args,
}

/// Asks.
pub(super) fn run(args: &Args, out: &Out) -> Result<Exit, Failure> {
    match args.admin.connect()?.status() {
        Ok(status) => {
            tell(&status, out);
            Ok(Exit::Good)
        }
        Err(NoAnswer::Refused(refused)) => Ok(remote::refuse(&refused, out)),
        Err(NoAnswer::Failed(failure)) => Err(failure),
    }
}

fn tell(status: &Status, out: &Out) {
    let Status {
        revision,
        digest,
        source,
        stale,
        silent_ms,
        durable,
        not_durable,
        model,
        model_revision,
        tenants,
        members,
        resources,
        apps,
        quarantined,
        version,
        lost,
    } = status;
    let text = |revision: &Option<Revision>| revision.map(|revision| revision.to_string());
    if out.format == Format::Json {
        out.json(&json!({
            "revision": text(revision),
            "digest": digest,
            "source": source,
            "stale": stale,
            "silent_ms": silent_ms,
            "durable_revision": text(durable),
            "not_durable": not_durable,
            "model": model,
            "model_revision": text(model_revision),
            "tenants": tenants,
            "members": members,
            "resources": resources,
            "apps": apps,
            "quarantined": quarantined,
            "version": version,
            "lost_revision": text(lost),
        }));
        return;
    }
    let none = || "none".to_owned();
    let heard = match silent_ms {
        None => "not heard of since the start".to_owned(),
        Some(silent) => format!("heard of {} ago", duration::text(Duration::from_millis(*silent))),
    };
    let stale = if *stale { ", stale" } else { "" };
    let disk = match (text(durable), not_durable.as_str()) {
        (None, "") => none(),
        (None, why) => format!("none: {why}"),
        (Some(durable), "") => durable,
        (Some(durable), why) => format!("{durable}, and no newer: {why}"),
    };
    let since = text(model_revision).map(|since| format!(", since {since}")).unwrap_or_default();
    let now = match text(lost) {
        Some(lost) => format!("{}; {lost} was held once, and is lost", text(revision).unwrap_or_else(none)),
        None => text(revision).unwrap_or_else(none),
    };
    let lines = [
        ("revision", now),
        ("source", format!("{source}, {heard}{stale}")),
        ("on disk", disk),
        ("model", if model.is_empty() { none() } else { format!("{model}{since}") }),
        ("tenants", tenants.to_string()),
        ("members", members.to_string()),
        ("resources", resources.to_string()),
        ("apps", apps.to_string()),
        ("left out", if quarantined.is_empty() { none() } else { quarantined.join(", ") }),
        ("digest", if digest.is_empty() { none() } else { digest.clone() }),
        ("version", version.clone()),
    ];
    for (name, value) in lines {
        out.line(format_args!("{name:<10} {value}"));
    }
}
