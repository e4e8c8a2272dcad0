//! docs/reliability.md says which test holds which promise, and says it truly: every id
//! has a test of its name or a line that names what excludes it, and nothing is named
//! that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What the engine is held to, and the traps of peers that concern it.
fn ids() -> Vec<String> {
    let number = |letter: char| move |number: u32| format!("{letter}-{number:02}");
    let invariants = [1, 2].into_iter().chain(4..=8).chain(15..=21).map(number('I'));
    let traps = (1..=27).chain(41..=50).map(number('B'));
    invariants.chain(traps).collect()
}

#[test]
fn every_id_has_a_test_or_a_line() {
    let (tests, rows) = (tests(), rows());
    let mut by_test = 0;
    for id in ids() {
        let row = rows.get(&id).unwrap_or_else(|| panic!("{id} has no line in docs/reliability.md"));
        let short = id.replace('-', "").to_lowercase();
        // `i06_i07_…` is a test of both.
        let own: Vec<&String> =
            tests.iter().filter(|name| name.split('_').any(|part| part == short)).collect();
        let named: Vec<&String> = quoted(row).into_iter().filter_map(|word| tests.get(&word)).collect();
        if own.is_empty() {
            let excluded = row.contains("Excluded") && quoted(row).iter().any(|word| is_path(word));
            assert!(excluded, "{id} has no test of its name, and no line that says what excludes it: {row}");
        } else {
            assert!(own.iter().any(|test| named.contains(test)), "{id}: its line names none of {own:?}");
            by_test += usize::from(id.starts_with('B'));
        }
    }
    assert!(by_test >= 30, "only {by_test} traps are tests");
}

#[test]
fn every_line_names_what_is_there() {
    let tests = tests();
    let cargo = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut checked = 0;
    for (id, row) in rows() {
        for word in quoted(&row) {
            if is_test(&word) {
                assert!(tests.contains(&word), "{id}: there is no test `{word}`");
            } else if is_path(&word) {
                assert!(root().join(&word).exists(), "{id}: there is no file `{word}`");
            } else if let Some(lint) = word.strip_prefix("clippy::") {
                assert!(cargo.contains(&format!("{lint} = \"deny\"")), "{id}: `{lint}` is not denied");
            } else {
                continue;
            }
            checked += 1;
        }
    }
    assert!(checked > 60, "only {checked} names were found");
}

/// The rows of the sections Properties and Traps, by id.
fn rows() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("docs/reliability.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| I-") || line.starts_with("| B-")) {
        let id = line.split('|').nth(1).unwrap().trim().to_owned();
        assert!(rows.insert(id.clone(), line.to_owned()).is_none(), "{id} stands twice");
    }
    rows
}

/// What stands between backquotes.
fn quoted(row: &str) -> Vec<String> {
    row.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn is_path(word: &str) -> bool {
    word.contains('/') || word.ends_with(".toml")
}

fn is_test(word: &str) -> bool {
    let words = word.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
    words && word.contains('_') && (word.len() > 20 || word.as_bytes()[1].is_ascii_digit())
}

/// The name of every test of the crate.
fn tests() -> BTreeSet<String> {
    let mut tests = BTreeSet::new();
    let mut waiting = vec![root().join("src"), root().join("tests")];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut follows = false;
            for line in text.lines().map(str::trim) {
                if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                    follows = true;
                } else if let Some(name) =
                    line.trim_start_matches("async ").strip_prefix("fn ").filter(|_| follows)
                {
                    tests.insert(name.split(['(', '<']).next().unwrap().to_owned());
                    follows = false;
                }
            }
        }
    }
    assert!(tests.len() > 300, "the tests were not found");
    tests
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
