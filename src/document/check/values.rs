//! Values against their declared types.
//!
//! A document cannot tell an instant from a string, nor an empty list of one
//! type from one of another; here each takes the type it is declared with.

use super::report::Report;
use crate::document::definition::Map;
use crate::document::limits::PolicyLimits;
use crate::document::place::{Place, Spanned};
use crate::model::{Timestamp, Value, ValueType};

/// Gives a value its declared type; `false` if it has another.
pub(super) fn fit(value: &mut Value, declared: ValueType) -> bool {
    match (&*value, declared) {
        (Value::String(text), ValueType::Timestamp) => {
            if let Some(instant) = Timestamp::parse(text) {
                *value = Value::Timestamp(instant);
            }
        }
        (Value::StringList(items), ValueType::IntList) if items.is_empty() => {
            *value = Value::IntList(Vec::new())
        }
        (Value::IntList(items), ValueType::StringList) if items.is_empty() => {
            *value = Value::StringList(Vec::new())
        }
        _ => {}
    }
    value.value_type().is_none_or(|found| found == declared)
}

/// Checks attributes of a tenant: each is declared and has its type. `owner`
/// is what declares them, for people.
pub(super) fn check<'a>(
    values: &mut Map<Value>,
    owner: &str,
    declared: impl Fn(&str) -> Option<ValueType>,
    known: impl Iterator<Item = &'a str> + Clone,
    report: &mut Report,
) {
    for (name, value) in values {
        match declared(name) {
            Some(ty) if fit(&mut value.value, ty) => {}
            Some(ty) => report.fault_with(value.at, mismatch(name, ty, &value.value), spelling(ty)),
            None => {
                let message = format!("{owner} has no attribute `{name}`");
                match crate::document::nearest::nearest(name, known.clone()) {
                    Some(help) => report.fault_with(value.at, message, help),
                    None => report.fault(value.at, message),
                }
            }
        }
    }
}

/// Checks the parameters of a switch: exactly the declared ones, none null.
pub(super) fn check_params(
    restriction: &str,
    at: Place,
    params: &mut Map<Value>,
    declared: &Map<crate::document::definition::AttributeType>,
    report: &mut Report,
) {
    for (name, value) in &mut *params {
        match declared.get(name) {
            None => {
                let message = format!("the restriction `{restriction}` has no parameter `{name}`");
                match crate::document::nearest::nearest(name, declared.keys().map(String::as_str)) {
                    Some(help) => report.fault_with(value.at, message, help),
                    None => report.fault(value.at, message),
                }
            }
            Some(_) if value.value == Value::Null => {
                report.fault(value.at, format!("the parameter `{name}` is null"));
            }
            Some(ty) if fit(&mut value.value, ty.value_type) => {}
            Some(ty) => {
                report.fault_with(
                    value.at,
                    mismatch(name, ty.value_type, &value.value),
                    spelling(ty.value_type),
                );
            }
        }
    }
    for (name, ty) in declared.iter().filter(|(name, _)| !params.contains_key(*name)) {
        let message = format!("the restriction `{restriction}` needs the parameter `{name}`");
        report.fault_with(at, message, format!("it is declared as `{}`", ty.value_type));
    }
}

/// Checks that a stored value is not over a limit.
pub(super) fn check_size(name: &str, value: &Spanned<Value>, limits: &PolicyLimits, report: &mut Report) {
    let texts = match &value.value {
        Value::String(text) => std::slice::from_ref(text),
        Value::StringList(items) => items.as_slice(),
        _ => &[],
    };
    let count = match &value.value {
        Value::StringList(items) => items.len(),
        Value::IntList(items) => items.len(),
        _ => 0,
    };
    if count > limits.list_values {
        let limit = limits.list_values;
        report.fault(value.at, format!("`{name}` is over the limit `list_values` of {limit}"));
    }
    if texts.iter().any(|text| text.len() > limits.text_bytes) {
        let limit = limits.text_bytes;
        report.fault(value.at, format!("`{name}` is over the limit `text_bytes` of {limit}"));
    }
}

/// What is wrong with a value of another type than declared.
pub(super) fn mismatch(name: &str, declared: ValueType, found: &Value) -> String {
    let found = found.value_type().map_or("null", ValueType::name);
    format!("`{name}` is declared as `{declared}`, and this is `{found}`")
}

fn spelling(ty: ValueType) -> &'static str {
    match ty {
        ValueType::Bool => "write `true` or `false`",
        ValueType::Int => "write a whole number, without quotes",
        ValueType::String => "write a string; quote what looks like a number or a boolean",
        ValueType::Timestamp => "write an instant as RFC 3339: `2026-12-24T00:00:00Z`",
        ValueType::StringList => "write a list of strings: `[a, b]`",
        ValueType::IntList => "write a list of whole numbers: `[1, 2]`",
    }
}
