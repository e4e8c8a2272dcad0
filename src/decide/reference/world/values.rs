//! Attribute values, drawn from so few that they are often equal.
//!
//! Owns them for documents and questions alike.

use super::rng::Rng;
use super::{IDS, end};
use crate::model::{Value, ValueType};

/// A value of a type.
pub(super) fn value(rng: &mut Rng, value_type: ValueType) -> Value {
    let count = rng.below(4);
    match value_type {
        ValueType::Bool => Value::Bool(rng.chance(50)),
        ValueType::Int => Value::Int(*rng.pick(&[0, 1, 2, 3, -1, i64::MAX, i64::MIN])),
        ValueType::String => Value::String(text(rng)),
        ValueType::Timestamp => Value::Timestamp(end(rng)),
        ValueType::StringList => Value::StringList((0..count).map(|_| text(rng)).collect()),
        ValueType::IntList => Value::IntList((0..count).map(|_| *rng.pick(&[0, 1, 2, 3])).collect()),
    }
}

/// A value of a type, or null.
pub(crate) fn any_value(rng: &mut Rng, value_type: ValueType) -> Value {
    if rng.chance(12) { Value::Null } else { value(rng, value_type) }
}

fn text(rng: &mut Rng) -> String {
    match rng.weighted(&[80, 8, 4, 4, 4]) {
        0 => rng.pick(&IDS).to_string(),
        1 => format!("user:{}", rng.pick(&IDS)),
        2 => String::new(),
        3 => "2026-06-01T12:00:00Z".to_owned(),
        _ => "24h".to_owned(),
    }
}
