//! Scopes, and the apps that ask for them.

use std::sync::Arc;

use super::model::{authority, grant, program, values};
use crate::document::definition::{self as def, GrantedModes, Map, NameList, Review, ScopeCover};
use crate::document::{Owner, Programs};
use crate::model::Revision;
use crate::snapshot::index::PartIx;
use crate::snapshot::model::{Model, ScopeModes, ScopePart};
use crate::snapshot::permissions::PermissionSet;
use crate::snapshot::tenant::App;

/// Compiles the scopes into the model.
pub(super) fn parts(model: &mut Model, def: &def::Model, programs: &Programs) {
    for (id, scope) in &def.scopes {
        let mut add = |entries: &[def::Entry], mode: Option<&String>| {
            let owner = |entry| Owner::Scope { scope: id.clone(), mode: mode.cloned(), entry };
            let grant = grant(model, entries, &PermissionSet::default(), |entry, _| {
                Box::new([program(programs, &owner(entry))])
            });
            let ix = PartIx::of(model.parts.len());
            model.parts.push(ScopePart {
                scope: id.as_str().into(),
                authority: authority(def, scope.authority.as_ref()),
                grant,
            });
            ix
        };
        let modes = match &scope.covers {
            ScopeCover::Allow(entries) => ScopeModes::Plain(add(entries, None)),
            ScopeCover::Modes(modes) => ScopeModes::Modes(
                modes
                    .iter()
                    .map(|(mode, entries)| (mode.as_str().into(), add(entries, Some(mode))))
                    .collect(),
            ),
        };
        model.part_names.insert(id.as_str().into(), modes);
    }
}

/// Compiles an app.
pub(in crate::snapshot) fn app(model: &Model, def: &def::App, revision: Revision) -> Arc<App> {
    let mut requested = Vec::new();
    for (scope, request) in &def.requests {
        requested.extend(modes(model, scope, &request.modes));
    }
    requested.sort();
    requested.dedup();
    let (approved, source) = (def.review == Review::Approved, def.clone());
    Arc::new(App { approved, requested: requested.into_boxed_slice(), source, revision })
}

/// The parts that an install grants, in order.
pub(in crate::snapshot) fn granted(model: &Model, granted: &Map<GrantedModes>) -> Box<[PartIx]> {
    let mut parts = Vec::new();
    for (scope, how) in granted {
        match (&how.value, model.part_names.get(scope.as_str())) {
            (_, None) => {}
            (GrantedModes::Modes(names), Some(_)) => parts.extend(modes(model, scope, names)),
            (GrantedModes::All, Some(ScopeModes::Plain(part))) => parts.push(*part),
            (GrantedModes::All, Some(ScopeModes::Modes(all))) => parts.extend(all.values().copied()),
        }
    }
    parts.sort();
    parts.dedup();
    parts.into_boxed_slice()
}

/// The parts that a scope's name with these modes stands for.
fn modes(model: &Model, scope: &str, names: &NameList) -> Vec<PartIx> {
    match model.part_names.get(scope) {
        None => Vec::new(),
        Some(ScopeModes::Plain(part)) if names.is_empty() => vec![*part],
        Some(ScopeModes::Plain(_)) => Vec::new(),
        Some(ScopeModes::Modes(all)) => {
            values(names).filter_map(|mode| all.get(mode.as_str()).copied()).collect()
        }
    }
}
