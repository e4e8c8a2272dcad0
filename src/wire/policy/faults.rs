//! What the core says about changes, told in the words of the messages.

use std::collections::{BTreeMap, BTreeSet};

use super::read::read_one;
use super::walk::Walk;
use crate::document::Place;
use crate::snapshot::apply::{At, Told};
use crate::wire::api;

/// Writes what is wrong with changes, or doubtful. `change` gives the message that a
/// change was read from, by its number in the set from 1.
pub(crate) fn faults(told: &[Told], change: &dyn Fn(u32) -> Option<api::Change>) -> Vec<api::PolicyFault> {
    let paths = paths(told, change);
    told.iter().map(|told| fault(told, &paths)).collect()
}

/// The path of a place that reading a change has given to something in it.
pub(crate) fn path_of(change: &api::Change, place: Place) -> String {
    let wanted = BTreeSet::from([place.start]);
    let found = look(change.clone(), place.source, wanted).remove(&place.start);
    found.unwrap_or_else(|| whole(place.source))
}

type Paths = BTreeMap<(u32, u32), String>;

/// Reads every change again that something is told of: once, however much it is.
fn paths(told: &[Told], change: &dyn Fn(u32) -> Option<api::Change>) -> Paths {
    let mut wanted: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for told in told {
        if let At::Change(place) = told.at {
            wanted.entry(place.source).or_default().insert(place.start);
        }
    }
    let mut paths = Paths::new();
    for (number, wanted) in wanted {
        if let Some(change) = change(number) {
            let found = look(change, number, wanted).into_iter();
            paths.extend(found.map(|(start, path)| ((number, start), path)));
        }
    }
    paths
}

fn look(change: api::Change, number: u32, wanted: BTreeSet<u32>) -> BTreeMap<u32, String> {
    let mut walk = Walk::looking_for(wanted);
    // It was read before, and has no fault; what it says is not asked.
    drop(read_one(change, number, &mut walk));
    walk.found()
}

fn fault(told: &Told, paths: &Paths) -> api::PolicyFault {
    let Told { at, message, help } = told;
    let (path, line, column) = match at {
        At::Whole => (String::new(), 0, 0),
        At::Change(Place { source, start, end: _ }) => {
            (paths.get(&(*source, *start)).cloned().unwrap_or_else(|| whole(*source)), 0, 0)
        }
        At::Document { change, line, column } => {
            (format!("{}.put_model.document", whole(*change)), *line, *column)
        }
        At::Held(path) => (path.clone(), 0, 0),
    };
    api::PolicyFault { path, message: message.clone(), help: help.clone().unwrap_or_default(), line, column }
}

/// The path of a change.
fn whole(number: u32) -> String {
    format!("changes[{}]", number.saturating_sub(1))
}
