//! What it takes all layers to see: what is missing, and what does not go
//! together.

use std::net::SocketAddr;
use std::time::Duration;

use super::file::Places;
use super::{Overrides, Settings, fault};
use crate::app::ListenAddress;
use crate::document::shape::{Kind, Record, Scalar, Shape};
use crate::document::{Diagnostic, Place, duration};
use crate::telemetry;

/// Tells everything that is wrong with the whole.
pub(super) fn check(settings: &Settings, places: &Places, faults: &mut Vec<Diagnostic>) {
    if settings.app.policy.as_os_str().is_empty() && !places.contains_key("policy") {
        let help = "give `--policy DIR`, or `policy` in the configuration";
        faults.push(fault(Place::NOWHERE, "no policy directory is named", Some(help)));
    }
    addresses(settings, places, faults);
    deadlines(settings, places, faults);
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
