//! ACLs on the resource and above it: which entries name the principal, and
//! what they give and deny.

use super::admit::{Acting, Carrier, Who};
use super::decision::Cause;
use super::facts::{Bound, Context};
use super::question::KeyRef;
use crate::document::definition::Precedence;
use crate::snapshot::PermissionIx;
use crate::snapshot::index::GroupIx;
use crate::snapshot::model::Coverage;
use crate::snapshot::tenant::{AclEntry, SubjectRef};

/// The entry that denies: on the nearest resource, the least by its text.
pub(super) fn deny<'a>(context: &Context<'a>, permission: PermissionIx) -> Option<Cause<'a>> {
    if context.bound == Some(Bound::Lower) && denied_somewhere(context, permission) {
        return Some(Cause::None);
    }
    first(context, |carrier| {
        let denies = |entry: &&'a AclEntry| covers(carrier, entry.denies(), permission);
        named(context, carrier).chain(via_app(context, carrier)).filter(denies).min_by(by_text)
    })
}

/// The entry whose level grants: on the nearest resource, the least by its text.
pub(super) fn grant<'a>(context: &Context<'a>, permission: PermissionIx) -> Option<Cause<'a>> {
    if context.bound == Some(Bound::Upper) && given_somewhere(context, permission) {
        return Some(Cause::None);
    }
    first(context, |carrier| {
        let gives = |entry: &&'a AclEntry| covers(carrier, entry.gives(), permission);
        let own = own(context, carrier).filter(|entry| entry.gives().is_some());
        let replaces =
            context.model.kind(carrier.kind).is_some_and(|row| row.precedence == Precedence::Principal);
        match own {
            _ if matches!(context.caller.who, Who::Stranger) => anyone(context, carrier).filter(gives),
            Some(own) if replaces => Some(own).filter(gives),
            _ => named(context, carrier).filter(gives).min_by(by_text),
        }
    })
}

/// Whether `anyone` is given the permission by an entry here or above.
pub(super) fn anyone_covers(context: &Context<'_>, permission: PermissionIx) -> bool {
    let Context { tenant, now, .. } = *context;
    if context.bound == Some(Bound::Upper) && tenant.reach().gives(&SubjectRef::Anyone, permission, now) {
        return true;
    }
    certain(context)
        .filter_map(|carrier| Some((carrier, anyone(context, carrier)?)))
        .any(|(carrier, entry)| covers(carrier, entry.gives(), permission))
}

/// Whether the ACL of some resource of the tenant gives it, as that of a resource
/// that is not known may.
fn given_somewhere(context: &Context<'_>, permission: PermissionIx) -> bool {
    let Context { tenant, now, .. } = *context;
    subjects(context).chain([itself(context)]).any(|subject| tenant.reach().gives(&subject, permission, now))
}

/// Whether the ACL of some resource of the tenant denies it.
fn denied_somewhere(context: &Context<'_>, permission: PermissionIx) -> bool {
    let Context { tenant, now, .. } = *context;
    let app = match context.caller.acting {
        Acting::App { key, kind, .. } => Some(SubjectRef::Principal(kind, key.id)),
        Acting::Itself | Acting::Token => None,
    };
    subjects(context)
        .chain([itself(context)])
        .chain(app)
        .any(|subject| tenant.reach().denies(&subject, permission, now))
}

/// The resources whose ACLs count for certain. Of every resource of a type, a
/// parent of that type may be the resource itself, and then nothing is below it.
fn certain<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Carrier<'a>> + use<'a> {
    let (target, open) = (context.target, context.bound.is_some());
    target.carriers.iter().filter(move |carrier| !open || carrier.kind != target.kind)
}

fn first<'a>(
    context: &Context<'a>,
    pick: impl Fn(&'a Carrier<'a>) -> Option<&'a AclEntry>,
) -> Option<Cause<'a>> {
    certain(context).find_map(|carrier| {
        let kind = context.model.kind_name(carrier.kind);
        pick(carrier)
            .map(|entry| Cause::Acl { resource: KeyRef { kind, id: carrier.id }, entry: &entry.text })
    })
}

fn covers(carrier: &Carrier<'_>, coverage: Option<&Coverage>, permission: PermissionIx) -> bool {
    coverage.is_some_and(|coverage| {
        let set = if carrier.itself { &coverage.own } else { &coverage.below };
        set.contains(permission)
    })
}

fn by_text(a: &&AclEntry, b: &&AclEntry) -> std::cmp::Ordering {
    a.text.cmp(&b.text)
}

/// The entries in force on one resource that name the principal, its groups or
/// its roles.
fn named<'a>(context: &Context<'a>, carrier: &'a Carrier<'a>) -> impl Iterator<Item = &'a AclEntry> {
    let now = context.now;
    own(context, carrier).into_iter().chain(
        subjects(context)
            .filter_map(|subject| carrier.resource.entry(&subject))
            .filter(move |entry| entry.in_force(now)),
    )
}

/// What ACL entries may name the principal by, but for its own name.
fn subjects<'a>(context: &Context<'a>) -> impl Iterator<Item = SubjectRef<'a>> + use<'a> {
    let model = context.model;
    let roles = context.roles.iter().map(move |(ix, _)| match ix {
        ix if ix == model.everyone => SubjectRef::Everyone,
        ix if ix == model.anyone => SubjectRef::Anyone,
        ix => SubjectRef::Role(ix),
    });
    let groups: &'a [GroupIx] = context.groups.groups;
    roles.chain(groups.iter().map(|ix| SubjectRef::Group(*ix)))
}

/// The entry in force that names the principal itself.
fn own<'a>(context: &Context<'a>, carrier: &'a Carrier<'a>) -> Option<&'a AclEntry> {
    carrier.resource.entry(&itself(context)).filter(|entry| entry.in_force(context.now))
}

const fn itself<'a>(context: &Context<'a>) -> SubjectRef<'a> {
    SubjectRef::Principal(context.caller.kind, context.caller.key.id)
}

fn anyone<'a>(context: &Context<'a>, carrier: &'a Carrier<'a>) -> Option<&'a AclEntry> {
    carrier.resource.entry(&SubjectRef::Anyone).filter(|entry| entry.in_force(context.now))
}

/// The entry in force that names the app the principal acts through. Only its
/// deny counts: an app is given nothing that its scopes do not say.
fn via_app<'a>(context: &Context<'a>, carrier: &'a Carrier<'a>) -> Option<&'a AclEntry> {
    let Acting::App { key, kind, .. } = context.caller.acting else { return None };
    let entry = carrier.resource.entry(&SubjectRef::Principal(kind, key.id));
    entry.filter(|entry| entry.in_force(context.now))
}
