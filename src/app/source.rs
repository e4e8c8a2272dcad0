//! Where policy comes from.

use std::fmt;
use std::str::FromStr;

/// Where policy comes from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Source {
    /// The policy directory, which is followed.
    #[default]
    Dir,
    /// Whoever may push it to an admin listener.
    Push,
}

impl Source {
    /// Every source, in the order documented.
    pub const ALL: [Self; 2] = [Self::Dir, Self::Push];

    /// The source as configured.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Push => "push",
        }
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|source| source.name() == text);
        found.ok_or_else(|| format!("`{text}` is no source of policy, expected `dir` or `push`"))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
