//! The examples keep what the README promises of them.

use super::run;

pub(super) const EXAMPLES: [&str; 5] =
    ["plugin-permissions", "team-roles", "whatsapp-crm", "license-scopes", "messenger-acl"];

#[test]
fn every_example_is_valid() {
    for example in EXAMPLES {
        run(&["validate", &format!("examples/{example}")]).ends(0).says("valid: ");
    }
}

#[test]
fn every_example_passes_its_tests_and_leaves_no_cell_untouched() {
    for example in EXAMPLES {
        run(&["test", "--require-coverage", &format!("examples/{example}")]).ends(0).says(", 0 failed");
    }
}

#[test]
fn the_readme_counts_what_the_examples_expect() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for example in EXAMPLES {
        let row = readme.lines().find(|line| line.starts_with(&format!("| [{example}]"))).unwrap();
        let count = row.trim_end_matches([' ', '|']).rsplit(' ').next().unwrap();
        run(&["test", &format!("examples/{example}")]).ends(0).says(&format!("{count} passed, 0 failed"));
    }
}
