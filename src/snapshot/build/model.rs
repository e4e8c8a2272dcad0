//! The Model document, compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::scope;
use crate::condition::{AttributeNames, Program};
use crate::document::definition::{self as def, AttributeType, Entry, Level, Map, NameList, When};
use crate::document::{Checked, Owner, Programs, Spanned};
use crate::model::{LevelItem, Pattern, Revision};
use crate::snapshot::index::{FeatureIx, PrincipalTypeIx, RestrictionIx, RoleIx, TypeIx};
use crate::snapshot::model::{
    Attribute, Attributes, Builtin, BuiltinNames, ByName, Coverage, Model, ModelSource, Permission, Plan,
    PrincipalType, ResourceType, Restriction,
};
use crate::snapshot::permissions::{PermissionIx, PermissionSet};
use crate::snapshot::role::{Conditional, Grant, Role, RoleSet, role_set};

const EVERYONE: &str = "everyone";
const ANYONE: &str = "anyone";

/// Compiles the model of a checked policy.
pub(in crate::snapshot) fn model(checked: &Checked, revision: Revision) -> Model {
    let (def, programs) = (&checked.policy().model, checked.programs());
    let source = ModelSource { document: Arc::clone(checked.document()), checked: checked.model(), revision };
    let mut model = catalogue(def, &programs.names, source);
    model.sections = def
        .sections
        .iter()
        .map(|(id, section)| (id.clone(), model.expand_all(values(&section.permissions))))
        .collect();
    model.reserved = model.expand_all(values(&def.reserved.permissions));
    features(&mut model, def);
    roles(&mut model, def, programs);
    model.restrictions = restrictions(&model, def, programs);
    model.restriction_names = model
        .restrictions
        .iter()
        .enumerate()
        .map(|(n, row)| (row.id.clone(), RestrictionIx::of(n)))
        .collect();
    model.always = (0..)
        .map(RestrictionIx)
        .zip(&model.restrictions)
        .filter(|(_, row)| row.always)
        .map(|(ix, _)| ix)
        .collect();
    levels(&mut model, def);
    scope::parts(&mut model, def, programs);
    model
}

/// The program of an owner, or one that is always unknown.
pub(super) fn program(programs: &Programs, owner: &Owner) -> Arc<Program> {
    programs.by_owner.get(owner).cloned().unwrap_or_else(|| Arc::new(Program::unknown()))
}

/// Compiles entries. `when` finds the programs of an entry's condition.
pub(super) fn grant(
    model: &Model,
    entries: &[Entry],
    without: &PermissionSet,
    when: impl Fn(usize, &When) -> Box<[Arc<Program>]>,
) -> Grant {
    let mut grant = Grant::default();
    let mut conditional = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut covers = model.expand_all(values(&entry.permissions));
        covers.subtract(&model.expand_all(values(&entry.except)));
        covers.subtract(without);
        if matches!(entry.when, When::Always) {
            grant.always.union(&covers);
        } else {
            grant.sometimes.union(&covers);
            conditional.push(Conditional { covers, when: when(index, &entry.when) });
        }
    }
    grant.conditional = conditional.into_boxed_slice();
    grant
}

/// A role and every role it extends, at any depth.
pub(super) fn closure(role: RoleIx, extends: impl Fn(RoleIx) -> Vec<RoleIx>) -> Vec<RoleIx> {
    let mut seen = BTreeSet::new();
    let mut waiting = vec![role];
    while let Some(role) = waiting.pop() {
        if seen.insert(role) {
            waiting.extend(extends(role));
        }
    }
    seen.into_iter().collect()
}

/// The values of a list whose places no longer matter.
pub(super) fn values<T>(list: &[Spanned<T>]) -> impl Iterator<Item = &T> {
    list.iter().map(|item| &item.value)
}

/// Types, permissions and attributes: all that patterns are read against.
fn catalogue(def: &def::Model, names: &AttributeNames, source: ModelSource) -> Model {
    let retired: BTreeSet<(&str, &str)> = values(&def.retired.permissions)
        .filter_map(|pattern| match pattern {
            Pattern::Exact { kind, action } => Some((kind.as_ref(), action.as_ref())),
            _ => None,
        })
        .collect();
    let kinds: BTreeSet<&str> =
        def.resources.keys().map(String::as_str).chain(retired.iter().map(|(kind, _)| *kind)).collect();
    let type_names: ByName<TypeIx> =
        kinds.iter().enumerate().map(|(n, k)| ((*k).into(), TypeIx::of(n))).collect();
    let mut permissions = Vec::new();
    let mut actions: BTreeMap<&str, BTreeMap<Box<str>, PermissionIx>> = BTreeMap::new();
    let live: BTreeSet<(&str, &str)> = def
        .resources
        .iter()
        .flat_map(|(kind, row)| row.actions.iter().map(move |action| (kind.as_str(), action.as_str())))
        .collect();
    for (kind, action) in live.iter().chain(retired.difference(&live)) {
        let ix = PermissionIx(u32::try_from(permissions.len()).unwrap_or(u32::MAX));
        actions.entry(kind).or_default().insert((*action).into(), ix);
        permissions.push(Permission {
            kind: type_names.get(*kind).copied().unwrap_or(TypeIx(u32::MAX)),
            action: (*action).into(),
            retired: !live.contains(&(kind, action)),
            features: Box::default(),
        });
    }
    let empty = def::ResourceType::default();
    let mut types = Vec::new();
    for kind in &kinds {
        let row = def.resources.get(*kind).map_or(&empty, |row| &row.value);
        types.push(resource_type(kind, row, actions.remove(kind).unwrap_or_default(), &type_names, names));
    }
    let exact = |pattern: &Pattern, types: &[ResourceType]| match pattern {
        Pattern::Exact { kind, action } => {
            types.iter().find(|row| row.name == *kind).and_then(|row| row.actions.get(action)).copied()
        }
        _ => None,
    };
    for at in 0..types.len() {
        let requires = types.get(at).and_then(|row| def.resources.get(row.name.as_ref()));
        let requires = requires.into_iter().flat_map(|row| values(&row.requires));
        let requires: Box<[PermissionIx]> = requires.filter_map(|gate| exact(gate, &types)).collect();
        if let Some(row) = types.get_mut(at) {
            row.requires = requires;
        }
    }
    Model {
        source,
        names: names.clone(),
        builtin_names: BuiltinNames {
            roles: names.find("roles"),
            builtin: names.find("builtin"),
            reserved: names.find("reserved"),
        },
        principal_types: principal_types(def, names),
        principal_type_names: def
            .principals
            .keys()
            .enumerate()
            .map(|(n, kind)| (kind.as_str().into(), PrincipalTypeIx::of(n)))
            .collect(),
        types,
        type_names,
        permissions,
        sections: BTreeMap::new(),
        context: attributes(&def.context, names),
        roles: Vec::new(),
        role_names: ByName::default(),
        everyone: RoleIx(0),
        anyone: RoleIx(0),
        reserved: PermissionSet::default(),
        reserved_roles: BTreeSet::new(),
        restrictions: Vec::new(),
        always: Box::default(),
        restriction_names: BTreeMap::new(),
        conditions: BTreeMap::new(),
        features: Vec::new(),
        plans: BTreeMap::new(),
        parts: Vec::new(),
        part_names: ByName::default(),
    }
}

fn principal_types(def: &def::Model, names: &AttributeNames) -> Vec<PrincipalType> {
    def.principals
        .iter()
        .map(|(kind, row)| PrincipalType {
            name: kind.as_str().into(),
            attributes: Attributes(
                row.attributes
                    .iter()
                    .filter_map(|(name, ty)| {
                        let attribute =
                            Attribute { value_type: ty.value_type, from_request: ty.from_request };
                        Some((names.find(name)?, attribute))
                    })
                    .collect(),
            ),
            roles_from_request: row.roles_from_request,
        })
        .collect()
}

fn resource_type(
    kind: &str,
    row: &def::ResourceType,
    actions: BTreeMap<Box<str>, PermissionIx>,
    type_names: &ByName<TypeIx>,
    names: &AttributeNames,
) -> ResourceType {
    ResourceType {
        name: kind.into(),
        hidden_without: row.hidden_without.as_ref().and_then(|a| actions.get(a.as_str()).copied()),
        actions,
        attributes: attributes(&row.attributes, names),
        parents: values(&row.parents).filter_map(|kind| type_names.get(kind.as_str()).copied()).collect(),
        requires: Box::default(),
        levels: BTreeMap::new(),
        precedence: row.precedence,
        builtin: match kind {
            "member" => Some(Builtin::Member),
            "role" => Some(Builtin::Role),
            "group" => Some(Builtin::Group),
            "app" => Some(Builtin::App),
            _ => None,
        },
    }
}

fn attributes(declared: &Map<AttributeType>, names: &AttributeNames) -> Attributes {
    // Names are numbered in their order, so this ascends.
    Attributes(
        declared
            .iter()
            .filter_map(|(name, ty)| {
                Some((names.find(name)?, Attribute { value_type: ty.value_type, from_request: true }))
            })
            .collect(),
    )
}

fn features(model: &mut Model, def: &def::Model) {
    model.features = def.features.keys().map(|id| id.as_str().into()).collect();
    let covers: Vec<PermissionSet> =
        def.features.values().map(|feature| model.expand_all(values(&feature.permissions))).collect();
    for (at, row) in model.permissions.iter_mut().enumerate() {
        let permission = PermissionIx(u32::try_from(at).unwrap_or(u32::MAX));
        row.features = covers
            .iter()
            .enumerate()
            .filter(|(_, set)| set.contains(permission))
            .map(|(n, _)| FeatureIx::of(n))
            .collect();
    }
    model.plans = def
        .plans
        .iter()
        .map(|(id, plan)| {
            let has =
                def.features.keys().map(|f| plan.features.iter().any(|name| name.value == *f)).collect();
            let (overrides, restrictions) = (plan.member_overrides, plan.member_restrictions);
            (id.as_str().into(), Plan { overrides, restrictions, features: has })
        })
        .collect();
}

fn roles(model: &mut Model, def: &def::Model, programs: &Programs) {
    let ids: BTreeSet<&str> = def.roles.keys().map(String::as_str).chain([EVERYONE, ANYONE]).collect();
    model.role_names = ids.iter().enumerate().map(|(n, id)| ((*id).into(), RoleIx::of(n))).collect();
    let find = |id: &str| model.role_names.get(id).copied();
    let none = def::Role::default();
    let mut rows = Vec::new();
    for id in &ids {
        let row = def.roles.get(*id).map_or(&none, |row| &row.value);
        let grant = grant(model, &row.allow, &PermissionSet::default(), |entry, _| {
            Box::new([program(programs, &Owner::Role { role: (*id).to_owned(), entry })])
        });
        rows.push(Role {
            id: (*id).into(),
            grant,
            authority: authority(def, row.authority.as_ref()),
            extends: values(&row.extends).filter_map(|id| find(id)).collect(),
            closure: Arc::new(RoleSet::default()),
        });
    }
    let closures: Vec<Arc<RoleSet>> = (0..rows.len())
        .map(|n| {
            let extends = |ix: RoleIx| rows.get(ix.at()).map_or(Vec::new(), |row| row.extends.to_vec());
            let own = |ix: RoleIx| rows.get(ix.at()).map(|row: &Role| (&*row.id, &row.grant, row.authority));
            Arc::new(role_set(closure(RoleIx::of(n), extends), own))
        })
        .collect();
    for (row, closure) in rows.iter_mut().zip(closures) {
        row.closure = closure;
    }
    model.everyone = find(EVERYONE).unwrap_or(RoleIx(u32::MAX));
    model.anyone = find(ANYONE).unwrap_or(RoleIx(u32::MAX));
    model.reserved_roles = values(&def.reserved.roles).filter_map(|id| find(id)).collect();
    model.roles = rows;
    model.conditions = def
        .conditions
        .keys()
        .map(|id| (id.as_str().into(), program(programs, &Owner::Condition(id.clone()))))
        .collect();
}

/// An authority's place in the model's order; the weakest for none.
pub(super) fn authority(def: &def::Model, name: Option<&Spanned<String>>) -> u32 {
    name.and_then(|name| def.authorities.iter().position(|known| known.value == name.value))
        .and_then(|at| u32::try_from(at).ok())
        .unwrap_or(0)
}

fn restrictions(model: &Model, def: &def::Model, programs: &Programs) -> Vec<Restriction> {
    def.restrictions
        .iter()
        .map(|(id, row)| Restriction {
            id: id.as_str().into(),
            covers: model.expand_all(values(&row.permissions)),
            params: row.params.iter().map(|(name, ty)| (name.as_str().into(), ty.value_type)).collect(),
            allow_when: program(programs, &Owner::Restriction(id.clone())),
            exempt: values(&row.exempt_roles)
                .filter_map(|id| model.role_names.get(id.as_str()).copied())
                .collect(),
            always: row.always,
        })
        .collect()
}

fn levels(model: &mut Model, def: &def::Model) {
    let mut all = Vec::new();
    for row in &model.types {
        let levels = def.resources.get(row.name.as_ref()).map(|row| &row.levels);
        let compiled: BTreeMap<Box<str>, Arc<Coverage>> = levels
            .into_iter()
            .flatten()
            .map(|(id, _)| {
                let items = level_items(levels.into_iter().flatten().collect(), id);
                let mut coverage = coverage(model, &row.name, items.into_iter());
                coverage.own.subtract(&model.reserved);
                coverage.below.subtract(&model.reserved);
                (id.as_str().into(), Arc::new(coverage))
            })
            .collect();
        all.push(compiled);
    }
    for (row, levels) in model.types.iter_mut().zip(all) {
        row.levels = levels;
    }
}

/// The items of a level and of all it includes, at any depth.
fn level_items<'a>(levels: BTreeMap<&'a String, &'a Spanned<Level>>, id: &str) -> Vec<&'a LevelItem> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&str> = vec![id];
    let mut items = Vec::new();
    while let Some(id) = waiting.pop() {
        let Some((name, level)) = levels.get_key_value(&id.to_owned()) else { continue };
        if seen.insert(name.as_str()) {
            items.extend(values(&level.permissions));
            waiting.extend(include_names(&level.includes));
        }
    }
    items
}

fn include_names(names: &NameList) -> impl Iterator<Item = &str> {
    names.iter().map(|name| name.as_str())
}

/// What items of a level or deny cover, seen from a resource of type `carrier`.
pub(super) fn coverage<'a>(
    model: &Model,
    carrier: &str,
    items: impl Iterator<Item = &'a LevelItem>,
) -> Coverage {
    let mut coverage = Coverage::default();
    for item in items {
        match item {
            LevelItem::Own(action) => {
                coverage.own.union(&model.matching(|k, a| k == carrier && a == &**action))
            }
            LevelItem::OwnAll => coverage.own.union(&model.matching(|k, _| k == carrier)),
            LevelItem::Below { kind, action } => {
                coverage.below.union(&model.matching(|k, a| k == &**kind && a == &**action));
            }
            LevelItem::BelowAll(kind) => coverage.below.union(&model.matching(|k, _| k == &**kind)),
        }
    }
    coverage
}
