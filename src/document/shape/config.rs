//! The table of the configuration of `sidegate serve`.
//!
//! The file is not part of a policy; its table stands here because it is
//! checked and printed by the same code.

use super::common::TEXT;
use super::{Field, Record, Scalar, Shape};

/// A configuration.
pub(super) static CONFIG: Record = Record::new(
    "a configuration",
    "The configuration of `sidegate serve`.",
    &[
        Field::new("policy", "The policy directory.", TEXT),
        Field::new("listen", "Where the data plane listens: `127.0.0.1:7700` or `unix:/path`.", TEXT),
        Field::new(
            "limits",
            "What one question may carry. Reaching a limit is an error.",
            Shape::Record(&LIMITS),
        ),
        Field::new("log", "What is logged, and how.", Shape::Record(&LOG)),
    ],
);

static LIMITS: Record = Record::new(
    "the limits",
    "What one question may carry.",
    &[
        limit("check_request_bytes", "Bytes of a Check request."),
        limit("batch_request_bytes", "Bytes of a BatchCheck request."),
        limit("batch_checks", "Questions of a BatchCheck request, an item counting once for each action."),
        limit("id_bytes", "Bytes of an id, a type, a name or a tenant."),
        limit("text_bytes", "Bytes of one attribute text."),
        limit("attributes", "Attributes of one question."),
        limit("attribute_bytes", "Bytes of all attributes of one question, names and values."),
        limit("list_values", "Values of one list."),
        limit("roles", "Roles asserted."),
        limit("parents", "Parents sent."),
        limit("scopes", "Scopes listed."),
    ],
);

static LOG: Record = Record::new(
    "the log",
    "What is logged, and how.",
    &[
        Field::new(
            "level",
            "The least severe level that is logged.",
            Shape::Words(&["error", "warn", "info", "debug", "trace", "off"]),
        ),
        Field::new(
            "format",
            "One line of text or one JSON object for each event.",
            Shape::Words(&["text", "json"]),
        ),
    ],
);

const fn limit(key: &'static str, doc: &'static str) -> Field {
    Field::new(key, doc, Shape::Scalar(Scalar::Count))
}
