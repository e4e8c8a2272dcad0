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
}
