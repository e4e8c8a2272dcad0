//! The configuration, written as a file that reads back to the same.
//!
//! The table gives the keys and their order; the values are those in force,
//! built-in ones included.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::slot::{Slot, slot};
use super::{Configuration, Log, admin};
use crate::app::Listener;
use crate::document::duration;
use crate::document::shape::{Kind, Record, Shape};
use crate::rpc::{ListenerScope, Question};
use crate::telemetry::LogFormat;

/// The configuration for programs.
#[must_use]
pub fn json(configuration: &Configuration) -> Value {
    of_record(&mut configuration.clone(), Kind::Config.record(), "")
}

/// The configuration as a file.
#[must_use]
pub fn yaml(configuration: &Configuration) -> String {
    let mut text = String::new();
    write_record(&mut text, &json(configuration), Kind::Config.record(), 0);
    text
}

fn of_record(configuration: &mut Configuration, record: &Record, path: &str) -> Value {
    let mut fields = Map::new();
    for field in record.fields {
        let path = if path.is_empty() { field.key.to_owned() } else { format!("{path}.{}", field.key) };
        let value = match &field.shape {
            Shape::Record(record) => of_record(configuration, record, &path),
            _ => of_key(configuration, &path),
        };
        // What is not there is not written: it has no value that would read back.
        if !value.is_null() {
            fields.insert(field.key.to_owned(), value);
        }
    }
    Value::Object(fields)
}

fn of_key(configuration: &mut Configuration, path: &str) -> Value {
    let Configuration { app, log: Log { level, format } } = configuration;
    match path {
        "policy" if app.policy.as_os_str().is_empty() => Value::Null,
        "policy" => json!(app.policy.to_string_lossy()),
        "source" => json!(app.source.name()),
        "state_dir" => app.state_dir.as_ref().map_or(Value::Null, |path| json!(path.to_string_lossy())),
        "max_staleness" => app.max_staleness.map_or_else(|| json!("off"), |most| json!(duration::text(most))),
        "listeners" => app.listeners.iter().map(of_listener).collect(),
        "admin" => app.admin.iter().map(admin::written).collect(),
        "probes" => app.probes.map_or_else(|| json!("off"), |address| json!(address.to_string())),
        "log.level" => json!(level),
        "log.format" => json!(match format {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }),
        _ => match slot(app, path) {
            Some(Slot::Size(size)) => json!(size),
            Some(Slot::Number(number)) => json!(number),
            Some(Slot::Large(number)) => json!(number),
            Some(Slot::Span(span)) => json!(duration::text(*span)),
            Some(Slot::Switch(switch)) => json!(switch),
            None => Value::Null,
        },
    }
}

fn of_listener(listener: &Listener) -> Value {
    let Listener { address, scope: ListenerScope { tenants, allow } } = listener;
    let mut fields = Map::from_iter([("address".to_owned(), json!(address.to_string()))]);
    if let Some(tenants) = tenants {
        fields.insert("tenants".to_owned(), json!(tenants));
    }
    let allow: Vec<&str> =
        Question::ALL.into_iter().filter(|question| allow.contains(question)).map(Question::name).collect();
    fields.insert("allow".to_owned(), json!(allow));
    Value::Object(fields)
}

/// A record as a block, its keys in the order of the table.
fn write_record(text: &mut String, value: &Value, record: &Record, indent: usize) {
    let pad = " ".repeat(indent);
    for field in record.fields {
        let Some(value) = value.get(field.key) else { continue };
        // Writing to a string cannot fail.
        let _ = match (&field.shape, value) {
            (Shape::Record(record), _) => {
                let _ = writeln!(text, "{pad}{}:", field.key);
                write_record(text, value, record, indent.saturating_add(2));
                Ok(())
            }
            (Shape::List(_), Value::Array(items)) if !items.is_empty() => {
                let _ = writeln!(text, "{pad}{}:", field.key);
                items.iter().try_for_each(|item| writeln!(text, "{pad}  - {}", flow(item)))
            }
            _ => writeln!(text, "{pad}{}: {}", field.key, flow(value)),
        };
    }
}

/// A value in one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        // What JSON quotes, YAML reads.
        other => other.to_string(),
    }
}

/// Whether a text reads as itself without quotes, wherever it stands.
fn is_plain(text: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '/';
    let holds = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let word = text.starts_with(begins) && text.chars().all(holds);
    let keyword = ["null", "true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    // A span, or an address of numbers, is no number for its letters or colons.
    let number = duration::parse(text).is_some()
        || (text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<std::net::SocketAddr>().is_ok());
    let path = text.strip_prefix("unix:").is_some_and(|path| !path.is_empty() && path.chars().all(holds));
    (word && !keyword) || number || path
}
