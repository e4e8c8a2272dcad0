//! A condition compiled: names resolved, types checked.

use super::path::{Facts, Path};
use super::tri::Tri;

/// A compiled condition.
#[derive(Clone, Debug)]
pub struct Program {
    text: Box<str>,
    mentions: Box<[Mention]>,
}

/// A name that a program reads.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Mention {
    /// The name as written: `resource.creator`.
    pub name: Box<str>,
    /// The name, resolved.
    pub path: Path,
    /// It stands only inside `has()`, where null is an answer.
    pub only_in_has: bool,
}

impl Program {
    /// A program that is unknown whatever the facts: it never grants and
    /// always restricts.
    #[must_use]
    pub fn unknown() -> Self {
        Self { text: "".into(), mentions: Box::default() }
    }

    /// Evaluates the condition. Total; allocates nothing.
    #[must_use]
    pub fn evaluate<F: Facts + ?Sized>(&self, _facts: &F) -> Tri {
        Tri::Unknown
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every name that it reads, named conditions included, sorted by name,
    /// each once.
    #[must_use]
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }
}
