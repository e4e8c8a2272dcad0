//! What could be in a list: whom and what a tenant has, in order.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::decide::question::KeyRef;
use crate::snapshot::Snapshot;
use crate::snapshot::index::{PrincipalTypeIx, TypeIx};
use crate::snapshot::model::{Builtin, Model};
use crate::snapshot::order::Order;
use crate::snapshot::tenant::Tenant;

type Ids<'a> = Box<dyn Iterator<Item = Cow<'a, str>> + 'a>;

/// The ids of a tenant's resources of a type, by their bytes, from the first one
/// after `after` on.
pub(super) fn resources<'a>(
    model: &'a Model,
    tenant: &'a Tenant,
    kind: TypeIx,
    after: Option<&'a str>,
) -> Ids<'a> {
    let frame = &tenant.frame;
    let sorted = |ids: BTreeSet<&'a str>| -> Ids<'a> {
        Box::new(ids.into_iter().filter(move |id| after.is_none_or(|after| *id > after)).map(Cow::Borrowed))
    };
    match model.kind(kind).and_then(|row| row.builtin) {
        None => Box::new(tenant.orders.resources.after(kind.0, after).map(Cow::Borrowed)),
        Some(Builtin::Member) => keys(model, &tenant.orders.members, after),
        Some(Builtin::App) => keys(model, &tenant.orders.installs, after),
        Some(Builtin::Group) => sorted(frame.groups.iter().map(|group| &*group.id).collect()),
        // `everyone` and `anyone` are held by rule and no roles to be given.
        Some(Builtin::Role) => sorted(
            model
                .roles
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != model.everyone.at() && *at != model.anyone.at())
                .map(|(_, role)| &*role.id)
                .chain(frame.roles.iter().map(|role| &*role.id))
                .collect(),
        ),
    }
}

/// Principals as resources: their ids are texts, `type:id`.
fn keys<'a>(model: &'a Model, order: &'a Order, after: Option<&'a str>) -> Ids<'a> {
    // The order of `type:id` is not that of types and then ids: `a2:x` stands
    // before `a:x`. Types ordered with their colon are in the order of the texts.
    let mut kinds: Vec<(String, PrincipalTypeIx)> =
        model.principal_kinds().map(|(kind, name)| (format!("{name}:"), kind)).collect();
    kinds.sort();
    Box::new(kinds.into_iter().flat_map(move |(prefix, kind)| {
        let (skip, from) = match after {
            None => (false, None),
            Some(after) => match after.strip_prefix(prefix.as_str()) {
                Some(id) => (false, Some(id)),
                None => (prefix.as_str() < after, None),
            },
        };
        let ids = (!skip).then(|| order.after(kind.0, from));
        ids.into_iter().flatten().map(move |id| Cow::Owned(format!("{prefix}{id}")))
    }))
}

/// The members of a tenant of these types, and its installed apps if they count,
/// by type and id, from the first one after `after` on.
pub(super) fn principals<'a>(
    snapshot: &'a Snapshot,
    tenant: &'a Tenant,
    types: &[PrincipalTypeIx],
    (apps, after): (bool, Option<KeyRef<'a>>),
) -> impl Iterator<Item = (PrincipalTypeIx, &'a str)> + use<'a> {
    // Types are numbered in the order of their names.
    let kinds: BTreeSet<PrincipalTypeIx> = types.iter().copied().collect();
    let model = snapshot.model();
    kinds.into_iter().flat_map(move |kind| {
        let name = model.principal_kind_name(kind);
        let (skip, from) = match after {
            Some(after) if after.kind == name => (false, Some(after.id)),
            Some(after) => (name < after.kind, None),
            None => (false, None),
        };
        let members = (!skip).then(|| tenant.orders.members.after(kind.0, from)).into_iter().flatten();
        let installs =
            (apps && !skip).then(|| tenant.orders.installs.after(kind.0, from)).into_iter().flatten();
        merged(members, installs).map(move |id| (kind, id))
    })
}

/// Two walks in order, as one.
fn merged<'a>(
    a: impl Iterator<Item = &'a str>,
    b: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = &'a str> {
    let (mut a, mut b) = (a.peekable(), b.peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(x), Some(y)) if x <= y => a.next(),
        (Some(_), None) => a.next(),
        _ => b.next(),
    })
}
