//! Where something stands: a stretch of a source text.
//!
//! Places are small and copied freely. Turning one into line, column and
//! snippet is the work of whoever prints a fault and holds the text.

use std::ops::Deref;

/// A stretch of bytes in one source; [`Place::NOWHERE`] for what no text says.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// Which source, counted from 1; 0 is nowhere.
    pub source: u32,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Place {
    /// The place of what no text says, such as a generated definition.
    pub const NOWHERE: Self = Self { source: 0, start: 0, end: 0 };
}

/// A value and where it stands.
///
/// Equality is of the value alone: two documents that say the same are equal,
/// wherever their lines break.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spanned<T> {
    /// Where it stands.
    pub at: Place,
    /// What stands there.
    pub value: T,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub const fn new(at: Place, value: T) -> Self {
        Self { at, value }
    }

    /// A value that no text says.
    pub const fn nowhere(value: T) -> Self {
        Self { at: Place::NOWHERE, value }
    }
}

impl<T> Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}
