//! Members, and the restrictions that are switched on for them.

use std::collections::BTreeMap;

use super::super::walk::{Path, Walk};
use super::parts::{Form, label, map, patterns, shown, timestamp, values};
use crate::document::Spanned;
use crate::document::definition::{GivenRole, Map, Member, Overrides, Params};
use crate::wire::api;

/// Reads a member.
pub(super) fn member(sent: api::Member, path: &Path<'_>, walk: &mut Walk) -> Member {
    let api::Member {
        title,
        description,
        roles,
        attributes,
        override_allow,
        override_deny,
        restrictions,
        expires_at,
        suspended,
    } = sent;
    Member {
        label: shown(title, description),
        roles: walk.set_by(
            roles,
            &path.field("roles"),
            |walk, sent, path| given_role(sent, path, walk),
            |given| &given.value.role,
        ),
        attributes: values(attributes, &path.field("attributes"), walk),
        overrides: Overrides {
            allow: patterns(override_allow, &path.field("override_allow"), walk),
            deny: patterns(override_deny, &path.field("override_deny"), walk),
        },
        restrictions: switches(restrictions, &path.field("restrictions"), walk),
        expires_at: timestamp(expires_at, &path.field("expires_at"), walk),
        suspended,
    }
}

fn given_role(sent: api::GivenRole, path: &Path<'_>, walk: &mut Walk) -> Option<Spanned<GivenRole>> {
    let api::GivenRole { role, expires_at } = sent;
    let at = walk.place(&path.field("role"));
    let role = label(role, &path.field("role"), walk);
    let expires_at = timestamp(expires_at, &path.field("expires_at"), walk);
    Some(Spanned::new(at, GivenRole { role: role?, expires_at }))
}

/// Reads switched restrictions with their parameters.
pub(super) fn switches(
    sent: BTreeMap<String, api::RestrictionParams>,
    path: &Path<'_>,
    walk: &mut Walk,
) -> Map<Params> {
    map(sent, path, walk, Form::Label, |sent, path, walk| {
        let api::RestrictionParams { params } = sent;
        Some(values(params, &path.field("params"), walk))
    })
}
