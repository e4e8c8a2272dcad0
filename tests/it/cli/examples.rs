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
