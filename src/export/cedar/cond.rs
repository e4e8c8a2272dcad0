//! Cedar conditions: built up, shortened where that is plain, and printed.
//!
//! Invariant: the order of a conjunction is kept, because what stands first
//! guards what follows.

use std::fmt;

/// A Cedar expression that is a boolean.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Cond {
    True,
    False,
    /// Anything else, as text.
    Text(String),
    Not(Box<Cond>),
    /// Two or more, none of them a conjunction.
    All(Vec<Cond>),
    /// Two or more, none of them a disjunction.
    Any(Vec<Cond>),
}

impl Cond {
    /// An expression as text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A truth value.
    pub(super) const fn constant(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }

    /// A conjunction.
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::True => {}
                Self::False => return Self::False,
                Self::All(parts) => parts.into_iter().for_each(|part| keep(part, &mut kept)),
                part => keep(part, &mut kept),
            }
        }
        if kept.len() > 1 { Self::All(kept) } else { kept.pop().unwrap_or(Self::True) }
    }

    /// A disjunction.
    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::False => {}
                Self::True => return Self::True,
                Self::Any(parts) => parts.into_iter().for_each(|part| keep(part, &mut kept)),
                part => keep(part, &mut kept),
            }
        }
        if kept.len() > 1 { Self::Any(kept) } else { kept.pop().unwrap_or(Self::False) }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Not(of) => *of,
            of => Self::Not(Box::new(of)),
        }
    }

    /// How long it is, about.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::True | Self::False => 1,
            Self::Text(text) => text.len(),
            Self::Not(of) => of.weight(),
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::weight).sum(),
        }
    }
}

fn keep(part: Cond, kept: &mut Vec<Cond>) {
    if !kept.contains(&part) {
        kept.push(part);
    }
}

impl fmt::Display for Cond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::True => f.write_str("true"),
            Self::False => f.write_str("false"),
            Self::Text(text) => f.write_str(text),
            Self::Not(of) => write!(f, "!({of})"),
            Self::All(parts) => joined(parts, " && ", f),
            Self::Any(parts) => joined(parts, " || ", f),
        }
    }
}

fn joined(parts: &[Cond], operator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            f.write_str(operator)?;
        }
        match part {
            Cond::All(_) | Cond::Any(_) => write!(f, "({part})")?,
            part => write!(f, "{part}")?,
        }
    }
    Ok(())
}
