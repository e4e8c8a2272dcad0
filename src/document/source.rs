//! The texts that policy is read from.

use super::place::Place;

/// One text and the name people know it by.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The path as shown in faults.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A place as people count it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position<'a> {
    /// The path of the text.
    pub path: &'a str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// The texts of a policy directory, in a fixed order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Collects texts. Their order is the order of their faults.
    #[must_use]
    pub const fn new(files: Vec<Source>) -> Self {
        Self { files }
    }

    /// The texts, with the number that a [`Place`] names each by.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Source)> {
        (1..).zip(&self.files)
    }

    /// The text that a place is in.
    #[must_use]
    pub fn of(&self, place: Place) -> Option<&Source> {
        let index = usize::try_from(place.source).ok()?.checked_sub(1)?;
        self.files.get(index)
    }

    /// Where a place begins, as people count it; `None` for nowhere.
    #[must_use]
    pub fn position(&self, place: Place) -> Option<Position<'_>> {
        let source = self.of(place)?;
        let end = usize::try_from(place.start).ok()?;
        let before = source.text.get(..end)?;
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.chars().rev().take_while(|c| *c != '\n').count().saturating_add(1);
        Some(Position { path: &source.path, line, column })
    }
}
