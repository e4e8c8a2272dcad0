//! The grammars of scalars: which texts fit, and what to say of those that do
//! not.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::document::duration;
use crate::document::yaml::{self, Body, Core, Node};
use crate::model::key::{is_id, is_label, is_name};
use crate::model::{Key, LevelItem, Pattern, Timestamp, ValueType};

/// The grammar of a scalar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scalar {
    /// `true` or `false`.
    Bool,
    /// A whole number from 0.
    Count,
    /// Any string.
    Text,
    /// A string that says something.
    Prose,
    /// A type, action, attribute, parameter or condition.
    Name,
    /// A role, group, level, section, plan, feature, restriction, authority or
    /// tenant.
    Label,
    /// A scope.
    ScopeName,
    /// A principal or a resource.
    Key,
    /// `everyone`, `anyone`, `role:<id>`, `group:<id>` or a principal.
    AclSubject,
    /// A permission pattern.
    Pattern,
    /// One permission.
    Permission,
    /// An item of a level or of a deny.
    LevelItem,
    /// The type of an attribute.
    ValueType,
    /// A CEL expression.
    Expression,
    /// An instant.
    Timestamp,
    /// An attribute's value, if it is no list.
    Value,
    /// A whole number of 64 bits.
    Int,
    /// A whole number of a range.
    Whole {
        /// The least that fits.
        least: u32,
        /// The most that fits.
        most: i64,
    },
    /// A span of time.
    Duration {
        /// The least that fits, in milliseconds.
        least: u32,
    },
}

/// Why a scalar does not fit.
pub(super) struct Misfit {
    pub message: String,
    pub help: Option<String>,
}

impl Scalar {
    /// Tells why a node does not fit, if so.
    pub(super) fn misfit(self, node: &Node) -> Option<Misfit> {
        let Body::Scalar(scalar) = &node.body else {
            return Some(self.unexpected(node, None));
        };
        match (self, scalar.core) {
            (Self::Bool, Core::Bool(_))
            | (Self::Value, Core::Null | Core::Bool(_) | Core::Int(_) | Core::String)
            | (Self::Int, Core::Int(_)) => None,
            (Self::Count, Core::Int(value)) if u32::try_from(value).is_ok() => None,
            (Self::Whole { least, most }, Core::Int(value)) if (i64::from(least)..=most).contains(&value) => {
                None
            }
            (Self::Duration { .. }, Core::String) => self.misfit_text(&scalar.text),
            (Self::Duration { .. }, _) => {
                Some(self.unexpected(node, Some("write a number and its unit, such as `5s`".to_owned())))
            }
            (Self::Value, _) => {
                let message = format!("expected an attribute's value, found {}", node.describe());
                let help = "an attribute's number is whole and fits 64 bits; quote it if it is text";
                Some(Misfit { message, help: Some(help.to_owned()) })
            }
            (Self::Bool | Self::Count | Self::Int | Self::Whole { .. }, _) => {
                Some(self.unexpected(node, None))
            }
            (_, Core::String) => self.misfit_text(&scalar.text),
            (_, Core::Null) => Some(self.unexpected(node, None)),
            (_, Core::Bool(_) | Core::Int(_) | Core::Number) => {
                Some(self.unexpected(node, Some(format!("quote it: \"{}\"", yaml::shorten(&scalar.text)))))
            }
        }
    }

    /// Tells why a string does not fit, if so.
    pub(super) fn misfit_text(self, text: &str) -> Option<Misfit> {
        if self.accepts(text) {
            return None;
        }
        let message = if text.trim().is_empty() {
            format!("expected {}, found an empty text", self.noun())
        } else {
            format!("`{}` is not {}", yaml::shorten(text), self.noun())
        };
        Some(Misfit { message, help: self.grammar().map(|grammar| format!("expected {grammar}")) })
    }

    fn accepts(self, text: &str) -> bool {
        match self {
            Self::Bool | Self::Count | Self::Int | Self::Whole { .. } => false,
            Self::Text | Self::Value => true,
            Self::Prose | Self::Expression => !text.trim().is_empty(),
            Self::Name => is_name(text),
            Self::Label => is_label(text),
            Self::ScopeName => is_id(text),
            Self::Key => Key::parse(text).is_ok(),
            Self::AclSubject => matches!(text, "everyone" | "anyone") || accepts_subject(text),
            Self::Pattern => Pattern::parse(text).is_ok(),
            Self::Permission => matches!(Pattern::parse(text), Ok(Pattern::Exact { .. })),
            Self::LevelItem => LevelItem::parse(text).is_ok(),
            Self::ValueType => ValueType::parse(text).is_some(),
            Self::Timestamp => Timestamp::parse(text).is_some(),
            Self::Duration { least } => {
                duration::parse(text).is_some_and(|span| span.as_millis() >= least.into())
            }
        }
    }

    fn unexpected(self, node: &Node, help: Option<String>) -> Misfit {
        Misfit { message: format!("expected {}, found {}", self.noun(), node.describe()), help }
    }

    /// What it is, with its article.
    pub(super) fn noun(self) -> Cow<'static, str> {
        let noun = match self {
            Self::Bool => "`true` or `false`",
            Self::Count => "a whole number from 0",
            Self::Text | Self::Prose => "a string",
            Self::Name => "a name",
            Self::Label => "an id",
            Self::ScopeName => "a scope",
            Self::Key => "a key",
            Self::AclSubject => "whom an ACL may name",
            Self::Pattern => "a permission pattern",
            Self::Permission => "a permission",
            Self::LevelItem => "what a level or a deny may list",
            Self::ValueType => "the type of an attribute",
            Self::Expression => "an expression",
            Self::Timestamp => "an instant",
            Self::Value => "null, a boolean, a whole number, a string",
            Self::Int => "a whole number",
            Self::Whole { least, most } => {
                return Cow::Owned(format!("a whole number from {least} to {most}"));
            }
            Self::Duration { least: 0 } => "a duration",
            Self::Duration { least } => {
                let least = duration::text(Duration::from_millis(least.into()));
                return Cow::Owned(format!("a duration of at least {least}"));
            }
        };
        Cow::Borrowed(noun)
    }

    /// What texts fit.
    const fn grammar(self) -> Option<&'static str> {
        match self {
            Self::Bool
            | Self::Count
            | Self::Text
            | Self::Prose
            | Self::Expression
            | Self::Value
            | Self::Int
            | Self::Whole { .. } => None,
            Self::Name => Some("letters, digits and `_`, not a digit first"),
            Self::Label => Some("1 to 256 bytes without control characters, `:` or `/`"),
            Self::ScopeName => Some("1 to 256 bytes without control characters"),
            Self::Key => Some("`type:id`; an id is 1 to 256 bytes without control characters"),
            Self::AclSubject => {
                Some("`everyone`, `anyone`, `role:<id>`, `group:<id>` or a principal `type:id`")
            }
            Self::Pattern => Some("`type:action`, `type:*`, `*:action`, `*` or `section/<id>`"),
            Self::Permission => Some("`type:action`"),
            Self::LevelItem => Some("an action, `*`, `type:action` or `type:*`"),
            Self::ValueType => Some("`bool`, `int`, `string`, `timestamp`, `list<string>` or `list<int>`"),
            Self::Timestamp => Some("RFC 3339, such as `2026-12-24T00:00:00Z`, in the years 1 to 9999"),
            Self::Duration { .. } => Some("a whole number and `ms`, `s`, `m` or `h`, such as `5s`"),
        }
    }

    /// The grammar as a JSON Schema.
    pub(super) fn schema(self) -> Json {
        const NAME: &str = "[A-Za-z_][A-Za-z0-9_]*";
        let string = |pattern: &str| json!({ "type": "string", "pattern": pattern });
        match self {
            Self::Bool => json!({ "type": "boolean" }),
            Self::Count => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
            Self::Text => json!({ "type": "string" }),
            Self::Prose | Self::Expression => string(r"\S"),
            Self::Name => string(&format!("^{NAME}$")),
            Self::Label => string(r"^[^\u0000-\u001f\u007f-\u009f:/]{1,256}$"),
            Self::ScopeName => string(r"^[^\u0000-\u001f\u007f-\u009f]{1,256}$"),
            Self::Key => string(&format!(r"^{NAME}:[^\u0000-\u001f\u007f-\u009f]{{1,256}}$")),
            Self::AclSubject => {
                string(&format!(r"^(everyone|anyone|{NAME}:[^\u0000-\u001f\u007f-\u009f]{{1,256}})$"))
            }
            Self::Pattern => string(&format!(r"^(\*|{NAME}:(\*|{NAME})|\*:{NAME}|section/[^:/]{{1,256}})$")),
            Self::Permission => string(&format!("^{NAME}:{NAME}$")),
            Self::LevelItem => string(&format!(r"^(\*|{NAME}|{NAME}:(\*|{NAME}))$")),
            Self::ValueType => json!({ "enum": ValueType::ALL.map(ValueType::name) }),
            Self::Timestamp => json!({ "type": "string", "format": "date-time" }),
            Self::Value => json!({ "type": ["null", "boolean", "integer", "string"] }),
            Self::Int => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
            Self::Whole { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Self::Duration { .. } => string("^[0-9]+(ms|s|m|h)$"),
        }
    }
}

/// `role:<id>` and `group:<id>` have narrower ids than principals.
fn accepts_subject(text: &str) -> bool {
    Key::parse(text).is_ok_and(|key| !matches!(key.kind(), "role" | "group") || is_label(key.id()))
}
