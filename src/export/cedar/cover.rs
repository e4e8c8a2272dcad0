//! Which permissions patterns and levels cover.
//!
//! Nothing covers a permission that the model does not declare, so a retired
//! one is covered by nothing.

use std::collections::BTreeSet;

use crate::document::definition::{AclEntry, Entry, Model, ResourceType};
use crate::document::place::Spanned;
use crate::model::{LevelItem, Pattern};

/// A resource type and an action.
pub(super) type Permission = (String, String);

/// Every permission that the model declares.
pub(super) fn declared(model: &Model) -> BTreeSet<Permission> {
    let of = |(kind, it): (&String, &Spanned<ResourceType>)| {
        it.actions.iter().map(|action| (kind.clone(), action.value.clone())).collect::<Vec<_>>()
    };
    model.resources.iter().flat_map(of).collect()
}

/// What patterns cover.
pub(super) fn patterns(model: &Model, list: &[Spanned<Pattern>]) -> BTreeSet<Permission> {
    let mut found = declared(model);
    found.retain(|permission| list.iter().any(|pattern| is_covered(model, &pattern.value, permission)));
    found
}

fn is_covered(model: &Model, pattern: &Pattern, permission: &Permission) -> bool {
    let (asked, asked_action) = (permission.0.as_str(), permission.1.as_str());
    match pattern {
        Pattern::All => true,
        Pattern::Exact { kind, action } => **kind == *asked && **action == *asked_action,
        Pattern::Type(kind) => **kind == *asked,
        Pattern::Action(action) => **action == *asked_action,
        Pattern::Section(id) => model.sections.get(&**id).is_some_and(|section| {
            section.permissions.iter().any(|pattern| is_covered(model, &pattern.value, permission))
        }),
    }
}

/// What an entry covers.
pub(super) fn entry(model: &Model, entry: &Entry) -> BTreeSet<Permission> {
    let mut found = patterns(model, &entry.permissions);
    let except = patterns(model, &entry.except);
    found.retain(|permission| !except.contains(permission));
    found
}

/// What tenant data may not give away.
pub(super) fn reserved(model: &Model) -> BTreeSet<Permission> {
    patterns(model, &model.reserved.permissions)
}

/// What items on a resource of a type cover: there, or below it.
pub(super) fn items<'a>(
    model: &Model,
    carrying: &str,
    list: impl IntoIterator<Item = &'a Spanned<LevelItem>>,
    below: bool,
) -> BTreeSet<Permission> {
    let list: Vec<&LevelItem> = list.into_iter().map(|item| &item.value).collect();
    let mut found = declared(model);
    found.retain(|(asked, asked_action)| {
        list.iter().any(|item| match item {
            LevelItem::Own(action) => !below && asked == carrying && **action == **asked_action,
            LevelItem::OwnAll => !below && asked == carrying,
            LevelItem::Below { kind, action } => below && **kind == **asked && **action == **asked_action,
            LevelItem::BelowAll(kind) => below && **kind == **asked,
        })
    });
    found
}

/// The items of an entry's levels, those that they include included.
pub(super) fn level_items<'a>(kind: &'a ResourceType, entry: &'a AclEntry) -> Vec<&'a Spanned<LevelItem>> {
    let mut open: Vec<&str> = entry.levels.iter().map(|level| level.value.as_str()).collect();
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    while let Some(id) = open.pop() {
        let Some(level) = kind.levels.get(id) else { continue };
        if seen.insert(id) {
            open.extend(level.includes.iter().map(|level| level.value.as_str()));
            found.extend(&level.permissions);
        }
    }
    found
}
