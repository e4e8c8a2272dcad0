//! The values of conditions, owned and plain.
//!
//! Owns what a value is and what arithmetic does at its limits. An instant is
//! a count of nanoseconds since 1970; nothing here knows where values come
//! from.

use crate::model::{List, Timestamp, Value, ValueRef, ValueType};

/// A value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Val {
    Bool(bool),
    Int(i64),
    Text(String),
    /// Nanoseconds since 1970.
    Time(i128),
    /// Nanoseconds.
    Span(i64),
    /// The items; an item may be unknown.
    List(Vec<Option<Val>>),
}

/// What is known of a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Known {
    Value(Val),
    Null,
    Unsent,
}

impl Val {
    /// A list of texts.
    pub(super) fn texts(items: impl IntoIterator<Item = String>) -> Self {
        Self::List(items.into_iter().map(|item| Some(Self::Text(item))).collect())
    }

    /// An instant.
    pub(super) fn time(at: Timestamp) -> Self {
        Self::Time(i128::from(at.seconds()) * 1_000_000_000 + i128::from(at.nanos()))
    }

    /// A value that a request sent.
    pub(super) fn sent(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::Int(value) => Self::Int(value),
            ValueRef::Text(value) => Self::Text(value.to_string()),
            ValueRef::Timestamp(value) => Self::time(value),
            ValueRef::List(List::Strings(items)) => Self::texts(items.iter().cloned()),
            ValueRef::List(List::Ints(items)) => {
                Self::List(items.iter().map(|item| Some(Self::Int(*item))).collect())
            }
            ValueRef::List(List::Names(_)) => panic!("nobody sends a derived list"),
        }
    }

    /// `self + other`; `None` when it does not fit.
    pub(super) fn plus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.checked_add(*b).map(Self::Int),
            (Self::Span(a), Self::Span(b)) => a.checked_add(*b).map(Self::Span),
            (Self::Time(at), Self::Span(span)) | (Self::Span(span), Self::Time(at)) => {
                in_range(at + i128::from(*span))
            }
            _ => panic!("{self:?} + {other:?} has no type"),
        }
    }

    /// `self - other`; `None` when it does not fit.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.checked_sub(*b).map(Self::Int),
            (Self::Span(a), Self::Span(b)) => a.checked_sub(*b).map(Self::Span),
            (Self::Time(a), Self::Time(b)) => i64::try_from(a - b).ok().map(Self::Span),
            (Self::Time(at), Self::Span(span)) => in_range(at - i128::from(*span)),
            _ => panic!("{self:?} - {other:?} has no type"),
        }
    }

    /// Whether `self < other`.
    pub(super) fn below(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) | (Self::Span(a), Self::Span(b)) => a < b,
            (Self::Time(a), Self::Time(b)) => a < b,
            _ => panic!("{self:?} < {other:?} has no type"),
        }
    }
}

impl Known {
    /// A stored value.
    pub(super) fn stored(value: &Value) -> Self {
        Self::sent(value.as_ref())
    }

    /// A value or null that a request sent.
    pub(super) fn sent(value: Option<ValueRef<'_>>) -> Self {
        value.map_or(Self::Null, |value| Self::Value(Val::sent(value)))
    }

    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Value(Val::Text(text.into()))
    }
}

/// Whether a sent value has the declared type. Null has every type.
pub(super) fn fits(value: Option<ValueRef<'_>>, declared: ValueType) -> bool {
    let Some(value) = value else { return true };
    let found = match value {
        ValueRef::Bool(_) => ValueType::Bool,
        ValueRef::Int(_) => ValueType::Int,
        ValueRef::Text(_) => ValueType::String,
        ValueRef::Timestamp(_) => ValueType::Timestamp,
        ValueRef::List(List::Strings(_) | List::Names(_)) => ValueType::StringList,
        ValueRef::List(List::Ints(_)) => ValueType::IntList,
    };
    found == declared
}

/// Reads a sign or none, and then `0` or one or more of `<digits>[.<digits>]<unit>`, with the units `h m s ms us ns`;
/// each a whole number of nanoseconds.
pub(super) fn span(text: &str) -> Option<i64> {
    let (sign, mut rest) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
        (Some(rest), _) => (-1, rest),
        (None, Some(rest)) => (1, rest),
        (None, None) => (1, text),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let is_number = |letter: char| letter.is_ascii_digit() || letter == '.';
        let (number, tail) = rest.split_at(rest.find(|letter| !is_number(letter))?);
        let (unit, tail) = tail.split_at(tail.find(is_number).unwrap_or(tail.len()));
        let nanos: i128 = match unit {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || part.is_empty() || part.contains('.') {
            return None;
        }
        total = total.checked_add(whole.parse::<i128>().ok()?.checked_mul(nanos)?)?;
        // Zeros at the end say nothing.
        let part = part.trim_end_matches('0');
        let scale = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        let part = format!("0{part}").parse::<i128>().ok()?.checked_mul(nanos)?;
        if part % scale != 0 {
            return None;
        }
        total = total.checked_add(part / scale)?;
        rest = tail;
    }
    i64::try_from(sign * total).ok()
}

fn in_range(nanos: i128) -> Option<Val> {
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
    Timestamp::new(seconds, 0).map(|_| Val::Time(nanos))
}

#[test]
fn spans_read_as_written() {
    let rows: &[(&str, Option<i64>)] = &[
        ("1h", Some(3_600_000_000_000)),
        ("1h30m", Some(5_400_000_000_000)),
        ("-2ns", Some(-2)),
        ("+1.5h", Some(5_400_000_000_000)),
        ("0.5s0.25ms", Some(500_250_000)),
        ("0", Some(0)),
        ("-0", Some(0)),
        ("1.5ns", None),
        (".5h", None),
        ("1.h", None),
        ("1.2.3h", None),
        ("00", None),
        ("5", None),
        ("", None),
        ("soon", None),
        ("9999999h", None),
    ];
    for (text, expected) in rows {
        assert_eq!(span(text), *expected, "{text}");
    }
}
