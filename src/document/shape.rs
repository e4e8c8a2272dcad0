//! What each kind of document may look like, as tables.
//!
//! One table per kind is read by two: `check` tells what in a tree does not
//! fit it, and `schema` prints it as a JSON Schema for editors. A key that
//! is not in a table does not exist.
//!
//! Invariants:
//!
//! 1. *One source.* No reader knows a key, a word or a form that its table
//!    does not have.
//! 2. *No cycles.* Tables are finite trees, so walking one ends.
//!
//! Whether names exist, and anything else that takes two places of a document
//! to see, is not told here.

mod app;
mod check;
mod common;
mod config;
mod model;
mod scalar;
mod schema;
mod tenant;
mod test;

pub(crate) use check::{check, check_candidates};
pub(crate) use scalar::Scalar;
pub use schema::schema;

/// The kinds of document that have a schema.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// The catalogue that the product's developers write.
    Model,
    /// The facts that a customer edits.
    Tenant,
    /// What an app asks for.
    App,
    /// Questions and the answers they must get.
    Test,
    /// The configuration of `sidegate serve`; no part of a policy.
    Config,
}

/// What a node may be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A scalar of a grammar.
    Scalar(Scalar),
    /// One of these words.
    Words(&'static [&'static str]),
    /// A list.
    List(&'static List),
    /// A map with free keys.
    Map(&'static Map),
    /// A map with known keys.
    Record(&'static Record),
    /// One of these. Only scalars and lists may be told apart by more than
    /// being a scalar, a list or a map.
    Either(&'static [Shape]),
}

/// A list.
#[derive(Debug)]
pub(crate) struct List {
    /// What each item is.
    pub item: Shape,
    /// How few items there may be.
    pub min: usize,
    /// Which items are the same thing named twice.
    pub unique: Unique,
}

/// Which items of a list are the same thing named twice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unique {
    /// None: the list is a sequence of values.
    No,
    /// Scalars with the same text.
    Scalars,
    /// Those, and maps with the same text under this key.
    Named(&'static str),
}

/// A map with free keys.
#[derive(Debug)]
pub(crate) struct Map {
    /// What a key is.
    pub key: Scalar,
    /// What each value is.
    pub value: Shape,
    /// How few pairs there may be.
    pub min: usize,
}

/// A map with known keys.
#[derive(Debug)]
pub(crate) struct Record {
    /// What it is, with its article: `a role`.
    pub name: &'static str,
    /// One sentence for editors.
    pub doc: &'static str,
    /// Its keys, in the order documented.
    pub fields: &'static [Field],
    /// What holds between its keys.
    pub rules: &'static [Rule],
}

/// One key of a record.
#[derive(Debug)]
pub(crate) struct Field {
    /// The key.
    pub key: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// One sentence for editors.
    pub doc: &'static str,
    /// What its value is.
    pub shape: Shape,
}

/// What holds between the keys of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Exactly one of these is there.
    ExactlyOne(&'static [&'static str]),
    /// At least one of these is there.
    AtLeastOne(&'static [&'static str]),
    /// These two are not both there.
    Apart(&'static str, &'static str),
}

impl Kind {
    /// Every kind, in the order documented.
    pub const ALL: [Self; 5] = [Self::Model, Self::Tenant, Self::App, Self::Test, Self::Config];

    /// The kind as the command line spells it: `model`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Tenant => "tenant",
            Self::App => "app",
            Self::Test => "test",
            Self::Config => "config",
        }
    }

    /// Reads a kind as the command line spells it.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The kind that a document calls itself under `kind:`.
    pub(crate) fn of_document(word: &str) -> Option<Self> {
        match word {
            "Model" => Some(Self::Model),
            "Tenant" => Some(Self::Tenant),
            "App" => Some(Self::App),
            "Test" => Some(Self::Test),
            _ => None,
        }
    }

    /// The table of the kind.
    pub(crate) const fn record(self) -> &'static Record {
        match self {
            Self::Model => &model::MODEL,
            Self::Tenant => &tenant::TENANT,
            Self::App => &app::APP,
            Self::Test => &test::TEST,
            Self::Config => &config::CONFIG,
        }
    }
}

impl Field {
    /// A key that may be left out.
    const fn new(key: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { key, required: false, doc, shape }
    }

    /// A key that must be there.
    const fn required(key: &'static str, doc: &'static str, shape: Shape) -> Self {
        Self { key, required: true, doc, shape }
    }
}

impl List {
    /// A list of things that are each named once.
    const fn set(item: Shape) -> Self {
        Self { item, min: 0, unique: Unique::Scalars }
    }

    /// A list in which repeats mean something.
    const fn of(item: Shape) -> Self {
        Self { item, min: 0, unique: Unique::No }
    }
}

impl Map {
    /// A map, empty or not.
    const fn of(key: Scalar, value: Shape) -> Self {
        Self { key, value, min: 0 }
    }
}

impl Record {
    /// A record whose keys do not depend on one another.
    const fn new(name: &'static str, doc: &'static str, fields: &'static [Field]) -> Self {
        Self { name, doc, fields, rules: &[] }
    }

    /// Whether a map without a key fits.
    fn may_be_empty(&self) -> bool {
        !self.fields.iter().any(|field| field.required)
            && self.rules.iter().all(|rule| matches!(rule, Rule::Apart(..)))
    }
}
