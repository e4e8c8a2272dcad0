//! The runner and the mutations on one policy that has a little of everything.

use std::collections::BTreeSet;

use super::mutation::{Kind, mutants};
use super::{Failure, Report, any_fails, held, run};
use crate::decide::{Asker, Call, KeyRef};
use crate::document::{Checked, PolicyLimits, Source, Sources, Spanned, definition::Test, load};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;

const MODEL: &str = "
sidegate: v1
kind: Model
name: little
principals:
  user: { roles_from_request: true }
  plugin: {}
resources:
  box:
    actions: [open]
  file:
    actions: [read, write, share]
    attributes: { owner: string, due: timestamp, sizes: list<int> }
    parents: [box]
    requires: [box:open]
    hidden_without: read
    levels: { reader: [read], all: { includes: [reader], permissions: [write] } }
  note: { actions: [read, write] }
sections: { notes: { permissions: ['note:*'] } }
roles:
  everyone: { allow: [box:open] }
  base: { allow: [note:read] }
  editor: { extends: [base], allow: ['file:*', { permissions: ['note:*'], except: [note:read], when: late }] }
conditions: { late: now > timestamp('2026-06-01T00:00:00Z') }
restrictions:
  own: { permissions: [file:write], allow_when: resource.owner == principal.id, exempt_roles: [base] }
plans:
  small: { member_overrides: off, features: [sharing] }
  big: {}
features: { sharing: [file:share] }
scopes:
  files: { modes: { read: [file:read], write: [file:write] } }
  notes: { allow: [section/notes] }
";

const TENANT: &str = "
sidegate: v1
kind: Tenant
id: acme
plan: small
roles: { clerk: { extends: [base] } }
groups:
  outer: { members: [group:inner], roles: [editor] }
  inner: { members: [user:gus] }
members:
  user:ann: { roles: [editor] }
  user:bob: { roles: [clerk, { role: editor, expires_at: 2026-02-01T00:00:00Z }] }
  user:gus: { overrides: { deny: [note:read] } }
  user:leo: { restrictions: { own: {} } }
resources:
  file:f1: { acl: { user:leo: all } }
  file:f2: { acl: { user:ann: { deny: [share] } } }
installs:
  plugin:sync: { granted: { files: all } }
";

const APP: &str = "
sidegate: v1
kind: App
id: plugin:sync
requests:
  files: { modes: [read], justification: to read }
  notes: { justification: to note }
review: approved
";

fn policy(test: &str) -> (Snapshot, Checked, Vec<Spanned<Test>>) {
    let test = format!("sidegate: v1\nkind: Test\ntenant: acme\n{test}");
    let texts = [
        ("model.yaml", MODEL),
        ("tenants/acme.yaml", TENANT),
        ("apps/sync.yaml", APP),
        ("tests/t.yaml", &test),
    ];
    let files = texts.map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() });
    let loaded = load(&Sources::new(files.into()), &PolicyLimits::default());
    let checked = loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    (Snapshot::compile(&checked, Revision::new(0, 1)), checked, loaded.tests)
}

fn report(test: &str) -> Report {
    let (snapshot, checked, tests) = policy(test);
    let report = run(&snapshot, &checked, &tests);
    assert_eq!(
        any_fails(&snapshot, &checked, &tests),
        !report.failures.is_empty(),
        "both ways of running agree"
    );
    report
}

#[track_caller]
fn passes(test: &str, expectations: usize) {
    let report = report(test);
    let told: Vec<String> = report.failures.iter().map(told).collect();
    assert_eq!((report.passed, told), (expectations, Vec::new()));
}

#[track_caller]
fn fails(test: &str, expected: &str) {
    let told: Vec<String> = report(test).failures.iter().map(told).collect();
    assert_eq!(told, [expected]);
}

fn told(failure: &Failure) -> String {
    format!("{} expected {}, got {}", failure.asked, failure.expected, failure.got)
}

#[track_caller]
fn holds(user: &str, asserted: &[&str], at: &str, expected: &[&str]) {
    let (_, checked, _) = policy("");
    let principal =
        Asker { key: KeyRef { kind: "user", id: user }, roles: asserted.to_vec(), ..Asker::default() };
    let call = Call { tenant: "acme", principal, ..Call::default() };
    let held = held::roles(checked.policy(), &call, Timestamp::parse(at).unwrap());
    assert_eq!(held, expected.iter().copied().collect::<BTreeSet<_>>(), "{user}");
}

#[test]
fn roles_are_held_by_gift_group_assertion_and_extension() {
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    holds("ann", &[], early, &["anyone", "base", "editor", "everyone"]);
    holds("bob", &[], early, &["anyone", "base", "clerk", "editor", "everyone"]);
    holds("bob", &[], late, &["anyone", "base", "clerk", "everyone"]);
    holds("gus", &[], early, &["anyone", "base", "editor", "everyone"]);
    holds("zoe", &[], early, &["anyone"]);
    holds("zoe", &["clerk", "nonsense"], early, &["anyone", "base", "clerk", "everyone"]);
    holds("zoe", &["everyone"], early, &["anyone"]);
}

#[test]
fn instants_and_empty_lists_take_their_declared_type() {
    let test = "cases:
  - principal: user:ann
    resource: { type: file, attributes: { due: 2026-01-01T00:00:00Z, sizes: [] } }
    expect: { read: allow }
  - principal: user:ann
    resource: { type: file, attributes: { due: tomorrow } }
    expect: { read: { error: INVALID_ARGUMENT } }
";
    passes(test, 2);
}

#[test]
fn everything_that_is_said_is_compared() {
    let case = |expect: &str| {
        format!("cases: [{{ principal: user:gus, resource: file:f9, expect: {{ {expect} }} }}]\n")
    };
    passes(&case("read: { allow: ROLE_GRANT, cause: 'role:editor', hidden: false }"), 1);
    let asked = "may `user:gus` read `file:f9` in `acme`?";
    let got = "got allow ROLE_GRANT (role:editor)";
    fails(&case("read: deny"), &format!("{asked} expected deny, {got}"));
    fails(&case("read: { allow: ACL_GRANT }"), &format!("{asked} expected allow ACL_GRANT, {got}"));
    fails(
        &case("read: { allow: ROLE_GRANT, cause: 'role:base' }"),
        &format!("{asked} expected allow ROLE_GRANT (role:base), {got}"),
    );
    fails(
        &case("read: { allow: ROLE_GRANT, hidden: true }"),
        &format!("{asked} expected allow ROLE_GRANT (hidden), {got}"),
    );
    fails(
        &case("read: { error: INVALID_ARGUMENT }"),
        &format!("{asked} expected error INVALID_ARGUMENT, {got}"),
    );
}

#[test]
fn lists_are_sets_unless_they_are_candidates() {
    let test = "lists:
  - principal: user:leo
    resources: { permission: file:read, expect: [file:f1] }
  - principal: user:ann
    resources: { permission: file:share, expect: [file:f1] }
  - principal: user:ann
    resources: { permission: file:read, candidates: [{ key: file:z }, { key: file:a }], expect: [file:z, file:a] }
  - principals: { permission: file:read, resource: file:f1, expect: [user:leo, user:ann, user:bob, user:gus, plugin:sync] }
  - principals: { permission: box:open, resource: box:b, expect: [user:ann, user:bob, user:gus, user:leo], anyone: false }
";
    passes(test, 6);
    let order = "lists:
  - principal: user:ann
    resources: { permission: file:read, candidates: [{ key: file:z }, { key: file:a }], expect: [file:a, file:z] }
";
    fails(order, "where may `user:ann` file:read? expected file:a, file:z, got file:z, file:a");
}

#[test]
fn a_word_for_a_type_is_careful() {
    // An ACL may give what no role does, and deny what a role grants.
    let test = "lists:
  - principal: user:leo
    actions: { resource: { type: file }, expect: { read: CONDITIONAL, write: CONDITIONAL, share: NEVER } }
  - principal: user:ann
    actions: { resource: { type: file }, expect: { read: ALWAYS, write: ALWAYS, share: CONDITIONAL } }
  - principal: user:ann
    actions: { resource: { type: note }, expect: { read: ALWAYS, write: NEVER } }
  - principal: user:ann
    at: 2026-07-01T00:00:00Z
    actions: { resource: { type: note }, expect: { write: ALWAYS } }
  - principal: user:zoe
    actions: { resource: { type: file }, expect: { read: NEVER } }
";
    passes(test, 10);
}

#[test]
fn an_app_is_held_to_exactly_what_it_asks_for() {
    let all =
        "apps: [{ app: plugin:sync, expect: { files: [file:read], notes: [note:read, note:write] } }]\n";
    passes(all, 2);
    let less = "apps: [{ app: plugin:sync, expect: { files: [file:read] } }]\n";
    fails(less, "what does `plugin:sync` ask for? expected no other scope, got also `notes`");
    let more = "apps: [{ app: plugin:sync, expect: { files: [file:read, file:write], notes: [note:read, note:write] } }]\n";
    fails(more, "what does `plugin:sync` ask for? expected `files`: file:read, file:write, got file:read");
}

#[test]
fn every_mutant_is_one_change_and_no_two_are_the_same() {
    let (_, checked, _) = policy("");
    let mut seen = BTreeSet::new();
    let mut kinds = BTreeSet::new();
    for (mutant, changed) in mutants(checked.policy()) {
        assert_ne!(&changed, checked.policy(), "{}", mutant.change);
        assert!(seen.insert(mutant.change.clone()), "twice: {}", mutant.change);
        kinds.insert(mutant.kind);
    }
    for kind in [
        Kind::DropGrant,
        Kind::NarrowGrant,
        Kind::AddPermission,
        Kind::DropDeny,
        Kind::DropRestriction,
        Kind::DropSwitch,
        Kind::DropExemption,
        Kind::DropGate,
        Kind::DropExcept,
        Kind::DropHidden,
        Kind::DropExtends,
        Kind::DropFeature,
        Kind::DropDeadline,
        Kind::DropCondition,
        Kind::NegateCondition,
        Kind::FlipPlan,
        Kind::FlipPrecedence,
        Kind::FlipReview,
        Kind::FlipRequestSource,
    ] {
        assert!(kinds.contains(&kind), "no mutant that would {}", kind.name());
    }
}

#[test]
fn what_a_plan_makes_dormant_is_left_alone() {
    let (_, checked, _) = policy("");
    let changes: Vec<String> = mutants(checked.policy()).map(|(mutant, _)| mutant.change).collect();
    assert!(!changes.iter().any(|change| change.contains("`overrides.deny` of member `user:gus`")));
    assert!(changes.iter().any(|change| change == "plan `small`: `member_overrides` becomes On"));
}
