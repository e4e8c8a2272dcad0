//! What an expression comes to in Cedar, with what must hold for it to be known.
//!
//! Cedar has two outcomes and errors; conditions have three and none. So a
//! boolean is two Cedar conditions, "certainly true" and "certainly false", and
//! unknown is where neither holds. Any other value comes in alternatives, each
//! with the guard under which it is known. Invariants:
//!
//! 1. Both halves of a [`Tri`] are total: every attribute is behind its `has`.
//! 2. No two guards of a term hold at once; where none does, it is unknown.

use super::cond::Cond;
use super::text::{number, quoted};

/// An expression's outcome.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Term {
    Bool(Tri),
    Value(Vec<Alternative>),
}

/// A boolean in three values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Tri {
    /// It is certainly true.
    pub(super) yes: Cond,
    /// It is certainly false.
    pub(super) no: Cond,
}

/// A value, and when it is that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Alternative {
    pub(super) guard: Cond,
    pub(super) value: Value,
}

/// A value that is not a boolean. What is not a literal is Cedar text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Text(String),
    TextOf(String),
    Int(i64),
    IntOf(String),
    /// How many bytes a text has. Cedar cannot count them.
    LengthOf(String),
    /// How many items a set has. Cedar cannot count them.
    SizeOf(String),
    /// An instant as a `datetime`.
    Instant(String),
    /// An instant as milliseconds since 1970.
    Milliseconds(String),
    /// A span that is written out, as Cedar writes it: `24h`.
    Span(String),
    /// A span in milliseconds.
    SpanOf(String),
    /// A list that a set stands for.
    Set(Set),
    /// A list that is written out.
    Items(Vec<Term>),
}

/// A set, and every item it could have if that is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Set {
    pub(super) code: String,
    pub(super) names: Option<Names>,
}

/// Which names a set is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Names {
    Roles,
    Groups,
}

impl Tri {
    pub(super) const UNKNOWN: Self = Self { yes: Cond::False, no: Cond::False };

    pub(super) const fn constant(value: bool) -> Self {
        Self { yes: Cond::constant(value), no: Cond::constant(!value) }
    }

    pub(super) fn negated(self) -> Self {
        Self { yes: self.no, no: self.yes }
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let (yes, no): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.yes, part.no)).unzip();
        Self { yes: Cond::all(yes), no: Cond::any(no) }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(parts.into_iter().map(Self::negated)).negated()
    }

    /// Either of two, as `condition` comes out; unknown where that is.
    pub(super) fn choose(condition: &Self, then: Self, otherwise: Self) -> Self {
        let choose = |then, otherwise| {
            Cond::any([
                Cond::all([condition.yes.clone(), then]),
                Cond::all([condition.no.clone(), otherwise]),
            ])
        };
        Self { yes: choose(then.yes, otherwise.yes), no: choose(then.no, otherwise.no) }
    }

    /// The same, and unknown unless the guard holds.
    pub(super) fn guarded(self, guard: &Cond) -> Self {
        Self { yes: Cond::all([guard.clone(), self.yes]), no: Cond::all([guard.clone(), self.no]) }
    }

    /// A total condition.
    pub(super) fn of(condition: Cond) -> Self {
        Self { no: condition.clone().negated(), yes: condition }
    }

    /// A total condition, with its opposite spelt out.
    pub(super) fn either(parts: impl IntoIterator<Item = Self>) -> Self {
        let (yes, no): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.yes, part.no)).unzip();
        Self { yes: Cond::any(yes), no: Cond::any(no) }
    }
}

impl Term {
    /// What is never known.
    pub(super) const UNKNOWN: Self = Self::Value(Vec::new());

    /// A value that is always known.
    pub(super) fn known(value: Value) -> Self {
        Self::Value(vec![Alternative { guard: Cond::True, value }])
    }

    /// A value that is known where the guard holds.
    pub(super) fn when(guard: Cond, value: Value) -> Self {
        Self::Value(vec![Alternative { guard, value }])
    }

    /// As a boolean. Checked conditions have no other where one is needed, but
    /// for what is never known.
    pub(super) fn boolean(self) -> Tri {
        match self {
            Self::Bool(tri) => tri,
            Self::Value(_) => Tri::UNKNOWN,
        }
    }

    /// The alternatives of a value.
    pub(super) fn alternatives(&self) -> &[Alternative] {
        match self {
            Self::Bool(_) => &[],
            Self::Value(alternatives) => alternatives,
        }
    }

    /// Every pair of alternatives of two terms, under both guards.
    pub(super) fn pairs<'a>(&'a self, other: &'a Self) -> Vec<(Cond, &'a Value, &'a Value)> {
        let mut pairs = Vec::new();
        for a in self.alternatives() {
            for b in other.alternatives() {
                pairs.push((Cond::all([a.guard.clone(), b.guard.clone()]), &a.value, &b.value));
            }
        }
        pairs
    }
}

impl Value {
    /// A text or a number as Cedar text.
    pub(super) fn scalar(&self) -> Option<String> {
        Some(match self {
            Self::Text(text) => quoted(text),
            Self::Int(value) => number(*value),
            Self::TextOf(code) | Self::IntOf(code) => code.clone(),
            _ => return None,
        })
    }

    /// An instant as milliseconds since 1970.
    pub(super) fn milliseconds(&self) -> Option<String> {
        match self {
            Self::Instant(code) => {
                Some(format!("{code}.durationSince(datetime(\"1970-01-01T00:00:00Z\")).toMilliseconds()"))
            }
            Self::Milliseconds(code) => Some(code.clone()),
            _ => None,
        }
    }

    /// A span in milliseconds.
    pub(super) fn span(&self) -> Option<String> {
        match self {
            Self::Span(text) => Some(format!("duration(\"{text}\").toMilliseconds()")),
            Self::SpanOf(code) => Some(code.clone()),
            _ => None,
        }
    }

    /// What Cedar compares: a text, a number, an instant or a span.
    pub(super) fn comparable(&self) -> Option<String> {
        self.scalar().or_else(|| self.milliseconds()).or_else(|| self.span())
    }

    /// What Cedar cannot do with it, if it is a size.
    pub(super) const fn size(&self) -> Option<&'static str> {
        match self {
            Self::LengthOf(_) => Some("the `size()` of a text, but for whether it is empty"),
            Self::SizeOf(_) => Some("the `size()` of a list, but for whether it is empty"),
            _ => None,
        }
    }
}

impl Set {
    /// Whether it has no item.
    pub(super) fn is_empty(&self) -> Cond {
        Cond::text(format!("{}.isEmpty()", self.code))
    }

    /// Whether it has an item, given as Cedar text.
    pub(super) fn has(&self, item: &str) -> Cond {
        Cond::text(format!("{}.contains({item})", self.code))
    }
}
