//! Reads App documents.

use super::node::{label, map, names, spanned_key};
use crate::document::definition::{App, Review, ScopeRequest};
use crate::document::place::Spanned;
use crate::document::yaml::Node;

/// Reads an app; `None` without an id that can be read.
pub(super) fn app(node: &Node) -> Option<Spanned<App>> {
    let id = spanned_key(node.get("id")?)?;
    let request = |node: &Node| {
        let justification = node.get("justification").and_then(Node::text).unwrap_or_default().to_owned();
        Some(ScopeRequest { modes: names(node.get("modes")), justification })
    };
    let review = match node.get("review").and_then(Node::text) {
        Some("approved") => Review::Approved,
        Some("rejected") => Review::Rejected,
        _ => Review::Pending,
    };
    let requests = map(node.get("requests"), request);
    Some(Spanned::new(id.at, App { id: id.value, label: label(node), requests, review }))
}
