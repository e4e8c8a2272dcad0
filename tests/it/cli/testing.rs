//! `test` and `mutate`.

use super::run;
use super::running::{Ran, text};
use super::small::policy;

const WHOLE: &str = "\
tables:
  - columns: { reader: user:ann, writer: user:bob }
    rows:
      note:view: [allow, allow]
      note:edit: [{ deny: NOT_GRANTED }, { deny: MISSING_ATTRIBUTE, cause: \"role:writer\" }]
cases:
  - why: the author, by day
    principal: user:bob
    context: { hour: 9 }
    resource: { key: note:n1, attributes: { author: bob } }
    expect: { edit: { allow: ROLE_GRANT }, burn: { error: INVALID_ARGUMENT } }
  - why: the author, by night
    principal: user:bob
    context: { hour: 21 }
    resource: { key: note:n1, attributes: { author: bob } }
    expect: { edit: { deny: RESTRICTED, hidden: false } }
  - why: not the author
    principal: user:bob
    context: { hour: 9 }
    resource: { key: note:n1, attributes: { author: ann } }
    expect: { edit: { deny: CONDITION_FALSE } }
lists:
  - principal: user:bob
    context: { hour: 9 }
    actions: { resource: { key: note:n1, attributes: { author: bob } }, expect: [edit, view] }
  - principal: user:bob
    context: { hour: 9 }
    actions: { resource: { type: note }, expect: { view: ALWAYS, edit: CONDITIONAL } }
  - principal: user:ann
    actions: { resource: { type: note }, expect: { view: ALWAYS, edit: NEVER } }
  - principal: user:bob
    context: { hour: 9 }
    resources:
      permission: note:edit
      candidates:
        - { key: note:n2, attributes: { author: bob } }
        - { key: note:n1, attributes: { author: ann } }
        - { key: note:n0, attributes: { author: bob } }
      expect: [note:n2, note:n0]
  - principals: { permission: note:view, resource: note:n1, expect: [user:bob, user:ann], anyone: false }
";

fn tested(test: &str, flags: &[&str]) -> Ran {
    let directory = policy(test);
    let mut args = vec!["test", text(directory.path())];
    args.extend(flags);
    run(&args)
}

#[test]
fn what_passes_is_counted() {
    let ran = tested(WHOLE, &["--require-coverage"]).ends(0);
    assert!(ran.out.ends_with("16 passed, 0 failed\n"), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn what_fails_is_told_with_its_place_and_its_story() {
    let wrong = "\
cases:
  - why: readers only read
    principal: user:ann
    resource: note:n1
    expect: { edit: allow, view: { allow: ROLE_GRANT, cause: \"role:writer\" } }
";
    let ran = tested(wrong, &[]).ends(1);
    assert!(ran.out.ends_with("0 passed, 2 failed\n"), "{}", ran.out);
    ran.says("small.yaml:8:21: failed: expected allow, got deny NOT_GRANTED")
        .says("may `user:ann` edit `note:n1` in `home`?")
        .says("why: readers only read")
        .says("6. ")
        .says("expected allow ROLE_GRANT (role:writer), got allow ROLE_GRANT (role:reader)");
}

#[test]
fn untouched_cells_are_told_and_fail_only_on_request() {
    let some = "\
cases:
  - principal: user:ann
    resource: note:n1
    expect: { view: allow }
";
    let ran = tested(some, &[]).ends(0);
    ran.says("untouched: role `reader`: note:edit")
        .says("untouched: role `writer`: note:edit, note:view")
        .says("untouched: restriction `daytime`: restricts, lets through");
    tested(some, &["--require-coverage"]).ends(1);
}

#[test]
fn json_says_the_same() {
    let wrong = "\
cases:
  - principal: user:ann
    resource: note:n1
    expect: { edit: allow }
";
    let report = tested(wrong, &["--output", "json"]).ends(1).json();
    assert_eq!(report["failed"], 1);
    let directory = &report["directories"][0];
    assert_eq!(directory["failures"][0]["line"], 7);
    assert_eq!(directory["failures"][0]["expected"], "allow");
    assert!(directory["failures"][0]["explanation"]["steps"].is_array());
    assert!(directory["coverage"]["untouched"].as_array().unwrap().len() > 3);
}

#[test]
fn list_expectations_can_fail_too() {
    let wrong = "\
lists:
  - principal: user:ann
    actions: { resource: { type: note }, expect: { view: NEVER } }
  - principal: user:ann
    actions: { resource: note:n1, expect: [view, edit] }
  - principals: { permission: note:view, resource: note:n1, expect: [user:ann] }
";
    let ran = tested(wrong, &[]).ends(1);
    ran.says("expected NEVER, got ALWAYS")
        .says("expected edit, view, got view")
        .says("expected user:ann, got user:ann, user:bob");
}

#[test]
fn a_whole_suite_kills_every_mutant_and_a_partial_one_does_not() {
    let whole = policy(WHOLE);
    run(&["mutate", text(whole.path())]).ends(0).says("negate a condition").says("   0 survived");
    let partial = policy("cases: [{ principal: user:ann, resource: note:n1, expect: { view: allow } }]\n");
    run(&["mutate", text(partial.path())])
        .ends(1)
        .says("survived: add a permission: role `reader` gains `note:edit`")
        .says("survived: negate a condition: condition `mine`");
    let wrong = policy("cases: [{ principal: user:ann, resource: note:n1, expect: { view: deny } }]\n");
    run(&["mutate", text(wrong.path())]).ends(1).complains("fails its tests as it stands");
}
