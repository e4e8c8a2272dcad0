//! Faulty documents, and exactly what is said of them.
//!
//! Each directory of `tests/faults` is a case: documents and `expected.txt`.
//! `base` is sound and is no case. A case that has no `model.yaml` of its own
//! stands on the files of `base`, less those it has itself.
//!
//! `SIDEGATE_BLESS=1` writes what is said now; read it before committing it.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use sidegate::document::{Loaded, PolicyLimits, Severity, Source, Sources, load, render};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Sound documents with a piece cut out and another put in: whatever that
    /// makes of them, they are told of without a panic, and only faults keep
    /// them from loading.
    #[test]
    fn no_document_panics(
        file in 0..4usize,
        from in 0.0..1.0f64,
        length in 0..40usize,
        piece in "(: |, |- |\\[|\\]|\\{|\\}|\"|'|\n|#|&a |\\*a|!b |[a-z:*]{0,6}|č|\t|null|7|>-\n|\\|\n)",
    ) {
        let mut files = documents(&root().join("base"));
        if let Some(source) = files.get_mut(file) {
            let mut text: Vec<char> = source.text.chars().collect();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
                reason = "a part of a short text")]
            let start = (from * text.len() as f64) as usize;
            let end = start.saturating_add(length).min(text.len());
            text.splice(start..end, piece.chars());
            source.text = text.into_iter().collect();
        }
        let sources = Sources::new(files);
        let loaded = load(&sources, &PolicyLimits::default());
        let faults = loaded.diagnostics.iter().any(|told| told.severity == Severity::Fault);
        prop_assert_eq!(loaded.checked.is_none(), faults);
        prop_assert!(told(&loaded, &sources).is_empty() == loaded.diagnostics.is_empty());
    }
}
