//! The table of App documents.

use super::common::{DESCRIPTION, LABELS, TITLE, VERSION};
use super::{Field, Map, Record, Scalar, Shape};

/// An App document.
pub(super) static APP: Record = Record::new(
    "an App document",
    "What an app asks for, before anyone installs it.",
    &[
        VERSION,
        Field::required("kind", "The kind of document: `App`.", Shape::Words(&["App"])),
        Field::required("id", "The app: `type:id`.", Shape::Scalar(Scalar::Key)),
        TITLE,
        DESCRIPTION,
        Field::new(
            "requests",
            "What it asks for, by scope.",
            Shape::Map(&Map::of(Scalar::ScopeName, Shape::Record(&REQUEST))),
        ),
        Field::new(
            "review",
            "Where its review stands; without it, pending.",
            Shape::Words(&["pending", "approved", "rejected"]),
        ),
    ],
);

static REQUEST: Record = Record::new(
    "a request",
    "What an app asks of one scope.",
    &[
        Field::new("modes", "The modes, if the scope has modes.", LABELS),
        Field::required("justification", "Why, in the app's own words.", Shape::Scalar(Scalar::Prose)),
    ],
);
