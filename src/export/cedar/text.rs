//! Cedar's lexical forms: texts, names, actions, entities.
//!
//! Owns escaping. Nothing here knows policies.

use std::fmt::Write;

use crate::model::{Duration, Key, Timestamp};

/// Words that Cedar does not let stand as a name after a dot.
const KEPT: [&str; 9] = ["true", "false", "if", "then", "else", "in", "is", "like", "has"];
/// Names that a schema keeps for its own types.
const SCHEMA_TYPES: [&str; 8] = ["Bool", "Boolean", "Entity", "Extension", "Long", "Record", "Set", "String"];

/// Whether Cedar lets an entity type have this name.
pub(super) fn is_type_name(name: &str) -> bool {
    !KEPT.contains(&name) && !SCHEMA_TYPES.contains(&name) && !name.starts_with("__cedar")
}

/// A text in quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    escape(text, &mut out);
    out.push('"');
    out
}

fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Combining and invisible letters would be read as something else.
            letter if letter.is_control() || !(letter.is_ascii() || letter.is_alphanumeric()) => {
                // Writing to a text cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
}

/// A pattern of `like`: a text that stands for itself, with stars around it.
pub(super) fn pattern(before: &str, text: &str, after: &str) -> String {
    let mut out = format!("\"{before}");
    for (place, part) in text.split('*').enumerate() {
        if place > 0 {
            out.push_str("\\*");
        }
        escape(part, &mut out);
    }
    out.push_str(after);
    out.push('"');
    out
}

/// An attribute's name as `has` and schemas take it.
pub(super) fn name(name: &str) -> String {
    if is_word(name) { name.to_owned() } else { quoted(name) }
}

/// An attribute of something.
pub(super) fn attribute(of: &str, name: &str) -> String {
    if is_word(name) { format!("{of}.{name}") } else { format!("{of}[{}]", quoted(name)) }
}

fn is_word(name: &str) -> bool {
    !KEPT.contains(&name) && !name.starts_with("__cedar")
}

/// The action of a permission.
pub(super) fn action(kind: &str, action: &str) -> String {
    format!("Action::{}", quoted(&permission(kind, action)))
}

/// A permission's text.
pub(super) fn permission(kind: &str, action: &str) -> String {
    format!("{kind}:{action}")
}

/// The principal of a key in a tenant.
pub(super) fn principal(tenant: &str, key: &Key) -> String {
    format!("Principal::{}::{}", key.kind(), quoted(&within(tenant, key.id())))
}

/// The resource of a key in a tenant.
pub(super) fn resource(tenant: &str, key: &Key) -> String {
    format!("Resource::{}::{}", key.kind(), quoted(&within(tenant, key.id())))
}

/// One of our own entities.
pub(super) fn own(kind: &str, id: &str) -> String {
    format!("Sidegate::{kind}::{}", quoted(id))
}

/// An id within a tenant. A tenant's id has no slash, so this is one to one.
pub(super) fn within(tenant: &str, id: &str) -> String {
    format!("{tenant}/{id}")
}

/// A number, fit to stand beside an operator.
pub(super) fn number(value: i64) -> String {
    if value < 0 { format!("({value})") } else { value.to_string() }
}

/// An instant in whole milliseconds, as Cedar counts; `None` for a finer one.
pub(super) fn instant(at: Timestamp) -> Option<String> {
    at.nanos().is_multiple_of(1_000_000).then_some(())?;
    let whole = Timestamp::new(at.seconds(), 0)?.to_string();
    let whole = whole.trim_end_matches('Z');
    match at.nanos() / 1_000_000 {
        0 => Some(format!("{whole}Z")),
        milliseconds => Some(format!("{whole}.{milliseconds:03}Z")),
    }
}

/// A span in whole milliseconds; `None` for a finer one.
pub(super) fn span(of: Duration) -> Option<String> {
    let nanos = of.nanos();
    (nanos % 1_000_000 == 0).then_some(())?;
    let mut left = (nanos / 1_000_000).unsigned_abs();
    let mut out = String::from(if nanos < 0 { "-" } else { "" });
    for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        let count = left / size;
        left %= size;
        if count > 0 {
            let _ = write!(out, "{count}{unit}");
        }
    }
    if nanos == 0 {
        out.push_str("0s");
    }
    Some(out)
}
