//! The types an expression can have.
//!
//! Wider than [`ValueType`]: a span of time has no attribute type, and a list
//! literal can hold what no attribute lists. There are no lists of lists.

use std::fmt;

use crate::model::ValueType;

/// The type of an expression.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `string`
    String,
    /// `timestamp`
    Timestamp,
    /// `duration`
    Duration,
    /// `list<bool>`
    BoolList,
    /// `list<int>`
    IntList,
    /// `list<string>`
    StringList,
    /// `list<timestamp>`
    TimestampList,
    /// `list<duration>`
    DurationList,
    /// `[]`, which fits every list.
    EmptyList,
}

impl Type {
    /// The type as people read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::String => "string",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::BoolList => "list<bool>",
            Self::IntList => "list<int>",
            Self::StringList => "list<string>",
            Self::TimestampList => "list<timestamp>",
            Self::DurationList => "list<duration>",
            Self::EmptyList => "[]",
        }
    }

    /// The type of the items; `None` for what is no list and for `[]`.
    #[must_use]
    pub const fn item(self) -> Option<Self> {
        match self {
            Self::BoolList => Some(Self::Bool),
            Self::IntList => Some(Self::Int),
            Self::StringList => Some(Self::String),
            Self::TimestampList => Some(Self::Timestamp),
            Self::DurationList => Some(Self::Duration),
            Self::Bool | Self::Int | Self::String | Self::Timestamp | Self::Duration | Self::EmptyList => {
                None
            }
        }
    }

    /// The type of a list of these; `None` for what is itself a list.
    #[must_use]
    pub const fn list(self) -> Option<Self> {
        match self {
            Self::Bool => Some(Self::BoolList),
            Self::Int => Some(Self::IntList),
            Self::String => Some(Self::StringList),
            Self::Timestamp => Some(Self::TimestampList),
            Self::Duration => Some(Self::DurationList),
            Self::BoolList
            | Self::IntList
            | Self::StringList
            | Self::TimestampList
            | Self::DurationList
            | Self::EmptyList => None,
        }
    }

    /// Whether it is a list.
    #[must_use]
    pub const fn is_list(self) -> bool {
        self.list().is_none()
    }

    /// Whether `<` and its like compare it.
    #[must_use]
    pub const fn is_ordered(self) -> bool {
        matches!(self, Self::Int | Self::Timestamp | Self::Duration)
    }

    /// The one type that both fit; `None` when there is none.
    #[must_use]
    pub fn common(self, other: Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a),
            (Self::EmptyList, list) | (list, Self::EmptyList) if list.is_list() => Some(list),
            _ => None,
        }
    }
}

impl From<ValueType> for Type {
    fn from(declared: ValueType) -> Self {
        match declared {
            ValueType::Bool => Self::Bool,
            ValueType::Int => Self::Int,
            ValueType::String => Self::String,
            ValueType::Timestamp => Self::Timestamp,
            ValueType::StringList => Self::StringList,
            ValueType::IntList => Self::IntList,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
