//! The `cel` crate's own interpreter, a judge of conditions.
//!
//! Owns the way of known values to it, and of its answer back. It is asked by tests and by fuzzing alone; in a sidecar
//! nothing of the crate runs but its parser. It deliberately lacks null, unsent and instants, which it does not know.

use std::collections::HashMap;

use crate::model::Value;

/// Attributes by name.
pub(crate) type Attributes = HashMap<String, cel::Value>;

/// A value, if it is one that the interpreter knows.
pub(crate) fn value(value: &Value) -> Option<cel::Value> {
    Some(match value.clone() {
        Value::Bool(value) => cel::Value::Bool(value),
        Value::Int(value) => cel::Value::Int(value),
        Value::String(value) => value.into(),
        Value::StringList(value) => value.into(),
        Value::IntList(value) => value.into_iter().map(cel::Value::Int).collect::<Vec<_>>().into(),
        Value::Null | Value::Timestamp(_) => return None,
    })
}

/// What a program comes to where these are the attributes of each root; `None` for an error.
pub(crate) fn outcome<'a>(
    program: &cel::Program,
    roots: impl IntoIterator<Item = (&'a str, Attributes)>,
) -> Option<cel::Value> {
    let mut context = cel::Context::default();
    for (root, attributes) in roots {
        context.add_variable_from_value(root, attributes);
    }
    program.execute(&context).ok()
}
