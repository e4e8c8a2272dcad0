//! Entries of roles and scopes.
//!
//! Owns what an entry looks like: patterns, sometimes less a few, sometimes
//! under a condition. An `except` always leaves something and always takes
//! something.

use super::conditions::Names;
use super::rng::Rng;
use super::{Dials, permissions};
use crate::decide::reference::build::{cel, names, patterns};
use crate::document::definition::{Entry, Model, When};

/// Between one and `most` entries of a model, so many percent of them with a
/// condition.
pub(super) fn entries(rng: &mut Rng, conditional: u64, model: &Model, most: usize) -> Vec<Entry> {
    let count = 1 + rng.below(most);
    (0..count).map(|_| entry(rng, conditional, model)).collect()
}

fn entry(rng: &mut Rng, conditional: u64, model: &Model) -> Entry {
    let mut entry = Entry { permissions: permissions::draw(rng, model, 3), ..Entry::default() };
    take_some(rng, model, &mut entry);
    if rng.chance(conditional) {
        let mut covered = permissions::expand(model, &entry.permissions);
        let excepted = permissions::expand(model, &entry.except);
        covered.retain(|permission| !excepted.contains(permission));
        let readable = Names::new(rng, model, covered.iter().map(|(kind, _)| kind.as_str()));
        entry.when = When::Expression(cel(readable.draw(rng)));
    }
    entry
}

/// Between none and `most` entries of a custom role.
pub(super) fn custom_entries(rng: &mut Rng, dials: &Dials, model: &Model, most: usize) -> Vec<Entry> {
    let mut made = Vec::new();
    for _ in 0..rng.below(most + 1) {
        let drawn = permissions::draw(rng, model, 3);
        let mut entry = Entry { permissions: drawn, ..Entry::default() };
        entry.permissions = permissions::for_tenant(rng, model, entry.permissions);
        if entry.permissions.is_empty() {
            continue;
        }
        if model.reserved.permissions.is_empty() {
            take_some(rng, model, &mut entry);
        }
        if !model.conditions.is_empty() && rng.chance(dials.conditional) {
            let known: Vec<&String> = model.conditions.keys().collect();
            entry.when = When::Conditions(names(rng.some(&known, 1, known.len().min(2))));
        }
        made.push(entry);
    }
    made
}

fn take_some(rng: &mut Rng, model: &Model, entry: &mut Entry) {
    let covered: Vec<_> = permissions::expand(model, &entry.permissions).into_iter().collect();
    if covered.len() > 1 && rng.chance(20) {
        let taken = rng.some(&covered, 1, (covered.len() - 1).min(2));
        entry.except = patterns(taken.into_iter().map(|(kind, action)| format!("{kind}:{action}")));
    }
}
