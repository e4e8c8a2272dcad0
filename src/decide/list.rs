//! Lists: what one principal may do, on which resources, and who may.
//!
//! Every answer is the decision, made once for each thing that could be in the
//! list; [`extent`] alone, which is about every resource of a type at once, makes
//! it twice over what is open (`facts::Bound`). So a list cannot disagree with a
//! check.
//!
//! Invariants:
//!
//! 1. *In order.* Ids by their bytes; principals by type, then id.
//! 2. *Nothing is cut off silently.* A page that ends before the list says after
//!    which key to go on, and that key has been decided.
//! 3. *Bounded.* A page ends with its answers or its decisions, whichever comes
//!    first, and whoever asked may stop it between two of them.

mod universe;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::admit::{AdmittedTarget, Caller, PrincipalTypes};
use super::facts::Bound;
use super::question::KeyRef;
use super::{Reason, Request, check, steps};
use crate::model::Timestamp;
use crate::snapshot::index::{PrincipalTypeIx, TypeIx};
use crate::snapshot::{PermissionIx, Snapshot};

/// Whether something is allowed, whichever resource it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// Whatever the resource.
    Always,
    /// Whatever the resource, not.
    Never,
    /// It may depend on the resource.
    Conditional,
}

/// How far a page goes at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PageLimit {
    /// Answers in it.
    pub answers: usize,
    /// Decisions made for it.
    pub decisions: usize,
}

/// A part of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page<T, K = T> {
    /// What is in it.
    pub items: Vec<T>,
    /// The last thing that was decided, when there is more after it.
    pub next: Option<K>,
    /// How often each reason decided. What is asked of a whole type has none.
    pub reasons: BTreeMap<Reason, u64>,
}

/// Whoever asked does not want the answer any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stopped;

/// What a list is about: who asks, about which permission, at which instant.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Who asks. For a list of principals, the call without one.
    pub caller: &'a Caller<'a>,
    /// May it do this?
    pub permission: PermissionIx,
    /// When.
    pub now: Timestamp,
}

/// A principal's type and id.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct PrincipalKey {
    /// The type.
    pub kind: String,
    /// The id.
    pub id: String,
}

/// Whether a permission is allowed on a resource, or on every resource of a type
/// when the target has no id.
///
/// Of every resource of a type, what was sent is known and all else is open: it
/// may be [`Extent::Conditional`] where a closer look knew better, never the
/// reverse.
#[must_use]
pub fn extent<'a>(snapshot: &'a Snapshot, request: Request<'a>, now: Timestamp) -> Extent {
    let Request { caller, target, permission } = request;
    if target.id.is_some() {
        return if check(snapshot, request, now).allowed() { Extent::Always } else { Extent::Never };
    }
    let allowed = |bound| steps::allowed_of_all(snapshot, (caller, target), permission, now, bound);
    if allowed(Bound::Lower) {
        Extent::Always
    } else if allowed(Bound::Upper) {
        Extent::Conditional
    } else {
        Extent::Never
    }
}

/// The ids of the tenant's registered resources of the permission's type on which
/// it is allowed, from the first id after `after` on. Members, groups, roles and
/// installed apps are registered by being there.
///
/// # Errors
///
/// [`Stopped`] when `go_on` says so.
pub fn registered(
    snapshot: &Snapshot,
    subject: Subject<'_>,
    after: Option<&str>,
    limit: PageLimit,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Page<String>, Stopped> {
    let Subject { caller, permission, now } = subject;
    let model = snapshot.model();
    let kind: Option<TypeIx> = model.permission(permission).map(|row| row.kind);
    let (Some(tenant), Some(kind)) = (caller.tenant, kind) else { return Ok(Page::empty()) };
    let mut ids = universe::resources(model, tenant, kind, after);
    let Page { items, next, reasons } = page(&mut ids, limit, go_on, |id| {
        let target = AdmittedTarget::registered(model, tenant, kind, id);
        let reason = check(snapshot, Request { caller, target: &target, permission }, now).reason;
        (Some(reason), reason.allows().then(|| id.clone().into_owned()))
    })?;
    Ok(Page { items, next: next.map(Cow::into_owned), reasons })
}

/// The members and installed apps of the tenant, of these types, that may do it to
/// a target, from the first after `after` on. When the call acts through an app or
/// token, apps are none of them: an app acts for itself.
///
/// # Errors
///
/// [`Stopped`] when `go_on` says so.
pub fn principals<'a>(
    snapshot: &'a Snapshot,
    subject: Subject<'a>,
    target: &'a AdmittedTarget<'a>,
    types: &PrincipalTypes,
    (after, limit): (Option<&PrincipalKey>, PageLimit),
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Page<PrincipalKey>, Stopped> {
    let Subject { caller, permission, now } = subject;
    let Some(tenant) = caller.tenant else { return Ok(Page::empty()) };
    let after = after.map(|key| KeyRef { kind: &key.kind, id: &key.id });
    let mut keys = universe::principals(snapshot, tenant, &types.0, (!caller.acts_through(), after));
    let told = |(kind, id): (PrincipalTypeIx, &str)| PrincipalKey {
        kind: snapshot.model().principal_kind_name(kind).to_owned(),
        id: id.to_owned(),
    };
    let Page { items, next, reasons } = page(&mut keys, limit, go_on, |key| {
        let caller = caller.by(snapshot, key.0, key.1);
        let reason = check(snapshot, Request { caller: &caller, target, permission }, now).reason;
        (Some(reason), reason.allows().then(|| told(*key)))
    })?;
    Ok(Page { items, next: next.map(told), reasons })
}

/// Whether principals that the tenant does not know may do it as well: of each of
/// these types, and whatever their id.
#[must_use]
pub fn anyone<'a>(
    snapshot: &'a Snapshot,
    subject: Subject<'a>,
    target: &'a AdmittedTarget<'a>,
    types: &PrincipalTypes,
) -> bool {
    let Subject { caller, permission, now } = subject;
    // A model without principal types has nobody to be allowed.
    !types.0.is_empty()
        && types.0.iter().all(|kind| {
            let caller = caller.by_anyone(snapshot, *kind);
            check(snapshot, Request { caller: &caller, target, permission }, now).allowed()
        })
}

/// Walks what could be in a list until the page is full or the list ends; `decide`
/// makes the one decision for a key, and an answer of it if it belongs in the list.
/// It tells the decision's reason, if it has one.
///
/// # Errors
///
/// [`Stopped`] when `go_on` says so.
pub fn page<T, K>(
    keys: &mut dyn Iterator<Item = K>,
    limit: PageLimit,
    go_on: &mut dyn FnMut() -> bool,
    mut decide: impl FnMut(&K) -> (Option<Reason>, Option<T>),
) -> Result<Page<T, K>, Stopped> {
    let mut items = Vec::new();
    let mut reasons = BTreeMap::new();
    let mut decisions = 0usize;
    let mut keys = keys.peekable();
    while let Some(key) = keys.next() {
        if decisions.is_multiple_of(PATIENCE) && !go_on() {
            return Err(Stopped);
        }
        let (reason, item) = decide(&key);
        items.extend(item);
        if let Some(reason) = reason {
            let count = reasons.entry(reason).or_insert(0_u64);
            *count = count.saturating_add(1);
        }
        decisions = decisions.saturating_add(1);
        if (items.len() >= limit.answers || decisions >= limit.decisions) && keys.peek().is_some() {
            return Ok(Page { items, next: Some(key), reasons });
        }
    }
    Ok(Page { items, next: None, reasons })
}

/// Decisions between two questions whether to go on: some tens of microseconds.
pub(crate) const PATIENCE: usize = 64;

impl<T, K> Page<T, K> {
    const fn empty() -> Self {
        Self { items: Vec::new(), next: None, reasons: BTreeMap::new() }
    }
}
