//! Monotonicity: a grant never takes away, a restriction never gives.
//!
//! Owns the edits, each of a generated policy. What by design is neither stands in
//! `declared`, and in docs/reliability.md.

use std::collections::BTreeMap;

use super::laws::{compiled, worlds};
use super::{answer, compile};
use crate::decide::Reason;
use crate::decide::reference::build::{at, cel, entry, entry_when, items, names, patterns};
use crate::decide::reference::question::Question;
use crate::decide::reference::world::{Asked, Rng, ask};
use crate::document::definition::*;
use crate::document::place::Spanned;
use crate::model::Key;
use crate::snapshot::Snapshot;

/// Edits a policy, often about what a question is about. Says whether it could.
type Edit = fn(&mut Policy, &Question, &mut Rng) -> bool;

const GRANTS: [(&str, Edit); 8] = [
    ("role entry", |policy, question, rng| {
        let ids: Vec<String> = policy.model.roles.keys().cloned().collect();
        let role = policy.model.roles.get_mut(rng.pick(&ids));
        role.is_some_and(|role| more(&mut role.value, question, rng))
    }),
    ("custom role entries", |policy, question, _| {
        let roles = policy.tenants.values_mut().flat_map(|tenant| tenant.value.roles.values_mut());
        let patterns = [permission(question), "*".to_owned()];
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        roles.map(|role| role.value.allow.push(entry(&patterns, &[], When::Always))).count() > 0
    }),
    ("anyone's entry", |policy, question, rng| {
        let role = policy.model.roles.entry("anyone".to_owned()).or_insert_with(|| at(Role::default()));
        more(&mut role.value, question, rng)
    }),
    ("override", |policy, question, _| {
        member(policy, question)
            .map(|it| it.overrides.allow.extend(patterns([permission(question)])))
            .is_some()
    }),
    ("level of a role, a group or all", |policy, question, rng| {
        let subjects = [AclSubject::Everyone, AclSubject::Anyone];
        let Some(tenant) = policy.tenants.get(&question.tenant) else { return false };
        let mut subjects = subjects.to_vec();
        subjects.extend(policy.model.roles.keys().cloned().map(AclSubject::Role));
        subjects.extend(tenant.value.groups.keys().cloned().map(AclSubject::Group));
        subjects.retain(|subject| *subject != AclSubject::Role("everyone".into()));
        subjects.retain(|subject| *subject != AclSubject::Role("anyone".into()));
        let subject = rng.pick(&subjects).clone();
        level(policy, question, subject, rng)
    }),
    ("one's own level where entries add up", |policy, question, rng| {
        let kind = policy.model.resources.get_mut(&question.kind);
        let Some(subject) = own(question) else { return false };
        kind.is_some_and(|kind| kind.value.precedence == Precedence::Union)
            && level(policy, question, AclSubject::Principal(subject), rng)
    }),
    ("scope entry", |policy, question, rng| {
        let ids: Vec<String> = policy.model.scopes.keys().cloned().collect();
        let mut more = vec![entry(&[&permission(question)], &[], When::Always)];
        match policy.model.scopes.get_mut(rng.pick(&ids)).map(|scope| &mut scope.value.covers) {
            Some(ScopeCover::Allow(entries)) => entries.append(&mut more),
            Some(ScopeCover::Modes(modes)) => {
                modes.values_mut().for_each(|mode| mode.value.extend(more.iter().cloned()));
            }
            None => {}
        }
        true
    }),
    ("higher levels", |policy, question, _| {
        // Every level of every entry is joined by all that include it.
        let model = policy.model.clone();
        let tenant = policy.tenants.get_mut(&question.tenant);
        for (key, registered) in tenant.into_iter().flat_map(|tenant| &mut tenant.value.resources) {
            let levels = &model.resources[key.kind()].levels;
            for entry in registered.value.acl.values_mut() {
                let includes = |level: &Level| {
                    level
                        .includes
                        .iter()
                        .any(|below| entry.value.levels.iter().any(|has| has.value == below.value))
                };
                let higher = levels.iter().filter(|(_, level)| includes(level)).map(|(id, _)| id.clone());
                let higher: Vec<String> = higher.collect();
                for id in higher {
                    if entry.value.levels.iter().all(|has| has.value != id) {
                        entry.value.levels.push(at(id));
                    }
                }
            }
        }
        true
    }),
];

const RESTRICTIONS: [(&str, Edit); 9] = [
    ("restriction of all", |policy, question, rng| {
        let allow_when =
            cel(*rng.pick(&["false", "resource.id == \"a\"", "now < timestamp(\"2000-01-01T00:00:00Z\")"]));
        let permissions = patterns([permission(question)]);
        let restriction = Restriction { permissions, allow_when, always: true, ..Restriction::default() };
        policy.model.restrictions.insert("added".into(), at(restriction));
        true
    }),
    ("restriction of a member", |policy, question, _| {
        never(policy, question);
        member(policy, question).map(|it| it.restrictions.insert("added".into(), at(Params::new()))).is_some()
    }),
    ("restriction of a role", |policy, question, rng| {
        never(policy, question);
        let mut ids: Vec<String> = policy.model.roles.keys().cloned().collect();
        ids.extend(["everyone".to_owned(), "anyone".to_owned()]);
        let id = rng.pick(&ids).clone();
        let Some(tenant) = policy.tenants.get_mut(&question.tenant) else { return false };
        let switches = tenant.value.role_restrictions.entry(id).or_insert_with(|| at(Map::new()));
        switches.value.insert("added".into(), at(Params::new()));
        true
    }),
    ("override", |policy, question, _| {
        member(policy, question)
            .map(|it| it.overrides.deny.extend(patterns([permission(question)])))
            .is_some()
    }),
    ("deny of all, a role or a group", |policy, question, rng| {
        let mut subjects = vec![AclSubject::Everyone, AclSubject::Anyone];
        subjects.extend(policy.model.roles.keys().cloned().map(AclSubject::Role));
        subjects
            .retain(|subject| !matches!(subject, AclSubject::Role(id) if id == "everyone" || id == "anyone"));
        let subject = rng.pick(&subjects).clone();
        acl_deny(policy, question, subject)
    }),
    ("one's own deny", |policy, question, _| {
        own(question).is_some_and(|own| acl_deny(policy, question, AclSubject::Principal(own)))
    }),
    ("feature taken from every plan", |policy, question, _| {
        let feature = Feature { permissions: patterns([permission(question)]), ..Feature::default() };
        policy.model.features.insert("added".into(), at(feature));
        !policy.model.plans.is_empty()
    }),
    ("gate", |policy, question, _| {
        let door = ResourceType { actions: names(["open"]), ..ResourceType::default() };
        policy.model.resources.insert("door".into(), at(door));
        let kind = policy.model.resources.get_mut(&question.kind);
        kind.map(|kind| kind.value.requires.extend(patterns(["door:open"]))).is_some()
    }),
    ("authority of scopes", |policy, _, _| {
        let highest = policy.model.authorities.last().cloned();
        policy.model.scopes.values_mut().for_each(|scope| scope.value.authority.clone_from(&highest));
        highest.is_some()
    }),
];

#[test]
fn i15_a_grant_never_takes_away() {
    let given = edited(&GRANTS, |was, is| (was && !is, !was && is));
    for (what, flips) in given {
        assert!(flips > 0, "{what} gave hardly anything: {flips}");
    }
}

#[test]
fn i15_a_restriction_never_gives() {
    let taken = edited(&RESTRICTIONS, |was, is| (!was && is, was && !is));
    for (what, flips) in taken {
        assert!(flips > 0, "{what} took hardly anything: {flips}");
    }
}

/// Makes every edit of many worlds; `wrong` says of an answer before and after
/// whether it must not be, and whether it is what the edit is for. Tells how often
/// each did that.
fn edited(
    edits: &[(&'static str, Edit)],
    turned: fn(bool, bool) -> (bool, bool),
) -> BTreeMap<&'static str, usize> {
    let mut tally: BTreeMap<&str, usize> = edits.iter().map(|(what, _)| (*what, 0)).collect();
    for world in worlds(110) {
        let before = compiled(&world.policy);
        let mut rng = Rng::new(world.seed ^ 0x15);
        let questions = ask(&world, 30);
        for (what, edit) in edits {
            let mut policy = world.policy.clone();
            let about = rng.pick(&questions).question.clone();
            if !edit(&mut policy, &about, &mut rng) {
                continue;
            }
            let Ok(after) = compile(&policy) else { continue };
            for asked in &questions {
                let (Some(was), Some(is)) = (allows(&before, asked), allows(&after, asked)) else { continue };
                let (wrong, wanted) = turned(was, is);
                let told = || {
                    (answer(&before, &asked.question, asked.now), answer(&after, &asked.question, asked.now))
                };
                assert!(!wrong, "seed {}: {what}: {:?}: {:?}", world.seed, asked.question, told());
                *tally.entry(what).or_default() += usize::from(wanted);
            }
        }
    }
    tally
}

fn allows(snapshot: &Snapshot, asked: &Asked) -> Option<bool> {
    answer(snapshot, &asked.question, asked.now).ok().map(|answer| answer.reason.allows())
}

fn permission(question: &Question) -> String {
    format!("{}:{}", question.kind, question.action)
}

fn own(question: &Question) -> Option<Key> {
    Key::new(&question.principal.0, &question.principal.1).ok()
}

fn more(role: &mut Role, question: &Question, rng: &mut Rng) -> bool {
    let permission = permission(question);
    role.allow.push(match rng.below(3) {
        0 => entry_when(&[&permission], "resource.type == \"doc\""),
        1 => entry(&[&permission], &[], When::Always),
        _ => entry(&["*"], &[], When::Always),
    });
    true
}

fn member<'p>(policy: &'p mut Policy, question: &Question) -> Option<&'p mut Member> {
    let tenant = policy.tenants.get_mut(&question.tenant)?;
    tenant.value.members.get_mut(&own(question)?).map(|member| &mut member.value)
}

/// The row of what is asked about, registered if it was not.
fn registered<'p>(policy: &'p mut Policy, question: &Question) -> Option<&'p mut Registered> {
    let key = Key::new(&question.kind, question.id.as_deref()?).ok()?;
    policy.model.resources.get(&question.kind)?;
    let tenant = policy.tenants.get_mut(&question.tenant)?;
    Some(&mut tenant.value.resources.entry(key).or_insert_with(|| at(Registered::default())).value)
}

fn level(policy: &mut Policy, question: &Question, subject: AclSubject, rng: &mut Rng) -> bool {
    let kind = policy.model.resources.get(&question.kind);
    let known: Vec<String> = kind.into_iter().flat_map(|kind| kind.levels.keys().cloned()).collect();
    if known.is_empty() {
        return false;
    }
    let level = rng.pick(&known).clone();
    let Some(row) = registered(policy, question) else { return false };
    let given = row.acl.entry(subject).or_insert_with(|| at(AclEntry::default()));
    if given.value.levels.iter().all(|has| has.value != level) {
        given.value.levels.push(at(level));
    }
    true
}

fn acl_deny(policy: &mut Policy, question: &Question, subject: AclSubject) -> bool {
    let action = question.action.clone();
    let Some(row) = registered(policy, question) else { return false };
    let given = row.acl.entry(subject).or_insert_with(|| at(AclEntry::default()));
    given.value.deny = items(["*".to_owned(), action]);
    given.value.deny.truncate(1);
    // An entry that had ended would be in force again, with its levels.
    given.value.levels.retain(|_| given.value.expires_at.is_none());
    given.value.expires_at = None;
    true
}

fn never(policy: &mut Policy, question: &Question) {
    let permissions: Vec<Spanned<_>> = patterns([permission(question)]);
    let restriction = Restriction { permissions, allow_when: cel("false"), ..Restriction::default() };
    policy.model.restrictions.insert("added".into(), at(restriction));
}

/// Suspended or past the end, a member may nothing at all, whatever it is given.
#[test]
fn i15_a_disabled_member_may_nothing() {
    let mut lost = BTreeMap::new();
    for world in worlds(100) {
        let before = compiled(&world.policy);
        for reason in [Reason::Suspended, Reason::Expired] {
            let mut policy = world.policy.clone();
            for member in policy.tenants.values_mut().flat_map(|tenant| tenant.value.members.values_mut()) {
                member.value.suspended = reason == Reason::Suspended;
                member.value.expires_at = (reason == Reason::Expired)
                    .then(|| crate::model::Timestamp::parse("2020-01-01T00:00:00Z").expect("an instant"));
            }
            let after = compiled(&policy);
            for asked in ask(&world, 30) {
                if member(&mut policy, &asked.question).is_none() {
                    continue;
                }
                let Ok(told) = answer(&after, &asked.question, asked.now) else { continue };
                assert_eq!(told.reason, reason, "seed {}: {:?}", world.seed, asked.question);
                let was = allows(&before, &asked) == Some(true);
                *lost.entry(reason).or_insert(0_usize) += usize::from(was);
            }
        }
    }
    assert!(lost.values().all(|count| *count > 300) && lost.len() == 2, "{lost:?}");
}
