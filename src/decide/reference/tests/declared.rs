//! Levels that go up, and the declared exceptions from monotonicity.
//!
//! Owns tables over documents made by hand: what `monotone` leaves out of its edits
//! stands here, case by case.

use super::laws::compiled;
use super::{answer, documents};
use crate::decide::reference::question::Question;

const MESSENGERS: &str = include_str!("../../../../examples/messenger-acl/model.yaml");

/// Read-only, read-write, full: for a role, a user, and both, nothing is lost on the way up.
#[test]
fn i15_a_higher_level_never_loses() {
    let ladder = ["", "read_only", "read_write", "full"];
    let actions = ["read", "reply", "configure"];
    let may = |kind: &str, role: &str, own: &str| {
        let entry = |subject: &str, level: &str| {
            if level.is_empty() { String::new() } else { format!("'{subject}': {level}, ") }
        };
        let tenant = format!(
            "sidegate: v1\nkind: Tenant\nid: t\nroles: {{ desk: {{ allow: [chats:access] }} }}\n\
             members: {{ user:u: {{ roles: [desk] }} }}\nresources: {{ '{kind}:c': {{ acl: {{ {}{} }} }} }}\n",
            entry("role:desk", role),
            entry("user:u", own),
        );
        let snapshot = compiled(&documents(&[MESSENGERS, &tenant]));
        actions.map(|action| {
            let question = Question { kind: kind.into(), action: action.into(), ..chat_of_u() };
            answer(&snapshot, &question, crate::model::Timestamp::default())
                .expect("no fault")
                .reason
                .allows()
        })
    };
    let mut gained = 0;
    for kind in ["messenger", "page"] {
        for fixed in ladder {
            for step in ladder.windows(2) {
                let own = [may(kind, fixed, step[0]), may(kind, fixed, step[1])];
                let role = [may(kind, step[0], fixed), may(kind, step[1], fixed)];
                // A user's first own level stands in for the role's where the type says so.
                let replaces = kind == "messenger" && step[0].is_empty() && !fixed.is_empty();
                for [below, above] in [own, role].into_iter().skip(usize::from(replaces)) {
                    assert!(
                        below.iter().zip(above).all(|(below, above)| !below || above),
                        "{kind} {fixed} {step:?}"
                    );
                    gained += usize::from(below != above);
                }
            }
        }
    }
    assert!(gained > 20, "{gained}");
}

const MODEL: &str = r#"sidegate: v1
kind: Model
name: exceptions
principals: { user: {} }
resources:
  chat: { actions: [read, write], levels: { reader: [read], full: [read, write] } }
roles:
  agent: { allow: [chat:read] }
  caged: {}
  picky: { allow: [{ permissions: [chat:write], when: '!("caged" in principal.roles)' }] }
restrictions: { nothing: { permissions: ["chat:*"], allow_when: "false" } }
plans:
  full: { member_overrides: on, member_restrictions: on }
  plain: { member_overrides: off, member_restrictions: off }
"#;

/// Where more grants take away, or less of a plan gives: by design, and nowhere else.
/// A row is a plan, a member, an access list and more of the tenant, before and after,
/// and what may be done then.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn i15_the_declared_exceptions_are_these() {
    type Facts = [&'static str; 4];
    let agent: Facts = ["full", "roles: [agent]", "'role:agent': full", ""];
    let caged = "role_restrictions: { caged: { nothing: {} } }";
    let group = "groups: { g: { members: [user:u], roles: [caged] } }\nrole_restrictions: { caged: { nothing: {} } }";
    let denied = "roles: [agent], overrides: { deny: [chat:read] }";
    let limited = "roles: [agent], restrictions: { nothing: {} }";
    let rows: [(&str, &str, Facts, Facts, [bool; 2]); 9] = [
        ("an own level stands in for those of one's roles", "write", agent, ["full", "roles: [agent]", "'role:agent': full, 'user:u': reader", ""], [true, false]),
        ("also where its entry only denied before", "write", ["full", "roles: [agent]", "'role:agent': full, 'user:u': { deny: [read] }", ""], ["full", "roles: [agent]", "'role:agent': full, 'user:u': { level: reader, deny: [read] }", ""], [true, false]),
        ("a role brings its restrictions", "read", ["full", "roles: [agent]", "", caged], ["full", "roles: [agent, caged]", "", caged], [true, false]),
        ("a group brings those of its roles", "read", ["full", "roles: [agent]", "", caged], ["full", "roles: [agent]", "", group], [true, false]),
        ("a role brings its denies", "read", ["full", "roles: [agent]", "'role:caged': { deny: [read] }", ""], ["full", "roles: [agent, caged]", "'role:caged': { deny: [read] }", ""], [true, false]),
        ("a condition may ask for a role not to be held", "write", ["full", "roles: [picky]", "", ""], ["full", "roles: [picky, caged]", "", ""], [true, false]),
        ("a plan without overrides forgets their denies", "read", ["full", denied, "", ""], ["plain", denied, "", ""], [false, true]),
        ("a plan without restrictions forgets them", "read", ["full", limited, "", ""], ["plain", limited, "", ""], [false, true]),
        ("a plan that has them again remembers", "read", ["plain", limited, "", ""], ["full", limited, "", ""], [true, false]),
    ];
    for (why, action, before, after, expected) in rows {
        let may = |[plan, member, acl, more]: Facts| may(&[MODEL, &format!(
            "sidegate: v1\nkind: Tenant\nid: t\nplan: {plan}\nmembers: {{ user:u: {{ {member} }} }}\nresources: {{ chat:c: {{ acl: {{ {acl} }} }} }}\n{more}\n"
        )], action);
        assert_eq!([may(before), may(after)], expected, "{why}");
    }
}

fn may(texts: &[&str], action: &str) -> bool {
    let snapshot = compiled(&documents(texts));
    let question = Question { action: action.into(), ..chat_of_u() };
    answer(&snapshot, &question, crate::model::Timestamp::default()).expect("no fault").reason.allows()
}

fn chat_of_u() -> Question {
    Question {
        tenant: "t".into(),
        principal: ("user".into(), "u".into()),
        kind: "chat".into(),
        id: Some("c".into()),
        ..Question::default()
    }
}
