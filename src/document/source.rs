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
    /// What each text is counted by.
    counts: Vec<Counts>,
}

/// What the lines and characters of a text are counted by, so that counting up
/// to a place takes no longer at the end of a long line than at its start.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Counts {
    /// Where its lines begin.
    lines: Vec<u32>,
    /// How many characters begin before each whole [`STRIDE`] of bytes.
    characters: Vec<usize>,
}

/// A line of a text, without its line break.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// Its first byte.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// How many bytes lie between two counts of characters.
const STRIDE: usize = 1024;

impl Sources {
    /// Collects texts. Their order is the order of their faults.
    #[must_use]
    pub fn new(files: Vec<Source>) -> Self {
        let counts = files.iter().map(|file| Counts::of(&file.text)).collect();
        Self { files, counts }
    }

    /// The texts, with the number that a [`Place`] names each by.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Source)> {
        (1..).zip(&self.files)
    }

    /// The text of a number.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Option<&Source> {
        self.of(Place { source: number, start: 0, end: 0 })
    }

    /// The text that a place is in.
    #[must_use]
    pub fn of(&self, place: Place) -> Option<&Source> {
        self.files.get(index(place)?)
    }

    /// The line that a place begins in.
    pub(super) fn line(&self, place: Place) -> Option<Line> {
        let text = &self.of(place)?.text;
        let starts = &self.counts.get(index(place)?)?.lines;
        let number = starts.partition_point(|start| *start <= place.start);
        let start = usize::try_from(*starts.get(number.checked_sub(1)?)?).ok()?;
        let end = match starts.get(number) {
            Some(next) => usize::try_from(*next).ok()?.checked_sub(1)?,
            None => text.len(),
        };
        let has_return = end > start
            && starts.get(number).is_some()
            && text.as_bytes().get(end.wrapping_sub(1)) == Some(&b'\r');
        Some(Line { number, start, end: if has_return { end.saturating_sub(1) } else { end } })
    }

    /// How many characters begin between two bytes of the text that a place is
    /// in.
    pub(super) fn characters(&self, place: Place, start: usize, end: usize) -> Option<usize> {
        let bytes = self.of(place)?.text.as_bytes();
        let counts = self.counts.get(index(place)?)?;
        counts.before(bytes, end)?.checked_sub(counts.before(bytes, start)?)
    }

    /// Where a place begins, as people count it; `None` for nowhere.
    #[must_use]
    pub fn position(&self, place: Place) -> Option<Position<'_>> {
        let source = self.of(place)?;
        let line = self.line(place)?;
        let end = usize::try_from(place.start).ok()?;
        if !source.text.is_char_boundary(end) {
            return None;
        }
        let column = self.characters(place, line.start, end)?.saturating_add(1);
        Some(Position { path: &source.path, line: line.number, column })
    }
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut characters = vec![0];
        let mut before: usize = 0;
        for stretch in text.as_bytes().chunks_exact(STRIDE) {
            before = before.saturating_add(beginning(stretch));
            characters.push(before);
        }
        Self { lines: line_starts(text), characters }
    }

    /// How many characters begin before a byte.
    fn before(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let whole = at / STRIDE;
        let rest = bytes.get(whole.saturating_mul(STRIDE)..at)?;
        self.characters.get(whole)?.checked_add(beginning(rest))
    }
}

/// How many characters begin in these bytes of a text.
fn beginning(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

fn index(place: Place) -> Option<usize> {
    usize::try_from(place.source).ok()?.checked_sub(1)
}

fn line_starts(text: &str) -> Vec<u32> {
    let after = text.match_indices('\n').filter_map(|(at, _)| u32::try_from(at.checked_add(1)?).ok());
    std::iter::once(0).chain(after).collect()
}
