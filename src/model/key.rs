//! Who and what: a type and an id.
//!
//! An id is opaque. It is never folded, trimmed or split; `a` and `A` are two
//! ids, and so are two spellings of the same letter.

use std::fmt;

/// The longest id, in bytes.
pub const MAX_ID_BYTES: usize = 256;

/// A principal or a resource: `user:mia`, `conversation:c1`.
///
/// Ordered by the bytes of the type, then of the id, which is the order every
/// list answer has.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key {
    kind: Box<str>,
    id: Box<str>,
}

/// Why a text is not a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// No colon stands between a type and an id.
    #[error("expected `type:id`")]
    NoColon,
    /// The type is not a name.
    #[error("a type is letters, digits and `_`, and does not start with a digit")]
    BadType,
    /// The id is empty, too long, or has a control character.
    #[error("an id is 1 to 256 bytes without control characters")]
    BadId,
}

impl Key {
    /// Makes a key of a type and an id.
    ///
    /// # Errors
    ///
    /// [`KeyError::BadType`] or [`KeyError::BadId`].
    pub fn new(kind: &str, id: &str) -> Result<Self, KeyError> {
        if !is_name(kind) {
            return Err(KeyError::BadType);
        }
        if !is_id(id) {
            return Err(KeyError::BadId);
        }
        Ok(Self { kind: kind.into(), id: id.into() })
    }

    /// Reads `type:id`, split at the first colon.
    ///
    /// # Errors
    ///
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (kind, id) = text.split_once(':').ok_or(KeyError::NoColon)?;
        Self::new(kind, id)
    }

    /// The type: `user`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id, without the type: `mia`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Whether `text` can be the id of a principal or a resource: 1 to 256 bytes
/// without control characters.
#[must_use]
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_ID_BYTES && !text.chars().any(char::is_control)
}

/// Whether `text` can name a type, an action, an attribute, a parameter or a
/// condition: `[A-Za-z_][A-Za-z0-9_]*`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.len() <= MAX_ID_BYTES
}

/// Whether `text` can name a role, group, level, section, plan, feature,
/// restriction, authority or tenant: an id without `:` and `/`.
#[must_use]
pub fn is_label(text: &str) -> bool {
    is_id(text) && !text.contains([':', '/'])
}
