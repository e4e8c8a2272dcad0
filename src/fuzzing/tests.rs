//! The targets as tests: over the committed seeds, and over 10,000 mutations of them each.
//!
//! A mutation that breaks a law is written to `target/fuzz-findings`, to be kept among the seeds once it is mended,
//! under the name of what was wrong. Each test also asks how far mutations come: if nearly none gets past the first
//! parser, the test tests nothing.

mod mutator;
mod pushes;
mod questions;
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::*;
use mutator::Mutator;

/// Mutations of the seeds of a target.
const MUTATIONS: usize = 10_000;
/// The most bytes of a seed.
const SEED_BYTES: usize = 4096;
/// The most seeds of a target.
const SEEDS: usize = 60;

/// A target, and what is asked of its mutations.
struct Target {
    name: &'static str,
    run: fn(&[u8]) -> Came,
    /// What mutations are likely to insert.
    words: &'static [&'static str],
    /// So many changes of a hundred leave every byte where it is.
    in_place: u64,
    /// So many mutations of a hundred get past the first parser.
    read: usize,
    /// And so many are taken.
    whole: usize,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The committed seeds of a target.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = root().join("fuzz/corpus").join(name);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut seeds: Vec<(PathBuf, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect();
    seeds.sort();
    seeds
}

fn check(target: &Target) {
    let Target { name, run, words, in_place, read, whole } = *target;
    let seeds = corpus(name);
    assert!((5..=SEEDS).contains(&seeds.len()), "{} seeds", seeds.len());
    let mut taken = 0;
    for (path, bytes) in &seeds {
        assert!(bytes.len() <= SEED_BYTES, "{} has {} bytes", path.display(), bytes.len());
        let came = held(name, run, bytes, &path.display().to_string());
        taken += usize::from(came == Came::Whole);
    }
    assert!(taken * 4 > seeds.len(), "{taken} of {} seeds are taken", seeds.len());
    let texts: Vec<Vec<u8>> = seeds.into_iter().map(|(_, bytes)| bytes).collect();
    let mut mutator = Mutator::new(&texts, words, in_place);
    let (mut past, mut came_whole) = (0, 0);
    for round in 0..MUTATIONS {
        let bytes = mutator.next(SEED_BYTES);
        let came = held(name, run, &bytes, &format!("mutation {round}"));
        past += usize::from(came >= Came::Read);
        came_whole += usize::from(came == Came::Whole);
    }
    println!("{name}: of {MUTATIONS} mutations {past} are read, {came_whole} taken");
    assert!(past * 100 >= MUTATIONS * read, "{past} of {MUTATIONS} get past the first parser");
    assert!(came_whole * 100 >= MUTATIONS * whole, "{came_whole} of {MUTATIONS} are taken");
}

/// Runs a target; an input that breaks a law is written down first.
fn held(name: &str, run: fn(&[u8]) -> Came, bytes: &[u8], what: &str) -> Came {
    catch_unwind(AssertUnwindSafe(|| run(bytes))).unwrap_or_else(|_| {
        let folder = root().join("target/fuzz-findings").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(what.rsplit('/').next().unwrap_or_default().replace(' ', "-"));
        std::fs::write(&file, bytes).unwrap();
        panic!("{name} breaks a law on {what}: {}", file.display());
    })
}

#[test]
#[rustfmt::skip] // Words.
fn fuzz_documents() {
    let words = &[
        "kind: Model", "kind: Tenant", "kind: App", "kind: Test", "sidegate: v1", "\n%%%\n", "roles: ", "allow: [", "when: ", "\"*\"",
        "null", "{", "}", "[", "]", "&a ", "*a", "!!str ", "<<: ", "|\n", ">-\n", "\t", "\u{feff}", "é", "# ", "- ", ": ", "extends: ",
        "parents: ", "members:\n", "resource.id", "2026-01-01T00:00:00Z", "9223372036854775808",
    ];
    check(&Target { name: "documents", run: documents::run, words, in_place: 40, read: 50, whole: 2 });
}

#[test]
#[rustfmt::skip] // Words.
fn fuzz_requests() {
    let words = &[
        "acme", "user", "page", "view", "edit", "sign", "open", "read", "size", "ana", "ben", "cyd", "dan", "eve", "fay", "zoe", "doc", "d", "e",
        "x", "owner", "folder", "plugin", "member", "docs:read", "docs:sign", "\u{0}", "\u{1}", "\u{8}\u{1}",
    ];
    check(&Target { name: "requests", run: requests::run, words, in_place: 90, read: 30, whole: 15 });
}

#[test]
#[rustfmt::skip] // Words.
fn fuzz_change_sets() {
    let words = &[
        "acme", "user", "page", "view", "edit", "ana", "ben", "cyd", "dan", "eve", "fay", "doc", "own", "pro", "d", "b", "spare", "staff", "inner",
        "writer", "reader", "folder", "plugin", "nobody", "\u{0}", "\u{1}", "\u{8}\u{1}",
    ];
    check(&Target { name: "change_sets", run: change_sets::run, words, in_place: 90, read: 25, whole: 10 });
}

#[test]
fn fuzz_state_files() {
    let words = &["sidegate", "base", "log "];
    check(&Target { name: "state_files", run: state_files::run, words, in_place: 30, read: 50, whole: 10 });
}

#[test]
fn fuzz_page_tokens() {
    let words = &["AQ", "user:", "doc", "\u{1}"];
    check(&Target { name: "page_tokens", run: page_tokens::run, words, in_place: 50, read: 20, whole: 10 });
}

#[test]
#[rustfmt::skip] // Words.
fn fuzz_conditions() {
    let words = &[
        "resource.", "resource.i", "resource.j", "resource.s", "resource.t", "resource.l", "resource.m", "resource.a", "resource.b", "context.x",
        "principal.g", " && ", " || ", "==", "!=", "<=", ">=", " < ", " > ", "!", " in ", " + ", " - ", "-", "(", ")", "[", "]", ", ", "true", "false",
        "null", "has(", "size(", ".size()", ".exists(x, ", ".all(x, ", "x", " ? ", " : ", "now", "duration(", "timestamp(", "9223372036854775807",
        "\"a\"", "'", "\\", "//", "yes", "mine", "\u{0}",
    ];
    check(&Target { name: "conditions", run: conditions::run, words, in_place: 40, read: 60, whole: 20 });
}

#[test]
fn fuzz_engine() {
    let words = &["\u{1}", "\u{2}\u{3}", "\u{d}\u{1}"];
    check(&Target { name: "engine", run: engine::run, words, in_place: 40, read: 90, whole: 60 });
}
