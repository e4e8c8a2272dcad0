//! Permission patterns, and the spelling of levels and denies.
//!
//! Nothing here expands a pattern: what it covers depends on the model.
//! There are no prefixes and no regular expressions, on purpose.

use std::fmt;

use super::key::{is_label, is_name};

/// A set of permissions, as a list of permissions may spell it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Pattern {
    /// `type:action`: one permission.
    Exact {
        /// The resource type.
        kind: Box<str>,
        /// The action.
        action: Box<str>,
    },
    /// `type:*`: every action of a type.
    Type(Box<str>),
    /// `*:action`: this action of every type that has it.
    Action(Box<str>),
    /// `*`: everything.
    All,
    /// `section/<id>`: what a section of the model lists.
    Section(Box<str>),
}

/// One item of a level or of an ACL deny on a resource.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum LevelItem {
    /// `view`: an action of the carrying resource itself.
    Own(Box<str>),
    /// `*`: every action of the carrying resource itself.
    OwnAll,
    /// `conversation:view`: an action of every such resource below it.
    Below {
        /// The type of the resources below.
        kind: Box<str>,
        /// The action.
        action: Box<str>,
    },
    /// `conversation:*`: every action of every such resource below it.
    BelowAll(Box<str>),
}

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PatternError {
    /// Not one of the forms of a permission list.
    #[error("expected `type:action`, `type:*`, `*:action`, `*` or `section/<id>`")]
    Pattern,
    /// Not one of the forms of a level or a deny.
    #[error("expected an action, `*`, `type:action` or `type:*`")]
    LevelItem,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`PatternError::Pattern`] when it has none of the five forms.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(id) = text.strip_prefix("section/") {
            return if is_label(id) { Ok(Self::Section(id.into())) } else { Err(PatternError::Pattern) };
        }
        match text.split_once(':') {
            Some(("*", action)) if is_name(action) => Ok(Self::Action(action.into())),
            Some((kind, "*")) if is_name(kind) => Ok(Self::Type(kind.into())),
            Some((kind, action)) if is_name(kind) && is_name(action) => {
                Ok(Self::Exact { kind: kind.into(), action: action.into() })
            }
            _ => Err(PatternError::Pattern),
        }
    }
}

impl LevelItem {
    /// Reads an item of a level or a deny.
    ///
    /// # Errors
    ///
    /// [`PatternError::LevelItem`] when it has none of the four forms.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text == "*" {
            return Ok(Self::OwnAll);
        }
        match text.split_once(':') {
            None if is_name(text) => Ok(Self::Own(text.into())),
            Some((kind, "*")) if is_name(kind) => Ok(Self::BelowAll(kind.into())),
            Some((kind, action)) if is_name(kind) && is_name(action) => {
                Ok(Self::Below { kind: kind.into(), action: action.into() })
            }
            _ => Err(PatternError::LevelItem),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact { kind, action } => write!(f, "{kind}:{action}"),
            Self::Type(kind) => write!(f, "{kind}:*"),
            Self::Action(action) => write!(f, "*:{action}"),
            Self::All => f.write_str("*"),
            Self::Section(id) => write!(f, "section/{id}"),
        }
    }
}

impl fmt::Display for LevelItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(action) => f.write_str(action),
            Self::OwnAll => f.write_str("*"),
            Self::Below { kind, action } => write!(f, "{kind}:{action}"),
            Self::BelowAll(kind) => write!(f, "{kind}:*"),
        }
    }
}
