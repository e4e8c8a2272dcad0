//! Faulty documents, and exactly what is said of them.
//!
//! Each directory of `tests/faults` is a case: documents and `expected.txt`.
//! `base` is sound and is no case. A case that has no `model.yaml` of its own
//! stands on the files of `base`, less those it has itself.
//!
//! `SIDEGATE_BLESS=1` writes what is said now; read it before committing it.
#![expect(clippy::panic, reason = "a test helper fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use sidegate::document::{Loaded, PolicyLimits, Source, Sources, load, render};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names in a directory, sorted.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn documents(directory: &Path) -> Vec<Source> {
    let names = names(directory).into_iter().filter(|name| name.ends_with(".yaml"));
    names.map(|path| Source { text: read(&directory.join(&path)), path }).collect()
}

fn sources(case: &Path) -> Sources {
    let mut sources = documents(case);
    if !sources.iter().any(|source| source.path == "model.yaml") {
        let base = documents(&root().join("base"));
        let replaced: Vec<String> = sources.iter().map(|source| source.path.clone()).collect();
        sources.extend(base.into_iter().filter(|source| !replaced.contains(&source.path)));
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Sources::new(sources)
}

fn told(loaded: &Loaded, sources: &Sources) -> String {
    let told: Vec<String> =
        loaded.diagnostics.iter().map(|diagnostic| render(diagnostic, sources, false)).collect();
    told.join("\n")
}

#[test]
fn what_is_said_of_faulty_documents() {
    let bless = std::env::var_os("SIDEGATE_BLESS").is_some();
    let cases: Vec<String> = names(&root()).into_iter().filter(|name| name != "base").collect();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let directory = root().join(&case);
        let sources = sources(&directory);
        let loaded = load(&sources, &PolicyLimits::default());
        let told = told(&loaded, &sources);
        let expected = directory.join("expected.txt");
        if bless {
            fs::write(&expected, &told).unwrap_or_else(|error| panic!("{}: {error}", expected.display()));
        } else if told.is_empty() || told != fs::read_to_string(&expected).unwrap_or_default() {
            wrong.push(format!("== {case}\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "not as in expected.txt:\n{}", wrong.join("\n"));
}

#[test]
fn the_base_is_sound() {
    let sources = sources(&root().join("base"));
    let loaded = load(&sources, &PolicyLimits::default());
    assert_eq!(told(&loaded, &sources), "");
    assert!(loaded.checked.is_some());
    assert_eq!(loaded.tests.len(), 1);
}
