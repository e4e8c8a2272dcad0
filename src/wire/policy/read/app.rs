//! Apps, and their installs in tenants.

use super::super::walk::{Path, Walk};
use super::parts::{Form, labels, map, shown, values};
use crate::document::definition::{App, GrantedModes, Install, Review, ScopeRequest};
use crate::model::Key;
use crate::wire::api;

/// Reads an app; `None` without a key.
pub(super) fn app(sent: api::App, id: Option<Key>, path: &Path<'_>, walk: &mut Walk) -> Option<App> {
    let api::App { title, description, requests, review: stands } = sent;
    let requests = map(requests, &path.field("requests"), walk, Form::Scope, |sent, path, walk| {
        let api::ScopeRequest { modes, justification } = sent;
        if justification.trim().is_empty() {
            walk.missing(&path.field("justification"));
        }
        Some(ScopeRequest { modes: labels(modes, &path.field("modes"), walk), justification })
    });
    let review = review(stands, path, walk);
    Some(App { id: id?, label: shown(title, description), requests, review: review? })
}

fn review(sent: i32, path: &Path<'_>, walk: &mut Walk) -> Option<Review> {
    match api::Review::try_from(sent) {
        Ok(api::Review::Unspecified | api::Review::Pending) => Some(Review::Pending),
        Ok(api::Review::Approved) => Some(Review::Approved),
        Ok(api::Review::Rejected) => Some(Review::Rejected),
        Err(_) => {
            walk.malformed(&path.field("review"), format!("{sent} is no value of Review"));
            None
        }
    }
}

/// Reads an install.
pub(super) fn install(sent: api::Install, path: &Path<'_>, walk: &mut Walk) -> Install {
    let api::Install { granted, attributes } = sent;
    Install {
        granted: map(granted, &path.field("granted"), walk, Form::Scope, granted_scope),
        attributes: values(attributes, &path.field("attributes"), walk),
    }
}

fn granted_scope(sent: api::GrantedScope, path: &Path<'_>, walk: &mut Walk) -> Option<GrantedModes> {
    let api::GrantedScope { all, modes } = sent;
    match (all, modes.is_empty()) {
        (true, true) => Some(GrantedModes::All),
        (false, false) => Some(GrantedModes::Modes(labels(modes, &path.field("modes"), walk))),
        (true, false) | (false, true) => {
            walk.malformed(path, "exactly one of `all` and `modes` must be set");
            None
        }
    }
}
