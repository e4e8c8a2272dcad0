//! The law of renaming: what things are called decides nothing.
//!
//! Owns a renaming of every id and label of a policy and of a question: into
//! letters for its bytes, the greatest first. So `*`, `all` and `my` become names that
//! nobody could take for words, and what came first mostly comes last. Conditions compare ids with texts and are taken out first; of an
//! answer the cause may differ, because the least name may be another's.

use super::{answer, compile};
use crate::decide::reference::Answer;
use crate::decide::reference::build::cel;
use crate::decide::reference::question::Question;
use crate::decide::reference::world::{World, ask};
use crate::document::Spanned;
use crate::document::definition::*;
use crate::model::{Key, Pattern, Value};

#[test]
fn i17_names_are_only_names() {
    for seed in 2_000_000..2_000_060 {
        let world = World::generate(seed);
        let plain = without_conditions(&world.policy);
        let before = compile(&plain).expect("nothing was added");
        let after = compile(&renamed(&plain)).unwrap_or_else(|refusal| panic!("seed {seed}: {refusal}"));
        for asked in ask(&world, 50) {
            let told = |answer: Result<_, _>| answer.map(|answer: Answer| (answer.reason, answer.hidden));
            let same = asked_renamed(&asked.question);
            let (a, b) = (answer(&before, &asked.question, asked.now), answer(&after, &same, asked.now));
            if a.is_ok() {
                assert_eq!(told(a), told(b), "seed {seed}: {:?}", asked.question);
            }
        }
    }
}

fn without_conditions(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for entry in entries(&mut policy) {
        entry.when = When::Always;
    }
    for (id, restriction) in &mut policy.model.restrictions {
        restriction.value.allow_when = cel(if id.len() % 2 == 0 { "true" } else { "false" });
    }
    policy
}

/// Every entry of every role and scope.
fn entries(policy: &mut Policy) -> Vec<&mut Entry> {
    let mut found = Vec::new();
    found.extend(policy.model.roles.values_mut().flat_map(|role| &mut role.value.allow));
    for scope in policy.model.scopes.values_mut() {
        match &mut scope.value.covers {
            ScopeCover::Allow(entries) => found.extend(entries),
            ScopeCover::Modes(modes) => found.extend(modes.values_mut().flat_map(|mode| &mut mode.value)),
        }
    }
    let tenants = policy.tenants.values_mut();
    found.extend(
        tenants.flat_map(|tenant| tenant.value.roles.values_mut()).flat_map(|role| &mut role.value.allow),
    );
    found
}

fn renamed(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for entry in entries(&mut policy) {
        in_patterns(&mut entry.permissions);
        in_patterns(&mut entry.except);
    }
    let model = &mut policy.model;
    model.roles.values_mut().for_each(|role| in_names(&mut role.value.extends));
    keys(&mut model.roles);
    keys(&mut model.sections);
    for restriction in model.restrictions.values_mut() {
        in_names(&mut restriction.value.exempt_roles);
        in_patterns(&mut restriction.value.permissions);
    }
    keys(&mut model.restrictions);
    model.plans.values_mut().for_each(|plan| in_names(&mut plan.value.features));
    keys(&mut model.plans);
    model.features.values_mut().for_each(|feature| in_patterns(&mut feature.value.permissions));
    keys(&mut model.features);
    keys(&mut model.scopes);
    for kind in model.resources.values_mut() {
        kind.value.levels.values_mut().for_each(|level| in_names(&mut level.value.includes));
        keys(&mut kind.value.levels);
    }
    in_patterns(&mut model.reserved.permissions);
    in_names(&mut model.reserved.roles);
    let Retired { permissions: _, roles, restrictions, levels, scopes, plans } = &mut model.retired;
    [roles, restrictions, levels, scopes, plans].into_iter().for_each(in_names);
    policy.tenants.values_mut().for_each(|tenant| in_tenant(&mut tenant.value));
    keys(&mut policy.tenants);
    for app in policy.apps.values_mut() {
        app.value.id = principal(&app.value.id);
        keys(&mut app.value.requests);
    }
    policy.apps = std::mem::take(&mut policy.apps).into_iter().map(|(id, it)| (principal(&id), it)).collect();
    policy
}

fn in_tenant(tenant: &mut Tenant) {
    tenant.id = name(&tenant.id);
    tenant.plan.iter_mut().for_each(|plan| plan.value = name(&plan.value));
    tenant.roles.values_mut().for_each(|role| in_names(&mut role.value.extends));
    keys(&mut tenant.roles);
    for group in tenant.groups.values_mut() {
        in_names(&mut group.value.roles);
        for member in &mut group.value.members {
            member.value = match &member.value {
                GroupMember::Group(id) => GroupMember::Group(name(id)),
                GroupMember::Principal(key) => GroupMember::Principal(principal(key)),
            };
        }
    }
    keys(&mut tenant.groups);
    for member in tenant.members.values_mut() {
        member.value.roles.iter_mut().for_each(|given| given.value.role = name(&given.value.role));
        in_patterns(&mut member.value.overrides.allow);
        in_patterns(&mut member.value.overrides.deny);
        keys(&mut member.value.restrictions);
    }
    tenant.members =
        std::mem::take(&mut tenant.members).into_iter().map(|(id, it)| (principal(&id), it)).collect();
    for registered in tenant.resources.values_mut() {
        registered.value.parents.iter_mut().for_each(|parent| parent.value = resource(&parent.value));
        registered.value.acl.values_mut().for_each(|entry| in_names(&mut entry.value.levels));
        let acl = std::mem::take(&mut registered.value.acl).into_iter();
        registered.value.acl = acl.map(|(subject, entry)| (in_subject(&subject), entry)).collect();
    }
    tenant.resources =
        std::mem::take(&mut tenant.resources).into_iter().map(|(id, it)| (resource(&id), it)).collect();
    tenant.installs.values_mut().for_each(|install| keys(&mut install.value.granted));
    tenant.installs =
        std::mem::take(&mut tenant.installs).into_iter().map(|(id, it)| (principal(&id), it)).collect();
    tenant.role_restrictions.values_mut().for_each(|switches| keys(&mut switches.value));
    keys(&mut tenant.role_restrictions);
}

fn asked_renamed(question: &Question) -> Question {
    let mut same = question.clone();
    same.tenant = name(&same.tenant);
    same.principal.1 = name(&same.principal.1);
    same.roles.iter_mut().for_each(|role| *role = name(role));
    same.id = same.id.map(|id| resource_id(&same.kind, &id));
    same.parents.iter_mut().for_each(|(kind, id)| *id = resource_id(kind, id));
    for (attribute, value) in &mut same.resource {
        if let (true, Value::StringList(roles)) = (attribute == "roles", value) {
            roles.iter_mut().for_each(|role| *role = name(role));
        }
    }
    if let Some(via) = &mut same.via {
        via.app.iter_mut().for_each(|(_, id)| *id = name(id));
        via.scopes.iter_mut().for_each(|(scope, _)| *scope = name(scope));
    }
    same
}

fn name(id: &str) -> String {
    if id == "everyone" || id == "anyone" {
        return id.to_owned();
    }
    let letter = |nibble: u8| char::from(b'p' - nibble);
    id.bytes().flat_map(|byte| [letter(byte >> 4), letter(byte & 15)]).collect()
}

fn principal(key: &Key) -> Key {
    Key::new(key.kind(), &name(key.id())).expect("an id")
}

fn resource(key: &Key) -> Key {
    Key::new(key.kind(), &resource_id(key.kind(), key.id())).expect("an id")
}

/// The id of a member is a key.
fn resource_id(kind: &str, id: &str) -> String {
    match Key::parse(id) {
        Ok(member) if kind == "member" => principal(&member).to_string(),
        _ => name(id),
    }
}

fn in_subject(subject: &AclSubject) -> AclSubject {
    match subject {
        AclSubject::Everyone | AclSubject::Anyone => subject.clone(),
        AclSubject::Role(id) => AclSubject::Role(name(id)),
        AclSubject::Group(id) => AclSubject::Group(name(id)),
        AclSubject::Principal(key) => AclSubject::Principal(principal(key)),
    }
}

fn in_names(names: &mut NameList) {
    names.iter_mut().for_each(|it| it.value = name(&it.value));
}

fn in_patterns(patterns: &mut [Spanned<Pattern>]) {
    for pattern in patterns {
        if let Pattern::Section(id) = &mut pattern.value {
            *id = name(id).into();
        }
    }
}

fn keys<T>(map: &mut Map<T>) {
    *map = std::mem::take(map).into_iter().map(|(id, it)| (name(&id), it)).collect();
}
