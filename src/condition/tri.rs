//! Three-valued logic, as Kleene wrote it.

/// The outcome of a condition.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Tri {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Something it needs is null or unsent. Does not grant; does restrict.
    Unknown,
}

impl Tri {
    /// A known outcome.
    #[must_use]
    pub const fn known(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    /// An outcome that is known when there is one.
    #[must_use]
    pub const fn of(value: Option<bool>) -> Self {
        match value {
            Some(value) => Self::known(value),
            None => Self::Unknown,
        }
    }

    /// Whether it holds, if that is known.
    #[must_use]
    pub const fn value(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Unknown => None,
        }
    }

    /// The opposite; the opposite of unknown is unknown.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Whether one of them holds. Asks no further than it must.
    #[must_use]
    pub fn any(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = Self::False;
        for outcome in outcomes {
            match outcome {
                Self::True => return Self::True,
                Self::False => {}
                Self::Unknown => so_far = Self::Unknown,
            }
        }
        so_far
    }

    /// Whether all of them hold. Asks no further than it must.
    #[must_use]
    pub fn all(outcomes: impl IntoIterator<Item = Self>) -> Self {
        let mut so_far = Self::True;
        for outcome in outcomes {
            match outcome {
                Self::True => {}
                Self::False => return Self::False,
                Self::Unknown => so_far = Self::Unknown,
            }
        }
        so_far
    }
}
