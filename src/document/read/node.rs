//! What the readers of all kinds share: one function for each form.

use crate::document::definition::{KeyMap, Label, Map, NameList};
use crate::document::place::Spanned;
use crate::document::yaml::{Body, Core, Node, Pair};
use crate::model::{Key, LevelItem, Pattern, Timestamp, Value, ValueType};

/// `title` and `description`.
pub(super) fn label(node: &Node) -> Label {
    let text = |key| node.get(key).and_then(Node::text).map(str::to_owned);
    Label { title: text("title"), description: text("description") }
}

/// A string and where it stands.
pub(super) fn spanned_text(node: &Node) -> Option<Spanned<String>> {
    node.text().map(|text| Spanned::new(node.at, text.to_owned()))
}

/// A list of ids.
pub(super) fn names(node: Option<&Node>) -> NameList {
    items(node, |item| item.text().map(str::to_owned))
}

/// One id, or a list of ids.
pub(super) fn one_or_more(node: Option<&Node>) -> NameList {
    match node.and_then(spanned_text) {
        Some(only) => vec![only],
        None => names(node),
    }
}

/// A list of permission patterns.
pub(super) fn patterns(node: Option<&Node>) -> Vec<Spanned<Pattern>> {
    items(node, |item| Pattern::parse(item.text()?).ok())
}

/// A list of single permissions.
pub(super) fn permissions(node: Option<&Node>) -> Vec<Spanned<Pattern>> {
    let mut listed = patterns(node);
    listed.retain(|pattern| matches!(pattern.value, Pattern::Exact { .. }));
    listed
}

/// A list of items of a level or a deny.
pub(super) fn level_items(node: Option<&Node>) -> Vec<Spanned<LevelItem>> {
    items(node, |item| LevelItem::parse(item.text()?).ok())
}

/// A list of keys.
pub(super) fn keys(node: Option<&Node>) -> Vec<Spanned<Key>> {
    items(node, key)
}

/// A key.
pub(super) fn key(node: &Node) -> Option<Key> {
    Key::parse(node.text()?).ok()
}

/// A key and where it stands.
pub(super) fn spanned_key(node: &Node) -> Option<Spanned<Key>> {
    key(node).map(|key| Spanned::new(node.at, key))
}

/// The items of a list that can be read.
pub(super) fn items<T>(node: Option<&Node>, read: impl Fn(&Node) -> Option<T>) -> Vec<Spanned<T>> {
    let items = node.map(Node::items).unwrap_or_default();
    items.iter().filter_map(|item| read(item).map(|value| Spanned::new(item.at, value))).collect()
}

/// A map keyed by ids, less what cannot be read.
pub(super) fn map<T>(node: Option<&Node>, read: impl Fn(&Node) -> Option<T>) -> Map<T> {
    let pairs = node.map(Node::pairs).unwrap_or_default();
    let read = |pair: &Pair| Some((pair.key.value.clone(), Spanned::new(pair.key.at, read(&pair.value)?)));
    pairs.iter().filter_map(read).collect()
}

/// A map keyed by principals or resources, less what cannot be read.
pub(super) fn key_map<T>(node: Option<&Node>, read: impl Fn(&Node) -> T) -> KeyMap<T> {
    let pairs = node.map(Node::pairs).unwrap_or_default();
    let read = |pair: &Pair| {
        let key = Key::parse(&pair.key.value).ok()?;
        Some((key, Spanned::new(pair.key.at, read(&pair.value))))
    };
    pairs.iter().filter_map(read).collect()
}

/// Attributes and their values. A list that is empty is one of strings until
/// its declared type is known, and an instant is a string.
pub(super) fn values(node: Option<&Node>) -> Map<Value> {
    map(node, value)
}

fn value(node: &Node) -> Option<Value> {
    match &node.body {
        Body::Scalar(scalar) => match scalar.core {
            Core::Null => Some(Value::Null),
            Core::Bool(value) => Some(Value::Bool(value)),
            Core::Int(value) => Some(Value::Int(value)),
            Core::Number => None,
            Core::String => Some(Value::String(scalar.text.clone())),
        },
        Body::List(items) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.text().map(str::to_owned)).collect();
            let numbers = || items.iter().map(integer).collect::<Option<Vec<i64>>>();
            texts.map(Value::StringList).or_else(|| numbers().map(Value::IntList))
        }
        Body::Map(_) | Body::Broken => None,
    }
}

/// A whole number.
pub(super) fn integer(node: &Node) -> Option<i64> {
    match &node.body {
        Body::Scalar(scalar) => match scalar.core {
            Core::Int(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// `true` or `false`; without one, false.
pub(super) fn boolean(node: Option<&Node>) -> bool {
    optional_boolean(node).unwrap_or(false)
}

/// `true` or `false`, if one is there.
pub(super) fn optional_boolean(node: Option<&Node>) -> Option<bool> {
    match node.map(|node| &node.body) {
        Some(Body::Scalar(scalar)) => match scalar.core {
            Core::Bool(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

/// An instant.
pub(super) fn timestamp(node: Option<&Node>) -> Option<Timestamp> {
    Timestamp::parse(node?.text()?)
}

/// The type of an attribute: its name, or a map with `type`.
pub(super) fn value_type(node: &Node) -> Option<ValueType> {
    ValueType::parse(node.text().or_else(|| node.get("type")?.text())?)
}
