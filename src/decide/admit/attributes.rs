//! Attributes as sent, resolved: declared ones by number, the rest ignored.

use super::RequestLimits;
use super::fault::{FaultKind, FieldFault, shown};
use crate::condition::{AttributeIx, AttributeNames};
use crate::decide::question::Attributes;
use crate::model::{List, ValueRef, ValueType};
use crate::snapshot::model::Attribute;

/// Declared attributes that were sent; `None` is null.
#[derive(Clone, Debug, Default)]
pub(in crate::decide) struct Sent<'a> {
    // Not a `SmallVec`: that is invariant, and a target borrowed for a gate
    // must stand in for one borrowed for the call.
    values: Vec<(AttributeIx, Option<ValueRef<'a>>)>,
}

/// How much of the limits on attributes has been used.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    count: usize,
    bytes: usize,
}

/// What comes of one attribute's name.
pub(super) enum Known {
    /// It is kept.
    Declared(Attribute),
    /// It is ignored, and the fact noted.
    Ignored,
}

impl<'a> Sent<'a> {
    /// What was sent for a name: nothing, null, or a value.
    pub(in crate::decide) fn get(&self, name: AttributeIx) -> Option<Option<ValueRef<'a>>> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// Resolves attributes. `field` is their path; `known` says which are declared.
pub(super) fn admit<'a>(
    field: &str,
    names: &AttributeNames,
    sent: &Attributes<'a>,
    known: impl Fn(AttributeIx) -> Known,
    (limits, load): (&RequestLimits, &mut Load),
    (faults, ignored): (&mut Vec<FieldFault>, &mut Vec<String>),
) -> Sent<'a> {
    let mut kept = Sent::default();
    if sent.is_empty() {
        return kept;
    }
    load.count = load.count.saturating_add(sent.len());
    if load.count > limits.attributes {
        faults.push(FieldFault::over(field, "attributes", limits.attributes));
        return kept;
    }
    for (name, value) in sent {
        load.bytes = load.bytes.saturating_add(name.len()).saturating_add(size(value.as_ref()));
        let path = || format!("{field}.{}", shown(name));
        if name.is_empty() {
            faults.push(FieldFault::new(path(), FaultKind::Malformed, "an attribute without a name"));
        } else if name.len() > limits.id_bytes {
            faults.push(FieldFault::over(path(), "id_bytes", limits.id_bytes));
        }
        if let Some(fault) = value.as_ref().and_then(|value| too_long(&path, value, limits)) {
            faults.push(fault);
        }
        match names.find(name).map(|ix| (ix, known(ix))) {
            Some((ix, Known::Declared(attribute))) => {
                let wrong = value.as_ref().is_some_and(|value| type_of(value) != attribute.value_type);
                if wrong {
                    let message = format!("expected {}", attribute.value_type);
                    faults.push(FieldFault::new(path(), FaultKind::WrongType, message));
                } else {
                    kept.values.push((ix, *value));
                }
            }
            Some((_, Known::Ignored)) | None => ignored.push(path()),
        }
    }
    if load.bytes > limits.attribute_bytes {
        faults.push(FieldFault::over(field, "attribute_bytes", limits.attribute_bytes));
    }
    kept
}

fn type_of(value: &ValueRef<'_>) -> ValueType {
    match value {
        ValueRef::Bool(_) => ValueType::Bool,
        ValueRef::Int(_) => ValueType::Int,
        ValueRef::Text(_) => ValueType::String,
        ValueRef::Timestamp(_) => ValueType::Timestamp,
        ValueRef::List(List::Strings(_) | List::Names(_)) => ValueType::StringList,
        ValueRef::List(List::Ints(_)) => ValueType::IntList,
    }
}

fn size(value: Option<&ValueRef<'_>>) -> usize {
    match value {
        None | Some(ValueRef::Bool(_)) => 1,
        Some(ValueRef::Int(_) | ValueRef::Timestamp(_)) => 8,
        Some(ValueRef::Text(text)) => text.len(),
        Some(ValueRef::List(List::Strings(list))) => list.iter().map(String::len).sum(),
        Some(ValueRef::List(List::Ints(list))) => list.len().saturating_mul(8),
        Some(ValueRef::List(List::Names(list))) => list.len(),
    }
}

fn too_long(path: &impl Fn() -> String, value: &ValueRef<'_>, limits: &RequestLimits) -> Option<FieldFault> {
    let (longest, count) = match value {
        ValueRef::Text(text) => (text.len(), 0),
        ValueRef::List(List::Strings(list)) => (list.iter().map(String::len).max().unwrap_or(0), list.len()),
        ValueRef::List(List::Ints(list)) => (0, list.len()),
        ValueRef::List(List::Names(_)) | ValueRef::Bool(_) | ValueRef::Int(_) | ValueRef::Timestamp(_) => {
            (0, 0)
        }
    };
    if longest > limits.text_bytes {
        Some(FieldFault::over(path(), "text_bytes", limits.text_bytes))
    } else if count > limits.list_values {
        Some(FieldFault::over(path(), "list_values", limits.list_values))
    } else {
        None
    }
}
