//! Generated models: types, roles, restrictions, plans and names retired.
//!
//! Owns the order in which parts are made, so that a part names only what is
//! already there: levels, gates and roles cannot be circular.

use std::collections::BTreeSet;

use super::conditions::Names;
use super::rng::Rng;
use super::{Dials, LABELS, grants, permissions};
use crate::decide::reference::build::{at, attribute, cel, items, map, names, patterns, principal_attribute};
use crate::document::definition::*;
use crate::document::place::Spanned;
use crate::model::ValueType::{self, Bool, Int, IntList, StringList, Timestamp};
use crate::model::{LevelItem, Pattern};

/// Types that a resource of each type may sit in, outermost first.
const KINDS: [(&str, &[&str]); 9] = [
    ("desk", &[]),
    ("area", &[]),
    ("area1", &["area", "area1"]),
    ("doc", &["area1", "area"]),
    ("note", &["doc"]),
    ("member", &[]),
    ("role", &[]),
    ("group", &[]),
    ("app", &[]),
];
const ACTIONS: [&str; 4] = ["view", "edit", "share", "drop"];
const RESOURCE_ATTRIBUTES: [(&str, ValueType); 7] = [
    ("owner", ValueType::String),
    ("state", ValueType::String),
    ("weight", Int),
    ("labels", StringList),
    ("due", Timestamp),
    ("open", Bool),
    ("marks", IntList),
];
const PRINCIPAL_ATTRIBUTES: [(&str, ValueType); 6] = [
    ("team", ValueType::String),
    ("rank", Int),
    ("labels", StringList),
    ("since", Timestamp),
    ("staff", Bool),
    ("pins", IntList),
];
const CONTEXT: [(&str, ValueType); 4] =
    [("country", ValueType::String), ("hour", Int), ("mfa", Bool), ("networks", StringList)];
const PARAMS: [(&str, ValueType); 5] = [
    ("allowed", StringList),
    ("limit", Int),
    ("until", Timestamp),
    ("only", ValueType::String),
    ("lax", Bool),
];

/// Makes a model.
pub(super) fn model(rng: &mut Rng, dials: &Dials) -> Model {
    let ranks: [&[&str]; 4] = [&["normal", "administrator"], &["a", "A", "all"], &["my", "*"], &[]];
    let authorities = *rng.pick(&ranks);
    let mut model = Model {
        principals: principals(rng),
        context: map(rng.each(&CONTEXT, 60).into_iter().map(|(name, it)| (name, attribute(it)))),
        authorities: names(authorities),
        ..Model::default()
    };
    resources(rng, dials, &mut model);
    for id in rng.some(&LABELS, 0, 2) {
        let permissions = permissions::draw(rng, &Model { sections: Map::new(), ..model.clone() }, 3);
        model.sections.insert(id.into(), at(Section { permissions, ..Section::default() }));
    }
    for id in rng.some(&["a", "A", "mine", "fresh"], 0, 4) {
        let every: Vec<&str> = model.resources.keys().map(String::as_str).collect();
        let expression = cel(Names::new(rng, &model, every).draw(rng));
        model.conditions.insert(id.into(), at(Condition { expression, ..Condition::default() }));
    }
    reserved_permissions(rng, &mut model);
    roles(rng, dials, &mut model);
    restrictions(rng, dials, &mut model);
    if rng.chance(70) {
        plans(rng, dials, &mut model);
    }
    scopes(rng, dials, &mut model);
    retired(rng, &mut model);
    model
}

fn principals(rng: &mut Rng) -> Map<PrincipalType> {
    let mut kinds = vec!["user", "plugin"];
    kinds.extend(rng.each(&["service", "bot"], 60));
    let user_asserts = rng.chance(20);
    map(kinds.into_iter().map(|kind| {
        let attributes = rng.each(&PRINCIPAL_ATTRIBUTES, 70).into_iter();
        let attributes = map(attributes.map(|(name, it)| (name, principal_attribute(it, rng.chance(35)))));
        let roles_from_request = kind == "service" || kind == "user" && user_asserts;
        (kind, PrincipalType { attributes, roles_from_request, ..PrincipalType::default() })
    }))
}

fn resources(rng: &mut Rng, dials: &Dials, model: &mut Model) {
    for (kind, parents) in KINDS {
        let always = ["area", "doc"].contains(&kind);
        if !always && !rng.chance(55) {
            continue;
        }
        let mut actions: BTreeSet<&str> = rng.some(&ACTIONS, 1, 3).into_iter().collect();
        actions.insert("view");
        let known =
            parents.iter().filter(|parent| **parent == kind || model.resources.contains_key(**parent));
        let parents: Vec<&str> = known.copied().collect();
        let attributes = rng.each(&RESOURCE_ATTRIBUTES, 70).into_iter();
        let mut it = ResourceType {
            actions: names(&actions),
            attributes: map(attributes.map(|(name, it)| (name, attribute(it)))),
            parents: names(rng.each(&parents, 85)),
            precedence: *rng.pick(&[Precedence::Principal, Precedence::Union]),
            ..ResourceType::default()
        };
        if rng.chance(50) {
            let actions: Vec<&str> = actions.iter().copied().collect();
            it.hidden_without = Some(at((*rng.pick(&actions)).to_owned()));
        }
        // Gates lie in types made before, so they cannot be circular.
        let earlier: Vec<_> = permissions::all(model).into_iter().collect();
        if !earlier.is_empty() && rng.chance(dials.gated) {
            let gates = rng.some(&earlier, 1, earlier.len().min(2)).into_iter();
            it.requires = patterns(gates.map(|(kind, action)| format!("{kind}:{action}")));
        }
        model.resources.insert(kind.into(), at(it));
    }
    let kinds: Vec<String> = model.resources.keys().cloned().collect();
    for kind in kinds {
        if rng.chance(75) {
            let levels = levels(rng, model, &kind);
            if let Some(it) = model.resources.get_mut(&kind) {
                it.value.levels = levels;
            }
        }
    }
}

fn levels(rng: &mut Rng, model: &Model, kind: &str) -> Map<Level> {
    let items = level_items(model, kind);
    let ids = rng.some(&LABELS, 1, 3);
    let mut made: Vec<(&str, Level)> = Vec::new();
    for id in ids {
        let includes: Vec<&str> = made.iter().map(|(id, _)| *id).collect();
        let level = Level {
            includes: names(rng.each(&includes, 40)),
            permissions: rng.some(&items, 0, items.len().min(4)),
            ..Level::default()
        };
        made.push((id, level));
    }
    map(made)
}

/// What a level or a deny on such a resource may say.
pub(super) fn level_items(model: &Model, kind: &str) -> Vec<Spanned<LevelItem>> {
    let mut texts = vec!["*".to_owned()];
    texts.extend(model.resources[kind].actions.iter().map(|action| action.value.clone()));
    for below in below(model, kind) {
        texts.push(format!("{below}:*"));
        texts
            .extend(model.resources[&below].actions.iter().map(|action| format!("{below}:{}", action.value)));
    }
    items(texts)
}

/// The types that may lie below one.
fn below(model: &Model, kind: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![kind.to_owned()];
    while let Some(above) = open.pop() {
        for (kind, it) in &model.resources {
            if it.parents.iter().any(|parent| parent.value == above) && found.insert(kind.clone()) {
                open.push(kind.clone());
            }
        }
    }
    found
}

fn reserved_permissions(rng: &mut Rng, model: &mut Model) {
    if rng.chance(40) {
        let permissions = permissions::draw(rng, model, 2);
        let all = permissions::all(model).len();
        // A world where most is reserved has little to tell.
        if permissions::expand(model, &permissions).len() * 3 < all {
            model.reserved.permissions = permissions;
        }
    }
}

fn roles(rng: &mut Rng, dials: &Dials, model: &mut Model) {
    let ids = rng.some(&LABELS, 2, 5);
    let mut made: Vec<&str> = Vec::new();
    for id in ids {
        let mut role = Role { allow: grants::entries(rng, dials.conditional, model, 5), ..Role::default() };
        role.extends = names(rng.each(&made, 20));
        if !model.authorities.is_empty() && rng.chance(20) {
            role.authority = Some(rng.pick(&model.authorities).clone());
        }
        model.roles.insert(id.into(), at(role));
        made.push(id);
    }
    model.reserved.roles = names(rng.each(&made, 10));
    for (id, percent) in [("everyone", 45), ("anyone", 50)] {
        if rng.chance(percent) {
            let role = Role { allow: grants::entries(rng, dials.conditional, model, 2), ..Role::default() };
            model.roles.insert(id.into(), at(role));
        }
    }
}

fn restrictions(rng: &mut Rng, dials: &Dials, model: &mut Model) {
    let roles: Vec<String> = model.roles.keys().cloned().collect();
    for id in rng.some(&LABELS, 1, 4) {
        let always = rng.chance(dials.always);
        let permissions = permissions::draw(rng, model, 3);
        let covered = permissions::expand(model, &permissions);
        let params: Map<AttributeType> = match always {
            true => Map::new(),
            false => map(rng.each(&PARAMS, 35).into_iter().map(|(name, it)| (name, attribute(it)))),
        };
        let readable = Names::new(rng, model, covered.iter().map(|(kind, _)| kind.as_str()));
        let readable = readable.with_params(params.iter().map(|(name, it)| (name, it.value_type)));
        let restriction = Restriction {
            permissions,
            allow_when: cel(readable.draw(rng)),
            params,
            exempt_roles: names(rng.each(&roles, 12)),
            always,
            ..Restriction::default()
        };
        model.restrictions.insert(id.into(), at(restriction));
    }
}

fn plans(rng: &mut Rng, dials: &Dials, model: &mut Model) {
    for id in rng.some(&LABELS, 1, 2) {
        if rng.chance(dials.featured) {
            let permissions = permissions::draw(rng, model, 2);
            model.features.insert(id.into(), at(Feature { permissions, ..Feature::default() }));
        }
    }
    let features: Vec<&String> = model.features.keys().collect();
    let mut made = Vec::new();
    for id in rng.some(&LABELS, 1, 3) {
        let plan = Plan {
            custom_roles: *rng.pick(&[None, None, Some(0), Some(1), Some(3)]),
            member_overrides: [OverrideMode::On, OverrideMode::NarrowOnly, OverrideMode::Off]
                [rng.weighted(&[70, 15, 15])],
            member_restrictions: [RestrictionMode::On, RestrictionMode::Off][rng.weighted(&[85, 15])],
            features: names(rng.each(&features, 55)),
            ..Plan::default()
        };
        made.push((id, plan));
    }
    model.plans = map(made);
}

fn scopes(rng: &mut Rng, dials: &Dials, model: &mut Model) {
    let ids = ["a", "a:b", "chats--my:read", "*", "all", "á", "a\u{301}"];
    for id in rng.some(&ids, 2, 5) {
        let covers = match rng.chance(50) {
            true => ScopeCover::Allow(grants::entries(rng, dials.scoped, model, 4)),
            false => {
                let modes = rng.some(&["read", "write", "*"], 1, 3);
                ScopeCover::Modes(map(modes
                    .into_iter()
                    .map(|mode| (mode, grants::entries(rng, dials.scoped, model, 4)))))
            }
        };
        // Mostly the highest: it is the one that is not reached.
        let authority = match rng.below(4) {
            0 => None,
            1 if !model.authorities.is_empty() => Some(rng.pick(&model.authorities).clone()),
            _ => model.authorities.last().cloned(),
        };
        model.scopes.insert(id.into(), at(Scope { authority, covers, ..Scope::default() }));
    }
}

fn retired(rng: &mut Rng, model: &mut Model) {
    let once = |name: &str| names([name]);
    let retired = &mut model.retired;
    if rng.chance(70) {
        let permissions = ["doc:gone", "gone:view", "area:gone"];
        retired.permissions = patterns(rng.some(&permissions, 1, 3));
    }
    retired.permissions.sort_by(|a: &Spanned<Pattern>, b| a.value.cmp(&b.value));
    retired.roles = once("old_role");
    retired.restrictions = once("old_limit");
    retired.levels = once("old_level");
    retired.scopes = once("old:scope");
    if !model.plans.is_empty() {
        retired.plans = once("old_plan");
    }
}
