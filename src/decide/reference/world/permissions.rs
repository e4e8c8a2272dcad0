//! Which permissions there are, and lists of patterns that are drawn from
//! them.
//!
//! Owns the rule that a pattern of a world matches something.

use std::collections::BTreeSet;

use super::rng::Rng;
use crate::decide::reference::build::{at, patterns};
use crate::document::definition::Model;
use crate::document::place::Spanned;
use crate::model::Pattern;

/// A resource type and an action.
pub(super) type Permission = (String, String);

/// Every permission of a model.
pub(super) fn all(model: &Model) -> BTreeSet<Permission> {
    let kinds = model.resources.iter();
    kinds
        .flat_map(|(kind, it)| it.actions.iter().map(|action| (kind.clone(), action.value.clone())))
        .collect()
}

/// What a list of patterns covers.
pub(super) fn expand(model: &Model, list: &[Spanned<Pattern>]) -> BTreeSet<Permission> {
    let mut found = BTreeSet::new();
    for pattern in list {
        let covers = |(kind, action): &Permission| match &pattern.value {
            Pattern::All => true,
            Pattern::Exact { kind: k, action: a } => **k == **kind && **a == **action,
            Pattern::Type(k) => **k == **kind,
            Pattern::Action(a) => **a == **action,
            Pattern::Section(_) => false,
        };
        match &pattern.value {
            Pattern::Section(id) => found.extend(expand(model, &model.sections[&**id].permissions)),
            _ => found.extend(all(model).into_iter().filter(covers)),
        }
    }
    found
}

/// Between one and `most` different patterns.
pub(super) fn draw(rng: &mut Rng, model: &Model, most: usize) -> Vec<Spanned<Pattern>> {
    let all: Vec<Permission> = all(model).into_iter().collect();
    let sections: Vec<&String> = model.sections.keys().collect();
    let mut found = BTreeSet::new();
    for _ in 0..=rng.below(most) {
        let (kind, action) = rng.pick(&all);
        found.insert(match rng.weighted(&[50, 24, 10, 4, if sections.is_empty() { 0 } else { 12 }]) {
            0 => format!("{kind}:{action}"),
            1 => format!("{kind}:*"),
            2 => format!("*:{action}"),
            3 => "*".to_owned(),
            _ => format!("section/{}", rng.pick(&sections)),
        });
    }
    patterns(found)
}

/// Takes exact patterns out that tenant data may not name: reserved ones. Adds
/// a retired one now and then.
pub(super) fn for_tenant(
    rng: &mut Rng,
    model: &Model,
    mut list: Vec<Spanned<Pattern>>,
) -> Vec<Spanned<Pattern>> {
    let reserved = expand(model, &model.reserved.permissions);
    list.retain(|pattern| match &pattern.value {
        Pattern::Exact { kind, action } => !reserved.contains(&(kind.to_string(), action.to_string())),
        _ => true,
    });
    if let Some(retired) = model.retired.permissions.first()
        && rng.chance(5)
    {
        list.push(at(retired.value.clone()));
    }
    list
}
