//! The file, read into settings.
//!
//! The table is walked, not the file: what is not in the table has been told as
//! a fault, and what is in the table and not in the file keeps its value.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::slot::{Slot, slot};
use super::{Probes, Settings, admin, fault};
use crate::app::{ListenAddress, Listener};
use crate::document::duration;
use crate::document::read;
use crate::document::shape::{Kind, Record, Shape};
use crate::document::yaml::{Body, Core, Node};
use crate::document::{Diagnostic, Place, Sources};
use crate::rpc::{ListenerScope, Question};
use crate::telemetry::{self, LogFormat};

/// Where each key of the file stands, by its path; of a listener, its address.
pub(super) type Places = BTreeMap<String, Place>;

/// Reads the file over what is built in.
pub(super) fn read(sources: &Sources, faults: &mut Vec<Diagnostic>) -> (Settings, Places) {
    let mut reader = Reader { settings: Settings::default(), places: Places::new(), faults };
    for (number, source) in sources.iter().filter(|(_, source)| says_something(&source.text)) {
        let (node, told) = read::tree(number, source, Kind::Config);
        reader.faults.extend(told);
        if let Some(node) = node {
            reader.record(&node, Kind::Config.record(), "");
        }
    }
    (reader.settings, reader.places)
}

/// A file with nothing in it but comments is an empty one.
fn says_something(text: &str) -> bool {
    // A byte order mark is none of the text.
    text.trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim_start)
        .any(|line| !line.is_empty() && !line.starts_with('#'))
}

struct Reader<'f> {
    settings: Settings,
    places: Places,
    faults: &'f mut Vec<Diagnostic>,
}

impl Reader<'_> {
    fn record(&mut self, node: &Node, record: &Record, path: &str) {
        for field in record.fields {
            let Some(value) = node.get(field.key) else { continue };
            let path = if path.is_empty() { field.key.to_owned() } else { format!("{path}.{}", field.key) };
            self.places.insert(path.clone(), value.at);
            match &field.shape {
                Shape::Record(record) => self.record(value, record, &path),
                _ => self.value(value, &path),
            }
        }
    }

    fn value(&mut self, node: &Node, path: &str) {
        match path {
            "policy" => {
                if let Some(text) = node.text() {
                    self.settings.app.policy = text.into();
                }
            }
            "listeners" => self.listeners(node),
            "admin" => self.admin(node),
            "probes" => match node.text().map(str::parse) {
                Some(Ok(Probes(address))) => self.settings.app.probes = address,
                Some(Err(message)) => self.faults.push(fault(node.at, message, None)),
                None => {}
            },
            "log.level" => match node.text().map(|text| (text, telemetry::check_level(text))) {
                Some((text, Ok(()))) => self.settings.log_level = Some(text.to_owned()),
                Some((_, Err(error))) => self.faults.push(fault(node.at, error.to_string(), None)),
                None => {}
            },
            "log.format" => {
                if let Some(format) = node.text().and_then(|text| text.parse::<LogFormat>().ok()) {
                    self.settings.log_format = format;
                }
            }
            "source" => {
                if let Some(source) = node.text().and_then(|text| text.parse().ok()) {
                    self.settings.app.source = source;
                }
            }
            "state_dir" => self.settings.app.state_dir = node.text().map(PathBuf::from),
            "max_staleness" => {
                self.settings.app.max_staleness = node.text().and_then(duration::parse);
            }
            _ => {
                if let Some(slot) = slot(&mut self.settings.app, path) {
                    fill(slot, node);
                }
            }
        }
    }

    fn listeners(&mut self, node: &Node) {
        let mut listeners = Vec::new();
        for item in node.items() {
            let address = item.get("address").unwrap_or(item);
            match address.text().map(str::parse::<ListenAddress>) {
                Some(Ok(parsed)) => {
                    self.places.insert(format!("listeners.{}", listeners.len()), address.at);
                    listeners.push(listener(parsed, item));
                }
                Some(Err(error)) => self.faults.push(fault(address.at, error.to_string(), None)),
                None => {}
            }
        }
        self.settings.app.listeners = listeners;
    }

    fn admin(&mut self, node: &Node) {
        let mut listeners = Vec::new();
        for item in node.items() {
            let at = item.get("address").unwrap_or(item).at;
            match admin::read(item, self.faults) {
                Some(listener) => {
                    self.places.insert(format!("admin.{}", listeners.len()), at);
                    listeners.push(listener);
                }
                None => {
                    self.places.insert(admin::FAULTY.to_owned(), at);
                }
            }
        }
        self.settings.app.admin = listeners;
    }
}

fn listener(address: ListenAddress, node: &Node) -> Listener {
    let Listener { address, scope: ListenerScope { tenants, allow } } = Listener::at(address);
    let texts = |key: &str| {
        let listed = node.get(key)?;
        Some(listed.items().iter().filter_map(Node::text).map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let questions = |listed: BTreeSet<String>| {
        Question::ALL.into_iter().filter(|question| listed.contains(question.name())).collect()
    };
    let scope = ListenerScope {
        tenants: texts("tenants").or(tenants),
        allow: texts("allow").map_or(allow, questions),
    };
    Listener { address, scope }
}

/// Fills in a value. One that does not fit has been told as a fault.
fn fill(slot: Slot<'_>, node: &Node) {
    let Body::Scalar(scalar) = &node.body else { return };
    match (slot, scalar.core) {
        (Slot::Switch(switch), Core::Bool(value)) => *switch = value,
        (Slot::Size(size), Core::Int(value)) => {
            if let Ok(value) = usize::try_from(value) {
                *size = value;
            }
        }
        (Slot::Number(number), Core::Int(value)) => {
            if let Ok(value) = u32::try_from(value) {
                *number = value;
            }
        }
        (Slot::Large(number), Core::Int(value)) => {
            if let Ok(value) = u64::try_from(value) {
                *number = value;
            }
        }
        (Slot::Span(span), Core::String) => {
            if let Some(value) = duration::parse(&scalar.text) {
                *span = value;
            }
        }
        _ => {}
    }
}
