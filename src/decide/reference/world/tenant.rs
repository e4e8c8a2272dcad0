//! Generated tenants: members, groups, resources with ACLs, installs.
//!
//! Owns the facts of one tenant. Members may exist twice over, in two tenants;
//! groups and ACLs also name those who are no members.

use std::collections::{BTreeMap, BTreeSet};

use super::rng::Rng;
use super::values::{any_value, value};
use super::{Dials, IDS, LABELS, end, grants, model, permissions};
use crate::decide::reference::build::{at, key, map, names};
use crate::document::definition::*;
use crate::document::place::Spanned;
use crate::model::{Key, LevelItem, Pattern, Value};

/// Makes a tenant.
pub(super) fn tenant(rng: &mut Rng, dials: &Dials, model: &Model, apps: &[App], id: &str) -> Tenant {
    let mut plans: Vec<&String> = model.plans.keys().collect();
    let retired = model.retired.plans.first().map(|plan| &plan.value);
    plans.extend(retired.filter(|_| rng.chance(15)));
    let plan = if plans.is_empty() { None } else { Some(at((*rng.pick(&plans)).clone())) };
    let mut tenant = Tenant { id: id.to_owned(), plan, ..Tenant::default() };
    tenant.roles = custom_roles(rng, dials, model);
    let roles: Vec<String> = roles(model, &tenant);
    let people = people(rng, model);
    tenant.members = members(rng, dials, model, &roles, &people);
    let apps_and_people: Vec<Key> =
        people.iter().cloned().chain(apps.iter().map(|app| app.id.clone())).collect();
    tenant.groups = groups(rng, &roles, &apps_and_people);
    tenant.installs = installs(rng, model, apps);
    tenant.resources = resources(rng, dials, model, &tenant, &apps_and_people);
    let keyed: Vec<String> = roles.into_iter().chain(["everyone".into(), "anyone".into()]).collect();
    for role in rng.each(&keyed, dials.restricted / 2) {
        let switches = switches(rng, model, 30);
        tenant.role_restrictions.insert(role, at(switches));
    }
    tenant
}

/// Roles that may be given: built-in, custom and one that is retired.
fn roles(model: &Model, tenant: &Tenant) -> Vec<String> {
    let known =
        model.roles.keys().chain(tenant.roles.keys()).filter(|id| *id != "everyone" && *id != "anyone");
    known.chain(model.retired.roles.iter().map(|role| &role.value)).cloned().collect()
}

fn custom_roles(rng: &mut Rng, dials: &Dials, model: &Model) -> Map<Role> {
    let ids: Vec<&str> = LABELS.into_iter().filter(|id| !model.roles.contains_key(*id)).collect();
    let mut made: Vec<(&str, Role)> = Vec::new();
    let mut may_extend: Vec<String> =
        model.roles.keys().filter(|id| !reaches_reserved(model, id)).cloned().collect();
    may_extend.retain(|id| id != "everyone" && id != "anyone");
    may_extend.push("old_role".to_owned());
    for id in rng.some(&ids, 0, ids.len().min(3)) {
        let extends = names(rng.each(&may_extend, 25));
        made.push((
            id,
            Role { allow: grants::custom_entries(rng, dials, model, 3), extends, ..Role::default() },
        ));
        may_extend.push(id.to_owned());
    }
    map(made)
}

fn reaches_reserved(model: &Model, id: &str) -> bool {
    model.reserved.roles.iter().any(|role| role.value == id)
        || model.roles[id].extends.iter().any(|extended| reaches_reserved(model, extended))
}

/// Principals that are not apps: more than are members.
fn people(rng: &mut Rng, model: &Model) -> Vec<Key> {
    let mut people: Vec<Key> = Vec::new();
    for kind in ["user", "service"].into_iter().filter(|kind| model.principals.contains_key(*kind)) {
        people.extend(IDS.iter().map(|id| Key::new(kind, id).expect("an id")));
    }
    if rng.chance(15) {
        people.extend((0..24).map(|number| key(&format!("user:u{number}"))));
    }
    rng.shuffle(&mut people);
    people
}

fn members(rng: &mut Rng, dials: &Dials, model: &Model, roles: &[String], people: &[Key]) -> KeyMap<Member> {
    let count = if rng.chance(4) { 0 } else { people.len() * (50 + rng.below(40)) / 100 };
    people.iter().take(count).map(|key| (key.clone(), at(member(rng, dials, model, roles, key)))).collect()
}

fn member(rng: &mut Rng, dials: &Dials, model: &Model, roles: &[String], key: &Key) -> Member {
    let given = rng.some(roles, 0, roles.len().min(4)).into_iter();
    let given = given.map(|role| GivenRole { role, expires_at: rng.chance(20).then(|| end(rng)) });
    let roles = given.map(at).collect();
    let attributes = model.principals[key.kind()].attributes.iter().map(|(name, it)| (name, it.value_type));
    let attributes = attributes.filter(|_| rng.chance(85)).collect::<Vec<_>>();
    let mut member = Member {
        roles,
        attributes: map(attributes.into_iter().map(|(name, it)| (name, any_value(rng, it)))),
        suspended: rng.chance(dials.suspended),
        expires_at: rng.chance(dials.expired).then(|| end(rng)),
        ..Member::default()
    };
    if rng.chance(25) {
        let drawn = permissions::draw(rng, model, 3);
        member.overrides.allow = permissions::for_tenant(rng, model, drawn);
    }
    if rng.chance(dials.override_deny) {
        member.overrides.deny = permissions::draw(rng, model, 2);
        if let Some(retired) = model.retired.permissions.first().filter(|_| rng.chance(10)) {
            member.overrides.deny.push(at(retired.value.clone()));
        }
    }
    if rng.chance(dials.restricted) {
        member.restrictions = switches(rng, model, 60);
    }
    member
}

fn switches(rng: &mut Rng, model: &Model, percent: u64) -> Map<Params> {
    let switchable = model.restrictions.iter().filter(|(_, it)| !it.always).collect::<Vec<_>>();
    let mut made = Map::new();
    for (id, it) in rng.each(&switchable, percent) {
        let params = it.params.iter().map(|(name, it)| (name, value(rng, it.value_type)));
        made.insert(id.clone(), at(map(params.collect::<Vec<_>>())));
    }
    if rng.chance(5) {
        made.insert("old_limit".to_owned(), at(map([("x", Value::Int(1))])));
    }
    made
}

fn groups(rng: &mut Rng, roles: &[String], people: &[Key]) -> Map<Group> {
    let mut made: Vec<(&str, Group)> = Vec::new();
    for id in rng.some(&LABELS, 0, 4) {
        let inner: Vec<&str> = made.iter().map(|(id, _)| *id).collect();
        let mut members: Vec<GroupMember> =
            rng.each(&inner, 40).into_iter().map(|id| GroupMember::Group(id.to_owned())).collect();
        members.extend(rng.each(people, 25).into_iter().map(GroupMember::Principal));
        let group = Group {
            members: members.into_iter().map(at).collect(),
            roles: names(rng.some(roles, 0, roles.len().min(2))),
            ..Group::default()
        };
        made.push((id, group));
    }
    map(made)
}

fn installs(rng: &mut Rng, model: &Model, apps: &[App]) -> KeyMap<Install> {
    let mut made = KeyMap::new();
    for app in rng.each(apps, 85) {
        let mut granted = Vec::new();
        for (scope, it) in &model.scopes {
            // Some are granted that the app does not ask for.
            if !rng.chance(if app.requests.contains_key(scope) { 80 } else { 15 }) {
                continue;
            }
            let modes = match &it.value.covers {
                ScopeCover::Modes(modes) if rng.chance(60) => {
                    let known: Vec<&String> = modes.keys().collect();
                    GrantedModes::Modes(names(rng.some(&known, 1, known.len())))
                }
                ScopeCover::Modes(_) | ScopeCover::Allow(_) => GrantedModes::All,
            };
            granted.push((scope.clone(), modes));
        }
        if rng.chance(10) {
            granted.push(("old:scope".to_owned(), GrantedModes::All));
        }
        let attributes = model.principals[app.id.kind()].attributes.iter();
        let attributes: Vec<_> = attributes.filter(|_| rng.chance(85)).collect();
        let attributes = attributes.into_iter().map(|(name, it)| (name, any_value(rng, it.value_type)));
        made.insert(app.id, at(Install { granted: map(granted), attributes: map(attributes) }));
    }
    made
}

fn resources(
    rng: &mut Rng,
    dials: &Dials,
    model: &Model,
    tenant: &Tenant,
    people: &[Key],
) -> KeyMap<Registered> {
    let mut made: KeyMap<Registered> = KeyMap::new();
    for kind in ["area", "area1", "doc", "note", "desk", "role", "member"] {
        let Some(it) = model.resources.get(kind) else { continue };
        let most = if ["desk", "role", "member"].contains(&kind) { 2 } else { 6 };
        for id in rng.some(&IDS, 0, most) {
            let id = if kind == "member" { format!("user:{id}") } else { id.to_owned() };
            let may_hold = |key: &&Key| it.parents.iter().any(|parent| parent.value == key.kind());
            let above: Vec<Key> = made.keys().filter(may_hold).cloned().collect();
            let attributes: Vec<_> = it.attributes.iter().filter(|_| rng.chance(60)).collect();
            let attributes: Vec<_> =
                attributes.into_iter().map(|(name, it)| (name, any_value(rng, it.value_type))).collect();
            let registered = Registered {
                parents: rng.some(&above, 0, above.len().min(2)).into_iter().map(at).collect(),
                attributes: map(attributes),
                acl: acl(rng, dials, model, tenant, people, kind),
                ..Registered::default()
            };
            made.insert(Key::new(kind, &id).expect("an id"), at(registered));
        }
    }
    made
}

fn acl(
    rng: &mut Rng,
    dials: &Dials,
    model: &Model,
    tenant: &Tenant,
    people: &[Key],
    kind: &str,
) -> BTreeMap<AclSubject, Spanned<AclEntry>> {
    let mut subjects: BTreeSet<AclSubject> = BTreeSet::new();
    subjects.extend(rng.each(&[AclSubject::Everyone, AclSubject::Anyone], 25));
    let roles = roles(model, tenant);
    subjects.extend(rng.each(&roles, 20).into_iter().map(AclSubject::Role));
    let groups: Vec<String> = tenant.groups.keys().cloned().collect();
    subjects.extend(rng.each(&groups, 20).into_iter().map(AclSubject::Group));
    subjects.extend(rng.each(people, 14).into_iter().map(AclSubject::Principal));
    let mut levels: Vec<&str> = model.resources[kind].levels.keys().map(String::as_str).collect();
    let is_old = rng.chance(30);
    if is_old {
        levels.push("old_level");
    }
    let mut items = model::level_items(model, kind);
    for retired in &model.retired.permissions {
        if let Pattern::Exact { kind: retired, action } = &retired.value
            && **retired == *kind
        {
            items.push(at(LevelItem::Own(action.clone())));
        }
    }
    let mut made = BTreeMap::new();
    for subject in subjects {
        let denies = rng.chance(dials.acl_deny / 2);
        let gives = !levels.is_empty() && (!denies || rng.chance(15));
        if !denies && !gives {
            continue;
        }
        let entry = AclEntry {
            levels: match gives {
                true if is_old && rng.chance(15) => names(["old_level"]),
                true => names(rng.some(&levels, 1, levels.len().min(2))),
                false => Vec::new(),
            },
            deny: if denies { rng.some(&items, 1, items.len().min(2)) } else { Vec::new() },
            expires_at: rng.chance(20).then(|| end(rng)),
        };
        made.insert(subject, at(entry));
    }
    made
}
