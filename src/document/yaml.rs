//! YAML text to a tree that knows where everything stands.
//!
//! The tree is what the documents need and no more: scalars, lists, and maps
//! whose keys are strings. Whatever else YAML has (anchors, aliases, merge
//! keys, tags, several documents, keys that are not strings) is a fault with a
//! place, and so is a key that stands twice.
//!
//! Invariants:
//!
//! 1. *Bounded.* Text over [`MAX_BYTES`] and nesting over [`MAX_DEPTH`] are
//!    faults, so whoever walks a tree may recurse.
//! 2. *Bytes.* Places count bytes of the text, whatever its script.
//!
//! Nothing here knows what a document may say.

mod compose;
mod core_schema;
mod offsets;

pub(crate) use compose::{parse, parse_start};
pub(crate) use offsets::offsets;

use super::place::{Place, Spanned};

#[cfg(test)]
mod tests;

/// The longest text that is read.
pub(crate) const MAX_BYTES: usize = 256 << 20;

/// How deep collections nest, block and flow counted apart.
pub(crate) const MAX_DEPTH: usize = 48;

/// A node and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// A scalar's own text, quotes included; a collection from its first to
    /// its last byte.
    pub at: Place,
    /// What it is.
    pub body: Body,
}

/// What a node is.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// A scalar.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<Pair>),
    /// Something that has been told as a fault already; it may stand anywhere.
    Broken,
}

/// A key and its value.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    /// The key.
    pub key: Spanned<String>,
    /// The value.
    pub value: Node,
}

/// A scalar.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// Its text, escapes and folding undone.
    pub text: String,
    /// How it is written.
    pub style: Style,
    /// What the core schema makes of it.
    pub core: Core,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// As it is.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
}

/// What the core schema of YAML 1.2 makes of a scalar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Core {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A fraction, or an integer beyond 64 bits.
    Number,
    /// Everything else, and everything quoted.
    String,
}

impl Node {
    /// The text of a scalar that is a string.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Scalar(scalar) if scalar.core == Core::String => Some(&scalar.text),
            _ => None,
        }
    }

    /// The items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match &self.body {
            Body::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs of a map; none for anything else.
    pub(crate) fn pairs(&self) -> &[Pair] {
        match &self.body {
            Body::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The value of a key of a map.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().find(|pair| pair.key.value == key).map(|pair| &pair.value)
    }

    /// What it is, for people: `the number 7`.
    pub(crate) fn describe(&self) -> String {
        match &self.body {
            Body::Scalar(scalar) => match scalar.core {
                Core::Null => "null".to_owned(),
                Core::Bool(value) => format!("the boolean `{value}`"),
                Core::Int(_) | Core::Number => format!("the number `{}`", scalar.text),
                Core::String => format!("the string `{}`", shorten(&scalar.text)),
            },
            Body::List(_) => "a list".to_owned(),
            Body::Map(_) => "a map".to_owned(),
            Body::Broken => "nothing".to_owned(),
        }
    }
}

/// At most 60 characters of a text, for a message of one line.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}
