//! The Tenant document, compiled.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::member::{Shared, guest, member, switches};
use super::model::{closure, grant, values};
use super::resource;
use super::scope::granted;
use crate::condition::Program;
use crate::document::definition::{self as def, GroupMember, When};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::digest;
use crate::snapshot::index::{GroupIx, RoleIx};
use crate::snapshot::model::Model;
use crate::snapshot::order::Order;
use crate::snapshot::role::{Role, RoleSet, role_set};
use crate::snapshot::table::{Item, Table};
use crate::snapshot::tenant::{Frame, Granted, Group, Install, Member, Orders, Standing, Tenant};

/// Which groups each principal is in, at any depth.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Memberships {
    of: HashMap<Key, Arc<[GroupIx]>>,
    none: Arc<[GroupIx]>,
}

impl Memberships {
    /// Those of a principal.
    pub(in crate::snapshot) fn of(&self, key: &Key) -> &Arc<[GroupIx]> {
        self.of.get(key).unwrap_or(&self.none)
    }

    /// Those of whoever is in none.
    pub(in crate::snapshot) const fn none(&self) -> &Arc<[GroupIx]> {
        &self.none
    }

    /// Whether nobody is in a group.
    pub(in crate::snapshot) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Everybody who is in a group.
    pub(in crate::snapshot) fn iter(&self) -> impl Iterator<Item = (&Key, &Arc<[GroupIx]>)> {
        self.of.iter()
    }
}

/// Compiles a tenant.
pub(in crate::snapshot) fn tenant(model: &Model, def: &def::Tenant, revision: Revision) -> Tenant {
    let (frame, memberships) = frame(model, frame_of(def));
    let mut shared = Shared::default();
    let members: Vec<Item<'_, Member>> = def
        .members
        .iter()
        .filter_map(|(key, row)| {
            let kind = model.principal_type_names.get(key.kind())?;
            let row = member(model, &frame, row, memberships.of(key), &mut shared);
            Some(Item { kind: kind.0, text: key.id(), row })
        })
        .collect();
    let guests = memberships
        .iter()
        .filter(|(key, _)| !def.members.contains_key(*key))
        .filter_map(|(key, groups)| guest_item(model, &frame, key, groups, &mut shared))
        .collect();
    let installs: Vec<Item<'_, Arc<Install>>> = def
        .installs
        .iter()
        .filter_map(|(key, row)| {
            let kind = model.principal_type_names.get(key.kind())?;
            Some(Item { kind: kind.0, text: key.id(), row: install(model, row) })
        })
        .collect();
    let registered = def.resources.iter().map(|(key, row)| (key, &row.value));
    let resources = resource::resources(model, &frame, registered, &mut shared);
    let orders =
        Orders { members: order(&members), resources: order(&resources), installs: order(&installs) };
    let mut tenant = Tenant {
        revision,
        digest: Digest::default(),
        orders,
        reach: Arc::default(),
        frame: Arc::new(frame),
        members: Table::build(members),
        guests: Table::build(guests),
        resources: Table::build(resources),
        installs: Table::build(installs),
        pool: shared.pool(&Arc::default()),
    };
    tenant.digest = digest::whole(model, &tenant);
    tenant
}

/// A tenant without members, resources and installs.
fn frame_of(def: &def::Tenant) -> Arc<def::Tenant> {
    let def::Tenant {
        id,
        label,
        plan,
        roles,
        groups,
        role_restrictions,
        members: _,
        resources: _,
        installs: _,
    } = def;
    Arc::new(def::Tenant {
        id: id.clone(),
        label: label.clone(),
        plan: plan.clone(),
        roles: roles.clone(),
        groups: groups.clone(),
        role_restrictions: role_restrictions.clone(),
        ..def::Tenant::default()
    })
}

/// Compiles what all members have in common.
pub(in crate::snapshot) fn frame(model: &Model, source: Arc<def::Tenant>) -> (Frame, Memberships) {
    let def = Arc::clone(&source);
    let plan = def.plan.as_ref().map(|id| {
        // A retired plan has no features and else the defaults.
        model.plans.get(id.as_str()).cloned().unwrap_or_else(|| crate::snapshot::model::Plan {
            overrides: def::OverrideMode::On,
            restrictions: def::RestrictionMode::On,
            features: Box::default(),
        })
    });
    let mut frame = Frame::new(model, plan.as_ref(), source);
    roles(model, &mut frame, &def);
    let of = groups(model, &mut frame, &def);
    frame.role_switches = def
        .role_restrictions
        .iter()
        .filter_map(|(role, on)| Some((frame.find_role(model, role)?, switches(model, on))))
        .collect();
    (frame, Memberships { of, none: Arc::from([]) })
}

/// What a principal in groups holds that is no member, if it counts as one when it
/// asserts a role.
pub(in crate::snapshot) fn guest_item<'a>(
    model: &Model,
    frame: &Frame,
    key: &'a Key,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Option<Item<'a, Arc<Standing>>> {
    let kind = *model.principal_type_names.get(key.kind())?;
    model.principal_types.get(kind.at()).filter(|row| row.roles_from_request)?;
    Some(Item { kind: kind.0, text: key.id(), row: guest(model, frame, groups, shared) })
}

/// Compiles an install.
pub(in crate::snapshot) fn install(model: &Model, def: &def::Install) -> Arc<Install> {
    Arc::new(Install {
        granted: Granted(granted(model, &def.granted)),
        attributes: resource::stored(model, &def.attributes),
        source: def.granted.clone(),
    })
}

fn order<R>(items: &[Item<'_, R>]) -> Order {
    Order::build(items.iter().map(|item| (item.kind, item.text)).collect())
}

/// Compiles custom roles: an entry's condition is a list of named ones, and a
/// reserved permission is granted by none.
fn roles(model: &Model, frame: &mut Frame, def: &def::Tenant) {
    let own = |n: usize| RoleIx(frame.builtin_roles.saturating_add(RoleIx::of(n).0));
    frame.role_names = def.roles.keys().enumerate().map(|(n, id)| (id.as_str().into(), own(n))).collect();
    let rows: Vec<Role> = def
        .roles
        .iter()
        .map(|(id, row)| Role {
            id: id.as_str().into(),
            grant: grant(model, &row.allow, &model.reserved, |_, when| named(model, when)),
            authority: 0,
            extends: values(&row.extends).filter_map(|id| frame.find_role(model, id)).collect(),
            closure: Arc::new(RoleSet::default()),
        })
        .collect();
    frame.roles = rows;
    let closures: Vec<Arc<RoleSet>> =
        (0..frame.roles.len()).map(|n| Arc::new(held(model, frame, [own_ix(frame, n)]))).collect();
    for (row, closure) in frame.roles.iter_mut().zip(closures) {
        row.closure = closure;
    }
}

fn own_ix(frame: &Frame, n: usize) -> RoleIx {
    RoleIx(frame.builtin_roles.saturating_add(RoleIx::of(n).0))
}

fn named(model: &Model, when: &When) -> Box<[Arc<Program>]> {
    match when {
        When::Conditions(names) => values(names)
            .map(|name| model.conditions.get(name.as_str()).cloned())
            .map(|program| program.unwrap_or_else(|| Arc::new(Program::unknown())))
            .collect(),
        When::Always | When::Expression(_) => Box::new([Arc::new(Program::unknown())]),
    }
}

/// What holding these roles comes to, with all they extend.
pub(super) fn held(model: &Model, frame: &Frame, roles: impl IntoIterator<Item = RoleIx>) -> RoleSet {
    let extends = |ix: RoleIx| frame.role(model, ix).map_or_else(Vec::new, |row| row.extends.to_vec());
    let all: BTreeSet<RoleIx> = roles.into_iter().flat_map(|role| closure(role, extends)).collect();
    role_set(all.into_iter().collect(), |ix| {
        frame.role(model, ix).map(|row| (&*row.id, &row.grant, row.authority))
    })
}

/// Compiles groups, and says which groups each principal is in, at any depth.
fn groups(model: &Model, frame: &mut Frame, def: &def::Tenant) -> HashMap<Key, Arc<[GroupIx]>> {
    frame.group_names =
        def.groups.keys().enumerate().map(|(n, id)| (id.as_str().into(), GroupIx::of(n))).collect();
    // For each group, the groups that contain it, at any depth, itself included.
    let mut containers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (outer, row) in &def.groups {
        for member in values(&row.members) {
            if let GroupMember::Group(inner) = member {
                containers.entry(inner).or_default().insert(outer);
            }
        }
    }
    let around = |group: &str| -> BTreeSet<GroupIx> {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut waiting = vec![group];
        let mut found = BTreeSet::new();
        while let Some(id) = waiting.pop() {
            let Some((name, ix)) = frame.group_names.get_key_value(id) else { continue };
            if found.insert(*ix) && seen.insert(name) {
                waiting.extend(containers.get(id).into_iter().flatten());
            }
        }
        found
    };
    let all_around: Vec<BTreeSet<GroupIx>> = def.groups.keys().map(|id| around(id)).collect();
    let own_roles: Vec<Vec<RoleIx>> = def
        .groups
        .values()
        .map(|row| values(&row.roles).filter_map(|id| frame.find_role(model, id)).collect())
        .collect();
    let mut rows = Vec::new();
    let mut groups_of: HashMap<Key, BTreeSet<GroupIx>> = HashMap::new();
    for ((id, row), around) in def.groups.iter().zip(&all_around) {
        let roles = around.iter().filter_map(|ix| own_roles.get(ix.at())).flatten().copied();
        rows.push(Group { id: id.as_str().into(), roles: Arc::new(held(model, frame, roles)) });
        for member in values(&row.members) {
            if let GroupMember::Principal(key) = member {
                groups_of.entry(key.clone()).or_default().extend(around);
            }
        }
    }
    frame.groups = rows;
    let mut lists: HashMap<BTreeSet<GroupIx>, Arc<[GroupIx]>> = HashMap::new();
    groups_of
        .into_iter()
        .map(|(key, set)| {
            let list = lists.entry(set).or_insert_with_key(|set| set.iter().copied().collect());
            (key, Arc::clone(list))
        })
        .collect()
}
