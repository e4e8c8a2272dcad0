//! `validate` and `schema`, and what holds of every command.

use std::fs;
use std::process::Stdio;

use super::run;
use super::running::{sidegate, text};
use super::small::policy;

#[test]
fn a_valid_directory_is_0_and_is_summed_up() {
    let directory = policy("");
    run(&["validate", text(directory.path())])
        .ends(0)
        .says("valid: 1 tenant, 2 members, 2 roles, 2 permissions, 0 apps");
}

#[test]
fn faults_are_1_and_every_one_is_told() {
    let directory = policy("");
    let tenant = directory.path().join("tenants/home.yaml");
    let broken = fs::read_to_string(&tenant).unwrap().replace("reader", "raeder").replace("writer", "wirter");
    fs::write(&tenant, broken).unwrap();
    let ran = run(&["validate", text(directory.path())]).ends(1);
    ran.says("tenants/home.yaml:5:").says("raeder").says("wirter").says("not valid: 2 faults");
    let told = run(&["validate", text(directory.path()), "--output", "json"]).ends(1).json();
    assert_eq!(told["valid"], false);
    assert_eq!(told["faults"], 2);
    assert_eq!(told["diagnostics"][0]["line"], 5);
}

#[test]
fn the_other_commands_call_that_3() {
    let directory = policy("");
    fs::write(directory.path().join("model.yaml"), "sidegate: v1\nkind: Model\nnaem: x\n").unwrap();
    run(&["test", text(directory.path())]).ends(3).complains("naem").complains("does not load");
    run(&["serve", "--policy", text(directory.path()), "--listen", "127.0.0.1:0"]).ends(3);
    run(&["validate", "no/such/directory"]).ends(3);
}

#[test]
fn every_kind_of_document_has_a_schema() {
    for kind in ["model", "tenant", "app", "test", "config"] {
        let schema = run(&["schema", kind]).ends(0).json();
        assert!(schema.is_object(), "{kind}");
    }
    run(&["schema", "poem"]).ends(2);
}

#[test]
fn nothing_is_coloured_that_is_no_terminal() {
    let directory = policy("");
    fs::write(directory.path().join("tenants/home.yaml"), "sidegate: v2\n").unwrap();
    let ran = run(&["validate", text(directory.path())]).ends(1);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child =
        sidegate().args(["schema", "model"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
