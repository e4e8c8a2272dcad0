//! `check` and `explain`.

use super::running::text;
use super::small::policy;
use super::{run, run_with};

/// A question of the small policy: who, what, about what, and further flags.
fn ask(command: &str, question: [&str; 3], more: &[&str]) -> super::running::Ran {
    let directory = policy("");
    let [principal, action, resource] = question;
    let mut args = vec![command, "--policy", text(directory.path()), "--tenant", "home"];
    args.extend(["--principal", principal, "--action", action, "--resource", resource]);
    args.extend(more);
    run(&args)
}

#[test]
fn allowed_is_0_and_denied_is_1() {
    let allowed = ask("check", ["user:ann", "view", "note:n1"], &[]).ends(0);
    assert_eq!(allowed.out, "allow ROLE_GRANT role:reader\n");
    assert_eq!(allowed.err, "");
    let denied = ask("check", ["user:ann", "edit", "note:n1"], &[]).ends(1);
    assert_eq!(denied.out, "deny NOT_GRANTED\n");
}

#[test]
fn a_type_alone_can_be_asked_about() {
    ask("check", ["user:ann", "view", "note"], &[]).ends(0).says("allow");
}

#[test]
fn attributes_and_context_are_read_as_declared() {
    let mine = ["--attr", "author=bob", "--context", "hour=9"];
    ask("check", ["user:bob", "edit", "note:n1"], &mine).ends(0).says("allow ROLE_GRANT role:writer");
    let late = ["--attr", "author=bob", "--context", "hour=21"];
    ask("check", ["user:bob", "edit", "note:n1"], &late).ends(1).says("deny RESTRICTED restriction:daytime");
    let all = ["--attr", "length=3", "--attr", "tags=a,b", "--attr", "pinned=true"];
    ask("check", ["user:ann", "view", "note:n1"], &all).ends(0);
    let due = ["--attr", "due=2026-01-01T00:00:00Z", "--attr", "author=null"];
    ask("check", ["user:ann", "view", "note:n1"], &due).ends(0);
}

#[test]
fn what_is_missing_is_named() {
    let unknown = ask("check", ["user:bob", "edit", "note:n1"], &[]).ends(1);
    unknown.says("deny MISSING_ATTRIBUTE role:writer").says("missing: resource.author");
}

#[test]
fn what_nothing_declares_is_told() {
    let odd = ask("check", ["user:ann", "view", "note:n1"], &["--attr", "colour=red"]).ends(0);
    odd.complains("resource.attributes.colour");
}

#[test]
fn a_wrong_question_is_2_and_says_which_field() {
    ask("check", ["user:ann", "burn", "note:n1"], &[]).ends(2).complains("action: ");
    ask("check", ["robot:ann", "view", "note:n1"], &[]).ends(2).complains("principal.type: ");
    ask("check", ["user:ann", "view", "memo:n1"], &[]).ends(2).complains("resource.type: ");
    let wrong = ask("check", ["user:ann", "view", "note:n1"], &["--attr", "length=long"]).ends(2);
    wrong.complains("resource.attributes.length: ");
    ask("check", ["user:ann", "view", "note:"], &[]).ends(2).complains("resource.id: ");
}

#[test]
fn wrong_usage_is_2() {
    run(&["check", "--principal", "ann"]).ends(2);
    run(&["frobnicate"]).ends(2);
    ask("check", ["user:ann", "view", "note:n1"], &["--scope", "x"]).ends(2).complains("--via-app");
    ask("check", ["user:ann", "view", "note:n1"], &["--at", "soon"]).ends(2).complains("instant");
    let twice = ["--attr", "author=a", "--attr", "author=b"];
    ask("check", ["user:ann", "view", "note:n1"], &twice).ends(2).complains("twice");
}

#[test]
fn a_directory_that_does_not_load_is_3() {
    let question = ["--tenant", "t", "--principal", "user:a", "--action", "view", "--resource", "note"];
    let mut args = vec!["check", "--policy", "no/such/directory"];
    args.extend(question);
    run(&args).ends(3).complains("no/such/directory");
}

#[test]
fn explain_tells_every_step_in_order() {
    let told = ask("explain", ["user:ann", "edit", "note:n1"], &[]).ends(1);
    let steps: Vec<&str> =
        told.out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    assert_eq!(steps.len(), 9, "{}", told.out);
    for (number, step) in (1..).zip(&steps) {
        assert!(step.starts_with(&format!("{number}. ")), "{}", told.out);
    }
    assert!(told.out.ends_with("deny NOT_GRANTED\n"), "{}", told.out);
    let told = ask("explain", ["user:bob", "edit", "note:n1"], &["--attr", "author=ann"]).ends(1);
    told.says("if mine").says("resource.author = ").says("principal.id = ");
}

#[test]
fn json_says_the_same() {
    let flags = ["--attr", "author=bob", "--context", "hour=21", "--explain", "--output", "json"];
    let answer = ask("check", ["user:bob", "edit", "note:n1"], &flags).ends(1).json();
    assert_eq!(answer["decision"], "deny");
    assert_eq!(answer["reason"], "RESTRICTED");
    assert_eq!(answer["cause"], "restriction:daytime");
    assert_eq!(answer["hidden"], false);
    assert_eq!(answer["explanation"]["steps"].as_array().unwrap().len(), 9);
    let plain = ask("check", ["user:ann", "view", "note:n1"], &["--output", "json"]).ends(0).json();
    assert_eq!(plain["decision"], "allow");
    assert!(plain.get("explanation").is_none());
    let wrong = ask("check", ["user:ann", "burn", "note:n1"], &["--output", "json"]).ends(2).json();
    assert_eq!(wrong["error"]["code"], "INVALID_ARGUMENT");
    assert_eq!(wrong["error"]["fields"][0]["field"], "action");
}

#[test]
fn variables_stand_in_for_flags_and_flags_win() {
    let directory = policy("");
    let variables = [
        ("SIDEGATE_POLICY", text(directory.path())),
        ("SIDEGATE_TENANT", "home"),
        ("SIDEGATE_OUTPUT", "json"),
    ];
    let question = ["check", "--principal", "user:ann", "--action", "view", "--resource", "note"];
    assert_eq!(run_with(&question, &variables).ends(0).json()["decision"], "allow");
    let mut in_text = question.to_vec();
    in_text.extend(["--output", "text", "--tenant", "elsewhere"]);
    run_with(&in_text, &variables).ends(1).says("deny UNKNOWN_TENANT");
}

#[test]
fn a_policy_that_does_not_load_is_told_to_programs_too() {
    let directory = policy("");
    std::fs::write(directory.path().join("model.yaml"), "sidegate: v1\nkind: Model\nnome: x\n").unwrap();
    let mut args = vec!["--output", "json", "check", "--policy", text(directory.path()), "--tenant", "home"];
    args.extend(["--principal", "user:ann", "--action", "view", "--resource", "note"]);
    let ran = run(&args).ends(3);
    let told: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(told["error"]["code"], "POLICY_NOT_LOADED");
    assert_eq!(told["error"]["diagnostics"][0]["line"], 3);
}

#[test]
fn a_tenant_may_begin_with_a_hyphen() {
    let directory = policy("");
    let tenant = directory.path().join("tenants/odd.yaml");
    std::fs::write(
        tenant,
        "sidegate: v1\nkind: Tenant\nid: \"--odd\"\nmembers: { user:ann: { roles: [reader] } }\n",
    )
    .unwrap();
    let mut args = vec!["check", "--policy", text(directory.path()), "--tenant", "--odd"];
    args.extend(["--principal", "user:ann", "--action", "view", "--resource", "note"]);
    run(&args).ends(0);
}

#[test]
fn an_answer_that_cannot_be_written_is_no_answer() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = std::process::Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["schema", "model"])
        .stdout(full)
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert_eq!(ended.code(), Some(3));
}

#[test]
fn a_faulty_test_does_not_keep_a_policy_from_deciding() {
    let directory = policy("");
    let tests = directory.path().join("tests");
    std::fs::create_dir_all(&tests).unwrap();
    std::fs::write(
        tests.join("broken.yaml"),
        "sidegate: v1\nkind: Test\ntenant: home\ncases: [{ principl: x }]\n",
    )
    .unwrap();
    let mut args = vec!["check", "--policy", text(directory.path()), "--tenant", "home"];
    args.extend(["--principal", "user:ann", "--action", "view", "--resource", "note"]);
    run(&args).ends(0);
    run(&["validate", text(directory.path())]).ends(1).says("principl");
}
