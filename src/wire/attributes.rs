//! Maps of values, read as attributes.
//!
//! Everything is borrowed from the message. A value that cannot be read is a
//! fault at the attribute's path, never an attribute less.

use std::collections::BTreeMap;

use super::api;
use crate::decide::{Attributes, FaultKind, FieldFault};
use crate::model::{List, Text, Timestamp, Value, ValueRef};

/// Reads a map of attributes that stands at `path`; what is wrong goes to
/// `faults`.
pub(crate) fn attributes<'a>(
    map: &'a BTreeMap<String, api::Value>,
    path: &str,
    faults: &mut Vec<FieldFault>,
) -> Attributes<'a> {
    let mut attributes = Attributes::with_capacity(map.len());
    for (name, sent) in map {
        match value(sent) {
            Ok(value) => attributes.push((name, value)),
            Err((kind, message)) => faults.push(FieldFault::new(format!("{path}.{name}"), kind, message)),
        }
    }
    attributes
}

/// What is wrong with a value.
pub(crate) type Unreadable = (FaultKind, &'static str);

/// Reads a value that is to be kept.
pub(crate) fn stored(sent: api::Value) -> Result<Value, Unreadable> {
    use api::value::Kind;

    let api::Value { kind } = sent;
    match kind {
        Some(Kind::StringValue(value)) => Ok(Value::String(value)),
        Some(Kind::StringList(api::StringList { values })) => Ok(Value::StringList(values)),
        Some(Kind::IntList(api::IntList { values })) => Ok(Value::IntList(values)),
        Some(Kind::BoolValue(value)) => Ok(Value::Bool(value)),
        Some(Kind::IntValue(value)) => Ok(Value::Int(value)),
        Some(Kind::TimestampValue(value)) => timestamp(value).map(Value::Timestamp),
        Some(Kind::NullValue(value)) => null(value).map(|()| Value::Null),
        None => Err(MISSING),
    }
}

/// Reads a value; `None` is null.
fn value(sent: &api::Value) -> Result<Option<ValueRef<'_>>, Unreadable> {
    use api::value::Kind;

    let api::Value { kind } = sent;
    let value = match kind {
        None => return Err(MISSING),
        Some(Kind::NullValue(value)) => return null(*value).map(|()| None),
        Some(Kind::BoolValue(value)) => ValueRef::Bool(*value),
        Some(Kind::IntValue(value)) => ValueRef::Int(*value),
        Some(Kind::StringValue(value)) => ValueRef::Text(Text::plain(value)),
        Some(Kind::TimestampValue(value)) => ValueRef::Timestamp(timestamp(*value)?),
        Some(Kind::StringList(api::StringList { values })) => ValueRef::List(List::Strings(values)),
        Some(Kind::IntList(api::IntList { values })) => ValueRef::List(List::Ints(values)),
    };
    Ok(Some(value))
}

const MISSING: Unreadable = (FaultKind::Missing, "kind is missing");

/// Reads a null: the only value of its enum. Any other was never meant to be null.
const fn null(sent: i32) -> Result<(), Unreadable> {
    if sent == 0 { Ok(()) } else { Err((FaultKind::Malformed, "`null_value` is not NULL_VALUE")) }
}

/// Reads an instant.
pub(crate) fn timestamp(sent: prost_types::Timestamp) -> Result<Timestamp, Unreadable> {
    let prost_types::Timestamp { seconds, nanos } = sent;
    u32::try_from(nanos)
        .ok()
        .and_then(|nanos| Timestamp::new(seconds, nanos))
        .ok_or((FaultKind::Malformed, "not an instant of the years 1 to 9999"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::value::Kind;

    /// What one value reads as: its debug text, or the fault's.
    fn read(kind: Option<Kind>) -> String {
        let map = BTreeMap::from([("a".to_owned(), api::Value { kind })]);
        let mut faults = Vec::new();
        let attributes = attributes(&map, "context", &mut faults);
        match (attributes.as_slice(), faults.as_slice()) {
            ([(name, value)], []) => format!("{name}={value:?}"),
            ([], [fault]) => format!("{}: {:?}: {}", fault.field, fault.kind, fault.message),
            both => panic!("{both:?}"),
        }
    }

    fn instant(seconds: i64, nanos: i32) -> Option<Kind> {
        Some(Kind::TimestampValue(prost_types::Timestamp { seconds, nanos }))
    }

    #[test]
    fn every_kind_reads_as_what_it_says() {
        let texts = api::StringList { values: vec!["x".to_owned()] };
        let numbers = api::IntList { values: vec![7] };
        assert_eq!(read(Some(Kind::NullValue(0))), "a=None");
        assert_eq!(read(Some(Kind::BoolValue(true))), "a=Some(Bool(true))");
        assert_eq!(read(Some(Kind::IntValue(i64::MIN))), format!("a=Some(Int({}))", i64::MIN));
        assert_eq!(read(Some(Kind::StringValue(String::new()))), "a=Some(Text(Plain(\"\")))");
        assert_eq!(read(Some(Kind::StringList(texts))), "a=Some(List(Strings([\"x\"])))");
        assert_eq!(read(Some(Kind::IntList(numbers))), "a=Some(List(Ints([7])))");
        assert!(read(instant(0, 1)).starts_with("a=Some(Timestamp("));
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_and_no_attribute() {
        let out_of_range = "context.a: Malformed: not an instant of the years 1 to 9999";
        assert_eq!(read(None), "context.a: Missing: kind is missing");
        assert_eq!(read(Some(Kind::NullValue(1))), "context.a: Malformed: `null_value` is not NULL_VALUE");
        assert_eq!(read(instant(253_402_300_800, 0)), out_of_range);
        assert_eq!(read(instant(-62_135_596_801, 0)), out_of_range);
        assert_eq!(read(instant(0, -1)), out_of_range);
        assert_eq!(read(instant(0, 1_000_000_000)), out_of_range);
    }
}
