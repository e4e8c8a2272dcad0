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
}

fn index(place: Place) -> Option<usize> {
    usize::try_from(place.source).ok()?.checked_sub(1)
}

fn line_starts(text: &str) -> Vec<u32> {
    let after = text.match_indices('\n').filter_map(|(at, _)| u32::try_from(at.checked_add(1)?).ok());
    std::iter::once(0).chain(after).collect()
}
