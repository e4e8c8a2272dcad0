//! A draft that has no fault, compiled into the tenant that comes after.
//!
//! What the draft does not touch is shared. When the frame changes, every member
//! takes a standing of the new frame, made once for all that share the old one.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::draft::Settled;
use crate::document::definition::{self as def, KeyMap};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::build::{self, Memberships, Shared};
use crate::snapshot::digest::{self, Contents};
use crate::snapshot::index::GroupIx;
use crate::snapshot::model::Model;
use crate::snapshot::order::Order;
use crate::snapshot::table::{Item, Table};
use crate::snapshot::tenant::{Frame, Member, Pool, Standing, Tenant};

/// Compiles what a draft leaves of a tenant that it did not put whole.
pub(super) fn tenant(model: &Model, base: &Tenant, draft: Settled<'_>, revision: Revision) -> Tenant {
    let mut next = Tenant { revision, ..base.clone() };
    let mut shared = Shared::of(&base.pool);
    let mut memberships = None;
    let Settled { frame, rows, deleted, .. } = draft;
    if let Some(frame) = frame {
        let (frame, of) = build::frame(model, Arc::new(frame));
        let Pool { overrides, switches, .. } = base.pool.as_ref();
        shared = Shared::of_any(overrides, switches);
        next.pool = Arc::new(Pool {
            standings: Box::default(),
            overrides: overrides.clone(),
            switches: switches.clone(),
        });
        reframe(model, &mut next, frame, &of, &mut shared);
        memberships = Some(of);
    }
    let mut work = Work { model, next, shared, memberships, contents: Contents::default() };
    work.members(&rows.members, &deleted.members);
    work.resources(&rows.resources, &deleted.resources);
    work.installs(&rows.installs, &deleted.installs);
    let Work { mut next, shared, .. } = work;
    next.pool = shared.pool(&next.pool);
    next
}

/// Puts a tenant on another frame.
fn reframe(model: &Model, tenant: &mut Tenant, frame: Frame, of: &Memberships, shared: &mut Shared) {
    let kind = |key: &Key| model.principal_type_names.get(key.kind()).map(|kind| kind.0);
    let groups_of: HashMap<(u32, &str), &Arc<[GroupIx]>> =
        of.iter().filter_map(|(key, groups)| Some(((kind(key)?, key.id()), groups))).collect();
    let mut made: HashMap<(usize, usize), Arc<Standing>> = HashMap::new();
    tenant.members = tenant.members.map(|kind, id, row| {
        let groups = groups_of.get(&(kind, id)).copied().unwrap_or(of.none());
        let key = (Arc::as_ptr(&row.standing).addr(), Arc::as_ptr(groups).cast::<GroupIx>().addr());
        let standing = made.entry(key).or_insert_with(|| {
            build::standing(model, &frame, Arc::clone(&row.standing.given), groups, shared)
        });
        Member { standing: Arc::clone(standing), ..row.clone() }
    });
    let is_member = |key: &Key| kind(key).is_some_and(|kind| tenant.members.get(kind, key.id()).is_some());
    let guests = of
        .iter()
        .filter(|(key, _)| !is_member(key))
        .filter_map(|(key, groups)| build::guest_item(model, &frame, key, groups, shared))
        .collect();
    tenant.guests = Table::build(guests);
    if !numbered_alike(&tenant.frame, &frame) {
        let rows: Vec<(Key, def::Registered)> = tenant
            .resources
            .iter()
            .filter_map(|(kind, id, row)| {
                let key = Key::new(crate::snapshot::content::type_name(model, kind), id).ok()?;
                Some((key, crate::snapshot::content::resource(model, row)))
            })
            .collect();
        let rows = rows.iter().map(|(key, row)| (key, row));
        tenant.resources = Table::build(build::resources(model, &frame, rows, shared));
        tenant.reach = Arc::default();
    }
    let old = digest::frame(&tenant.frame.source);
    tenant.digest = tenant.digest.without(old).with(digest::frame(&frame.source));
    tenant.frame = Arc::new(frame);
}

/// Whether two frames have the same roles and groups by the same numbers.
fn numbered_alike(a: &Frame, b: &Frame) -> bool {
    let roles = |frame: &Frame| frame.source.roles.keys().cloned().collect::<Vec<_>>();
    let groups = |frame: &Frame| frame.source.groups.keys().cloned().collect::<Vec<_>>();
    roles(a) == roles(b) && groups(a) == groups(b)
}

struct Work<'m> {
    model: &'m Model,
    next: Tenant,
    shared: Shared,
    /// Made when the first is asked for.
    memberships: Option<Memberships>,
    contents: Contents,
}

/// Rows of a kind that a draft has, by number.
struct Put<'d, T> {
    kind: u32,
    key: &'d Key,
    row: Option<&'d T>,
}

impl Work<'_> {
    fn members(&mut self, rows: &KeyMap<def::Member>, deleted: &BTreeSet<Key>) {
        let rows =
            numbered(rows, deleted, |kind| self.model.principal_type_names.get(kind).map(|kind| kind.0));
        let (mut items, mut keys) = (Vec::new(), Vec::new());
        let mut digest = self.next.digest;
        for Put { kind, key, row } in &rows {
            let old = self.next.members.get(*kind, key.id()).map(|(_, row)| row.clone());
            if let Some(old) = &old {
                digest = digest.without(self.contents.member(self.model, *kind, key.id(), old));
            }
            let groups = match &old {
                Some(old) => Arc::clone(&old.standing.groups),
                None => self.groups(key),
            };
            match row {
                Some(def) => {
                    if old.is_none() {
                        keys.push((*kind, key.id()));
                        self.next.guests = self.next.guests.without(*kind, key.id());
                    }
                    let row = build::member(self.model, &self.next.frame, def, &groups, &mut self.shared);
                    digest = digest.with(self.contents.member(self.model, *kind, key.id(), &row));
                    items.push(Item { kind: *kind, text: key.id(), row });
                }
                None => {
                    self.next.members = self.next.members.without(*kind, key.id());
                    self.next.orders.members = self.next.orders.members.without(*kind, key.id());
                    if !groups.is_empty() {
                        let frame = Arc::clone(&self.next.frame);
                        let guest = build::guest_item(self.model, &frame, key, &groups, &mut self.shared);
                        self.next.guests = self.next.guests.with_all(guest.into_iter().collect());
                    }
                }
            }
        }
        self.next.members = self.next.members.with_all(items);
        self.next.orders.members = with_keys(&self.next.orders.members, keys);
        self.next.digest = digest;
    }

    /// The groups of a principal that is no member yet.
    fn groups(&mut self, key: &Key) -> Arc<[GroupIx]> {
        if self.next.frame.groups.is_empty() {
            return Arc::from([]);
        }
        let source = &self.next.frame.source;
        let of = self.memberships.get_or_insert_with(|| build::frame(self.model, Arc::clone(source)).1);
        Arc::clone(of.of(key))
    }

    fn resources(&mut self, rows: &KeyMap<def::Registered>, deleted: &BTreeSet<Key>) {
        let rows = numbered(rows, deleted, |kind| self.model.type_names.get(kind).map(|kind| kind.0));
        if rows.is_empty() {
            return;
        }
        let mut keys = Vec::new();
        let mut digest = self.next.digest;
        for Put { kind, key, row } in &rows {
            let old = self.next.resources.get(*kind, key.id()).map(|(_, row)| Arc::clone(row));
            if let Some(old) = &old {
                let content = crate::snapshot::content::resource(self.model, old);
                digest = digest.without(digest::resource(self.model, *kind, key.id(), &content));
            }
            match row {
                Some(row) => {
                    digest = digest.with(digest::resource(self.model, *kind, key.id(), row));
                    if old.is_none() {
                        keys.push((*kind, key.id()));
                    }
                }
                None => {
                    self.next.resources = self.next.resources.without(*kind, key.id());
                    self.next.orders.resources = self.next.orders.resources.without(*kind, key.id());
                }
            }
        }
        let put = rows.iter().filter_map(|put| Some((put.key, put.row?)));
        let items = build::resources(self.model, &self.next.frame, put, &mut self.shared);
        self.next.resources = self.next.resources.with_all(items);
        self.next.orders.resources = with_keys(&self.next.orders.resources, keys);
        self.next.reach = Arc::default();
        self.next.digest = digest;
    }

    fn installs(&mut self, rows: &KeyMap<def::Install>, deleted: &BTreeSet<Key>) {
        let rows =
            numbered(rows, deleted, |kind| self.model.principal_type_names.get(kind).map(|kind| kind.0));
        for Put { kind, key, row } in &rows {
            let (kind, id) = (*kind, key.id());
            let old = self.next.installs.get(kind, id).map(|(_, row)| Arc::clone(row));
            if let Some(old) = &old {
                let content = crate::snapshot::content::install(self.model, old);
                self.next.digest = self.next.digest.without(digest::install(self.model, kind, id, &content));
            }
            match row {
                Some(def) => {
                    self.next.digest = self.next.digest.with(digest::install(self.model, kind, id, def));
                    let row = build::install(self.model, def);
                    self.next.installs = self.next.installs.with(Item { kind, text: id, row });
                    if old.is_none() {
                        self.next.orders.installs = self.next.orders.installs.with(vec![(kind, id)]);
                    }
                }
                None => {
                    self.next.installs = self.next.installs.without(kind, id);
                    self.next.orders.installs = self.next.orders.installs.without(kind, id);
                }
            }
        }
    }
}

/// Rows with the numbers of their kinds. A kind that the model does not have was
/// told as a fault, unless the row is deleted, and then there is nothing to delete.
fn numbered<'d, T>(
    rows: &'d KeyMap<T>,
    deleted: &'d BTreeSet<Key>,
    kind: impl Fn(&str) -> Option<u32>,
) -> Vec<Put<'d, T>> {
    let put = rows.iter().map(|(key, row)| (key, Some(&row.value)));
    put.chain(deleted.iter().map(|key| (key, None)))
        .filter_map(|(key, row)| Some(Put { kind: kind(key.kind())?, key, row }))
        .collect()
}

fn with_keys(order: &Order, keys: Vec<(u32, &str)>) -> Order {
    if keys.is_empty() { order.clone() } else { order.with(keys) }
}

/// The digest of everything, when one tenant takes another's place.
pub(super) fn everything(sum: Digest, id: &str, old: Option<Digest>, new: Option<Digest>) -> Digest {
    let sum = old.map_or(sum, |old| sum.without(digest::tenant(id, old)));
    new.map_or(sum, |new| sum.with(digest::tenant(id, new)))
}
