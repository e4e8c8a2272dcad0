//! Two queries that differ are never taken for one another: whatever stands for a query
//! or for a part of a policy is different when they are.

use std::collections::BTreeMap;

use prost::Message;

use super::*;
use crate::document::TenantChange;
use crate::document::canonical;
use crate::document::definition::{GivenRole, Member};
use crate::document::{Change, Spanned};
use crate::wire::policy::write_change;

/// Texts that run into one another wherever fields are joined by a character.
const TEXTS: [&str; 24] = [
    "",
    "a",
    "b",
    "a,b",
    "a, b",
    "'a'",
    "\"a\"",
    "a:b",
    "a:",
    ":b",
    "a#b",
    "a@b",
    "a/b",
    "a\\b",
    "a|b",
    "a\0b",
    "a\u{8}",
    "\u{202e}a",
    "a\nb",
    "{\"a\":\"b\"}",
    "x,'b:'y",
    "[a",
    "b]",
    "--",
];

fn text(rng: &mut Rng) -> String {
    let mut text = (*rng.pick(&TEXTS)).to_owned();
    if rng.chance(30) {
        text.push_str(TEXTS[rng.below(TEXTS.len())]);
    }
    text
}

fn texts(rng: &mut Rng) -> Vec<String> {
    (0..rng.below(4)).map(|_| text(rng)).collect()
}

fn value(rng: &mut Rng) -> Value {
    match rng.below(4) {
        0 => Value::String(text(rng)),
        1 => Value::StringList(texts(rng)),
        2 => Value::IntList((0..rng.below(3)).map(|_| i64::try_from(rng.below(3)).unwrap()).collect()),
        _ => Value::Null,
    }
}

fn named(rng: &mut Rng) -> Vec<(String, Value)> {
    let some: BTreeMap<String, Value> = (0..rng.below(3)).map(|_| (text(rng), value(rng))).collect();
    some.into_iter().collect()
}

fn query(rng: &mut Rng) -> v1::ListAllowedRequest {
    let mut question = Question {
        tenant: text(rng),
        principal: (text(rng), text(rng)),
        roles: texts(rng),
        attributes: named(rng),
        context: named(rng),
        kind: text(rng),
        id: rng.chance(50).then(|| text(rng)),
        resource: named(rng),
        action: text(rng),
        ..Question::default()
    };
    if rng.chance(40) {
        question.parents = vec![(text(rng), text(rng))];
    }
    let query = match rng.below(4) {
        0 => messages::registered(&question.kind, &question.action),
        1 => {
            let mut other = question.clone();
            other.id = Some(text(rng));
            let sent = [&question, &other].map(resource);
            messages::candidates(&question.kind, &question.action, sent[..rng.below(3)].to_vec())
        }
        2 => v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
            resource: Some(resource(&question)),
            actions: texts(rng),
        }),
        _ => v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
            action: question.action.clone(),
            resource: Some(resource(&question)),
            types: texts(rng),
        }),
    };
    request(&question, query)
}

/// A page token is bound to a query by this digest, and by nothing else.
#[test]
fn b02_different_queries_have_different_digests() {
    let mut rng = Rng::new(0xb02);
    let mut seen: BTreeMap<String, v1::ListAllowedRequest> = BTreeMap::new();
    let mut last = query(&mut rng);
    for _ in 0..30_000 {
        // Every other one differs from the one before in a single place.
        let next = if rng.chance(50) { query(&mut rng) } else { slipped(&mut rng, &last) };
        let digest = format!("{:?}", Asked::new(next.clone(), &mut || true).digest);
        let known = seen.entry(digest).or_insert_with(|| next.clone());
        assert_eq!(*known, next, "two queries, one digest");
        last = next;
    }
    assert!(seen.len() > 20_000, "only {} different queries", seen.len());
}

/// Text moved over the border between two fields.
fn slipped(rng: &mut Rng, query: &v1::ListAllowedRequest) -> v1::ListAllowedRequest {
    let mut query = query.clone();
    let Some(principal) = &mut query.principal else { return query };
    match rng.below(4) {
        0 => {
            principal.id = format!(
                "{}{}",
                principal
                    .r#type
                    .split_off(principal.r#type.len() / 2 * usize::from(principal.r#type.is_ascii())),
                principal.id
            )
        }
        1 => principal.roles = vec![principal.roles.join(",")],
        2 => {
            principal.roles =
                principal.roles.iter().flat_map(|role| role.split(',')).map(str::to_owned).collect()
        }
        _ => std::mem::swap(&mut principal.id, &mut query.tenant),
    }
    query
}

/// A digest of policy stands for all of it: two members that differ have different ones,
/// and so have two keys.
#[test]
fn b02_different_parts_of_a_policy_have_different_digests() {
    let mut rng = Rng::new(0xb022);
    let mut seen: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for _ in 0..20_000 {
        let Ok(key) = crate::model::Key::new("user", &format!("u{}", text(&mut rng))) else { continue };
        let given = |role: String| Spanned::nowhere(GivenRole { role, expires_at: None });
        let mut member = Member { suspended: rng.chance(50), ..Member::default() };
        member.roles = texts(&mut rng).into_iter().map(given).collect();
        member.roles.sort_by(|a, b| a.role.cmp(&b.role));
        member.roles.dedup_by(|a, b| a.role == b.role);
        member.attributes =
            named(&mut rng).into_iter().map(|(name, it)| (name, Spanned::nowhere(it))).collect();
        let digest = canonical::part("member", &key, &member).to_string();
        let change = Change::InTenant("t".into(), TenantChange::PutMember(key, Box::new(member)));
        let written = write_change(&change).encode_to_vec();
        let known = seen.entry(digest).or_insert_with(|| written.clone());
        assert!(*known == written, "two members, one digest: {change:?}");
    }
    assert!(seen.len() > 5_000, "only {} different members", seen.len());
}
