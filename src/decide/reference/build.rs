//! Short ways to write definitions, for worlds made by hand or by the
//! generator.
//!
//! Owns spelling only: every function takes the text that a document would
//! have, and panics on text that no document could.

use crate::document::definition::{
    AttributeType, Entry, Expression, Label, Map, NameList, PrincipalAttribute, Role, When,
};
use crate::document::place::{Place, Spanned};
use crate::model::{Key, LevelItem, Pattern, ValueType};

/// A value that no text says.
pub(super) const fn at<T>(value: T) -> Spanned<T> {
    Spanned::nowhere(value)
}

/// A map of texts to values.
pub(super) fn map<T>(items: impl IntoIterator<Item = (impl Into<String>, T)>) -> Map<T> {
    items.into_iter().map(|(id, value)| (id.into(), at(value))).collect()
}

/// A list of names.
pub(super) fn names(items: impl IntoIterator<Item = impl ToString>) -> NameList {
    items.into_iter().map(|item| at(item.to_string())).collect()
}

/// A list of patterns.
pub(super) fn patterns(items: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Spanned<Pattern>> {
    items.into_iter().map(|item| at(Pattern::parse(item.as_ref()).expect("a pattern"))).collect()
}

/// A list of level items.
pub(super) fn items(items: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Spanned<LevelItem>> {
    items.into_iter().map(|item| at(LevelItem::parse(item.as_ref()).expect("a level item"))).collect()
}

/// A key.
pub(super) fn key(text: &str) -> Key {
    Key::parse(text).expect("a key")
}

/// An expression.
pub(super) fn cel(text: impl Into<String>) -> Expression {
    Expression { at: Place::NOWHERE, text: text.into(), offsets: Vec::new() }
}

/// An entry.
pub(super) fn entry(permissions: &[&str], except: &[&str], when: When) -> Entry {
    Entry { at: Place::NOWHERE, permissions: patterns(permissions), except: patterns(except), when }
}

/// An entry under an expression.
pub(super) fn entry_when(permissions: &[&str], when: &str) -> Entry {
    entry(permissions, &[], When::Expression(cel(when)))
}

/// A role of bare patterns.
pub(super) fn role(allow: &[&str]) -> Role {
    let allow = allow.iter().map(|pattern| entry(&[pattern], &[], When::Always)).collect();
    Role { allow, ..Role::default() }
}

/// A declared attribute.
pub(super) fn attribute(value_type: ValueType) -> AttributeType {
    AttributeType { label: Label::default(), value_type }
}

/// A declared attribute of a principal.
pub(super) fn principal_attribute(value_type: ValueType, from_request: bool) -> PrincipalAttribute {
    PrincipalAttribute { label: Label::default(), value_type, from_request }
}
