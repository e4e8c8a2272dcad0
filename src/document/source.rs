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
    /// Of each text, where its lines begin.
    lines: Vec<Vec<u32>>,
}

impl Sources {
    /// Collects texts. Their order is the order of their faults.
    #[must_use]
    pub fn new(files: Vec<Source>) -> Self {
        let lines = files.iter().map(|file| line_starts(&file.text)).collect();
        Self { files, lines }
    }

    /// The texts, with the number that a [`Place`] names each by.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Source)> {
        (1..).zip(&self.files)
    }

    /// The text that a place is in.
    #[must_use]
    pub fn of(&self, place: Place) -> Option<&Source> {
        self.files.get(index(place)?)
    }

    /// The line that a place begins in: its number from 1, and the byte that
    /// it begins with.
    #[must_use]
    pub fn line(&self, place: Place) -> Option<(usize, u32)> {
        let starts = self.lines.get(index(place)?)?;
        let number = starts.partition_point(|start| *start <= place.start);
        starts.get(number.checked_sub(1)?).map(|start| (number, *start))
    }

    /// Where a place begins, as people count it; `None` for nowhere.
    #[must_use]
    pub fn position(&self, place: Place) -> Option<Position<'_>> {
        let source = self.of(place)?;
        let (line, start) = self.line(place)?;
        let (start, end) = (usize::try_from(start).ok()?, usize::try_from(place.start).ok()?);
        let column = source.text.get(start..end)?.chars().count().saturating_add(1);
        Some(Position { path: &source.path, line, column })
    }
}

fn index(place: Place) -> Option<usize> {
    usize::try_from(place.source).ok()?.checked_sub(1)
}

fn line_starts(text: &str) -> Vec<u32> {
    let after = text.match_indices('\n').filter_map(|(at, _)| u32::try_from(at.checked_add(1)?).ok());
    std::iter::once(0).chain(after).collect()
}
