//! The Tenant document, compiled.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::member::{Shared, guest, member, switches};
use super::model::{closure, grant, values};
use super::resource;
use super::scope::granted;
use crate::condition::Program;
use crate::document::definition::{self as def, GroupMember, When};
use crate::model::{Key, Revision};
use crate::snapshot::index::{GroupIx, RoleIx};
use crate::snapshot::model::Model;
use crate::snapshot::order::Order;
use crate::snapshot::reach::Reach;
use crate::snapshot::role::{Role, RoleSet, role_set};
use crate::snapshot::table::{Item, Table};
use crate::snapshot::tenant::{Frame, Granted, Group, Install, Member, Orders, Tenant};

/// Compiles a tenant.
pub(in crate::snapshot) fn tenant(model: &Model, def: &def::Tenant, revision: Revision) -> Tenant {
    let plan = def.plan.as_ref().map(|id| {
        // A retired plan has no features and else the defaults.
        model.plans.get(id.as_str()).cloned().unwrap_or_else(|| crate::snapshot::model::Plan {
            overrides: def::OverrideMode::On,
            restrictions: def::RestrictionMode::On,
            features: Box::default(),
        })
    });
    let mut frame = Frame::new(model, plan.as_ref());
    roles(model, &mut frame, def);
    let groups_of = groups(model, &mut frame, def);
    frame.role_switches = def
        .role_restrictions
        .iter()
        .filter_map(|(role, on)| Some((frame.find_role(model, role)?, switches(model, on))))
        .collect();
    let mut shared = Shared::default();
    let none: Arc<[GroupIx]> = Arc::from([]);
    let members: Vec<Item<'_, Member>> = def
        .members
        .iter()
        .filter_map(|(key, row)| {
            let kind = model.principal_type_names.get(key.kind())?;
            let groups = groups_of.get(key).unwrap_or(&none);
            Some(Item { kind: kind.0, text: key.id(), row: member(model, &frame, row, groups, &mut shared) })
        })
        .collect();
    let guests = groups_of
        .iter()
        .filter(|(key, _)| !def.members.contains_key(*key))
        .filter_map(|(key, groups)| {
            let kind = *model.principal_type_names.get(key.kind())?;
            model.principal_types.get(kind.at()).filter(|row| row.roles_from_request)?;
            Some(Item { kind: kind.0, text: key.id(), row: guest(model, &frame, groups, &mut shared) })
        })
        .collect();
    let installs: Vec<Item<'_, Arc<Install>>> = def
        .installs
        .iter()
        .filter_map(|(key, row)| {
            let kind = model.principal_type_names.get(key.kind())?;
            let granted = Granted(granted(model, &row.granted));
            let attributes = resource::stored(model, &row.attributes);
            Some(Item { kind: kind.0, text: key.id(), row: Arc::new(Install { granted, attributes }) })
        })
        .collect();
    let resources = resource::resources(model, &frame, def);
    let orders =
        Orders { members: order(&members), resources: order(&resources), installs: order(&installs) };
    let reach = Reach::of(resources.iter().flat_map(|item| &item.row.acl));
    Tenant {
        revision,
        orders: Arc::new(orders),
        reach: Arc::new(reach),
        frame: Arc::new(frame),
        members: Table::build(members),
        guests: Table::build(guests),
        resources: Table::build(resources),
        installs: Table::build(installs),
    }
}

fn order<R>(items: &[Item<'_, R>]) -> Order {
    Order::build(items.iter().map(|item| (item.kind, item.text)).collect())
}

/// A tenant with one member replaced, its groups as they were; `None` when it
/// has no such member.
pub(in crate::snapshot) fn replace_member(
    model: &Model,
    tenant: &Tenant,
    key: &Key,
    def: &def::Member,
    revision: Revision,
) -> Option<Tenant> {
    let kind = model.principal_type_names.get(key.kind())?;
    let (_, old) = tenant.members.get(kind.0, key.id())?;
    let row = member(model, &tenant.frame, def, &old.standing.groups, &mut Shared::default());
    let members = tenant.members.with(Item { kind: kind.0, text: key.id(), row });
    Some(Tenant { revision, members, ..tenant.clone() })
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
