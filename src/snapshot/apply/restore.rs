//! A policy read back from where it was kept: as it was, revisions included.
//!
//! What many members share is given once and compiled once, so that a million
//! members of a few kinds are back in well under a second.
//!
//! It was checked when it was put in force, and whoever reads it back compares the
//! digests. Here each content is checked once more, because what may be in a policy
//! can have changed since; what is between rows is not.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::around::Apps;
use super::told::{Told, part};
use super::{Rules, edit};
use crate::document::definition::{self as def, KeyMap};
use crate::document::inspect::{Findings, Frame, Inspector, Part};
use crate::document::{Checked, Spanned};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::build::{self, Memberships, Shared};
use crate::snapshot::order::Order;
use crate::snapshot::table::{Item, Table};
use crate::snapshot::tenant::{Install, Member, Orders, Resource, Tenant};
use crate::snapshot::{Size, Snapshot, digest, tenant as rows};

/// A policy that is being read back.
#[derive(Debug)]
pub struct Restore<'m> {
    inspector: Inspector<'m>,
    most_members: usize,
    /// Its model and its apps.
    base: Snapshot,
    tenants: Vec<(String, Arc<Tenant>)>,
    open: Option<Open>,
    faults: Vec<Told>,
}

/// The tenant that is being read.
#[derive(Debug)]
struct Open {
    id: String,
    revision: Revision,
    frame: rows::Frame,
    memberships: Memberships,
    shared: Shared,
    /// What members are, each with no group.
    profiles: Vec<Profile>,
    members: Vec<(u32, String, Member)>,
    resources: Vec<(u32, String, Arc<Resource>)>,
    installs: Vec<(u32, String, Arc<Install>)>,
}

#[derive(Debug)]
struct Profile {
    content: def::Member,
    row: Member,
}

/// Members of one type: their ids, and the number of what each is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Run {
    /// Their type.
    pub kind: String,
    /// Their ids.
    pub ids: Vec<String>,
    /// For each, the number of its profile, counted through the tenant from 0.
    pub profiles: Vec<u32>,
}

/// Reads the document of a model.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read_model(document: &str, rules: &Rules) -> Result<Checked, Vec<Told>> {
    edit::model(document, 1, rules).map(|(checked, _)| checked)
}

impl<'m> Restore<'m> {
    /// Begins with the model and the apps, each with the revision of its last
    /// change.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn begin(
        revision: Revision,
        (checked, of_model): (&'m Checked, Revision),
        apps: Vec<(def::App, Revision)>,
        rules: &'m Rules,
    ) -> Result<Self, Vec<Told>> {
        let mut base = Snapshot::compile(checked, of_model);
        let inspector = Inspector::new(checked, &rules.limits);
        let listed = apps.iter().map(|(app, _)| (app.id.clone(), Spanned::nowhere(app.clone())));
        let listed: KeyMap<def::App> = listed.collect();
        let mut found = Findings::default();
        inspector.apps(&listed, &mut found);
        let (faults, _) = part(found.finish());
        if !faults.is_empty() {
            return Err(faults.into_iter().map(|fault| Told::found(fault, |_| String::new())).collect());
        }
        base.revision = revision;
        base.shared_revision = apps.iter().map(|(_, revision)| *revision).fold(of_model, Revision::max);
        for (app, revision) in &apps {
            let Some(kind) = base.model.principal_type_names.get(app.id.kind()).copied() else { continue };
            base.digest = base.digest.with(digest::app(&app.id, app));
            let row = build::app(&base.model, app, *revision);
            base.apps = base.apps.with(Item { kind: kind.0, text: app.id.id(), row });
        }
        let most_members = rules.limits.members;
        Ok(Self { inspector, most_members, base, tenants: Vec::new(), open: None, faults: Vec::new() })
    }

    /// Begins a tenant: what it has without members, resources and installs, and the
    /// revision of its last change. The one before it is complete.
    pub fn tenant(&mut self, mut frame: def::Tenant, revision: Revision) {
        self.close();
        let id = frame.id.clone();
        let mut found = Findings::default();
        let changed = std::collections::BTreeMap::new();
        let apps = Apps { base: &self.base, changed: &changed };
        let part = Part { id: &id, frame: Frame::Changed(&mut frame), rows: &mut def::Tenant::default() };
        self.inspector.part(part, &apps, &mut found);
        note(&mut self.faults, &id, found);
        let (frame, memberships) = build::frame(&self.base.model, Arc::new(frame));
        self.open = Some(Open {
            id,
            revision,
            frame,
            memberships,
            shared: Shared::default(),
            profiles: Vec::new(),
            members: Vec::new(),
            resources: Vec::new(),
            installs: Vec::new(),
        });
    }

    /// Adds to the tenant's profiles, and members that have them. `false` if there
    /// is no tenant, or a member has a profile that there is not.
    #[must_use]
    pub fn members(&mut self, profiles: Vec<def::Member>, runs: Vec<Run>) -> bool {
        let Self { open: Some(open), base, .. } = self else { return false };
        let model = &base.model;
        let none = Arc::clone(open.memberships.none());
        for content in profiles {
            let row = build::member(model, &open.frame, &content, &none, &mut open.shared);
            open.profiles.push(Profile { content, row });
        }
        let mut checked: KeyMap<def::Member> = KeyMap::new();
        let mut seen: BTreeSet<u32> = BTreeSet::new();
        for Run { kind, ids, profiles } in runs {
            let Some(number) = model.principal_type_names.get(kind.as_str()) else { return false };
            if ids.len() != profiles.len() {
                return false;
            }
            open.members.reserve(ids.len());
            for (id, profile) in ids.into_iter().zip(profiles) {
                let known = usize::try_from(profile).ok().and_then(|at| open.profiles.get(at));
                let Some(Profile { content, row }) = known else { return false };
                let mut row = row.clone();
                if seen.insert(profile) || !open.memberships.is_empty() {
                    let Ok(key) = Key::new(&kind, &id) else { return false };
                    let groups = open.memberships.of(&key);
                    if !groups.is_empty() {
                        row = build::member(model, &open.frame, content, groups, &mut open.shared);
                    }
                    checked.entry(key).or_insert_with(|| Spanned::nowhere(content.clone()));
                } else if !crate::model::key::is_id(&id) {
                    return false;
                }
                open.members.push((number.0, id, row));
            }
        }
        self.check(def::Tenant { members: checked, ..def::Tenant::default() });
        true
    }

    /// Adds registered resources to the tenant; `false` if there is none.
    #[must_use]
    pub fn resources(&mut self, resources: KeyMap<def::Registered>) -> bool {
        let Self { open: Some(open), base, .. } = self else { return false };
        let rows = resources.iter().map(|(key, row)| (key, &row.value));
        for Item { kind, text, row } in build::resources(&base.model, &open.frame, rows, &mut open.shared) {
            open.resources.push((kind, text.to_owned(), row));
        }
        true
    }

    /// Adds installs to the tenant; `false` if there is none.
    #[must_use]
    pub fn installs(&mut self, installs: KeyMap<def::Install>) -> bool {
        let Self { open: Some(open), base, .. } = self else { return false };
        for (key, row) in &installs {
            let Some(kind) = base.model.principal_type_names.get(key.kind()) else { return false };
            open.installs.push((kind.0, key.id().to_owned(), build::install(&base.model, row)));
        }
        self.check(def::Tenant { installs, ..def::Tenant::default() });
        true
    }

    /// Ends the policy, with the tenants that were left out of it for their faults.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn finish<'a>(
        mut self,
        quarantined: impl IntoIterator<Item = &'a str>,
    ) -> Result<Snapshot, Vec<Told>> {
        self.close();
        let Self { mut base, tenants, mut faults, most_members: limit, .. } = self;
        let items: Vec<Item<'_, Arc<Tenant>>> =
            tenants.iter().map(|(id, row)| Item { kind: 0, text: id, row: Arc::clone(row) }).collect();
        base.size = Size {
            tenants: items.len(),
            members: items.iter().map(|item| item.row.members.len()).sum(),
            resources: items.iter().map(|item| item.row.resources.len()).sum(),
            apps: base.apps.len(),
        };
        if base.size.members > limit {
            faults.push(Told::whole(format!("the members of all tenants exceed the limit of {limit}")));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for item in &items {
            base.digest = base.digest.with(digest::tenant(item.text, item.row.digest));
        }
        base.tenant_order = Order::build(items.iter().map(|item| (0, item.text)).collect());
        base.tenants = Table::build(items);
        Ok(base.quarantining(quarantined))
    }

    /// Compiles the tenant that is complete.
    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        let model = &self.base.model;
        let Open { id, revision, frame, memberships, mut shared, members: rows, resources, installs, .. } =
            open;
        let members = Table::build(items(&rows));
        let is_member = |key: &Key| {
            let kind = model.principal_type_names.get(key.kind());
            kind.is_some_and(|kind| members.get(kind.0, key.id()).is_some())
        };
        let guests = memberships
            .iter()
            .filter(|(key, _)| !is_member(key))
            .filter_map(|(key, groups)| build::guest_item(model, &frame, key, groups, &mut shared))
            .collect();
        let order = |keys: Vec<(u32, &str)>| Order::build(keys);
        let mut tenant = Tenant {
            revision,
            digest: Digest::default(),
            orders: Orders {
                members: order(keys(&rows)),
                resources: order(keys(&resources)),
                installs: order(keys(&installs)),
            },
            reach: Arc::default(),
            frame: Arc::new(frame),
            guests: Table::build(guests),
            resources: Table::build(items(&resources)),
            installs: Table::build(items(&installs)),
            pool: shared.pool(&Arc::default()),
            members,
        };
        tenant.digest = digest::whole(model, &tenant);
        self.tenants.push((id, Arc::new(tenant)));
    }

    /// Checks rows of the tenant against its frame.
    fn check(&mut self, mut rows: def::Tenant) {
        let Some(open) = &self.open else { return };
        let mut found = Findings::default();
        let changed = std::collections::BTreeMap::new();
        let apps = Apps { base: &self.base, changed: &changed };
        let frame = Frame::Same(&open.frame.source);
        self.inspector.part(Part { id: &open.id, frame, rows: &mut rows }, &apps, &mut found);
        note(&mut self.faults, &open.id, found);
    }
}

fn note(faults: &mut Vec<Told>, tenant: &str, found: Findings) {
    let (found, _) = part(found.finish());
    faults.extend(found.into_iter().map(|fault| Told::in_held(fault, format!("tenants[{tenant}]"))));
}

fn keys<R>(rows: &[(u32, String, R)]) -> Vec<(u32, &str)> {
    rows.iter().map(|(kind, id, _)| (*kind, id.as_str())).collect()
}

fn items<R: Clone>(rows: &[(u32, String, R)]) -> Vec<Item<'_, R>> {
    rows.iter().map(|(kind, text, row)| Item { kind: *kind, text, row: row.clone() }).collect()
}
