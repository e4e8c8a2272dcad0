//! Arithmetic and order, on single values. What overflows is `None`.

use std::cmp::Ordering;

use super::Operand;
use crate::model::{Duration, Text, Timestamp};

impl<'a> Operand<'a> {
    /// How two values of an ordered type compare.
    pub(super) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(&b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(&b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(&b)),
            _ => None,
        }
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.checked_add(b).map(Self::Int),
            (Self::Timestamp(at), Self::Duration(span)) | (Self::Duration(span), Self::Timestamp(at)) => {
                at.plus(span).map(Self::Timestamp)
            }
            (Self::Duration(a), Self::Duration(b)) => a.plus(b).map(Self::Duration),
            _ => None,
        }
    }

    pub(super) fn minus(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.checked_sub(b).map(Self::Int),
            (Self::Timestamp(at), Self::Duration(span)) => at.minus(span).map(Self::Timestamp),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.since(b).map(Self::Duration),
            (Self::Duration(a), Self::Duration(b)) => a.minus(b).map(Self::Duration),
            _ => None,
        }
    }

    pub(super) fn negated(self) -> Option<Self> {
        match self {
            Self::Int(a) => a.checked_neg().map(Self::Int),
            Self::Duration(span) => span.negated().map(Self::Duration),
            _ => None,
        }
    }

    /// The bytes of a string, the items of a list.
    pub(super) fn size(self) -> Option<Self> {
        let size = match self {
            Self::Text(text) => text.len(),
            Self::List(list) => list.len(),
            _ => return None,
        };
        i64::try_from(size).ok().map(Self::Int)
    }

    pub(super) fn to_timestamp(self) -> Option<Self> {
        Timestamp::parse(self.plain()?).map(Self::Timestamp)
    }

    pub(super) fn to_duration(self) -> Option<Self> {
        Duration::parse(self.plain()?).map(Self::Duration)
    }

    /// The text, if it is one piece. A key, `type:id`, is in two; none is an
    /// instant or a span, as neither has a name before a colon.
    fn plain(self) -> Option<&'a str> {
        match self {
            Self::Text(Text::Plain(text)) => Some(text),
            _ => None,
        }
    }
}
