//! Lists: stored, derived or written in the condition, walked alike.
//!
//! A written list is known even where an item is not, so an item is a value or
//! unknown, and every operator here is Kleene's over the items.

use std::slice;

use super::{Machine, Operand};
use crate::condition::node::NodeIx;
use crate::condition::path::Facts;
use crate::condition::tri::Tri;
use crate::model::{List, Names, Text};

/// A list that an operator works on.
#[derive(Clone, Copy, Debug)]
pub(in crate::condition) enum Sequence<'a> {
    /// A fact.
    Stored(List<'a>),
    /// A literal; its items are evaluated when they are asked for.
    Written(&'a [NodeIx]),
}

/// A place in a list.
pub(super) enum Cursor<'a> {
    Strings(slice::Iter<'a, String>),
    Ints(slice::Iter<'a, i64>),
    Names { names: &'a dyn Names, next: Option<&'a str> },
    Written(slice::Iter<'a, NodeIx>),
}

impl<'a> Sequence<'a> {
    pub(super) fn cursor(self) -> Cursor<'a> {
        match self {
            Self::Stored(List::Strings(items)) => Cursor::Strings(items.iter()),
            Self::Stored(List::Ints(items)) => Cursor::Ints(items.iter()),
            Self::Stored(List::Names(names)) => Cursor::Names { names, next: names.after(None) },
            Self::Written(items) => Cursor::Written(items.iter()),
        }
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Stored(List::Strings(items)) => items.len(),
            Self::Stored(List::Ints(items)) => items.len(),
            Self::Stored(List::Names(names)) => names.len(),
            Self::Written(items) => items.len(),
        }
    }

    fn is_empty(self) -> bool {
        match self {
            Self::Stored(List::Names(names)) => names.is_empty(),
            other => other.len() == 0,
        }
    }
}

impl<'a> Cursor<'a> {
    /// The next item, itself `None` when it is unknown; `None` at the end.
    pub(super) fn next<F: Facts + ?Sized>(
        &mut self,
        machine: &mut Machine<'a, F>,
    ) -> Option<Option<Operand<'a>>> {
        Some(match self {
            Self::Strings(items) => Some(Operand::Text(Text::plain(items.next()?))),
            Self::Ints(items) => Some(Operand::Int(*items.next()?)),
            Self::Names { names, next } => {
                let name = (*next)?;
                *next = names.after(Some(name));
                Some(Operand::Text(Text::plain(name)))
            }
            Self::Written(items) => machine.value(*items.next()?),
        })
    }
}

impl<'a, F: Facts + ?Sized> Machine<'a, F> {
    /// `item in list`: whether an item equals it, so false for an empty list
    /// whatever is looked for.
    pub(super) fn is_in(&mut self, item: NodeIx, list: NodeIx) -> Tri {
        let Some(Operand::List(list)) = self.value(list) else {
            return Tri::Unknown;
        };
        if list.is_empty() {
            return Tri::False;
        }
        let Some(wanted) = self.value(item) else {
            return Tri::Unknown;
        };
        if let (Sequence::Stored(List::Names(names)), Operand::Text(Text::Plain(name))) = (list, wanted) {
            return Tri::known(names.contains(name));
        }
        let mut items = list.cursor();
        Tri::any(std::iter::from_fn(|| {
            let item = items.next(self)?;
            Some(item.map_or(Tri::Unknown, |item| self.equal(wanted, item)))
        }))
    }

    /// Whether two values of one type are equal. Only a list with an unknown
    /// item leaves that open.
    pub(super) fn equal(&mut self, left: Operand<'a>, right: Operand<'a>) -> Tri {
        match (left, right) {
            (Operand::Bool(a), Operand::Bool(b)) => Tri::known(a == b),
            (Operand::Int(a), Operand::Int(b)) => Tri::known(a == b),
            (Operand::Text(a), Operand::Text(b)) => Tri::known(a == b),
            (Operand::Timestamp(a), Operand::Timestamp(b)) => Tri::known(a == b),
            (Operand::Duration(a), Operand::Duration(b)) => Tri::known(a == b),
            (Operand::List(a), Operand::List(b)) => self.lists_equal(a, b),
            _ => Tri::Unknown,
        }
    }

    /// Items pairwise; lists of different lengths differ, whatever is in them.
    fn lists_equal(&mut self, left: Sequence<'a>, right: Sequence<'a>) -> Tri {
        let (mut left, mut right) = (left.cursor(), right.cursor());
        Tri::all(std::iter::from_fn(|| match (left.next(self), right.next(self)) {
            (None, None) => None,
            (Some(a), Some(b)) => Some(match (a, b) {
                (Some(a), Some(b)) => self.equal(a, b),
                _ => Tri::Unknown,
            }),
            _ => Some(Tri::False),
        }))
    }
}
