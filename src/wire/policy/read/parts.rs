//! What every content is made of: ids, keys, patterns, lists of them, values.
//!
//! The forms are those of documents. An empty text is one that was not set.

use std::collections::BTreeMap;

use super::super::walk::{Path, Walk};
use crate::decide::FaultKind;
use crate::document::Spanned;
use crate::document::definition::{Label, Map, NameList};
use crate::model::key::{is_id, is_label};
use crate::model::{Key, KeyError, LevelItem, Pattern, Timestamp, Value, is_name};
use crate::wire::{api, attributes};

/// The form of a text that names something.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Of a tenant, role, group, level, section, plan, mode or restriction.
    Label,
    /// Of an attribute, a parameter or a condition.
    Name,
    /// Of a scope.
    Scope,
}

impl Form {
    /// Whether a text has the form; if not, that is told.
    fn fits(self, sent: &str, path: &Path<'_>, walk: &mut Walk) -> bool {
        let (fits, otherwise) = match self {
            Self::Label => {
                (is_label(sent), "not an id: 1 to 256 bytes without control characters, `:` and `/`")
            }
            Self::Name => (is_name(sent), "not a name: letters, digits and `_`, and no digit first"),
            Self::Scope => (is_id(sent), "not a scope: 1 to 256 bytes without control characters"),
        };
        if sent.is_empty() {
            walk.missing(path);
        } else if !fits {
            walk.malformed(path, otherwise);
        }
        fits
    }
}

/// Reads the id of a tenant, role, group, level, section, plan, mode or restriction.
pub(in crate::wire::policy) fn label(sent: String, path: &Path<'_>, walk: &mut Walk) -> Option<String> {
    Form::Label.fits(&sent, path, walk).then_some(sent)
}

/// Reads a principal.
pub(in crate::wire::policy) fn principal(
    sent: Option<api::PrincipalRef>,
    path: &Path<'_>,
    walk: &mut Walk,
) -> Option<Key> {
    let Some(api::PrincipalRef { r#type, id }) = sent else {
        walk.missing(path);
        return None;
    };
    key(&r#type, &id, path, walk)
}

/// Reads a resource.
pub(super) fn resource(sent: Option<api::ResourceRef>, path: &Path<'_>, walk: &mut Walk) -> Option<Key> {
    let Some(api::ResourceRef { r#type, id }) = sent else {
        walk.missing(path);
        return None;
    };
    key(&r#type, &id, path, walk)
}

fn key(kind: &str, id: &str, path: &Path<'_>, walk: &mut Walk) -> Option<Key> {
    let error = match Key::new(kind, id) {
        Ok(key) => return Some(key),
        Err(error) => error,
    };
    let (field, sent) = match error {
        KeyError::NoColon | KeyError::BadType => ("type", kind),
        KeyError::BadId => ("id", id),
    };
    if sent.is_empty() {
        walk.missing(&path.field(field));
    } else {
        walk.malformed(&path.field(field), error.to_string());
    }
    None
}

/// Reads ids, each named once.
pub(super) fn labels(sent: Vec<String>, path: &Path<'_>, walk: &mut Walk) -> NameList {
    walk.set(sent, path, |walk, sent, path| {
        let at = walk.place(path);
        Some(Spanned::new(at, label(sent, path, walk)?))
    })
}

/// Reads names, each named once.
pub(super) fn names(sent: Vec<String>, path: &Path<'_>, walk: &mut Walk) -> NameList {
    walk.set(sent, path, |walk, sent, path| {
        let at = walk.place(path);
        Form::Name.fits(&sent, path, walk).then(|| Spanned::new(at, sent))
    })
}

/// Reads patterns, each named once.
pub(super) fn patterns(sent: Vec<String>, path: &Path<'_>, walk: &mut Walk) -> Vec<Spanned<Pattern>> {
    parsed(sent, path, walk, |sent| Pattern::parse(sent).map_err(|error| error.to_string()))
}

/// Reads what an ACL entry denies, each named once.
pub(super) fn level_items(sent: Vec<String>, path: &Path<'_>, walk: &mut Walk) -> Vec<Spanned<LevelItem>> {
    parsed(sent, path, walk, |sent| LevelItem::parse(sent).map_err(|error| error.to_string()))
}

fn parsed<T: Ord>(
    sent: Vec<String>,
    path: &Path<'_>,
    walk: &mut Walk,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Vec<Spanned<T>> {
    walk.set(sent, path, |walk, sent, path| {
        let at = walk.place(path);
        match parse(&sent) {
            Ok(item) => Some(Spanned::new(at, item)),
            Err(message) => {
                walk.malformed(path, message);
                None
            }
        }
    })
}

/// Reads a map whose keys have a form.
pub(super) fn map<S, T>(
    sent: BTreeMap<String, S>,
    path: &Path<'_>,
    walk: &mut Walk,
    form: Form,
    read: impl Fn(S, &Path<'_>, &mut Walk) -> Option<T>,
) -> Map<T> {
    let one = |key: &str, sent, walk: &mut Walk| {
        let path = path.key(key);
        let at = walk.place(&path);
        let fits = form.fits(key, &path, walk);
        read(sent, &path, walk).filter(|_| fits).map(|value| Spanned::new(at, value))
    };
    let mut map = Map::new();
    for (key, sent) in sent {
        if let Some(value) = one(&key, sent, walk) {
            map.insert(key, value);
        }
    }
    map
}

/// Reads attributes or parameters.
pub(super) fn values(sent: BTreeMap<String, api::Value>, path: &Path<'_>, walk: &mut Walk) -> Map<Value> {
    let one = |name: &str, sent, walk: &mut Walk| {
        let path = path.name(name);
        let at = walk.place(&path);
        let fits = Form::Name.fits(name, &path, walk);
        match attributes::stored(sent) {
            Ok(value) => fits.then(|| Spanned::new(at, value)),
            Err((kind, message)) => {
                walk.fault(&path, kind, message);
                None
            }
        }
    };
    let mut values = Map::new();
    for (name, sent) in sent {
        if let Some(value) = one(&name, sent, walk) {
            values.insert(name, value);
        }
    }
    values
}

/// Reads an instant; unset is none.
pub(super) fn timestamp(
    sent: Option<prost_types::Timestamp>,
    path: &Path<'_>,
    walk: &mut Walk,
) -> Option<Timestamp> {
    let read: Result<_, (FaultKind, &str)> = attributes::timestamp(sent?);
    read.map_err(|(kind, message)| walk.fault(path, kind, message)).ok()
}

/// What people are shown.
pub(super) const fn shown(title: Option<String>, description: Option<String>) -> Label {
    Label { title, description }
}
