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
}
