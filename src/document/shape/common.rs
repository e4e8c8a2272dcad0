//! What the tables of several kinds of document share.

use super::{Field, List, Map, Record, Scalar, Shape};

/// `sidegate: v1`
pub(super) const VERSION: Field =
    Field::required("sidegate", "The version of the format: `v1`.", Shape::Words(&["v1"]));

/// `title:`
pub(super) const TITLE: Field = Field::new("title", "A short name for people.", TEXT);

/// `description:`
pub(super) const DESCRIPTION: Field = Field::new("description", "A sentence for people.", TEXT);

/// Any string.
pub(super) const TEXT: Shape = Shape::Scalar(Scalar::Text);

/// `true` or `false`.
pub(super) const BOOL: Shape = Shape::Scalar(Scalar::Bool);

/// An instant.
pub(super) const TIMESTAMP: Shape = Shape::Scalar(Scalar::Timestamp);

/// One id.
pub(super) const LABEL: Shape = Shape::Scalar(Scalar::Label);

/// Ids, each once.
pub(super) const LABELS: Shape = Shape::List(&List::set(LABEL));

/// Names, each once.
pub(super) const NAMES: Shape = Shape::List(&List::set(Shape::Scalar(Scalar::Name)));

/// Keys, each once.
pub(super) const KEYS: Shape = Shape::List(&List::set(Shape::Scalar(Scalar::Key)));

/// Permission patterns, each once.
pub(super) const PATTERNS: Shape = Shape::List(&List::set(Shape::Scalar(Scalar::Pattern)));

/// Single permissions, each once.
pub(super) const PERMISSIONS: Shape = Shape::List(&List::set(Shape::Scalar(Scalar::Permission)));

/// Items of a level or a deny, each once.
pub(super) const LEVEL_ITEMS: Shape = Shape::List(&List::set(Shape::Scalar(Scalar::LevelItem)));

/// An attribute's value.
pub(super) const VALUE: Shape = Shape::Either(&[
    Shape::Scalar(Scalar::Value),
    Shape::List(&List::of(TEXT)),
    Shape::List(&List::of(Shape::Scalar(Scalar::Int))),
]);

/// Attributes and their values.
pub(super) const VALUES: Shape = Shape::Map(&Map::of(Scalar::Name, VALUE));

/// Declared attributes.
pub(super) const ATTRIBUTES: Shape = Shape::Map(&Map {
    key: Scalar::Name,
    value: Shape::Either(&[Shape::Scalar(Scalar::ValueType), Shape::Record(&ATTRIBUTE)]),
    min: 0,
});

static ATTRIBUTE: Record = Record::new(
    "an attribute",
    "The declaration of an attribute. Every attribute may be absent.",
    &[
        Field::required("type", "The type of its values.", Shape::Scalar(Scalar::ValueType)),
        TITLE,
        DESCRIPTION,
    ],
);
