//! The test documents of a number, run by that number.

use std::fs;
use std::path::Path;

use sidegate::document::{PolicyLimits, Sources, load};
use sidegate::model::Revision;
use sidegate::snapshot::Snapshot;
use sidegate::{policy_dir, testing};

/// Runs every test document whose name begins with an id, or that has it before a
/// `why`: so many expectations at least, in these directories.
fn run(id: &str, least: usize, directories: &[&str]) {
    for directory in directories {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        let mut found = 0;
        let sources = policy_dir::read(&path).unwrap();
        let named = |path: &str| {
            let name = Path::new(path).file_name().unwrap().to_str().unwrap();
            name.starts_with(&format!("{id}-"))
        };
        let kept = sources.iter().map(|(_, source)| source.clone()).filter(|source| {
            let is_test = source.text.contains("\nkind: Test\n");
            let wanted = named(&source.path) || source.text.contains(&format!("\"{id}: "));
            found += usize::from(is_test && wanted);
            !is_test || wanted
        });
        let loaded = load(&Sources::new(kept.collect()), &PolicyLimits::default());
        let checked = loaded.checked.unwrap_or_else(|| panic!("{directory}: {:?}", loaded.diagnostics));
        let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
        let report = testing::run(&snapshot, &checked, &loaded.tests);
        assert!(report.failures.is_empty(), "{directory}: {:#?}", report.failures);
        assert!(
            found > 0 && report.passed >= least,
            "{directory}: {found} documents, {} passed",
            report.passed
        );
    }
}

#[test]
fn b05_the_same_name_elsewhere_is_another() {
    run("b05", 20, &["tests/policies/identity"]);
}

#[test]
fn b06_no_scope_stands_for_one_whose_name_it_begins() {
    run("b06", 20, &["tests/policies/identity"]);
}

#[test]
fn b07_ids_are_bytes() {
    run("b07", 30, &["tests/policies/identity"]);
}

#[test]
fn b10_names_are_no_patterns() {
    run("b10", 10, &["tests/policies/identity"]);
}

#[test]
fn b11_a_star_in_a_question_is_a_name() {
    run("b11", 10, &["tests/policies/identity"]);
}

#[test]
fn b17_a_restriction_that_cannot_be_worked_out_restricts() {
    run("b17", 8, &["tests/policies/absence"]);
}

#[test]
fn b41_what_is_reserved_tenants_cannot_give() {
    run("b41", 20, &["tests/policies/reserved-retired"]);
}

#[test]
fn b42_only_what_is_known_to_have_no_creator_is_everybodys() {
    run("b42", 8, &["tests/policies/absence", "examples/whatsapp-crm"]);
}

#[test]
fn b43_owners_see_all_deals_and_no_hidden_instance() {
    run("b43", 8, &["examples/whatsapp-crm"]);
}

#[test]
fn b44_below_pro_role_defaults_are_all() {
    run("b44", 4, &["examples/whatsapp-crm"]);
}

#[test]
fn b45_writing_all_is_deleting_only() {
    run("b45", 3, &["tests/policies/apps", "examples/license-scopes"]);
}

#[test]
fn b46_a_scope_needs_the_role_and_my_is_whose_it_is() {
    run("b46", 6, &["tests/policies/apps", "examples/license-scopes"]);
}

#[test]
fn b47_reading_writing_and_asking_for_are_three_things() {
    run("b47", 10, &["examples/plugin-permissions"]);
}

#[test]
fn b48_a_users_level_a_roles_level_and_the_section_above_both() {
    run("b48", 10, &["examples/messenger-acl"]);
}

/// A document that has a number is run by a test of that number, here or elsewhere.
#[test]
fn every_numbered_document_is_run() {
    let here = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/traps/documents.rs"))
        .unwrap();
    let mut numbered = 0;
    for folder in ["tests/policies", "examples"] {
        for policy in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = policy.unwrap().path();
            let Ok(tests) = fs::read_dir(path.join("tests")) else { continue };
            for file in tests {
                let name = file.unwrap().file_name().into_string().unwrap();
                let id = name.split('-').next().unwrap();
                let numbered_id =
                    id.strip_prefix('b').is_some_and(|rest| rest.len() == 2 && rest.parse::<u8>().is_ok());
                if numbered_id {
                    let policy = format!("{folder}/{}", path.file_name().unwrap().to_str().unwrap());
                    let driven = here
                        .lines()
                        .any(|line| line.contains(&format!("run(\"{id}\"")) && line.contains(&policy));
                    assert!(driven, "{policy}: {name} is run by no test of its number");
                    numbered += 1;
                }
            }
        }
    }
    assert!(numbered > 15, "only {numbered} documents have a number");
}
