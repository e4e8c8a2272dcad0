//! What changes leave of the parts that they touch, before it is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::held::Held;
use crate::document::definition::{self as def, AclEntry, AclSubject};
use crate::document::{Checked, Place, Spanned};
use crate::model::Key;
use crate::snapshot::content;
use crate::snapshot::model::Model;
use crate::snapshot::tenant::Tenant;

/// All drafts of a set.
#[derive(Debug, Default)]
pub(super) struct Drafts<'b> {
    /// Another model, with the change that puts it.
    pub(super) model: Option<Spanned<Checked>>,
    /// Apps; `None` for one that is deleted.
    pub(super) apps: BTreeMap<Key, Option<Spanned<def::App>>>,
    /// Tenants; `None` for one that is deleted.
    pub(super) tenants: BTreeMap<String, Option<Draft<'b>>>,
    /// They are of a piece of a whole policy.
    pub(super) loading: bool,
    /// What is doubtful so far.
    pub(super) warnings: Vec<super::Told>,
}

/// What changes leave of one tenant. What is not in it is as it was.
#[derive(Debug)]
pub(super) struct Draft<'b> {
    /// Where rows that are not here come from; `None` if the tenant was put whole.
    pub(super) base: Option<&'b Arc<Tenant>>,
    /// The tenant before the set.
    pub(super) was: Option<&'b Arc<Tenant>>,
    /// The tenant's own place, if it was put whole.
    pub(super) at: Place,
    /// Its frame, if that has changed.
    pub(super) frame: Option<def::Tenant>,
    /// Its plan has changed.
    pub(super) plan: Option<Place>,
    pub(super) members: Rows<def::Member>,
    pub(super) resources: Rows<def::Registered>,
    pub(super) installs: Rows<def::Install>,
    /// Custom roles that were put by a change of their own.
    pub(super) put_roles: BTreeMap<String, Place>,
    /// What was deleted, and with which change.
    pub(super) gone: Vec<(Gone, Place)>,
    /// Names what no change has touched.
    pub(super) held: Held,
}

/// Rows by key; `None` for one that is deleted.
pub(super) type Rows<T> = BTreeMap<Key, Option<Spanned<T>>>;

/// Something that was deleted, and that others may name.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Gone {
    Role(String),
    Group(String),
    /// Only what sits in it minds.
    Member(Key),
    Resource(Key),
    /// Only what sits in it minds.
    Install(Key),
}

impl<'b> Draft<'b> {
    /// A tenant that nothing has touched yet.
    pub(super) fn of(tenant: &'b Arc<Tenant>) -> Self {
        Self { base: Some(tenant), ..Self::empty(&tenant.frame.source.id, Some(tenant), Place::NOWHERE) }
    }

    /// A tenant that is put whole.
    pub(super) fn whole(def: def::Tenant, was: Option<&'b Arc<Tenant>>, at: Place) -> Self {
        let def::Tenant { id, members, resources, installs, .. } = &def;
        let empty = Self::empty(id, was, at);
        Self {
            members: rows(members),
            resources: rows(resources),
            installs: rows(installs),
            put_roles: def.roles.iter().map(|(id, role)| (id.clone(), role.at)).collect(),
            frame: Some(def::Tenant {
                members: def::KeyMap::new(),
                resources: def::KeyMap::new(),
                installs: def::KeyMap::new(),
                ..def
            }),
            ..empty
        }
    }

    fn empty(id: &str, was: Option<&'b Arc<Tenant>>, at: Place) -> Self {
        Self {
            base: None,
            was,
            at,
            frame: None,
            plan: None,
            members: Rows::new(),
            resources: Rows::new(),
            installs: Rows::new(),
            put_roles: BTreeMap::new(),
            gone: Vec::new(),
            held: Held::of(id),
        }
    }

    /// Its frame as it is now.
    pub(super) fn frame(&self) -> Option<&def::Tenant> {
        self.frame.as_ref().or_else(|| self.base.map(|base| base.frame.source.as_ref()))
    }

    /// Its frame, to be changed. Where its parts stood in the set that brought them
    /// means nothing any more.
    pub(super) fn frame_mut(&mut self) -> &mut def::Tenant {
        let Self { base, frame, held, .. } = self;
        frame.get_or_insert_with(|| {
            let mut frame = base.map(|base| base.frame.source.as_ref().clone()).unwrap_or_default();
            held.relocate(&mut frame);
            frame
        })
    }

    /// Whether there is such a member now.
    pub(super) fn has_member(&self, model: &Model, key: &Key) -> bool {
        let row = |base: &Tenant| {
            let kind = model.principal_type_names.get(key.kind())?;
            base.members.get(kind.0, key.id()).map(|_| ())
        };
        known(&self.members, key, || self.base.and_then(|base| row(base)).is_some())
    }

    /// Whether there is such an install now.
    pub(super) fn has_install(&self, model: &Model, key: &Key) -> bool {
        let row = |base: &Tenant| {
            let kind = model.principal_type_names.get(key.kind())?;
            base.installs.get(kind.0, key.id()).map(|_| ())
        };
        known(&self.installs, key, || self.base.and_then(|base| row(base)).is_some())
    }

    /// Whether there is such a registered resource now.
    pub(super) fn has_resource(&self, model: &Model, key: &Key) -> bool {
        known(&self.resources, key, || {
            self.base.is_some_and(|base| base_resource(model, base, key).is_some())
        })
    }

    /// A registered resource, to be changed.
    pub(super) fn resource_mut(
        &mut self,
        model: &Model,
        key: &Key,
        at: Place,
    ) -> Option<&mut Spanned<def::Registered>> {
        if !self.resources.contains_key(key) {
            let row = base_resource(model, self.base?, key)?;
            self.resources.insert(key.clone(), Some(super::held::placed_resource(row, at)));
        }
        self.resources.get_mut(key)?.as_mut()
    }

    /// Puts an entry into a registered resource's ACL; `false` if there is no such
    /// resource.
    pub(super) fn put_acl_entry(
        &mut self,
        model: &Model,
        key: &Key,
        whom: AclSubject,
        entry: Spanned<AclEntry>,
    ) -> bool {
        let Some(resource) = self.resource_mut(model, key, entry.at) else { return false };
        resource.value.acl.insert(whom, entry);
        true
    }
}

/// A draft that is complete: what is put, and what is deleted.
#[derive(Debug)]
pub(super) struct Settled<'b> {
    /// As in [`Draft`].
    pub(super) base: Option<&'b Arc<Tenant>>,
    /// As in [`Draft`].
    pub(super) was: Option<&'b Arc<Tenant>>,
    /// As in [`Draft`].
    pub(super) at: Place,
    /// As in [`Draft`].
    pub(super) frame: Option<def::Tenant>,
    /// As in [`Draft`].
    pub(super) plan: Option<Place>,
    /// The members, resources and installs that are put.
    pub(super) rows: def::Tenant,
    pub(super) deleted: Deleted,
    /// As in [`Draft`].
    pub(super) put_roles: BTreeMap<String, Place>,
    /// As in [`Draft`].
    pub(super) gone: Vec<(Gone, Place)>,
    /// As in [`Draft`].
    pub(super) held: Held,
}

/// The keys of rows that are deleted.
#[derive(Debug, Default)]
pub(super) struct Deleted {
    pub(super) members: BTreeSet<Key>,
    pub(super) resources: BTreeSet<Key>,
    pub(super) installs: BTreeSet<Key>,
}

impl<'b> Draft<'b> {
    /// Nothing comes after this.
    pub(super) fn settle(self) -> Settled<'b> {
        let Self { base, was, at, frame, plan, members, resources, installs, put_roles, gone, held } = self;
        let mut deleted = Deleted::default();
        let mut rows = def::Tenant::default();
        parted(members, &mut rows.members, &mut deleted.members);
        parted(resources, &mut rows.resources, &mut deleted.resources);
        parted(installs, &mut rows.installs, &mut deleted.installs);
        Settled { base, was, at, frame, plan, rows, deleted, put_roles, gone, held }
    }
}

impl Settled<'_> {
    /// Its frame as it is now.
    pub(super) fn frame(&self) -> Option<&def::Tenant> {
        self.frame.as_ref().or_else(|| self.base.map(|base| base.frame.source.as_ref()))
    }

    /// Whether it leaves all as it was.
    pub(super) fn is_untouched(&self) -> bool {
        let Deleted { members, resources, installs } = &self.deleted;
        self.base.is_some()
            && self.frame.is_none()
            && self.rows == def::Tenant::default()
            && members.is_empty()
            && resources.is_empty()
            && installs.is_empty()
    }

    /// Whether a member is put or deleted by it.
    pub(super) fn touches_member(&self, key: &Key) -> bool {
        self.rows.members.contains_key(key) || self.deleted.members.contains(key)
    }

    /// Whether a resource is put or deleted by it.
    pub(super) fn touches_resource(&self, key: &Key) -> bool {
        self.rows.resources.contains_key(key) || self.deleted.resources.contains(key)
    }
}

fn parted<T>(rows: Rows<T>, put: &mut def::KeyMap<T>, deleted: &mut BTreeSet<Key>) {
    for (key, row) in rows {
        match row {
            Some(row) => _ = put.insert(key, row),
            None => _ = deleted.insert(key),
        }
    }
}

fn base_resource(model: &Model, base: &Tenant, key: &Key) -> Option<def::Registered> {
    let kind = model.type_names.get(key.kind())?;
    let (_, row) = base.resources.get(kind.0, key.id())?;
    Some(content::resource(model, row))
}

fn known<T>(rows: &Rows<T>, key: &Key, base: impl FnOnce() -> bool) -> bool {
    rows.get(key).map_or_else(base, Option::is_some)
}

fn rows<T: Clone>(map: &def::KeyMap<T>) -> Rows<T> {
    map.iter().map(|(key, row)| (key.clone(), Some(row.clone()))).collect()
}
