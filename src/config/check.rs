//! What it takes all layers to see: what is missing, and what does not go
//! together.

use std::net::SocketAddr;
use std::time::Duration;

use super::file::Places;
use super::{Overrides, Settings, Staleness, admin, fault};
use crate::app::{ListenAddress, Source};
use crate::document::shape::{Kind, Record, Scalar, Shape};
use crate::document::{Diagnostic, Place, duration};
use crate::telemetry;

/// Tells everything that is wrong with the whole.
pub(super) fn check(settings: &Settings, places: &Places, faults: &mut Vec<Diagnostic>) {
    source(settings, places, faults);
    addresses(settings, places, faults);
    deadlines(settings, places, faults);
}

/// Where policy comes from has what it needs, and nothing that would be of no use.
fn source(settings: &Settings, places: &Places, faults: &mut Vec<Diagnostic>) {
    let app = &settings.app;
    let named = !app.policy.as_os_str().is_empty();
    let mut told = |key: &str, message: String, help: Option<&str>| {
        faults.push(fault(place(places, key), message, help));
    };
    match app.source {
        Source::Dir => {
            if !named && !places.contains_key("policy") {
                let help = "give `--policy DIR`, or `policy` in the configuration";
                told("policy", "no policy directory is named".to_owned(), Some(help));
            }
            if app.state_dir.is_some() {
                let message = "`state_dir` keeps what was pushed, and policy comes from a directory";
                told("state_dir", message.to_owned(), Some("give `source: push`"));
            }
            if let Some(most) = app.max_staleness.filter(|most| *most <= app.watch.poll) {
                let (most, poll) = (duration::text(most), duration::text(app.watch.poll));
                let message = format!("`max_staleness` is {most}, no more than the {poll} of `watch.poll`");
                told("max_staleness", message, Some("the policy would be stale between two looks at it"));
            }
        }
        Source::Push => {
            if named {
                let message = "policy comes by push: a policy directory is of no use";
                told("policy", message.to_owned(), Some("give `source: dir`, or no `policy`"));
            }
            if app.admin.is_empty() && !places.contains_key(admin::FAULTY) {
                let help = "give `--admin-listen unix:PATH`, or `admin` in the configuration";
                told(
                    "source",
                    "policy comes by push, and there is nowhere to push it".to_owned(),
                    Some(help),
                );
            }
        }
    }
}

/// The same address twice could only fail when it is bound, or be answered by
/// whichever came first.
fn addresses(settings: &Settings, places: &Places, faults: &mut Vec<Diagnostic>) {
    let mut seen: Vec<&ListenAddress> = Vec::new();
    for (number, listener) in settings.app.listeners.iter().enumerate() {
        let address = &listener.address;
        if seen.contains(&address) && !any_port(address) {
            let at = place(places, &format!("listeners.{number}"));
            faults.push(fault(at, format!("the address `{address}` is listed twice"), None));
        }
        seen.push(address);
    }
    for (number, listener) in settings.app.admin.iter().enumerate() {
        let address = &listener.address;
        if seen.contains(&address) && !any_port(address) {
            let at = place(places, &format!("admin.{number}"));
            faults.push(fault(at, format!("the address `{address}` is listed twice"), None));
        }
        seen.push(address);
    }
    if let Some(probes) = settings.app.probes
        && probes.port() != 0
        && seen.contains(&&ListenAddress::Tcp(probes))
    {
        let message = format!("probes are to be answered at `{probes}`, which is a listener's address");
        faults.push(fault(place(places, "probes"), message, None));
    }
}

/// Port 0 is another port each time.
fn any_port(address: &ListenAddress) -> bool {
    matches!(address, ListenAddress::Tcp(address) if SocketAddr::port(address) == 0)
}

fn deadlines(settings: &Settings, places: &Places, faults: &mut Vec<Diagnostic>) {
    let limits = settings.app.limits.deadlines;
    let pairs = [
        ("deadline", limits.call, "deadline_most", limits.call_most),
        ("list_deadline", limits.list, "list_deadline_most", limits.list_most),
    ];
    for (name, usual, most_name, most) in pairs.into_iter().filter(|(_, usual, _, most)| usual > most) {
        let key = format!("limits.{name}");
        let at = places.get(&key).copied().unwrap_or_else(|| place(places, &format!("limits.{most_name}")));
        let (usual, most) = (duration::text(usual), duration::text(most));
        faults.push(fault(at, format!("`{name}` is {usual}, more than the {most} of `{most_name}`"), None));
    }
}

/// Tells what is wrong with flags and variables. The file is held against its
/// table; this holds them against the same one.
pub(super) fn overrides(overrides: &Overrides, faults: &mut Vec<Diagnostic>) {
    let spans = [
        ("--watch-poll", "watch.poll", overrides.watch_poll),
        ("--drain-keep-serving", "drain.keep_serving", overrides.drain_keep_serving),
        ("--drain-finish", "drain.finish", overrides.drain_finish),
    ];
    for (flag, key, span) in spans {
        let (Some(span), Some(Shape::Scalar(Scalar::Duration { least }))) =
            (span, shape(Kind::Config.record(), key))
        else {
            continue;
        };
        let least = Duration::from_millis((*least).into());
        if span < least {
            let (span, least) = (duration::text(span), duration::text(least));
            faults.push(fault(Place::NOWHERE, format!("`{flag} {span}`: expected at least {least}"), None));
        }
    }
    if let Some(Staleness(Some(most))) = overrides.max_staleness
        && most < Duration::from_secs(1)
    {
        let message = format!("`--max-staleness {}`: expected at least 1s", duration::text(most));
        faults.push(fault(Place::NOWHERE, message, None));
    }
    let insecure = overrides.admin_insecure.unwrap_or(false);
    if insecure && !overrides.admin.iter().any(|address| matches!(address, ListenAddress::Tcp(_))) {
        let message = "`--admin-insecure` goes with a TCP address of `--admin-listen`";
        faults.push(fault(Place::NOWHERE, message, None));
    }
    for message in overrides.admin.iter().filter_map(|address| admin::flag_fault(address, insecure)) {
        faults.push(fault(Place::NOWHERE, message, None));
    }
    if let Some(Err(error)) = overrides.log_level.as_deref().map(telemetry::check_level) {
        faults.push(fault(Place::NOWHERE, format!("`--log-level`: {error}"), None));
    }
}

/// The shape of a key, by its path.
fn shape<'t>(record: &'t Record, key: &str) -> Option<&'t Shape> {
    let (head, rest) = key.split_once('.').map_or((key, None), |(head, rest)| (head, Some(rest)));
    let field = record.fields.iter().find(|field| field.key == head)?;
    match (&field.shape, rest) {
        (Shape::Record(record), Some(rest)) => shape(record, rest),
        (shape, None) => Some(shape),
        _ => None,
    }
}

/// Where a key stands; what a flag says stands nowhere.
fn place(places: &Places, key: &str) -> Place {
    places.get(key).copied().unwrap_or(Place::NOWHERE)
}
