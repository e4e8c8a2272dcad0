//! Attribute values as they are stored, and the types they are declared with.

use std::fmt;

use super::fact::{List, Text, ValueRef};
use super::time::Timestamp;

/// The declared type of an attribute or a parameter.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ValueType {
    /// `bool`
    Bool,
    /// `int`: 64 bits, signed.
    Int,
    /// `string`: UTF-8, compared by bytes.
    String,
    /// `timestamp`: an instant of the years 1 to 9999.
    Timestamp,
    /// `list<string>`
    StringList,
    /// `list<int>`
    IntList,
}

/// A stored value. An absent one is [`Value::Null`], known not to be there.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Value {
    /// Known to be absent.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A text.
    String(String),
    /// An instant.
    Timestamp(Timestamp),
    /// A list of texts, in the order written.
    StringList(Vec<String>),
    /// A list of integers, in the order written.
    IntList(Vec<i64>),
}

impl Value {
    /// The type of the value; `None` for null, which fits every type.
    #[must_use]
    pub const fn value_type(&self) -> Option<ValueType> {
        match self {
            Self::Null => None,
            Self::Bool(_) => Some(ValueType::Bool),
            Self::Int(_) => Some(ValueType::Int),
            Self::String(_) => Some(ValueType::String),
            Self::Timestamp(_) => Some(ValueType::Timestamp),
            Self::StringList(_) => Some(ValueType::StringList),
            Self::IntList(_) => Some(ValueType::IntList),
        }
    }

    /// Lends the value; `None` for null.
    #[must_use]
    pub fn as_ref(&self) -> Option<ValueRef<'_>> {
        match self {
            Self::Null => None,
            Self::Bool(value) => Some(ValueRef::Bool(*value)),
            Self::Int(value) => Some(ValueRef::Int(*value)),
            Self::String(value) => Some(ValueRef::Text(Text::plain(value))),
            Self::Timestamp(value) => Some(ValueRef::Timestamp(*value)),
            Self::StringList(value) => Some(ValueRef::List(List::Strings(value))),
            Self::IntList(value) => Some(ValueRef::List(List::Ints(value))),
        }
    }
}

impl ValueType {
    /// Every type, in the order documented.
    pub const ALL: [Self; 6] =
        [Self::Bool, Self::Int, Self::String, Self::Timestamp, Self::StringList, Self::IntList];

    /// The type as documents spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::StringList => "list<string>",
            Self::IntList => "list<int>",
        }
    }

    /// Reads a type as documents spell it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.name() == text)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
