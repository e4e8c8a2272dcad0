//! `init`: what it writes is a policy to be proud of. `completions`.

use std::fs;

use tempfile::TempDir;

use super::run;
use super::running::{run_line, text};
use crate::serving::Serving;

#[test]
fn what_is_written_is_valid_passes_its_tests_and_serves() {
    let directory = TempDir::new().unwrap();
    let policy = directory.path().join("new/policy");
    let policy = text(&policy);
    let ran = run(&["init", policy]).ends(0);
    run(&["validate", policy]).ends(0).says("0 faults, 0 warnings");
    run(&["test", "--require-coverage", policy]).ends(0).says(", 0 failed");
    run(&["mutate", policy]).ends(0).says("   0 survived");

    // Every line that it offers works as it stands; the last one would not end.
    let lines: Vec<&str> = ran.out.lines().skip_while(|line| *line != "next:").skip(1).collect();
    let (serve, others) = lines.split_last().unwrap();
    assert_eq!(others.len(), 3, "{}", ran.out);
    for line in others {
        let ran = run_line(line);
        assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
    }
    assert!(serve.ends_with(&format!(" serve --policy {policy}")), "{serve}");
    let serving = Serving::start(policy);
    let line = serving.check_line().unwrap();
    assert_eq!(run_line(line).code, i32::from(line.ends_with("# deny")), "{line}");
}

#[test]
fn what_is_there_is_never_touched() {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("model.yaml");
    fs::write(&file, "mine").unwrap();
    run(&["init", text(directory.path())]).ends(2).complains("has something in it");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    run(&["init", text(&file)]).ends(2).complains("cannot use");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    run(&["init", "/dev/null/policy"]).ends(2);
}

#[test]
fn an_empty_directory_is_filled() {
    let directory = TempDir::new().unwrap();
    let told = run(&["init", text(directory.path()), "--output", "json"]).ends(0).json();
    for path in told["written"].as_array().unwrap() {
        assert!(fs::metadata(path.as_str().unwrap()).unwrap().is_file());
    }
    assert_eq!(told["written"].as_array().unwrap().len(), 3);
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        run(&["completions", shell]).ends(0).says("healthcheck").says("sidegate");
    }
    run(&["completions", "tcsh"]).ends(2);
}
