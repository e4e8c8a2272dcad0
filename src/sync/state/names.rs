//! What files are called.
//!
//! Every file has a number, and no number is given twice, to whatever kind of
//! file. A greater number is a file that was begun later; what is newer is not
//! read from names, but from what stands in the files.

use std::fmt;

/// The end of the name of what is being written.
const UNFINISHED: &str = ".tmp";

/// The end of the name of what was found broken and set aside.
const SET_ASIDE: &str = ".bad";

/// A kind of file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    /// A whole policy.
    Base,
    /// Sets that lead on from one.
    Log,
    /// How far what was kept had come.
    Highest,
}

/// The name of a file.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Name {
    /// What it is.
    pub(super) kind: Kind,
    /// Its number.
    pub(super) number: u64,
}

/// What a name says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Named {
    /// A file that is whole.
    File(Name),
    /// What somebody had begun to write.
    Unfinished(Name),
    /// What was set aside.
    SetAside(Name),
    /// None of ours.
    Other,
}

impl Kind {
    /// All kinds.
    pub(super) const ALL: [Self; 3] = [Self::Base, Self::Log, Self::Highest];

    /// The first part of its name.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Log => "log",
            Self::Highest => "highest",
        }
    }
}

impl Name {
    /// What it is called while it is being written.
    pub(super) fn unfinished(self) -> String {
        format!("{self}{UNFINISHED}")
    }

    /// What it is called when it was found broken.
    pub(super) fn set_aside(self) -> String {
        format!("{self}{SET_ASIDE}")
    }
}

impl Named {
    /// Reads a name.
    pub(super) fn of(text: &str) -> Self {
        if let Some(name) = text.strip_suffix(UNFINISHED) {
            return plain(name).map_or(Self::Other, Self::Unfinished);
        }
        if let Some(name) = text.strip_suffix(SET_ASIDE) {
            return plain(name).map_or(Self::Other, Self::SetAside);
        }
        plain(text).map_or(Self::Other, Self::File)
    }

    /// The name, if it is one of ours.
    pub(super) const fn name(self) -> Option<Name> {
        match self {
            Self::File(name) | Self::Unfinished(name) | Self::SetAside(name) => Some(name),
            Self::Other => None,
        }
    }
}

/// `base.7`, spelled as we spell it.
fn plain(text: &str) -> Option<Name> {
    let (word, number) = text.split_once('.')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
    let name = Name { kind, number: number.parse().ok()? };
    (name.to_string() == text).then_some(name)
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.word(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_they_are_written_and_no_other_way() {
        let name = Name { kind: Kind::Log, number: 12 };
        let rows = [
            ("log.12", Named::File(name)),
            ("log.12.tmp", Named::Unfinished(name)),
            ("log.12.bad", Named::SetAside(name)),
            ("log.012", Named::Other),
            ("log.+12", Named::Other),
            ("log.", Named::Other),
            ("log", Named::Other),
            ("logs.12", Named::Other),
            ("log.12.tmp.bad", Named::Other),
            ("log.18446744073709551616", Named::Other),
            ("lock", Named::Other),
            ("lost+found", Named::Other),
        ];
        for (text, expected) in rows {
            assert_eq!(Named::of(text), expected, "{text}");
        }
        assert_eq!(Named::of(&name.unfinished()), Named::Unfinished(name));
        assert_eq!(Named::of(&name.set_aside()), Named::SetAside(name));
    }
}
