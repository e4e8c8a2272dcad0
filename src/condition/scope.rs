//! What a condition may name, and what is wrong with one that does not fit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::AttributeNames;
use super::program::Program;
use crate::model::ValueType;

/// The names that stand open to a condition, by where it stands.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    /// The model's table of attribute names; it has every name below.
    pub names: &'a AttributeNames,
    /// `principal.<attribute>`; `None` when the types that the condition can
    /// meet declare it with different types of value.
    pub principal: BTreeMap<&'a str, Option<ValueType>>,
    /// `resource.<attribute>`, likewise.
    pub resource: BTreeMap<&'a str, Option<ValueType>>,
    /// `context.<attribute>`, likewise.
    pub context: BTreeMap<&'a str, Option<ValueType>>,
    /// `app.<attribute>`, likewise.
    pub app: BTreeMap<&'a str, Option<ValueType>>,
    /// `params.<name>`, in the `allow_when` of a restriction; `None` elsewhere.
    pub params: Option<BTreeMap<&'a str, ValueType>>,
    /// Named conditions; `None` for a faulty one, of which no more is said.
    pub conditions: &'a BTreeMap<String, Option<Arc<Program>>>,
    /// How many nodes a condition may have, named conditions written out. No
    /// more than 65,535 in any case.
    pub node_limit: usize,
}

/// A fault in the text of a condition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Where it begins: a byte of the text.
    pub start: u32,
    /// Where it ends: the byte after the last.
    pub end: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}
